// SPDX-License-Identifier: Apache-2.0
// The bar with the filter: its field, a chip for each condition and one in gold for the range, undo, how many events match, and
// "as command line"; below it what is wrong with the filter.
#pragma once

#include <QLabel>
#include <QToolButton>
#include <QWidget>
#include <memory>
#include <vector>

#include "gui/filter/filter_field.h"
#include "gui/window/scope.h"

class QHBoxLayout;

namespace ebpftrace::gui {

class FilterBar : public QWidget {
  Q_OBJECT

 public:
  FilterBar(Workers& workers, Scope& scope, QWidget* parent = nullptr);

  void setRecording(std::shared_ptr<const Recording> recording);
  FilterField& field() { return *field_; }
  // "175,633 of 207,581 events match"
  void setCounts(const QString& text);
  QString errorText() const { return error_->text(); }
  std::vector<QString> chips() const;  // their texts

 signals:
  void copyCommandRequested();

 private:
  void rebuildChips();
  void addChip(const QString& text, const QString& prefix, bool gold, std::function<void()> remove);

  Scope& scope_;
  FilterField* field_;
  QHBoxLayout* chips_;
  QLabel *counts_, *error_;
  QToolButton *undo_, *copy_;
  std::vector<QWidget*> chip_widgets_;
};

}  // namespace ebpftrace::gui
