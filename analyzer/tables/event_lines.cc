// SPDX-License-Identifier: Apache-2.0
#include "analyzer/tables/event_lines.h"

#include <fmt/format.h>

#include "analyzer/questions/cells.h"
#include "analyzer/tables/table.h"
#include "analyzer/text/call_text.h"
#include "analyzer/text/escape.h"
#include "analyzer/text/human.h"
#include "analyzer/text/quote.h"

namespace ebpftrace::analyzer {

std::vector<ResultColumn> event_columns() {
  return {{"time_ns", Unit::kTime, "TIME", "When it began."},
          {"cpu", Unit::kIdentity, "CPU", "Where it ran."},
          {"pid", Unit::kIdentity, "PID", "Its process; nothing: not described."},
          {"tid", Unit::kIdentity, "TID", "Its thread."},
          {"process", Unit::kText, "PROCESS", "The process's name at that time."},
          {"event", Unit::kText, "EVENT", "A system call's name, or the event type's."},
          {"duration_ns", Unit::kDuration, "DURATION", "Of a system call: how long it took."},
          {"result", Unit::kSigned, "RESULT", "Of a finished system call: what the kernel returned."},
          {"args", Unit::kText, "ARGS", "Of a call: its arguments as strace shows them; else \"name=value, ...\"."},
          {"path", Unit::kText, "PATH", "The file behind the call's descriptor, else its path argument."},
          {"path_deleted", Unit::kTruth, "", "That file was no longer in its directory then."}};
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
  for (const ResultColumn& column : event_columns()) {
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

namespace {

constexpr size_t kTimeWidth = 14, kCpuWidth = 2, kThreadWidth = 7, kProcessWidth = 15;

// What was appended since `start`, to the right of a column that is at least so wide.
void to_the_right(std::string& out, size_t start, size_t width) {
  if (out.size() - start < width) out.insert(start, width - (out.size() - start), ' ');
}

}  // namespace

void append_event_line(std::string& out, const Event& event) {
  size_t start = out.size();
  append_time(out, event.time_ns);
  to_the_right(out, start, kTimeWidth);
  out += ' ';
  if (event.cpu)
    append_number(out, *event.cpu, kCpuWidth);
  else
    out += " -";
  out += ' ';
  start = out.size();
  if (event.pid || event.tid)
    append_number(out, event.pid);
  else
    out += '-';
  if (event.pid != event.tid) {
    out += '/';
    append_number(out, event.tid);
  }
  to_the_right(out, start, kThreadWidth);
  out += ' ';
  start = out.size();
  append_terminal(out, event.pid ? event.process : "-");
  if (out.size() - start < kProcessWidth) out.append(kProcessWidth - (out.size() - start), ' ');
  out += ' ';
  append_terminal(out, event.event);
  if (event.duration_ns) {
    out += '(';
    append_terminal(out, event.args);
    out += ") = ";
    append_terminal(out, event.result_text);
    out += " <";
    append_duration(out, *event.duration_ns);
    if (event.began_before) out += ", began before";
    if (event.unfinished && event.returns) out += ", unfinished";
    if (event.is_32bit) out += ", 32-bit";
    out += '>';
  } else {
    out += ' ';
    append_terminal(out, event.args);
  }
  out += '\n';
}

}  // namespace ebpftrace::analyzer
