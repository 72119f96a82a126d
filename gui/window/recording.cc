// SPDX-License-Identifier: Apache-2.0
#include "gui/window/recording.h"

#include <QFileInfo>
#include <QStringList>
#include <algorithm>
#include <stdexcept>

#include "analyzer/api/filter.h"
#include "analyzer/api/recording_file.h"
#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"

namespace ebpftrace::gui {
namespace {

uint64_t number_in(const analyzer::Result& result, std::string_view column) {
  const auto at = result.column(column);
  if (!at || !result.rows()) return 0;
  const analyzer::Cell cell = result.cell(0, *at);
  if (const auto* number = std::get_if<uint64_t>(&cell)) return *number;
  return 0;
}

// By CPU; the ones of which it is not known come last.
std::map<uint32_t, uint64_t> losses_by_cpu(const analyzer::Coverage& coverage) {
  std::map<uint32_t, uint64_t> by_cpu;
  for (const analyzer::LostEvents& lost : coverage.losses) by_cpu[lost.cpu] += lost.count;
  return by_cpu;
}

QString where(const analyzer::Coverage& coverage) {
  const auto by_cpu = losses_by_cpu(coverage);
  if (by_cpu.empty() || by_cpu.rbegin()->first == UINT32_MAX) return {};
  if (by_cpu.size() == 1) return QStringLiteral(" on CPU %1").arg(by_cpu.begin()->first);
  if (by_cpu.size() <= 3) {
    QStringList names;
    for (const auto& [cpu, count] : by_cpu) names += QString::number(cpu);
    return QStringLiteral(" on CPUs ") + names.join(QStringLiteral(", "));
  }
  return QStringLiteral(" on %1 CPUs").arg(by_cpu.size());
}

QString reasons(const analyzer::Coverage& coverage) {
  std::map<std::string, uint64_t> by_reason;
  for (const analyzer::LostEvents& lost : coverage.losses) by_reason[lost.reason] += lost.count;
  QStringList names;
  for (const auto& [reason, count] : by_reason) names += plain_text(reason);
  return names.join(QStringLiteral(", "));
}

}  // namespace

QString Recording::title() const {
  if (files.empty()) return {};
  const QString first =
      plain_text(QFileInfo(QString::fromLocal8Bit(files.front().c_str())).fileName().toUtf8().toStdString());
  return files.size() == 1 ? first : QStringLiteral("%1 and %2 more").arg(first).arg(files.size() - 1);
}

QString Recording::subtitle() const {
  QString text = QStringLiteral("%1%2 events · %3")
                     .arg(countsAreLeast() ? QStringLiteral("≥ ") : QString(), count_text(events),
                          duration_text(static_cast<double>(duration_ns)));
  for (const analyzer::Fact& fact : summary.facts)
    if (fact.label == "recorded") text += QStringLiteral(" · recorded ") + plain_text(fact.text).section(u',', 0, 0);
  return text;
}

QString Recording::lossText() const {
  if (lost()) return count_text(lost()) + where(summary.coverage) + (growing ? QStringLiteral(" so far") : QString());
  if (growing) return QStringLiteral("none so far");
  return lossKnown() ? QStringLiteral("none") : QStringLiteral("unknown");
}

namespace {

void sum_up(Recording& recording, const PoolJob::Task& task) {
  analyzer::Asked asked;
  asked.stop = task.stop;
  asked.progress = [&](const analyzer::Progress& progress) { task.tell(progress.done, progress.all); };
  recording.summary = analyzer::ask(*analyzer::find_question("summary"), *recording.session, asked);
  recording.events = number_in(recording.summary, "events");
  recording.duration_ns = static_cast<int64_t>(number_in(recording.summary, "duration_ns"));
}

}  // namespace

std::shared_ptr<const Recording> open_recording(const std::vector<std::string>& files, const PoolJob::Task& task) {
  auto recording = std::make_shared<Recording>();
  recording->files = files;
  using Writing = analyzer::Session::Writing;
  const bool written =
      std::any_of(files.begin(), files.end(), [](const std::string& file) { return analyzer::is_being_written(file); });
  auto sessions = analyzer::Session::open(files, &recording->notes, written ? Writing::kMayGoOn : Writing::kDone);
  if (sessions.empty()) throw std::runtime_error("there is no recording in these files");
  recording->others = sessions.size() - 1;
  recording->session = std::move(sessions.front());
  recording->growing = recording->session->growing();
  sum_up(*recording, task);
  return recording;
}

std::shared_ptr<const Recording> grown_recording(const Recording& before, bool is_written, const PoolJob::Task& task) {
  auto session = before.session->refresh();
  if (!session) {
    if (is_written) return nullptr;
    // Nobody writes it and it has no end: now that is what it is.
    return open_recording(before.files, task);
  }
  auto recording = std::make_shared<Recording>();
  recording->files = before.files;
  recording->session = std::move(session);
  recording->notes = before.notes;
  recording->others = before.others;
  recording->growing = recording->session->growing();
  sum_up(*recording, task);
  return recording;
}

analyzer::TimeSpan moments_of(const Recording& recording, const std::string& from, const std::string& to) {
  analyzer::TimeSpan span = analyzer::resolve_range(*recording.session, from, to);
  span.to_ns = std::min(span.to_ns, std::max<int64_t>(recording.duration_ns, span.from_ns + 1));
  return span;
}

Warning warning_about(const Recording& recording) {
  const analyzer::Result& summary = recording.summary;
  const analyzer::Coverage& coverage = summary.coverage;
  if (!summary.damage.empty()) {
    const analyzer::FileDamage& first = summary.damage.front();
    const size_t more = summary.damage.size() - 1;
    QString text =
        QStringLiteral("at byte %1: %2%3. What is shown is from what can be read; every number is marked ≥ or ±.")
            .arg(count_text(first.offset), plain_text(first.what, 120),
                 more || summary.more_damage
                     ? QStringLiteral(" (and %1 more places)")
                           .arg(count_text(more) + (summary.more_damage ? QStringLiteral("+") : QString()))
                     : QString());
    return {QStringLiteral("The file is damaged"), text, QStringLiteral("Show all"), Warning::Does::kShowDamage};
  }
  if (coverage.lost) {
    const double share =
        100.0 * static_cast<double>(coverage.lost) / static_cast<double>(coverage.lost + recording.events);
    return {QStringLiteral("%1 of %2 events were lost")
                .arg(count_text(coverage.lost), count_text(coverage.lost + recording.events)),
            QStringLiteral("%1 (%2 %): %3. Every number that this could have changed is marked ≥ (at least) or ± "
                           "(could be either way).")
                .arg(where(coverage).trimmed(), QString::number(share, 'g', 2), reasons(coverage)),
            QStringLiteral("Show where"), Warning::Does::kShowLosses};
  }
  if (!summary.has_end && !recording.growing)
    return {QStringLiteral("The recording has no end"),
            QStringLiteral("the recorder was killed or the file was cut off: what was recorded until then is shown, "
                           "and more may be missing."),
            QStringLiteral("Check the file"), Warning::Does::kShowDamage};
  if (!coverage.lost_known && !recording.growing)
    return {QStringLiteral("How much was lost is not known"),
            QStringLiteral("the recorder did not get to say so."),
            {},
            Warning::Does::kNothing};
  QStringList others;
  if (recording.others)
    others += QStringLiteral("%1 other recordings are in these files and not shown; open them on their own")
                  .arg(recording.others);
  for (const std::string& note : recording.notes) others += plain_text(note, 200);
  for (const std::string& shortfall : summary.shortfalls) others += plain_text(shortfall, 200);
  if (!others.isEmpty())
    return {QStringLiteral("Not all is shown"), others.join(QStringLiteral("; ")), {}, Warning::Does::kNothing};
  return {};
}

}  // namespace ebpftrace::gui
