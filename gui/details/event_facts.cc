// SPDX-License-Identifier: Apache-2.0
#include "gui/details/event_facts.h"

#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"
#include "gui/tables/cell_text.h"
#include "gui/tables/event_columns.h"

namespace ebpftrace::gui {
namespace {

using analyzer::Unit;

constexpr double kRemarkable = 10;  // times the median
constexpr qsizetype kLongest = 4000;

QString label_of(std::string_view field) {
  QString text = QString::fromUtf8(field.data(), static_cast<qsizetype>(field.size()));
  for (const QLatin1String unit : {QLatin1String("_ns"), QLatin1String("_bytes")})
    if (text.endsWith(unit)) text.chop(unit.size());
  return text.replace(u'_', u' ');
}

QString headline_of(const analyzer::EventRow& row) {
  QString text = plain_text(row.event);
  if (!row.is_call) return row.args.empty() ? text : text + QStringLiteral("  ") + plain_text(row.args, kLongest);
  text += u'(' + plain_text(row.args, kLongest) + u')';
  if (!row.result_text.empty()) text += QStringLiteral(" = ") + plain_text(row.result_text, kLongest);
  return text + QStringLiteral(" <") + event_text(row, EventColumn::kDuration) + u'>';
}

}  // namespace

CallMedians::CallMedians(const Recording& recording, std::stop_token stop) {
  analyzer::Asked asked;
  asked.stop = std::move(stop);
  const analyzer::Result answer = analyzer::ask(*analyzer::find_question("syscalls"), *recording.session, asked);
  const auto name = answer.column("syscall"), calls = answer.column("calls"), p50 = answer.column("p50_ns");
  if (!name || !calls || !p50) return;
  for (size_t row = 0; row < answer.rows(); ++row) {
    const analyzer::Cell call = answer.cell(row, *name), count = answer.cell(row, *calls),
                         median = answer.cell(row, *p50);
    if (!std::holds_alternative<std::string>(call) || !std::holds_alternative<uint64_t>(count)) continue;
    Median& of = by_name_[std::get<std::string>(call)];
    of.calls = std::get<uint64_t>(count);
    if (const auto* ns = std::get_if<uint64_t>(&median)) of.p50_ns = *ns;
  }
}

const CallMedians::Median* CallMedians::find(const std::string& call) const {
  const auto found = by_name_.find(call);
  return found == by_name_.end() ? nullptr : &found->second;
}

EventFacts event_facts(analyzer::EventRows& events, const analyzer::EventRef& event, const CallMedians* medians) {
  EventFacts facts;
  facts.row = events.row(event);
  if (!facts.row) return facts;
  const analyzer::EventRow& row = *facts.row;
  facts.headline = headline_of(row);
  auto add = [&](const QString& label, const QString& text, const char* field, analyzer::Cell cell, Unit unit,
                 bool fixed = false) {
    PickedValue value;
    if (field) {
      value.field = field;
      value.value = std::move(cell);
      value.unit = unit;
    }
    value.text = text;
    value.event = row.ref;
    value.moment_ns = row.time_ns;
    facts.lines.push_back({label, text, std::move(value), fixed});
  };
  const bool untimed = row.is_call && !row.duration_ns;  // only its end was looked at
  add(untimed ? QObject::tr("returned") : QObject::tr("began"),
      cell_text(row.time_ns, Unit::kTime) + QStringLiteral(" s") +
          (row.began_before ? QObject::tr(", before the recording") : QString()),
      nullptr, {}, Unit::kTime);
  if (row.duration_ns && !row.unfinished)
    add(QObject::tr("returned"),
        cell_text(row.time_ns + static_cast<int64_t>(*row.duration_ns), Unit::kTime) + QStringLiteral(" s"), nullptr,
        {}, Unit::kTime);
  if (row.unfinished && row.returns && !untimed)
    add(QObject::tr("returned"), QObject::tr("not while it was recorded"), nullptr, {}, Unit::kText);
  if (row.path) add(QObject::tr("file"), plain_text(*row.path), "path", *row.path, Unit::kText, true);
  if (row.failed) {
    const QString text = plain_text(row.result_text);
    add(QObject::tr("error"), text.startsWith(QLatin1String("-1 ")) ? text.mid(3) : text, "error",
        event_text(row, EventColumn::kResult).toStdString(), Unit::kText);
  }
  if (row.bytes)
    add(QObject::tr("moved"), bytes_text(static_cast<double>(*row.bytes)), "bytes", *row.bytes, Unit::kBytes);
  if (row.pid) {
    add(QObject::tr("process"), plain_text(row.process) + u' ' + QString::number(row.pid), "pid", uint64_t{row.pid},
        Unit::kIdentity);
    if (row.tid != row.pid)
      add(QObject::tr("thread"), QString::number(row.tid), "tid", uint64_t{row.tid}, Unit::kIdentity);
    const std::string ancestry = events.ancestry(event);
    if (!ancestry.empty())
      add(QObject::tr("ancestry"), plain_text(ancestry).replace(QStringLiteral(" > "), QStringLiteral(" › ")), nullptr,
          {}, Unit::kText);
  } else {
    add(QObject::tr("process"), QObject::tr("not described in this recording"), nullptr, {}, Unit::kText);
  }
  if (row.cpu)
    add(QObject::tr("CPU"), row.is_call ? QObject::tr("%1 at return").arg(*row.cpu) : QString::number(*row.cpu), "cpu",
        uint64_t{*row.cpu}, Unit::kIdentity);
  if (medians && row.duration_ns) {
    const CallMedians::Median* median = medians->find(row.event);
    if (median && median->p50_ns && *median->p50_ns && median->calls > 1) {
      const double times = static_cast<double>(*row.duration_ns) / static_cast<double>(*median->p50_ns);
      if (times >= kRemarkable) {
        facts.remark =
            QObject::tr("%1× the median of %2 such calls.").arg(short_count_text(times), count_text(median->calls));
        facts.remark_is_warning = true;
      } else {
        facts.remark = QObject::tr("The median of %1 such calls is %2.")
                           .arg(count_text(median->calls), duration_text(static_cast<double>(*median->p50_ns)));
      }
    }
  }
  for (const analyzer::EventField& field : events.fields(event)) {
    EventFacts::Line line;
    line.label = label_of(field.name);
    line.text = cell_text(field.value, field.unit, kLongest);
    line.value.field = field.name;
    line.value.value = field.value;
    line.value.unit = field.unit;
    line.value.text = exact_text(field.value, field.unit);
    line.value.event = row.ref;
    line.value.moment_ns = row.time_ns;
    if (!line.text.isEmpty()) facts.fields.push_back(std::move(line));
  }
  return facts;
}

}  // namespace ebpftrace::gui
