// SPDX-License-Identifier: Apache-2.0
// Flows, packets, findings and counters as `--events` shows them: addresses as addresses, numbers with a meaning as words,
// nothing that is not there. Immutable.
#pragma once

#include <string>
#include <vector>

#include "analyzer/dictionaries/interface_names.h"
#include "analyzer/dictionaries/network_names.h"
#include "analyzer/dictionaries/rule_texts.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {

class NetworkEventText {
 public:
  explicit NetworkEventText(const trace::Trace& trace);

  // Is this a column that append() takes care of?
  static bool knows(std::string_view type, std::string_view column);
  // The block was made with all columns of its type. A type that is not of the network: nothing.
  void append(std::string& out, size_t start, const EventType& type, trace::Block& block, size_t row) const;

 private:
  const trace::Trace& trace_;
  InterfaceNames interfaces_;
  RuleTexts rules_;
  TrafficNames traffic_;
  std::vector<std::vector<const trace::ValueNames*>> names_;  // of each type's columns
};

}  // namespace ebpftrace::analyzer
