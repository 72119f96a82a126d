// SPDX-License-Identifier: Apache-2.0
// What the timeline asks the library, on worker threads.
#include <algorithm>
#include <cmath>
#include <exception>

#include "gui/style/quantity_text.h"
#include "gui/style/sizes.h"
#include "gui/timeline/painters.h"
#include "gui/timeline/picture.h"
#include "gui/timeline/timeline_private.h"

namespace ebpftrace::gui {

using analyzer::Density;
using analyzer::DensityRequest;
using analyzer::LaneChoice;
using analyzer::LaneKind;
using analyzer::Timeline;

namespace {

constexpr double kAround = 0.25;  // of the width, at each side

bool shows_calls(LaneKind kind) { return kind == LaneKind::kProcess || kind == LaneKind::kThread; }

}  // namespace

void TimelineView::Private::load() {
  scene.timeline = nullptr;
  scene.picture = nullptr;
  scene.charts.clear();
  scene.overview.clear();
  scene.overview_image = {};
  scene.severity_of_lane.clear();
  scene.selection.reset();
  scene.selected_lanes.clear();
  scene.selected_call.reset();
  scene.hovered_call.reset();
  scene.hovered_row = -1;
  scene.playhead.reset();
  scene.model.setLanes({});
  scene.loading = session != nullptr;
  for (const auto& job : {&density_job, &overview_job, &chart_job, &call_job, &hover_job}) (*job)->stop();
  view.viewport()->update();
  if (!session) {
    load_job->stop();
    return;
  }
  emit view.progressChanged(0);
  load_job->start([this, of = session](std::stop_token stop, const LatestJob::Reply& reply) {
    try {
      auto timeline = std::make_shared<const Timeline>(of, stop);
      if (stop.stop_requested()) return;
      reply.post([this, timeline] {
        scene.timeline = timeline;
        scene.loading = false;
        scene.axis.setExtent(timeline->extent());
        takeFindings();
        scene.model.setLanes(timeline->lanes());
        history.reset(scene.axis.view());
        scene.scroll = 0;
        layoutLanes();
        askOverview();
        viewChanged(false);
        emit view.loaded();
        emit view.selectionChanged();
      });
    } catch (const std::exception& error) {
      reply.post([this, what = QString::fromUtf8(error.what())] {
        scene.loading = false;
        view.viewport()->update();
        emit view.progressChanged(1);
        emit view.failed(what);
      });
    }
  });
}

void TimelineView::Private::takeFindings() {
  const std::vector<analyzer::Finding>& findings = scene.timeline->findings();
  scene.severity_of_lane.clear();
  for (const analyzer::Finding& finding : findings)
    if (finding.lane != analyzer::kNoLane) {
      const auto [at, is_new] = scene.severity_of_lane.emplace(finding.lane, finding.severity);
      if (!is_new) at->second = std::max(at->second, finding.severity);
    }
  // Few findings have room for their texts.
  scene.model.findingsHeight = findings.empty() || findings.size() > 60 ? sizes::kFindings : sizes::kFindingsWithText;
}

TimeSpan TimelineView::Private::spanAround() const {
  const TimeSpan in_view = scene.axis.view();
  const double pixel_ns = scene.axis.nsPerPixel() / scene.ratio;
  const auto columns = static_cast<int64_t>(kAround * scene.axis.width() * scene.ratio);
  const auto more = static_cast<int64_t>(std::llround(static_cast<double>(columns) * pixel_ns));
  return scene.axis.showsAll() ? in_view : TimeSpan{in_view.from_ns - more, in_view.to_ns + more};
}

std::vector<LaneChoice> TimelineView::Private::choicesInView(bool with_neighbours) const {
  const int height = scene.layout.lanesRect().height(), more = with_neighbours ? height / 2 : 0;
  const auto [first, end] = scene.model.rowsIn(scene.scroll - more, scene.scroll + height + more);
  std::vector<LaneChoice> choices;
  for (int i = first; i < end; ++i) {
    const LaneRow& row = scene.model.rows()[static_cast<size_t>(i)];
    if (row.lane == LaneRow::kNone || !shows_calls(scene.model.lanes()[row.lane].kind)) continue;
    if (std::find(choices.begin(), choices.end(), row.choice()) == choices.end()) choices.push_back(row.choice());
  }
  return choices;
}

bool TimelineView::Private::pictureServes(const std::vector<LaneChoice>& choices) const {
  if (!scene.picture || picture_is_of != asked_for) return false;
  const Density& density = scene.picture->density;
  if (!density.complete) return false;
  const TimeSpan in_view = scene.axis.view();
  if (in_view.from_ns < density.span.from_ns || in_view.to_ns > density.span.to_ns) return false;
  const double theirs = static_cast<double>(density.span.length_ns()) / density.pixels,
               ours = scene.axis.nsPerPixel() / scene.ratio;
  if (std::abs(theirs / ours - 1) > 1e-3) return false;
  return std::all_of(choices.begin(), choices.end(), [&](const LaneChoice& choice) {
    const LanePicture* lane = scene.picture->find(choice);
    const int row = scene.model.rowOf(choice.lane);
    return lane && (row < 0 || lane->bar_height == bar_height(scene.model.rows()[static_cast<size_t>(row)].height));
  });
}

void TimelineView::Private::ask() {
  if (!ask_timer.isActive()) ask_timer.start(0);
}

void TimelineView::Private::askNow() {
  if (!scene.timeline) return;
  askDensity();
  askCharts();
}

void TimelineView::Private::askDensity() {
  if (pictureServes(choicesInView(false))) return;
  DensityRequest request;
  request.span = spanAround();
  request.pixels = static_cast<uint32_t>(
      std::lround(static_cast<double>(request.span.length_ns()) / scene.axis.nsPerPixel() * scene.ratio));
  request.lanes = choicesInView(true);
  request.filter = filter;
  request.colour_by = colour_by;
  request.hidden_hues = hidden_hues;
  request.bar_pixels = 1.5 * scene.ratio;
  request.mark_pixels = 3 * scene.ratio;
  std::map<uint64_t, int> heights;
  for (const LaneChoice& choice : request.lanes)
    if (const int row = scene.model.rowOf(choice.lane); row >= 0)
      heights[Picture::key(choice)] = bar_height(scene.model.rows()[static_cast<size_t>(row)].height);
  const uint64_t question = asked_for;
  density_job->start([this, request, heights, question, timeline = scene.timeline, colours = scene.colours,
                      ratio = scene.ratio](std::stop_token stop, const LatestJob::Reply& reply) {
    auto show = [&](const Density& density, bool last) {
      auto picture = make_picture(density, heights, *colours, ratio);
      reply.post([this, picture, question, last] {
        // A sketch of what was seen in full takes nothing away.
        if (last || (picture_is_of != question && kept_until_complete != question) || !scene.picture ||
            !scene.picture->density.complete ||
            (kept_until_complete != question && (scene.picture->density.span != picture->density.span ||
                                                 scene.picture->density.lanes != picture->density.lanes))) {
          scene.picture = picture;
          picture_is_of = question;
        }
        std::vector<QString> names;
        for (const std::string& name : picture->density.legend) names.push_back(QString::fromStdString(name));
        if (names != legend) {
          legend = names;
          emit view.legendChanged();
        }
        view.viewport()->update();
        emit view.progressChanged(last ? 1 : picture->density.done);
        if (last) emit view.refined();
      });
    };
    try {
      const Density density = timeline->density(request, stop, [&](const Density& part) { show(part, false); });
      if (!stop.stop_requested()) show(density, true);
    } catch (const std::exception& error) {
      reply.post([this, what = QString::fromUtf8(error.what())] {
        emit view.progressChanged(1);
        emit view.failed(what);
      });
    }
  });
}

void TimelineView::Private::askCharts() {
  const TimeSpan span = spanAround();
  const auto pixels =
      static_cast<uint32_t>(std::lround(static_cast<double>(span.length_ns()) / scene.axis.nsPerPixel() * scene.ratio));
  struct Wanted {
    uint32_t lane, number;
    bool chart;
    int height;
  };
  std::vector<Wanted> wanted;
  for (const LaneRow& row : scene.model.rows()) {
    if (row.lane == LaneRow::kNone) continue;
    const analyzer::Lane& lane = scene.model.lanes()[row.lane];
    if (lane.kind == LaneKind::kChart || lane.kind == LaneKind::kInterface)
      wanted.push_back({row.lane, lane.number, lane.kind == LaneKind::kChart, row.height - 3});
  }
  const bool there = !charts_are_old && std::all_of(wanted.begin(), wanted.end(), [&](const Wanted& one) {
    const auto found = scene.charts.find(one.lane);
    return found != scene.charts.end() && found->second.span == span;
  });
  if (wanted.empty() || there) return;
  chart_job->start([this, wanted, span, pixels, timeline = scene.timeline, colours = scene.colours,
                    ratio = scene.ratio](std::stop_token stop, const LatestJob::Reply& reply) {
    try {
      std::map<uint32_t, ChartPicture> charts;
      for (const Wanted& one : wanted) {
        if (stop.stop_requested()) return;
        if (one.chart) {
          const auto columns = timeline->chart(static_cast<analyzer::Chart>(one.number), span, pixels, stop);
          charts[one.lane] = {span, chart_image(columns, *colours, one.height, ratio),
                              QString::fromStdString(columns.scale)};
        } else {
          const auto columns = timeline->packets(one.number, span, pixels, stop);
          double all = 0, dropped = 0;
          for (const auto& column : columns) {
            all += column.packets;
            dropped += column.dropped;
          }
          auto count = [](double number) {
            return count_text(static_cast<uint64_t>(std::llround(std::max(0.0, number))));
          };
          charts[one.lane] = {span, packet_image(columns, *colours, one.height, ratio), count(all),
                              dropped >= 0.5 ? QStringLiteral("packets in, %1 dropped").arg(count(dropped))
                                             : QStringLiteral("packets in, all passed")};
        }
      }
      if (stop.stop_requested()) return;
      reply.post([this, charts] {
        scene.charts = charts;
        charts_are_old = false;
        view.viewport()->update();
      });
    } catch (const std::exception&) {  // damage is reported to the trace, which the window shows
    }
  });
}

void TimelineView::Private::askOverview() {
  if (!scene.timeline) return;
  const auto bins = static_cast<uint32_t>(std::max(1, scene.layout.minimapRect().width() / 2));
  if (scene.overview.size() == bins && !overview_is_old) return;
  overview_job->start([this, bins, span = scene.axis.extent(), timeline = scene.timeline, colours = scene.colours,
                       ratio = scene.ratio](std::stop_token stop, const LatestJob::Reply& reply) {
    try {
      auto columns = timeline->overview(span, bins, stop);
      if (stop.stop_requested()) return;
      QImage image = overview_image(columns, *colours, sizes::kMinimap - kMinimapFlags, ratio);
      reply.post([this, columns = std::move(columns), image] {
        scene.overview = columns;
        overview_is_old = false;
        scene.overview_image = image;
        view.viewport()->update(scene.layout.minimapRect());
      });
    } catch (const std::exception&) {
    }
  });
}

void TimelineView::Private::findCall(const LaneChoice& lane, TimeSpan span, UseCall use) {
  call_job->start([lane, span, use = std::move(use), filter = filter, timeline = scene.timeline](
                      std::stop_token stop, const LatestJob::Reply& reply) {
    try {
      auto mark = timeline->longest_call(lane, span, filter, stop);
      if (!stop.stop_requested()) reply.post([mark = std::move(mark), use] { use(mark); });
    } catch (const std::exception&) {
    }
  });
}

void TimelineView::Private::step(bool forwards) {
  if (!scene.timeline) return;
  LaneChoice lane;
  analyzer::EventRef from;
  if (scene.selected_call) {
    lane = {
        scene.selected_call->lane != analyzer::kNoLane ? scene.selected_call->lane : scene.selected_call->thread_lane,
        false};
    const int row = scene.model.rowOf(lane.lane);
    if (row >= 0) lane = scene.model.rows()[static_cast<size_t>(row)].choice();
    from = scene.selected_call->event;
  } else if (!scene.selected_lanes.empty()) {
    const int row = scene.model.rowOf(scene.selected_lanes.front());
    lane = row >= 0 ? scene.model.rows()[static_cast<size_t>(row)].choice()
                    : LaneChoice{scene.selected_lanes.front(), false};
    from = {forwards ? scene.axis.view().from_ns - 1 : scene.axis.view().to_ns, 0, 0};
  } else {
    return;
  }
  call_job->start([this, lane, from, forwards, filter = filter, timeline = scene.timeline](
                      std::stop_token stop, const LatestJob::Reply& reply) {
    try {
      auto mark = timeline->next_call(lane, from, forwards, filter, stop);
      if (!mark || stop.stop_requested()) return;
      reply.post([this, mark = *mark] {
        selectCall(mark, true);
        if (!scene.axis.view().contains(mark.event.start_ns)) {
          scene.axis.bringIntoView(mark.event.start_ns);
          viewChanged(true);
        }
      });
    } catch (const std::exception&) {
    }
  });
}

}  // namespace ebpftrace::gui
