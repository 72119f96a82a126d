// SPDX-License-Identifier: Apache-2.0
// Traces made of traces: valid files with an account of their own, which say in their header what was done. What the source
// had lost is lost in them, too, and what of it could not be read counts as lost.
#pragma once

#include <string>

#include "analyzer/api/question.h"
#include "analyzer/api/session.h"

namespace ebpftrace::analyzer {

// The events that pass filter and range, with the descriptions of what they refer to: their processes' threads, files,
// control groups, users; and, of those processes, what was known when the recording began.
// path "-": standard output. Throws AskError, trace::TraceError. A result without rows: what was left out unwillingly, and
// whether it was stopped; then there is no file.
Result write_slice(const Session& session, const Asked& asked, const std::string& path);

// All of it, without names: paths, addresses, arguments, names of programs, users, interfaces, machines and rules have
// pseudonyms, the same for the same; contents of calls and packets are dropped. Numbers stay: times, results, ids, ports.
Result write_redaction(const Session& session, const Asked& asked, const std::string& path);

}  // namespace ebpftrace::analyzer
