// SPDX-License-Identifier: Apache-2.0
// What of a timeline is kept: markers, and which lanes are hidden or pinned.
#include <set>
#include <unordered_map>

#include "gui/timeline/lane_keys.h"
#include "gui/timeline/timeline_private.h"

namespace ebpftrace::gui {

void TimelineView::setMarks(std::vector<TimeMark> marks) {
  d_->scene.marks = std::move(marks);
  viewport()->update();
}

QString TimelineView::colourBy() const { return QString::fromStdString(d_->colour_by); }

int64_t TimelineView::pointedTime() const {
  const Scene& scene = d_->scene;
  if (scene.playhead) return *scene.playhead;
  const QRect around = scene.layout.rulerRect().united(scene.layout.lanesRect());
  if (underMouse() && around.contains(d_->mouse)) return scene.axis.timeAt(d_->mouse.x() - scene.layout.column);
  if (scene.selected_call) return scene.selected_call->event.start_ns;
  const TimeSpan view = scene.axis.view();
  return view.from_ns + view.length_ns() / 2;
}

std::vector<std::string> TimelineView::hiddenLanes() const {
  std::vector<std::string> hidden;
  const std::vector<std::string> keys = lane_keys(d_->scene.model.lanes());
  for (uint32_t i = 0; i < keys.size(); ++i)
    if (d_->scene.model.isHidden(i)) hidden.push_back(keys[i]);
  return hidden;
}

std::vector<std::string> TimelineView::pinnedLanes() const {
  std::vector<std::string> pinned;
  const std::vector<std::string> keys = lane_keys(d_->scene.model.lanes());
  for (uint32_t i = 0; i < keys.size(); ++i)
    if (d_->scene.model.isPinned(i)) pinned.push_back(keys[i]);
  return pinned;
}

void TimelineView::setHiddenAndPinned(const std::vector<std::string>& hidden, const std::vector<std::string>& pinned) {
  const std::vector<std::string> keys = lane_keys(d_->scene.model.lanes());
  std::unordered_map<std::string, uint32_t> number_of;
  for (uint32_t i = 0; i < keys.size(); ++i) number_of.emplace(keys[i], i);
  auto numbers = [&number_of](const std::vector<std::string>& of) {
    std::set<uint32_t> found;
    for (const std::string& key : of)
      if (const auto at = number_of.find(key); at != number_of.end()) found.insert(at->second);
    return found;
  };
  d_->scene.model.setHiddenAndPinned(numbers(hidden), numbers(pinned));
  d_->layoutLanes();
}

}  // namespace ebpftrace::gui
