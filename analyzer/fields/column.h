// SPDX-License-Identifier: Apache-2.0
// How the cells of a field come about, for the rows of one event type. A column is of one thread; it belongs to the
// RowReader that made it, which tells it of every block and tile. Cells are filled for the rows that somebody wants.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "predicate/field.h"
#include "predicate/tile.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {

class Session;
using predicate::NumberColumn;
using predicate::Selection;
using predicate::TextColumn;

// What columns see of the block that is being read.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual const Session& session() const = 0;
  virtual const EventType& type() const = 0;
  // Before the first block: a stored column will be needed; the handle for the functions below. Of one that the trace's
  // catalogue doesn't have, all values are 0.
  virtual unsigned need(std::string_view stored) = 0;
  virtual bool has(std::string_view stored) const { return type().column(stored).has_value(); }

  virtual trace::Block& block() = 0;
  const uint64_t* stored(unsigned handle) { return block().column(handle); }
};

class Column {
 public:
  virtual ~Column() = default;

  virtual void start_block() {}
  // Of a field of numbers or of texts, by the field's kind; good until the next block.
  virtual NumberColumn numbers(const Selection& wanted);
  virtual TextColumn texts(const Selection& wanted);
  virtual const uint64_t* variants(const Selection& wanted);

  // What is known of all cells of the block: see predicate::BlockFacts.
  virtual std::optional<predicate::Bounds> bounds() { return std::nullopt; }
  virtual const predicate::Texts* block_texts() { return nullptr; }
  virtual bool all_present() { return false; }
  virtual bool all_absent() { return false; }
};

// A field's cells are absent in all rows.
class AbsentColumn final : public Column {
 public:
  bool all_absent() override { return true; }
};

using MakeColumn = std::function<std::unique_ptr<Column>(Rows&)>;

// Numbers that are computed row by row; those of a bool, too.
class ComputedNumbers : public Column {
 public:
  NumberColumn numbers(const Selection& wanted) final;

 protected:
  explicit ComputedNumbers(bool can_be_absent) : can_be_absent_(can_be_absent) {}
  // Before the rows of a tile.
  virtual void start() {}
  // Nothing: absent.
  virtual std::optional<uint64_t> cell(size_t row) = 0;

 private:
  const bool can_be_absent_;
  Selection present_;
  std::unique_ptr<uint64_t[]> values_ = std::make_unique<uint64_t[]>(predicate::kTileRows);
};

// Texts that are computed row by row, as ids of a table.
class ComputedTexts : public Column {
 public:
  TextColumn texts(const Selection& wanted) final;

 protected:
  virtual void start() {}
  // kAbsent: no text.
  virtual uint64_t id(size_t row) = 0;
  virtual const predicate::Texts& table() const = 0;
  static constexpr uint64_t kAbsent = UINT64_MAX;

 private:
  std::unique_ptr<uint64_t[]> ids_ = std::make_unique<uint64_t[]>(predicate::kTileRows);
};

}  // namespace ebpftrace::analyzer
