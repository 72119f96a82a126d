// SPDX-License-Identifier: Apache-2.0
#include "gui/timeline/lane_model.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "gui/style/sizes.h"
#include "gui/timeline/lane_keys.h"

namespace ebpftrace::gui {
namespace {

using analyzer::kNoLane;
using analyzer::Lane;
using analyzer::LaneKind;

constexpr size_t kRowsAtFirst = 40;  // about what a window has room for
// On the stack of add(): the lines of a lane for what is not in the view.
constexpr uint32_t kEndedLine = 1u << 31, kLaterLine = 1u << 30;

bool is_heading(LaneKind kind) {
  return kind == LaneKind::kMachine || kind == LaneKind::kProcesses || kind == LaneKind::kNetwork;
}
bool is_process(const Lane& lane) { return lane.kind == LaneKind::kProcess || lane.kind == LaneKind::kThread; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool contains(const std::string& text, const std::string& lower_part) {
  return std::search(text.begin(), text.end(), lower_part.begin(), lower_part.end(),
                     [](char a, char b) { return lower(a) == b; }) != text.end();
}

}  // namespace

LaneModel::LaneModel() = default;

int LaneModel::heightOf(const Lane& lane) const {
  switch (lane.kind) {
    case LaneKind::kChart:
      return lane.number == static_cast<uint32_t>(analyzer::Chart::kCpu) ? sizes::kCpuChart : sizes::kChart;
    case LaneKind::kCpu:
      return sizes::kCpuLane;
    case LaneKind::kInterface:
      return focused_.empty() ? sizes::kNetworkLane + 8 : 52;
    case LaneKind::kFindings:
      return findingsHeight;
    case LaneKind::kProcess:
    case LaneKind::kThread:
      return sizes::kLane;
    default:
      return sizes::kGroupLane;
  }
}

void LaneModel::setLanes(const std::vector<Lane>& lanes) {
  lanes_ = lanes;
  index();
  hidden_.assign(lanes_.size(), false);
  matching_.assign(lanes_.size(), true);
  pinned_.clear();
  focused_.clear();
  expanded_.clear();
  expanded_later_.clear();
  search_.clear();
  view_ = {INT64_MIN, INT64_MAX};
  folded_.assign(lanes_.size(), false);
  foldWhatHasNoRoom(std::vector<bool>(lanes_.size(), false));
  rebuild();
}

std::vector<uint32_t> LaneModel::growLanes(const std::vector<Lane>& lanes) {
  const std::vector<uint32_t> now = lanes_now(lanes_, lanes);
  const std::vector<bool> were_folded = std::move(folded_), were_hidden = std::move(hidden_);
  std::vector<bool> had_children(lanes_.size());
  for (size_t i = 0; i < lanes_.size(); ++i) had_children[i] = !children_[i].empty();
  lanes_ = lanes;
  index();
  folded_.assign(lanes_.size(), false);
  hidden_.assign(lanes_.size(), false);
  // One that had nothing below it was never folded or unfolded by anybody.
  std::vector<bool> decided(lanes_.size(), false);
  for (size_t i = 0; i < now.size(); ++i) {
    if (now[i] == kNoLane) continue;
    hidden_[now[i]] = were_hidden[i];
    folded_[now[i]] = were_folded[i];
    decided[now[i]] = had_children[i];
  }
  foldWhatHasNoRoom(decided);
  auto renumber = [&now](std::set<uint32_t>& lanes_of) {
    std::set<uint32_t> numbers;
    for (const uint32_t lane : lanes_of)
      if (lane < now.size() && now[lane] != kNoLane) numbers.insert(now[lane]);
    lanes_of = std::move(numbers);
  };
  renumber(pinned_);
  renumber(focused_);
  renumber(expanded_);
  renumber(expanded_later_);
  setSearch(std::string(search_));
  return now;
}

// What follows from the lanes alone.
void LaneModel::index() {
  const size_t count = lanes_.size();
  children_.assign(count, {});
  roots_.clear();
  last_end_.assign(count, INT64_MAX);
  below_.assign(count, 0);
  processes_ = threads_ = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (lanes_[i].parent < i)
      children_[lanes_[i].parent].push_back(i);
    else
      roots_.push_back(i);
    if (is_process(lanes_[i])) last_end_[i] = lanes_[i].ended ? lanes_[i].end_ns : INT64_MAX;
    processes_ += lanes_[i].kind == LaneKind::kProcess;
    if (lanes_[i].kind == LaneKind::kProcess) threads_ += lanes_[i].threads;
  }
  // Children come behind their parents.
  for (size_t i = count; i-- > 0;) {
    below_[i] += lanes_[i].kind == LaneKind::kProcess;
    const uint32_t parent = lanes_[i].parent;
    if (parent >= i) continue;
    below_[parent] += below_[i];
    if (is_process(lanes_[parent])) last_end_[parent] = std::max(last_end_[parent], last_end_[i]);
  }
}

// Of those that nobody decided about: level by level as far as there is room, always where there is just one, is unfolded.
void LaneModel::foldWhatHasNoRoom(const std::vector<bool>& decided) {
  for (uint32_t i = 0; i < lanes_.size(); ++i)
    if (!decided[i]) folded_[i] = is_process(lanes_[i]) && !children_[i].empty();
  std::vector<uint32_t> level;
  for (const uint32_t root : roots_) level.insert(level.end(), children_[root].begin(), children_[root].end());
  size_t shown = level.size();
  bool room = true;
  while (!level.empty()) {
    std::vector<uint32_t> closed, next;
    size_t more = 0;
    for (const uint32_t lane : level) {
      if (!folded_[lane]) {
        next.insert(next.end(), children_[lane].begin(), children_[lane].end());
      } else if (!decided[lane]) {
        closed.push_back(lane);
        more += children_[lane].size();
      }
    }
    shown += next.size();
    room = room && (shown + more <= kRowsAtFirst || closed.size() <= 1);
    for (const uint32_t lane : closed) {
      const bool only_threads = std::all_of(children_[lane].begin(), children_[lane].end(),
                                            [&](uint32_t child) { return lanes_[child].kind == LaneKind::kThread; });
      if (!room || only_threads) continue;
      folded_[lane] = false;
      shown += children_[lane].size();
      next.insert(next.end(), children_[lane].begin(), children_[lane].end());
    }
    level = std::move(next);
  }
}

bool LaneModel::matches(uint32_t lane) const {
  const Lane& one = lanes_[lane];
  return contains(one.name, search_) || contains(one.argument, search_) || contains(one.command, search_) ||
         std::to_string(one.pid) == search_ || (one.tid && std::to_string(one.tid) == search_);
}

void LaneModel::setSearch(const std::string& text) {
  search_.clear();
  for (const char c : text) search_ += lower(c);
  matching_.assign(lanes_.size(), search_.empty());
  if (!search_.empty())
    for (uint32_t i = static_cast<uint32_t>(lanes_.size()); i-- > 0;) {
      if (is_process(lanes_[i]) && matches(i)) matching_[i] = true;
      if (!is_process(lanes_[i])) matching_[i] = true;
      if (matching_[i] && lanes_[i].parent < i) matching_[lanes_[i].parent] = true;
    }
  rebuild();
}

bool LaneModel::endedBefore(uint32_t lane) const { return is_process(lanes_[lane]) && last_end_[lane] < view_.from_ns; }
// What is below it begins later still.
bool LaneModel::beginsAfter(uint32_t lane) const {
  return is_process(lanes_[lane]) && lanes_[lane].start_ns >= view_.to_ns;
}

size_t LaneModel::processesInView() const {
  return static_cast<size_t>(std::count_if(lanes_.begin(), lanes_.end(), [this](const Lane& lane) {
    return lane.kind == LaneKind::kProcess && lane.start_ns < view_.to_ns &&
           (!lane.ended || lane.end_ns >= view_.from_ns);
  }));
}

void LaneModel::add(uint32_t lane, int level) {
  // A stack of our own: a chain of forks may be longer than a thread's.
  std::vector<std::pair<uint32_t, int>> stack{{lane, level}};
  while (!stack.empty()) {
    const auto [at, depth] = stack.back();
    stack.pop_back();
    if (at >= lanes_.size()) {
      const uint32_t parent = at & ~(kEndedLine | kLaterLine);
      LaneRow row;
      row.level = depth;
      row.height = sizes::kLane;
      row.parent = parent;
      for (const uint32_t child : children_[parent]) {
        const uint32_t processes = std::max<uint32_t>(1, below_[child]);
        if (at & kEndedLine && endedBefore(child)) row.ended_before += processes;
        if (at & kLaterLine && beginsAfter(child)) row.begin_after += processes;
      }
      row.top = height_;
      height_ += row.height;
      rows_.push_back(row);
      continue;
    }
    if (hidden_[at] || !matching_[at]) continue;
    const Lane& one = lanes_[at];
    LaneRow row;
    row.lane = at;
    row.level = depth;
    row.heading = is_heading(one.kind);
    row.can_fold = !children_[at].empty();
    row.folded = row.can_fold && folded_[at] && search_.empty();
    row.pinned = pinned_.contains(at);
    row.parent = one.parent;
    row.height = heightOf(one);
    if (is_process(one) && !focused_.empty())
      row.height = focused_.contains(at) ? sizes::kFocusedLane : sizes::kOtherLane;
    row.top = height_;
    height_ += row.height;
    row_of_.emplace(at, static_cast<int>(rows_.size()));
    rows_.push_back(row);
    if (row.folded) continue;
    std::vector<uint32_t> order = children_[at];
    auto by = [&](auto key) {
      std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
        // Threads stay with their process.
        const bool a_thread = lanes_[a].kind == LaneKind::kThread, b_thread = lanes_[b].kind == LaneKind::kThread;
        return a_thread != b_thread ? a_thread : key(a) < key(b);
      });
    };
    if (!order.empty() && is_process(lanes_[order.front()])) {
      if (order_ == LaneOrder::kName) by([&](uint32_t i) { return lanes_[i].name; });
      if (order_ == LaneOrder::kPid) by([&](uint32_t i) { return lanes_[i].pid; });
      if (order_ == LaneOrder::kLength) by([&](uint32_t i) { return lanes_[i].start_ns - lanes_[i].end_ns; });
    }
    size_t ended = 0, later = 0;
    if (search_.empty())
      for (const uint32_t child : order) {
        ended += endedBefore(child) && !expanded_.contains(at);
        later += beginsAfter(child) && !expanded_later_.contains(at);
      }
    const int below = depth + (row.heading ? 0 : 1);
    if (later > 1) stack.emplace_back(at | kLaterLine, below);
    for (size_t i = order.size(); i-- > 0;) {
      if ((ended > 1 && endedBefore(order[i])) || (later > 1 && beginsAfter(order[i]))) continue;
      stack.emplace_back(order[i], below);
    }
    if (ended > 1) stack.emplace_back(at | kEndedLine, below);
  }
}

