// SPDX-License-Identifier: Apache-2.0
#include "recorder/output/compression_level.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <memory>
#include <string>

#include "recorder/run/fd.h"

namespace ebpftrace::recorder {

std::optional<IdleTime> parse_idle_time(std::string_view text) {
  enum { kUser, kNice, kSystem, kIdle, kIoWait, kIrq, kSoftIrq, kSteal, kFields };
  std::array<uint64_t, kFields> ticks{};
  IdleTime time;
  if (!text.starts_with("cpu ")) return std::nullopt;
  const char* at = text.data() + 4;
  const char* const end = text.data() + text.size();
  for (uint64_t& field : ticks) {
    while (at != end && *at == ' ') ++at;
    const auto [next, error] = std::from_chars(at, end, field);
    if (error != std::errc()) return std::nullopt;
    at = next;
    time.all += field;
  }
  time.idle = ticks[kIdle] + ticks[kIoWait];
  for (size_t line = text.find('\n'); line != std::string_view::npos; line = text.find('\n', line + 1))
    time.cpus += text.substr(line + 1).starts_with("cpu");
  return time;
}

CompressionLevel::CompressionLevel(std::optional<int> wanted, std::function<std::optional<IdleTime>()> idle_time)
    : wanted_(wanted), idle_time_(std::move(idle_time)) {
  if (wanted_ || idle_time_) return;
  auto file = std::make_shared<Fd>(::open("/proc/stat", O_RDONLY | O_CLOEXEC));
  idle_time_ = [file]() -> std::optional<IdleTime> {
    std::string text(64 << 10, '\0');  // the lines of some hundreds of CPUs; what is behind them is not asked for
    const ssize_t bytes = ::pread(file->fd, text.data(), text.size(), 0);
    if (bytes <= 0) return std::nullopt;
    text.resize(static_cast<size_t>(bytes));
    return parse_idle_time(text);
  };
}

int CompressionLevel::choose(Clock::time_point now, size_t rows) {
  if (wanted_) return *wanted_;
  rows_ += rows;
  if (now < next_) {
    const double most = kManyRows * std::chrono::duration<double>(next_ - last_).count();
    if (before_ && static_cast<double>(rows_) >= most) level_ = kBusyLevel;  // whatever is still to come
    return level_;
  }
  next_ = now + (before_ ? kInterval : kFirstInterval);
  const auto time = idle_time_();
  if (time && before_ && time->all > before_->all) {
    const uint64_t ticks =
        time->idle > before_->idle ? time->idle - before_->idle : 0;  // waits for I/O can decrease: proc(5)
    const double idle = static_cast<double>(ticks) / static_cast<double>(time->all - before_->all);
    const double rate = static_cast<double>(rows_) / std::chrono::duration<double>(now - last_).count();
    level_ = idle * time->cpus >= kIdleCpus && rate < kManyRows ? kIdleLevel : kBusyLevel;
  }
  before_ = time;
  last_ = now;
  rows_ = 0;
  return level_;
}

std::string describe_levels(const std::map<int, uint64_t>& blocks) {
  uint64_t all = 0;
  for (const auto& [level, count] : blocks) all += count;
  std::string text;
  for (const auto& [level, count] : blocks) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", level);
    if (blocks.size() > 1)
      text += fmt::format(" in {:.0f} %{}", 100.0 * static_cast<double>(count) / static_cast<double>(all),
                          text.find('%') == std::string::npos ? " of the blocks" : "");
  }
  return text;
}

}  // namespace ebpftrace::recorder
