// SPDX-License-Identifier: Apache-2.0
#include "gui/tables/event_columns.h"

#include <QObject>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"
#include "gui/tables/cell_text.h"

namespace ebpftrace::gui {
namespace {

constexpr qsizetype kMostArguments = 600;
constexpr double kLeastBarNs = 100;

}  // namespace

const std::array<EventColumnLook, kEventColumns>& event_columns() {
  static const std::array<EventColumnLook, kEventColumns> columns = {{
      {EventColumn::kTime, "Time (s)", 82, true, false},
      {EventColumn::kCpu, "CPU", 40, true, false},
      {EventColumn::kThread, "Thread", 116, false, false},
      {EventColumn::kCall, "Call", 104, false, false},
      {EventColumn::kArguments, "Arguments", 420, false, true},
      {EventColumn::kResult, "Result", 88, false, false},
      {EventColumn::kDuration, "Duration", 84, true, false},
  }};
  return columns;
}

const char* grouping_field(EventColumn column) {
  switch (column) {
    case EventColumn::kCpu:
      return "cpu";
    case EventColumn::kThread:
      return "process";
    case EventColumn::kCall:
      return "syscall";
    case EventColumn::kArguments:
      return "path";
    case EventColumn::kResult:
      return "error";
    default:
      return nullptr;
  }
}

QString event_text(const analyzer::EventRow& row, EventColumn column) {
  switch (column) {
    case EventColumn::kTime:
      return cell_text(row.time_ns, analyzer::Unit::kTime);
    case EventColumn::kCpu:
      return row.cpu ? QString::number(*row.cpu) : QString();
    case EventColumn::kThread:
      return row.pid ? plain_text(row.process, 60) : QString();
    case EventColumn::kCall:
      return plain_text(row.event, 60);
    case EventColumn::kArguments:
      return plain_text(row.args, kMostArguments);
    case EventColumn::kResult: {
      if (!row.is_call) return {};
      if (row.unfinished) return row.returns ? QObject::tr("unfinished") : QString();
      if (row.failed) {
        // "-1 ENOENT (No such file or directory)": the name is what one looks for.
        const QString text = plain_text(row.result_text, 80);
        return text.startsWith(QLatin1String("-1 ")) ? text.mid(3).section(u' ', 0, 0) : text;
      }
      const std::string_view text = row.result_text;
      const size_t number = text.find_first_not_of("0123456789", text.starts_with('-') ? 1 : 0);
      if (row.result && (number == text.npos || text[number] == '<'))
        // Bytes are an amount; a process id, a descriptor or an offset is not read in thousands.
        return cell_text(*row.result, row.bytes ? analyzer::Unit::kNumber : analyzer::Unit::kIdentity);
      return plain_text(text, 60);
    }
    case EventColumn::kDuration:
      if (!row.duration_ns) return {};
      return marked(duration_text(static_cast<double>(*row.duration_ns)),
                    row.began_before || row.unfinished ? Certainty::kAtLeast : Certainty::kExact);
  }
  return {};
}

QString thread_number(const analyzer::EventRow& row) {
  return row.pid ? QString::number(row.tid ? row.tid : row.pid) : QString();
}

PickedValue event_value(const analyzer::EventRow& row, EventColumn column) {
  PickedValue value;
  value.event = row.ref;
  value.moment_ns = row.time_ns;
  value.text = event_text(row, column);
  auto set = [&](const char* field, analyzer::Cell cell, analyzer::Unit unit) {
    value.field = field;
    value.value = std::move(cell);
    value.unit = unit;
  };
  switch (column) {
    case EventColumn::kTime:
      set("time_ns", row.time_ns, analyzer::Unit::kTime);
      value.text = exact_text(row.time_ns, analyzer::Unit::kTime);
      break;
    case EventColumn::kCpu:
      if (row.cpu) set("cpu", uint64_t{*row.cpu}, analyzer::Unit::kIdentity);
      break;
    case EventColumn::kThread:
      if (!row.pid) break;
      set("process", row.process, analyzer::Unit::kText);
      for (const auto& [field, number] : {std::pair("pid", row.pid), std::pair("tid", row.tid)}) {
        if (value.others.size() == 1 && row.tid == row.pid) break;
        PickedValue other;
        other.field = field;
        other.value = uint64_t{number};
        other.unit = analyzer::Unit::kIdentity;
        other.text = QString::number(number);
        value.others.push_back(std::move(other));
      }
      break;
    case EventColumn::kCall:
      set("event", row.event, analyzer::Unit::kText);
      break;
    case EventColumn::kArguments:
      if (row.path) {
        set("path", *row.path, analyzer::Unit::kText);
        value.text = plain_text(*row.path);
      }
      break;
    case EventColumn::kResult:
      if (row.failed)
        set("error", value.text.toStdString(), analyzer::Unit::kText);
      else if (row.result)
        set("result", *row.result, analyzer::Unit::kSigned);
      break;
    case EventColumn::kDuration:
      if (row.duration_ns) {
        value.text = duration_text(static_cast<double>(*row.duration_ns));
        value.field = "duration_ns";
        value.value = *row.duration_ns;
        value.unit = analyzer::Unit::kDuration;
        // An exact number of nanoseconds is of one call: what is wanted are those that take as long.
        value.condition = "duration_ns >= " + std::to_string(*row.duration_ns);
        value.text.prepend(QStringLiteral("≥ "));
      }
      break;
  }
  return value;
}

double duration_bar(uint64_t duration_ns, uint64_t most_ns) {
  const auto value = static_cast<double>(duration_ns), most = std::max(static_cast<double>(most_ns), 10 * kLeastBarNs);
  if (value <= kLeastBarNs) return 0;
  return std::clamp(std::log(value / kLeastBarNs) / std::log(most / kLeastBarNs), 0.0, 1.0);
}

QString event_line(const analyzer::EventRow& row) {
  QString line = event_text(row, EventColumn::kTime) + u' ' + plain_text(row.process) + u' ' + thread_number(row) +
                 u' ' + plain_text(row.event);
  if (!row.is_call) return line + u' ' + plain_text(row.args);
  line += u'(' + plain_text(row.args) + u')';
  if (!row.result_text.empty()) line += QStringLiteral(" = ") + plain_text(row.result_text);
  return line + QStringLiteral(" <") + event_text(row, EventColumn::kDuration) + u'>';
}

}  // namespace ebpftrace::gui
