// SPDX-License-Identifier: Apache-2.0
// Everything that can be asked of a trace, as one text: to compare traces, and to see that nothing crashes.
#pragma once

#include <string>

#include "analyzer/exports/export.h"
#include "analyzer/tables/event_json.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {

inline std::string every_answer(const trace::Trace& trace) {
  std::string out = csv(top_io(trace)) + csv(top_files(trace)) + csv(syscalls(trace)) + csv(process_tree(trace)) +
                    csv(summarise(trace)) + event_lines(trace) + csv(open_files(trace)) + csv(metrics(trace)) +
                    csv(metrics(trace, {.by = {"cpu"}})) + csv(network(trace)) + csv(security(trace)) +
                    csv(verify(trace));
  for (const Question* question : {&kErrorsQuestion, &kSlowestQuestion, &kHistogramQuestion, &kTimelineQuestion,
                                   &kBlockedQuestion, &kCpuQuestion, &kMemoryQuestion}) {
    const Result result = ask(*question, trace);
    out += csv(result) + text(result, 80);
  }
  struct Kept final : ExportOutput {
    explicit Kept(std::string& to) : out(to) {}
    void write(std::string_view piece) override {
      if (bytes < 1 << 20) out += piece;
      bytes += piece.size();
    }
    void begin_file(std::string_view name) override { write(name); }
    std::string& out;
    size_t bytes = 0;
  };
  const Session session(trace);
  for (const Export* one : all_exports()) {
    Kept kept(out);
    run_export(*one, session, {}, kept);
  }
  EventJson line;
  for_each_event(trace, 3, [&](const Event& event) {
    line.append(out, event);
    append_event_line(out, event);
    return true;
  });
  return out + text(result_of(summarise(trace)));
}

}  // namespace ebpftrace::analyzer
