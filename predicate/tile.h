// SPDX-License-Identifier: Apache-2.0
// Where the rows come from: what the user of a predicate implements for the columns that its fields stand for. Fields
// are named by their position in Expression.fields. All of it is of one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "predicate/selection.h"

namespace ebpftrace::predicate {

// Texts by id. A table that only grows stays itself; one whose ids come to mean other texts calls renew(), and then
// nothing is remembered of it.
class Texts {
 public:
  Texts() { renew(); }
  virtual ~Texts() = default;
  // A copy is a table of its own.
  Texts(const Texts&) { renew(); }
  Texts& operator=(const Texts&) {
    renew();
    return *this;
  }

  // Ids are below this.
  virtual uint64_t count() const = 0;
  // nullopt: absent. Good until the next call. Called once for an id and condition, as a rule.
  virtual std::optional<std::string_view> text(uint64_t id) const = 0;

  // No other table of this process has it, or ever had.
  uint64_t generation() const { return generation_; }

 protected:
  void renew();

 private:
  uint64_t generation_ = 0;
};

// kTileRows cells may be looked at; those of wanted rows count. Everything is good until the column is asked for again
// or the tile ends.
struct NumberColumn {
  const uint64_t* values = nullptr;
  const Selection* present = nullptr;   // nullptr: all are
  const Selection* negative = nullptr;  // of kEitherSign: cells that are two's complement and below 0; nullptr: none
};
struct TextColumn {
  const uint64_t* ids = nullptr;  // one that the table doesn't have is an absent text
  const Texts* texts = nullptr;
};

// Rows of a block, up to 1,024 at a time.
class TileSource {
 public:
  virtual ~TileSource() = default;
  // Called for what is needed, when it is needed, for rows that are still undecided; again with more rows if another
  // condition needs them. Of bool fields: 0 is false.
  virtual NumberColumn numbers(size_t field, const Selection& wanted) = 0;
  virtual TextColumn texts(size_t field, const Selection& wanted) = 0;
  // Of a field whose names differ: each row's variant.
  virtual const uint64_t* variants(size_t field, const Selection& wanted) = 0;
};

struct Bounds {
  uint64_t least, most;  // of kSigned: in that order
};

// How many rows of a block pass, as far as that is known before one is looked at.
enum class BlockDecision : uint8_t { kNone, kSome, kAll };

// What is known of all rows of a block, or a frame, before one is looked at. It may be wide, never wrong.
class BlockFacts {
 public:
  virtual ~BlockFacts() = default;
  // The present cells of a column of numbers lie between these. Not asked for kEitherSign.
  virtual std::optional<Bounds> bounds(size_t) const { return std::nullopt; }
  // The present cells of a column of texts are among these; nullptr: not known. It is the table that the column will
  // have: what is decided about its texts is remembered.
  virtual const Texts* texts(size_t) const { return nullptr; }
  // No cell is absent. Of a text: no row has an id that the table lacks or calls absent.
  virtual bool all_present(size_t) const { return false; }
  // All cells are.
  virtual bool all_absent(size_t) const { return false; }
};

}  // namespace ebpftrace::predicate
