// SPDX-License-Identifier: Apache-2.0
#include "gui/tables/result_view.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QStringList>
#include <algorithm>
#include <numeric>

#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"
#include "gui/tables/table_delegate.h"

namespace ebpftrace::gui {
namespace {

constexpr int kRowsToMeasure = 200, kWidestText = 520, kNarrowestText = 44, kNarrowestKept = 76, kNarrowestTree = 180,
              kLegible = 130, kWidestNumber = 130, kTextForRoom = 260, kEdge = 3;

}  // namespace

ResultView::ResultView(QWidget* parent) : QTreeView(parent) {
  setModel(&model_);
  setItemDelegate(new TableDelegate(this));
  setFrameShape(QFrame::NoFrame);
  setUniformRowHeights(true);
  setAlternatingRowColors(true);
  setAllColumnsShowFocus(true);
  setSelectionMode(QAbstractItemView::SingleSelection);
  setSelectionBehavior(QAbstractItemView::SelectRows);
  setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  setIndentation(sizes::kIndent);
  setMouseTracking(true);
  setFont(text_font(sizes::kBaseText));
  header()->setFixedHeight(sizes::kTableHeader);
  header()->setSectionsClickable(true);
  header()->setSortIndicatorShown(true);
  header()->setSortIndicator(-1, Qt::DescendingOrder);
  header()->setSortIndicatorClearable(true);
  header()->setStretchLastSection(false);
  header()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  setSortingEnabled(true);
  sortByColumn(-1, Qt::DescendingOrder);
  connect(header(), &QHeaderView::sectionResized, this, [this] { fitted_by_hand_ |= !fitting_; });
  connect(this, &QTreeView::doubleClicked, this, &ResultView::choose);
}

void ResultView::setResult(analyzer::Result result, bool events_were_lost, int grouping) {
  const bool same = result.name == name_ &&
                    static_cast<int>(result.columns().size()) == static_cast<int>(model_.result().columns().size());
  const int section = same ? header()->sortIndicatorSection() : -1;
  const Qt::SortOrder order = header()->sortIndicatorOrder();
  const int scrolled = same ? verticalScrollBar()->value() : 0;
  name_ = result.name;
  model_.setResult(std::move(result), events_were_lost, grouping);
  setRootIsDecorated(model_.isTree());
  sortByColumn(section, order);
  if (model_.isTree()) expandAll();
  if (!same) {
    fitted_by_hand_ = false;
    widest_.clear();
  }
  fitColumns();
  if (scrolled) {
    executeDelayedItemsLayout();
    verticalScrollBar()->setValue(scrolled);
  }
}

// Numbers get what they need; texts what is left.
void ResultView::fitColumns() {
  if (fitted_by_hand_ || !model_.columnCount()) return;
  fitting_ = true;
  std::vector<int> widths(static_cast<size_t>(model_.columnCount()));
  std::vector<bool> texts(widths.size());
  int deepest = 0;  // what the tree's lines are set in by
  for (int section = 0; section < model_.columnCount(); ++section) {
    const auto i = static_cast<size_t>(section);
    texts[i] = !is_to_the_right(model_.column(section).unit);
    int width = header()->fontMetrics().horizontalAdvance(
                    model_.headerData(section, Qt::Horizontal, Qt::DisplayRole).toString()) +
                20;
    int seen = 0;
    for (QModelIndex index = model_.index(0, 0); index.isValid() && seen < kRowsToMeasure;
         index = indexBelow(index), ++seen) {
      QStyleOptionViewItem option;
      option.font = font();
      int own = itemDelegate()->sizeHint(option, index.siblingAtColumn(section)).width();
      if (section == 0 && model_.isTree()) {
        int set_in = 0;
        for (QModelIndex up = index; up.isValid(); up = up.parent()) set_in += indentation();
        own += set_in;
        deepest = std::max(deepest, set_in);
      }
      width = std::max(width, own);
    }
    widths[i] = std::clamp(width, kNarrowestText, texts[i] ? kWidestText : std::max(kWidestNumber, width));
  }
  const int room = viewport()->width();
  if (steady_) {
    widest_.resize(widths.size());
    for (size_t i = 0; i < widths.size(); ++i) widest_[i] = widths[i] = std::max(widths[i], widest_[i]);
    int wanted = 0;
    for (size_t i = 0; i < widths.size(); ++i) wanted += std::min(widths[i], kTextForRoom);
    for (size_t i = widths.size(); i-- > 0;) {
      const bool hides = wanted > room && model_.column(static_cast<int>(i)).show == analyzer::Show::kIfRoom;
      if (hides) {
        wanted -= std::min(widths[i], kTextForRoom);
        widths[i] = 0;
        texts[i] = false;
      }
      setColumnHidden(static_cast<int>(i), hides);
    }
  }
  int sum = std::accumulate(widths.begin(), widths.end(), 0);
  // What is too much, the widest texts give; what is left over, the last text gets. What a tree branches at stays legible.
  auto squeezed = [&](int narrowest) {
    std::vector<int> to = widths;
    auto least = [&](size_t i) {
      return !i && model_.isTree() ? kNarrowestTree + std::min(deepest, kNarrowestTree) : narrowest;
    };
    for (int all = sum; all > room;) {
      size_t widest = to.size();
      for (size_t i = 0; i < to.size(); ++i)
        if (texts[i] && to[i] > least(i) && (widest == to.size() || to[i] > to[widest])) widest = i;
      if (widest == to.size()) break;
      const int give = std::min(all - room, to[widest] - least(widest));
      to[widest] -= std::max(1, std::min(give, 40));
      all = std::accumulate(to.begin(), to.end(), 0);
    }
    return to;
  };
  std::vector<int> fitting = squeezed(kNarrowestKept);
  // Where one has to scroll anyway, texts may as well be legible.
  if (std::accumulate(fitting.begin(), fitting.end(), 0) > room) fitting = squeezed(kLegible);
  widths = std::move(fitting);
  sum = std::accumulate(widths.begin(), widths.end(), 0);
  if (sum < room)
    for (size_t i = widths.size(); i-- > 0;)
      if (texts[i]) {
        // Nothing comes behind the last one; others do not drift away from their neighbours.
        widths[i] += i + 1 == widths.size() ? room - sum : std::min(room - sum, 400);
        break;
      }
  for (size_t i = 0; i < widths.size(); ++i)
    if (!isColumnHidden(static_cast<int>(i))) setColumnWidth(static_cast<int>(i), widths[i]);
  fitting_ = false;
}

void ResultView::resizeEvent(QResizeEvent* event) {
  QTreeView::resizeEvent(event);
  fitColumns();
}

PickedValue ResultView::valueAt(const QModelIndex& index) const {
  PickedValue value;
  if (!index.isValid()) return value;
  const analyzer::ResultColumn& column = model_.column(index.column());
  value.field = column.name;
  value.value = model_.cell(index);
  value.unit = column.unit;
  value.text = index.data(ResultModel::kExactRole).toString();
  value.moment_ns = model_.momentOf(index);
  // Of a file, the kernel's name says more than how it is shown.
  return value;
}

void ResultView::setGroupingMovable(bool movable) {
  header()->setSectionsMovable(movable);
  header()->setFirstSectionMovable(movable);
  if (movable) connect(header(), &QHeaderView::sectionMoved, this, &ResultView::takeMove, Qt::UniqueConnection);
}

int ResultView::groupingAt(int x) const {
  for (int section = 0; section < model_.grouping(); ++section)
    if (x < columnViewportPosition(section) + columnWidth(section) / 2) return section;
  return model_.grouping();
}

// What is moved goes back, and who made the answer is told what is wanted: the next one has its columns in that order.
void ResultView::takeMove(int section, int from, int to) {
  if (moving_) return;
  std::vector<int> wanted;
  for (int visual = 0; visual < header()->count(); ++visual) {
    const int logical = header()->logicalIndex(visual);
    const bool is_gone = logical == section && to >= model_.grouping();
    if (logical < model_.grouping() && !is_gone) wanted.push_back(logical);
  }
  QMetaObject::invokeMethod(
      this,
      [this, from, to, wanted, was_key = section < model_.grouping()] {
        moving_ = true;
        header()->moveSection(to, from);
        moving_ = false;
        if (was_key && !wanted.empty()) emit groupingMoved(wanted);
      },
      Qt::QueuedConnection);
}

QString ResultView::currentRowText() const {
  QStringList texts;
  for (int section = 0; section < model_.columnCount() && currentIndex().isValid(); ++section)
    texts += currentIndex().siblingAtColumn(section).data(ResultModel::kExactRole).toString();
  return texts.join(u'\t');
}

void ResultView::choose(const QModelIndex& index) {
  if (!index.isValid()) return;
  emit rowChosen(index);
  if (const auto moment = model_.momentOf(index)) emit momentChosen(*moment);
}

void ResultView::contextMenuEvent(QContextMenuEvent* event) {
  const bool by_mouse = event->reason() == QContextMenuEvent::Mouse;
  const QModelIndex index = by_mouse ? indexAt(event->pos()) : currentIndex();
  if (!index.isValid()) return;
  setCurrentIndex(index);
  emit valueMenuRequested(valueAt(index),
                          by_mouse ? event->globalPos() : viewport()->mapToGlobal(visualRect(index).bottomLeft()));
}

void ResultView::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) return choose(currentIndex());
  if (event->matches(QKeySequence::Copy)) {
    QGuiApplication::clipboard()->setText(currentRowText());
    return;
  }
  QTreeView::keyPressEvent(event);
}

