// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/file_order.h"

#include <algorithm>

#include "analyzer/query/scan_blocks.h"

namespace ebpftrace::analyzer {
namespace {

// For a thread at a time, of frames that are smaller than that.
constexpr uint64_t kRowsAtOnce = 8192;

}  // namespace

FileOrder::FileOrder(const Session& session, const Choice& choice, std::span<const EventType* const> types)
    : trace_(session.trace()), everything_(choice.everything()) {
  WorkerCount needed;
  for (const EventType* type : types)
    for (const uint32_t position : frames_.emplace_back(trace_.blocks_of(type->name))) {
      const trace::Frame frame = trace_.frames()[position];
      needed.add(frame);
      rows_ += frame.count;
    }
  for (unsigned i = 0; i < needed.count(); ++i)
    sieves_.push_back(std::make_unique<Sieve>(session, choice, std::make_shared<trace::FramePayload>()));
  if (!frames_.empty()) next_ = frames_.front().begin();
}

FileOrder::~FileOrder() = default;

std::vector<EventKey> FileOrder::next_window() {
  struct Piece {
    std::vector<uint32_t> frames;
    uint64_t rows = 0;
    std::vector<EventKey> keys;
  };
  std::vector<EventKey> window;
  while (window.empty() && type_ < frames_.size()) {
    std::vector<Piece> pieces;
    for (uint64_t rows = 0; rows < kWindowRows && type_ < frames_.size();) {
      if (next_ == frames_[type_].end()) {
        if (++type_ < frames_.size()) next_ = frames_[type_].begin();
        continue;
      }
      if (pieces.empty() || pieces.back().rows >= kRowsAtOnce) pieces.emplace_back();
      const uint32_t count = trace_.frames()[*next_].count;
      pieces.back().frames.push_back(*next_++);
      pieces.back().rows += count;
      rows += count;
    }
    const auto threads =
        static_cast<unsigned>(everything_ ? 1 : std::min(sieves_.size(), std::max<size_t>(pieces.size(), 1)));
    share_out(threads, pieces.size(), [&](unsigned own) {
      return [&, &sieve = *sieves_[own]](size_t i) {
        for (const uint32_t position : pieces[i].frames) {
          if (!sieve.load(trace_.frames()[position])) continue;
          for (size_t tile = 0; tile < sieve.tiles(); ++tile)
            sieve.selected(tile).for_each([&](size_t row) {
              pieces[i].keys.push_back({0, position, static_cast<uint32_t>(tile * predicate::kTileRows + row)});
            });
        }
      };
    });
    for (const Piece& piece : pieces) window.insert(window.end(), piece.keys.begin(), piece.keys.end());
  }
  return window;
}

}  // namespace ebpftrace::analyzer
