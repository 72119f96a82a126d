// SPDX-License-Identifier: Apache-2.0
// What is known of a block before its rows are looked at.
#include "predicate/program.h"

namespace ebpftrace::predicate {

namespace {

BlockDecision opposite(BlockDecision decision) {
  if (decision == BlockDecision::kSome) return decision;
  return decision == BlockDecision::kAll ? BlockDecision::kNone : BlockDecision::kAll;
}

}  // namespace

BlockDecision Evaluator::Program::decide_condition(Step& step, const BlockFacts& facts, bool remember) {
  BlockDecision decision = BlockDecision::kSome;
  if (facts.all_absent(step.field)) {
    decision = BlockDecision::kNone;
  } else if (step.text) {
    const Texts* texts = remember ? facts.texts(step.field) : nullptr;
    if (texts != nullptr) decision = step.text->of_all(*texts);
  } else if (expression.fields[step.field].kind != FieldKind::kEitherSign) {
    if (const auto bounds = facts.bounds(step.field)) decision = step.number->within(*bounds);
  }
  if (decision == BlockDecision::kAll && expression.fields[step.field].can_be_absent && !facts.all_present(step.field))
    decision = BlockDecision::kSome;
  return step.negated ? opposite(decision) : decision;
}

BlockDecision Evaluator::Program::decide(Step& step, const BlockFacts& facts, bool remember) {
  using Type = Expression::Node::Type;
  BlockDecision decision = BlockDecision::kSome;
  if (step.type == Type::kCondition) {
    decision = decide_condition(step, facts, remember);
  } else if (step.type == Type::kNot) {
    decision = opposite(decide(step.parts.front(), facts, remember));
  } else {
    // One part of an && that is never true, or of an || that always is, settles it.
    const BlockDecision settling = step.type == Type::kAnd ? BlockDecision::kNone : BlockDecision::kAll;
    decision = opposite(settling);
    for (Step& part : step.parts) {
      const BlockDecision of_part = decide(part, facts, remember);
      if (of_part == settling) {
        decision = settling;
        break;
      }
      if (of_part == BlockDecision::kSome) decision = BlockDecision::kSome;
    }
  }
  if (remember) step.decided = decision;
  return decision;
}

void Evaluator::Program::forget_block(Step& step) {
  step.decided = BlockDecision::kSome;
  for (Step& part : step.parts) forget_block(part);
}

BlockDecision Evaluator::start_block(const BlockFacts& facts) { return program_->decide(program_->root, facts, true); }
BlockDecision Evaluator::decide(const BlockFacts& facts) { return program_->decide(program_->root, facts, false); }
void Evaluator::start_block() { Program::forget_block(program_->root); }

}  // namespace ebpftrace::predicate
