// SPDX-License-Identifier: Apache-2.0
// Which rows of a frame pass a filter. Frames that can't hold one are not read; of the others the cheap conditions are
// looked at for the whole block before columns that only the dear ones need are decompressed. One per thread.
//
//   Sieve sieve{session, choice, payload};
//   if (sieve.load(frame))
//     for (size_t tile = 0; tile < sieve.tiles(); ++tile)
//       sieve.selected(tile).for_each([&](size_t row) { use(tile * kTileRows + row); });
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "analyzer/fields/row_reader.h"
#include "analyzer/query/moments.h"
#include "predicate/evaluator.h"

namespace ebpftrace::analyzer {

// What --filter, --from and --to let through, checked. A value, cheap to copy. Empty: everything.
struct Choice {
  std::shared_ptr<const predicate::Expression> filter;
  std::shared_ptr<const std::vector<uint64_t>> without;  // offsets of frames of which nothing passes; in order
  bool everything() const { return !filter; }
};

// Throws AskError. An event belongs to the time where it began.
Choice choose(const Relation& relation, std::string_view filter, const TimeRange& range);
// What passes both. The filter is one of this program's.
Choice with(const Choice& choice, const Relation& relation, std::string_view filter);

class Sieve {
 public:
  Sieve(const Session& session, const Choice& choice, std::shared_ptr<trace::FramePayload> payload);
  ~Sieve();

  // False: by what the directory says of the frame, none of its rows passes.
  bool may_pass(const trace::Frame& frame);
  // False: no row passes, or what the filter needs is damaged (reported).
  bool load(const trace::Frame& frame);
  // After it. Rows of tile i are those from i * kTileRows on.
  size_t tiles() const { return tiles_.size(); }
  const Selection& selected(size_t tile) const { return tiles_[tile]; }
  size_t count() const;

 private:
  struct Stage;
  struct Stages;

  Stages* stages_of(uint16_t type);
  bool pass(Stage& stage, const trace::Frame& frame);

  const Session& session_;
  std::shared_ptr<const std::vector<uint64_t>> without_;
  std::vector<predicate::Expression> parts_;  // all must hold; the cheapest first
  std::shared_ptr<trace::FramePayload> payload_;
  std::map<uint16_t, std::unique_ptr<Stages>> by_type_;
  std::vector<Selection> tiles_;
};

}  // namespace ebpftrace::analyzer
