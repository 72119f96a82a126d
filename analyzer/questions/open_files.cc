// SPDX-License-Identifier: Apache-2.0
// What recorded processes had open when the recording began: by process, then descriptor.
#include <algorithm>
#include <map>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/running_processes.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/coverage.h"
#include "analyzer/questions/cells.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMaxOpen = 2u << 20;  // 16 bytes each

struct Open {
  uint32_t pid, fd, file, flags;
};

std::vector<ResultColumn> columns() {
  return {{"pid", Unit::kIdentity, "PID", "Process that had it open."},
          {"process", Unit::kText, "PROCESS", "Its name then."},
          {"fd", Unit::kIdentity, "FD", "The descriptor."},
          {"type", Unit::kText, "TYPE", "What kind of file it is.", Show::kAlways, file_types()},
          {"path", Unit::kText, "PATH", "The kernel's path of it."},
          {"flags", Unit::kNumber, "", "O_* flags that it was opened with."},
          {"path_deleted", Unit::kTruth, "DELETED", "It was no longer in its directory, or never was in one.",
           Show::kIfAny}};
}

std::vector<Open> read_all(const trace::Trace& trace) {
  std::vector<Open> all;
  enum { kTgid, kFd, kFile, kFlags };
  trace::Block block(trace, "open_file", {"tgid", "fd", "file", "flags"});
  bool full = false;
  for (uint32_t position : trace.blocks_of("open_file")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile()) {
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        auto number = [&](unsigned column) { return static_cast<uint32_t>(block.column(column)[i]); };
        if (all.size() < kMaxOpen)
          all.push_back({number(kTgid), number(kFd), number(kFile), number(kFlags)});
        else
          full = true;
      }
    }
  }
  if (full) trace.shortfalls().report("more open files are described than this program keeps; the rest are missing");
  std::stable_sort(all.begin(), all.end(),
                   [](const Open& a, const Open& b) { return a.pid != b.pid ? a.pid < b.pid : a.fd < b.fd; });
  return all;
}

// By pid; texts of the dictionaries.
std::map<uint32_t, std::string_view> process_names(const RunningProcesses& running, const ThreadTable& threads) {
  std::map<uint32_t, std::string_view> names;
  for (const RunningProcess& process : running.list()) names.try_emplace(process.pid, process.comm);
  for (size_t i = 1; i < threads.processes().size(); ++i)  // COMMAND, which is not its own yet at that time
    names.try_emplace(threads.processes()[i].pid, threads.processes()[i].name);
  return names;
}

Result answer(const Source& source, const Asked& asked) {
  const trace::ReadScope scope;
  const trace::Trace& trace = source.trace();
  const std::vector<Open> all = read_all(trace);
  const RunningProcesses running(trace);
  const ThreadTable threads(trace);
  const FileTable files(trace);
  const auto names = process_names(running, threads);
  Result result("open_files", columns());
  for (const Open& open : std::span(all).first(std::min(asked.limit, all.size()))) {
    const File* file = files.find(open.file);
    const auto name = names.find(open.pid);
    result.add({uint64_t{open.pid}, name == names.end() ? Cell() : Cell(std::string(name->second)), uint64_t{open.fd},
                file ? Cell(std::string(file_type_name(file->mode))) : Cell(),
                file ? Cell(with_cut_mark(file->path, file->cut)) : Cell(), uint64_t{open.flags},
                file ? Cell(file->unlinked) : Cell()});
  }
  if (result.rows() == asked.limit) result.all_rows = all.size();
  result.coverage = coverage_of(trace, scope);
  return result;
}

}  // namespace

extern constinit const Question kOpenFilesQuestion{.name = "open_files",
                                                   .help = "What recorded processes had open when the recording began",
                                                   .place = 50,
                                                   .columns = columns,
                                                   .answer = answer};

}  // namespace ebpftrace::analyzer
