// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/sieve.h"

#include <algorithm>
#include <list>

#include "analyzer/api/question.h"
#include "analyzer/api/session.h"
#include "predicate/error.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

using predicate::BlockDecision;
using predicate::Expression;
using Node = Expression::Node;

// Part of an expression as one of its own, with the fields that it needs.
void take_fields(Node& node, const Expression& from, Expression& to) {
  if (node.type == Node::Type::kCondition) {
    const predicate::Field& field = from.fields[node.condition.field];
    const auto found = std::find_if(to.fields.begin(), to.fields.end(),
                                    [&](const predicate::Field& one) { return one.name == field.name; });
    node.condition.field = static_cast<size_t>(found - to.fields.begin());
    if (found == to.fields.end()) to.fields.push_back(field);
  }
  for (Node& part : node.parts) take_fields(part, from, to);
}

Expression part_of(const Expression& whole, const Node& node) {
  Expression part;
  part.root = node;
  take_fields(part.root, whole, part);
  return part;
}

unsigned cost_of(const Expression& expression) {
  unsigned cost = 0;
  for (const predicate::Field& field : expression.fields) cost = std::max<unsigned>(cost, field.cost);
  return cost;
}

// The conditions that must all hold, those of one cost together.
std::vector<Expression> split(const Expression& expression) {
  std::map<unsigned, Expression> by_cost;
  auto add = [&](const Node& node) {
    Expression part = part_of(expression, node);
    const auto [found, is_new] = by_cost.try_emplace(cost_of(part), part);
    if (!is_new) found->second = both(found->second, part);
  };
  if (expression.root.type == Node::Type::kAnd)
    for (const Node& part : expression.root.parts) add(part);
  else
    add(expression.root);
  std::vector<Expression> parts;
  for (auto& [cost, part] : by_cost) parts.push_back(std::move(part));
  return parts;
}

// What the directory says of a frame.
class FrameFacts final : public predicate::BlockFacts {
 public:
  FrameFacts(const trace::Frame& frame, const Expression& expression) : frame_(frame), expression_(expression) {}
  std::optional<predicate::Bounds> bounds(size_t field) const override {
    const std::string& name = expression_.fields[field].name;
    if (name == "time_ns") return predicate::Bounds{frame_.first_ns, frame_.last_ns};
    if (name == "cpu" && frame_.cpu != trace::kNoCpu) return predicate::Bounds{frame_.cpu, frame_.cpu};
    return std::nullopt;
  }
  bool all_absent(size_t field) const override {
    const auto& columns = static_cast<const FieldColumns&>(*expression_.fields[field].backing);
    return !columns.by_type.contains(frame_.type);
  }

 private:
  const trace::Frame& frame_;
  const Expression& expression_;
};

Expression at_time(const Relation& relation, predicate::Operator op, uint64_t boot_ns) {
  Expression expression;
  expression.fields.push_back(*relation.find("time_ns"));
  predicate::Value value;
  value.number.magnitude = boot_ns;
  expression.root.condition = {0, op, {std::move(value)}};
  return expression;
}

}  // namespace

Choice choose(const Relation& relation, std::string_view filter, const TimeRange& range) {
  std::optional<Expression> all;
  auto add = [&](Expression one) { all = all ? both(*all, one) : std::move(one); };
  if (range.from_ns != 0) add(at_time(relation, predicate::Operator::kGreaterEqual, range.from_ns));
  if (range.to_ns != UINT64_MAX) add(at_time(relation, predicate::Operator::kLess, range.to_ns));
  try {
    if (!filter.empty()) add(predicate::parse(filter, relation));
  } catch (const predicate::ExpressionError& error) {
    throw AskError("--filter: " + predicate::explain(filter, error));
  }
  Choice choice;
  if (all) choice.filter = std::make_shared<const Expression>(std::move(*all));
  return choice;
}

Choice with(const Choice& choice, const Relation& relation, std::string_view filter) {
  Expression expression = predicate::parse(filter, relation);
  if (choice.filter) expression = both(*choice.filter, expression);
  return {std::make_shared<const Expression>(std::move(expression)), choice.without};
}

struct Sieve::Stage {
  Stage(const Session& session, const EventType& type, const Expression& expression,
        std::shared_ptr<trace::FramePayload> payload)
      : evaluator(expression), reader(session, type, expression.fields, std::move(payload)) {}
  predicate::Evaluator evaluator;
  RowReader reader;
};

struct Sieve::Stages {
  std::list<Stage> list;  // they stay where they are
};

Sieve::Sieve(const Session& session, const Choice& choice, std::shared_ptr<trace::FramePayload> payload)
    : session_(session), without_(choice.without), payload_(std::move(payload)) {
  if (choice.filter) parts_ = split(*choice.filter);
}

Sieve::~Sieve() = default;

Sieve::Stages* Sieve::stages_of(uint16_t type) {
  auto& stages = by_type_[type];
  if (!stages) {
    stages = std::make_unique<Stages>();
    if (const EventType* known = session_.trace().catalogue().type(type))
      for (const Expression& part : parts_) stages->list.emplace_back(session_, *known, part, payload_);
  }
  return stages.get();
}

bool Sieve::may_pass(const trace::Frame& frame) {
  if (parts_.empty()) return true;
  if (without_ && std::binary_search(without_->begin(), without_->end(), frame.offset)) return false;
  Stages* stages = stages_of(frame.type);
  return std::none_of(stages->list.begin(), stages->list.end(), [&](Stage& stage) {
    return stage.evaluator.decide(FrameFacts(frame, stage.evaluator.expression())) == BlockDecision::kNone;
  });
}

bool Sieve::load(const trace::Frame& frame) {
  if (!may_pass(frame)) return false;
  tiles_.assign((frame.count + predicate::kTileRows - 1) / predicate::kTileRows,
                Selection::first(predicate::kTileRows));
  if (frame.count % predicate::kTileRows) tiles_.back() = Selection::first(frame.count % predicate::kTileRows);
  if (parts_.empty()) return true;
  for (Stage& stage : stages_of(frame.type)->list)
    if (!pass(stage, frame)) return false;
  return true;
}

bool Sieve::pass(Stage& stage, const trace::Frame& frame) {
  if (stage.evaluator.decide(FrameFacts(frame, stage.evaluator.expression())) == BlockDecision::kAll) return true;
  if (!stage.reader.load(frame)) return false;
  const BlockDecision decision = stage.evaluator.start_block(stage.reader);
  if (decision != BlockDecision::kSome) return decision == BlockDecision::kAll;
  bool any = false;
  for (size_t tile = 0; tile < tiles_.size(); ++tile) {
    if (!stage.reader.next_tile()) return false;
    if (tiles_[tile].none()) continue;
    stage.evaluator.select(stage.reader, tiles_[tile]);
    any |= !tiles_[tile].none();
  }
  return any;
}

size_t Sieve::count() const {
  size_t count = 0;
  for (const Selection& tile : tiles_) count += tile.count();
  return count;
}

}  // namespace ebpftrace::analyzer
