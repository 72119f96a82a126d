// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/long_calls.h"

#include <algorithm>

#include "trace/read/summaries.h"

namespace ebpftrace::analyzer {
namespace {

using predicate::Expression;
using predicate::Operator;
using Node = Expression::Node;

constexpr uint64_t kLeastNs = 1'000'000;   // what recorders list; shorter calls aren't looked for
constexpr size_t kMostOffsets = 4u << 20;  // 8 bytes each

// What passes the node takes at least so long.
uint64_t least_ns(const Expression& expression, const Node& node) {
  uint64_t least = 0;
  if (node.type == Node::Type::kAnd)
    for (const Node& part : node.parts) least = std::max(least, least_ns(expression, part));
  if (node.type != Node::Type::kCondition || expression.fields[node.condition.field].name != "duration_ns")
    return least;
  const predicate::Condition& condition = node.condition;
  if (condition.values.size() != 1 || condition.values[0].number.negative) return least;
  const uint64_t bound = condition.values[0].number.magnitude;
  if (condition.op == Operator::kGreaterEqual || condition.op == Operator::kEqual) return bound;
  if (condition.op == Operator::kGreater && bound != UINT64_MAX) return bound + 1;
  return least;
}

}  // namespace

std::vector<bool> blocks_without_calls_of(const trace::Trace& trace, uint64_t least_ns) {
  std::vector<bool> without(trace.frames().size());
  trace::SummaryReader reader(trace);
  for (uint32_t i = 0; i < trace.frames().size(); ++i) {
    if (!trace.frames()[i].is(trace::FrameKind::kSummary) || !reader.load_facts(i) || reader.long_ns() > least_ns)
      continue;
    std::vector<std::vector<uint64_t>> starts(reader.units().size());
    for (const trace::LongCall& call : reader.long_calls())
      if (call.duration_ns >= least_ns) starts[call.unit].push_back(call.start_ns);
    for (uint32_t unit = 0; unit < starts.size(); ++unit) {
      if (!reader.units()[unit].has_long_calls || !reader.unchanged(unit)) continue;
      for (const uint32_t position : reader.blocks_of_unit(unit)) {
        const trace::Frame block = trace.frames()[position];
        without[position] = std::none_of(starts[unit].begin(), starts[unit].end(), [&](uint64_t start) {
          return block.first_ns <= start && start <= block.last_ns;
        });
      }
    }
  }
  return without;
}

Choice without_short_blocks(const Choice& choice, const trace::Trace& trace) {
  if (!choice.filter) return choice;
  const uint64_t least = least_ns(*choice.filter, choice.filter->root);
  if (least < kLeastNs) return choice;
  const std::vector<bool> without = blocks_without_calls_of(trace, least);
  auto offsets = std::make_shared<std::vector<uint64_t>>();
  for (size_t i = 0; i < without.size() && offsets->size() < kMostOffsets; ++i)
    if (without[i]) offsets->push_back(trace.frames()[i].offset);
  Choice shorter = choice;
  if (!offsets->empty()) shorter.without = std::move(offsets);
  return shorter;
}

}  // namespace ebpftrace::analyzer
