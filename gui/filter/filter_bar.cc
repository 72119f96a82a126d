// SPDX-License-Identifier: Apache-2.0
#include "gui/filter/filter_bar.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include "gui/filter/chip.h"
#include "gui/style/icons.h"
#include "gui/style/palette.h"
#include "gui/style/quantity_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

constexpr size_t kMostChips = 6;

// "!(call == …)" reads as: not call == …
bool take_not(QString& condition) {
  if (condition.startsWith(QLatin1String("!(")) && condition.endsWith(u')')) {
    condition = condition.mid(2, condition.size() - 3);
    return true;
  }
  if (condition.startsWith(u'!') && !condition.startsWith(QLatin1String("!="))) {
    condition = condition.mid(1).trimmed();
    return true;
  }
  return false;
}

}  // namespace

FilterBar::FilterBar(Workers& workers, Scope& scope, QWidget* parent)
    : QWidget(parent), scope_(scope), field_(new FilterField(workers, this)), chips_(new QHBoxLayout) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  auto* bar = new QWidget(this);
  bar->setFixedHeight(sizes::kFilterBar);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(sizes::kPadding, 0, sizes::kPadding, 0);
  row->setSpacing(sizes::kPadding);
  auto* icon = new IconLabel(Icon::kFilter, bar);
  auto* label = new QLabel(tr("Filter"), bar);
  label->setBuddy(field_);
  label->setFont(text_font(sizes::kMenuText));
  field_->setMinimumWidth(240);
  field_->setMaximumWidth(720);
  field_->setFixedHeight(26);
  chips_->setSpacing(6);
  undo_ = new QToolButton(bar);
  undo_->setIcon(themed_icon(Icon::kUndo));
  undo_->setAutoRaise(true);
  undo_->setToolTip(tr("What was asked before (Ctrl+Z)"));
  undo_->setAccessibleName(tr("Undo the last change of filter or selection"));
  auto* clear = new QToolButton(bar);
  clear->setText(tr("Clear filter"));
  clear->setFont(text_font(sizes::kBaseText));
  clear->setAutoRaise(true);
  clear->setToolTip(tr("Show all events again (Ctrl+Shift+L)"));
  clear->hide();
  connect(clear, &QToolButton::clicked, &scope_, [this] { scope_.setFilter({}); });
  connect(&scope_, &Scope::changed, clear, [this, clear] { clear->setVisible(!scope_.now().filter.isEmpty()); });
  counts_ = new QLabel(bar);
  counts_->setTextFormat(Qt::PlainText);
  counts_->setFont(text_font(sizes::kMenuText));
  counts_->setAccessibleName(tr("Events that match"));
  copy_ = new QToolButton(bar);
  copy_->setText(tr("Copy as command line"));
  copy_->setIcon(themed_icon(Icon::kTerminal));
  copy_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  copy_->setToolTip(tr("The ebpf-analyze command that lists these events (Ctrl+Shift+C)"));
  row->addWidget(icon);
  row->addWidget(label);
  row->addWidget(field_, 3);
  row->addLayout(chips_);
  row->addWidget(undo_);
  row->addWidget(clear);
  row->addStretch(1);
  row->addWidget(counts_);
  row->addWidget(copy_);
  error_ = new QLabel(this);
  error_->setTextFormat(Qt::PlainText);
  error_->setFont(text_font(sizes::kBaseText));
  error_->setContentsMargins(72, 0, sizes::kPadding, 4);
  error_->setWordWrap(true);
  error_->hide();
  column->addWidget(bar);
  column->addWidget(error_);

  connect(field_, &FilterField::accepted, &scope_, &Scope::setFilter);
  connect(field_, &FilterField::errorChanged, this, [this](const QString& message, int character) {
    error_->setVisible(!message.isEmpty());
    QPalette palette = error_->palette();
    palette.setColor(QPalette::WindowText, colours_for(this->palette()).error_text);
    error_->setPalette(palette);
    error_->setText(message.isEmpty() ? QString() : tr("Column %1: %2").arg(character + 1).arg(message));
  });
  connect(&scope_, &Scope::changed, this, [this] {
    field_->setFilter(scope_.now().filter);
    rebuildChips();
  });
  connect(undo_, &QToolButton::clicked, &scope_, &Scope::undo);
  connect(copy_, &QToolButton::clicked, this, &FilterBar::copyCommandRequested);
  rebuildChips();
}

void FilterBar::setRecording(std::shared_ptr<const Recording> recording) {
  field_->setRecording(recording);
  setEnabled(recording != nullptr);
}

void FilterBar::setCounts(const QString& text) { counts_->setText(text); }

std::vector<QString> FilterBar::chips() const {
  std::vector<QString> texts;
  for (const QWidget* chip : chip_widgets_) texts.push_back(static_cast<const Chip*>(chip)->text());
  return texts;
}

void FilterBar::addChip(const QString& text, const QString& prefix, bool gold, std::function<void()> remove) {
  auto* chip = new Chip(prefix, text, gold, this);
  // The chip goes with the click: not while it is being told of it.
  connect(chip, &QAbstractButton::clicked, this, std::move(remove), Qt::QueuedConnection);
  chips_->addWidget(chip);
  chip_widgets_.push_back(chip);
}

void FilterBar::rebuildChips() {
  for (QWidget* chip : chip_widgets_) {
    chips_->removeWidget(chip);
    chip->hide();
    chip->deleteLater();
  }
  chip_widgets_.clear();
  const std::vector<std::string> conditions = scope_.conditions();
  for (size_t i = 0; i < conditions.size() && i < kMostChips; ++i) {
    QString text = QString::fromStdString(conditions[i]);
    const bool negative = take_not(text);
    addChip(text, negative ? tr("not") : QString(), false, [this, i] { scope_.removeCondition(i); });
  }
  if (const QString lanes = scope_.now().lanes; !lanes.isEmpty())
    addChip(lanes, tr("lanes"), true, [this] { scope_.setLanes({}); });
  if (const auto& range = scope_.now().range)
    addChip(tr("A – B, %1").arg(duration_text(static_cast<double>(range->length_ns()))), tr("range"), true,
            [this] { scope_.setRange({}); });
  undo_->setEnabled(scope_.canUndo());
}

}  // namespace ebpftrace::gui
