// SPDX-License-Identifier: Apache-2.0
// Textures of a state: waiting (by hue), lost, bytes not kept. Tiles for brushes with their origin in the viewport, so that
// scrolling doesn't make them swim. GUI thread.
#pragma once

#include <QBrush>
#include <array>

#include "gui/style/palette.h"

namespace ebpftrace::gui {

class Hatches {
 public:
  Hatches() = default;
  Hatches(const Colours& colours, double device_pixel_ratio);

  const QBrush& waiting(unsigned hue) const { return waiting_[hue % waiting_.size()]; }
  const QColor& waitingTint(unsigned hue) const { return tint_[hue % tint_.size()]; }
  const QBrush& lost() const { return lost_; }
  const QBrush& notKept() const { return not_kept_; }

 private:
  std::array<QBrush, 6> waiting_;
  std::array<QColor, 6> tint_;
  QBrush lost_, not_kept_;
};

}  // namespace ebpftrace::gui
