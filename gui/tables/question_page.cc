// SPDX-License-Identifier: Apache-2.0
#include "gui/tables/question_page.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "analyzer/api/command_line.h"
#include "gui/style/elided_label.h"
#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

constexpr size_t kMostRows = 200'000;  // that a tree view holds without harm

// Answers that are facts for people (the summary) as a table of them.
analyzer::Result as_table(analyzer::Result result) {
  if (result.facts.empty()) return result;
  analyzer::Result table(result.name, {{"what", analyzer::Unit::kText, "WHAT", "What it is about."},
                                       {"value", analyzer::Unit::kText, "IS", "What the recording says."}});
  for (const analyzer::Fact& fact : result.facts)
    table.add({fact.label.empty() ? analyzer::Cell() : analyzer::Cell(fact.label), fact.text});
  table.coverage = result.coverage;
  table.damage = result.damage;
  table.shortfalls = result.shortfalls;
  table.notes = result.notes;
  return table;
}

}  // namespace

QuestionPage::QuestionPage(Workers& workers, QuestionGroup group, QWidget* parent)
    : QWidget(parent), job_(workers, tr("Answering: %1").arg(group.name), this), group_(std::move(group)) {
  setAccessibleName(group_.name);
  setAutoFillBackground(true);
  setBackgroundRole(QPalette::Base);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  bar_ = new QWidget(this);
  auto* row = new QHBoxLayout(bar_);
  row->setContentsMargins(sizes::kPadding, 3, sizes::kPadding, 3);
  row->setSpacing(4);
  if (group_.entries.size() > 1) {
    buttons_ = new QButtonGroup(this);
    for (size_t i = 0; i < group_.entries.size(); ++i) {
      auto* button = new QToolButton(bar_);
      button->setText(group_.entries[i].title);
      button->setToolTip(plain_text(group_.entries[i].question->help));
      button->setCheckable(true);
      button->setChecked(i == 0);
      // Which one is chosen must be seen in both themes.
      auto emphasise = [button](bool on) {
        button->setFont(text_font(sizes::kBaseText, on ? Weight::kSemiBold : Weight::kRegular));
      };
      emphasise(i == 0);
      connect(button, &QToolButton::toggled, button, emphasise);
      buttons_->addButton(button, static_cast<int>(i));
      row->addWidget(button);
    }
    connect(buttons_, &QButtonGroup::idClicked, this, [this](int id) { showEntry(static_cast<size_t>(id)); });
  }
  note_ = new ElidedLabel(bar_);
  note_->setFont(text_font(sizes::kCaptionText));
  note_->setForegroundRole(QPalette::PlaceholderText);
  row->addWidget(note_, 1);
  bar_->setVisible(group_.entries.size() > 1);
  column->addWidget(bar_);
  stack_ = new QStackedWidget(this);
  view_ = new ResultView(stack_);
  view_->setAccessibleName(group_.name);
  empty_ = new QLabel(stack_);
  empty_->setTextFormat(Qt::PlainText);
  empty_->setAlignment(Qt::AlignCenter);
  empty_->setWordWrap(true);
  empty_->setForegroundRole(QPalette::PlaceholderText);
  stack_->addWidget(view_);
  stack_->addWidget(empty_);
  column->addWidget(stack_, 1);
  connect(view_, &ResultView::valueMenuRequested, this, [this](PickedValue value, const QPoint& global) {
    value.command = commandLine();
    emit valueMenuRequested(value, global);
  });
  connect(view_, &ResultView::momentChosen, this, &QuestionPage::momentChosen);
  connect(view_, &ResultView::rowChosen, this, [this](const QModelIndex& index) {
    const auto pid = view_->answer().cellOf(index, "pid");
    if (pid && std::holds_alternative<uint64_t>(*pid))
      emit processChosen(static_cast<uint32_t>(std::get<uint64_t>(*pid)));
  });
}

void QuestionPage::setRecording(std::shared_ptr<const Recording> recording) {
  job_.cancel();
  recording_ = std::move(recording);
  view_->setResult(analyzer::Result(), false);
  stack_->setCurrentWidget(empty_);
  empty_->setText(recording_ ? tr("…") : QString());
  stale_ = true;
}

void QuestionPage::grow(std::shared_ptr<const Recording> recording) {
  recording_ = std::move(recording);
  stale_ = true;
  askIfNeeded();
}

void QuestionPage::ask(const Inquiry& inquiry) {
  // A playhead that moves on and on is followed as quickly as there are answers, not cut short by each step.
  Inquiry elsewhen = inquiry_;
  elsewhen.moment = inquiry.moment;
  const bool waits = job_.running() && elsewhen == inquiry;
  inquiry_ = inquiry;
  if (waits) {
    again_ = true;
    return;
  }
  stale_ = true;
  askIfNeeded();
}

