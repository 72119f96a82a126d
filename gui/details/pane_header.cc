// SPDX-License-Identifier: Apache-2.0
#include "gui/details/pane_header.h"

#include <QPainter>

#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {

PaneHeader::PaneHeader(const QString& name, QWidget* parent)
    : QWidget(parent), row_(new QHBoxLayout(this)), name_(new QLabel(name, this)), about_(new ElidedLabel(this)) {
  setFixedHeight(sizes::kTabs);
  row_->setContentsMargins(sizes::kWidePadding, 0, 4, 1);
  row_->setSpacing(sizes::kPadding);
  name_->setFont(text_font(sizes::kMenuText, Weight::kSemiBold));
  about_->setFont(text_font(sizes::kBaseText));
  about_->setForegroundRole(QPalette::PlaceholderText);
  row_->addWidget(name_);
  row_->addWidget(about_, 1);
}

void PaneHeader::paintEvent(QPaintEvent*) {
  const Colours& colours = colours_for(palette());
  QPainter painter(this);
  painter.fillRect(rect(), colours.window);
  painter.fillRect(QRect(0, height() - 1, width(), 1), colours.border);
}

}  // namespace ebpftrace::gui
