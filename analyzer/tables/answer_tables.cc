// SPDX-License-Identifier: Apache-2.0
#include "analyzer/tables/answer_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/dictionaries/io_uring.h"
#include "analyzer/text/escape.h"
#include "analyzer/text/quote.h"
#include "analyzer/text/wall_clock.h"

namespace ebpftrace::analyzer {
namespace {

// A thread that is not described has no pid: 0 belongs to nobody who makes system calls.
Cell pid_cell(uint32_t pid) { return pid ? Cell(uint64_t{pid}) : Cell(); }

Cell name_cell(std::string_view name, uint32_t pid) { return pid ? Cell(std::string(name)) : Cell(); }

template <typename Answer, typename Fill>
Table make(std::string name, const Answer& answer, size_t all_rows, std::vector<TableColumn> columns, Fill fill) {
  Table table;
  table.name = std::move(name);
  table.columns = std::move(columns);
  table.rows = answer.rows.size();
  table.all_rows = all_rows;
  table.coverage = answer.coverage;
  table.row = [&answer, fill](size_t i, std::vector<Cell>& cells) {
    cells.clear();
    fill(answer.rows[i], cells);
  };
  return table;
}

template <typename Row>
bool any_ring(const std::vector<Row>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.io_uring; });
}
Cell ring_note(bool ring) { return ring ? Cell(std::string(kRingNote)) : Cell(); }

// Shown to people where there is something to say.
template <typename Row>
TableColumn peeked_column(const std::vector<Row>& rows) {
  const bool any = std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.peeked_bytes != 0; });
  return {"peeked_bytes", Unit::kBytes, any ? "PEEKED" : ""};
}

template <typename Row>
TableColumn deleted_column(const std::vector<Row>& rows) {
  const bool any = std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.path_deleted; });
  return {"path_deleted", Unit::kText, any ? "DELETED" : ""};
}

// A path that goes on beyond what was recorded says so.
std::string with_cut_mark(std::string_view text, bool cut) { return std::string(text) + (cut ? "..." : ""); }

}  // namespace

Table table_of(const Summary& summary) {
  Table table;
  table.name = "summary";
  table.columns = {{"events", Unit::kNumber, "EVENTS"},
                   {"duration_ns", Unit::kDuration, "DURATION"},
                   {"processes", Unit::kNumber, "PROCESSES"},
                   {"threads", Unit::kNumber, "THREADS"},
                   {"syscalls", Unit::kNumber, "SYSCALLS"},
                   {"read_bytes", Unit::kBytes, "READ"},
                   {"write_bytes", Unit::kBytes, "WRITTEN"},
                   {"lost", Unit::kNumber, "LOST"},
                   {"file_bytes", Unit::kBytes, "FILE"},
                   {"probe", Unit::kText, "PROBE"},
                   {"host_kernel", Unit::kText, "KERNEL"},
                   {"containers", Unit::kNumber, "CONTAINERS"},
                   {"io_uring_processes", Unit::kNumber, "IO_URING"},
                   {"part", Unit::kNumber, "PART"},
                   {"began_before", Unit::kNumber, "BEGAN BEFORE"},
                   {"peeked_bytes", Unit::kBytes, summary.peeked_bytes ? "PEEKED" : ""},
                   {"host_label", Unit::kText, ""}};
  table.rows = table.all_rows = 1;
  table.coverage = summary.coverage;
  table.row = [&summary](size_t, std::vector<Cell>& cells) {
    cells = {summary.events,
             summary.duration_ns,
             summary.processes,
             summary.threads,
             summary.syscalls,
             summary.read_bytes,
             summary.write_bytes,
             summary.coverage.lost_known ? Cell(summary.coverage.lost) : Cell(),
             summary.file_bytes,
             summary.facts.probe,
             summary.facts.kernel,
             uint64_t{summary.containers.size()},
             summary.io_uring_processes,
             uint64_t{summary.facts.part},
             summary.began_before,
             summary.peeked_bytes,
             summary.facts.host_label.empty() ? Cell() : Cell(summary.facts.host_label)};
  };
  return table;
}

