// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/moments.h"

namespace ebpftrace::analyzer {

predicate::OrRefusal<uint64_t> resolve_moment(const trace::Trace& trace, const predicate::Moment& moment) {
  using Kind = predicate::Moment::Kind;
  if (moment.kind == Kind::kAfterStart) return trace.facts().start_boot_ns + static_cast<uint64_t>(moment.ns);
  uint64_t end = trace.facts().start_boot_ns;
  for (size_t i = 0; i < trace.frames().size(); ++i)
    if (trace.frames()[i].is(trace::FrameKind::kBlock)) end = std::max(end, trace.frames()[i].last_ns);
  return end - static_cast<uint64_t>(moment.ns);
}

}  // namespace ebpftrace::analyzer
