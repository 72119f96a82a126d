// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/open_files.h"

#include <algorithm>
#include <map>

#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/running_processes.h"
#include "analyzer/dictionaries/thread_table.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMaxOpen = 2u << 20;  // 16 bytes each

struct Open {
  uint32_t pid, fd, file, flags;
};

}  // namespace

OpenFiles open_files(const trace::Trace& trace, size_t limit) {
  OpenFiles answer;
  answer.names.emplace_back();
  std::vector<Open> all;
  {
    enum { kTgid, kFd, kFile, kFlags };
    trace::Block block(trace, "open_file", {"tgid", "fd", "file", "flags"});
    for (uint32_t position : trace.blocks_of("open_file")) {
      if (!block.load(trace.frames()[position])) continue;
      while (block.next_tile()) {
        for (size_t i = 0; i < block.tile_rows(); ++i) {
          auto number = [&](unsigned column) { return static_cast<uint32_t>(block.column(column)[i]); };
          ++answer.files;
          if (all.size() < kMaxOpen) all.push_back({number(kTgid), number(kFd), number(kFile), number(kFlags)});
        }
      }
    }
  }
  if (all.size() < answer.files)
    trace.damage().report(0, "more open files are described than this program keeps; the rest are missing");
  std::stable_sort(all.begin(), all.end(),
                   [](const Open& a, const Open& b) { return a.pid != b.pid ? a.pid < b.pid : a.fd < b.fd; });

  std::map<uint32_t, uint32_t> names;
  auto name = [&](uint32_t pid, std::string_view text) {
    if (names.try_emplace(pid, static_cast<uint32_t>(answer.names.size())).second) answer.names.emplace_back(text);
  };
  {
    const RunningProcesses running(trace);
    for (const RunningProcess& process : running.list()) name(process.pid, process.comm);
    const ThreadTable threads(trace);
    for (size_t i = 1; i < threads.processes().size(); ++i)  // COMMAND, which is not its own yet at that time
      name(threads.processes()[i].pid, threads.processes()[i].name);
  }
  const FileTable files(trace);
  for (const Open& open : std::span(all).first(std::min(limit, all.size()))) {
    const File* file = files.find(open.file);
    const auto process = names.find(open.pid);
    OpenFileRow row{open.pid, open.fd,      open.flags, process == names.end() ? 0 : process->second,
                    "",       std::nullopt, false,      false};
    if (file) {
      row.type = file_type_name(file->mode);
      row.path = file->path;
      row.path_cut = file->cut;
      row.path_deleted = file->unlinked;
    }
    answer.rows.push_back(std::move(row));
  }
  answer.coverage = coverage_of(trace, {"open_file", "file", "thread", "process"});
  return answer;
}

}  // namespace ebpftrace::analyzer