Table table_of(const TopIo& answer) {
  return make("top_io", answer, answer.processes,
              {{"pid", Unit::kNumber, "PID"},
               {"process", Unit::kText, "PROCESS"},
               {"reads", Unit::kNumber, "READS"},
               {"read_bytes", Unit::kBytes, "READ"},
               {"writes", Unit::kNumber, "WRITES"},
               {"write_bytes", Unit::kBytes, "WRITTEN"},
               {"errors", Unit::kNumber, "ERRORS"},
               {"io_time_ns", Unit::kDuration, "I/O TIME"},
               {"read_p99_ns", Unit::kDuration, "READ P99"},
               {"write_p99_ns", Unit::kDuration, "WRITE P99"},
               {"io_uring", Unit::kNumber, ""},
               {"note", Unit::kText, any_ring(answer.rows) ? "NOTE" : ""},
               peeked_column(answer.rows)},
              [](const ProcessIo& row, std::vector<Cell>& cells) {
                cells = {pid_cell(row.pid),
                         name_cell(row.process, row.pid),
                         row.reads,
                         row.read_bytes,
                         row.writes,
                         row.write_bytes,
                         row.errors,
                         row.io_time_ns,
                         cell_of(row.read_p99_ns),
                         cell_of(row.write_p99_ns),
                         uint64_t{row.io_uring},
                         ring_note(row.io_uring),
                         row.peeked_bytes};
              });
}

Table table_of(const TopFiles& answer) {
  return make("top_files", answer, answer.files,
              {{"path", Unit::kText, "PATH"},
               {"type", Unit::kText, "TYPE"},
               {"opens", Unit::kNumber, "OPENS"},
               {"reads", Unit::kNumber, "READS"},
               {"read_bytes", Unit::kBytes, "READ"},
               {"writes", Unit::kNumber, "WRITES"},
               {"write_bytes", Unit::kBytes, "WRITTEN"},
               {"processes", Unit::kNumber, "PROCESSES"},
               peeked_column(answer.rows),
               deleted_column(answer.rows)},
              [](const FileIo& row, std::vector<Cell>& cells) {
                cells = {row.path ? Cell(with_cut_mark(*row.path, row.path_cut)) : Cell(),
                         row.type,
                         row.opens,
                         row.reads,
                         row.read_bytes,
                         row.writes,
                         row.write_bytes,
                         cell_of(row.processes),
                         row.peeked_bytes,
                         row.path ? Cell(row.path_deleted) : Cell()};
              });
}

Table table_of(const Syscalls& answer) {
  return make("syscalls", answer, answer.names,
              {{"syscall", Unit::kText, "SYSCALL"},
               {"calls", Unit::kNumber, "CALLS"},
               {"errors", Unit::kNumber, "ERRORS"},
               {"total_ns", Unit::kDuration, "TOTAL"},
               {"min_ns", Unit::kDuration, "MIN"},
               {"p50_ns", Unit::kDuration, "P50"},
               {"p99_ns", Unit::kDuration, "P99"},
               {"max_ns", Unit::kDuration, "MAX"}},
              [](const SyscallRow& row, std::vector<Cell>& cells) {
                cells = {row.syscall,         row.calls,           row.errors,          row.total_ns,
                         cell_of(row.min_ns), cell_of(row.p50_ns), cell_of(row.p99_ns), cell_of(row.max_ns)};
              });
}

