// SPDX-License-Identifier: Apache-2.0
#include "gui/timeline/picture.h"

#include "gui/style/sizes.h"

namespace ebpftrace::gui {

std::shared_ptr<const Picture> make_picture(analyzer::Density density, const std::map<uint64_t, int>& bar_heights,
                                            const Colours& colours, double ratio) {
  auto picture = std::make_shared<Picture>();
  picture->density = std::move(density);
  const analyzer::Density& from = picture->density;
  size_t mark = 0;
  for (size_t i = 0; i < from.lanes.size(); ++i) {
    LanePicture lane;
    lane.choice = from.lanes[i];
    const auto height = bar_heights.find(Picture::key(lane.choice));
    lane.bar_height = height == bar_heights.end() ? sizes::kLaneBar : height->second;
    lane.strip = make_strip(from.lane(i), from.hidden_lane(i), colours, lane.bar_height, ratio);
    lane.first_mark = mark;
    while (mark < from.marks.size() && from.marks[mark].lane == lane.choice.lane) ++mark;
    lane.end_mark = mark;
    picture->by_choice.emplace(Picture::key(lane.choice), picture->lanes.size());
    picture->lanes.push_back(std::move(lane));
  }
  return picture;
}

}  // namespace ebpftrace::gui
