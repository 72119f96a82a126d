// SPDX-License-Identifier: Apache-2.0
// Adds up calls by lane and pixel. One per worker, merged at the end; its size is that of the question, lanes times pixels.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/api/timeline.h"

namespace ebpftrace::analyzer {

// Time <-> pixels of one question.
class PixelScale {
 public:
  PixelScale(TimeSpan span, uint32_t pixels)
      : from_ns_(static_cast<double>(span.from_ns)),
        ns_per_pixel_(std::max(static_cast<double>(span.length_ns()), 1.0) / std::max(pixels, 1u)) {}
  double at(int64_t ns) const { return (static_cast<double>(ns) - from_ns_) / ns_per_pixel_; }
  double ns_per_pixel() const { return ns_per_pixel_; }

 private:
  double from_ns_, ns_per_pixel_;
};

struct CallSpan {
  int64_t start_ns;
  uint64_t duration_ns;
  uint8_t hue;
  bool waits;   // its kind waits, and it took long enough
  bool failed;  // not by design
};

class DensityGrid {
 public:
  static constexpr unsigned kHues = kCallClasses;

  DensityGrid(size_t lanes, uint32_t pixels, const PixelScale& scale, double bar_pixels)
      : pixels_(pixels), scale_(scale), bar_pixels_(bar_pixels), cells_(lanes * pixels) {}

  bool empty() const { return cells_.empty(); }

  void add(size_t lane, const CallSpan& call) {
    const double from = scale_.at(call.start_ns),
                 length = static_cast<double>(call.duration_ns) / scale_.ns_per_pixel();
    const double to = from + length;
    if (to < 0 || from >= pixels_) return;
    Cell* row = cells_.data() + lane * pixels_;
    const uint32_t first = from <= 0 ? 0 : static_cast<uint32_t>(from);
    const auto last = static_cast<uint32_t>(std::clamp(to, 0.0, pixels_ - 1.0));
    if (from >= 0) ++row[first].calls;
    if (call.failed && to < pixels_) row[last].error = true;
    if (length >= bar_pixels_) {
      // Of the pixels at its ends those that it has half of.
      const auto begin = static_cast<uint32_t>(std::clamp(std::floor(from + 0.5), 0.0, double(pixels_)));
      const auto end = static_cast<uint32_t>(std::clamp(std::floor(to + 0.5), 0.0, double(pixels_)));
      for (uint32_t pixel = begin; pixel < end; ++pixel) {
        Cell& cell = row[pixel];
        uint64_t& longest = call.waits ? cell.wait_ns : cell.bar_ns;
        if (call.duration_ns < longest) continue;
        longest = call.duration_ns;
        (call.waits ? cell.wait_hue : cell.bar_hue) = call.hue;
      }
      return;
    }
    for (uint32_t pixel = first; pixel <= last; ++pixel) {
      const double share = std::min(to, pixel + 1.0) - std::max(from, double(pixel));
      row[pixel].busy[call.hue] += static_cast<float>(std::max(share, 1e-6));
      row[pixel].longest_ns = std::max(row[pixel].longest_ns, call.duration_ns);
    }
  }

  // So many calls that took so long together, somewhere in there.
  void spread(size_t lane, double from, double to, uint8_t hue, double calls, double total_ns, uint64_t longest_ns) {
    from = std::clamp(from, 0.0, double(pixels_));
    to = std::clamp(to, from, double(pixels_));
    const auto first = static_cast<uint32_t>(std::min(from, pixels_ - 1.0));
    const auto last = std::clamp(static_cast<uint32_t>(std::ceil(to)), first + 1, pixels_) - 1;
    const double part = 1.0 / (last - first + 1);
    Cell* row = cells_.data() + lane * pixels_;
    for (uint32_t pixel = first; pixel <= last; ++pixel) {
      Cell& cell = row[pixel];
      cell.busy[hue] += static_cast<float>(std::max(total_ns * part / scale_.ns_per_pixel(), 1e-6));
      cell.spread_calls += static_cast<float>(calls * part);
      cell.longest_ns = std::max(cell.longest_ns, longest_ns);
      cell.spread |= last > first;
    }
  }
  void mark_error(size_t lane, uint32_t pixel) {
    if (pixel < pixels_) cells_[lane * pixels_ + pixel].error = true;
  }

  void merge(const DensityGrid& other) {
    for (size_t i = 0; i < cells_.size(); ++i) {
      Cell& to = cells_[i];
      const Cell& from = other.cells_[i];
      for (unsigned hue = 0; hue < kHues; ++hue) to.busy[hue] += from.busy[hue];
      to.calls += from.calls;
      to.spread_calls += from.spread_calls;
      to.longest_ns = std::max(to.longest_ns, from.longest_ns);
      take_longer(to.bar_ns, to.bar_hue, from.bar_ns, from.bar_hue);
      take_longer(to.wait_ns, to.wait_hue, from.wait_ns, from.wait_hue);
      to.error |= from.error;
      to.spread |= from.spread;
    }
  }

  void finish(std::vector<Pixel>& to) const {
    to.resize(cells_.size());
    for (size_t i = 0; i < cells_.size(); ++i) {
      const Cell& cell = cells_[i];
      Pixel& pixel = to[i];
      float most = 0;
      for (unsigned hue = 0; hue < kHues; ++hue) {
        if (cell.busy[hue] <= most) continue;
        most = cell.busy[hue];
        pixel.hue = static_cast<uint8_t>(hue);
      }
      if (cell.bar_ns) pixel.bar = cell.bar_hue;
      if (cell.wait_ns) pixel.waits = cell.wait_hue;
      pixel.error = cell.error;
      pixel.spread = cell.spread;
      pixel.calls = cell.calls + static_cast<uint32_t>(std::lround(cell.spread_calls));
      if (!pixel.calls && most > 0 && !cell.bar_ns && !cell.wait_ns) pixel.calls = 1;  // it went on here
      pixel.longest_ns = std::max({cell.longest_ns, cell.bar_ns, cell.wait_ns});
    }
  }

 private:
  struct Cell {
    std::array<float, kHues> busy{};  // share of the pixel, of calls without a bar
    float spread_calls = 0;
    uint32_t calls = 0;
    uint64_t longest_ns = 0, bar_ns = 0, wait_ns = 0;
    uint8_t bar_hue = 0, wait_hue = 0;
    bool error = false, spread = false;
  };

  static void take_longer(uint64_t& longest, uint8_t& hue, uint64_t other, uint8_t other_hue) {
    // Of equal ones the lower hue, so that the order of workers does not show.
    if (other < longest || (other == longest && (!other || other_hue >= hue))) return;
    longest = other;
    hue = other_hue;
  }

  uint32_t pixels_;
  PixelScale scale_;
  double bar_pixels_;
  std::vector<Cell> cells_;
};

}  // namespace ebpftrace::analyzer