Table table_of(const ProcessTree& answer) {
  auto number = [](const std::optional<int>& value) { return value ? Cell(int64_t{*value}) : Cell(); };
  auto text = [](std::string_view value) { return value.empty() ? Cell() : Cell(std::string(value)); };
  const bool contained = std::any_of(answer.groups.begin(), answer.groups.end(),
                                     [](const TreeGroup& group) { return !group.container.id.empty(); });
  Table table = make("tree", answer, answer.processes,
                     {{"pid", Unit::kNumber, "PID"},
                      {"ppid", Unit::kNumber, "PPID"},
                      {"process", Unit::kText, ""},
                      {"command", Unit::kText, "COMMAND"},
                      {"start_ns", Unit::kTime, "START"},
                      {"end_ns", Unit::kTime, "END"},
                      {"exit_code", Unit::kNumber, "EXIT"},
                      {"exit_signal", Unit::kNumber, "SIGNAL"},
                      {"threads", Unit::kNumber, "THREADS", true},
                      {"user_ns", Unit::kDuration, "USER", true},
                      {"system_ns", Unit::kDuration, "SYSTEM", true},
                      {"max_rss_bytes", Unit::kBytes, "MAX RSS", true},
                      {"uid", Unit::kNumber, ""},
                      {"ns_pid", Unit::kNumber, ""},
                      {"cgroup", Unit::kText, ""},
                      {"exe", Unit::kText, ""},
                      {"cwd", Unit::kText, ""},
                      {"role", Unit::kText, ""},
                      {"container", Unit::kText, contained ? "CONTAINER" : ""},
                      {"container_id", Unit::kText, ""},
                      {"io_uring", Unit::kNumber, ""},
                      {"note", Unit::kText, any_ring(answer.rows) ? "NOTE" : ""}},
                     [number, text, &answer](const TreeProcess& row, std::vector<Cell>& cells) {
                       const TreeGroup& group = answer.groups[row.group];
                       cells = {uint64_t{row.pid},
                                uint64_t{row.ppid},
                                row.process,
                                with_cut_mark(row.command, row.command_cut),
                                cell_of(row.start_ns),
                                cell_of(row.end_ns),
                                number(row.exit_code),
                                number(row.exit_signal),
                                row.threads ? Cell(uint64_t{row.threads}) : Cell(),
                                row.used ? Cell(row.used->user_ns) : Cell(),
                                row.used ? Cell(row.used->system_ns) : Cell(),
                                row.used ? Cell(row.used->max_rss_bytes) : Cell(),
                                row.uid ? Cell(uint64_t{*row.uid}) : Cell(),
                                row.ns_pid ? Cell(uint64_t{row.ns_pid}) : Cell(),
                                text(group.cgroup),
                                text(row.exe),
                                text(row.cwd),
                                std::string(row.recorded ? "recorded" : "ancestor"),
                                text(short_name(group.container)),
                                text(group.container.id),
                                uint64_t{row.io_uring},
                                ring_note(row.io_uring)};
                     });
  table.indent = [&answer](size_t i) { return answer.rows[i].depth; };
  // As strace -y shows files: ./job</srv/a/job> one
  table.for_people = [&answer](size_t i, std::vector<Cell>& cells) {
    constexpr size_t kCommand = 3;
    const TreeProcess& row = answer.rows[i];
    if (row.exe_is_said) return;
    auto& command = std::get<std::string>(cells[kCommand]);
    command.insert(std::min(row.first_word, command.size()), "<" + row.exe + ">");
  };
  return table;
}

Table table_of(const OpenFiles& answer) {
  return make("open_files", answer, answer.files,
              {{"pid", Unit::kNumber, "PID"},
               {"process", Unit::kText, "PROCESS"},
               {"fd", Unit::kNumber, "FD"},
               {"type", Unit::kText, "TYPE"},
               {"path", Unit::kText, "PATH"},
               {"flags", Unit::kNumber, ""},
               deleted_column(answer.rows)},
              [&answer](const OpenFileRow& row, std::vector<Cell>& cells) {
                cells = {uint64_t{row.pid},
                         row.process ? Cell(answer.names[row.process]) : Cell(),
                         uint64_t{row.fd},
                         row.path ? Cell(std::string(row.type)) : Cell(),
                         row.path ? Cell(with_cut_mark(*row.path, row.path_cut)) : Cell(),
                         uint64_t{row.flags},
                         row.path ? Cell(row.path_deleted) : Cell()};
              });
}

