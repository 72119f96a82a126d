// SPDX-License-Identifier: Apache-2.0
#include "gui/moment/replay_bar.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QToolButton>
#include <algorithm>
#include <iterator>

#include "gui/style/icons.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {

QString speed_text(double speed) { return QString::number(speed, 'g', 4) + u'×'; }

ReplayBar::ReplayBar(Replay& replay, const ReplayActions& actions, QWidget* parent)
    : QWidget(parent), replay_(replay), actions_(actions), speeds_(new QComboBox(this)) {
  setAccessibleName(tr("Replay"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(1);
  for (const QPointer<QAction>& action : {actions.back, actions.play, actions.forward, actions.loop, actions.skip}) {
    auto* button = new QToolButton(this);
    button->setDefaultAction(action);
    button->setToolButtonStyle(Qt::ToolButtonIconOnly);
    button->setIconSize({16, 16});
    button->setAutoRaise(true);
    row->addWidget(button);
    const QString keys = action->shortcut().toString(QKeySequence::NativeText);
    action->setToolTip(QString(action->text()).remove(u'&') +
                       (keys.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(keys)));
    button->setAccessibleName(QString(action->text()).remove(u'&'));
  }
  for (const double speed : kReplaySpeeds) speeds_->addItem(speed_text(speed), speed);
  speeds_->setAccessibleName(tr("Replay speed"));
  speeds_->setToolTip(tr("How fast the recording is played: [ slower, ] faster"));
  speeds_->setFont(text_font(sizes::kMenuText));
  speeds_->setFocusPolicy(Qt::TabFocus);
  speeds_->setFixedHeight(26);
  row->addSpacing(3);
  row->addWidget(speeds_);
  connect(speeds_, &QComboBox::activated, this,
          [this](int index) { replay_.setSpeed(speeds_->itemData(index).toDouble()); });
  connect(&replay_, &Replay::changed, this, &ReplayBar::show);
  show();
}

void ReplayBar::show() {
  const bool plays = replay_.clock().plays();
  const struct {
    QAction* action;
    Icon icon;
  } icons[] = {{actions_.back, Icon::kStepBack},
               {actions_.play, plays ? Icon::kPause : Icon::kPlay},
               {actions_.forward, Icon::kStepForward},
               {actions_.loop, Icon::kLoop},
               {actions_.skip, Icon::kSkip}};
  for (const auto& [action, icon] : icons) action->setIcon(themed_icon(icon));
  actions_.loop->setChecked(replay_.loops());
  actions_.skip->setChecked(replay_.clock().skipsIdle());
  const QSignalBlocker blocker(speeds_);
  const auto* at = std::lower_bound(std::begin(kReplaySpeeds), std::end(kReplaySpeeds), replay_.clock().speed());
  if (at != std::end(kReplaySpeeds)) speeds_->setCurrentIndex(static_cast<int>(at - std::begin(kReplaySpeeds)));
}

void ReplayBar::changeEvent(QEvent* event) {
  // A window that ends takes its menus with it first, and what is left of it gets its palette anew.
  if (event->type() == QEvent::PaletteChange && actions_.play && actions_.skip) show();
  QWidget::changeEvent(event);
}

}  // namespace ebpftrace::gui
