// SPDX-License-Identifier: Apache-2.0
// Everything that can be asked of a trace, as one text: to compare traces, and to see that nothing crashes.
#pragma once

#include <string>

#include "analyzer/exports/pcapng.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {

inline std::string every_answer(const trace::Trace& trace) {
  std::string out = csv(top_io(trace)) + csv(top_files(trace)) + csv(syscalls(trace)) + csv(process_tree(trace)) +
                    csv(summarise(trace)) + event_lines(trace) + csv(open_files(trace)) + csv(metrics(trace)) +
                    csv(metrics(trace, {.by = {"cpu"}})) + csv(network(trace)) + csv(security(trace)) +
                    csv(verify(trace));
  size_t exported = 0;
  write_pcapng(trace, [&](std::string_view piece) {
    if (exported < 1 << 20) out += piece;
    exported += piece.size();
  });
  const EventJson line;
  for_each_event(trace, 3, [&](const Event& event) {
    line.append(out, event);
    append_event_line(out, event);
    return true;
  });
  return out + text(result_of(summarise(trace)));
}

}  // namespace ebpftrace::analyzer
