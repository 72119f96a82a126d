// SPDX-License-Identifier: Apache-2.0
// The tabs below the timeline and which questions are in each. A question that is new gets its place without a line here.
#pragma once

#include <QString>
#include <vector>

#include "analyzer/api/question.h"
#include "gui/window/scope.h"

namespace ebpftrace::gui {

// One that takes one of a few values ("--histogram latency") is several.
struct QuestionEntry {
  const analyzer::Question* question;
  std::string argument;
  QString title;  // within its group: "Used", "Open at the start"
};
struct QuestionGroup {
  QString name;  // "Files"
  std::vector<QuestionEntry> entries;
};
// The events are a tab of their own, and not among these.
std::vector<QuestionGroup> question_groups();

// How a recording comes to have what it is about, if it has none; empty: every recording has that.
QString recorded_with(const analyzer::Question& question);

// What a question takes of what the window asks about. What it can't take is named for people.
struct FittedQuestion {
  analyzer::Asked asked;
  QString left_out;  // "the filter is about events; this table has all"; empty: nothing
};
FittedQuestion fit(const analyzer::Session& session, const QuestionEntry& entry, const Inquiry& inquiry);

}  // namespace ebpftrace::gui
