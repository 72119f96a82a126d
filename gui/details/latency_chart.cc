// SPDX-License-Identifier: Apache-2.0
#include "gui/details/latency_chart.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "gui/style/palette.h"
#include "gui/style/quantity_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

constexpr int kCallsHeight = 28, kTimeHeight = 26, kAxis = 16, kBetween = 6, kLabel = 44, kWidestBar = 18, kTop = 4;

template <typename Values>
uint64_t sum_of(const Values& values) {
  return std::accumulate(values.begin(), values.end(), uint64_t{0});
}

}  // namespace

LatencyChart::LatencyChart(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Durations of the calls"));
  setMouseTracking(true);
}

QSize LatencyChart::sizeHint() const { return {280, kTop + kCallsHeight + kBetween + kTimeHeight + kAxis}; }
QSize LatencyChart::minimumSizeHint() const { return {160, sizeHint().height()}; }

void LatencyChart::setStatistics(const analyzer::CallStatistics& statistics) {
  octaves_ = statistics.octaves;
  setAccessibleDescription(accessibleText());
  update();
}

QString LatencyChart::accessibleText() const {
  QString text;
  for (const auto& octave : octaves_) {
    if (const uint64_t calls = sum_of(octave.calls))
      text += tr("from %1: %2 calls, %3; ")
                  .arg(duration_text(static_cast<double>(octave.from_ns)), count_text(calls),
                       duration_text(static_cast<double>(sum_of(octave.time_ns))));
  }
  return text;
}

double LatencyChart::left() const { return sizes::kWidePadding + kLabel; }

double LatencyChart::barWidth() const {
  const double room = width() - left() - sizes::kWidePadding;
  return octaves_.empty() ? 0 : std::min<double>(kWidestBar, room / static_cast<double>(octaves_.size()));
}

int LatencyChart::barAt(int x) const {
  if (octaves_.empty() || x < left()) return -1;
  const auto bar = static_cast<size_t>((x - left()) / barWidth());
  return bar < octaves_.size() ? static_cast<int>(bar) : -1;
}

void LatencyChart::paintEvent(QPaintEvent*) {
  const Colours& colours = colours_for(palette());
  QPainter painter(this);
  painter.fillRect(rect(), colours.base);
  painter.setFont(text_font(sizes::kCaptionText));
  const double bar = barWidth();
  const int calls_bottom = kTop + kCallsHeight, time_bottom = calls_bottom + kBetween + kTimeHeight;
  painter.setPen(colours.muted);
  painter.drawText(QRectF(sizes::kWidePadding, kTop, kLabel, kCallsHeight), Qt::AlignLeft | Qt::AlignBottom,
                   tr("calls"));
  painter.drawText(QRectF(sizes::kWidePadding, calls_bottom + kBetween, kLabel, kTimeHeight),
                   Qt::AlignLeft | Qt::AlignBottom, tr("time"));
  painter.fillRect(QRectF(left(), calls_bottom, width() - left() - sizes::kWidePadding, 1), colours.grid);
  painter.fillRect(QRectF(left(), time_bottom, width() - left() - sizes::kWidePadding, 1), colours.grid);
  uint64_t most_calls = 0, most_time = 0;
  for (const auto& octave : octaves_) {
    most_calls = std::max(most_calls, sum_of(octave.calls));
    most_time = std::max(most_time, sum_of(octave.time_ns));
  }
  if (!most_calls)
    painter.drawText(QRectF(left(), kTop, width() - left() - sizes::kWidePadding, kCallsHeight),
                     Qt::AlignLeft | Qt::AlignVCenter, tr("no call here whose duration is known"));
  // What the whole bar's height stands for is shared out by class.
  auto stack = [&](double x, int bottom, double height, const auto& values) {
    const auto all = static_cast<double>(sum_of(values));
    double y = bottom;
    for (size_t of = 0; of < values.size(); ++of) {
      if (!values[of]) continue;
      const double part = height * static_cast<double>(values[of]) / all;
      painter.fillRect(QRectF(x, y - part, std::max(1.0, bar - 2), part), colours.classes[of]);
      y -= part;
    }
  };
  for (size_t i = 0; i < octaves_.size(); ++i) {
    const double x = left() + static_cast<double>(i) * bar;
    if (const uint64_t calls = sum_of(octaves_[i].calls))
      stack(x, calls_bottom,
            std::max(1.5, kCallsHeight * std::log1p(static_cast<double>(calls)) /
                              std::log1p(static_cast<double>(most_calls))),
            octaves_[i].calls);
    if (const uint64_t time = sum_of(octaves_[i].time_ns); time && most_time)
      stack(x, time_bottom, std::max(1.0, kTimeHeight * static_cast<double>(time) / static_cast<double>(most_time)),
            octaves_[i].time_ns);
  }
  // Powers of ten where an octave has one, as far apart as they can be read.
  painter.setPen(colours.muted);
  double free_from = left() - 8;
  for (double ten = 10; ten < 1e12; ten *= 10) {
    for (size_t i = 0; i < octaves_.size(); ++i) {
      const double from = static_cast<double>(octaves_[i].from_ns), to = std::max(2.0, 2 * from);
      if (ten < from || ten >= to) continue;
      const double x = left() + (static_cast<double>(i) + (from > 0 ? std::log2(ten / from) : 0)) * bar;
      const QString text = duration_text(ten);
      const double wide = QFontMetricsF(painter.font()).horizontalAdvance(text);
      if (x - wide / 2 < free_from || x + wide / 2 > width() - 2) continue;
      painter.fillRect(QRectF(x, time_bottom, 1, 3), colours.tick);
      painter.drawText(QRectF(x - wide / 2 - 2, time_bottom + 2, wide + 4, kAxis - 2), Qt::AlignCenter, text);
      free_from = x + wide / 2 + 8;
    }
  }
}

void LatencyChart::mouseDoubleClickEvent(QMouseEvent* event) {
  const int bar = barAt(event->position().toPoint().x());
  if (bar < 0) return;
  const uint64_t from = octaves_[static_cast<size_t>(bar)].from_ns;
  emit conditionRequested(
      QStringLiteral("duration >= %1ns && duration < %2ns").arg(from).arg(std::max<uint64_t>(2, 2 * from)));
}

bool LatencyChart::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const int bar = barAt(help->pos().x());
  if (bar < 0 || !sum_of(octaves_[static_cast<size_t>(bar)].calls)) {
    QToolTip::hideText();
    return true;
  }
  const auto& octave = octaves_[static_cast<size_t>(bar)];
  QToolTip::showText(
      help->globalPos(),
      tr("%1 to %2: %3 calls, %4 together\nDouble click: only these")
          .arg(duration_text(static_cast<double>(octave.from_ns)),
               duration_text(std::max(2.0, 2 * static_cast<double>(octave.from_ns))), count_text(sum_of(octave.calls)),
               duration_text(static_cast<double>(sum_of(octave.time_ns)))),
      this);
  return true;
}

}  // namespace ebpftrace::gui