void ResultView::drawRow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  QTreeView::drawRow(painter, option, index);
  if (selectionModel()->isSelected(index))
    painter->fillRect(QRect(0, option.rect.top(), kEdge, option.rect.height()), colours_for(palette()).gold);
}

void ResultView::drawBranches(QPainter* painter, const QRect& rect, const QModelIndex& index) const {
  const Colours& colours = colours_for(palette());
  painter->fillRect(rect, selectionModel()->isSelected(index) ? colours.gold_tint : colours.base);
  if (!model_.hasChildren(index)) return;
  const QPointF centre(rect.right() - indentation() / 2.0 + 1, rect.center().y() + 0.5);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(Qt::NoPen);
  painter->setBrush(colours.muted);
  QPolygonF triangle;
  if (isExpanded(index))
    triangle << centre + QPointF(-4, -2) << centre + QPointF(4, -2) << centre + QPointF(0, 3);
  else
    triangle << centre + QPointF(-2, -4) << centre + QPointF(3, 0) << centre + QPointF(-2, 4);
  painter->drawPolygon(triangle);
  painter->restore();
}

// The bar behind the columns that it is grouped by.
void ResultView::paintEvent(QPaintEvent* event) {
  QTreeView::paintEvent(event);
  if (model_.grouping() <= 0 || model_.grouping() > model_.columnCount()) return;
  int x = -horizontalOffset();
  for (int section = 0; section < model_.grouping(); ++section) x += columnWidth(section);
  QPainter painter(viewport());
  painter.fillRect(QRect(x - 3, 0, 3, viewport()->height()), colours_for(palette()).gold);
}

}  // namespace ebpftrace::gui