void LaneModel::rebuild() {
  rows_.clear();
  row_of_.clear();
  height_ = 0;
  for (const uint32_t lane : pinned_) {
    if (lane >= lanes_.size() || hidden_[lane]) continue;
    LaneRow row;
    row.lane = lane;
    row.pinned = true;
    row.can_fold = false;
    row.folded = folded_[lane] && !children_[lane].empty();
    row.parent = lanes_[lane].parent;
    row.height = heightOf(lanes_[lane]);
    if (is_process(lanes_[lane]) && !focused_.empty())
      row.height = focused_.contains(lane) ? sizes::kFocusedLane : sizes::kOtherLane;
    row.top = height_;
    height_ += row.height;
    rows_.push_back(row);
  }
  for (const uint32_t root : roots_) add(root, 0);
}

int LaneModel::rowAt(int y) const {
  if (y < 0 || y >= height_) return -1;
  const auto next = std::partition_point(rows_.begin(), rows_.end(), [y](const LaneRow& row) { return row.top <= y; });
  return static_cast<int>(next - rows_.begin()) - 1;
}

int LaneModel::rowOf(uint32_t lane) const {
  const auto found = row_of_.find(lane);
  return found == row_of_.end() ? -1 : found->second;
}

std::pair<int, int> LaneModel::rowsIn(int top, int bottom) const {
  const auto first = std::partition_point(rows_.begin(), rows_.end(),
                                          [top](const LaneRow& row) { return row.top + row.height <= top; });
  const auto end = std::partition_point(first, rows_.end(), [bottom](const LaneRow& row) { return row.top < bottom; });
  return {static_cast<int>(first - rows_.begin()), static_cast<int>(end - rows_.begin())};
}

