// SPDX-License-Identifier: Apache-2.0
// Icons of our own, drawn in the colour of the text: lines of 1.4 px on a grid of 16. GUI thread.
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

// In the colours of the widget's palette; a disabled one is muted.
QIcon themed_icon(Icon icon, const QWidget& widget);
QIcon drawn_icon(Icon icon, const QColor& colour, const QColor& disabled);

}  // namespace ebpftrace::gui
