// SPDX-License-Identifier: Apache-2.0
// A field's value as it is shown: names of values as words, times since the trace's start. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "analyzer/api/session.h"
#include "analyzer/query/key_groups.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

// The words of a value that is several of the field's, or what there is no word for.
std::string words_of_value(const predicate::Field& field, uint64_t value);

// take(nothing), take(text), or take of a bool or a number of 64 bits. The text is good during the call.
template <typename Take>
void show_value(const Session& session, const predicate::Field& field, const KeyValue& value, Take&& take) {
  using predicate::FieldKind;
  if (!value.present) return take(std::monostate());
  switch (field.kind) {
    case FieldKind::kText:
      return take(value.text);
    case FieldKind::kSigned:
      return take(static_cast<int64_t>(value.number));
    case FieldKind::kTime:
      return take(session.trace().since_start(value.number));
    case FieldKind::kBool:
      return take(value.number != 0);
    case FieldKind::kEnum:
      for (const predicate::FieldValue& name : field.names)
        if ((value.number & name.mask) == name.value) return take(std::string_view(name.name));
      return take(std::string_view(std::to_string(value.number)));
    case FieldKind::kFlags:
    case FieldKind::kSet:
      return take(std::string_view(words_of_value(field, value.number)));
    case FieldKind::kEitherSign:
      // The columns of this kind are arguments, in two's complement where they are below 0.
      if (value.number > INT64_MAX) return take(static_cast<int64_t>(value.number));
      return take(value.number);
    default:
      return take(value.number);
  }
}

}  // namespace ebpftrace::analyzer