void LaneModel::setFolded(uint32_t lane, bool folded) {
  if (lane >= lanes_.size() || folded_[lane] == folded) return;
  folded_[lane] = folded;
  rebuild();
}

void LaneModel::foldAll() {
  for (uint32_t i = 0; i < lanes_.size(); ++i) folded_[i] = is_process(lanes_[i]) && !children_[i].empty();
  rebuild();
}

void LaneModel::unfoldAll() {
  folded_.assign(lanes_.size(), false);
  rebuild();
}

void LaneModel::setHidden(uint32_t lane, bool hidden) {
  if (lane >= lanes_.size() || hidden_[lane] == hidden) return;
  hidden_[lane] = hidden;
  rebuild();
}

bool LaneModel::anyHidden() const { return std::find(hidden_.begin(), hidden_.end(), true) != hidden_.end(); }

void LaneModel::showAllLanes() {
  hidden_.assign(lanes_.size(), false);
  rebuild();
}

void LaneModel::showOnly(const std::vector<uint32_t>& lanes) {
  std::vector<bool> shown(lanes_.size());
  for (const uint32_t lane : lanes) {
    if (lane >= lanes_.size()) continue;
    // What is above it, and what is below.
    for (uint32_t up = lane; up < lanes_.size() && !shown[up]; up = lanes_[up].parent) shown[up] = true;
    std::vector<uint32_t> stack = children_[lane];
    while (!stack.empty()) {
      const uint32_t at = stack.back();
      stack.pop_back();
      shown[at] = true;
      stack.insert(stack.end(), children_[at].begin(), children_[at].end());
    }
  }
  for (uint32_t i = 0; i < lanes_.size(); ++i)
    if (is_process(lanes_[i])) hidden_[i] = !shown[i];
  rebuild();
}

