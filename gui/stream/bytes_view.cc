// SPDX-License-Identifier: Apache-2.0
#include "gui/stream/bytes_view.h"

#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <algorithm>
#include <cmath>

#include "gui/stream/conversation.h"
#include "gui/style/quantity_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

constexpr int kLine = 17, kSide = 10, kBetween = 16, kHeader = sizes::kTableHeader, kBar = 12, kBarRow = 18,
              kStrip = 3 * kBarRow + 18, kBarLabel = 52, kMostLinesShown = INT_MAX / 2;
constexpr unsigned kBytes = 16;

// Of so many characters of the fixed font, whose width need not be whole pixels.
int width_of(qsizetype characters) {
  return static_cast<int>(std::ceil(QFontMetricsF(fixed_font(sizes::kFixedText)).horizontalAdvance(u'0') *
                                    static_cast<double>(characters)));
}
constexpr qsizetype kHexCharacters = 3 * kBytes;

}  // namespace

BytesView::BytesView(QWidget* parent) : QAbstractScrollArea(parent) {
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Bytes by offset"));
  setMinimumWidth(260);
  hatches_ = Hatches(colours_for(palette()), devicePixelRatioF());
}

const WayStory* BytesView::story() const { return whole_ ? &whole_->ways[static_cast<size_t>(way_)] : nullptr; }

void BytesView::setStory(std::shared_ptr<const StreamStory> story, StreamWay way) {
  if (story == whole_ && way == way_) return;
  whole_ = std::move(story);
  way_ = way;
  marked_ = marked_bytes_ = 0;
  verticalScrollBar()->setValue(0);
  updateScrollBar();
  viewport()->update();
}

void BytesView::mark(uint64_t offset, uint64_t bytes) {
  marked_ = offset;
  marked_bytes_ = bytes;
  if (const WayStory* of = story()) {
    const uint64_t line = of->lineOf(offset);
    const auto top = static_cast<uint64_t>(verticalScrollBar()->value());
    const auto rows = static_cast<uint64_t>(std::max(1, verticalScrollBar()->pageStep()));
    if (line < top || line + 2 > top + rows)
      verticalScrollBar()->setValue(static_cast<int>(std::min<uint64_t>(line, kMostLinesShown)));
  }
  viewport()->update();
}

BytesView::Columns BytesView::layOut() const {
  const WayStory* of = story();
  const bool both = of && of->written.bytes && of->read.bytes;
  Columns columns{kSide, 0, 0, 0, 0, both};
  columns.written =
      columns.offset +
      width_of(std::max<qsizetype>(
          4, offsetText(of && !of->runs.empty() ? of->runs.back().offset + of->runs.back().bytes : 0).size())) +
      kBetween;
  columns.read = columns.written + width_of(kHexCharacters) + kBetween;
  columns.text = both ? columns.read + width_of(kHexCharacters) + kBetween : columns.read;
  columns.end = columns.text + width_of(kBytes) + kSide;
  return columns;
}

QString BytesView::offsetText(uint64_t offset) const { return QStringLiteral("%1").arg(offset, 4, 16, QChar(u'0')); }

void BytesView::updateScrollBar() {
  const WayStory* of = story();
  const int rows = std::max(1, (viewport()->height() - kHeader - kStrip) / kLine);
  const uint64_t lines = of ? of->lines : 0;
  verticalScrollBar()->setRange(
      0, static_cast<int>(std::min<uint64_t>(
             lines > static_cast<uint64_t>(rows) ? lines - static_cast<uint64_t>(rows) : 0, kMostLinesShown)));
  verticalScrollBar()->setPageStep(rows);
  verticalScrollBar()->setSingleStep(3);
  const int width = layOut().end;
  horizontalScrollBar()->setRange(0, std::max(0, width - viewport()->width()));
  horizontalScrollBar()->setPageStep(viewport()->width());
}

void BytesView::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  updateScrollBar();
}

void BytesView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) hatches_ = Hatches(colours_for(palette()), devicePixelRatioF());
  QAbstractScrollArea::changeEvent(event);
}

void BytesView::keyPressEvent(QKeyEvent* event) {
  QScrollBar* bar = verticalScrollBar();
  switch (event->key()) {
    case Qt::Key_Down:
      return bar->setValue(bar->value() + 1);
    case Qt::Key_Up:
      return bar->setValue(bar->value() - 1);
    case Qt::Key_Home:
      return bar->setValue(0);
    case Qt::Key_End:
      return bar->setValue(bar->maximum());
    default:
      QAbstractScrollArea::keyPressEvent(event);
  }
}

