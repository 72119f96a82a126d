// SPDX-License-Identifier: Apache-2.0
#include "gui/details/call_line.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QPainter>
#include <QTextLayout>
#include <algorithm>
#include <cmath>

#include "gui/style/sizes.h"

namespace ebpftrace::gui {
namespace {

constexpr qsizetype kLongestTail = 80;  // such as ") = -1 ENOENT (No such file or directory) <1.93 µs>"

}  // namespace

CallLine::CallLine(QWidget* parent) : QWidget(parent) {
  QSizePolicy policy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  auto* copy = new QAction(tr("&Copy"), this);
  connect(copy, &QAction::triggered, this, [this] { QApplication::clipboard()->setText(text_); });
  addAction(copy);
  setContextMenuPolicy(Qt::ActionsContextMenu);
}

void CallLine::setText(const QString& text) {
  text_ = text;
  setAccessibleName(text);
  updateGeometry();
  update();
}

int CallLine::room(int width) const { return std::max(1, width - 2 * sizes::kWidePadding); }

bool CallLine::layOut(QTextLayout& layout, int width) const {
  QTextOption option;
  option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
  layout.setTextOption(option);
  layout.beginLayout();
  double y = 0;
  qsizetype end = 0;
  for (int line = 0; line < kMostLines; ++line) {
    QTextLine next = layout.createLine();
    if (!next.isValid()) break;
    next.setLineWidth(room(width));
    next.setPosition({0, y});
    y += next.height();
    end = next.textStart() + next.textLength();
  }
  layout.endLayout();
  return end >= layout.text().size();
}

QString CallLine::shownText(int width) const {
  auto fits = [&](const QString& text) {
    QTextLayout layout(text, font());
    return layOut(layout, width);
  };
  if (fits(text_)) return text_;
  // What came of it is kept whole: it stands behind the last bracket.
  const qsizetype bracket = text_.lastIndexOf(QStringLiteral(") = "));
  const QString tail = bracket >= 0 && text_.size() - bracket <= kLongestTail ? text_.mid(bracket) : QString();
  qsizetype least = 0, most = text_.size() - tail.size();
  while (least < most) {
    const qsizetype middle = (least + most + 1) / 2;
    if (fits(text_.left(middle) + u'…' + tail))
      least = middle;
    else
      most = middle - 1;
  }
  return text_.left(least) + u'…' + tail;
}

int CallLine::heightForWidth(int width) const {
  QTextLayout layout(shownText(width), font());
  layOut(layout, width);
  return static_cast<int>(std::ceil(layout.boundingRect().height()));
}

QSize CallLine::sizeHint() const { return {200, heightForWidth(std::max(width(), 200))}; }
QSize CallLine::minimumSizeHint() const { return {0, fontMetrics().height()}; }

void CallLine::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setPen(palette().color(QPalette::WindowText));
  QTextLayout layout(shownText(width()), font());
  layOut(layout, width());
  layout.draw(&painter, {double(sizes::kWidePadding), 0});
}

}  // namespace ebpftrace::gui
