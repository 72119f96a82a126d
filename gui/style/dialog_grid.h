// SPDX-License-Identifier: Apache-2.0
// The grid of a dialog: captions to the left, fields to the right, as wide as there is room.
#pragma once

#include <QDialog>
#include <QGridLayout>
#include <QVBoxLayout>

#include "gui/style/sizes.h"

namespace ebpftrace::gui {

struct DialogGrid {
  explicit DialogGrid(QDialog* dialog) : column(new QVBoxLayout(dialog)), grid(new QGridLayout) {
    column->setContentsMargins(16, 16, 16, sizes::kWidePadding);
    column->setSpacing(sizes::kWidePadding);
    grid->setHorizontalSpacing(sizes::kWidePadding);
    grid->setVerticalSpacing(6);
    grid->setColumnStretch(1, 1);
    column->addLayout(grid);
  }
  QVBoxLayout* column;  // both the dialog's
  QGridLayout* grid;
};

}  // namespace ebpftrace::gui
