// SPDX-License-Identifier: Apache-2.0
// The language's meaning, said once more without any cleverness: a condition about one row, cell by cell, in 128-bit
// numbers. It shares nothing with the room but the world's cells.
#pragma once

#include <string>
#include <vector>

#include "tests/predicate/world.h"

namespace ebpftrace::predicate {

struct NaiveOperand {
  std::string written;  // as a filter has it
  enum class Type { kNumber, kText, kName } type = Type::kNumber;
  Wide number = 0;
  std::string text;  // of a pattern: characters that stand for themselves, perhaps behind ^
};

struct NaiveFilter {
  enum class Type { kAnd, kOr, kNot, kCondition } type = Type::kCondition;
  std::vector<NaiveFilter> parts;
  // A condition. Operators are as they are written; "" is a bool field alone, ".." a range of times.
  std::string field, op;
  std::vector<NaiveOperand> operands;

  bool passes(const World& world, size_t row) const;
  // With every bracket that could be left out.
  std::string text() const;
};

}  // namespace ebpftrace::predicate
