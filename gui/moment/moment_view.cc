// SPDX-License-Identifier: Apache-2.0
#include "gui/moment/moment_view.h"

#include <QItemSelectionModel>
#include <QPushButton>
#include <QScrollBar>
#include <QSplitter>
#include <QVBoxLayout>

#include "analyzer/api/command_line.h"
#include "gui/details/pane_header.h"
#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

constexpr int kHeader = 28;

QLabel* quiet_label(const QString& text, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  label->setTextFormat(Qt::PlainText);
  label->setAlignment(Qt::AlignCenter);
  label->setWordWrap(true);
  label->setForegroundRole(QPalette::PlaceholderText);
  label->setBackgroundRole(QPalette::Base);
  label->setAutoFillBackground(true);
  return label;
}

// Another answer in its place: where it was scrolled to stays.
void replace_result(ResultView& view, analyzer::Result result, bool lost) {
  const int down = view.verticalScrollBar()->value(), across = view.horizontalScrollBar()->value();
  view.setResult(std::move(result), lost);
  view.verticalScrollBar()->setValue(down);
  view.horizontalScrollBar()->setValue(across);
}

}  // namespace

MomentView::MomentView(Workers& workers, QWidget* parent)
    : QWidget(parent), job_(workers, tr("Finding out what there was then"), this), stack_(new QStackedWidget(this)) {
  setAccessibleName(tr("Moment"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  note_ = new QLabel(this);
  note_->setTextFormat(Qt::PlainText);
  note_->setFont(text_font(sizes::kCaptionText));
  note_->setForegroundRole(QPalette::PlaceholderText);
  note_->setContentsMargins(sizes::kWidePadding, 3, sizes::kPadding, 3);
  note_->setWordWrap(true);
  note_->hide();
  column->addWidget(note_);
  auto* across = new QSplitter(Qt::Horizontal, stack_);
  across->setHandleWidth(1);
  auto* left = new QSplitter(Qt::Vertical, across);
  left->setHandleWidth(1);
  left->addWidget(makePane(MomentTable::kProcesses, tr("Processes"), tr("as ps would have shown them")));
  left->addWidget(makePane(MomentTable::kSockets, tr("Sockets"), tr("as ss would have shown them")));
  left->setStretchFactor(0, 3);
  left->setStretchFactor(1, 2);
  across->addWidget(left);
  across->addWidget(makePane(MomentTable::kFiles, tr("Open files"), tr("as lsof would have shown them")));
  across->setStretchFactor(0, 1);
  across->setStretchFactor(1, 1);
  across->setSizes({490, 510});
  stack_->addWidget(across);

  auto* empty = new QWidget(stack_);
  empty->setAutoFillBackground(true);
  empty->setBackgroundRole(QPalette::Base);
  auto* empty_column = new QVBoxLayout(empty);
  nothing_ = quiet_label(tr("Click into the ruler above the lanes for the moment to look at."), empty);
  choose_ = new QPushButton(tr("The middle of the view"), empty);
  empty_column->addStretch(1);
  empty_column->addWidget(nothing_);
  empty_column->addWidget(choose_, 0, Qt::AlignHCenter);
  empty_column->addStretch(1);
  connect(choose_, &QPushButton::clicked, this, &MomentView::playheadRequested);
  stack_->addWidget(empty);
  stack_->setCurrentIndex(1);
  column->addWidget(stack_, 1);

  ResultView* processes = panes_[0].view;
  connect(processes->selectionModel(), &QItemSelectionModel::selectionChanged, this, &MomentView::processPicked);
}

QWidget* MomentView::makePane(MomentTable table, const QString& name, const QString& as) {
  Pane& pane = panes_[static_cast<size_t>(table)];
  auto* all = new QWidget(this);
  auto* column = new QVBoxLayout(all);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  auto* header = new PaneHeader(name, all);
  header->setFixedHeight(kHeader);
  pane.about = header->about();
  pane.about->setText(as);
  if (table == MomentTable::kProcesses) {
    all_ = new QToolButton(header);
    all_->setText(tr("All processes"));
    all_->setAutoRaise(true);
    all_->setFont(text_font(sizes::kBaseText));
    all_->setToolTip(tr("Files and sockets of all of them again"));
    all_->hide();
    connect(all_, &QToolButton::clicked, this, [this] { selectProcess({}); });
    header->addTool(all_);
  }
  auto* command = new QToolButton(header);
  command->setText(tr("As command line"));
  command->setAutoRaise(true);
  command->setFont(text_font(sizes::kBaseText));
  command->setToolTip(tr("Copy the ebpf-analyze command that gives this table"));
  command->setAccessibleName(tr("%1 as command line").arg(name));
  connect(command, &QToolButton::clicked, this, [this, table] { emit copyRequested(commandLine(table)); });
  header->addTool(command);
  column->addWidget(header);
  pane.stack = new QStackedWidget(all);
  pane.view = new ResultView(pane.stack);
  pane.view->setAccessibleName(name);
  pane.view->setSteady(true);
  pane.empty = quiet_label({}, pane.stack);
  pane.stack->addWidget(pane.view);
  pane.stack->addWidget(pane.empty);
  column->addWidget(pane.stack, 1);
  connect(pane.view, &ResultView::valueMenuRequested, this, [this, table](PickedValue value, const QPoint& global) {
    value.command = commandLine(table);
    ResultView& view = this->table(table);
    const QModelIndex row = view.currentIndex();
    const auto pid = view.answer().cellOf(row, "pid"), fd = view.answer().cellOf(row, "fd");
    if (table != MomentTable::kProcesses && pid && fd && std::holds_alternative<uint64_t>(*pid) &&
        std::holds_alternative<uint64_t>(*fd)) {
      value.stream = std::to_string(std::get<uint64_t>(*pid)) + ':' + std::to_string(std::get<uint64_t>(*fd));
      value.stream_at_ns = shown_;
    }
    emit valueMenuRequested(value, global);
  });
  connect(pane.view, &ResultView::momentChosen, this, &MomentView::momentChosen);
  return all;
}

void MomentView::setRecording(std::shared_ptr<const Recording> recording) {
  job_.cancel();
  working_.reset();
  recording_ = std::move(recording);
  asked_ = {};
  processes_shown_of_.reset();
  shown_.reset();
  all_->hide();
  for (Pane& pane : panes_) pane.view->setResult(analyzer::Result(), false);
  stack_->setCurrentIndex(1);
  note_->hide();
  stale_ = true;
}

void MomentView::ask(const Inquiry& inquiry) {
  asked_.inquiry = inquiry;
  stale_ = true;
  askIfNeeded();
}

void MomentView::setLooked(bool at) {
  looked_at_ = at;
  askIfNeeded();
}

void MomentView::selectProcess(std::optional<uint32_t> pid) {
  if (pid == asked_.pid) return;
  asked_.pid = pid;
  all_->setVisible(pid.has_value());
  if (!pid) {
    restoring_ = true;
    panes_[0].view->selectionModel()->clear();
    restoring_ = false;
  }
  stale_ = true;
  askIfNeeded();
}

void MomentView::processPicked() {
  if (restoring_) return;
  ResultView& view = *panes_[0].view;
  const QModelIndexList rows = view.selectionModel()->selectedRows();
  if (rows.isEmpty()) return;
  const auto pid = view.answer().cellOf(rows.front(), "pid");
  if (pid && std::holds_alternative<uint64_t>(*pid)) selectProcess(static_cast<uint32_t>(std::get<uint64_t>(*pid)));
}

QString MomentView::commandLine(MomentTable table) const {
  if (!recording_) return {};
  const analyzer::Asked asked = moment_question(*recording_->session, table, asked_).asked;
  return QString::fromLocal8Bit(analyzer::command_line(recording_->files, question_of(table), asked).c_str());
}

void MomentView::askIfNeeded() {
  if (!stale_ || !looked_at_ || !recording_) return;
  if (!asked_.inquiry.moment) {
    job_.cancel();
    working_.reset();
    shown_.reset();
    stack_->setCurrentIndex(1);
    return;
  }
  if (working_ && job_.running()) {
    // A playhead that moves on is followed by the next answer; another question supersedes this one.
    MomentAsked elsewhen = *working_;
    elsewhen.inquiry.moment = asked_.inquiry.moment;
    if (elsewhen == asked_) return;
  }
  stale_ = false;
  working_ = asked_;
  const bool with_processes = processes_shown_of_ != asked_.inquiry;
  job_.start([recording = recording_, asked = asked_, with_processes](
                 const PoolJob::Task& task) { return moment_answer(*recording, asked, with_processes, task); },
             [this, asked = asked_](MomentAnswer answer) {
               working_.reset();
               show(std::move(answer), asked);
               askIfNeeded();
             },
             [this](const QString& what) {
               working_.reset();
               note_->setText(what);
               note_->show();
               askIfNeeded();
             });
}

void MomentView::show(MomentAnswer answer, const MomentAsked& asked) {
  shown_ = asked.inquiry.moment;
  stack_->setCurrentIndex(0);
  QStringList notes;
  if (!answer.left_out.isEmpty()) notes += answer.left_out;
  if (answer.files.stopped) notes += tr("Stopped: this is what was known by then.");
  for (const std::string& note : answer.files.notes)
    if (answer.processes ? answer.processes->rows() : true) notes += plain_text(note, 200);
  for (const std::string& shortfall : answer.files.shortfalls) notes += plain_text(shortfall, 200) + u'.';
  note_->setText(notes.join(QStringLiteral("  ")));
  note_->setVisible(!notes.isEmpty());
  if (answer.processes) {
    processes_shown_of_ = asked.inquiry;
    showTable(MomentTable::kProcesses, std::move(*answer.processes));
    // The one that was selected still is, if it was alive then.
    restoring_ = true;
    ResultView& view = *panes_[0].view;
    for (int row = 0; asked_.pid && row < view.answer().rowCount(); ++row) {
      const auto pid = view.answer().cellOf(view.answer().index(row, 0), "pid");
      if (!pid || *pid != analyzer::Cell(uint64_t{*asked_.pid})) continue;
      view.selectionModel()->setCurrentIndex(view.answer().index(row, 0),
                                             QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
      break;
    }
    restoring_ = false;
  }
  showTable(MomentTable::kFiles, std::move(answer.files));
  showTable(MomentTable::kSockets, std::move(answer.sockets));
  emit answered();
}

void MomentView::showTable(MomentTable table, analyzer::Result result) {
  Pane& pane = panes_[static_cast<size_t>(table)];
  const bool lost = result.coverage.lost || !result.coverage.lost_known;
  QString about = moment_counts(table, result);
  if (lost) about.prepend(QStringLiteral("≥ "));
  if (table == MomentTable::kProcesses) {
    about = tr("at %1:  %2").arg(moment_text(*shown_, 1000), about);
  } else if (asked_.pid) {
    about = tr("of process %1:  %2").arg(*asked_.pid).arg(about);
  }
  pane.about->setText(about);
  static const QString kNone[] = {tr("No recorded process was alive then."), tr("None was open then."),
                                  tr("There was none then.")};
  pane.empty->setText(kNone[static_cast<size_t>(table)]);
  const bool none = result.rows() == 0;
  const bool restoring = std::exchange(restoring_, true);
  replace_result(*pane.view, std::move(result), lost);
  restoring_ = restoring;
  pane.stack->setCurrentIndex(none ? 1 : 0);
}

}  // namespace ebpftrace::gui
