// SPDX-License-Identifier: Apache-2.0
// What the colours and textures of the timeline mean: a click on a hue takes its calls away or brings them back.
#pragma once

#include <QWidget>
#include <vector>

namespace ebpftrace::gui {

class Legend : public QWidget {
  Q_OBJECT

 public:
  explicit Legend(QWidget* parent = nullptr);
  // Names of the hues, in the order of their colours.
  void setHues(const std::vector<QString>& names);
  uint8_t hidden() const { return hidden_; }
  void setHidden(uint8_t hues);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {80, sizeHint().height()}; }

 signals:
  void hiddenChanged(uint8_t hues);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  struct Entry {
    QString name;
    int left = 0, width = 0;
    int hue = -1;  // -1: a texture
  };
  void layOut();

  std::vector<Entry> entries_;
  uint8_t hidden_ = 0;
  int current_ = 0;
};

}  // namespace ebpftrace::gui
