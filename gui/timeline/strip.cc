// SPDX-License-Identifier: Apache-2.0
#include "gui/timeline/strip.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace ebpftrace::gui {
namespace {

using analyzer::Pixel;

QRgb at_opacity(const QColor& colour, double opacity) {
  return qPremultiply(qRgba(colour.red(), colour.green(), colour.blue(), static_cast<int>(std::lround(255 * opacity))));
}

void add_run(std::vector<ColumnRun>& runs, int column, uint8_t hue, bool faint) {
  if (!runs.empty() && runs.back().to == column && runs.back().hue == hue && runs.back().faint == faint)
    ++runs.back().to;
  else
    runs.push_back({column, column + 1, hue, faint});
}

}  // namespace

double density_opacity(uint32_t calls, bool dark) {
  static constexpr std::array<double, 5> kLight = {0.34, 0.50, 0.66, 0.83, 1}, kDark = {0.36, 0.52, 0.68, 0.84, 1};
  const size_t step = calls < 2 ? 0 : calls < 4 ? 1 : calls < 12 ? 2 : calls < 40 ? 3 : 4;
  return (dark ? kDark : kLight)[step];
}

Strip make_strip(std::span<const Pixel> passing, std::span<const Pixel> hidden, const Colours& colours,
                 int height_pixels, double ratio) {
  Strip strip;
  const auto columns = static_cast<int>(passing.size());
  auto used = [&](int i) {
    const auto any = [](const Pixel& pixel) {
      return pixel.hue != Pixel::kNone || pixel.bar != Pixel::kNone || pixel.error;
    };
    return any(passing[i]) || (!hidden.empty() && any(hidden[i]));
  };
  int first = 0, end = columns;
  while (first < end && !used(first)) ++first;
  while (end > first && !used(end - 1)) --end;
  strip.first = first;

  std::vector<QRgb> line(static_cast<size_t>(std::max(end - first, 0)), 0), ticks = line;
  const int tick_width = std::max(1, static_cast<int>(std::lround(2 * ratio)));
  bool any_tick = false;
  for (int i = 0; i < columns; ++i) {
    const Pixel& own = passing[i];
    const bool own_any = own.hue != Pixel::kNone || own.bar != Pixel::kNone || own.waits != Pixel::kNone;
    const bool faint = !own_any && !hidden.empty();
    const Pixel& pixel = faint ? hidden[i] : own;
    const double share = faint ? kFilteredOpacity : 1;
    if (own.lost) add_run(strip.lost, i, 0, false);
    if (pixel.waits != Pixel::kNone) add_run(strip.waits, i, pixel.waits, faint);
    if (i < first || i >= end) continue;
    QRgb& to = line[static_cast<size_t>(i - first)];
    if (pixel.bar != Pixel::kNone)
      to = at_opacity(colours.classes[pixel.bar % colours.classes.size()], share);
    else if (pixel.hue != Pixel::kNone && pixel.calls)
      to = at_opacity(colours.classes[pixel.hue % colours.classes.size()],
                      share * density_opacity(pixel.calls, colours.dark));
    if (!pixel.error) continue;
    any_tick = true;
    for (int k = i; k < std::min(end, i + tick_width); ++k)
      ticks[static_cast<size_t>(k - first)] = at_opacity(colours.error, share);
  }
  if (line.empty()) return strip;
  const int height = std::max(1, static_cast<int>(std::lround(height_pixels * ratio)));
  const int tick_height = std::min(height, static_cast<int>(std::lround(4 * ratio)));
  strip.image = QImage(end - first, height, QImage::Format_ARGB32_Premultiplied);
  strip.image.setDevicePixelRatio(ratio);
  for (int y = 0; y < height; ++y) {
    auto* row = reinterpret_cast<QRgb*>(strip.image.scanLine(y));
    std::memcpy(row, line.data(), line.size() * sizeof(QRgb));
    if (!any_tick || y < height - tick_height) continue;
    for (size_t i = 0; i < ticks.size(); ++i)
      if (ticks[i]) row[i] = ticks[i];
  }
  return strip;
}

}  // namespace ebpftrace::gui
