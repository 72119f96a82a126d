// SPDX-License-Identifier: Apache-2.0
// Which time is at which pixel, and how zooming and panning change that. Exact to the nanosecond at any zoom: what is kept is the
// first pixel's time and the width, in whole ns. No window.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/api/timeline.h"

namespace ebpftrace::gui {

using analyzer::TimeSpan;

class TimeAxis {
 public:
  // No closer than this many ns over the whole width.
  static constexpr int64_t kLeastNs = 200;

  TimeSpan extent() const { return extent_; }
  TimeSpan view() const { return view_; }
  int width() const { return width_; }
  double nsPerPixel() const { return static_cast<double>(view_.length_ns()) / width_; }
  bool showsAll() const { return view_ == extent_; }
  bool showsEnd() const { return view_.to_ns >= extent_.to_ns; }

  // Shows all of it.
  void setExtent(TimeSpan extent);
  // Of a recording that grows: all stays all; where the end is in view, it stays there, as on a chart recorder; else what is in
  // view stays.
  void growExtent(TimeSpan extent);
  // The same time at another width.
  void setWidth(int pixels);
  // As much of it as there is.
  void setView(TimeSpan span);

  double pixelOf(int64_t ns) const { return static_cast<double>(ns - view_.from_ns) / nsPerPixel(); }
  // Of a pixel's left edge.
  int64_t timeAt(double pixel) const;
  // At least 1 ns.
  TimeSpan spanOf(double from_pixel, double to_pixel) const;

  // What is at the pixel stays there. factor > 1: closer.
  void zoomAt(double pixel, double factor);
  void pan(double pixels);  // > 0: later
  // Not changed if it is in view, else it is in the middle.
  void bringIntoView(int64_t ns);

 private:
  void clamp();

  TimeSpan extent_{0, 1'000'000'000}, view_{0, 1'000'000'000};
  int width_ = 1;
};

// Where a ruler has its ticks: a labelled one each `step_ns`, `parts` unlabelled spaces between two.
struct RulerSteps {
  int64_t step_ns = 1;
  int parts = 5;
};
// The closest labelled ticks that are at least so far apart: 1, 2 or 5 with zeros; above a second minutes and hours.
RulerSteps ruler_steps(double ns_per_pixel, double least_pixels);
// The first multiple of the step at or after a time.
int64_t first_tick(int64_t from_ns, int64_t step_ns);

}  // namespace ebpftrace::gui
