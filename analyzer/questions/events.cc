// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/events.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "analyzer/dictionaries/exec_table.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/dictionaries/working_directories.h"
#include "analyzer/query/event_order.h"
#include "analyzer/text/event_text.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kWindowTextBytes = 48u << 20;  // of the rows that are held at a time, unless it is a single row

// The rows of a stretch of the order that lie in one frame.
struct FrameRows {
  uint32_t frame;
  std::vector<std::pair<uint32_t, uint32_t>> rows;  // row in the block, place in the stretch; by row
};

class Renderer {
 public:
  Renderer(const Session& session, unsigned workers)
      : trace_(session.trace()), directories_(trace_, session.threads(), session.files()), network_(trace_) {
    for (unsigned i = 0; i < workers; ++i)
      writers_.push_back(std::make_unique<EventTextWriter>(trace_, session.threads(), session.files(), session.execs(),
                                                           directories_, network_, session.users()));
  }

  // False: take() wants no more.
  bool hand_over(std::span<const EventKey> keys, const std::function<bool(const Event&)>& take) {
    if (!keys.empty()) directories_.read_up_to(keys.back().time_ns);
    while (!keys.empty()) {
      auto part = keys;
      while (!render(part)) part = part.first(part.size() / 2);
      for (EventRow& row : rows_) {
        if (!row.present) continue;
        if (!take(row.event(texts_[row.text]))) return false;
      }
      keys = keys.subspan(part.size());
    }
    return true;
  }

 private:
  // False: more text than may be held, and more than one row.
  bool render(std::span<const EventKey> keys) {
    rows_.assign(keys.size(), {});
    std::vector<FrameRows> frames = by_frame(keys);
    texts_.assign(frames.size(), {});
    std::atomic<size_t> next{0}, bytes{0};
    const bool must_fit = keys.size() > 1;
    auto run = [&](EventTextWriter& writer) {
      for (size_t i; (i = next.fetch_add(1)) < frames.size();) {
        for (const auto& [row, place] : frames[i].rows) rows_[place].text = static_cast<uint32_t>(i);
        const size_t room = must_fit ? kWindowTextBytes - std::min(kWindowTextBytes, bytes.load()) : SIZE_MAX;
        if (!writer.write(trace_.frames()[frames[i].frame], frames[i].rows, rows_, texts_[i], room)) {
          bytes = SIZE_MAX / 2;
          return;
        }
        bytes += texts_[i].size();
      }
    };
    {
      std::vector<std::jthread> threads;
      for (size_t i = 1; i < std::min(writers_.size(), frames.size()); ++i)
        threads.emplace_back([&, i] { run(*writers_[i]); });
      run(*writers_[0]);
    }
    return !must_fit || bytes <= kWindowTextBytes;
  }

  static std::vector<FrameRows> by_frame(std::span<const EventKey> keys) {
    std::vector<std::pair<uint32_t, uint32_t>> order;  // frame, place
    for (size_t i = 0; i < keys.size(); ++i) order.emplace_back(keys[i].frame, static_cast<uint32_t>(i));
    std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
      return a.first != b.first ? a.first < b.first : keys[a.second].row < keys[b.second].row;
    });
    std::vector<FrameRows> frames;
    for (const auto& [frame, place] : order) {
      if (frames.empty() || frames.back().frame != frame) frames.push_back({frame, {}});
      frames.back().rows.emplace_back(keys[place].row, place);
    }
    return frames;
  }

  const trace::Trace& trace_;
  WorkingDirectories directories_;
  const NetworkEventText network_;
  std::vector<std::unique_ptr<EventTextWriter>> writers_;
  std::vector<EventRow> rows_;
  std::vector<std::string> texts_;  // by frame of the stretch
};

}  // namespace

void for_each_event(const trace::Trace& trace, size_t limit, const std::function<bool(const Event&)>& take) {
  for_each_event(Session(trace), {}, limit, take);
}

void for_each_event(const Session& session, const Choice& choice, size_t limit,
                    const std::function<bool(const Event&)>& take) {
  if (!limit) return;
  EventOrder order(session, choice, limit);
  Renderer renderer(session, order.workers());
  for (std::vector<EventKey> keys; !(keys = order.next_window()).empty();) {
    const auto wanted = std::span(keys).first(std::min(limit, keys.size()));
    if (!renderer.hand_over(wanted, take)) return;
    limit -= wanted.size();
    if (!limit) return;
  }
}

}  // namespace ebpftrace::analyzer
