// SPDX-License-Identifier: Apache-2.0
// --at MOMENT, which all questions about a moment share, and the state then.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/api/moment.h"
#include "analyzer/api/question.h"
#include "analyzer/query/coverage.h"
#include "trace/read/reads.h"

namespace ebpftrace::analyzer {

inline constexpr QuestionOption kAtMoment[] = {{"at", "MOMENT",
                                                "The moment that --ps, --lsof and --ss are about; without it, the "
                                                "recording's end. Of --stream PID:FD: when it was "
                                                "that descriptor"}};

inline StateThen state_asked_for(const Source& source, const Asked& asked) {
  const Replayer& replayer = source.replayer();
  return replayer.at(replayer.boot_ns(asked.option("at").value_or("")), asked.stop, asked.progress);
}

// What there is to say of all of them.
inline void finish(Result& result, const StateThen& then, const Source& source, const trace::ReadScope& scope) {
  result.all_rows = result.rows();
  result.stopped = then.stopped;
  if (then.processes.empty())
    result.notes.push_back(fmt::format("no recorded process was alive at {:.9f} s; --at asks for another moment",
                                       static_cast<double>(then.time_ns) / 1e9));
  if (!then.files_unknown.empty()) result.notes.push_back("what was open is not knowable: " + then.files_unknown);
  result.coverage = coverage_of(source.trace(), scope);
}

}  // namespace ebpftrace::analyzer
