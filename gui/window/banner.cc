// SPDX-License-Identifier: Apache-2.0
#include "gui/window/banner.h"

#include <QHBoxLayout>
#include <QPainter>

#include "gui/style/icons.h"
#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {

Banner::Banner(QWidget* parent)
    : QWidget(parent),
      icon_(new IconLabel(Icon::kWarning, this)),
      headline_(new QLabel(this)),
      text_(new ElidedLabel(this)),
      action_(new QPushButton(this)),
      close_(new QToolButton(this)) {
  setFixedHeight(sizes::kBanner);
  setAccessibleName(tr("Warning"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(sizes::kWidePadding, 0, sizes::kPadding, 0);
  row->setSpacing(sizes::kPadding);
  headline_->setFont(text_font(sizes::kMenuText, Weight::kSemiBold));
  text_->setFont(text_font(sizes::kMenuText));
  headline_->setTextFormat(Qt::PlainText);
  close_->setText(QStringLiteral("×"));
  close_->setAutoRaise(true);
  close_->setToolTip(tr("Hide this"));
  close_->setAccessibleName(tr("Hide the warning"));
  row->addWidget(icon_);
  row->addWidget(headline_);
  row->addWidget(text_, 1);
  row->addWidget(action_);
  row->addWidget(close_);
  connect(action_, &QPushButton::clicked, this, [this] { emit actionRequested(warning_.does); });
  connect(close_, &QToolButton::clicked, this, &QWidget::hide);
  hide();
}

void Banner::setWarning(const Warning& warning) {
  warning_ = warning;
  headline_->setText(warning.headline);
  text_->setText(warning.text);
  text_->setToolTip(QStringLiteral("<span>") + warning.text.toHtmlEscaped() + QStringLiteral("</span>"));
  action_->setText(warning.action);
  action_->setVisible(!warning.action.isEmpty());
  setAccessibleDescription(text());
  setVisible(!warning.headline.isEmpty());
}

QString Banner::text() const {
  return warning_.headline.isEmpty() ? QString() : warning_.headline + u' ' + warning_.text;
}

void Banner::paintEvent(QPaintEvent*) {
  const Colours& colours = colours_for(palette());
  QPainter painter(this);
  painter.fillRect(rect(), colours.gold_tint);
  painter.fillRect(QRect(0, height() - 1, width(), 1), colours.border);
}

LossBadge::LossBadge(QWidget* parent) : QToolButton(parent) {
  setFont(text_font(sizes::kMenuText, Weight::kSemiBold));
  setAccessibleName(tr("Lost events"));
  setRecording(nullptr);
}

void LossBadge::setRecording(const Recording* recording) {
  if (!recording)
    state_ = State::kNothingOpen;
  else
    state_ = recording->lost()                              ? State::kLost
             : recording->lossKnown() || recording->growing ? State::kNone
                                                            : State::kUnknown;
  setText(tr("Lost: %1").arg(recording ? recording->lossText() : QStringLiteral("–")));
  setToolTip(state_ == State::kLost ? tr("Where events were lost: show it in the timeline")
                                    : tr("Whether events were lost while it was recorded"));
  setAccessibleDescription(text());
  updateGeometry();
  update();
}

QSize LossBadge::sizeHint() const {
  return {QFontMetrics(font()).horizontalAdvance(text()) + 16 + 3 * sizes::kPadding, 26};
}

void LossBadge::paintEvent(QPaintEvent*) {
  const Colours& colours = colours_for(palette());
  const bool bad = state_ == State::kLost || state_ == State::kUnknown;
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(hasFocus() ? colours.gold : bad ? colours.error : colours.border, bad || hasFocus() ? 1.4 : 1));
  painter.setBrush(bad ? mixed(colours.error, colours.base, 0.08) : underMouse() ? colours.hover : colours.base);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), sizes::kRadius, sizes::kRadius);
  const QColor text = bad ? colours.error_text : state_ == State::kNone ? colours.text : colours.muted;
  const Icon icon = bad ? Icon::kWarning : Icon::kCheck;
  int x = sizes::kPadding;
  if (state_ != State::kNothingOpen) {
    const QColor of_icon = bad ? colours.error_text : colours.good;
    drawn_icon(icon, of_icon).paint(&painter, QRect(x, (height() - 16) / 2, 16, 16));
    x += 16 + 6;
  }
  painter.setPen(text);
  QFont font = text_font(sizes::kMenuText, bad ? Weight::kSemiBold : Weight::kRegular);
  painter.setFont(font);
  painter.drawText(QRect(x, 0, width() - x - 4, height()), Qt::AlignVCenter | Qt::AlignLeft, this->text());
}

}  // namespace ebpftrace::gui