namespace {

QString side_text(const StreamSide::Window& window, unsigned length) {
  QString text;
  for (unsigned i = 0; i < length; ++i) {
    if (i) text += i == 8 ? QStringLiteral("  ") : QStringLiteral(" ");
    text +=
        window.known >> i & 1 ? QStringLiteral("%1").arg(window.bytes[i], 2, 16, QChar(u'0')) : QStringLiteral("··");
  }
  return text;
}

QString characters(const StreamSide::Window& written, const StreamSide::Window& read, unsigned length) {
  QString text;
  for (unsigned i = 0; i < length; ++i) {
    const uint8_t byte = written.known >> i & 1 ? written.bytes[i] : read.bytes[i];
    const bool known = (written.known | read.known) >> i & 1;
    text += known && byte >= 0x20 && byte < 0x7f ? QChar(byte) : QChar(0x00b7);
  }
  return text;
}

}  // namespace

QString BytesView::lineText(uint64_t line) const {
  const WayStory* of = story();
  const OffsetRun* run = of ? of->runAt(line) : nullptr;
  if (!run) return {};
  if (!run->known) return tr("gap, %1 B: %2").arg(count_text(run->bytes), gap_reason(run->gap));
  const uint64_t offset = run->offset + (line - run->first_line) * kBytes;
  const auto length = static_cast<unsigned>(std::min<uint64_t>(kBytes, run->offset + run->bytes - offset));
  const auto written = of->written.window(offset, length), read = of->read.window(offset, length);
  QString text = offsetText(offset);
  if (of->written.bytes) text += QStringLiteral("  ") + side_text(written, length);
  if (of->read.bytes) text += QStringLiteral("  ") + side_text(read, length);
  return text + QStringLiteral("  ") + characters(written, read, length);
}

// Calls of the writer, of the reader, and what is known of either, over all offsets.
void BytesView::paintStrip(QPainter& painter, const QRect& place) const {
  const WayStory& of = *story();
  const Colours& colours = colours_for(palette());
  const uint64_t all = std::max<uint64_t>(1, std::max(of.written.bytes, of.read.bytes));
  const QRect bars(place.left() + kSide + kBarLabel, place.top() + 6, place.width() - 2 * kSide - kBarLabel - 8, kBar);
  auto x_of = [&](uint64_t offset) {
    return bars.left() + static_cast<int>(static_cast<double>(offset) / static_cast<double>(all) * bars.width());
  };
  const struct {
    QString name;
    const StreamSide* side;
    QColor colour;
  } rows[] = {{tr("writer"), &of.written, way_colour(way_, colours)},
              {tr("reader"), &of.read, colours.classes[static_cast<size_t>(analyzer::CallClass::kNetwork)]}};
  int y = bars.top();
  painter.setFont(text_font(sizes::kCaptionText));
  for (const auto& row : rows) {
    painter.setPen(colours.muted);
    painter.drawText(QRect(place.left() + kSide, y - 2, kBarLabel, kBar + 4), Qt::AlignLeft | Qt::AlignVCenter,
                     row.name);
    if (!row.side->bytes) {
      painter.drawText(QRect(bars.left(), y - 2, bars.width(), kBar + 4), Qt::AlignLeft | Qt::AlignVCenter,
                       tr("not recorded"));
    } else {
      const QRect bar(bars.left(), y, std::max(1, x_of(row.side->bytes) - bars.left()), kBar);
      painter.fillRect(bar, hatches_.notKept());
      // What lies in one pixel is drawn once.
      int drawn = -1;
      for (const KnownBytes& one : row.side->known) {
        const int from = std::max(x_of(one.offset), drawn),
                  to = std::max(x_of(one.offset + one.data.size()), x_of(one.offset) + 1);
        if (to <= drawn) continue;
        painter.fillRect(QRect(from, y, std::max(1, to - from), kBar), row.colour);
        drawn = to;
      }
      painter.setPen(colours.border);
      painter.drawRect(bar.adjusted(0, 0, -1, -1));
    }
    y += kBarRow;
  }
  painter.setPen(colours.muted);
  painter.drawText(QRect(bars.left(), y - 4, bars.width(), 16), Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("0"));
  painter.drawText(QRect(bars.left(), y - 4, bars.width(), 16), Qt::AlignRight | Qt::AlignVCenter,
                   tr("%1 B").arg(count_text(all)));
  if (marked_bytes_) {
    const int from = x_of(marked_), to = std::max(x_of(marked_ + marked_bytes_), from + 2);
    painter.setPen(colours.gold);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRect(from - 1, bars.top() - 3, to - from + 1, 2 * kBarRow - 1));
  }
  QString verdict;
  if (whole_->stream.is_file)
    verdict = tr("a file: what is read need not be what was written there");
  else if (of.differ)
    verdict = tr("the ends differ in %1 of %2 bytes: one of them began before it was recorded")
                  .arg(count_text(of.differ), count_text(of.compared));
  else if (of.compared)
    verdict = tr("where both ends kept a byte, they agree");
  painter.setPen(of.differ ? colours.error_text : colours.muted);
  painter.drawText(QRect(place.left() + kSide, y + 10, place.width() - 2 * kSide, 16), Qt::AlignLeft | Qt::AlignVCenter,
                   verdict);
}

