// SPDX-License-Identifier: Apache-2.0
#include "analyzer/sql/constraints.h"

#include <algorithm>
#include <string>

#include "predicate/pattern.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

using predicate::Field;
using predicate::FieldKind;
using predicate::Operator;
using predicate::Value;

constexpr size_t kMostPatternText = 4096;

std::optional<Operator> operator_of(int op) {
  switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ:
      return Operator::kEqual;
    case SQLITE_INDEX_CONSTRAINT_NE:
      return Operator::kNotEqual;
    case SQLITE_INDEX_CONSTRAINT_LT:
      return Operator::kLess;
    case SQLITE_INDEX_CONSTRAINT_LE:
      return Operator::kLessEqual;
    case SQLITE_INDEX_CONSTRAINT_GT:
      return Operator::kGreater;
    case SQLITE_INDEX_CONSTRAINT_GE:
      return Operator::kGreaterEqual;
    case SQLITE_INDEX_CONSTRAINT_LIKE:
    case SQLITE_INDEX_CONSTRAINT_GLOB:
    case SQLITE_INDEX_CONSTRAINT_REGEXP:
      return Operator::kMatches;
    default:
      return std::nullopt;
  }
}

std::string_view text_of(sqlite3_value* value) {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return {bytes ? bytes : "", bytes ? static_cast<size_t>(sqlite3_value_bytes(value)) : 0};
}

void append_literal(std::string& pattern, char c) {
  constexpr char kHex[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  pattern += "\\x";
  pattern += kHex[byte >> 4];
  pattern += kHex[byte & 15];
}

// A character of SQLite's is one to four bytes.
constexpr std::string_view kOneCharacter = "(?s:.){1,4}", kAnything = "(?s:.)*";

std::string like_pattern(std::string_view like) {
  std::string pattern = "^(?i:";
  for (const char c : like) {
    if (c == '%')
      pattern += kAnything;
    else if (c == '_')
      pattern += kOneCharacter;
    else
      append_literal(pattern, c);
  }
  return pattern + ")$";
}

// Nothing: it has a set of characters.
std::optional<std::string> glob_pattern(std::string_view glob) {
  std::string pattern = "^";
  for (const char c : glob) {
    if (c == '[') return std::nullopt;
    if (c == '*')
      pattern += kAnything;
    else if (c == '?')
      pattern += kOneCharacter;
    else
      append_literal(pattern, c);
  }
  return pattern + "$";
}

std::optional<Value> pattern_value(int op, sqlite3_value* value) {
  if (sqlite3_value_type(value) != SQLITE_TEXT) return std::nullopt;
  const std::string_view text = text_of(value);
  if (text.size() > kMostPatternText || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::optional<std::string> pattern(text);
  if (op == SQLITE_INDEX_CONSTRAINT_LIKE) pattern = like_pattern(text);
  if (op == SQLITE_INDEX_CONSTRAINT_GLOB) pattern = glob_pattern(text);
  if (!pattern) return std::nullopt;
  Value one;
  one.type = Value::Type::kPattern;
  one.text = *pattern;
  try {
    one.pattern = std::make_shared<const predicate::Pattern>(*pattern);
  } catch (const predicate::ExpressionError&) {
    return std::nullopt;  // SQLite's own function says what is wrong with it
  }
  return one;
}

std::optional<Value> enum_value(const Field& field, std::string_view text) {
  Value one;
  one.type = Value::Type::kName;
  for (const predicate::FieldValue& name : field.names) {
    if (name.name != text) continue;
    one.text = name.name;
    one.named = name;
    return one;
  }
  return std::nullopt;
}

std::optional<Value> value_of(const Session& session, const Field& field, Operator op, sqlite3_value* value) {
  const int type = sqlite3_value_type(value);
  Value one;
  switch (field.kind) {
    case FieldKind::kText:
      if (type != SQLITE_TEXT) return std::nullopt;
      one.type = Value::Type::kText;
      one.text = text_of(value);
      return one;
    case FieldKind::kEnum:
      if (type != SQLITE_TEXT || (op != Operator::kEqual && op != Operator::kIn)) return std::nullopt;
      return enum_value(field, text_of(value));
    case FieldKind::kFlags:
    case FieldKind::kSet:
    case FieldKind::kDecimal:
    case FieldKind::kEitherSign:
      return std::nullopt;
    default:
      break;
  }
  if (type != SQLITE_INTEGER) return std::nullopt;
  int64_t number = sqlite3_value_int64(value);
  if (field.kind == FieldKind::kTime) {
    // SQL counts from the start of the recording, which lies after 0.
    const uint64_t start = session.trace().facts().start_boot_ns;
    if (start > INT64_MAX || __builtin_add_overflow(number, static_cast<int64_t>(start), &number)) return std::nullopt;
  }
  if (number < 0 && field.kind != FieldKind::kSigned) return std::nullopt;
  if (field.kind == FieldKind::kBool && number > 1) return std::nullopt;
  one.number = {number < 0, number < 0 ? 0 - static_cast<uint64_t>(number) : static_cast<uint64_t>(number)};
  return one;
}

}  // namespace

bool can_push_down(const Field& field, int op) {
  const auto known = operator_of(op);
  if (!known) return false;
  switch (field.kind) {
    case FieldKind::kText:
      return true;
    case FieldKind::kEnum:
    case FieldKind::kBool:
      return known == Operator::kEqual;
    case FieldKind::kFlags:
    case FieldKind::kSet:
    case FieldKind::kDecimal:
    case FieldKind::kEitherSign:
      return false;
    default:
      return known != Operator::kMatches;
  }
}

std::optional<predicate::Expression> condition_of(const Session& session, const Field& field, int op,
                                                  const std::vector<sqlite3_value*>& values) {
  auto with = operator_of(op);
  if (!with || values.empty()) return std::nullopt;
  if (values.size() > 1) with = Operator::kIn;
  predicate::Expression expression;
  expression.fields.push_back(field);
  predicate::Condition& condition = expression.root.condition;
  condition.op = *with;
  for (sqlite3_value* value : values) {
    auto one = *with == Operator::kMatches ? pattern_value(op, value) : value_of(session, field, *with, value);
    if (!one) return std::nullopt;
    condition.values.push_back(std::move(*one));
  }
  return expression;
}

}  // namespace ebpftrace::analyzer
