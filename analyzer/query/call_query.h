// SPDX-License-Identifier: Apache-2.0
// What a question about system calls scans: which rows, and by what they are grouped.
#pragma once

#include <vector>

#include "analyzer/query/key_groups.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/query/sieve.h"

namespace ebpftrace::analyzer {

struct CallQuery {
  Choice choice;
  std::vector<predicate::Field> by;  // fields of the relation of system calls; none: as the question has it
  Reading reading = Reading::kSummaries;
  const Watch* watch = nullptr;
  size_t most_groups = 1u << 17;  // that a worker tells apart
  GroupPart part = {};            // the groups that it is about

  // The same, but of sums only if they are of what is asked.
  Reading how_to_read() const { return choice.everything() && by.empty() ? reading : Reading::kRows; }
};

// Of what was asked, and that this filter is true of, if there is one. Throws AskError.
CallQuery call_query(const Session& session, const Asked& asked, const Watch& watch, std::string_view only = {});

}  // namespace ebpftrace::analyzer
