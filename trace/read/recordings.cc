// SPDX-License-Identifier: Apache-2.0
#include "trace/read/recordings.h"

#include <glob.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "trace/read/input.h"
#include "trace/read/part_names.h"
#include "trace/read/trace_error.h"

namespace ebpftrace::trace {
namespace {

constexpr rlim_t kSpareFiles = 64;

struct GivenFile {
  std::string path;
  std::shared_ptr<const TraceBytes> bytes;
  std::optional<TraceFacts> facts;
};
using FileGroup = std::vector<GivenFile>;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw TraceError(TraceError::Kind::kUnreadable, why, path);
}

// All parts are open at once: a recording in 1000 of them is nothing unusual.
void allow_open_files(size_t count) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= count + kSpareFiles) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, count + kSpareFiles);
  ::setrlimit(RLIMIT_NOFILE, &limit);  // if that fails, opening says so
}

std::vector<GivenFile> open_sources(std::span<const std::string> given, Tail tail, std::vector<std::string>& notes) {
  const std::vector<std::string> paths = expand_patterns(given);
  allow_open_files(paths.size());
  std::vector<GivenFile> sources;
  std::set<std::pair<uint64_t, uint64_t>> known;
  bool input = false;
  for (const std::string& path : paths) {
    struct stat info {};
    const bool is_input = path == "-";
    if (is_input ? std::exchange(input, true)
                 : ::stat(path.c_str(), &info) == 0 && !known.emplace(info.st_dev, info.st_ino).second) {
      notes.push_back("'" + path + "' is given twice; it is read once");
      continue;
    }
    GivenFile source{path, open_input(path, tail), std::nullopt};
    // Of a pipe that goes on it is a matter of chance whether its header has come.
    if (tail == Tail::kCutOff || (!is_input && S_ISREG(info.st_mode))) source.facts = peek_facts(*source.bytes);
    sources.push_back(std::move(source));
  }
  return sources;
}

// Nothing of it is there, and it is called as a part of what another file is a part of: the recorder makes the next file before
// it ends the one before.
bool is_unbegun_part(const GivenFile& source, const std::vector<GivenFile>& all) {
  if (source.facts || source.bytes->size() >= sizeof(Preamble) + sizeof(FrameHeader)) return false;
  return std::any_of(all.begin(), all.end(), [&](const GivenFile& other) {
    if (!other.facts || !other.facts->part) return false;
    const auto name = part_name(other.path, other.facts->part);
    if (!name || source.path.size() <= name->front.size() + name->back.size()) return false;
    const auto digits =
        source.path.substr(name->front.size(), source.path.size() - name->front.size() - name->back.size());
    return source.path.starts_with(name->front) && source.path.ends_with(name->back) &&
           digits.find_first_not_of("0123456789") == std::string::npos;
  });
}

std::vector<FileGroup> group_sources(std::vector<GivenFile> sources, std::vector<std::string>& notes) {
  std::vector<bool> unbegun;
  for (const GivenFile& source : sources) unbegun.push_back(is_unbegun_part(source, sources));
  std::vector<FileGroup> groups;
  std::map<Id, size_t> by_id;
  for (size_t i = 0; i < sources.size(); ++i) {
    GivenFile& source = sources[i];
    if (unbegun[i]) {
      notes.push_back("'" + source.path + "' is a part that the recorder had not begun to write; it is left out");
      continue;
    }
    auto id = source.facts ? source.facts->recording_id : std::nullopt;
    if (id == Id{}) id.reset();  // nobody drew one
    const auto known = id ? by_id.find(*id) : by_id.end();
    if (known != by_id.end()) {
      groups[known->second].push_back(std::move(source));
      continue;
    }
    if (id) by_id[*id] = groups.size();
    groups.emplace_back().push_back(std::move(source));
  }
  for (FileGroup& group : groups) {
    std::stable_sort(group.begin(), group.end(), [](const GivenFile& a, const GivenFile& b) {
      return a.facts && b.facts && a.facts->part < b.facts->part;
    });
    for (size_t i = 1; i < group.size(); ++i) {
      const uint32_t before = group[i - 1].facts->part, part = group[i].facts->part;
      const std::string both = "'" + group[i - 1].path + "' and '" + group[i].path + "' are ";
      if (before == part)
        refuse(group[i].path,
               both + (part ? "both part " + std::to_string(part) + " of one recording" : "the same recording") +
                   "; name one of them");
      if (!before) refuse(group[i].path, both + "a whole recording and a part of it; name one of them");
    }
  }
  std::stable_sort(groups.begin(), groups.end(), [](const FileGroup& a, const FileGroup& b) {
    auto start = [](const FileGroup& group) {
      return group.front().facts ? group.front().facts->start_real_ns : INT64_MAX;
    };
    return start(a) < start(b);
  });
  return groups;
}

}  // namespace

std::vector<std::string> expand_patterns(std::span<const std::string> given) {
  std::vector<std::string> paths;
  for (const std::string& name : given) {
    struct stat info;
    if (name == "-" || name.find_first_of("*?[") == std::string::npos || ::lstat(name.c_str(), &info) == 0) {
      paths.push_back(name);  // opening it says what is wrong with it
      continue;
    }
    glob_t found{};
    const int error = ::glob(name.c_str(), 0, nullptr, &found);
    for (size_t i = 0; !error && i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
    ::globfree(&found);
    if (error == GLOB_NOSPACE) throw std::bad_alloc();
    if (error) refuse(name, "cannot read '" + name + "': no file is called so, or as that pattern says");
  }
  return paths;
}

std::vector<std::vector<std::string>> group_files(std::span<const std::string> given, std::vector<std::string>& notes) {
  std::vector<std::vector<std::string>> lists;
  for (const FileGroup& group : group_sources(open_sources(given, Tail::kCutOff, notes), notes)) {
    auto& list = lists.emplace_back();
    for (const GivenFile& source : group) list.push_back(source.path);
  }
  return lists;
}

Recordings open_recordings(std::span<const std::string> given, Tail tail) {
  Recordings recordings;
  for (FileGroup& group : group_sources(open_sources(given, tail, recordings.notes), recordings.notes)) {
    std::vector<std::shared_ptr<const TraceBytes>> files;
    for (GivenFile& source : group) files.push_back(std::move(source.bytes));
    recordings.traces.push_back(std::make_unique<Trace>(std::move(files), tail));
  }
  return recordings;
}

}  // namespace ebpftrace::trace