void QuestionPage::setLooked(bool at) {
  looked_at_ = at;
  askIfNeeded();
}

void QuestionPage::showQuestion(std::string_view name) {
  for (size_t i = 0; i < group_.entries.size(); ++i)
    if (group_.entries[i].question->name == name) return showEntry(i);
}

bool QuestionPage::isAtMoment() const {
  const auto& options = group_.entries[current_].question->takes.options;
  return std::any_of(options.begin(), options.end(),
                     [](const analyzer::QuestionOption& option) { return option.name == "at"; });
}

void QuestionPage::showEntry(size_t entry) {
  stale_ |= entry != current_;
  current_ = entry;
  if (buttons_) buttons_->button(static_cast<int>(entry))->setChecked(true);
  askIfNeeded();
}

QString QuestionPage::commandLine() const {
  if (!recording_) return {};
  return QString::fromLocal8Bit(analyzer::command_line(recording_->files, question(), asked(inquiry_)).c_str());
}

analyzer::Asked QuestionPage::asked(const Inquiry& inquiry) const {
  return fit(*recording_->session, group_.entries[current_], inquiry).asked;
}

void QuestionPage::askIfNeeded() {
  if (!stale_ || !looked_at_ || !recording_) return;
  stale_ = again_ = false;
  job_.start(
      [recording = recording_, entry = group_.entries[current_], inquiry = inquiry_](const PoolJob::Task& task) {
        FittedQuestion fitted = fit(*recording->session, entry, inquiry);
        fitted.asked.stop = task.stop;
        fitted.asked.limit =
            entry.question->takes.limit && entry.question->takes.limit_within.empty() ? kMostRows : SIZE_MAX;
        fitted.asked.progress = [&](const analyzer::Progress& progress) { task.tell(progress.done, progress.all); };
        Found answered{as_table(analyzer::ask(*entry.question, *recording->session, fitted.asked)), fitted.left_out};
        const bool limited = !fitted.asked.filter.empty() || !fitted.asked.from.empty() || !fitted.asked.to.empty();
        if (answered.result.rows()) return answered;
        answered.why_empty = recorded_with(*entry.question);
        if (answered.why_empty.isEmpty() || !limited) return answered;
        // None of these, or none at all?
        analyzer::Asked all;
        all.argument = fitted.asked.argument;
        all.limit = 1;
        all.stop = task.stop;
        if (analyzer::ask(*entry.question, *recording->session, all).rows()) answered.why_empty.clear();
        return answered;
      },
      [this](Found&& found) { show(std::move(found)); },
      [this](const QString& what) {
        stack_->setCurrentWidget(empty_);
        empty_->setText(what);
        note_->clear();
      });
}

void QuestionPage::show(Found found) {
  analyzer::Result result = std::move(found.result);
  const QString& left_out = found.left_out;
  const bool lost = result.coverage.lost || !result.coverage.lost_known;
  QStringList notes;
  if (!left_out.isEmpty()) notes += left_out;
  if (result.all_rows > result.rows())
    notes += tr("The first %1 of %2 rows.").arg(count_text(result.rows()), count_text(result.all_rows));
  if (result.stopped) notes += tr("Stopped: this is what was known by then.");
  for (const std::string& shortfall : result.shortfalls) notes += plain_text(shortfall, 200) + u'.';
  for (const std::string& note : result.notes) notes += plain_text(note, 200);
  note_->setText(notes.join(QStringLiteral("  ")));
  note_->setToolTip(QStringLiteral("<span>") + note_->text().toHtmlEscaped() + QStringLiteral("</span>"));
  bar_->setVisible(group_.entries.size() > 1 || !notes.isEmpty());
  const bool none = result.rows() == 0;
  view_->setResult(std::move(result), lost);
  if (none) {
    const bool limited = inquiry_.range || !inquiry_.whole_filter().empty();
    // Rows are in the range in which they began: what was there all along has none.
    const bool began_elsewhere = inquiry_.range && question().takes.time == analyzer::Takes::Over::kRows;
    const bool has_moment = std::any_of(group_.entries.begin(), group_.entries.end(),
                                        [](const QuestionEntry& entry) { return entry.question->name == "ps"; });
    empty_->setText(!found.why_empty.isEmpty() ? found.why_empty
                    : began_elsewhere && has_moment
                        ? tr("None of these began in what is selected. “At a moment” has those that were there.")
                    : began_elsewhere ? tr("None of these began in what is selected.")
                    : limited         ? tr("Nothing of this in what is selected.")
                                      : tr("Nothing of this was recorded."));
  }
  stack_->setCurrentWidget(none ? static_cast<QWidget*>(empty_) : view_);
  emit answered();
  stale_ |= std::exchange(again_, false);
  askIfNeeded();
}

}  // namespace ebpftrace::gui
