// SPDX-License-Identifier: Apache-2.0
#include "recorder/run/status_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace ebpftrace::recorder {
namespace {

std::string grouped(uint64_t value) {
  std::string text = fmt::format("{}", value);
  for (auto at = static_cast<ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<size_t>(at), ",");
  return text;
}

std::string megabytes(uint64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

}  // namespace

StatusLine::StatusLine(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO)) {}

void StatusLine::update(uint64_t events, uint64_t bytes, const std::function<uint64_t()>& lost) {
  if (quiet_ || !terminal_) return;
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - last_).count();
  if (seconds < 0.5) return;
  fmt::print(stderr, "\r\033[Kebpf-record: {} s  {} events/s  {}  {} lost",
             std::chrono::duration_cast<std::chrono::seconds>(now - begin_).count(),
             grouped(static_cast<uint64_t>(static_cast<double>(events - last_events_) / seconds)), megabytes(bytes),
             grouped(lost()));
  std::fflush(stderr);
  drawn_ = true;
  last_ = now;
  last_events_ = events;
}

void StatusLine::finish(uint64_t events, uint64_t bytes, uint64_t lost, const std::string& path,
                        const std::string& stopped_by) {
  if (quiet_) return;
  if (drawn_) fmt::print(stderr, "\r\033[K");
  fmt::print(stderr, "ebpf-record: {} events, {} lost, {} in {} ({})\n", grouped(events), grouped(lost),
             megabytes(bytes), path == "-" ? "standard output" : path, stopped_by);
}

}  // namespace ebpftrace::recorder
