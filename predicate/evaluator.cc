// SPDX-License-Identifier: Apache-2.0
#include "predicate/evaluator.h"

#include <algorithm>

#include "predicate/program.h"

namespace ebpftrace::predicate {

namespace {

using Node = Expression::Node;

size_t count_text_conditions(const Node& node, const std::vector<Field>& fields) {
  size_t count = node.type == Node::Type::kCondition && fields[node.condition.field].kind == FieldKind::kText ? 1 : 0;
  for (const Node& part : node.parts) count += count_text_conditions(part, fields);
  return count;
}

uint32_t condition_cost(const Condition& condition, const Field& field) {
  const bool pattern = condition.op == Operator::kMatches || condition.op == Operator::kNotMatches;
  const uint32_t compare = field.kind == FieldKind::kText ? (pattern ? 3 : 2) : 1;
  return uint32_t{field.cost} * 4 + compare;
}

}  // namespace

Evaluator::Program::Program(Expression checked) : expression(std::move(checked)), columns(expression.fields.size()) {
  const size_t texts = count_text_conditions(expression.root, expression.fields);
  root = compile(expression.root, kTextMemoryBytes * 4 / std::max<size_t>(texts, 1));
}

Step Evaluator::Program::compile(const Node& node, uint64_t remembered_texts) {
  Step step;
  step.type = node.type;
  if (node.type != Node::Type::kCondition) {
    for (const Node& part : node.parts) {
      step.parts.push_back(compile(part, remembered_texts));
      step.cost += step.parts.back().cost;
    }
    // Which part is looked at first changes no answer.
    std::stable_sort(step.parts.begin(), step.parts.end(),
                     [](const Step& a, const Step& b) { return a.cost < b.cost; });
    return step;
  }
  const Condition& condition = node.condition;
  const Field& field = expression.fields[condition.field];
  step.field = condition.field;
  step.cost = condition_cost(condition, field);
  step.negated = condition.op == Operator::kNotEqual || condition.op == Operator::kNotMatches;
  if (field.kind == FieldKind::kText)
    step.text.emplace(condition, remembered_texts);
  else
    step.number.emplace(field, condition);
  return step;
}

// Fills what is not there yet. Columns are asked for with all rows that were ever needed in this tile.
bool Evaluator::Program::needs(Selection& filled, const Selection& wanted) {
  if (filled.contains(wanted)) return false;
  filled |= wanted;
  return true;
}

Selection Evaluator::Program::condition_passing(Step& step, TileSource& tile, const Selection& candidates) {
  Column& column = columns[step.field];
  if (step.text) {
    if (needs(column.filled, candidates)) column.texts = tile.texts(step.field, column.filled);
    return step.text->passing(column.texts, candidates);
  }
  if (needs(column.filled, candidates)) column.numbers = tile.numbers(step.field, column.filled);
  Selection present = candidates;
  if (column.numbers.present != nullptr) present &= *column.numbers.present;
  if (step.number->wants_variants() && needs(column.variants_filled, present))
    column.variants = tile.variants(step.field, column.variants_filled);
  return step.number->passing(column.numbers, step.number->wants_variants() ? column.variants : nullptr, present);
}

Selection Evaluator::Program::passing(Step& step, TileSource& tile, const Selection& candidates) {
  if (step.decided == BlockDecision::kAll) return candidates;
  if (step.decided == BlockDecision::kNone || candidates.none()) return {};
  Selection result;
  switch (step.type) {
    case Node::Type::kCondition:
      result = condition_passing(step, tile, candidates);
      if (!step.negated) return result;
      break;
    case Node::Type::kNot:
      result = passing(step.parts.front(), tile, candidates);
      break;
    case Node::Type::kAnd:
      result = candidates;
      for (Step& part : step.parts) {
        result = passing(part, tile, result);
        if (result.none()) break;
      }
      return result;
    case Node::Type::kOr: {
      Selection undecided = candidates;
      for (Step& part : step.parts) {
        const Selection passed = passing(part, tile, undecided);
        result |= passed;
        undecided -= passed;
        if (undecided.none()) break;
      }
      return result;
    }
  }
  // What is left is negated.
  Selection others = candidates;
  others -= result;
  return others;
}

void Evaluator::Program::forget_tile() {
  for (Column& column : columns) column.filled = column.variants_filled = {};
}

Evaluator::Evaluator(Expression expression) : program_(std::make_unique<Program>(std::move(expression))) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

const Expression& Evaluator::expression() const { return program_->expression; }

void Evaluator::select(TileSource& tile, Selection& rows) {
  program_->forget_tile();
  rows = program_->passing(program_->root, tile, rows);
}

}  // namespace ebpftrace::predicate
