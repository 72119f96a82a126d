// SPDX-License-Identifier: Apache-2.0
#include "ship/send/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "trace/read/trace_error.h"

namespace ebpftrace::ship {
namespace {

constexpr uint64_t kHeaderComesWithin = 4096;  // bytes; a file that is longer and has none is no trace of ours

}  // namespace

std::vector<std::string> Spool::paths() const {
  std::vector<std::string> paths;
  for (const std::string& given : given_) {
    std::error_code error;
    const bool is_folder = std::filesystem::is_directory(given, error);
    const std::string pattern = is_folder ? (std::filesystem::path(given) / "*.trace").string() : given;
    glob_t found{};
    if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
      for (size_t i = 0; i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
    ::globfree(&found);
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

const std::vector<SpoolPart>& Spool::look() {
  std::map<std::string, Known> now;
  for (const std::string& path : paths()) {
    struct statx info {};
    if (::statx(AT_FDCWD, path.c_str(), 0, STATX_BASIC_STATS | STATX_BTIME, &info) != 0 || !S_ISREG(info.stx_mode))
      continue;
    Known one{uint64_t{info.stx_dev_major} << 32 | info.stx_dev_minor,
              info.stx_ino,
              info.stx_btime.tv_sec * int64_t{1'000'000'000} + info.stx_btime.tv_nsec,
              false,
              false,
              {}};
    const auto before = known_.find(path);
    const bool same = before != known_.end() && before->second.device == one.device &&
                      before->second.inode == one.inode && before->second.born_ns == one.born_ns;
    if (same) one = before->second;
    if (!one.begun) {
      try {
        const auto bytes = trace::open_file(path);
        const auto facts = trace::peek_facts(*bytes);
        one.begun = facts && facts->recording_id;
        if (one.begun) one.part = {path, *facts};
        if (!one.begun && !one.told && bytes->size() > kHeaderComesWithin) {
          one.told = true;
          notes_.push_back(fmt::format("'{}' has no sound header; it is not shipped", path));
        }
      } catch (const trace::TraceError& error) {
        // It may have gone a moment ago.
        if (!one.told && std::filesystem::exists(path))
          notes_.push_back(fmt::format("'{}' is not shipped: {}", path, error.what()));
        one.told = true;
      }
    }
    now.emplace(path, std::move(one));
  }
  known_ = std::move(now);
  parts_.clear();
  for (const auto& [path, one] : known_)
    if (one.begun) parts_.push_back(one.part);
  std::map<trace::Id, int64_t> began;
  for (const SpoolPart& part : parts_) {
    const auto [at, is_new] = began.try_emplace(*part.facts.recording_id, part.facts.start_real_ns);
    if (!is_new) at->second = std::min(at->second, part.facts.start_real_ns);
  }
  auto order = [&](const SpoolPart& part) {
    return std::tuple(began.at(*part.facts.recording_id), *part.facts.recording_id, part.facts.part);
  };
  std::stable_sort(parts_.begin(), parts_.end(),
                   [&](const SpoolPart& a, const SpoolPart& b) { return order(a) < order(b); });
  return parts_;
}

}  // namespace ebpftrace::ship
