// SPDX-License-Identifier: Apache-2.0
// A filter over the rows of an answer: its fields are the answer's columns (docs/filter-language.md).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/query/moments.h"
#include "predicate/field_list.h"

namespace ebpftrace::analyzer {

// The columns as fields: by name, without the unit, and by the names that other tools have for them.
class RowFields : public predicate::FieldList {
 public:
  // Without a trace there are no moments, and no names of values that its catalogue has.
  RowFields(const std::vector<ResultColumn>& columns, const trace::Trace* trace);

  predicate::OrRefusal<uint64_t> moment(const predicate::Moment& moment) const override;
  // By the position of a field in fields(): the column.
  size_t column(std::string_view field) const;

 private:
  const trace::Trace* trace_;
  std::vector<size_t> columns_;
};

// The rows that pass, in their order. Throws AskError, which explains what is wrong with the filter.
std::vector<size_t> passing_rows(const Result& result, std::string_view filter, const trace::Trace& trace);

// As passing_rows would say it, before there is an answer.
void check_row_filter(const std::vector<ResultColumn>& columns, std::string_view filter, const trace::Trace& trace);

predicate::FieldKind kind_of(Unit unit);

}  // namespace ebpftrace::analyzer
