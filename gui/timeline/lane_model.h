// SPDX-License-Identifier: Apache-2.0
// Which lanes are shown, in which order and how high: folding, hiding, pinning, search and order. Processes that ended before the
// view are one line, and so are those that begin after it. No window.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/api/timeline.h"

namespace ebpftrace::gui {

enum class LaneOrder { kStart, kName, kPid, kLength };

struct LaneRow {
  static constexpr uint32_t kNone = analyzer::kNoLane;
  uint32_t lane = kNone;  // kNone: a line for those that are not in the view
  int top = 0, height = 0;
  int level = 0;
  bool heading = false;
  bool can_fold = false, folded = false;
  bool pinned = false;
  size_t ended_before = 0, begin_after = 0;  // of that line: how many; parent is the lane they are of
  uint32_t parent = kNone;
  // What is to be asked for it.
  analyzer::LaneChoice choice() const { return {lane, folded}; }
};

class LaneModel {
 public:
  LaneModel();

  void setLanes(const std::vector<analyzer::Lane>& lanes);
  // Of the same recording, which has grown: what is folded, hidden, pinned and looked for stays. By lane of before: which one it
  // is now, kNoLane if it is gone.
  std::vector<uint32_t> growLanes(const std::vector<analyzer::Lane>& lanes);
  const std::vector<analyzer::Lane>& lanes() const { return lanes_; }

  // All rows, from the top; by rising `top`.
  const std::vector<LaneRow>& rows() const { return rows_; }
  int height() const { return height_; }
  // Position in rows(); -1: none is there.
  int rowAt(int y) const;
  int rowOf(uint32_t lane) const;  // the first that shows it; -1: none does
  // The first and one past the last that lie in [top, bottom).
  std::pair<int, int> rowsIn(int top, int bottom) const;

  void setFolded(uint32_t lane, bool folded);
  bool isFolded(uint32_t lane) const { return folded_[lane]; }
  void foldAll();
  void unfoldAll();
  void setHidden(uint32_t lane, bool hidden);
  bool anyHidden() const;
  void showAllLanes();
  void showOnly(const std::vector<uint32_t>& lanes);
  void setPinned(uint32_t lane, bool pinned);
  void setHiddenAndPinned(const std::set<uint32_t>& hidden, const std::set<uint32_t>& pinned);  // no others
  bool isPinned(uint32_t lane) const { return pinned_.contains(lane); }
  bool isHidden(uint32_t lane) const { return hidden_[lane]; }
  void setSearch(const std::string& text);  // in name, argument, command and pid; empty: all
  void setOrder(LaneOrder order);
  LaneOrder order() const { return order_; }
  // Those of which all ended before become one line for each parent, and those that begin after it another. True: rows are others
  // now.
  bool setView(analyzer::TimeSpan view);
  void setExpandedEnded(uint32_t parent, bool expanded);
  void setExpandedLater(uint32_t parent, bool expanded);
  // So high are lanes in which single calls are read; others are lower. Empty: all have their usual height.
  bool setFocused(const std::set<uint32_t>& lanes);
  // Unfolds what is above it and shows it.
  void reveal(uint32_t lane);

  size_t processes() const { return processes_; }
  size_t threads() const { return threads_; }
  size_t processesInView() const;
  const std::vector<uint32_t>& childrenOf(uint32_t lane) const { return children_[lane]; }
  int heightOf(const analyzer::Lane& lane) const;
  int findingsHeight = 20;

 private:
  void index();
  void foldWhatHasNoRoom(const std::vector<bool>& decided);
  void rebuild();
  void add(uint32_t lane, int level);
  void addChildren(uint32_t lane, int level);
  bool matches(uint32_t lane) const;
  bool endedBefore(uint32_t lane) const;
  bool beginsAfter(uint32_t lane) const;
  bool markMatching(uint32_t lane);

  std::vector<analyzer::Lane> lanes_;
  std::vector<std::vector<uint32_t>> children_;
  std::vector<uint32_t> roots_;
  std::vector<int64_t> last_end_;  // of a lane and all below it
  std::vector<uint32_t> below_;    // processes of a lane and below it
  std::vector<bool> folded_, hidden_, matching_;
  std::set<uint32_t> pinned_, focused_, expanded_, expanded_later_;
  std::string search_;
  LaneOrder order_ = LaneOrder::kStart;
  analyzer::TimeSpan view_{INT64_MIN, INT64_MAX};
  std::vector<LaneRow> rows_;
  std::unordered_map<uint32_t, int> row_of_;
  int height_ = 0;
  size_t processes_ = 0, threads_ = 0;
};

}  // namespace ebpftrace::gui
