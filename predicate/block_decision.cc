// SPDX-License-Identifier: Apache-2.0
// What is known of a block before its rows are looked at.
#include "predicate/program.h"

namespace ebpftrace::predicate {

namespace {

Decision opposite(Decision decision) {
  if (decision == Decision::kSome) return decision;
  return decision == Decision::kAll ? Decision::kNone : Decision::kAll;
}

}  // namespace

Decision Evaluator::Program::decide_condition(Step& step, const BlockFacts& facts, bool remember) {
  Decision decision = Decision::kSome;
  if (facts.all_absent(step.field)) {
    decision = Decision::kNone;
  } else if (step.text) {
    const Texts* texts = remember ? facts.texts(step.field) : nullptr;
    if (texts != nullptr) decision = step.text->of_all(*texts);
  } else if (expression.fields[step.field].kind != FieldKind::kEitherSign) {
    if (const auto bounds = facts.bounds(step.field)) decision = step.number->within(*bounds);
  }
  if (decision == Decision::kAll && expression.fields[step.field].can_be_absent && !facts.all_present(step.field))
    decision = Decision::kSome;
  return step.negated ? opposite(decision) : decision;
}

Decision Evaluator::Program::decide(Step& step, const BlockFacts& facts, bool remember) {
  using Type = Expression::Node::Type;
  Decision decision = Decision::kSome;
  if (step.type == Type::kCondition) {
    decision = decide_condition(step, facts, remember);
  } else if (step.type == Type::kNot) {
    decision = opposite(decide(step.parts.front(), facts, remember));
  } else {
    // One part of an && that is never true, or of an || that always is, settles it.
    const Decision settling = step.type == Type::kAnd ? Decision::kNone : Decision::kAll;
    decision = opposite(settling);
    for (Step& part : step.parts) {
      const Decision of_part = decide(part, facts, remember);
      if (of_part == settling) {
        decision = settling;
        break;
      }
      if (of_part == Decision::kSome) decision = Decision::kSome;
    }
  }
  if (remember) step.decided = decision;
  return decision;
}

void Evaluator::Program::forget_block(Step& step) {
  step.decided = Decision::kSome;
  for (Step& part : step.parts) forget_block(part);
}

Decision Evaluator::start_block(const BlockFacts& facts) { return program_->decide(program_->root, facts, true); }
Decision Evaluator::decide(const BlockFacts& facts) { return program_->decide(program_->root, facts, false); }
void Evaluator::start_block() { Program::forget_block(program_->root); }

}  // namespace ebpftrace::predicate
