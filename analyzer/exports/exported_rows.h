// SPDX-License-Identifier: Apache-2.0
// Which rows an export takes, and its text in pieces: what several exports share.
#pragma once

#include <functional>
#include <string>

#include "analyzer/exports/export.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/query/sieve.h"
#include "analyzer/questions/events.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

// What is asked, over the rows of all events and the machine's counters: a filter that names what only some of them have
// leaves out the others. Throws AskError.
Choice choose_rows(const Session& session, const Asked& asked);

// Text on its way out.
class ExportText {
 public:
  ExportText(ExportOutput& output, const Asked& asked) : output_(output), watch_(asked) {}
  std::string& text() { return text_; }
  // After a row, when `done` of `all` are done. False: it is to stop.
  bool row_done(uint64_t done, uint64_t all) {
    if (text_.size() > kPiece) flush();
    if (done % kRowsBetweenReports == 0) watch_.tell(done, all);
    return !watch_.stopped();
  }
  void flush() {
    output_.write(text_);
    text_.clear();
  }
  const Watch& watch() const { return watch_; }

 private:
  static constexpr size_t kPiece = 64 << 10;
  static constexpr uint64_t kRowsBetweenReports = 1 << 16;

  ExportOutput& output_;
  Watch watch_;
  std::string text_;
};

// Rows of the trace's events, whatever passes: what progress is measured against.
uint64_t event_rows(const trace::Trace& trace);

// A reading of the machine's counters: of one column, CPU and interval.
struct Counter {
  unsigned column;        // of the event type
  std::string_view name;  // "context_switches"
  std::string_view unit;  // "ns", "bytes" or nothing
  uint32_t cpu;
  uint64_t begin_ns, end_ns;  // boot time of the interval
  uint64_t value;
};

// Those that pass, in the order of the file; what was not available is left out. False from take: no more.
void for_each_counter(const Session& session, const Choice& choice, const std::function<bool(const Counter&)>& take);

}  // namespace ebpftrace::analyzer
