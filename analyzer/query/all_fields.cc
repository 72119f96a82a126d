// SPDX-License-Identifier: Apache-2.0
// all_fields(): what filters can name.
#include "analyzer/api/question.h"
#include "analyzer/fields/relation.h"
#include "analyzer/query/row_filter.h"
#include "trace/read/trace_catalogue.h"

namespace ebpftrace::analyzer {

std::vector<RelationFields> all_fields() {
  std::vector<RelationFields> relations;
  const trace::Catalogue catalogue = trace::built_in_catalogue();
  auto add = [](RelationFields& to, const predicate::Field& field) {
    to.fields.push_back({field.name, field.unit, std::string(predicate::kind_name(field.kind)), field.doc});
  };
  for (const RelationName& one : relation_list()) {
    const Relation relation(nullptr, catalogue, std::string(one.name), std::string(one.doc), one.types);
    RelationFields& to = relations.emplace_back(RelationFields{relation.name(), relation.doc(), {}});
    for (const predicate::Field& field : relation.fields())
      if (field.name != kProcessIdentity) add(to, field);
    for (const predicate::NameAndDoc& function : relation.functions())
      to.fields.push_back({function.name + "(P)", "", "true or false", function.doc});
    if (relation.find("args.flags"))
      to.fields.push_back({"args.NAME", "", "a number or text",
                           "The argument of that name, of calls that have it: args.flags, args.mode ..."});
  }
  for (const Question* question : all_questions()) {
    if (question->takes.filter != Takes::Over::kRows) continue;
    RelationFields relation{std::string(question->name), "Rows of this answer: " + std::string(question->help), {}};
    const RowFields fields(question->columns(), nullptr);
    for (const predicate::Field& field : fields.fields()) add(relation, field);
    relations.push_back(std::move(relation));
  }
  return relations;
}

}  // namespace ebpftrace::analyzer
