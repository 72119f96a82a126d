// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/call_questions.h"

#include "analyzer/api/question.h"
#include "analyzer/questions/cells.h"
#include "analyzer/questions/events.h"
#include "analyzer/tables/event_lines.h"
#include "analyzer/tables/table.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kOutputPiece = 1 << 16;

std::vector<ResultColumn> top_io_columns() {
  return {{"pid", Unit::kIdentity, "PID", "Process id."},
          {"process", Unit::kText, "PROCESS", "Its latest command name."},
          {"reads", Unit::kNumber, "READS", "Calls that read, those that failed included."},
          {"read_bytes", Unit::kBytes, "READ", "Bytes that they read."},
          {"writes", Unit::kNumber, "WRITES", "Calls that write, those that failed included."},
          {"write_bytes", Unit::kBytes, "WRITTEN", "Bytes that they wrote."},
          {"errors", Unit::kNumber, "ERRORS", "Calls of both kinds that failed."},
          {"io_time_ns", Unit::kDuration, "I/O TIME", "Time in these calls, those without an end included."},
          {"read_p99_ns", Unit::kDuration, "READ P99", "99 % of the reads took at most so long; within 3.2 %."},
          {"write_p99_ns", Unit::kDuration, "WRITE P99", "99 % of the writes took at most so long; within 3.2 %."},
          {"io_uring", Unit::kNumber, "", "1: it used one, so its I/O is not fully visible."},
          {"note", Unit::kText, "NOTE", "What to know about the numbers.", Show::kIfAny},
          {"peeked_bytes", Unit::kBytes, "PEEKED", "Bytes that it only looked at.", Show::kIfAny}};
}

std::vector<ResultColumn> top_files_columns() {
  return {{"path", Unit::kText, "PATH", "The kernel's path of the file; nothing: the files that are not known."},
          {"type", Unit::kText, "TYPE", "What kind of file it is.", Show::kAlways, file_types()},
          {"opens", Unit::kNumber, "OPENS", "How often it was opened."},
          {"reads", Unit::kNumber, "READS", "Calls that read from it, those that failed included."},
          {"read_bytes", Unit::kBytes, "READ", "Bytes that they read."},
          {"writes", Unit::kNumber, "WRITES", "Calls that write to it, those that failed included."},
          {"write_bytes", Unit::kBytes, "WRITTEN", "Bytes that they wrote."},
          {"processes", Unit::kNumber, "PROCESSES", "Processes that used it; nothing: too many to count."},
          {"peeked_bytes", Unit::kBytes, "PEEKED", "Bytes that were only looked at.", Show::kIfAny},
          {"path_deleted", Unit::kTruth, "DELETED", "It was no longer in its directory, or never was in one.",
           Show::kIfAny}};
}

std::vector<ResultColumn> syscalls_columns() {
  return {{"syscall", Unit::kText, "SYSCALL", "The call's name."},
          {"calls", Unit::kNumber, "CALLS", "How many, those without an end included."},
          {"errors", Unit::kNumber, "ERRORS", "How many failed."},
          {"total_ns", Unit::kDuration, "TOTAL", "Time in them, those without an end included."},
          {"min_ns", Unit::kDuration, "MIN", "The shortest finished one."},
          {"p50_ns", Unit::kDuration, "P50", "Half of them took at most so long; within 3.2 %."},
          {"p99_ns", Unit::kDuration, "P99", "99 % of them took at most so long; within 3.2 %."},
          {"max_ns", Unit::kDuration, "MAX", "The longest finished one."}};
}

Result print_events(const Source& source, const Asked& asked, Format format, const Write& write) {
  Result result("events", event_columns());
  std::string out;
  if (format == Format::kCsv) append_csv_names(out, event_columns());
  std::vector<Cell> cells;
  const EventJson json;
  for_each_event(source, asked.limit, [&](const Event& event) {
    if (format == Format::kTable) {
      append_event_line(out, event);
    } else if (format == Format::kJson) {
      json.append(out, event);
    } else {
      event_cells(event, cells);
      append_csv_row(out, cells);
    }
    if (out.size() > kOutputPiece) {
      write(out);
      out.clear();
      result.stopped = asked.stop.stop_requested();
    }
    return !result.stopped;
  });
  write(out);
  result.coverage = coverage_of(source);
  return result;
}

// Over what they are asked is theirs to say.
constexpr Takes kTakes{.filter = Takes::Over::kNothing};

}  // namespace

extern constinit const Question kTopIoQuestion{
    .name = "top_io",
    .help = "Reads and writes by process: calls, bytes, errors, time, 99th percentiles",
    .place = 10,
    .ranked = true,
    .takes = kTakes,
    .columns = top_io_columns,
    .answer = [](const Source& source, const Asked& asked) {
      return result_of(top_io(source, asked.limit, asked.reading));
    }};

extern constinit const Question kTopFilesQuestion{
    .name = "top_files",
    .help = "Opens, reads and writes by file",
    .place = 20,
    .ranked = true,
    .takes = kTakes,
    .columns = top_files_columns,
    .answer = [](const Source& source, const Asked& asked) { return result_of(top_files(source, asked.limit)); }};

extern constinit const Question kSyscallsQuestion{.name = "syscalls",
                                                  .help = "System calls by name: count, errors, latency",
                                                  .place = 30,
                                                  .ranked = true,
                                                  .takes = kTakes,
                                                  .columns = syscalls_columns,
                                                  .answer = [](const Source& source, const Asked& asked) {
                                                    return result_of(syscalls(source, asked.limit, asked.reading));
                                                  }};

extern constinit const Question kEventsQuestion{
    .name = "events",
    .help = "Every event in order of its start; JSON is one object per line",
    .place = 70,
    .takes = {.filter = Takes::Over::kNothing, .stop = true, .sort = false, .columns = false},
    .columns = event_columns,
    .print = print_events};

Result result_of(const TopIo& answer) {
  Result result("top_io", top_io_columns());
  for (const ProcessIo& row : answer.rows)
    result.add({pid_cell(row.pid), name_cell(row.process, row.pid), row.reads, row.read_bytes, row.writes,
                row.write_bytes, row.errors, row.io_time_ns, cell_of(row.read_p99_ns), cell_of(row.write_p99_ns),
                uint64_t{row.io_uring}, ring_note(row.io_uring), row.peeked_bytes});
  if (answer.rows.size() == result.rows()) result.all_rows = answer.processes;
  result.coverage = answer.coverage;
  return result;
}

Result result_of(const TopFiles& answer) {
  Result result("top_files", top_files_columns());
  for (const FileIo& row : answer.rows)
    result.add({row.path ? Cell(with_cut_mark(*row.path, row.path_cut)) : Cell(), row.type, row.opens, row.reads,
                row.read_bytes, row.writes, row.write_bytes, cell_of(row.processes), row.peeked_bytes,
                row.path ? Cell(row.path_deleted) : Cell()});
  if (answer.rows.size() == result.rows()) result.all_rows = answer.files;
  result.coverage = answer.coverage;
  return result;
}

Result result_of(const Syscalls& answer) {
  Result result("syscalls", syscalls_columns());
  for (const SyscallRow& row : answer.rows)
    result.add({row.syscall, row.calls, row.errors, row.total_ns, cell_of(row.min_ns), cell_of(row.p50_ns),
                cell_of(row.p99_ns), cell_of(row.max_ns)});
  if (answer.rows.size() == result.rows()) result.all_rows = answer.names;
  result.coverage = answer.coverage;
  return result;
}

}  // namespace ebpftrace::analyzer