void BytesView::paintEvent(QPaintEvent*) {
  const Colours& colours = colours_for(palette());
  QPainter painter(viewport());
  painter.fillRect(viewport()->rect(), colours.base);
  const WayStory* of = story();
  if (!of) return;
  const Columns columns = layOut();
  const int width = viewport()->width(), across = horizontalScrollBar()->value(), top = kStrip + kHeader;
  const QFont fixed = fixed_font(sizes::kFixedText);
  painter.save();
  painter.setClipRect(QRect(0, top, width, viewport()->height() - top));
  const auto first = static_cast<uint64_t>(verticalScrollBar()->value());
  for (uint64_t line = first; line < of->lines; ++line) {
    const QRect place(0, top + static_cast<int>(line - first) * kLine, width, kLine);
    if (place.top() > viewport()->height()) break;
    const OffsetRun& run = *of->runAt(line);
    const uint64_t offset = run.offset + (run.known ? (line - run.first_line) * kBytes : 0);
    const auto length =
        run.known ? static_cast<unsigned>(std::min<uint64_t>(kBytes, run.offset + run.bytes - offset)) : 0;
    const bool marked = marked_bytes_ && offset < marked_ + marked_bytes_ &&
                        offset + std::max<uint64_t>(1, run.known ? length : run.bytes) > marked_;
    painter.fillRect(place, marked ? colours.gold_tint : line % 2 ? colours.alternate : colours.base);
    if (marked) painter.fillRect(QRect(0, place.top(), 3, kLine), colours.gold);
    auto draw = [&](int x, const QString& what, const QColor& colour, const QFont& font) {
      painter.setFont(font);
      painter.setPen(colour);
      painter.drawText(QRect(x - across, place.top(), std::max(width, columns.end), kLine),
                       Qt::AlignLeft | Qt::AlignVCenter, what);
    };
    draw(columns.offset, offsetText(offset), colours.muted, fixed);
    if (!run.known) {
      const QFont small = text_font(sizes::kCaptionText);
      const QString what = lineText(line);
      const int from = columns.written - across, text_width = QFontMetrics(small).horizontalAdvance(what);
      painter.fillRect(QRect(from + text_width + 8, place.top() + 2, width, kLine - 4), hatches_.notKept());
      draw(columns.written, what, colours.text, small);
      continue;
    }
    const auto written = of->written.window(offset, length), read = of->read.window(offset, length);
    auto side = [&](int x, const StreamSide::Window& own, const StreamSide::Window& other) {
      const auto all = static_cast<uint16_t>((1u << length) - 1);
      const bool plain = own.known == all && (!of->differ || whole_->stream.is_file);
      if (plain) return draw(x, side_text(own, length), colours.text, fixed);
      for (unsigned i = 0; i < length; ++i) {
        const bool known = own.known >> i & 1;
        const bool differs = known && other.known >> i & 1 && own.bytes[i] != other.bytes[i] && !whole_->stream.is_file;
        draw(x + width_of(3 * i + (i >= 8)),
             known ? QStringLiteral("%1").arg(own.bytes[i], 2, 16, QChar(u'0')) : QStringLiteral("··"),
             differs ? colours.error_text
             : known ? colours.text
                     : colours.tick,
             fixed);
      }
    };
    if (of->written.bytes) side(columns.written, written, read);
    if (of->read.bytes) side(columns.both ? columns.read : columns.written, read, written);
    draw(columns.text, characters(written, read, length), colours.text, fixed);
  }
  painter.restore();
  painter.fillRect(QRect(0, 0, width, top), colours.base);
  paintStrip(painter, QRect(0, 0, width, kStrip));
  const QRect header(0, kStrip, width, kHeader);
  painter.fillRect(header, colours.window);
  painter.fillRect(QRect(0, header.top(), width, 1), colours.border);
  painter.fillRect(QRect(0, header.bottom(), width, 1), colours.border);
  painter.setFont(text_font(sizes::kBaseText));
  painter.setPen(colours.muted);
  auto head = [&](int x, const QString& what) {
    painter.drawText(header.adjusted(x - across, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, what);
  };
  head(columns.offset, tr("Offset"));
  if (of->written.bytes) head(columns.written, tr("Written"));
  if (of->read.bytes) head(columns.both ? columns.read : columns.written, tr("Read"));
  head(columns.text, tr("Text"));
  if (hasFocus()) {
    painter.setPen(colours.gold);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(viewport()->rect().adjusted(0, 0, -1, -1));
  }
}

}  // namespace ebpftrace::gui
