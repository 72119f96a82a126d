// SPDX-License-Identifier: Apache-2.0
#include "predicate/field_list.h"

#include <stdexcept>

namespace ebpftrace::predicate {

std::string without_unit(std::string_view name, std::string_view unit) {
  if (!unit.empty() && name.size() > unit.size() + 1 && name.ends_with(unit) &&
      name[name.size() - unit.size() - 1] == '_')
    name.remove_suffix(unit.size() + 1);
  return std::string(name);
}

void FieldList::add_name(const std::string& name, size_t field) {
  const auto [place, is_new] = by_name_.emplace(name, field);
  if (!is_new && place->second != field) throw std::logic_error("two fields are called " + name);
}

void FieldList::add(Field field, const std::vector<std::string>& aliases) {
  const size_t index = fields_.size();
  add_name(field.name, index);
  add_name(without_unit(field.name, field.unit), index);
  for (const std::string& alias : aliases) add_name(alias, index);
  fields_.push_back(std::move(field));
}

std::optional<Field> FieldList::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? std::nullopt : std::optional(fields_[found->second]);
}

std::vector<NameAndDoc> FieldList::names() const {
  std::vector<NameAndDoc> names;
  names.reserve(fields_.size());
  for (const Field& field : fields_) names.push_back({without_unit(field.name, field.unit), field.doc});
  return names;
}

}  // namespace ebpftrace::predicate
