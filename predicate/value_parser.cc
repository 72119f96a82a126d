// SPDX-License-Identifier: Apache-2.0
#include "predicate/value_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "predicate/near_names.h"
#include "predicate/pattern.h"
#include "predicate/quoted.h"

namespace ebpftrace::predicate {

namespace {

constexpr Wide kMostSigned = std::numeric_limits<int64_t>::max();
constexpr Wide kLeastSigned = std::numeric_limits<int64_t>::min();

std::vector<std::string> names_of(const Field& field, const FieldSet& fields) {
  if (field.names_by_variant) return fields.variant_names(field);
  std::vector<std::string> names;
  for (const FieldValue& named : field.names) names.push_back(named.name);
  return names;
}

class ValueParser {
 public:
  ValueParser(const Token& token, const Field& field, std::string_view called, Operator op, const FieldSet& fields)
      : token_(token), field_(field), called_(shortened(called)), op_(op), fields_(fields) {}

  Value parse() {
    check_operator();
    if (op_ == Operator::kMatches || op_ == Operator::kNotMatches) return pattern();
    switch (field_.kind) {
      case FieldKind::kText:
        return text();
      case FieldKind::kTime:
        return moment();
      case FieldKind::kBool:
        return truth();
      default:
        break;
    }
    if (token_.type == Token::Type::kNumber) return number();
    if (token_.type == Token::Type::kWord && !is_keyword(token_.text)) return name(std::string(token_.text));
    if (token_.type == Token::Type::kText && has_names()) return name(unquoted());
    if (token_.type == Token::Type::kText)
      fail("'{}' is {}: compare it with a number without quotes, {}", called_, kind_name(field_.kind), example());
    no_value();
  }

 private:
  template <typename... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> message, Args&&... args) const {
    throw ExpressionError(token_.offset, token_.text.size(), fmt::format(message, std::forward<Args>(args)...));
  }
  std::string example() const { return example_value(field_, fields_); }
  std::string unquoted() const { return unquote(token_.text.substr(1, token_.text.size() - 2), token_.offset + 1); }
  bool has_names() const { return field_.names_by_variant || !field_.names.empty(); }

  [[noreturn]] void no_value() const {
    const std::string wanted =
        fmt::format("'{}' is {}: compare it with one, {}", called_, kind_name(field_.kind), example());
    if (token_.type == Token::Type::kWord && !is_keyword(token_.text) && fields_.find(token_.text))
      fail("two fields can't be compared; {}", wanted);
    fail("'{}' is no value; {}", shortened(token_.text), wanted);
  }

  void check_operator() const {
    const auto operators = operators_of(field_);
    if (std::find(operators.begin(), operators.end(), op_) != operators.end()) return;
    std::string have;
    for (const Operator op : operators) have += fmt::format("{}{}", have.empty() ? "" : " ", to_string(op));
    fail("'{}' is {}: it has no '{}' but {}{}", called_, kind_name(field_.kind), to_string(op_), have,
         op_ == Operator::kMatches || op_ == Operator::kNotMatches ? "; patterns are for texts" : "");
  }

  Value pattern() const {
    if (token_.type != Token::Type::kText)
      fail("a pattern stands in double quotes behind '{}', such as \"^/usr/\"", to_string(op_));
    Value value;
    value.type = Value::Type::kPattern;
    value.text = unquote_pattern(token_.text.substr(1, token_.text.size() - 2));
    try {
      value.pattern = std::make_shared<const Pattern>(value.text);
    } catch (const ExpressionError& error) {
      fail("{}", error.what());
    }
    return value;
  }

  Value text() const {
    Value value;
    value.type = Value::Type::kText;
    if (token_.type == Token::Type::kText) {
      value.text = unquoted();
      return value;
    }
    if (token_.type == Token::Type::kWord && !is_keyword(token_.text)) {
      value.text = token_.text;
      for (const FieldValue& named : field_.names)
        if (named.name == token_.text) return value;
      const std::string near = nearest_name(token_.text, names_of(field_, fields_));
      if (!near.empty()) fail("'{}' has no value '{}', did you mean '{}'?", called_, shortened(token_.text), near);
    } else if (token_.type != Token::Type::kNumber) {
      no_value();
    }
    fail("'{}' is a text: compare it with one in double quotes, \"{}\"", called_, shortened(token_.text));
  }

  Value moment() const {
    Value value;
    value.type = Value::Type::kMoment;
    if (token_.type == Token::Type::kText) {
      const std::string inside = unquoted();
      try {
        value.moment = parse_moment(inside);
      } catch (const ExpressionError& error) {
        fail("{}", error.what());
      }
    } else if (token_.type == Token::Type::kNumber || token_.type == Token::Type::kMarker) {
      value.moment = parse_moment(token_.text, token_.offset);
    } else {
      no_value();
    }
    const auto resolved = fields_.moment(value.moment);
    if (const auto* refusal = std::get_if<Refusal>(&resolved)) fail("'{}': {}", shortened(token_.text), refusal->why);
    value.number = {false, std::get<uint64_t>(resolved)};
    return value;
  }

  Value truth() const {
    Value value;
    if (!token_.is("true") && !token_.is("false"))
      fail("'{}' is true or false; it stands by itself: {} or !{}", called_, called_, called_);
    value.number.magnitude = token_.is("true") ? 1 : 0;
    return value;
  }

