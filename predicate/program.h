// SPDX-License-Identifier: Apache-2.0
// An Evaluator's inside: the expression as steps, in the order in which they are looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "predicate/evaluator.h"
#include "predicate/number_check.h"
#include "predicate/text_check.h"

namespace ebpftrace::predicate {

struct Step {
  Expression::Node::Type type = Expression::Node::Type::kCondition;
  std::vector<Step> parts;  // the cheapest first
  uint32_t cost = 0;
  BlockDecision decided = BlockDecision::kSome;  // of this block; below a step that is decided it means nothing
  // Of a condition:
  size_t field = 0;
  bool negated = false;
  std::optional<NumberCheck> number;  // one of these two
  std::optional<TextCheck> text;
};

class Evaluator::Program {
 public:
  explicit Program(Expression checked);

  Expression expression;
  Step root;

  Selection passing(Step& step, TileSource& tile, const Selection& candidates);
  void forget_tile();
  // block_decision.cc. With `remember`, texts are looked at, too, and what is decided counts for the tiles that follow.
  BlockDecision decide(Step& step, const BlockFacts& facts, bool remember);
  static void forget_block(Step& step);

 private:
  struct Column {
    Selection filled, variants_filled;  // rows of this tile
    NumberColumn numbers;
    TextColumn texts;
    const uint64_t* variants = nullptr;
  };

  Step compile(const Expression::Node& node, uint64_t remembered_texts);
  static bool needs(Selection& filled, const Selection& wanted);
  Selection condition_passing(Step& step, TileSource& tile, const Selection& candidates);
  BlockDecision decide_condition(Step& step, const BlockFacts& facts, bool remember);

  std::vector<Column> columns;
};

}  // namespace ebpftrace::predicate
