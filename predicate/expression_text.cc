// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "predicate/expression.h"
#include "predicate/lexer.h"
#include "predicate/quoted.h"

namespace ebpftrace::predicate {

namespace {

using Node = Expression::Node;

std::string integer_text(const Integer& integer, FieldKind kind) {
  if (kind == FieldKind::kDuration) return duration_text(integer.magnitude);
  if (kind == FieldKind::kBytes && integer.magnitude >= 1024) return bytes_text(integer.magnitude);
  if (kind == FieldKind::kDecimal) return decimal_text(integer.magnitude);
  if (kind == FieldKind::kFlags && integer.magnitude > 9) return fmt::format("{:#x}", integer.magnitude);
  return fmt::format("{}{}", integer.negative ? "-" : "", integer.magnitude);
}

std::string value_text(const Value& value, const Field& field) {
  switch (value.type) {
    case Value::Type::kNumber:
      if (field.kind == FieldKind::kBool) return value.number.magnitude != 0 ? "true" : "false";
      return integer_text(value.number, field.kind);
    case Value::Type::kText:
      return quote(value.text);
    case Value::Type::kPattern:
      return quote_pattern(value.text);
    case Value::Type::kName:
      return is_name(value.text) ? value.text : quote(value.text);
    case Value::Type::kMoment:
      return to_string(value.moment);
  }
  return {};
}

std::string condition_text(const Condition& condition, const std::vector<Field>& fields) {
  const Field& field = fields[condition.field];
  const auto& values = condition.values;
  if (condition.op == Operator::kHolds) return field.name;
  if (condition.op == Operator::kWithin)
    return fmt::format("{} in {}..{}", field.name, value_text(values[0], field), value_text(values[1], field));
  if (condition.op != Operator::kIn)
    return fmt::format("{} {} {}", field.name, to_string(condition.op), value_text(values[0], field));
  std::string out = field.name + " in {";
  for (size_t i = 0; i < values.size(); ++i) out += (i == 0 ? "" : ", ") + value_text(values[i], field);
  return out + '}';
}

void append(std::string& out, const Node& node, const std::vector<Field>& fields) {
  const auto in_brackets = [&](const Node& inner) {
    out += '(';
    append(out, inner, fields);
    out += ')';
  };
  switch (node.type) {
    case Node::Type::kCondition:
      out += condition_text(node.condition, fields);
      break;
    case Node::Type::kNot: {
      const Node& inner = node.parts.front();
      out += '!';
      if (inner.type == Node::Type::kCondition && inner.condition.op == Operator::kHolds)
        append(out, inner, fields);
      else
        in_brackets(inner);
      break;
    }
    case Node::Type::kAnd:
    case Node::Type::kOr:
      for (size_t i = 0; i < node.parts.size(); ++i) {
        if (i > 0) out += node.type == Node::Type::kAnd ? " && " : " || ";
        if (node.type == Node::Type::kAnd && node.parts[i].type == Node::Type::kOr)
          in_brackets(node.parts[i]);
        else
          append(out, node.parts[i], fields);
      }
      break;
  }
}

void renumber(Node& node, const std::vector<size_t>& to) {
  if (node.type == Node::Type::kCondition) node.condition.field = to[node.condition.field];
  for (Node& part : node.parts) renumber(part, to);
}

}  // namespace

std::string_view to_string(Operator op) {
  switch (op) {
    case Operator::kEqual:
      return "==";
    case Operator::kNotEqual:
      return "!=";
    case Operator::kLess:
      return "<";
    case Operator::kLessEqual:
      return "<=";
    case Operator::kGreater:
      return ">";
    case Operator::kGreaterEqual:
      return ">=";
    case Operator::kMatches:
      return "~";
    case Operator::kNotMatches:
      return "!~";
    case Operator::kIn:
      return "in";
    case Operator::kWithin:
      return "in";
    case Operator::kHas:
      return "&";
    case Operator::kHolds:
      return "";
  }
  return "";
}

std::string to_string(const Expression& expression) {
  std::string out;
  append(out, expression.root, expression.fields);
  return out;
}

Expression both(const Expression& one, const Expression& other) {
  Expression joined;
  joined.fields = one.fields;
  std::vector<size_t> to;
  to.reserve(other.fields.size());
  for (const Field& field : other.fields) {
    const auto same = std::find_if(joined.fields.begin(), joined.fields.end(),
                                   [&](const Field& known) { return known.name == field.name; });
    to.push_back(static_cast<size_t>(same - joined.fields.begin()));
    if (same == joined.fields.end()) joined.fields.push_back(field);
  }
  joined.root.type = Node::Type::kAnd;
  const auto add = [&](const Node& node) {
    if (node.type == Node::Type::kAnd)
      joined.root.parts.insert(joined.root.parts.end(), node.parts.begin(), node.parts.end());
    else
      joined.root.parts.push_back(node);
  };
  add(one.root);
  const size_t own = joined.root.parts.size();
  add(other.root);
  for (size_t i = own; i < joined.root.parts.size(); ++i) renumber(joined.root.parts[i], to);
  return joined;
}

}  // namespace ebpftrace::predicate
