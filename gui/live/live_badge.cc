// SPDX-License-Identifier: Apache-2.0
#include "gui/live/live_badge.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>

#include "gui/style/icons.h"
#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {

LiveBadge::LiveBadge(QWidget* parent)
    : QWidget(parent),
      dot_(new QLabel(this)),
      text_(new QLabel(this)),
      pause_(new QToolButton(this)),
      stop_(new QToolButton(this)) {
  setAccessibleName(tr("Whether the recording is followed"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(sizes::kPadding, 0, sizes::kPadding, 0);
  row->setSpacing(4);
  text_->setFont(text_font(sizes::kBaseText, Weight::kSemiBold));
  for (QToolButton* button : {pause_, stop_}) {
    button->setFont(text_font(sizes::kBaseText));
    button->setFixedHeight(20);
  }
  stop_->setText(tr("Stop"));
  stop_->setToolTip(tr("End the recorder in order"));
  row->addWidget(dot_);
  row->addWidget(text_);
  row->addSpacing(2);
  row->addWidget(pause_);
  row->addWidget(stop_);
  connect(pause_, &QToolButton::clicked, this, [this] {
    if (state_ == Follower::State::kPaused)
      emit resumeRequested();
    else
      emit pauseRequested();
  });
  connect(stop_, &QToolButton::clicked, this, &LiveBadge::stopRequested);
  show(Follower::State::kIdle, false, false);
}

QString LiveBadge::text() const { return isHidden() ? QString() : text_->text(); }

void LiveBadge::show(Follower::State state, bool recorder_is_ours, bool recorder_ends) {
  state_ = state;
  const bool lives = state == Follower::State::kFollowing || state == Follower::State::kPaused;
  const bool paused = state == Follower::State::kPaused;
  text_->setText(recorder_ends && !paused ? tr("Ending…")
                 : paused                 ? tr("Paused")
                 : lives                  ? tr("Following")
                                          : tr("Recording"));
  pause_->setVisible(lives);
  pause_->setText(paused ? tr("Resume") : tr("Pause"));
  pause_->setToolTip(paused ? tr("Show what was recorded meanwhile, and follow")
                            : tr("Keep what is shown; recording goes on"));
  stop_->setVisible(recorder_is_ours);
  stop_->setEnabled(!recorder_ends);
  setAccessibleDescription(text_->text());
  applyTheme();
  setVisible(lives || recorder_is_ours);
}

void LiveBadge::applyTheme() {
  const Colours& colours = colours_for(palette());
  const QColor colour = state_ == Follower::State::kPaused ? colours.muted : colours.good;
  dot_->setPixmap(drawn_icon(Icon::kRecord, colour).pixmap(16, 16));
}

void LiveBadge::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) applyTheme();
}

}  // namespace ebpftrace::gui
