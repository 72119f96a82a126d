// SPDX-License-Identifier: Apache-2.0
#include "gui/window/preferences_dialog.h"

#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QToolButton>

#include "gui/style/dialog_grid.h"
#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

constexpr int kWide = 520, kFieldHeight = 26;

QLabel* caption(const QString& text, QWidget* buddy, QWidget* parent) {
  auto* made = new QLabel(text, parent);
  made->setBuddy(buddy);
  made->setFont(text_font(sizes::kMenuText));
  return made;
}

QComboBox* choice(const QString& name, const QStringList& texts, int chosen, QWidget* parent) {
  auto* made = new QComboBox(parent);
  made->setAccessibleName(name);
  made->setFont(text_font(sizes::kMenuText));
  made->setMinimumHeight(kFieldHeight);
  made->addItems(texts);
  made->setCurrentIndex(chosen);
  return made;
}

}  // namespace

PreferencesDialog::PreferencesDialog(const Preferences& preferences, const QString& found_recorder, QWidget* parent)
    : QDialog(parent), preferences_(preferences) {
  setWindowTitle(tr("Preferences"));
  setMinimumWidth(kWide);
  const DialogGrid layout(this);
  QGridLayout* const grid = layout.grid;

  // In the order of Preferences::Theme.
  theme_ = choice(tr("Colours"), {tr("As the desktop has them"), tr("Light"), tr("Dark")},
                  static_cast<int>(preferences.theme), this);
  times_ = choice(tr("Times"), {tr("Since the recording's start"), tr("Of the day, where it was recorded")},
                  preferences.wall_clock, this);
  recorder_ = new QLineEdit(preferences.recorder, this);
  recorder_->setAccessibleName(tr("Recorder"));
  recorder_->setFont(fixed_font(sizes::kFixedText));
  recorder_->setMinimumHeight(kFieldHeight);
  recorder_->setPlaceholderText(found_recorder.isEmpty() ? tr("none was found") : found_recorder);
  auto* browse = new QToolButton(this);
  browse->setText(QStringLiteral("…"));
  browse->setAccessibleName(tr("Choose the recorder"));
  browse->setMinimumHeight(kFieldHeight);
  recorder_remark_ = new QLabel(this);
  recorder_remark_->setTextFormat(Qt::PlainText);
  recorder_remark_->setFont(text_font(sizes::kSecondText));
  QPalette wrong = recorder_remark_->palette();
  wrong.setColor(QPalette::WindowText, colours_for(palette()).error_text);
  recorder_remark_->setPalette(wrong);
  remember_ = new QCheckBox(tr("Re&member which files were opened"), this);
  remember_->setFont(text_font(sizes::kMenuText));
  remember_->setChecked(preferences.remember_recent);
  auto* forget = new QPushButton(tr("&Forget them"), this);
  forget->setAutoDefault(false);

  int row = 0;
  grid->addWidget(caption(tr("&Colours"), theme_, this), row, 0);
  grid->addWidget(theme_, row++, 1, 1, 2);
  grid->addWidget(caption(tr("&Times"), times_, this), row, 0);
  grid->addWidget(times_, row++, 1, 1, 2);
  grid->addWidget(caption(tr("&Recorder"), recorder_, this), row, 0);
  grid->addWidget(recorder_, row, 1);
  grid->addWidget(browse, row++, 2);
  grid->addWidget(recorder_remark_, row++, 1, 1, 2);
  auto* files = new QHBoxLayout;
  files->addWidget(remember_);
  files->addStretch(1);
  files->addWidget(forget);
  grid->addWidget(caption(tr("Files"), nullptr, this), row, 0);
  grid->addLayout(files, row++, 1, 1, 2);

  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
  layout.column->addWidget(buttons);

  connect(theme_, &QComboBox::currentIndexChanged, this, &PreferencesDialog::take);
  connect(times_, &QComboBox::currentIndexChanged, this, &PreferencesDialog::take);
  connect(recorder_, &QLineEdit::textChanged, this, &PreferencesDialog::take);
  connect(remember_, &QCheckBox::toggled, this, &PreferencesDialog::take);
  connect(browse, &QToolButton::clicked, this, &PreferencesDialog::chooseRecorder);
  connect(forget, &QPushButton::clicked, this, [this, forget] {
    emit forgetRecent();
    forget->setEnabled(false);
  });
  take();
}

void PreferencesDialog::take() {
  Preferences now;
  now.theme = static_cast<Preferences::Theme>(theme_->currentIndex());
  now.wall_clock = times_->currentIndex() == 1;
  now.remember_recent = remember_->isChecked();
  // What can't be run is not taken: the one before stays.
  const QString named = recorder_->text().trimmed();
  const QFileInfo file(named);
  const bool usable = named.isEmpty() || (file.isAbsolute() && file.isFile() && file.isExecutable());
  now.recorder = usable ? named : preferences_.recorder;
  recorder_remark_->setText(usable              ? QString()
                            : file.isAbsolute() ? tr("No program that can be run is there.")
                                                : tr("That is no whole path, as /usr/bin/ebpf-record is."));
  recorder_remark_->setVisible(!usable);
  if (now == preferences_) return;
  preferences_ = now;
  emit changed(preferences_);
}

void PreferencesDialog::chooseRecorder() {
  const QString file = QFileDialog::getOpenFileName(this, tr("The recorder"), recorder_->text());
  if (!file.isEmpty()) recorder_->setText(file);
}

}  // namespace ebpftrace::gui
