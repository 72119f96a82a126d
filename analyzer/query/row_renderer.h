// SPDX-License-Identifier: Apache-2.0
// Rows in order of their time -> text, frame by frame on several threads, handed over in that order.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analyzer/query/event_order.h"
#include "analyzer/query/scan_blocks.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

// A Writer, one per thread: write(frame, rows, to, text, room) appends what the rows of a frame are to text and fills
// to[place] of each; `rows` are pairs of the row in the block and the place, by row. False: it takes more than `room`. A
// Row has `present` and `text`, which of the strings it is in.
template <typename Writer, typename Row>
class RowRenderer {
 public:
  // That are held at a time, unless it is a single row; hand_over_behind() holds twice as much.
  static constexpr size_t kTextBytes = 24u << 20;

  RowRenderer(const trace::Trace& trace, std::vector<std::unique_ptr<Writer>> writers)
      : trace_(trace), writers_(std::move(writers)) {}

  // take(row, text) for each; false: it wants no more.
  template <typename Take>
  bool hand_over(std::span<const EventKey> keys, Take&& take) {
    while (!keys.empty()) {
      const auto part = render_first(keys);
      if (!take_all(made_, take)) return false;
      keys = keys.subspan(part.size());
    }
    return true;
  }

  // The same, but take() is called by another thread, while this one makes the next texts. False: of what went before, it
  // wanted no more. Then finish(): what is left was taken.
  template <typename Take>
  bool hand_over_behind(std::span<const EventKey> keys, const Take& take) {
    while (!keys.empty()) {
      const auto part = render_first(keys);
      if (!finish()) return false;
      std::swap(made_, taken_);
      taking_ = std::async(std::launch::async, [this, take] { return take_all(taken_, take); });
      keys = keys.subspan(part.size());
    }
    return true;
  }
  bool finish() { return !taking_.valid() || taking_.get(); }

 private:
  // Rows frame by frame, so that what a thread fills lies together, and where those of the keys are.
  struct Made {
    std::vector<Row> rows;
    std::vector<uint32_t> place_of;  // by key
    std::vector<std::string> texts;  // by piece
  };

  template <typename Take>
  static bool take_all(const Made& made, const Take& take) {
    for (const uint32_t place : made.place_of)
      if (const Row& row = made.rows[place]; row.present && !take(row, made.texts[row.text])) return false;
    return true;
  }

  using Place = std::pair<uint32_t, uint32_t>;  // row in the block, place in Made::rows

  struct FrameRows {
    uint32_t frame;
    uint32_t rows;   // how many
    uint32_t begin;  // in places_ and Made::rows
  };
  // Frames that one thread works on, with one text: so many that it is worth it.
  struct Piece {
    size_t begin, end;  // in frames_
  };
  static constexpr uint32_t kPieceRows = 1024;

  // As many of the rows as may be held: about as many as the last ones would have had room.
  std::span<const EventKey> render_first(std::span<const EventKey> keys) {
    auto part = keys.first(std::min(keys.size(), most_rows_));
    while (!render(part)) part = part.first(part.size() / 2);
    uint64_t bytes = 1;
    for (size_t i = 0; i < pieces_.size(); ++i) bytes += made_.texts[i].size();
    most_rows_ = std::clamp<size_t>(kTextBytes / 8 * 7 * part.size() / bytes, 1, EventOrder::kWindowRows);
    return part;
  }

  // False: more text than may be held, and more than one row.
  bool render(std::span<const EventKey> keys) {
    sort_out(keys);
    made_.rows.resize(keys.size());
    if (made_.texts.size() < pieces_.size()) made_.texts.resize(pieces_.size());
    std::atomic<size_t> bytes{0};
    const bool must_fit = keys.size() > 1;
    const auto threads = static_cast<unsigned>(std::max<size_t>(1, std::min(writers_.size(), pieces_.size())));
    share_out(threads, pieces_.size(), [&](unsigned own) {
      return [&, &writer = *writers_[own]](size_t i) {
        // Not in its place among the others: its size changes with each word, and two would share a cache line.
        std::string text = std::move(made_.texts[i]);
        text.clear();
        for (size_t at = pieces_[i].begin; at < pieces_[i].end; ++at) {
          if (must_fit && bytes > kTextBytes) break;
          const std::span rows(places_.data() + frames_[at].begin, frames_[at].rows);
          for (const auto& [row, place] : rows) {
            made_.rows[place] = {};
            made_.rows[place].text = static_cast<uint32_t>(i);
          }
          order_by_row(rows);
          const size_t before = text.size();
          const size_t room = must_fit ? before + kTextBytes - std::min(kTextBytes, bytes.load()) : SIZE_MAX;
          if (writer.write(trace_.frames()[frames_[at].frame], rows, made_.rows, text, room))
            bytes += text.size() - before;
          else
            bytes = SIZE_MAX / 2;
        }
        made_.texts[i] = std::move(text);
      };
    });
    if (bytes > kTextBytes) {  // strings that grew for an unusual row are not kept
      if (must_fit) made_.texts.clear();
      return !must_fit;
    }
    return true;
  }

  // By frame, each with its rows; the frames in pieces.
  void sort_out(std::span<const EventKey> keys) {
    frames_.clear();
    pieces_.clear();
    places_.resize(keys.size());
    std::unordered_map<uint32_t, uint32_t> known;
    made_.place_of.resize(keys.size());  // at first the frame
    uint32_t at = 0;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (frames_.empty() || frames_[at].frame != keys[i].frame) {
        const auto [entry, is_new] = known.try_emplace(keys[i].frame, static_cast<uint32_t>(frames_.size()));
        if (is_new) frames_.push_back({keys[i].frame, 0, 0});
        at = entry->second;
      }
      ++frames_[at].rows;
      made_.place_of[i] = at;
    }
    uint32_t begin = 0;
    for (size_t i = 0; i < frames_.size(); ++i) {
      if (pieces_.empty() || begin - frames_[pieces_.back().begin].begin >= kPieceRows) pieces_.push_back({i, i});
      pieces_.back().end = i + 1;
      frames_[i].begin = begin;
      begin += std::exchange(frames_[i].rows, 0);
    }
    for (size_t i = 0; i < keys.size(); ++i) {
      FrameRows& frame = frames_[made_.place_of[i]];
      const uint32_t place = frame.begin + frame.rows++;
      made_.place_of[i] = place;
      places_[place] = {keys[i].row, place};
    }
  }

  // In time order they nearly are already.
  static void order_by_row(std::span<Place> rows) {
    uint32_t most = 0;
    for (const auto& [row, place] : rows) most = std::max(most, row);
    if (rows.size() < most / 16) {
      std::sort(rows.begin(), rows.end());
      return;
    }
    std::vector<uint32_t> place_of(size_t{most} + 1, UINT32_MAX);
    for (const auto& [row, place] : rows) place_of[row] = place;
    size_t next = 0;
    for (uint32_t row = 0; row <= most; ++row)
      if (place_of[row] != UINT32_MAX) rows[next++] = {row, place_of[row]};
  }

  const trace::Trace& trace_;
  std::vector<std::unique_ptr<Writer>> writers_;
  Made made_;
  std::vector<FrameRows> frames_;
  std::vector<Place> places_;  // of one frame after the other
  std::vector<Piece> pieces_;
  size_t most_rows_ = EventOrder::kWindowRows;
  Made taken_;  // the other thread's
  std::future<bool> taking_;
};

}  // namespace ebpftrace::analyzer
