// SPDX-License-Identifier: Apache-2.0
#include "gui/filter/picked_value.h"

#include <array>
#include <string_view>

#include "analyzer/api/filter.h"

namespace ebpftrace::gui {
namespace {

QString negated(const std::string& condition) { return QStringLiteral("!(%1)").arg(QString::fromStdString(condition)); }

}  // namespace

ValueConditions conditions_of(const analyzer::Session& session, const PickedValue& value) {
  if (!value.condition.empty()) return {QString::fromStdString(value.condition), negated(value.condition)};
  if (const auto* processes = std::get_if<analyzer::ProcessesCell>(&value.value)) {
    if (processes->empty()) return {};
    QString pids;
    for (const analyzer::ProcessCell& one : *processes) pids += (pids.isEmpty() ? "" : ", ") + QString::number(one.pid);
    const QString condition = QStringLiteral("pid in {%1}").arg(pids);
    return {condition, negated(condition.toStdString())};
  }
  const auto only = analyzer::condition_for(session, "events", value.field, value.value, false);
  const auto exclude = analyzer::condition_for(session, "events", value.field, value.value, true);
  if (!only || !exclude) return {};
  return {QString::fromStdString(*only), QString::fromStdString(*exclude)};
}

bool can_colour_by(const analyzer::Session& session, const std::string& field) {
  static constexpr std::array<std::string_view, 14> kFields = {"class",     "errno",  "error", "duration_ns", "process",
                                                               "file_type", "failed", "user",  "syscall",     "cpu",
                                                               "container", "uid",    "event", "pid"};
  if (!session.relation("events")) return false;
  for (const std::string_view one : kFields)
    if (one == field) return true;
  return false;
}

QString short_value(const PickedValue& value) {
  constexpr qsizetype kMost = 36;
  return value.text.size() > kMost ? value.text.left(kMost - 1) + u'…' : value.text;
}

}  // namespace ebpftrace::gui
