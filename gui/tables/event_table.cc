// SPDX-License-Identifier: Apache-2.0
#include "gui/tables/event_table.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QDrag>
#include <QGuiApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPushButton>
#include <QScrollBar>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/style/palette.h"
#include "gui/style/quantity_text.h"
#include "gui/style/shown_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"
#include "gui/tables/dragged_field.h"

namespace ebpftrace::gui {
namespace {

constexpr int kSide = 8, kMark = 4, kGap = 6, kEdge = 3, kGrip = 4, kNarrowest = 32;
constexpr int kRowsAWheelStep = 3;

}  // namespace

EventTable::EventTable(EventSource& source, QWidget* parent)
    : QAbstractScrollArea(parent), source_(source), more_(new QPushButton(viewport())) {
  more_->hide();
  connect(more_, &QPushButton::clicked, this, &EventTable::showMoreRequested);
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  viewport()->setMouseTracking(true);
  setAccessibleName(tr("Events"));
  setFont(text_font(sizes::kBaseText));
  for (const EventColumnLook& look : event_columns()) widths_[static_cast<size_t>(look.column)] = look.width;
  connect(&source_, &EventSource::reset, this, [this] {
    if (!source_.counted()) {
      current_.reset();
      top_ = 0;
    }
    updateScrollBars();
    if (wanted_ && source_.counted()) selectEvent(*wanted_);
    viewport()->update();
  });
  connect(&source_, &EventSource::grown, this, [this](std::optional<uint64_t> top, std::optional<uint64_t> current) {
    const bool at_end = top_ > 0 && top_ == map_.lastTop() && !current_;
    if (current_) current_ = current;
    updateScrollBars();
    if (at_end)
      setTop(map_.lastTop());
    else if (top)
      setTop(*top);
    if (wanted_) selectEvent(*wanted_);
    viewport()->update();
  });
  connect(&source_, &EventSource::pageRead, this, [this] {
    if (tell_when_read_ && current_ && source_.heldRow(*current_)) tellCurrent();
    viewport()->update();
  });
}

uint64_t EventTable::visibleRows() const {
  return static_cast<uint64_t>(std::max(1, (viewport()->height() - sizes::kTableHeader) / sizes::kRow));
}

QString EventTable::emptyText() const {
  if (!source_.error().isEmpty()) return source_.error().section(u'\n', 0, 0);
  if (!source_.counted()) return tr("Counting events…");
  return source_.rows() ? QString() : why_empty_;
}

void EventTable::setWhyEmpty(const QString& sentence, const QString& button) {
  why_empty_ = sentence;
  more_->setText(button);
  placeMore();
  viewport()->update();
}

void EventTable::placeMore() {
  more_->setVisible(!more_->text().isEmpty() && source_.error().isEmpty() && source_.counted() && !source_.rows());
  const QSize size = more_->sizeHint();
  // Below the sentence, which is in the middle.
  more_->setGeometry((viewport()->width() - size.width()) / 2,
                     (viewport()->height() + sizes::kTableHeader) / 2 + sizes::kRow, size.width(), size.height());
}

int EventTable::totalWidth() const {
  int sum = 0;
  for (const int width : widths_) sum += width;
  return sum;
}

// What is left over, or too much, is the arguments'.
void EventTable::layOut() {
  if (widths_by_hand_) return;
  int others = 0;
  for (const EventColumnLook& look : event_columns())
    if (look.column != EventColumn::kArguments) others += widths_[static_cast<size_t>(look.column)];
  widths_[static_cast<size_t>(EventColumn::kArguments)] = std::max(110, viewport()->width() - others);
}

void EventTable::updateScrollBars() {
  placeMore();
  layOut();
  map_ = ScrollMap(source_.rows(), visibleRows());
  scrolling_ = true;
  verticalScrollBar()->setRange(0, map_.maximum());
  verticalScrollBar()->setPageStep(static_cast<int>(visibleRows()));
  verticalScrollBar()->setSingleStep(1);
  horizontalScrollBar()->setRange(0, std::max(0, totalWidth() - viewport()->width()));
  horizontalScrollBar()->setPageStep(viewport()->width());
  horizontalScrollBar()->setSingleStep(20);
  top_ = std::min(top_, map_.lastTop());
  verticalScrollBar()->setValue(map_.valueOf(top_));
  scrolling_ = false;
}

void EventTable::setTop(uint64_t row) {
  top_ = std::min(row, map_.lastTop());
  scrolling_ = true;
  verticalScrollBar()->setValue(map_.valueOf(top_));
  scrolling_ = false;
  viewport()->update();
}

void EventTable::scrollContentsBy(int, int) {
  if (!scrolling_) top_ = map_.topOf(verticalScrollBar()->value());
  viewport()->update();
}

void EventTable::makeVisible(uint64_t row) {
  const uint64_t visible = visibleRows();
  if (row < top_ || row >= top_ + visible) setTop(row > visible / 3 ? row - visible / 3 : 0);
}

void EventTable::grow(std::shared_ptr<const Recording> recording) {
  EventSource::Place place;
  place.visible = visibleRows();
  place.at_end = top_ > 0 && top_ == map_.lastTop() && !current_;
  if (const analyzer::EventRow* row = source_.heldRow(top_); row && top_ > 0) place.top = row->ref;
  if (const analyzer::EventRow* row = current_ ? source_.heldRow(*current_) : nullptr) place.current = row->ref;
  source_.grow(std::move(recording), place);
}

void EventTable::setCurrentRow(uint64_t row) {
  if (!source_.rows()) return;
  row = std::min(row, source_.rows() - 1);
  wanted_.reset();
  current_ = row;
  if (row < top_) setTop(row);
  if (row >= top_ + visibleRows()) setTop(row - visibleRows() + 1);
  tell_when_read_ = true;
  if (source_.row(row)) tellCurrent();
  viewport()->update();
}

void EventTable::tellCurrent() {
  tell_when_read_ = false;
  const analyzer::EventRow* row = source_.heldRow(*current_);
  if (!row) return;
  setAccessibleDescription(event_line(*row));
  QAccessibleEvent event(this, QAccessible::DescriptionChanged);
  QAccessible::updateAccessibility(&event);
  emit currentChanged(*row);
}

void EventTable::selectEvent(const analyzer::EventRef& event) {
  wanted_ = event;
  if (!source_.counted()) return;
  source_.find(event, [this, event](std::optional<uint64_t> offset) {
    if (wanted_ != event) return;
    wanted_.reset();
    current_ = offset;
    if (offset) makeVisible(*offset);
    viewport()->update();
  });
}

void EventTable::showTime(int64_t ns) {
  source_.findTime(ns, [this](std::optional<uint64_t> offset) {
    if (offset) setTop(*offset);
  });
}

void EventTable::clearCurrent() {
  current_.reset();
  wanted_.reset();
  viewport()->update();
}

std::optional<uint64_t> EventTable::rowAt(const QPoint& point) const {
  if (point.y() < sizes::kTableHeader) return {};
  const uint64_t row = top_ + static_cast<uint64_t>((point.y() - sizes::kTableHeader) / sizes::kRow);
  return row < source_.rows() ? std::optional(row) : std::nullopt;
}

size_t EventTable::columnAt(int x) const {
  int right = -horizontalScrollBar()->value();
  for (size_t i = 0; i < kEventColumns; ++i) {
    right += widths_[i];
    if (x < right) return i;
  }
  return kEventColumns - 1;
}

std::optional<size_t> EventTable::edgeAt(const QPoint& point) const {
  if (point.y() >= sizes::kTableHeader) return {};
  int right = -horizontalScrollBar()->value();
  for (size_t i = 0; i < kEventColumns; ++i) {
    right += widths_[i];
    if (std::abs(point.x() - right) <= kGrip) return i;
  }
  return {};
}

void EventTable::paintHeader(QPainter& painter) {
  const Colours& colours = colours_for(palette());
  const QRect all(0, 0, viewport()->width(), sizes::kTableHeader);
  painter.fillRect(all, colours.window);
  painter.setFont(text_font(sizes::kSecondText));
  int x = -horizontalScrollBar()->value();
  for (const EventColumnLook& look : event_columns()) {
    const int width = widths_[static_cast<size_t>(look.column)];
    const QRect place(x + kSide, 0, width - 2 * kSide, sizes::kTableHeader);
    painter.setPen(colours.muted);
    painter.drawText(place, static_cast<int>((look.to_the_right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter),
                     QString::fromLatin1(look.heading));
    painter.fillRect(QRect(x + width - 1, 4, 1, sizes::kTableHeader - 8), colours.border);
    x += width;
  }
  painter.fillRect(QRect(0, sizes::kTableHeader - 1, all.width(), 1), colours.border);
}

void EventTable::paintRow(QPainter& painter, const analyzer::EventRow* row, const QRect& place, bool odd, bool current,
                          bool hovered) {
  const Colours& colours = colours_for(palette());
  QColor background = odd ? colours.alternate : colours.base;
  if (hovered) background = colours.hover;
  if (current) background = colours.gold_tint;
  painter.fillRect(place, background);
  if (!row) {
    painter.setPen(colours.muted);
    painter.setFont(text_font(sizes::kBaseText));
    painter.drawText(place.adjusted(kSide, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, QStringLiteral("…"));
    return;
  }
  static const QFont text = text_font(sizes::kBaseText), fixed = fixed_font(sizes::kRulerText);
  const QFontMetrics metrics(text), fixed_metrics(fixed);
  int x = place.left();
  for (const EventColumnLook& look : event_columns()) {
    const int width = widths_[static_cast<size_t>(look.column)];
    QRect room(x + kSide, place.top(), width - 2 * kSide, place.height());
    x += width;
    if (room.right() < 0 || room.left() > viewport()->width()) continue;
    QString shown = event_text(*row, look.column);
    painter.setFont(look.fixed_pitch ? fixed : text);
    painter.setPen(colours.text);
    const QFontMetrics& own = look.fixed_pitch ? fixed_metrics : metrics;
    const QColor of_class = row->is_call ? colours.classes[static_cast<size_t>(row->call_class)] : colours.border;
    if (look.column == EventColumn::kCpu || look.column == EventColumn::kTime)
      painter.setPen(look.column == EventColumn::kCpu ? colours.muted : colours.text);
    if (look.column == EventColumn::kCall) {
      painter.fillRect(QRect(room.left(), place.center().y() - 5, kMark, 12), of_class);
      room.setLeft(room.left() + kMark + kGap);
    }
    if (look.column == EventColumn::kResult && row->failed) painter.setPen(colours.error_text);
    if (look.column == EventColumn::kDuration && row->duration_ns) {
      const int bar = static_cast<int>(duration_bar(*row->duration_ns, most_duration_ns_) * (width - 4));
      painter.fillRect(QRect(room.right() + kSide - 1 - bar, place.top() + 2, bar, place.height() - 4),
                       mixed(of_class, background, colours.dark ? 0.30 : 0.20));
    }
    if (look.column == EventColumn::kThread && row->pid) {
      const QString number = thread_number(*row);
      const int number_width = metrics.horizontalAdvance(number);
      shown = metrics.elidedText(shown, Qt::ElideRight, std::max(0, room.width() - number_width - kGap));
      painter.drawText(room, Qt::AlignVCenter | Qt::AlignLeft, shown);
      painter.setPen(colours.muted);
      painter.drawText(room.adjusted(metrics.horizontalAdvance(shown) + kGap, 0, 0, 0),
                       Qt::AlignVCenter | Qt::AlignLeft, number);
      continue;
    }
    if (look.to_the_right) {
      if (own.horizontalAdvance(shown) > room.width() + kSide) shown = QStringLiteral("…");
      painter.drawText(room, Qt::AlignVCenter | Qt::AlignRight, shown);
    } else {
      painter.drawText(room, Qt::AlignVCenter | Qt::AlignLeft,
                       own.elidedText(shown, elide_mode_of(shown), room.width()));
    }
  }
}

void EventTable::paintEvent(QPaintEvent*) {
  const Colours& colours = colours_for(palette());
  QPainter painter(viewport());
  painter.fillRect(viewport()->rect(), colours.base);
  const QString empty = emptyText();
  if (!empty.isEmpty()) {
    painter.setPen(source_.error().isEmpty() ? colours.muted : colours.error_text);
    painter.setFont(text_font(sizes::kMenuText));
    painter.drawText(viewport()->rect().adjusted(16, sizes::kTableHeader, -16, 0), Qt::AlignCenter | Qt::TextWordWrap,
                     empty);
  }
  // Of what is in view and held: bars are compared within the page that one sees.
  const uint64_t rows = std::min(visibleRows() + 1, source_.rows() - std::min(top_, source_.rows()));
  most_duration_ns_ = 0;
  for (uint64_t i = 0; i < rows; ++i)
    if (const analyzer::EventRow* row = source_.heldRow(top_ + i))
      most_duration_ns_ = std::max(most_duration_ns_, row->duration_ns.value_or(0));
  for (uint64_t i = 0; i < rows; ++i) {
    const uint64_t at = top_ + i;
    const QRect place(-horizontalScrollBar()->value(), sizes::kTableHeader + static_cast<int>(i) * sizes::kRow,
                      std::max(totalWidth(), viewport()->width() + horizontalScrollBar()->value()), sizes::kRow);
    const bool current = current_ == at;
    paintRow(painter, source_.row(at), place, at % 2 != 0, current, hovered_ == at && !current);
    if (current) painter.fillRect(QRect(0, place.top(), kEdge, place.height()), colours.gold);
  }
  paintHeader(painter);
  if (hasFocus()) {
    painter.setPen(colours.gold);
    painter.drawRect(viewport()->rect().adjusted(0, 0, -1, -1));
  }
}

void EventTable::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  const bool at_end = top_ > 0 && top_ == map_.lastTop() && !current_;
  updateScrollBars();
  if (at_end) setTop(map_.lastTop());
}

void EventTable::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const QPoint point = event->position().toPoint();
  if (const auto edge = edgeAt(point)) {
    dragged_edge_ = edge;
    drag_from_ = point.x();
    drag_width_ = widths_[*edge];
    return;
  }
  current_column_ = columnAt(point.x());
  if (point.y() < sizes::kTableHeader) {
    pressed_heading_ = current_column_;
    drag_from_ = point.x();
  }
  if (const auto row = rowAt(point)) setCurrentRow(*row);
}

// Into the pivot, which groups by it.
void EventTable::dragHeading() {
  const auto at = std::exchange(pressed_heading_, std::nullopt);
  const char* field = at ? grouping_field(event_columns()[*at].column) : nullptr;
  if (!field) return;
  auto* drag = new QDrag(this);
  drag->setMimeData(drag_of(field));
  drag->exec(Qt::CopyAction);
}

void EventTable::mouseMoveEvent(QMouseEvent* event) {
  const QPoint point = event->position().toPoint();
  if (dragged_edge_) {
    widths_by_hand_ = true;
    widths_[*dragged_edge_] = std::max(kNarrowest, drag_width_ + point.x() - drag_from_);
    updateScrollBars();
    viewport()->update();
    return;
  }
  if (pressed_heading_ && std::hypot(point.x() - drag_from_, std::min(0, sizes::kTableHeader - point.y())) >=
                              QApplication::startDragDistance())
    return dragHeading();
  viewport()->setCursor(edgeAt(point) ? Qt::SplitHCursor : Qt::ArrowCursor);
  const auto row = rowAt(point);
  if (row == hovered_) return;
  hovered_ = row;
  viewport()->update();
}

void EventTable::mouseReleaseEvent(QMouseEvent*) {
  dragged_edge_.reset();
  pressed_heading_.reset();
}

void EventTable::mouseDoubleClickEvent(QMouseEvent* event) {
  const auto at = rowAt(event->position().toPoint());
  if (!at) return;
  if (const analyzer::EventRow* row = source_.row(*at)) emit eventChosen(*row);
}

void EventTable::leaveEvent(QEvent*) {
  hovered_.reset();
  viewport()->update();
}

void EventTable::wheelEvent(QWheelEvent* event) {
  if (event->angleDelta().x() || event->modifiers() & Qt::ShiftModifier) return QAbstractScrollArea::wheelEvent(event);
  wheel_rest_ += event->angleDelta().y();
  const int steps = wheel_rest_ * kRowsAWheelStep / 120;
  wheel_rest_ -= steps * 120 / kRowsAWheelStep;
  if (steps > 0)
    setTop(top_ > static_cast<uint64_t>(steps) ? top_ - static_cast<uint64_t>(steps) : 0);
  else if (steps < 0)
    setTop(top_ + static_cast<uint64_t>(-steps));
  event->accept();
}

void EventTable::keyPressEvent(QKeyEvent* event) {
  const uint64_t rows = source_.rows(), page = visibleRows(), now = current_.value_or(top_);
  switch (event->key()) {
    case Qt::Key_Down:
      return setCurrentRow(current_ ? now + 1 : now);
    case Qt::Key_Up:
      return setCurrentRow(now ? now - 1 : 0);
    case Qt::Key_PageDown:
      return setCurrentRow(now + page);
    case Qt::Key_PageUp:
      return setCurrentRow(now > page ? now - page : 0);
    case Qt::Key_Home:
      return setCurrentRow(0);
    case Qt::Key_End:
      return setCurrentRow(rows ? rows - 1 : 0);
    case Qt::Key_Left:
      current_column_ = current_column_ ? current_column_ - 1 : 0;
      return;
    case Qt::Key_Right:
      current_column_ = std::min(current_column_ + 1, kEventColumns - 1);
      return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (const analyzer::EventRow* row = current_ ? source_.heldRow(*current_) : nullptr) emit eventChosen(*row);
      return;
    default:
      break;
  }
  if (event->matches(QKeySequence::Copy) && current_) {
    if (const analyzer::EventRow* row = source_.heldRow(*current_))
      QGuiApplication::clipboard()->setText(event_line(*row));
    return;
  }
  event->ignore();
}

void EventTable::contextMenuEvent(QContextMenuEvent* event) {
  QPoint global = event->globalPos();
  if (event->reason() == QContextMenuEvent::Mouse) {
    const QPoint point = viewport()->mapFromGlobal(global);
    current_column_ = columnAt(point.x());
    if (const auto row = rowAt(point)) setCurrentRow(*row);
  } else if (current_) {
    global = viewport()->mapToGlobal(
        QPoint(kSide, sizes::kTableHeader + static_cast<int>(*current_ - std::min(top_, *current_) + 1) * sizes::kRow));
  }
  if (const analyzer::EventRow* row = current_ ? source_.heldRow(*current_) : nullptr)
    emit valueMenuRequested(event_value(*row, static_cast<EventColumn>(current_column_)), global);
}

bool EventTable::viewportEvent(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const auto at = rowAt(help->pos());
    const analyzer::EventRow* row = at ? source_.heldRow(*at) : nullptr;
    const auto column = static_cast<EventColumn>(columnAt(help->pos().x()));
    const QString text = row ? event_text(*row, column) : QString();
    if (column == EventColumn::kArguments && text.size() > 30)
      QToolTip::showText(help->globalPos(), QStringLiteral("<span>") + text.toHtmlEscaped() + QStringLiteral("</span>"),
                         this);
    else
      QToolTip::hideText();
    return true;
  }
  return QAbstractScrollArea::viewportEvent(event);
}

}  // namespace ebpftrace::gui
