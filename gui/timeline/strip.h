// SPDX-License-Identifier: Apache-2.0
// A lane's density as an image, a column a pixel, and where it waits and where events were lost. Any thread; no window.
#pragma once

#include <QImage>
#include <span>
#include <vector>

#include "analyzer/api/timeline.h"
#include "gui/style/palette.h"

namespace ebpftrace::gui {

// Columns [from, to).
struct ColumnRun {
  int from = 0, to = 0;
  uint8_t hue = 0;
  bool faint = false;  // the filter leaves it out
};

struct Strip {
  QImage image;  // of the lane's columns from `first` on
  int first = 0;
  std::vector<ColumnRun> waits, lost;
};

// Opacity of so many calls in a pixel, in five steps: neighbours stay comparable.
double density_opacity(uint32_t calls, bool dark);
// What the filter leaves out is shown at this.
inline constexpr double kFilteredOpacity = 0.25;

Strip make_strip(std::span<const analyzer::Pixel> passing, std::span<const analyzer::Pixel> hidden,
                 const Colours& colours, int height_pixels, double device_pixel_ratio);

}  // namespace ebpftrace::gui
