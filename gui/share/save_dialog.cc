// SPDX-License-Identifier: Apache-2.0
#include "gui/share/save_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QRadioButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "gui/style/dialog_grid.h"
#include "gui/style/palette.h"
#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

// What of all events is meant, for people; empty: all of them.
QString choice_text(const Inquiry& inquiry) {
  QStringList parts;
  if (inquiry.range) {
    const int64_t step = std::max<int64_t>(1, inquiry.range->length_ns() / 1000);
    parts +=
        QObject::tr("%1 to %2").arg(moment_text(inquiry.range->from_ns, step), moment_text(inquiry.range->to_ns, step));
  }
  if (const std::string filter = inquiry.whole_filter(); !filter.empty()) parts += plain_text(filter, 120);
  return parts.join(QStringLiteral(", "));
}

}  // namespace

SaveDialog::SaveDialog(Workers& workers, std::function<Shown()> shown,
                       std::function<QString(const QString&)> save_picture, QWidget* parent)
    : QDialog(parent),
      job_(workers, tr("Saving"), this),
      shown_(std::move(shown)),
      save_picture_(std::move(save_picture)),
      forms_(save_forms()) {
  setWindowTitle(tr("Save"));
  setMinimumWidth(600);
  const DialogGrid layout(this);
  QVBoxLayout* const column = layout.column;
  QGridLayout* const grid = layout.grid;
  what_ = new QComboBox(this);
  what_->setAccessibleName(tr("What to save"));
  for (const SaveForm& form : forms_) what_->addItem(form.title);
  what_->setMaxVisibleItems(static_cast<int>(forms_.size()));
  help_ = new QLabel(this);
  of_what_ = new QLabel(this);
  outcome_ = new QLabel(this);
  for (QLabel* label : {help_, of_what_, outcome_}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setFont(text_font(sizes::kSecondText));
    label->setForegroundRole(QPalette::PlaceholderText);
  }
  outcome_->setFont(text_font(sizes::kMenuText));
  outcome_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  help_->setMinimumHeight(32);
  help_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  selected_ = new QRadioButton(tr("What is &selected"), this);
  all_ = new QRadioButton(tr("&All of the recording"), this);
  selected_->setChecked(true);
  path_ = new QLineEdit(this);
  path_->setFont(fixed_font(sizes::kFixedText));
  path_->setAccessibleName(tr("File"));
  auto* browse = new QToolButton(this);
  browse->setText(QStringLiteral("…"));
  browse->setAccessibleName(tr("Choose the file"));
  for (QWidget* widget : {static_cast<QWidget*>(what_), static_cast<QWidget*>(path_), static_cast<QWidget*>(browse)})
    widget->setMinimumHeight(26);
  auto caption = [this](const QString& text, QWidget* buddy) {
    auto* label = new QLabel(text, this);
    label->setBuddy(buddy);
    label->setFont(text_font(sizes::kMenuText));
    return label;
  };
  for (QWidget* widget : {static_cast<QWidget*>(what_), static_cast<QWidget*>(selected_), static_cast<QWidget*>(all_)})
    widget->setFont(text_font(sizes::kMenuText));
  grid->addWidget(caption(tr("&What"), what_), 0, 0);
  grid->addWidget(what_, 0, 1, 1, 2);
  grid->addWidget(help_, 1, 1, 1, 2);
  grid->addWidget(caption(tr("Of"), selected_), 2, 0);
  grid->addWidget(selected_, 2, 1, 1, 2);
  grid->addWidget(of_what_, 3, 1, 1, 2);
  grid->addWidget(all_, 4, 1, 1, 2);
  grid->addWidget(caption(tr("&Into"), path_), 5, 0);
  grid->addWidget(path_, 5, 1);
  grid->addWidget(browse, 5, 2);
  progress_ = new QProgressBar(this);
  progress_->setTextVisible(false);
  progress_->setFixedHeight(10);
  progress_->setAccessibleName(tr("Progress"));
  progress_->hide();
  column->addWidget(progress_);
  column->addWidget(outcome_);
  column->addStretch(1);
  auto* buttons = new QDialogButtonBox(this);
  save_ = buttons->addButton(tr("&Save"), QDialogButtonBox::AcceptRole);
  cancel_ = buttons->addButton(tr("&Cancel"), QDialogButtonBox::ActionRole);
  auto* close = buttons->addButton(QDialogButtonBox::Close);
  save_->setDefault(true);
  column->addWidget(buttons);

  connect(what_, &QComboBox::currentIndexChanged, this, [this] {
    proposePath();
    say({}, false);
    showState();
  });
  connect(selected_, &QRadioButton::toggled, this, &SaveDialog::showState);
  connect(browse, &QToolButton::clicked, this, [this] {
    const QString file = QFileDialog::getSaveFileName(this, tr("Save as"), path_->text());
    if (!file.isEmpty()) path_->setText(file);
  });
  connect(save_, &QPushButton::clicked, this, &SaveDialog::saveNow);
  connect(cancel_, &QPushButton::clicked, this, [this] { job_.stopEarly(); });
  connect(close, &QPushButton::clicked, this, &QDialog::hide);
  // Later, as in the window: it may be told while something paints itself.
  connect(
      &workers, &Workers::changed, this,
      [this, &workers] {
        if (!job_.running()) return;
        progress_->setRange(0, workers.progress() < 0 ? 0 : 100);
        if (workers.progress() >= 0) progress_->setValue(static_cast<int>(100 * workers.progress()));
      },
      Qt::QueuedConnection);
}

