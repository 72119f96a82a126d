// SPDX-License-Identifier: Apache-2.0
#include "gui/details/selection_pane.h"

#include <QDragEnterEvent>
#include <QDropEvent>
#include <QHBoxLayout>
#include <QMenu>
#include <QPainter>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "analyzer/api/command_line.h"
#include "gui/details/pane_header.h"
#include "gui/style/icons.h"
#include "gui/style/palette.h"
#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"
#include "gui/tables/dragged_field.h"

namespace ebpftrace::gui {
namespace {

constexpr int kCaption = 15, kValue = 20, kRowGap = 3, kNarrowestColumn = 68;
constexpr std::array<const char*, 10> kGroupFields = {"process", "pid",   "syscall", "path",      "error",
                                                      "user",    "class", "cpu",     "file_type", "container"};

}  // namespace

StatisticGrid::StatisticGrid(QWidget* parent) : QWidget(parent) {
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

int StatisticGrid::columnsFor(int width) const {
  const QFontMetrics metrics(text_font(sizes::kStatisticText, Weight::kSemiBold));
  int widest = kNarrowestColumn;
  for (const Statistic& one : statistics_) widest = std::max(widest, metrics.horizontalAdvance(one.value) + 8);
  const int room = width - 2 * sizes::kWidePadding;
  return room >= 5 * widest ? 5 : room >= 4 * widest ? 4 : room >= 3 * widest ? 3 : 2;
}

int StatisticGrid::heightForWidth(int width) const {
  const int columns = columnsFor(width), rows = (static_cast<int>(statistics_.size()) + columns - 1) / columns;
  return 12 + rows * (kCaption + kValue + kRowGap);
}

QSize StatisticGrid::sizeHint() const { return {360, heightForWidth(std::max(200, width()))}; }

void StatisticGrid::setStatistics(std::vector<Statistic> statistics) {
  statistics_ = std::move(statistics);
  QString text;
  for (const Statistic& one : statistics_) text += one.caption + u' ' + one.value + QStringLiteral(", ");
  setAccessibleName(tr("Statistics"));
  setAccessibleDescription(text);
  updateGeometry();
  update();
}

void StatisticGrid::paintEvent(QPaintEvent*) {
  const Colours& colours = colours_for(palette());
  QPainter painter(this);
  painter.fillRect(rect(), colours.base);
  const int columns = columnsFor(width());
  const double column_width = (width() - 2.0 * sizes::kWidePadding) / columns;
  const QFont caption = text_font(sizes::kCaptionText), value = text_font(sizes::kStatisticText, Weight::kSemiBold);
  for (size_t i = 0; i < statistics_.size(); ++i) {
    const double x = sizes::kWidePadding + static_cast<double>(i % static_cast<size_t>(columns)) * column_width;
    const double y = 6 + static_cast<double>(i / static_cast<size_t>(columns)) * (kCaption + kValue + kRowGap);
    painter.setFont(caption);
    painter.setPen(colours.muted);
    painter.drawText(QRectF(x, y, column_width, kCaption), Qt::AlignLeft | Qt::AlignVCenter, statistics_[i].caption);
    painter.setFont(value);
    painter.setPen(statistics_[i].alarming ? colours.error_text : colours.text);
    painter.drawText(QRectF(x, y + kCaption, column_width, kValue), Qt::AlignLeft | Qt::AlignVCenter,
                     statistics_[i].value);
  }
}

SelectionPane::SelectionPane(Workers& workers, QWidget* parent)
    : QWidget(parent), job_(workers, tr("Summing up the selection"), this) {
  setAccessibleName(tr("Selection"));
  setAcceptDrops(true);
  setAutoFillBackground(true);
  setBackgroundRole(QPalette::Base);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  auto* header = new PaneHeader(tr("Selection"), this);
  about_ = header->about();
  auto* copy = new QToolButton(this);
  copy->setAutoRaise(true);
  copy->setIcon(themed_icon(Icon::kTerminal));
  copy->setToolTip(tr("Copy as command line"));
  copy->setAccessibleName(tr("Copy the selection's table as command line"));
  header->addTool(copy);
  column->addWidget(header);
  grid_ = new StatisticGrid(this);
  column->addWidget(grid_);
  chart_ = new LatencyChart(this);
  column->addWidget(chart_);
  note_ = new QLabel(this);
  note_->setTextFormat(Qt::PlainText);
  note_->setWordWrap(true);
  note_->setFont(text_font(sizes::kCaptionText));
  note_->setForegroundRole(QPalette::PlaceholderText);
  note_->setContentsMargins(sizes::kWidePadding, 2, sizes::kWidePadding, 2);
  note_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  auto* group_row = new QHBoxLayout;
  group_row->setContentsMargins(sizes::kWidePadding, 2, sizes::kPadding, 2);
  group_ = new QToolButton(this);

  group_->setToolButtonStyle(Qt::ToolButtonTextOnly);
  group_->setAutoRaise(true);
  group_menu_ = new QMenu(group_);
  group_->setAccessibleName(tr("Fields to group by"));
  group_row->addWidget(group_);
  group_row->addWidget(note_, 1);
  column->addLayout(group_row);
  pivot_ = new ResultView(this);
  pivot_->setAccessibleName(tr("The selection's calls by group"));
  pivot_->setGroupingMovable(true);
  connect(pivot_, &ResultView::groupingMoved, this, [this](const std::vector<int>& sections) {
    std::vector<std::string> fields;
    for (const int section : sections)
      if (static_cast<size_t>(section) < by_.size()) fields.push_back(by_[static_cast<size_t>(section)]);
    if (!fields.empty()) setGroupedBy(std::move(fields));
  });
  column->addWidget(pivot_, 1);
  connect(pivot_, &ResultView::valueMenuRequested, this, [this](PickedValue value, const QPoint& global) {
    value.command = commandLine();
    emit valueMenuRequested(value, global);
  });
  connect(chart_, &LatencyChart::conditionRequested, this, &SelectionPane::conditionRequested);
  connect(copy, &QToolButton::clicked, this, [this] { emit copyRequested(commandLine()); });
  connect(group_menu_, &QMenu::aboutToShow, this, &SelectionPane::fillGroupMenu);
  connect(group_, &QToolButton::clicked, this,
          [this] { group_menu_->popup(group_->mapToGlobal(QPoint(0, group_->height()))); });
  setGroupedBy(by_);
}

void SelectionPane::setRecording(std::shared_ptr<const Recording> recording) {
  recording_ = std::move(recording);
  job_.cancel();
  grid_->setStatistics({});
  chart_->setStatistics({});
  pivot_->setResult(analyzer::Result(), false);
}

void SelectionPane::setGroupedBy(std::vector<std::string> fields) {
  by_ = std::move(fields);
  QString text = tr("by ");
  for (size_t i = 0; i < by_.size(); ++i) text += (i ? QStringLiteral(", ") : QString()) + plain_text(by_[i]);
  group_->setText(text + QStringLiteral(" ▾"));
  askAgain();
}

void SelectionPane::fillGroupMenu() {
  QMenu& menu = *group_menu_;
  menu.clear();
  for (const char* field : kGroupFields) {
    QAction* action = menu.addAction(QString::fromLatin1(field));
    action->setCheckable(true);
    action->setChecked(std::find(by_.begin(), by_.end(), field) != by_.end());
    connect(action, &QAction::toggled, this, [this, field](bool on) {
      std::vector<std::string> fields = by_;
      std::erase(fields, std::string(field));
      if (on) fields.emplace_back(field);
      if (!fields.empty()) setGroupedBy(std::move(fields));
    });
  }
}

void SelectionPane::ask(const Inquiry& inquiry, const analyzer::TimeSpan& view) {
  inquiry_ = inquiry;
  view_ = view;
  askAgain();
}

analyzer::Asked SelectionPane::asked() const {
  Inquiry inquiry = inquiry_;
  // A view of all the time is no range: then summaries can answer.
  const bool all = recording_ && view_.from_ns <= 0 && view_.to_ns >= recording_->duration_ns;
  if (!inquiry.range && view_.length_ns() > 0 && !all) inquiry.range = view_;
  return inquiry.asked();
}

QString SelectionPane::commandLine() const {
  if (!recording_) return {};
  analyzer::Asked question = asked();
  question.by = by_;
  return QString::fromLocal8Bit(
      analyzer::command_line(recording_->files, *analyzer::find_question("syscalls"), question).c_str());
}

// Where it has room in a line: it costs the table no row.
void SelectionPane::showHint() {
  if (!shows_hint_) return;
  const QString hint = tr("Drag over a time to ask about it.");
  const int room = width() - group_->sizeHint().width() - 5 * sizes::kWidePadding;
  note_->setText(note_->fontMetrics().horizontalAdvance(hint) <= room ? hint : QString());
}

void SelectionPane::dragEnterEvent(QDragEnterEvent* event) {
  if (!field_of(*event->mimeData()).empty()) event->acceptProposedAction();
}

// A column of the events: in front of the one that it is let go on, else behind all by which it is grouped.
void SelectionPane::dropEvent(QDropEvent* event) {
  const std::string field = field_of(*event->mimeData());
  if (field.empty()) return;
  event->acceptProposedAction();
  const QPoint at = pivot_->viewport()->mapFrom(this, event->position().toPoint());
  auto place =
      static_cast<size_t>(pivot_->geometry().contains(event->position().toPoint()) ? pivot_->groupingAt(at.x())
                                                                                   : pivot_->answer().grouping());
  std::vector<std::string> fields;
  for (size_t i = 0; i < by_.size(); ++i) {
    if (i == place) fields.push_back(field);
    if (by_[i] != field) fields.push_back(by_[i]);
  }
  if (place >= by_.size()) fields.push_back(field);
  setGroupedBy(std::move(fields));
}

void SelectionPane::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  showHint();
}

void SelectionPane::askAgain() {
  if (!recording_) return;
  const analyzer::TimeSpan span = inquiry_.range.value_or(view_);
  const double seconds =
      static_cast<double>(std::min(span.length_ns(), std::max<int64_t>(recording_->duration_ns, 1))) / 1e9;
  const QString range =
      moment_text(span.from_ns, std::max<int64_t>(1, span.length_ns() / 1000)).section(QChar(0x2009), 0, 0) +
      QStringLiteral(" – ") + moment_text(span.to_ns, std::max<int64_t>(1, span.length_ns() / 1000));
  const QString lanes = inquiry_.lanes.isEmpty() ? tr("all lanes") : tr("selected lanes");
  about_->setText(inquiry_.range ? range + QStringLiteral("  ") + lanes : tr("%1  whole view").arg(range));
  QPalette palette = about_->palette();
  const Colours& colours = colours_for(this->palette());
  palette.setColor(QPalette::PlaceholderText, inquiry_.range ? colours.gold_text : colours.muted);
  about_->setPalette(palette);
  note_->clear();
  shows_hint_ = !inquiry_.range && inquiry_.lanes.isEmpty();
  showHint();
  job_.start([recording = recording_, question = asked(), by = by_,
              seconds](const PoolJob::Task& task) { return selection_answer(*recording, question, by, seconds, task); },
             [this, by = by_](SelectionAnswer&& answer) {
               const bool lost = answer.statistics.coverage.lost || !answer.statistics.coverage.lost_known;
               std::vector<Statistic> statistics = statistics_of(answer);
               // Until the recording has ended, nobody knows what is to come.
               if (recording_->growing && !answer.statistics.coverage.lost) {
                 statistics.back().value = tr("none so far");
                 statistics.back().alarming = false;
               }
               grid_->setStatistics(std::move(statistics));
               chart_->setStatistics(answer.statistics);
               shows_hint_ &= !answer.statistics.stopped;
               if (answer.statistics.stopped) note_->setText(tr("Stopped: these are the numbers so far."));
               pivot_->setResult(std::move(answer.pivot), lost, static_cast<int>(by.size()));
             },
             [this](const QString& what) {
               grid_->setStatistics({});
               chart_->setStatistics({});
               shows_hint_ = false;
               note_->setText(what.section(u'\n', 0, 0));
             });
}

}  // namespace ebpftrace::gui
