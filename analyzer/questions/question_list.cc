// SPDX-License-Identifier: Apache-2.0
// The questions in the order in which they are shown. Which there are, the build finds in this folder (list_definitions.cmake).
#include "analyzer/questions/question_list.h"

#include <algorithm>

namespace ebpftrace::analyzer {

std::span<const Question* const> all_questions() {
  static const auto in_order = [] {
    auto questions = kListedQuestions;
    std::stable_sort(questions.begin(), questions.end(),
                     [](const Question* a, const Question* b) { return a->place < b->place; });
    return questions;
  }();
  return in_order;
}

const Question* find_question(std::string_view name) {
  std::string known(name);
  std::replace(known.begin(), known.end(), '-', '_');
  for (const Question* question : all_questions())
    if (question->name == known) return question;
  return nullptr;
}

}  // namespace ebpftrace::analyzer
