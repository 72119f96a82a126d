// SPDX-License-Identifier: Apache-2.0
#include "gui/live/record_dialog.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "gui/style/dialog_grid.h"
#include "gui/style/icons.h"
#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

constexpr int kWide = 640, kCaptionWidth = 132;

QLineEdit* field(const QString& name, const QString& placeholder, QWidget* parent) {
  auto* made = new QLineEdit(parent);
  made->setFont(fixed_font(sizes::kFixedText));
  made->setPlaceholderText(placeholder);
  made->setAccessibleName(name);
  made->setMinimumHeight(26);
  return made;
}

QLabel* caption(const QString& text, QWidget* buddy, QWidget* parent) {
  auto* made = new QLabel(text, parent);
  made->setBuddy(buddy);
  made->setFont(text_font(sizes::kMenuText));
  made->setMinimumWidth(kCaptionWidth);
  return made;
}

QLabel* remark(const QString& text, QWidget* parent) {
  auto* made = new QLabel(text, parent);
  made->setTextFormat(Qt::PlainText);
  made->setFont(text_font(sizes::kSecondText));
  made->setForegroundRole(QPalette::PlaceholderText);
  made->setWordWrap(true);
  return made;
}

}  // namespace

RecordDialog::RecordDialog(RecorderProcess& recorder, const Privileges& privileges, QWidget* parent)
    : QDialog(parent), recorder_(recorder), privileges_(privileges) {
  setWindowTitle(tr("Record"));
  setMinimumWidth(kWide);
  const DialogGrid layout(this);
  QVBoxLayout* const column = layout.column;
  QGridLayout* const grid = layout.grid;
  int row = 0;

  by_command_ = new QRadioButton(tr("A &command"), this);
  by_pids_ = new QRadioButton(tr("&Processes"), this);
  by_machine_ = new QRadioButton(tr("The &whole machine"), this);
  for (QRadioButton* button : {by_command_, by_pids_, by_machine_}) button->setFont(text_font(sizes::kMenuText));
  command_ = field(tr("Command"), tr("make -j4"), this);
  folder_ = field(tr("Folder"), QDir::currentPath(), this);
  pids_ = field(tr("Process ids"), tr("4711, 4712: with all that they start"), this);
  calls_ = field(tr("System calls"), tr("all: or openat, %file, !close, /regular expression"), this);
  limit_ = field(tr("Bytes of each text and buffer"), tr("256"), this);
  duration_ = field(tr("Seconds"), tr("until it ends"), this);
  output_ = field(tr("File"), {}, this);
  data_ = new QCheckBox(tr("Keep what is &read and written, up to so many bytes of each buffer"), this);
  data_->setFont(text_font(sizes::kMenuText));
  auto* browse_folder = new QToolButton(this);
  auto* browse_output = new QToolButton(this);
  for (QToolButton* button : {browse_folder, browse_output}) {
    button->setText(QStringLiteral("…"));
    button->setMinimumHeight(26);
  }
  browse_folder->setAccessibleName(tr("Choose the folder"));
  browse_output->setAccessibleName(tr("Choose the file"));

  grid->addWidget(by_command_, row, 0);
  grid->addWidget(command_, row++, 1, 1, 2);
  grid->addWidget(caption(tr("     in &folder"), folder_, this), row, 0);
  grid->addWidget(folder_, row, 1);
  grid->addWidget(browse_folder, row++, 2);
  grid->addWidget(by_pids_, row, 0);
  grid->addWidget(pids_, row++, 1, 1, 2);
  grid->addWidget(by_machine_, row++, 0, 1, 3);
  grid->setRowMinimumHeight(row++, 4);
  grid->addWidget(caption(tr("System c&alls"), calls_, this), row, 0);
  grid->addWidget(calls_, row++, 1, 1, 2);
  grid->addWidget(data_, row++, 1, 1, 2);
  grid->addWidget(
      remark(tr("It is other people's data, and costs time and space. Without it, only how much moved is kept."), this),
      row++, 1, 1, 2);
  auto* numbers = new QHBoxLayout;
  numbers->setSpacing(sizes::kWidePadding);
  limit_->setFixedWidth(84);
  duration_->setFixedWidth(104);
  numbers->addWidget(limit_);
  numbers->addSpacing(sizes::kWidePadding);
  auto* duration_caption = caption(tr("Stop after &seconds"), duration_, this);
  duration_caption->setMinimumWidth(0);
  numbers->addWidget(duration_caption);
  numbers->addWidget(duration_);
  numbers->addStretch(1);
  grid->addWidget(caption(tr("&Bytes of each text"), limit_, this), row, 0);
  grid->addLayout(numbers, row++, 1, 1, 2);
  grid->setRowMinimumHeight(row++, 4);
  grid->addWidget(caption(tr("&Into the file"), output_, this), row, 0);
  grid->addWidget(output_, row, 1);
  grid->addWidget(browse_output, row++, 2);

  preview_ = new QLabel(this);
  preview_->setTextFormat(Qt::PlainText);
  preview_->setFont(fixed_font(sizes::kFixedText));
  preview_->setWordWrap(true);
  preview_->setAutoFillBackground(true);
  preview_->setBackgroundRole(QPalette::Base);
  preview_->setContentsMargins(sizes::kPadding, 6, sizes::kPadding, 6);
  preview_->setAccessibleName(tr("As command line"));
  preview_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  preview_->setMinimumHeight(48);
  preview_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  column->addWidget(preview_);
  error_ = new QLabel(this);
  error_->setTextFormat(Qt::PlainText);
  error_->setWordWrap(true);
  error_->setFont(text_font(sizes::kMenuText));
  error_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  error_->hide();
  column->addWidget(error_);
  column->addStretch(1);

  auto* buttons = new QDialogButtonBox(this);
  auto* copy = buttons->addButton(tr("Copy command line"), QDialogButtonBox::ActionRole);
  stop_ = buttons->addButton(tr("S&top"), QDialogButtonBox::ActionRole);
  record_ = buttons->addButton(tr("&Record"), QDialogButtonBox::AcceptRole);
  auto* close = buttons->addButton(QDialogButtonBox::Close);
  record_->setDefault(true);
  column->addWidget(buttons);
  by_command_->setChecked(true);

  for (QLineEdit* edit : {command_, folder_, pids_, calls_, limit_, duration_, output_})
    connect(edit, &QLineEdit::textChanged, this, &RecordDialog::showState);
  // Who writes into a field means it.
  connect(command_, &QLineEdit::textEdited, this, [this] { by_command_->setChecked(true); });
  connect(pids_, &QLineEdit::textEdited, this, [this] { by_pids_->setChecked(true); });
  for (QRadioButton* button : {by_command_, by_pids_, by_machine_})
    connect(button, &QRadioButton::toggled, this, &RecordDialog::showState);
  connect(data_, &QCheckBox::toggled, this, &RecordDialog::showState);
  connect(browse_folder, &QToolButton::clicked, this, [this] {
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Run the command in"), folder_->text());
    if (!folder.isEmpty()) folder_->setText(folder);
  });
  connect(browse_output, &QToolButton::clicked, this, [this] {
    const QString file =
        QFileDialog::getSaveFileName(this, tr("Record into"), output_->text(), tr("Traces (*.trace);;All files (*)"));
    if (!file.isEmpty()) output_->setText(file);
  });
  connect(copy, &QPushButton::clicked, this, [this] { emit copyRequested(commandLine()); });
  connect(record_, &QPushButton::clicked, this, &RecordDialog::record);
  connect(stop_, &QPushButton::clicked, &recorder_, &RecorderProcess::stop);
  connect(close, &QPushButton::clicked, this, &QDialog::hide);
  connect(&recorder_, &RecorderProcess::fileBegun, this, &QDialog::hide);
  connect(&recorder_, &RecorderProcess::finished, this, [this](const QString& error) {
    if (!error.isEmpty()) {
      showError(error);
      show();
      raise();
    }
    showState();
  });
  RecordOptions first;
  first.output = QDir::current().filePath(QStringLiteral("run.trace"));
  setOptions(first);
}