Table table_of(const Metrics& answer) {
  std::vector<TableColumn> columns = {{"time_ns", Unit::kTime, "TIME"},
                                      {"cpu", Unit::kNumber, answer.by_cpu ? "CPU" : ""},
                                      {"interval_ns", Unit::kDuration, ""}};
  for (const MetricInfo& metric : kMetrics)
    columns.push_back({std::string(metric.column), Unit::kNumber, std::string(metric.heading), metric.optional});
  columns.push_back({"warnings", Unit::kText, answer.warnings.empty() ? "" : "WARNINGS"});
  return make("metrics", answer, answer.intervals, std::move(columns),
              [](const MetricsRow& row, std::vector<Cell>& cells) {
                cells.emplace_back(row.time_ns);
                cells.push_back(row.cpu ? Cell(uint64_t{*row.cpu}) : Cell());
                cells.emplace_back(row.interval_ns);
                for (size_t i = 0; i < kMetrics.size(); ++i)
                  cells.push_back(cell_of(shown_value(row, static_cast<Metric>(i))));
                cells.push_back(row.warnings.empty() ? Cell() : Cell(row.warnings));
              });
}

// The first process of a row and the others; nothing where none is known.
template <typename Row>
Cell processes_cell(const Row& row) {
  if (!row.pid) return {};
  ProcessesCell processes{{*row.pid, std::string(row.process)}};
  for (const ProcessName& other : row.others) processes.push_back({other.pid, std::string(other.name)});
  return processes;
}

Table table_of(const Security& answer) {
  return make("security", answer, answer.findings,
              {{"time_ns", Unit::kTime, "TIME"},
               {"time", Unit::kText, ""},
               {"severity", Unit::kText, "SEVERITY"},
               {"event", Unit::kText, "EVENT"},
               {"rule", Unit::kText, "RULE"},
               {"verdict", Unit::kText, "VERDICT"},
               {"source", Unit::kText, "SOURCE"},
               {"destination", Unit::kText, "DESTINATION"},
               {"protocol", Unit::kText, "PROTOCOL"},
               {"count", Unit::kNumber, "COUNT"},
               {"suppressed", Unit::kNumber, "SUPPRESSED"},
               {"pid", Unit::kNumber, "PID"},
               {"process", Unit::kText, ""},
               {"ancestry", Unit::kText, ""},
               {"processes", Unit::kText, "PROCESS"},
               {"parse", Unit::kText, "PARSE"}},
              [](const SecurityRow& row, std::vector<Cell>& cells) {
                auto text = [](std::string_view value) { return value.empty() ? Cell() : Cell(std::string(value)); };
                cells = {row.time_ns,       utc_text(row.real_ns), text(row.severity),
                         text(row.event),   text(row.rule),        text(row.verdict),
                         text(row.source),  text(row.destination), text(row.protocol),
                         row.count,         row.suppressed,        row.pid ? Cell(uint64_t{*row.pid}) : Cell(),
                         text(row.process), text(row.ancestry),    processes_cell(row),
                         text(row.parse)};
              });
}