  Value number() const {
    const FieldKind kind = field_.kind;
    const Number number =
        parse_number(token_.text, token_.offset, kind == FieldKind::kDecimal ? kThousandths : uint64_t{1});
    const bool fits = number.unit == UnitKind::kNone ||
                      (number.unit == UnitKind::kTime && kind == FieldKind::kDuration) ||
                      (number.unit == UnitKind::kBytes && (kind == FieldKind::kBytes || counts())) ||
                      (number.unit == UnitKind::kCount && (kind == FieldKind::kBytes || counts()));
    if (!fits)
      fail("'{}' is {}, '{}' is {}: write it {}", called_, kind_name(kind), shortened(token_.text),
           number.unit == UnitKind::kTime    ? "a time"
           : number.unit == UnitKind::kBytes ? "a number of bytes"
                                             : "a count (K, M, G)",
           example());
    const Wide wide = number.value.wide();
    if (kind == FieldKind::kSigned && (wide < kLeastSigned || wide > kMostSigned))
      fail("'{}' is a signed 64-bit number: from -9223372036854775808 to 9223372036854775807", called_);
    if (kind == FieldKind::kEitherSign && wide < kLeastSigned)
      fail("'{}' is a 64-bit number: from -9223372036854775808", called_);
    if (kind != FieldKind::kSigned && kind != FieldKind::kEitherSign && number.value.negative)
      fail("'{}' is never negative", called_);
    Value value;
    value.number = number.value;
    return value;
  }
  bool counts() const {
    return field_.kind == FieldKind::kUnsigned || field_.kind == FieldKind::kSigned ||
           field_.kind == FieldKind::kEitherSign || field_.kind == FieldKind::kDecimal;
  }

  Value name(std::string name) const {
    Value value;
    value.type = Value::Type::kName;
    if (field_.names_by_variant) {
      if (op_ != Operator::kEqual && op_ != Operator::kNotEqual && op_ != Operator::kIn && op_ != Operator::kHas)
        fail("'{}' means another number in each call: compare it with == != in &, or '{}' with a number",
             shortened(name), called_);
      value.variants = fields_.variant_values(field_, name);
      if (!value.variants.empty()) {
        value.text = std::move(name);
        return value;
      }
    }
    for (const FieldValue& named : field_.names)
      if (named.name == name) {
        value.named = named;
        value.text = std::move(name);
        return value;
      }
    const std::vector<std::string> names = names_of(field_, fields_);
    if (names.empty()) no_value();
    const std::string near = nearest_name(name, names);
    if (!near.empty()) fail("'{}' has no value '{}', did you mean '{}'?", called_, shortened(name), near);
    fail("'{}' has no value '{}'; there are {}", called_, shortened(name), list_names(names));
  }

  const Token& token_;
  const Field& field_;
  std::string called_;
  Operator op_;
  const FieldSet& fields_;
};

}  // namespace

std::vector<Operator> operators_of(const Field& field) {
  using enum Operator;
  switch (field.kind) {
    case FieldKind::kUnsigned:
    case FieldKind::kSigned:
    case FieldKind::kEitherSign:
      return {kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kIn, kHas};
    case FieldKind::kTime:
      return {kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kIn, kWithin};
    case FieldKind::kDuration:
    case FieldKind::kBytes:
    case FieldKind::kDecimal:
    case FieldKind::kIdentity:
      return {kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kIn};
    case FieldKind::kText:
      return {kEqual, kNotEqual, kMatches, kNotMatches, kIn, kLess, kLessEqual, kGreater, kGreaterEqual};
    case FieldKind::kEnum:
      if (field.names_by_variant) return {kEqual, kNotEqual, kIn, kHas, kLess, kLessEqual, kGreater, kGreaterEqual};
      return {kEqual, kNotEqual, kIn, kMatches, kNotMatches, kLess, kLessEqual, kGreater, kGreaterEqual, kHas};
    case FieldKind::kFlags:
      return {kHas, kEqual, kNotEqual, kIn};
    case FieldKind::kSet:
      return {kEqual, kNotEqual, kIn, kHas, kMatches, kNotMatches};
    case FieldKind::kBool:
      return {kEqual, kNotEqual};
  }
  return {};
}

std::string example_value(const Field& field, const FieldSet& fields) {
  switch (field.kind) {
    case FieldKind::kTime:
      return "such as 1.5s (after the start), 14:03:10 or @exec:NAME";
    case FieldKind::kDuration:
      return "such as 1.5ms or 20us";
    case FieldKind::kBytes:
      return "such as 4096 or 64KiB";
    case FieldKind::kDecimal:
      return "such as 99.5";
    case FieldKind::kBool:
      return "true or false";
    case FieldKind::kText:
      return field.names.empty() ? "in double quotes" : fmt::format("such as {}", field.names.front().name);
    default:
      break;
  }
  const auto names = names_of(field, fields);
  return names.empty() ? "such as 4096" : fmt::format("such as {}", names.front());
}

Value parse_value(const Token& token, const Field& field, std::string_view called, Operator op,
                  const FieldSet& fields) {
  return ValueParser(token, field, called, op, fields).parse();
}

}  // namespace ebpftrace::predicate
