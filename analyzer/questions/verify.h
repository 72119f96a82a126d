// SPDX-License-Identifier: Apache-2.0
// Is everything in a trace as docs/trace-format.md says? Reads all of it once, in file order, on one thread; memory is
// bounded whatever the trace says. What is wrong goes to the trace's damage log, too.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/api/question.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

struct Check {
  enum class Verdict : uint8_t {
    kSound,
    kDamaged,
    kUnknown,  // the trace does not say enough, see note
  };
  std::string what;      // "frames", "rows", "texts", "times", "ids", "account" ...
  std::string of;        // what kind of them, such as the event type; empty: all
  uint64_t checked = 0;  // so many of them
  uint64_t faults = 0;   // so many of them are not as they should be
  Verdict verdict = Verdict::kSound;
  std::string note;
};

struct Verification {
  Coverage coverage;
  std::vector<Check> checks;          // in the order in which they are shown
  std::vector<trace::Damage> faults;  // by offset in the file; bounded
  bool more_faults = false;           // than are listed
  bool stopped = false;               // on request: the rest was not looked at
};

Verification verify(const trace::Trace& trace, const Asked& asked = {});
Result result_of(const Verification& verification);

}  // namespace ebpftrace::analyzer
