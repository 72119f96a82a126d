// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/group_rows.h"

#include <fmt/format.h>

#include <type_traits>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/shown_value.h"
#include "predicate/near_names.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

using predicate::FieldKind;

Cell cell_of_value(const Session& session, const predicate::Field& field, const KeyValue& value) {
  Cell cell;
  show_value(session, field, value, [&](const auto& shown) {
    if constexpr (std::is_same_v<std::decay_t<decltype(shown)>, std::string_view>)
      cell = std::string(shown);
    else
      cell = shown;
  });
  return cell;
}

std::vector<Cell> key_cells(const Session& session, const std::vector<predicate::Field>& by, const KeyGroups& keys,
                            uint32_t group) {
  std::vector<Cell> cells;
  for (size_t i = 0; i < by.size(); ++i) {
    const KeyValue value = keys.key(group, i);
    Cell& cell = cells.emplace_back();
    if (by[i].name != kProcessIdentity)
      cell = cell_of_value(session, by[i], value);
    else if (value.present)
      cell = uint64_t{session.threads().processes()[value.number].pid};
  }
  return cells;
}

std::vector<Cell> others_cells(const std::vector<predicate::Field>& by) { return std::vector<Cell>(by.size()); }

ResultColumn column_of(const predicate::Field& field) {
  ResultColumn column;
  column.name = field.name == kProcessIdentity ? "pid" : field.name;
  column.doc = field.doc;
  column.heading = column.name;
  for (char& c : column.heading) c = c == '_' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  switch (field.kind) {
    case FieldKind::kTime:
      column.unit = Unit::kTime;
      break;
    case FieldKind::kDuration:
      column.unit = Unit::kDuration;
      break;
    case FieldKind::kBytes:
      column.unit = Unit::kBytes;
      break;
    case FieldKind::kUnsigned:
      column.unit = Unit::kNumber;
      break;
    case FieldKind::kSigned:
    case FieldKind::kEitherSign:
      column.unit = Unit::kSigned;
      break;
    case FieldKind::kIdentity:
      column.unit = Unit::kIdentity;
      break;
    case FieldKind::kBool:
      column.unit = Unit::kTruth;
      break;
    default:
      column.unit = Unit::kText;
  }
  return column;
}

std::string unknown_field(std::string_view option, const Relation& relation, std::string_view name) {
  std::vector<std::string> known;
  for (const predicate::NameAndDoc& one : relation.names()) known.push_back(one.name);
  const std::string near = predicate::nearest_name(name, known);
  return fmt::format("{}: unknown field '{}'{}; --fields {} lists all", option, name,
                     near.empty() ? "" : fmt::format(", did you mean '{}'?", near), relation.name());
}

std::vector<predicate::Field> group_fields(const Relation& relation, const std::vector<std::string>& names) {
  std::vector<predicate::Field> fields;
  for (const std::string& name : names) {
    auto field = relation.find(name);
    if (!field) throw AskError(unknown_field("--by", relation, name));
    if (field->name == "pid") field = relation.find(kProcessIdentity);
    for (const predicate::Field& before : fields)
      if (before.name == field->name) throw AskError(fmt::format("--by: '{}' is there twice", name));
    fields.push_back(std::move(*field));
  }
  return fields;
}

}  // namespace ebpftrace::analyzer
