// SPDX-License-Identifier: Apache-2.0
#include "gui/tables/cell_text.h"

#include <QStringList>
#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"

namespace ebpftrace::gui {
namespace {

using analyzer::Cell;
using analyzer::Unit;

QString time_text(int64_t ns) {
  const uint64_t size = ns < 0 ? 0 - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  const uint64_t micros = size / 1000;
  return (ns < 0 ? QStringLiteral("−") : QString()) + QString::number(micros / 1'000'000) + u'.' +
         QString::number(micros % 1'000'000).rightJustified(6, u'0');
}

QString first_process_text(const analyzer::ProcessesCell& processes) {
  if (processes.empty()) return {};
  QString text = plain_text(processes.front().name) + u' ' + QString::number(processes.front().pid);
  if (processes.size() > 1) text += QStringLiteral(" and %1 more").arg(processes.size() - 1);
  return text;
}

QString number_text(double value, Unit unit) {
  switch (unit) {
    case Unit::kBytes:
      return bytes_text(value);
    case Unit::kDuration:
      return duration_text(value);
    default:
      return {};
  }
}

}  // namespace

QString cell_text(const Cell& cell, Unit unit, qsizetype most) {
  if (const auto* text = std::get_if<std::string>(&cell)) return plain_text(*text, most);
  if (const auto* truth = std::get_if<bool>(&cell)) return *truth ? QStringLiteral("yes") : QStringLiteral("no");
  if (const auto* number = std::get_if<uint64_t>(&cell)) {
    if (unit == Unit::kIdentity) return QString::number(*number);
    if (unit == Unit::kTime) return time_text(static_cast<int64_t>(*number));
    const QString text = number_text(static_cast<double>(*number), unit);
    return text.isEmpty() ? count_text(*number) : text;
  }
  if (const auto* number = std::get_if<int64_t>(&cell)) {
    if (unit == Unit::kTime) return time_text(*number);
    if (unit == Unit::kIdentity) return QString::number(*number);
    const QString text = number_text(static_cast<double>(*number), unit);
    if (!text.isEmpty()) return text;
    return *number < 0 ? QStringLiteral("−") + count_text(0 - static_cast<uint64_t>(*number))
                       : count_text(static_cast<uint64_t>(*number));
  }
  if (const auto* decimal = std::get_if<double>(&cell)) {
    if (!std::isfinite(*decimal)) return {};
    if (*decimal >= 1000 || *decimal == std::floor(*decimal)) return short_count_text(*decimal);
    return QString::number(*decimal, 'f', *decimal < 10 ? 2 : 1);
  }
  if (const auto* processes = std::get_if<analyzer::ProcessesCell>(&cell)) return first_process_text(*processes);
  return {};
}

QString exact_text(const Cell& cell, Unit unit) {
  if (const auto* text = std::get_if<std::string>(&cell)) return plain_text(*text);
  if (const auto* number = std::get_if<uint64_t>(&cell)) return QString::number(*number);
  if (const auto* number = std::get_if<int64_t>(&cell))
    return unit == Unit::kTime ? QString::number(static_cast<double>(*number) / 1e9, 'f', 9) : QString::number(*number);
  if (const auto* processes = std::get_if<analyzer::ProcessesCell>(&cell))
    return plain_text(analyzer::processes_text(*processes));
  return cell_text(cell, unit);
}

Certainty certainty_of(const analyzer::ResultColumn& column, bool events_were_lost) {
  if (!events_were_lost) return Certainty::kExact;
  // A number that counts nothing: how a process ended.
  if (column.name == "exit_code" || column.name == "exit_signal") return Certainty::kExact;
  switch (column.unit) {
    case Unit::kNumber:
    case Unit::kBytes:
      return Certainty::kAtLeast;
    case Unit::kDuration: {
      const std::string& name = column.name;
      const bool percentile = name.find("p50") != name.npos || name.find("p90") != name.npos ||
                              name.find("p99") != name.npos || name.starts_with("min");
      return percentile ? Certainty::kAbout : Certainty::kAtLeast;
    }
    case Unit::kDecimal:
      return Certainty::kAbout;
    default:
      return Certainty::kExact;
  }
}

QString marked(const QString& number, Certainty certainty) {
  if (number.isEmpty() || certainty == Certainty::kExact) return number;
  return (certainty == Certainty::kAtLeast ? QStringLiteral("≥ ") : QStringLiteral("± ")) + number;
}

bool is_to_the_right(Unit unit) { return unit != Unit::kText && unit != Unit::kProcesses && unit != Unit::kTruth; }

bool is_fixed_pitch(const analyzer::ResultColumn& column) {
  static constexpr std::array<std::string_view, 14> kNames = {"path",        "command", "args",     "source", "local",
                                                              "destination", "what",    "exe",      "cwd",    "peer",
                                                              "path2",       "argv",    "filename", "cgroup"};
  for (const std::string_view name : kNames)
    if (column.name == name) return true;
  return false;
}

std::optional<double> number_of(const Cell& cell) {
  if (const auto* number = std::get_if<uint64_t>(&cell)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<int64_t>(&cell)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<double>(&cell); number && std::isfinite(*number)) return *number;
  if (const auto* truth = std::get_if<bool>(&cell)) return *truth ? 1 : 0;
  if (const auto* processes = std::get_if<analyzer::ProcessesCell>(&cell); processes && !processes->empty())
    return processes->front().pid;
  return {};
}

bool is_before(const Cell& one, const Cell& other, bool descending) {
  const auto *text = std::get_if<std::string>(&one), *other_text = std::get_if<std::string>(&other);
  if (text && other_text) return descending ? *other_text < *text : *text < *other_text;
  if (text || other_text) return (text != nullptr) && (number_of(other) ? false : true);
  const auto *whole = std::get_if<uint64_t>(&one), *other_whole = std::get_if<uint64_t>(&other);
  if (whole && other_whole) return descending ? *other_whole < *whole : *whole < *other_whole;
  const auto *sign = std::get_if<int64_t>(&one), *other_sign = std::get_if<int64_t>(&other);
  if (sign && other_sign) return descending ? *other_sign < *sign : *sign < *other_sign;
  const auto number = number_of(one), other_number = number_of(other);
  if (!number || !other_number) return number && !other_number;
  return descending ? *other_number < *number : *number < *other_number;
}

QString heading_text(const analyzer::ResultColumn& column) {
  QString text = plain_text(column.heading.empty() ? column.name : column.heading).toLower().replace(u'_', u' ');
  static const std::array<QStringView, 8> kUpper = {u"pid", u"ppid", u"fd", u"cpu", u"i/o", u"rss", u"tid", u"ipc"};
  QStringList words = text.split(u' ');
  for (qsizetype i = 0; i < words.size(); ++i) {
    if (std::find(kUpper.begin(), kUpper.end(), words[i]) != kUpper.end())
      words[i] = words[i].toUpper();
    else if (i == 0 && !words[i].isEmpty())
      words[i][0] = words[i][0].toUpper();
  }
  text = words.join(u' ');
  if (column.unit == Unit::kTime) text += QStringLiteral(" (s)");
  return text;
}

}  // namespace ebpftrace::gui
