// SPDX-License-Identifier: Apache-2.0
#include "analyzer/cli/field_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "analyzer/api/question.h"

namespace ebpftrace::analyzer {

std::string field_list(std::string_view relation) {
  std::string wanted(relation.substr(std::min(relation.find_first_not_of('-'), relation.size())));
  std::replace(wanted.begin(), wanted.end(), '-', '_');
  std::string out;
  std::vector<std::string> names;
  for (const RelationFields& one : all_fields()) {
    names.push_back(one.relation);
    if (!wanted.empty() && one.relation != wanted) continue;
    if (!out.empty()) out += '\n';
    out += fmt::format("{}: {}\n", one.relation, one.doc);
    size_t name = 0, kind = 0;
    for (const FieldInfo& field : one.fields) {
      name = std::max(name, field.name.size());
      kind = std::max(kind, field.kind.size());
    }
    for (const FieldInfo& field : one.fields)
      out += fmt::format("  {:<{}}  {:<5}  {:<{}}  {}\n", field.name, name, field.unit.empty() ? "-" : field.unit,
                         field.kind, kind, field.doc);
  }
  if (out.empty())
    throw AskError(fmt::format("--fields: there is no relation '{}'; there are {}", relation, fmt::join(names, ", ")));
  return out;
}

}  // namespace ebpftrace::analyzer