void LaneModel::setPinned(uint32_t lane, bool pinned) {
  if (lane >= lanes_.size()) return;
  if (pinned)
    pinned_.insert(lane);
  else
    pinned_.erase(lane);
  rebuild();
}

void LaneModel::setHiddenAndPinned(const std::set<uint32_t>& hidden, const std::set<uint32_t>& pinned) {
  for (uint32_t i = 0; i < lanes_.size(); ++i) hidden_[i] = hidden.contains(i);
  pinned_ = pinned;
  rebuild();
}

void LaneModel::setOrder(LaneOrder order) {
  if (order_ == order) return;
  order_ = order;
  rebuild();
}

bool LaneModel::setView(analyzer::TimeSpan view) {
  if (view_ == view) return false;
  const analyzer::TimeSpan before = std::exchange(view_, view);
  const auto [low, high] = std::minmax(before.from_ns, view.from_ns);
  const auto [least, most] = std::minmax(before.to_ns, view.to_ns);
  bool changes = false;
  for (size_t i = 0; i < lanes_.size() && !changes; ++i)
    changes = (last_end_[i] >= low && last_end_[i] < high) ||
              (is_process(lanes_[i]) && lanes_[i].start_ns >= least && lanes_[i].start_ns < most);
  if (!changes) return false;
  rebuild();
  return true;
}

void LaneModel::setExpandedLater(uint32_t parent, bool expanded) {
  if (expanded)
    expanded_later_.insert(parent);
  else
    expanded_later_.erase(parent);
  rebuild();
}

void LaneModel::setExpandedEnded(uint32_t parent, bool expanded) {
  if (expanded)
    expanded_.insert(parent);
  else
    expanded_.erase(parent);
  rebuild();
}

bool LaneModel::setFocused(const std::set<uint32_t>& lanes) {
  if (focused_ == lanes) return false;
  focused_ = lanes;
  rebuild();
  return true;
}

void LaneModel::reveal(uint32_t lane) {
  if (lane >= lanes_.size()) return;
  for (uint32_t up = lane; up < lanes_.size(); up = lanes_[up].parent) {
    hidden_[up] = false;
    if (up != lane) folded_[up] = false;
    if (lanes_[up].parent >= lanes_.size()) continue;
    if (endedBefore(up)) expanded_.insert(lanes_[up].parent);
    if (beginsAfter(up)) expanded_later_.insert(lanes_[up].parent);
  }
  if (!matching_[lane]) {
    search_.clear();
    matching_.assign(lanes_.size(), true);
  }
  rebuild();
}

}  // namespace ebpftrace::gui
