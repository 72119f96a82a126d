// SPDX-License-Identifier: Apache-2.0
// What the timeline shows at the moment: painters read it, the view changes it. GUI thread.
#pragma once

#include <QFont>
#include <QFontMetricsF>
#include <QImage>
#include <QRect>
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "analyzer/api/timeline.h"
#include "gui/style/palette.h"
#include "gui/timeline/hatch.h"
#include "gui/timeline/lane_model.h"
#include "gui/timeline/strip.h"
#include "gui/timeline/time_axis.h"

namespace ebpftrace::gui {

struct Fonts {
  Fonts();
  QFont base, bold, second, ruler, bar, tall_bar, tall_bar_bold, italic;
  QFontMetricsF base_metrics, bold_metrics, second_metrics, ruler_metrics, bar_metrics, tall_metrics, tall_bold_metrics;
};

// A lane of a picture.
struct LanePicture {
  analyzer::LaneChoice choice;
  Strip strip;
  int bar_height = 0;
  size_t first_mark = 0, end_mark = 0;  // in the density's marks
};

// Density that came, made into images. Immutable.
struct Picture {
  analyzer::Density density;
  std::vector<LanePicture> lanes;
  std::unordered_map<uint64_t, size_t> by_choice;

  static uint64_t key(const analyzer::LaneChoice& choice) { return uint64_t{choice.lane} << 1 | choice.with_children; }
  const LanePicture* find(const analyzer::LaneChoice& choice) const {
    const auto found = by_choice.find(key(choice));
    return found == by_choice.end() ? nullptr : &lanes[found->second];
  }
};

// A chart or an interface's packets, as an image over a span.
struct ChartPicture {
  TimeSpan span;
  QImage image;
  QString scale, about;  // "0 – 100 %"; what the lane says besides its name, if that is known by now
};

// A moment that somebody marked.
struct TimeMark {
  int64_t at_ns = 0;
  QString text;
  bool recorded = false;  // by whoever was recorded; else by the user
};

// What stands where, from the view's corner.
struct Layout {
  int column = 0, minimap = 0, ruler = 0;  // width of the lane column; heights
  QSize size;
  QRect minimapRect() const { return {column, 0, std::max(0, size.width() - column), minimap}; }
  QRect rulerRect() const { return {column, minimap, std::max(0, size.width() - column), ruler}; }
  int top() const { return minimap + ruler; }
  QRect lanesRect() const {
    return {column, top(), std::max(0, size.width() - column), std::max(0, size.height() - top())};
  }
  QRect columnRect() const { return {0, top(), column, std::max(0, size.height() - top())}; }
};

struct Scene {
  const Colours* colours = nullptr;
  Hatches hatches;
  std::optional<Fonts> fonts;
  Layout layout;
  double ratio = 1;  // device pixels of a logical one

  std::shared_ptr<const analyzer::Timeline> timeline;
  TimeAxis axis;
  LaneModel model;
  int scroll = 0;
  std::shared_ptr<const Picture> picture;
  std::map<uint32_t, ChartPicture> charts;  // by lane
  std::vector<analyzer::OverviewColumn> overview;
  QImage overview_image;
  std::map<uint32_t, analyzer::FindingSeverity> severity_of_lane;

  std::optional<TimeSpan> selection;
  std::vector<uint32_t> selected_lanes;
  std::optional<analyzer::CallMark> selected_call;
  std::optional<analyzer::CallMark> hovered_call;
  int hovered_row = -1;
  std::optional<int64_t> playhead;
  std::vector<TimeMark> marks;  // by time
  bool wall_clock = false, focused = false;
  bool loading = false;

  bool singleCalls() const { return axis.nsPerPixel() < 15'000; }
  bool isSelected(uint32_t lane) const {
    return std::find(selected_lanes.begin(), selected_lanes.end(), lane) != selected_lanes.end();
  }
  QRect rowRect(const LaneRow& row) const {
    return {0, layout.top() + row.top - scroll, layout.size.width(), row.height};
  }
  QString momentText(int64_t ns, int64_t step_ns) const;
};

}  // namespace ebpftrace::gui
