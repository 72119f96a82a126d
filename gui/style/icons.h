// SPDX-License-Identifier: Apache-2.0
// Icons of our own: lines of 1.4 px on a grid of 16, drawn when they are shown, so that they are sharp at any scale and have the
// colours of the theme that there is then. GUI thread.
#pragma once

#include <QIcon>
#include <QWidget>

namespace ebpftrace::gui {

enum class Icon : uint8_t {
  kOpen,
  kRecord,
  kBack,
  kForward,
  kFit,
  kWhole,
  kSearch,
  kFilter,
  kUndo,
  kTerminal,
  kCheck,
  kWarning,
  kCopy,
  kPrevious,
  kNext,
  kPlay,
  kPause,
  kStepBack,
  kStepForward,
  kLoop,
  kSkip
};

// In the colour of the application's text, whatever that becomes; a disabled one is muted.
QIcon themed_icon(Icon icon);
QIcon drawn_icon(Icon icon, const QColor& colour);

// Nothing but an icon.
class IconLabel : public QWidget {
 public:
  explicit IconLabel(Icon icon, QWidget* parent = nullptr);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  Icon icon_;
};

}  // namespace ebpftrace::gui
