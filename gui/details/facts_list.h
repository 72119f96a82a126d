// SPDX-License-Identifier: Apache-2.0
// Lines of a label and a value, the value as wide as there is room and on several lines if it must. A right click, or the menu
// key, on a line asks for the value's menu.
#pragma once

#include <QAbstractScrollArea>
#include <vector>

#include "gui/details/event_facts.h"

namespace ebpftrace::gui {

class FactsList : public QAbstractScrollArea {
  Q_OBJECT

 public:
  explicit FactsList(QWidget* parent = nullptr);
  void setFacts(const EventFacts& facts);
  void clear();
  size_t lines() const { return lines_.size(); }

 signals:
  void valueMenuRequested(const ebpftrace::gui::PickedValue& value, const QPoint& global);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;

 private:
  struct Placed {
    EventFacts::Line line;
    bool heading = false;
    int top = 0, height = 0;
  };
  void layOut();
  int lineAt(int y) const;  // -1: none
  QString accessibleText() const;

  std::vector<Placed> lines_;
  int current_ = -1, hovered_ = -1, total_ = 0, label_width_ = 84;
};

}  // namespace ebpftrace::gui
