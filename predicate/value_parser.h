// SPDX-License-Identifier: Apache-2.0
// What stands behind an operator, checked against the field before it.
#pragma once

#include <string>
#include <string_view>

#include "predicate/expression.h"
#include "predicate/lexer.h"

namespace ebpftrace::predicate {

// `called`: the field as the filter calls it, for messages. Throws ExpressionError, also if the operator is none of the
// field's or the token no value.
Value parse_value(const Token& token, const Field& field, std::string_view called, Operator op, const FieldSet& fields);

// "such as 1.5ms": what could stand there.
std::string example_value(const Field& field, const FieldSet& fields);

}  // namespace ebpftrace::predicate
