// SPDX-License-Identifier: Apache-2.0
#include "analyzer/tables/event_lines.h"

#include <fmt/format.h>

#include "analyzer/questions/cells.h"
#include "analyzer/tables/table.h"
#include "analyzer/text/call_text.h"
#include "analyzer/text/escape.h"
#include "analyzer/text/event_line.h"
#include "analyzer/text/quote.h"
#include "trace/format/frame.h"

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

void append_event_csv(std::string& out, const Event& event) {
  // Where nothing is known the field is empty.
  for_each_event_cell(
      event,
      [&](bool known, auto value) {
        if (known) out += fmt::to_string(value);
        out += ',';
      },
      [&](bool known, std::string_view value, bool cut) {
        if (cut)
          append_csv(out, with_cut_mark(value, cut));
        else if (known)
          append_csv(out, value);
        out += ',';
      });
  if (event.path) out += event.path_deleted ? "true" : "false";
  out += "\r\n";
}

void append_event_line(std::string& out, const Event& event) {
  const EventLineFacts facts{.time_ns = event.time_ns,
                             .cpu = event.cpu.value_or(trace::kNoCpu),
                             .pid = event.pid,
                             .tid = event.tid,
                             .process = event.process,
                             .call = event.is_call,
                             .timed = event.duration_ns.has_value(),
                             .duration_ns = event.duration_ns.value_or(0),
                             .began_before = event.began_before,
                             .unfinished = event.unfinished && event.returns,
                             .is_32bit = event.is_32bit};
  append_line_head(out, facts);
  append_terminal(out, event.event);
  out += facts.call ? '(' : ' ';
  append_terminal(out, event.args);
  if (facts.call) {
    out += ") = ";
    append_terminal(out, event.result_text);
  }
  append_line_tail(out, facts);
}

}  // namespace ebpftrace::analyzer
