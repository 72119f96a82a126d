// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/call_query.h"

#include "analyzer/api/session.h"
#include "analyzer/query/group_rows.h"
#include "analyzer/query/long_calls.h"

namespace ebpftrace::analyzer {

CallQuery call_query(const Session& session, const Asked& asked, const Watch& watch, std::string_view only) {
  CallQuery query;
  // One filter says the same for every question: what only other events have, calls don't have.
  query.choice =
      choose(*session.relation("events"), asked.filter, Moments(session.trace()).range(asked.from, asked.to));
  if (!only.empty()) query.choice = with(query.choice, *session.relation("events"), only);
  if (asked.reading == Reading::kSummaries) query.choice = without_short_blocks(query.choice, session.trace());
  query.by = group_fields(*session.relation("syscalls"), asked.by);
  query.reading = asked.reading;
  query.watch = &watch;
  return query;
}

}  // namespace ebpftrace::analyzer
