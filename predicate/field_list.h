// SPDX-License-Identifier: Apache-2.0
// A FieldSet out of a list: fields by their names, by their names without the unit, and by aliases. Users with
// functions, moments or families of fields derive from it. Filled first, then only read.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "predicate/field.h"

namespace ebpftrace::predicate {

class FieldList : public FieldSet {
 public:
  // A name that is there already (of another field, with or without its unit) is a std::logic_error: of the program.
  void add(Field field, const std::vector<std::string>& aliases = {});

  const std::vector<Field>& fields() const { return fields_; }
  std::optional<Field> find(std::string_view name) const override;
  std::vector<NameAndDoc> names() const override;

 private:
  void add_name(const std::string& name, size_t field);

  std::vector<Field> fields_;
  std::map<std::string, size_t, std::less<>> by_name_;
};

// "duration" of duration_ns in "ns"; "sent" of sent_bytes in "bytes"; else the name itself.
std::string without_unit(std::string_view name, std::string_view unit);

}  // namespace ebpftrace::predicate