Table table_of(const Network& answer) {
  return make("network", answer, answer.all_rows,
              {{"by", Unit::kText, "BY"},
               {"what", Unit::kText, "WHAT"},
               {"packets", Unit::kNumber, "PACKETS"},
               {"bytes", Unit::kBytes, "BYTES"},
               {"dropped", Unit::kNumber, "DROPPED"},
               {"first_ns", Unit::kTime, "FIRST"},
               {"last_ns", Unit::kTime, "LAST"},
               {"interface", Unit::kText, "INTERFACE"},
               {"pid", Unit::kNumber, "PID"},
               {"process", Unit::kText, ""},
               {"processes", Unit::kText, "PROCESS"},
               {"headers", Unit::kText, "HEADERS"}},
              [](const NetworkRow& row, std::vector<Cell>& cells) {
                auto text = [](std::string_view value) { return value.empty() ? Cell() : Cell(std::string(value)); };
                cells = {std::string(row.by),
                         row.what,
                         row.packets,
                         row.bytes,
                         cell_of(row.dropped),
                         cell_of(row.first_ns),
                         cell_of(row.last_ns),
                         text(row.interface),
                         row.pid ? Cell(uint64_t{*row.pid}) : Cell(),
                         text(row.process),
                         processes_cell(row),
                         text(row.headers)};
              });
}

// The checks, then what is wrong, each with its place.
Table table_of(const Verification& answer) {
  Table table;
  table.name = "verify";
  const bool faults = !answer.faults.empty();
  table.columns = {{"check", Unit::kText, "CHECK"},       {"of", Unit::kText, "OF"},
                   {"checked", Unit::kNumber, "CHECKED"}, {"faults", Unit::kNumber, "FAULTS"},
                   {"verdict", Unit::kText, "VERDICT"},   {"at_byte", Unit::kNumber, faults ? "AT BYTE" : ""},
                   {"note", Unit::kText, "NOTE"}};
  table.rows = table.all_rows = answer.checks.size() + answer.faults.size();
  table.coverage = answer.coverage;
  table.row = [&answer](size_t i, std::vector<Cell>& cells) {
    auto text = [](std::string_view value) { return value.empty() ? Cell() : Cell(std::string(value)); };
    if (i >= answer.checks.size()) {
      const trace::Damage& fault = answer.faults[i - answer.checks.size()];
      cells = {text("fault"), Cell(), Cell(), Cell(), text("damaged"), fault.offset, text(fault.what)};
      return;
    }
    const Check& check = answer.checks[i];
    const bool unknown = check.verdict == Check::Verdict::kUnknown;
    cells = {text(check.what),
             text(check.of),
             unknown && !check.checked ? Cell() : Cell(check.checked),
             unknown ? Cell() : Cell(check.faults),
             text(unknown                                     ? "unknown"
                  : check.verdict == Check::Verdict::kDamaged ? "damaged"
                                                              : "sound"),
             Cell(),
             text(check.note)};
  };
  return table;
}

std::vector<TableColumn> event_columns() {
  return {{"time_ns", Unit::kTime, "TIME"},
          {"cpu", Unit::kNumber, "CPU"},
          {"pid", Unit::kNumber, "PID"},
          {"tid", Unit::kNumber, "TID"},
          {"process", Unit::kText, "PROCESS"},
          {"event", Unit::kText, "EVENT"},
          {"duration_ns", Unit::kDuration, "DURATION"},
          {"result", Unit::kNumber, "RESULT"},
          {"args", Unit::kText, "ARGS"},
          {"path", Unit::kText, "PATH"},
          {"path_deleted", Unit::kText, ""}};
}

void event_cells(const Event& event, std::vector<Cell>& cells) {
  cells.clear();
  cells.emplace_back(event.time_ns);
  cells.push_back(event.cpu ? Cell(uint64_t{*event.cpu}) : Cell());
  cells.push_back(pid_cell(event.pid));
  cells.push_back(pid_cell(event.tid));
  cells.push_back(name_cell(event.process, event.pid));
  cells.emplace_back(std::string(event.event));
  cells.push_back(cell_of(event.duration_ns));
  cells.push_back(cell_of(event.result));
  cells.emplace_back(std::string(event.args));
  cells.push_back(event.path ? Cell(with_cut_mark(*event.path, event.path_cut)) : Cell());
  cells.push_back(event.path ? Cell(event.path_deleted) : Cell());
}

