// SPDX-License-Identifier: Apache-2.0
// The filter language (docs/filter-language.md) for those who let people write it: what is wrong and where, what could
// follow, a filter as the conditions that must all hold, and a value as a condition. Offsets are bytes. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/api/result.h"
#include "analyzer/api/session.h"
#include "analyzer/api/timeline.h"

namespace ebpftrace::analyzer {

struct FilterMistake {
  size_t offset = 0, length = 0;  // length 0: something is missing there
  std::string message;            // one line
};

struct FilterChoice {
  std::string text, doc;
};
struct FilterChoices {
  size_t offset = 0, length = 0;  // what a choice replaces
  std::vector<FilterChoice> choices;
};

// Over events ("events" and the other relations of Session::relation_names()). Nothing: it makes sense.
std::optional<FilterMistake> check_filter(const Session& session, std::string_view relation, std::string_view filter);
// Over the rows of an answer.
std::optional<FilterMistake> check_filter(const Session& session, const Question& question, std::string_view filter);

FilterChoices complete_filter(const Session& session, std::string_view relation, std::string_view filter,
                              size_t cursor);

// A filter that makes sense as conditions that must all hold, each as it was written. all_of() of them is the filter.
std::vector<std::string> filter_conditions(std::string_view filter);
std::string all_of(std::span<const std::string> conditions);

// "path == \"/etc/passwd\"", "!failed": the rows that have this value of a field. Nothing: there is no such condition.
std::optional<std::string> condition_for(const Session& session, std::string_view relation, std::string_view field,
                                         const Cell& value, bool exclude);
// The same of a column of an answer, for a filter over its rows.
std::optional<std::string> condition_for(const ResultColumn& column, const Cell& value, bool exclude);

// Two moments as people write them ("1.5s", "-10s", "@exec:make"); an empty one: from the start, to the end of time. Throws AskError.
TimeSpan resolve_range(const Session& session, std::string_view from, std::string_view to);

}  // namespace ebpftrace::analyzer
