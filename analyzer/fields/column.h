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

  trace::Block& block() { return *block_; }
  const uint64_t* stored(unsigned handle) { return block_->column(handle); }

 protected:
  std::unique_ptr<trace::Block> block_;
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

// Numbers that are computed row by row; those of a bool, too. Own is the column itself, so that a row costs no call:
//   std::optional<uint64_t> cell(size_t row)  nothing: absent
template <typename Own>
class ComputedNumbers : public Column {
 public:
  NumberColumn numbers(const Selection& wanted) final {
    Own& own = static_cast<Own&>(*this);
    if (!can_be_absent_) {
      wanted.for_each([&](size_t row) { values_[row] = own.cell(row).value_or(0); });
      return {values_.get(), nullptr, nullptr};
    }
    present_ = {};
    wanted.for_each([&](size_t row) {
      if (const std::optional<uint64_t> value = own.cell(row)) {
        values_[row] = *value;
        present_.set(row);
      }
    });
    return {values_.get(), &present_, nullptr};
  }

 protected:
  explicit ComputedNumbers(bool can_be_absent) : can_be_absent_(can_be_absent) {}

 private:
  const bool can_be_absent_;
  Selection present_;
  std::unique_ptr<uint64_t[]> values_ = std::make_unique<uint64_t[]>(predicate::kTileRows);
};

// Texts that are computed row by row, as ids of a table:
//   uint64_t id(size_t row)                kAbsent: no text
//   const predicate::Texts& table() const
template <typename Own>
class ComputedTexts : public Column {
 public:
  TextColumn texts(const Selection& wanted) final {
    Own& own = static_cast<Own&>(*this);
    wanted.for_each([&](size_t row) { ids_[row] = own.id(row); });
    return {ids_.get(), &own.table()};
  }

 protected:
  static constexpr uint64_t kAbsent = UINT64_MAX;

 private:
  std::unique_ptr<uint64_t[]> ids_ = std::make_unique<uint64_t[]>(predicate::kTileRows);
};

}  // namespace ebpftrace::analyzer
