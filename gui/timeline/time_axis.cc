// SPDX-License-Identifier: Apache-2.0
#include "gui/timeline/time_axis.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ebpftrace::gui {

void TimeAxis::setExtent(TimeSpan extent) {
  extent_ = {extent.from_ns, std::max(extent.to_ns, extent.from_ns + kLeastNs)};
  view_ = extent_;
}

void TimeAxis::growExtent(TimeSpan extent) {
  const bool all = showsAll(), end = showsEnd();
  const TimeSpan view = view_;
  setExtent(extent);
  if (all) return;
  const int64_t by = end ? extent_.to_ns - view.to_ns : 0;
  setView({view.from_ns + by, view.to_ns + by});
}

void TimeAxis::setWidth(int pixels) { width_ = std::max(pixels, 1); }

void TimeAxis::setView(TimeSpan span) {
  view_ = span;
  clamp();
}

int64_t TimeAxis::timeAt(double pixel) const {
  return view_.from_ns + static_cast<int64_t>(std::floor(pixel * nsPerPixel() + 1e-6));
}

TimeSpan TimeAxis::spanOf(double from_pixel, double to_pixel) const {
  if (from_pixel > to_pixel) std::swap(from_pixel, to_pixel);
  const int64_t from = timeAt(from_pixel);
  return {from, std::max(timeAt(to_pixel), from + 1)};
}

void TimeAxis::zoomAt(double pixel, double factor) {
  if (!(factor > 0)) return;
  const double share = std::clamp(pixel / width_, 0.0, 1.0);
  const auto length = static_cast<double>(view_.length_ns());
  const double fixed = share * length;
  const double wanted =
      std::clamp(length / factor, static_cast<double>(kLeastNs), static_cast<double>(extent_.length_ns()));
  const auto from = view_.from_ns + static_cast<int64_t>(std::llround(fixed - share * wanted));
  view_ = {from, from + static_cast<int64_t>(std::llround(wanted))};
  clamp();
}

void TimeAxis::pan(double pixels) {
  const auto by = static_cast<int64_t>(std::llround(pixels * nsPerPixel()));
  view_ = {view_.from_ns + by, view_.to_ns + by};
  clamp();
}

void TimeAxis::bringIntoView(int64_t ns) {
  if (view_.contains(ns)) return;
  const int64_t length = view_.length_ns();
  view_ = {ns - length / 2, ns - length / 2 + length};
  clamp();
}

void TimeAxis::clamp() {
  const int64_t length = std::clamp(view_.length_ns(), std::min(kLeastNs, extent_.length_ns()), extent_.length_ns());
  const int64_t from = std::clamp(view_.from_ns, extent_.from_ns, extent_.to_ns - length);
  view_ = {from, from + length};
}

RulerSteps ruler_steps(double ns_per_pixel, double least_pixels) {
  const double least = std::max(1.0, ns_per_pixel * least_pixels);
  constexpr int64_t kSecond = 1'000'000'000;
  for (int64_t unit = 1; unit <= kSecond; unit *= 10) {
    if (static_cast<double>(unit) >= least) return {unit, 5};
    if (unit == kSecond) break;
    if (2.0 * static_cast<double>(unit) >= least) return {2 * unit, 4};
    if (5.0 * static_cast<double>(unit) >= least) return {5 * unit, 5};
  }
  struct Step {
    int64_t seconds;
    int parts;
  };
  static constexpr std::array<Step, 14> kSteps = {{{2, 4},
                                                   {5, 5},
                                                   {10, 5},
                                                   {20, 4},
                                                   {30, 3},
                                                   {60, 6},
                                                   {120, 4},
                                                   {300, 5},
                                                   {600, 5},
                                                   {1200, 4},
                                                   {1800, 3},
                                                   {3600, 6},
                                                   {7200, 4},
                                                   {21600, 6}}};
  for (const Step& step : kSteps)
    if (static_cast<double>(step.seconds) * 1e9 >= least) return {step.seconds * kSecond, step.parts};
  int64_t days = 1;
  while (static_cast<double>(days) * 86400e9 < least && days < 40'000) days *= 2;
  return {days * 86400 * kSecond, 4};
}

int64_t first_tick(int64_t from_ns, int64_t step_ns) {
  const int64_t part = from_ns % step_ns;
  if (part == 0) return from_ns;
  return from_ns > 0 ? from_ns - part + step_ns : from_ns - part;
}

}  // namespace ebpftrace::gui