void RecordDialog::setOptions(const RecordOptions& options) {
  by_command_->setChecked(options.what == RecordOptions::What::kCommand);
  by_pids_->setChecked(options.what == RecordOptions::What::kProcesses);
  by_machine_->setChecked(options.what == RecordOptions::What::kMachine);
  command_->setText(options.command);
  folder_->setText(options.folder);
  pids_->setText(options.pids);
  calls_->setText(options.calls);
  limit_->setText(options.string_limit);
  duration_->setText(options.duration);
  output_->setText(options.output);
  data_->setChecked(options.data);
  tried_ = false;
  showError({});
  showState();
  command_->setCursorPosition(0);
}

RecordOptions RecordDialog::options() const {
  RecordOptions options;
  options.what = by_pids_->isChecked()      ? RecordOptions::What::kProcesses
                 : by_machine_->isChecked() ? RecordOptions::What::kMachine
                                            : RecordOptions::What::kCommand;
  options.command = command_->text();
  options.folder = folder_->text();
  options.pids = pids_->text();
  options.calls = calls_->text();
  options.data = data_->isChecked();
  options.string_limit = limit_->text();
  options.duration = duration_->text();
  options.output = output_->text();
  return options;
}

QString RecordDialog::commandLine() const {
  const RecordCommand command = record_command(options(), privileges_);
  return command.isValid() ? command.shellLine() : QString();
}

QString RecordDialog::errorText() const { return error_->isHidden() ? QString() : error_->text(); }

void RecordDialog::showError(const QString& text) {
  QPalette palette = error_->palette();
  palette.setColor(QPalette::WindowText, colours_for(this->palette()).error_text);
  error_->setPalette(palette);
  error_->setText(text);
  error_->setVisible(!text.isEmpty());
}

void RecordDialog::showState() {
  const RecordCommand command = record_command(options(), privileges_);
  preview_->setText(command.isValid() ? command.shellLine() : command.error);
  preview_->setForegroundRole(command.isValid() ? QPalette::Text : QPalette::PlaceholderText);
  // What is missing is no error before somebody wants to record.
  if (tried_ || (privileges_.recorder.isEmpty() || privileges_.by == Privileges::By::kNone)) showError(command.error);
  const bool runs = recorder_.isRunning();
  record_->setEnabled(!runs);
  stop_->setVisible(runs);
  stop_->setEnabled(!recorder_.isStopping());
}

void RecordDialog::record() {
  tried_ = true;
  const RecordCommand command = record_command(options(), privileges_);
  showError(command.error);
  if (!command.isValid() || recorder_.isRunning()) return;
  recorder_.start(command, options().output);
  tried_ = false;
  showState();
  emit started();
}

}  // namespace ebpftrace::gui
