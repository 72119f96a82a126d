// SPDX-License-Identifier: Apache-2.0
// An expression at work: says of blocks whether any of their rows can pass, and of tiles which do.
//
//   Evaluator evaluator{parse("duration > 1ms && path ~ \"^/var\"", fields)};
//   if (evaluator.start_block(facts) != BlockDecision::kNone)
//     for each tile { Selection rows = Selection::first(n); evaluator.select(tile, rows); }
//
// One per thread; what it remembers of texts takes at most kTextMemoryBytes. Conditions are looked at by what their
// columns cost;
// && and || end as soon as all rows of the tile are decided; what start_block decided is not looked at again.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "predicate/expression.h"
#include "predicate/selection.h"
#include "predicate/tile.h"

namespace ebpftrace::predicate {

inline constexpr size_t kTextMemoryBytes = 16 << 20;

class Evaluator {
 public:
  explicit Evaluator(Expression expression);
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;
  Evaluator& operator=(Evaluator&&) noexcept;

  const Expression& expression() const;

  // What holds for all tiles until it is called again. kSome: the rows must be looked at.
  BlockDecision start_block(const BlockFacts& facts);
  // The same without a look at texts and without being remembered: for frames that may not be read.
  BlockDecision decide(const BlockFacts& facts);
  // A block of which nothing is known.
  void start_block();

  // Leaves those of the rows that pass.
  void select(TileSource& tile, Selection& rows);

 private:
  class Program;
  std::unique_ptr<Program> program_;
};

}  // namespace ebpftrace::predicate