const SaveForm& SaveDialog::form() const { return forms_[static_cast<size_t>(std::max(0, what_->currentIndex()))]; }
QString SaveDialog::path() const { return path_->text(); }
QString SaveDialog::outcome() const { return outcome_->text(); }
void SaveDialog::setPath(const QString& path) { path_->setText(path); }

void SaveDialog::choose(SaveForm::Kind kind, const std::string& export_name) {
  for (size_t i = 0; i < forms_.size(); ++i)
    if (forms_[i].kind == kind && forms_[i].export_name == export_name) what_->setCurrentIndex(static_cast<int>(i));
}

void SaveDialog::showEvent(QShowEvent* event) {
  proposePath();
  say({}, false);
  showState();
  QDialog::showEvent(event);
}

// Not over what somebody wrote.
void SaveDialog::proposePath() {
  if (!path_->text().isEmpty() && path_->text() != proposed_) return;
  const Shown shown = shown_();
  if (!shown.recording) return;
  proposed_ = proposed_name(form(), shown.recording->files.front(), shown.table);
  path_->setText(proposed_);
}

void SaveDialog::showState() {
  const Shown shown = shown_();
  const QString choice = choice_text(shown.inquiry);
  help_->setText(form().help);
  const bool chooses = form().isOfSelection() && !choice.isEmpty();
  selected_->setEnabled(chooses && !job_.running());
  all_->setEnabled(chooses && !job_.running());
  of_what_->setText(form().kind == SaveForm::Kind::kPicture ? tr("What is in view.")
                    : !form().isOfSelection()               ? tr("A redaction is of all of it.")
                    : choice.isEmpty() ? tr("Nothing is selected and there is no filter: it is all of the recording.")
                                       : choice);
  save_->setEnabled(shown.recording != nullptr && !job_.running());
  cancel_->setVisible(job_.running());
  progress_->setVisible(job_.running());
}

void SaveDialog::say(const QString& text, bool is_error) {
  QPalette palette = outcome_->palette();
  const Colours& colours = colours_for(this->palette());
  palette.setColor(QPalette::PlaceholderText, is_error ? colours.error_text : colours.text);
  outcome_->setPalette(palette);
  outcome_->setText(text);
}

void SaveDialog::saveNow() {
  const Shown shown = shown_();
  if (!shown.recording || job_.running()) return;
  SaveRequest request;
  request.form = form();
  request.recording = shown.recording;
  request.path = path_->text().trimmed();
  if (request.path.isEmpty()) return say(tr("Name the file to save into."), true);
  if (selected_->isChecked()) request.inquiry = shown.inquiry;
  if (request.form.kind == SaveForm::Kind::kPicture) {
    const QString why = save_picture_(request.path);
    say(why.isEmpty() ? tr("Saved as %1").arg(request.path) : why, !why.isEmpty());
    if (why.isEmpty()) emit saved(request.path);
    return;
  }
  if (shown.ask_table) request.table = shown.ask_table(request.inquiry);
  say({}, false);
  job_.start(
      [request](const PoolJob::Task& task) { return save(request, task); },
      [this, path = request.path](std::optional<QString>&& left_out) {
        if (!left_out)
          say(tr("Cancelled: there is no file."), false);
        else
          say(left_out->isEmpty() ? tr("Saved as %1").arg(path) : tr("Saved as %1. Left out: %2").arg(path, *left_out),
              false);
        if (left_out) emit saved(path);
        showState();
      },
      [this](const QString& what) {
        say(what.section(u'\n', 0, 0), true);
        showState();
      });
  showState();
}

}  // namespace ebpftrace::gui
