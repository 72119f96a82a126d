// SPDX-License-Identifier: Apache-2.0
#include "gui/moment/moment_answer.h"

#include <QObject>
#include <string>

#include "analyzer/api/filter.h"
#include "gui/style/quantity_text.h"
#include "gui/tables/question_groups.h"

namespace ebpftrace::gui {

using analyzer::Result;

const analyzer::Question& question_of(MomentTable table) {
  static const analyzer::Question* const kQuestions[] = {analyzer::find_question("ps"), analyzer::find_question("lsof"),
                                                         analyzer::find_question("ss")};
  return *kQuestions[static_cast<size_t>(table)];
}

MomentQuestion moment_question(const analyzer::Session& session, MomentTable table, const MomentAsked& asked) {
  FittedQuestion fitted = fit(session, {&question_of(table), {}, {}}, asked.inquiry);
  if (asked.pid && table != MomentTable::kProcesses) {
    const std::string pid = std::to_string(*asked.pid);
    // A socket may be several processes'; its pid is that of the first.
    const std::string parts[] = {
        fitted.asked.filter,
        table == MomentTable::kFiles ? "pid == " + pid : "(pid == " + pid + " || processes ~ \" " + pid + "(;|$)\")"};
    fitted.asked.filter = analyzer::all_of(parts);
  }
  return {std::move(fitted.asked), std::move(fitted.left_out)};
}

MomentAnswer moment_answer(const Recording& recording, const MomentAsked& asked, bool with_processes,
                           const PoolJob::Task& task) {
  MomentAnswer answer;
  for (const MomentTable table : kMomentTables) {
    if (table == MomentTable::kProcesses && !with_processes) continue;
    MomentQuestion question = moment_question(*recording.session, table, asked);
    question.asked.stop = task.stop;
    question.asked.progress = [&](const analyzer::Progress& progress) { task.tell(progress.done, progress.all); };
    Result result = analyzer::ask(question_of(table), *recording.session, question.asked);
    if (table == MomentTable::kProcesses)
      answer.processes = std::move(result);
    else
      (table == MomentTable::kFiles ? answer.files : answer.sockets) = std::move(result);
    if (!question.left_out.isEmpty()) answer.left_out = question.left_out;
  }
  return answer;
}

QString moment_counts(MomentTable table, const Result& answer) {
  const QString rows = count_text(answer.rows());
  if (table == MomentTable::kSockets) return rows;
  auto number = [&](size_t row, const char* name) -> uint64_t {
    const auto column = answer.column(name);
    if (!column) return 0;
    const analyzer::Cell cell = answer.cell(row, *column);
    const auto* value = std::get_if<uint64_t>(&cell);
    return value ? *value : 0;
  };
  if (table == MomentTable::kProcesses) {
    uint64_t threads = 0, calls = 0;
    for (size_t row = 0; row < answer.rows(); ++row) {
      threads += number(row, "threads");
      calls += number(row, "calls");
    }
    if (!answer.rows()) return rows;
    return QObject::tr("%1, with %2 threads, %3 in a call").arg(rows, count_text(threads), count_text(calls));
  }
  const auto fd = answer.column("fd");
  uint64_t descriptors = 0;
  for (size_t row = 0; fd && row < answer.rows(); ++row)
    descriptors += std::holds_alternative<uint64_t>(answer.cell(row, *fd));
  return QObject::tr("%1 descriptors").arg(count_text(descriptors));
}

}  // namespace ebpftrace::gui