namespace {

// Numbers are numbers, a descriptor is its number, a text is the text; the rest is as the call shows it.
void append_argument(std::string& out, const EventArgument& argument) {
  std::string_view text = argument.text;
  if (argument.form == EventArgument::Form::kNumber) {
    const size_t digits = text.find_first_not_of("0123456789", text.starts_with('-') ? 1 : 0);
    const std::string_view number = text.substr(0, digits);
    if (!number.empty() && (digits == text.npos || text[digits] == '<')) {
      out += number;
      return;
    }
    if (text.starts_with("AT_FDCWD<")) text = text.substr(0, text.find('<'));
  }
  if (text.size() >= 2 && text.front() == '"') {
    const bool cut = text.ends_with("\"...");
    text = text.substr(1, text.size() - 2 - (cut ? 3 : 0));
    append_json(out, unescaped(text));
    if (cut) out.insert(out.size() - 1, "...");
    return;
  }
  append_json(out, text);
}

void append_arguments(std::string& out, const Event& event) {
  out += ", \"arguments\": {";
  bool first = true;
  for (size_t i = 0; i < event.arguments.size(); ++i) {
    const EventArgument& argument = event.arguments[i];
    if (argument.form == EventArgument::Form::kNone) continue;
    if (!first) out += ", ";
    first = false;
    if (argument.name.empty()) {
      out += "\"arg";
      out += static_cast<char>('0' + i);
      out += '"';
    } else {
      append_json(out, argument.name);
    }
    out += ": ";
    append_argument(out, argument);
  }
  out += '}';
}

}  // namespace

EventJson::EventJson() {
  for (const TableColumn& column : event_columns()) {
    std::string key = keys_.empty() ? "{" : ", ";
    append_json(key, column.name);
    keys_.push_back(key + ": ");
  }
}

void EventJson::append(std::string& out, const Event& event) const {
  size_t next = 0;
  auto number = [&](bool known, auto value) {
    out += keys_[next++];
    const fmt::format_int text(value);
    out += known ? std::string_view(text.data(), text.size()) : "null";
  };
  auto text = [&](bool known, std::string_view value, bool cut = false) {
    out += keys_[next++];
    if (!known)
      out += "null";
    else
      append_json(out, value);
    if (known && cut) out.insert(out.size() - 1, "...");
  };
  number(true, event.time_ns);
  number(event.cpu.has_value(), event.cpu.value_or(0));
  number(event.pid != 0, event.pid);
  number(event.pid != 0, event.tid);
  text(event.pid != 0, event.process);
  text(true, event.event);
  number(event.duration_ns.has_value(), event.duration_ns.value_or(0));
  number(event.result.has_value(), event.result.value_or(0));
  text(true, event.args);
  text(event.path.has_value(), event.path.value_or(""), event.path_cut);
  if (event.is_32bit) out += ", \"is_32bit\": true";
  if (event.path && event.path_deleted) out += ", \"path_deleted\": true";
  // Only where there is something to say.
  for (const auto& [key, value] : {std::pair(", \"path2\": ", &event.path2),
                                   {", \"cwd\": ", &event.cwd},
                                   {", \"exe\": ", &event.exe},
                                   {", \"program\": ", &event.program},
                                   {", \"text\": ", &event.text}}) {
    if (!*value) continue;
    out += key;
    append_json(out, **value);
  }
  if (event.bytes) {
    const fmt::format_int bytes(*event.bytes);
    out += ", \"bytes\": ";
    out.append(bytes.data(), bytes.size());
  }
  if (event.peeked_bytes) {
    const fmt::format_int bytes(event.peeked_bytes);
    out += ", \"peeked_bytes\": ";
    out.append(bytes.data(), bytes.size());
  }
  if (event.duration_ns) append_arguments(out, event);
  if (event.began_before) out += ", \"began_before\": true";
  if (event.arguments_unknown) out += ", \"arguments_unknown\": true";
  out += "}\n";
}

}  // namespace ebpftrace::analyzer
