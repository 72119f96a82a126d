// SPDX-License-Identifier: Apache-2.0
#include "gui/stream/conversation.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <algorithm>

#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

constexpr int kLine = 17, kSide = 12, kIndent = 22, kEdge = 2, kTextGap = 8;
constexpr unsigned kFewestColumns = 24, kMostColumns = 200;
constexpr qsizetype kMostCopied = 1 << 20;

}  // namespace

const QColor& way_colour(StreamWay way, const Colours& colours) {
  return colours
      .classes[static_cast<size_t>(way == StreamWay::kIn ? analyzer::CallClass::kProcess : analyzer::CallClass::kFile)];
}

QString way_arrow(StreamWay way, bool written) {
  if (way == StreamWay::kThrough) return written ? QStringLiteral("→") : QStringLiteral("↦");
  return way == StreamWay::kIn ? QStringLiteral("←") : QStringLiteral("→");
}

Conversation::Conversation(QWidget* parent) : QAbstractScrollArea(parent) {
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setAccessibleName(tr("What went through"));
  setMinimumWidth(220);
  hatches_ = Hatches(colours_for(palette()), devicePixelRatioF());
}

void Conversation::setStory(std::shared_ptr<const StreamStory> story) {
  story_ = std::move(story);
  lines_.clear();
  current_.reset();
  verticalScrollBar()->setValue(0);
  updateScrollBar();
  viewport()->update();
}

void Conversation::setLines(std::vector<StoryLine> lines) {
  lines_ = std::move(lines);
  updateScrollBar();
  viewport()->update();
}

unsigned Conversation::columns() const {
  const int room = viewport()->width() - kSide - kIndent - kEdge - 2 * kTextGap - kSide;
  const double width = std::max(1.0, QFontMetricsF(fixed_font(sizes::kFixedText)).horizontalAdvance(u'0'));
  return std::clamp(static_cast<unsigned>(std::max(0, room) / width), kFewestColumns, kMostColumns);
}

void Conversation::updateScrollBar() {
  const int rows = std::max(1, viewport()->height() / kLine);
  verticalScrollBar()->setRange(0, std::max(0, static_cast<int>(lines_.size()) - rows));
  verticalScrollBar()->setPageStep(rows);
  verticalScrollBar()->setSingleStep(3);
}

void Conversation::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  updateScrollBar();
  if (columns() == told_columns_) return;
  told_columns_ = columns();
  emit columnsChanged();
}

void Conversation::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) hatches_ = Hatches(colours_for(palette()), devicePixelRatioF());
  QAbstractScrollArea::changeEvent(event);
}

QString Conversation::lineText(size_t at) const {
  if (!story_ || at >= lines_.size()) return {};
  const StoryLine& line = lines_[at];
  const Transfer& transfer = story_->transfers[line.transfer];
  switch (line.kind) {
    case StoryLine::Kind::kTransfer: {
      const analyzer::StreamPiece& piece = story_->stream.pieces[transfer.piece];
      return tr("%1 %2, %3 B").arg(story_->who(transfer.piece), plain_text(piece.call, 40), count_text(transfer.bytes));
    }
    case StoryLine::Kind::kText:
      return shown_bytes(transfer.parts[line.part].data.substr(line.from, line.bytes));
    case StoryLine::Kind::kHex:
      return hex_bytes(transfer.parts[line.part].data.substr(line.from, line.bytes));
    case StoryLine::Kind::kGap:
      return tr("gap, %1 B %2").arg(count_text(line.bytes), gap_reason(transfer.parts[line.part].gap));
    case StoryLine::Kind::kMore:
      return tr("▸ %1 B more").arg(count_text(line.bytes));
    case StoryLine::Kind::kSpace:
      break;
  }
  return {};
}

