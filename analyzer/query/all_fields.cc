// SPDX-License-Identifier: Apache-2.0
// all_fields(): what filters can name.
#include "analyzer/api/question.h"
#include "analyzer/query/row_filter.h"

namespace ebpftrace::analyzer {

std::vector<RelationFields> all_fields() {
  std::vector<RelationFields> relations;
  for (const Question* question : all_questions()) {
    if (question->takes.filter != Takes::Over::kRows) continue;
    RelationFields relation{std::string(question->name), "Rows of this answer: " + std::string(question->help), {}};
    const RowFields fields(question->columns(), nullptr);
    for (const predicate::Field& field : fields.fields())
      relation.fields.push_back({field.name, field.unit, std::string(predicate::kind_name(field.kind)), field.doc});
    relations.push_back(std::move(relation));
  }
  return relations;
}

}  // namespace ebpftrace::analyzer
