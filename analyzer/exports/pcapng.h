// SPDX-License-Identifier: Apache-2.0
// Recorded packets as pcapng (draft-ietf-opsawg-pcapng): an interface block for each interface, an enhanced packet block for
// each packet, with wall-clock time in ns and the verdict as a comment.
#pragma once

#include "analyzer/api/session.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/sieve.h"
#include "analyzer/tables/table.h"

namespace ebpftrace::analyzer {

// In the order of the trace's blocks. Hands pieces to `write` as it goes.
Coverage write_pcapng(const trace::Trace& trace, const Write& write);
Coverage write_pcapng(const Session& session, const Choice& choice, const Write& write);

}  // namespace ebpftrace::analyzer
