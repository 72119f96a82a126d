// SPDX-License-Identifier: Apache-2.0
#include "recorder/output/rotation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace ebpftrace::recorder {
namespace {

// The catalogue alone, which each part has, takes 50 KiB.
constexpr uint64_t kFewestBytes = 1 << 20;

constexpr std::pair<std::string_view, uint64_t> kSizes[] = {{"K", 1ull << 10}, {"k", 1ull << 10}, {"M", 1ull << 20},
                                                            {"G", 1ull << 30}, {"g", 1ull << 30}, {"T", 1ull << 40}};
constexpr std::pair<std::string_view, double> kTimes[] = {{"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}};

}  // namespace

void RotationLimits::add(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  const bool good = error == std::errc{} && std::isfinite(number) && number > 0;
  for (const auto& [name, factor] : kSizes)
    if (good && unit == name && number * static_cast<double>(factor) < 1e18) {
      bytes = static_cast<uint64_t>(number * static_cast<double>(factor));
      if (bytes < kFewestBytes)
        throw std::invalid_argument(fmt::format("'{}' is too small: a part takes at least 1M", text));
      return;
    }
  for (const auto& [name, factor] : kTimes)
    if (good && unit == name && number * factor < 1e9) {
      seconds = number * factor;
      if (seconds < 1) throw std::invalid_argument(fmt::format("'{}' is too short: a part takes at least 1s", text));
      return;
    }
  throw std::invalid_argument(
      fmt::format("'{}' is neither a size such as 100M or 2G nor a time such as 30s, 10min or 1h", text));
}

PartFiles::PartFiles(const std::string& path, trace::OutputOwner owner, trace::OutputCalls& calls, unsigned keep)
    : owner_(owner), calls_(calls), keep_(keep) {
  const std::filesystem::path whole(path);
  if (path == "-" || !whole.has_filename())
    throw trace::OutputError(
        fmt::format("cannot rotate '{}': a recording in parts needs files; name one with -o FILE", path));
  folder_path_ = whole.has_parent_path() ? whole.parent_path().string() : ".";
  stem_ = whole.stem().string();
  extension_ = whole.extension().string();
  folder_ = ::open(folder_path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder_ < 0)
    throw trace::OutputError(fmt::format("cannot write the trace to '{}': {}; choose another place with -o FILE", path,
                                         std::strerror(errno)));
}

PartFiles::~PartFiles() {
  if (folder_ >= 0) ::close(folder_);
}

std::string PartFiles::name(unsigned part) const { return fmt::format("{}.{:04}{}", stem_, part, extension_); }

std::unique_ptr<trace::TraceFile> PartFiles::next() {
  while (keep_ && kept_.size() >= keep_) {
    if (::unlinkat(folder_, name(kept_.front()).c_str(), 0) != 0 && errno != ENOENT)
      throw trace::OutputError(fmt::format("cannot remove '{}': {}", name(kept_.front()), std::strerror(errno)));
    kept_.pop_front();
  }
  auto file = std::make_unique<trace::TraceFile>(folder_, folder_path_, name(part_ + 1), owner_, calls_);
  kept_.push_back(++part_);
  return file;
}

int PartFiles::why_not() const { return ::faccessat(folder_, ".", W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno; }

void PartFiles::refuse(int error, uid_t uid) const {
  throw trace::OutputError(
      fmt::format("cannot rotate in '{}': {} for uid {} without capabilities, which is what the recorder keeps while "
                  "it records; choose a folder of that user with -o FILE",
                  folder_path_, std::strerror(error), uid));
}

}  // namespace ebpftrace::recorder
