// SPDX-License-Identifier: Apache-2.0
// Where the view has been: back and forward as in a browser. Steps that follow each other quickly (a wheel that turns) are one.
// No window, no clock: the caller says the time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/api/timeline.h"

namespace ebpftrace::gui {

class ViewHistory {
 public:
  static constexpr int64_t kOneStepMs = 700;
  static constexpr size_t kMost = 200;

  void reset(analyzer::TimeSpan view) {
    views_.assign(1, view);
    at_ = 0;
    last_ms_ = INT64_MIN / 2;
  }
  // The view is another one now.
  void note(analyzer::TimeSpan view, int64_t now_ms) {
    if (views_.empty() || views_[at_] == view) return;
    views_.resize(at_ + 1);
    if (at_ > 0 && now_ms - last_ms_ < kOneStepMs) {
      views_[at_] = view;
    } else {
      if (views_.size() == kMost) views_.erase(views_.begin());
      views_.push_back(view);
      at_ = views_.size() - 1;
    }
    last_ms_ = now_ms;
  }
  bool canGoBack() const { return at_ > 0; }
  bool canGoForward() const { return at_ + 1 < views_.size(); }
  std::optional<analyzer::TimeSpan> back() {
    if (!canGoBack()) return std::nullopt;
    last_ms_ = INT64_MIN / 2;
    return views_[--at_];
  }
  std::optional<analyzer::TimeSpan> forward() {
    if (!canGoForward()) return std::nullopt;
    last_ms_ = INT64_MIN / 2;
    return views_[++at_];
  }

 private:
  std::vector<analyzer::TimeSpan> views_;
  size_t at_ = 0;
  int64_t last_ms_ = INT64_MIN / 2;
};

}  // namespace ebpftrace::gui
