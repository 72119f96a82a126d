// SPDX-License-Identifier: Apache-2.0
#include "analyzer/fields/relation.h"

#include <algorithm>
#include <stdexcept>

#include "analyzer/api/session.h"
#include "analyzer/query/moments.h"
#include "predicate/field_list.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

Relation::Relation(const Session* session, const trace::Catalogue& catalogue, std::string name, std::string doc,
                   std::vector<std::string_view> types)
    : session_(session), catalogue_(catalogue), name_(std::move(name)), doc_(std::move(doc)) {
  if (types.empty())
    for (const EventType& type : catalogue.types)
      if (type.is_event()) types.push_back(type.name);
  for (const std::string_view wanted : types)
    if (const EventType* type = catalogue.type(wanted)) types_.push_back(type);
  for (const EventType* type : types_) {
    add_event_fields(*this, *type);
    add_thread_fields(*this, *type);
    if (type->name == "syscall")
      add_call_fields(*this, *type);
    else
      add_stored_fields(*this, *type);
  }
}

namespace {

bool have_same_names(const predicate::Field& a, const predicate::Field& b) {
  return std::equal(a.names.begin(), a.names.end(), b.names.begin(), b.names.end(),
                    [](const predicate::FieldValue& x, const predicate::FieldValue& y) {
                      return x.name == y.name && x.value == y.value && x.mask == y.mask;
                    });
}

}  // namespace

void Relation::add(const EventType& type, predicate::Field field, MakeColumn make,
                   const std::vector<std::string>& aliases) {
  // The same number is something else in another type: there, the field is called after the type.
  if (const auto known = by_name_.find(field.name);
      known != by_name_.end() && fields_[known->second].kind == field.kind &&
      (field.kind == predicate::FieldKind::kEnum || field.kind == predicate::FieldKind::kFlags) &&
      !have_same_names(fields_[known->second], field))
    field.name = type.name + "_" + field.name;
  auto found = by_name_.find(field.name);
  if (found == by_name_.end()) {
    field.backing = std::make_shared<FieldColumns>();
    const size_t index = fields_.size();
    by_name_.emplace(field.name, index);
    by_name_.emplace(predicate::without_unit(field.name, field.unit), index);
    for (const std::string& alias : aliases) by_name_.emplace(alias, index);
    fields_.push_back(std::move(field));
    found = by_name_.find(fields_.back().name);
  } else if (fields_[found->second].kind != field.kind) {
    return;
  }
  predicate::Field& known = fields_[found->second];
  if (types_.size() > 1) known.can_be_absent = true;
  const auto columns = std::const_pointer_cast<predicate::FieldBacking>(known.backing);
  static_cast<FieldColumns&>(*columns).by_type.emplace(type.id, std::move(make));
}

std::optional<predicate::Field> Relation::find(std::string_view name) const {
  if (const auto found = by_name_.find(name); found != by_name_.end()) return fields_[found->second];
  for (const std::string_view prefix : {"args.", "evt.arg."})
    if (name.starts_with(prefix)) return find_argument(*this, name.substr(prefix.size()));
  return std::nullopt;
}

std::vector<predicate::NameAndDoc> Relation::names() const {
  std::vector<predicate::NameAndDoc> names;
  for (const predicate::Field& field : fields_)
    if (field.name != kProcessIdentity) names.push_back({predicate::without_unit(field.name, field.unit), field.doc});
  for (predicate::NameAndDoc& argument : argument_names(*this)) names.push_back(std::move(argument));
  return names;
}

std::vector<predicate::NameAndDoc> Relation::functions() const {
  if (by_name_.find("pid") == by_name_.end()) return {};
  return {{"descends_from", "The process, given by name or pid, and all that came from it."}};
}

predicate::OrRefusal<predicate::Field> Relation::call(std::string_view,
                                                      const std::vector<predicate::Argument>& arguments) const {
  return descends_from(*this, arguments);
}

std::vector<predicate::VariantValue> Relation::variant_values(const predicate::Field& field,
                                                              std::string_view name) const {
  return argument_values(*this, std::string_view(field.name).substr(5), name);
}

std::vector<std::string> Relation::variant_names(const predicate::Field& field) const {
  return argument_value_names(*this, std::string_view(field.name).substr(5));
}

predicate::OrRefusal<uint64_t> Relation::moment(const predicate::Moment& moment) const {
  if (!session_) return predicate::Refusal{"needs a recording"};
  return Moments(session_->trace()).resolve(moment);
}

}  // namespace ebpftrace::analyzer
