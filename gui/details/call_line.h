// SPDX-License-Identifier: Apache-2.0
// A call as it stands in a log, over as many lines as it needs, up to a few: broken between words, else anywhere; where there is more
// of it, its arguments are cut, and what came of it stays. A label would be as wide as its longest word, and arguments are whatever
// somebody passed.
#pragma once

#include <QString>
#include <QWidget>

class QTextLayout;

namespace ebpftrace::gui {

class CallLine : public QWidget {
  Q_OBJECT

 public:
  static constexpr int kMostLines = 4;

  explicit CallLine(QWidget* parent = nullptr);
  void setText(const QString& text);
  QString text() const { return text_; }
  QString shownText(int width) const;  // what there is room for in so many pixels

  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  // Lines for that width; false: there is more text than lines.
  bool layOut(QTextLayout& layout, int width) const;
  int room(int width) const;

  QString text_;
};

}  // namespace ebpftrace::gui
