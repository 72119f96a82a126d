// SPDX-License-Identifier: Apache-2.0
// What a question about system calls scans: which rows, and by what they are grouped.
#pragma once

#include <stop_token>
#include <vector>

#include "analyzer/query/scan_blocks.h"
#include "analyzer/query/sieve.h"

namespace ebpftrace::analyzer {

struct CallQuery {
  Choice choice;
  std::vector<predicate::Field> by;  // fields of the relation of system calls; none: as the question has it
  Reading reading = Reading::kSummaries;
  std::stop_token stop = {};

  // The same, but of sums only if they are of what is asked.
  Reading how_to_read() const { return choice.everything() && by.empty() ? reading : Reading::kRows; }
};

}  // namespace ebpftrace::analyzer
