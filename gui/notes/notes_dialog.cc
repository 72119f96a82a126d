// SPDX-License-Identifier: Apache-2.0
#include "gui/notes/notes_dialog.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "gui/style/palette.h"
#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

constexpr int kKindRole = Qt::UserRole, kPlaceRole = Qt::UserRole + 1, kTimeRole = Qt::UserRole + 2;
enum Kind { kMarker, kRecorded, kView };

}  // namespace

NotesDialog::NotesDialog(Notebook& notebook, QWidget* parent) : QDialog(parent), notebook_(notebook) {
  setWindowTitle(tr("Markers and notes"));
  resize(560, 520);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(16, 16, 16, sizes::kWidePadding);
  column->setSpacing(sizes::kPadding);
  auto caption = [this](const QString& text) {
    auto* label = new QLabel(text, this);
    label->setFont(text_font(sizes::kMenuText, Weight::kSemiBold));
    return label;
  };
  column->addWidget(caption(tr("Markers and views")));
  list_ = new QTreeWidget(this);
  list_->setAccessibleName(tr("Markers and views"));
  list_->setColumnCount(3);
  list_->setHeaderLabels({tr("Time"), tr("What"), tr("Of")});
  list_->setRootIsDecorated(false);
  list_->setUniformRowHeights(true);
  list_->setAlternatingRowColors(true);
  list_->setFont(text_font(sizes::kBaseText));
  list_->setEditTriggers(QAbstractItemView::EditKeyPressed);
  list_->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
  list_->header()->setSectionResizeMode(1, QHeaderView::Stretch);
  list_->header()->setSectionResizeMode(2, QHeaderView::ResizeToContents);
  list_->header()->setStretchLastSection(false);
  column->addWidget(list_, 3);
  hint_ = new QLabel(tr("M in the timeline marks a moment.\nCtrl+B keeps what is in view under a name."), list_);
  hint_->setAlignment(Qt::AlignCenter);
  hint_->setFont(text_font(sizes::kBaseText));
  hint_->setForegroundRole(QPalette::PlaceholderText);
  auto* over_list = new QVBoxLayout(list_->viewport());
  over_list->addWidget(hint_);
  column->addWidget(caption(tr("Notes on the recording")));
  text_ = new QPlainTextEdit(this);
  text_->setAccessibleName(tr("Notes on the recording"));
  text_->setFont(text_font(sizes::kMenuText));
  text_->setTabChangesFocus(true);
  text_->setPlaceholderText(tr("What whoever opens this recording next should know."));
  column->addWidget(text_, 2);
  place_ = new QLabel(this);
  place_->setTextFormat(Qt::PlainText);
  place_->setWordWrap(true);
  place_->setFont(text_font(sizes::kCaptionText));
  place_->setForegroundRole(QPalette::PlaceholderText);
  column->addWidget(place_);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  go_ = buttons->addButton(tr("&Go there"), QDialogButtonBox::ActionRole);
  rename_ = buttons->addButton(tr("&Rename"), QDialogButtonBox::ActionRole);
  remove_ = buttons->addButton(tr("&Delete"), QDialogButtonBox::ActionRole);
  undo_ = buttons->addButton(tr("&Undo"), QDialogButtonBox::ActionRole);
  column->addWidget(buttons);

  connect(&notebook_, &Notebook::changed, this, &NotesDialog::fill);
  connect(list_, &QTreeWidget::itemActivated, this, &NotesDialog::choose);
  connect(list_, &QTreeWidget::currentItemChanged, this, &NotesDialog::showButtons);
  connect(list_, &QTreeWidget::itemChanged, this, [this](QTreeWidgetItem* item) {
    if (!filling_) rename(item);
  });
  connect(go_, &QPushButton::clicked, this, &NotesDialog::choose);
  connect(rename_, &QPushButton::clicked, this, [this] {
    if (list_->currentItem()) list_->editItem(list_->currentItem(), 1);
  });
  connect(remove_, &QPushButton::clicked, this, &NotesDialog::removeCurrent);
  connect(undo_, &QPushButton::clicked, &notebook_, &Notebook::undo);
  connect(text_, &QPlainTextEdit::textChanged, this, [this] {
    if (!filling_) notebook_.setText(text_->toPlainText());
  });
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::hide);
  fill();
}