void Conversation::paintEvent(QPaintEvent*) {
  const Colours& colours = colours_for(palette());
  QPainter painter(viewport());
  painter.fillRect(viewport()->rect(), colours.base);
  if (!story_) return;
  painter.setLayoutDirection(Qt::LeftToRight);
  const QFont fixed = fixed_font(sizes::kFixedText), text = text_font(sizes::kBaseText),
              bold = text_font(sizes::kBaseText, Weight::kSemiBold), small = text_font(sizes::kCaptionText);
  const int width = viewport()->width(), left = kSide + kIndent;
  const auto first = static_cast<size_t>(verticalScrollBar()->value());
  const size_t end = std::min(lines_.size(), first + static_cast<size_t>(viewport()->height() / kLine + 2));
  for (size_t i = first; i < end; ++i) {
    const StoryLine& line = lines_[i];
    const Transfer& transfer = story_->transfers[line.transfer];
    const QRect place(0, static_cast<int>(i - first) * kLine, width, kLine);
    const bool current = current_ == line.transfer && line.kind != StoryLine::Kind::kSpace;
    const QColor& colour = way_colour(transfer.way, colours);
    if (line.kind == StoryLine::Kind::kSpace) continue;
    if (line.kind == StoryLine::Kind::kTransfer) {
      if (current) {
        painter.fillRect(place, colours.gold_tint);
        painter.fillRect(QRect(0, place.top(), 3, kLine), colours.gold);
      }
      painter.setFont(bold);
      painter.setPen(colour);
      painter.drawText(place.adjusted(kSide, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                       way_arrow(transfer.way, transfer.written));
      // From the left time, who and how much; from the right what it answers.
      QString right;
      if (transfer.answers_after_ns && *transfer.answers_after_ns >= 0)
        right = tr("answer after %1").arg(duration_text(static_cast<double>(*transfer.answers_after_ns)));
      painter.setFont(small);
      const int right_width = right.isEmpty() ? 0 : QFontMetrics(small).horizontalAdvance(right) + 2 * kTextGap;
      painter.setPen(colours.muted);
      painter.drawText(place.adjusted(0, 0, -kSide, 0), Qt::AlignRight | Qt::AlignVCenter, right);
      painter.setFont(text);
      const QFontMetrics metrics(text);
      int x = left;
      const int room = width - kSide - right_width;
      auto draw = [&](const QString& what, const QColor& pen) {
        if (x >= room) return;
        painter.setPen(pen);
        painter.drawText(QRect(x, place.top(), room - x, kLine), Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(what, Qt::ElideRight, room - x));
        x += metrics.horizontalAdvance(what) + kTextGap;
      };
      draw(moment_text(transfer.time_ns, 1000).section(QChar(0x2009), 0, 0), colours.muted);
      draw(lineText(i), colours.text);
      draw(QStringLiteral("%1 – %2").arg(count_text(transfer.offset), count_text(transfer.offset + transfer.bytes)),
           colours.muted);
      continue;
    }
    const QRect body(left, place.top(), width - left - kSide, kLine);
    painter.fillRect(body, current ? colours.gold_tint : colours.alternate);
    painter.fillRect(QRect(left, place.top(), kEdge, kLine), colour);
    const QRect inside = body.adjusted(kEdge + kTextGap, 0, -kTextGap, 0);
    if (line.kind == StoryLine::Kind::kGap) {
      painter.fillRect(body.adjusted(kEdge, 1, 0, -1), hatches_.notKept());
      painter.setFont(small);
      const QString what = QFontMetrics(small).elidedText(lineText(i), Qt::ElideRight, inside.width());
      painter.fillRect(
          QRect(inside.left() - 4, place.top() + 1, QFontMetrics(small).horizontalAdvance(what) + 8, kLine - 2),
          current ? colours.gold_tint : colours.alternate);
      painter.setPen(colours.text);
      painter.drawText(inside, Qt::AlignLeft | Qt::AlignVCenter, what);
    } else if (line.kind == StoryLine::Kind::kMore) {
      painter.setFont(small);
      painter.setPen(colours.muted);
      painter.drawText(inside, Qt::AlignLeft | Qt::AlignVCenter, lineText(i));
    } else {
      painter.setFont(fixed);
      painter.setPen(colours.text);
      painter.setClipRect(body);
      painter.drawText(inside, Qt::AlignLeft | Qt::AlignVCenter, lineText(i));
      painter.setClipping(false);
    }
  }
  if (hasFocus()) {
    painter.setPen(colours.gold);
    painter.drawRect(viewport()->rect().adjusted(0, 0, -1, -1));
  }
}

std::optional<size_t> Conversation::lineAt(int y) const {
  const auto line = static_cast<size_t>(verticalScrollBar()->value() + std::max(0, y) / kLine);
  return line < lines_.size() ? std::optional(line) : std::nullopt;
}

void Conversation::setCurrent(std::optional<size_t> transfer) {
  current_ = transfer;
  if (current_) {
    const auto first = std::lower_bound(lines_.begin(), lines_.end(), *current_,
                                        [](const StoryLine& line, size_t wanted) { return line.transfer < wanted; });
    const auto end = std::upper_bound(first, lines_.end(), *current_,
                                      [](size_t wanted, const StoryLine& line) { return wanted < line.transfer; });
    if (first != end) {
      showLine(static_cast<size_t>(first - lines_.begin()), static_cast<size_t>(end - lines_.begin()));
      setAccessibleDescription(lineText(static_cast<size_t>(first - lines_.begin())));
    }
  }
  viewport()->update();
}

void Conversation::showLine(size_t first, size_t end) {
  const int rows = std::max(1, viewport()->height() / kLine), top = verticalScrollBar()->value();
  const auto from = static_cast<int>(first), to = static_cast<int>(end);
  if (to > top + rows) verticalScrollBar()->setValue(std::min(to - rows, from));
  if (from < verticalScrollBar()->value()) verticalScrollBar()->setValue(from);
}

void Conversation::makeCurrent(size_t transfer) {
  setCurrent(transfer);
  emit currentChanged(transfer);
}

QString Conversation::currentText() const {
  if (!story_ || !current_) return {};
  QString text;
  for (const StreamPart& part : story_->transfers[*current_].parts) {
    if (text.size() > kMostCopied) break;
    if (part.gap != StreamGap::kNone) {
      text += QStringLiteral("[%1 B: %2]").arg(part.bytes).arg(gap_reason(part.gap));
      continue;
    }
    std::string_view left = part.data;
    while (!left.empty() && text.size() <= kMostCopied) {
      const size_t end = left.find('\n');
      std::string_view line = left.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      text += shown_bytes(line);
      if (end == left.npos) break;
      text += u'\n';
      left.remove_prefix(end + 1);
    }
  }
  return text;
}

void Conversation::mousePressEvent(QMouseEvent* event) {
  const auto line = lineAt(event->position().toPoint().y());
  if (!line || event->button() == Qt::MiddleButton) return;
  const StoryLine at = lines_[*line];
  makeCurrent(at.transfer);
  if (event->button() == Qt::LeftButton && at.kind == StoryLine::Kind::kMore) emit openRequested(at.transfer);
}

void Conversation::mouseDoubleClickEvent(QMouseEvent* event) {
  if (const auto line = lineAt(event->position().toPoint().y())) emit chosen(lines_[*line].transfer);
}

void Conversation::keyPressEvent(QKeyEvent* event) {
  const size_t count = story_ ? story_->transfers.size() : 0;
  if (!count) return QAbstractScrollArea::keyPressEvent(event);
  if (event->matches(QKeySequence::Copy)) {
    QGuiApplication::clipboard()->setText(currentText());
    return;
  }
  switch (event->key()) {
    case Qt::Key_Down:
      return makeCurrent(current_ ? std::min(*current_ + 1, count - 1) : 0);
    case Qt::Key_Up:
      return makeCurrent(current_ && *current_ ? *current_ - 1 : 0);
    case Qt::Key_Home:
      return makeCurrent(0);
    case Qt::Key_End:
      return makeCurrent(count - 1);
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (current_) emit chosen(*current_);
      return;
    case Qt::Key_Right:
      if (current_) emit openRequested(*current_);
      return;
    default:
      QAbstractScrollArea::keyPressEvent(event);
  }
}

void Conversation::contextMenuEvent(QContextMenuEvent* event) {
  if (event->reason() == QContextMenuEvent::Mouse) {
    const auto line = lineAt(viewport()->mapFromGlobal(event->globalPos()).y());
    if (!line) return;
    makeCurrent(lines_[*line].transfer);
  }
  if (current_) emit menuRequested(*current_, event->globalPos());
}

}  // namespace ebpftrace::gui
