// SPDX-License-Identifier: Apache-2.0
// A filter, parsed and checked against the fields that there are: whatever is in it makes sense. A value; copying it is
// cheap enough for everything but rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "predicate/error.h"
#include "predicate/field.h"
#include "predicate/number.h"

namespace ebpftrace::predicate {

class Pattern;

enum class Operator : uint8_t {
  kEqual,
  kNotEqual,  // not kEqual: true of an absent cell
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kMatches,
  kNotMatches,  // not kMatches: true of an absent cell
  kIn,          // one of the values
  kWithin,      // values[0] <= cell < values[1]
  kHas,         // &: a number: any of its bits; a name: all that it stands for
  kHolds,       // a bool field by itself
};

struct Value {
  enum class Type : uint8_t {
    kNumber,   // number; of a bool 0 or 1
    kText,     // text: bytes
    kPattern,  // text: as RE2 gets it; pattern
    kName,     // text; named, or variants if the field's names differ
    kMoment,   // moment; number: the time that it is
  };
  Type type = Type::kNumber;
  Integer number;
  std::string text;
  FieldValue named;
  std::vector<VariantValue> variants;
  Moment moment;
  std::shared_ptr<const Pattern> pattern;
};

struct Condition {
  size_t field = 0;  // of Expression.fields
  Operator op = Operator::kHolds;
  std::vector<Value> values;  // kIn: one or more; kWithin: two; kHolds: none; else one
};

struct Expression {
  struct Node {
    enum class Type : uint8_t { kAnd, kOr, kNot, kCondition };
    Type type = Type::kCondition;
    std::vector<Node> parts;  // kAnd, kOr: two or more, none of the same type; kNot: one, not another kNot
    Condition condition;
  };
  std::vector<Field> fields;  // those that occur, each once
  Node root;
};

// Throws ExpressionError.
Expression parse(std::string_view text, const FieldSet& fields);

// Both hold.
Expression both(const Expression& one, const Expression& other);

// One way to write it; with the same FieldSet, parse makes the same expression of it (unless it is longer than filters
// may be: fields have their whole names here).
std::string to_string(const Expression& expression);

std::string_view to_string(Operator op);
// The operators that stand between a field of this kind and a value.
std::vector<Operator> operators_of(const Field& field);

inline constexpr size_t kDeepestNesting = 200;
inline constexpr size_t kMostPatterns = 32;

}  // namespace ebpftrace::predicate
