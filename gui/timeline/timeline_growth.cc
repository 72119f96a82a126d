// SPDX-License-Identifier: Apache-2.0
// A recording that grows while it is looked at: the view, the selection and the lanes keep their place, and what was painted
// stays until there is newer.
#include <algorithm>
#include <exception>

#include "gui/timeline/timeline_private.h"

namespace ebpftrace::gui {
namespace {

using analyzer::kNoLane;
using analyzer::LaneChoice;

uint32_t now_of(const std::vector<uint32_t>& now, uint32_t lane) { return lane < now.size() ? now[lane] : kNoLane; }

bool are_as_before(const std::vector<uint32_t>& now) {
  for (uint32_t i = 0; i < now.size(); ++i)
    if (now[i] != i) return false;
  return true;
}

// The same picture with the lanes' new numbers.
std::shared_ptr<const Picture> renumbered(const Picture& before, const std::vector<uint32_t>& now) {
  auto picture = std::make_shared<Picture>(before);
  picture->by_choice.clear();
  for (size_t i = 0; i < picture->lanes.size(); ++i) {
    LaneChoice& choice = picture->lanes[i].choice;
    choice.lane = now_of(now, choice.lane);
    if (choice.lane != kNoLane) picture->by_choice[Picture::key(choice)] = i;
  }
  for (LaneChoice& choice : picture->density.lanes) choice.lane = now_of(now, choice.lane);
  for (analyzer::CallMark& mark : picture->density.marks) {
    mark.lane = now_of(now, mark.lane);
    mark.thread_lane = now_of(now, mark.thread_lane);
  }
  return picture;
}

}  // namespace

void TimelineView::Private::grow() {
  load_job->start([this, of = session](std::stop_token stop, const LatestJob::Reply& reply) {
    try {
      auto timeline = std::make_shared<const analyzer::Timeline>(of, stop);
      if (!stop.stop_requested()) reply.post([this, timeline] { showGrown(timeline); });
    } catch (const std::exception& error) {
      reply.post([this, what = QString::fromUtf8(error.what())] {
        emit view.failed(what);
        emit view.grown();
      });
    }
  });
}

void TimelineView::Private::showGrown(const std::shared_ptr<const analyzer::Timeline>& timeline) {
  // They ask what was there before.
  for (const auto& job : {&density_job, &overview_job, &chart_job, &call_job, &hover_job}) (*job)->stop();
  const TimeSpan before = scene.axis.view();
  scene.timeline = timeline;
  scene.axis.growExtent(timeline->extent());
  takeFindings();
  const std::vector<uint32_t> now = scene.model.growLanes(timeline->lanes());
  if (!are_as_before(now)) {
    std::vector<uint32_t> selected;
    for (const uint32_t lane : scene.selected_lanes)
      if (now_of(now, lane) != kNoLane) selected.push_back(now_of(now, lane));
    scene.selected_lanes = std::move(selected);
    if (scene.selected_call) {
      scene.selected_call->lane = now_of(now, scene.selected_call->lane);
      scene.selected_call->thread_lane = now_of(now, scene.selected_call->thread_lane);
    }
    std::map<uint32_t, ChartPicture> charts;
    for (auto& [lane, chart] : scene.charts)
      if (now_of(now, lane) != kNoLane) charts[now_of(now, lane)] = std::move(chart);
    scene.charts = std::move(charts);
    if (scene.picture) scene.picture = renumbered(*scene.picture, now);
  }
  scene.hovered_call.reset();
  // The same question of more: what is seen in full stays until the new is complete.
  const bool same_question = picture_is_of == asked_for || kept_until_complete == asked_for;
  ++asked_for;
  kept_until_complete = same_question ? asked_for : 0;
  charts_are_old = overview_is_old = true;
  if (scene.axis.view() == before)
    layoutLanes();
  else
    viewChanged(false);
  askOverview();
  emit view.grown();
}

}  // namespace ebpftrace::gui
