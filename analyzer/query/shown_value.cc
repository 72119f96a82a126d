// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/shown_value.h"

#include <fmt/format.h>

namespace ebpftrace::analyzer {

std::string words_of_value(const predicate::Field& field, uint64_t value) {
  std::string text;
  for (const predicate::FieldValue& name : field.names) {
    if (name.value == 0 || (value & name.value) != name.value) continue;
    value &= ~name.value;
    if (!text.empty()) text += field.kind == predicate::FieldKind::kFlags ? '|' : ',';
    text += name.name;
  }
  if (value) text += fmt::format("{}{:#x}", text.empty() ? "" : "|", value);
  return text.empty() && field.kind == predicate::FieldKind::kFlags ? "0" : text;
}

}  // namespace ebpftrace::analyzer
