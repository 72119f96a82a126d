// SPDX-License-Identifier: Apache-2.0
#include "gui/details/selection_answer.h"

#include "gui/style/quantity_text.h"
#include "gui/tables/cell_text.h"

namespace ebpftrace::gui {
namespace {

constexpr size_t kMostPivotRows = 2000;

}  // namespace

SelectionAnswer selection_answer(const Recording& recording, const analyzer::Asked& asked,
                                 const std::vector<std::string>& by, double seconds, const PoolJob::Task& task) {
  SelectionAnswer answer;
  answer.seconds = seconds;
  analyzer::Asked calls = asked;
  calls.stop = task.stop;
  calls.progress = [&](const analyzer::Progress& progress) { task.tell(progress.done, 2 * progress.all); };
  answer.statistics = analyzer::call_statistics(*recording.session, calls);
  if (by.empty()) return answer;
  calls.by = by;
  calls.limit = kMostPivotRows;
  calls.columns = by;
  for (const char* column : {"calls", "total_ns", "p99_ns", "max_ns"}) calls.columns.emplace_back(column);
  calls.progress = [&](const analyzer::Progress& progress) {
    task.tell(progress.all + progress.done, 2 * progress.all);
  };
  answer.pivot = analyzer::ask(*analyzer::find_question("syscalls"), *recording.session, calls);
  return answer;
}

std::vector<Statistic> statistics_of(const SelectionAnswer& answer) {
  const analyzer::CallStatistics& sums = answer.statistics;
  const bool lost = sums.coverage.lost || !sums.coverage.lost_known;
  const Certainty count = lost ? Certainty::kAtLeast : Certainty::kExact,
                  share = lost ? Certainty::kAbout : Certainty::kExact;
  auto duration = [](const std::optional<uint64_t>& ns, Certainty certainty) {
    return ns ? marked(duration_text(static_cast<double>(*ns)), certainty) : QStringLiteral("–");
  };
  auto bytes = [&](uint64_t value) { return marked(bytes_text(static_cast<double>(value)), count); };
  const double rate = answer.seconds > 0 ? static_cast<double>(sums.calls) / answer.seconds : 0;
  const QString lost_text = sums.coverage.lost         ? count_text(sums.coverage.lost)
                            : sums.coverage.lost_known ? QObject::tr("none")
                                                       : QObject::tr("unknown");
  return {
      {QObject::tr("calls"), marked(count_text(sums.calls), count)},
      {QObject::tr("rate"),
       marked(rate < 99999.5 ? count_text(static_cast<uint64_t>(rate + 0.5)) : short_count_text(rate), count) +
           QStringLiteral("/s")},
      {QObject::tr("read"), bytes(sums.read_bytes)},
      {QObject::tr("written"), bytes(sums.write_bytes)},
      {QObject::tr("failed"), marked(count_text(sums.errors), count)},
      {QObject::tr("p50"), duration(sums.p50_ns, share)},
      {QObject::tr("p90"), duration(sums.p90_ns, share)},
      {QObject::tr("p99"), duration(sums.p99_ns, share)},
      {QObject::tr("max"), duration(sums.max_ns, count)},
      {QObject::tr("lost"), lost_text, lost},
  };
}

}  // namespace ebpftrace::gui
