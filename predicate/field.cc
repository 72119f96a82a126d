// SPDX-License-Identifier: Apache-2.0
#include "predicate/field.h"

namespace ebpftrace::predicate {

OrRefusal<Field> FieldSet::call(std::string_view, const std::vector<Argument>&) const {
  return Refusal{"there are no functions"};
}
std::vector<VariantValue> FieldSet::variant_values(const Field&, std::string_view) const { return {}; }
std::vector<std::string> FieldSet::variant_names(const Field&) const { return {}; }
OrRefusal<uint64_t> FieldSet::moment(const Moment&) const { return Refusal{"moments are not known here"}; }
std::vector<std::string> FieldSet::values(const Field&, std::string_view, size_t) const { return {}; }

std::string_view kind_name(FieldKind kind) {
  switch (kind) {
    case FieldKind::kUnsigned:
      return "a number (never negative)";
    case FieldKind::kSigned:
    case FieldKind::kEitherSign:
      return "a number";
    case FieldKind::kTime:
      return "a time";
    case FieldKind::kDuration:
      return "a duration";
    case FieldKind::kBytes:
      return "a number of bytes";
    case FieldKind::kDecimal:
      return "a number with at most three decimals (never negative)";
    case FieldKind::kText:
      return "a text";
    case FieldKind::kEnum:
      return "one of several names";
    case FieldKind::kFlags:
      return "a set of flags";
    case FieldKind::kSet:
      return "a set of names";
    case FieldKind::kIdentity:
      return "an id";
    case FieldKind::kBool:
      return "true or false";
  }
  return "";
}

}  // namespace ebpftrace::predicate