void NotesDialog::setRecordedMarkers(std::vector<Marker> markers) {
  recorded_ = std::move(markers);
  fill();
}

void NotesDialog::setPlace(const QString& text) { place_->setText(text); }

void NotesDialog::fill() {
  filling_ = true;
  const int current = list_->indexOfTopLevelItem(list_->currentItem());
  list_->clear();
  auto add = [this](Kind kind, size_t place, int64_t at_ns, const QString& time, const QString& text,
                    const QString& of) {
    auto* item = new QTreeWidgetItem({time, text, of});
    item->setData(0, kKindRole, kind);
    item->setData(0, kPlaceRole, static_cast<qulonglong>(place));
    item->setData(0, kTimeRole, static_cast<qlonglong>(at_ns));
    item->setTextAlignment(0, Qt::AlignRight | Qt::AlignVCenter);
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable |
                   (kind == kRecorded ? Qt::NoItemFlags : Qt::ItemIsEditable));
    list_->addTopLevelItem(item);
  };
  constexpr int64_t kStep = 1000;
  const Notes& notes = notebook_.notes();
  // Both kinds of markers by time.
  size_t own = 0, recorded = 0;
  while (own < notes.markers.size() || recorded < recorded_.size()) {
    const bool take_own = recorded == recorded_.size() ||
                          (own < notes.markers.size() && notes.markers[own].at_ns <= recorded_[recorded].at_ns);
    const size_t place = take_own ? own++ : recorded++;
    const Marker& marker = take_own ? notes.markers[place] : recorded_[place];
    add(take_own ? kMarker : kRecorded, place, marker.at_ns, moment_text(marker.at_ns, kStep), marker.text,
        take_own ? tr("marker") : tr("recorded"));
  }
  for (size_t i = 0; i < notes.views.size(); ++i)
    add(kView, i, notes.views[i].view.from_ns, moment_text(notes.views[i].view.from_ns, kStep), notes.views[i].name,
        tr("view"));
  if (current >= 0) list_->setCurrentItem(list_->topLevelItem(std::min(current, list_->topLevelItemCount() - 1)));
  if (text_->toPlainText() != notes.text) text_->setPlainText(notes.text);
  hint_->setVisible(list_->topLevelItemCount() == 0);
  filling_ = false;
  showButtons();
}

void NotesDialog::showButtons() {
  const QTreeWidgetItem* item = list_->currentItem();
  const bool own = item && item->data(0, kKindRole).toInt() != kRecorded;
  go_->setEnabled(item != nullptr);
  rename_->setEnabled(own);
  remove_->setEnabled(own);
  undo_->setEnabled(notebook_.canUndo());
}

void NotesDialog::choose() {
  const QTreeWidgetItem* item = list_->currentItem();
  if (!item) return;
  if (item->data(0, kKindRole).toInt() == kView)
    emit viewChosen(item->text(1));
  else
    emit momentChosen(item->data(0, kTimeRole).toLongLong());
}

void NotesDialog::rename(QTreeWidgetItem* item) {
  const auto place = static_cast<size_t>(item->data(0, kPlaceRole).toULongLong());
  const QString text = item->text(1);
  const int kind = item->data(0, kKindRole).toInt();
  // The list is made anew: not while it tells of the change.
  QMetaObject::invokeMethod(
      this,
      [this, kind, place, text] {
        if (kind == kMarker) notebook_.renameMarker(place, text);
        if (kind == kView) notebook_.renameView(place, text);
        fill();
      },
      Qt::QueuedConnection);
}

void NotesDialog::removeCurrent() {
  const QTreeWidgetItem* item = list_->currentItem();
  if (!item) return;
  const auto place = static_cast<size_t>(item->data(0, kPlaceRole).toULongLong());
  if (item->data(0, kKindRole).toInt() == kMarker)
    notebook_.removeMarker(place);
  else if (item->data(0, kKindRole).toInt() == kView)
    notebook_.removeView(place);
}

}  // namespace ebpftrace::gui
