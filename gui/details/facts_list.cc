// SPDX-License-Identifier: Apache-2.0
#include "gui/details/facts_list.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QTextLayout>
#include <QTextOption>
#include <algorithm>

#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

constexpr int kSide = sizes::kWidePadding, kGap = 12, kLine = 17, kBetween = 3, kHeading = 28, kMostLines = 12;

// Draws (or only measures) a text on as many lines as it takes; the height.
int lay_text(QPainter* painter, const QString& text, const QFont& font, const QRect& room) {
  QTextLayout layout(text, font);
  QTextOption option;
  option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
  layout.setTextOption(option);
  layout.beginLayout();
  int lines = 0;
  for (QTextLine line = layout.createLine(); line.isValid() && lines < kMostLines;
       line = layout.createLine(), ++lines) {
    line.setLineWidth(std::max(40, room.width()));
    line.setPosition(QPointF(0, lines * kLine + (kLine - line.height()) / 2));
  }
  layout.endLayout();
  if (painter) layout.draw(painter, room.topLeft());
  return std::max(1, lines) * kLine;
}

}  // namespace

FactsList::FactsList(QWidget* parent) : QAbstractScrollArea(parent) {
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  viewport()->setMouseTracking(true);
  setAccessibleName(tr("Details of the event"));
}

void FactsList::setFacts(const EventFacts& facts) {
  lines_.clear();
  for (const EventFacts::Line& line : facts.lines) lines_.push_back({line});
  if (!facts.fields.empty()) {
    Placed heading;
    heading.heading = true;
    heading.line.label = tr("Every field it has");
    lines_.push_back(heading);
    for (const EventFacts::Line& line : facts.fields) lines_.push_back({line});
  }
  current_ = hovered_ = -1;
  layOut();
  verticalScrollBar()->setValue(0);
  setAccessibleDescription(accessibleText());
  viewport()->update();
}

void FactsList::clear() { setFacts({}); }

QString FactsList::accessibleText() const {
  QString text;
  for (const Placed& placed : lines_) text += placed.line.label + QStringLiteral(": ") + placed.line.text + u'\n';
  return text;
}

void FactsList::layOut() {
  const QFontMetrics metrics(text_font(sizes::kBaseText));
  label_width_ = 70;
  for (const Placed& placed : lines_)
    if (!placed.heading)
      label_width_ = std::max(label_width_, std::min(120, metrics.horizontalAdvance(placed.line.label)));
  int top = 4;
  for (Placed& placed : lines_) {
    placed.top = top;
    const QRect room(0, 0, viewport()->width() - label_width_ - kGap - 2 * kSide, 0);
    placed.height =
        placed.heading
            ? kHeading
            : lay_text(nullptr, placed.line.text,
                       placed.line.fixed_pitch ? fixed_font(sizes::kFixedText) : text_font(sizes::kBaseText), room) +
                  kBetween;
    top += placed.height;
  }
  total_ = top + 4;
  verticalScrollBar()->setRange(0, std::max(0, total_ - viewport()->height()));
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setSingleStep(kLine);
}

void FactsList::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  layOut();
}

int FactsList::lineAt(int y) const {
  y += verticalScrollBar()->value();
  for (size_t i = 0; i < lines_.size(); ++i)
    if (!lines_[i].heading && y >= lines_[i].top && y < lines_[i].top + lines_[i].height) return static_cast<int>(i);
  return -1;
}

void FactsList::paintEvent(QPaintEvent*) {
  const Colours& colours = colours_for(palette());
  QPainter painter(viewport());
  painter.fillRect(viewport()->rect(), colours.base);
  const int scrolled = verticalScrollBar()->value(), width = viewport()->width();
  for (size_t i = 0; i < lines_.size(); ++i) {
    const Placed& placed = lines_[i];
    const QRect place(0, placed.top - scrolled, width, placed.height);
    if (place.bottom() < 0 || place.top() > viewport()->height()) continue;
    if (placed.heading) {
      painter.fillRect(QRect(0, place.top() + 8, width, 1), colours.grid);
      painter.setFont(text_font(sizes::kCaptionText));
      painter.setPen(colours.muted);
      painter.drawText(place.adjusted(kSide, 10, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, placed.line.label);
      continue;
    }
    const bool current = static_cast<int>(i) == current_ && hasFocus();
    if (current)
      painter.fillRect(place, colours.gold_tint);
    else if (static_cast<int>(i) == hovered_)
      painter.fillRect(place, colours.hover);
    painter.setFont(text_font(sizes::kBaseText));
    painter.setPen(colours.muted);
    painter.drawText(QRect(kSide, place.top(), label_width_, kLine), Qt::AlignLeft | Qt::AlignVCenter,
                     QFontMetrics(painter.font()).elidedText(placed.line.label, Qt::ElideRight, label_width_));
    painter.setPen(colours.text);
    const QRect room(kSide + label_width_ + kGap, place.top(), width - label_width_ - kGap - 2 * kSide, placed.height);
    lay_text(&painter, placed.line.text,
             placed.line.fixed_pitch ? fixed_font(sizes::kFixedText) : text_font(sizes::kBaseText), room);
  }
}

void FactsList::mousePressEvent(QMouseEvent* event) {
  current_ = lineAt(event->position().toPoint().y());
  viewport()->update();
}

void FactsList::mouseMoveEvent(QMouseEvent* event) {
  const int line = lineAt(event->position().toPoint().y());
  if (line == hovered_) return;
  hovered_ = line;
  viewport()->update();
}

void FactsList::leaveEvent(QEvent*) {
  hovered_ = -1;
  viewport()->update();
}

void FactsList::keyPressEvent(QKeyEvent* event) {
  const int step = event->key() == Qt::Key_Down ? 1 : event->key() == Qt::Key_Up ? -1 : 0;
  if (event->matches(QKeySequence::Copy) && current_ >= 0) {
    QGuiApplication::clipboard()->setText(lines_[static_cast<size_t>(current_)].line.value.text);
    return;
  }
  if (!step || lines_.empty()) return QAbstractScrollArea::keyPressEvent(event);
  int next = std::clamp(current_ + step, 0, static_cast<int>(lines_.size()) - 1);
  if (lines_[static_cast<size_t>(next)].heading) next = std::clamp(next + step, 0, static_cast<int>(lines_.size()) - 1);
  current_ = next;
  const Placed& placed = lines_[static_cast<size_t>(current_)];
  if (placed.top < verticalScrollBar()->value()) verticalScrollBar()->setValue(placed.top);
  if (placed.top + placed.height > verticalScrollBar()->value() + viewport()->height())
    verticalScrollBar()->setValue(placed.top + placed.height - viewport()->height());
  viewport()->update();
}

void FactsList::contextMenuEvent(QContextMenuEvent* event) {
  QPoint global = event->globalPos();
  if (event->reason() == QContextMenuEvent::Mouse) current_ = lineAt(viewport()->mapFromGlobal(global).y());
  if (current_ < 0) return;
  const Placed& placed = lines_[static_cast<size_t>(current_)];
  if (event->reason() != QContextMenuEvent::Mouse)
    global = viewport()->mapToGlobal(
        QPoint(kSide + label_width_, placed.top + placed.height - verticalScrollBar()->value()));
  viewport()->update();
  emit valueMenuRequested(placed.line.value, global);
}

}  // namespace ebpftrace::gui
