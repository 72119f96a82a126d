// SPDX-License-Identifier: Apache-2.0
// The rows of one event type, a tile at a time, with the cells of some fields of its relation: what predicates, groups and
// tables read. One per thread.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "analyzer/fields/column.h"
#include "analyzer/fields/relation.h"

namespace ebpftrace::analyzer {

class RowReader final : public predicate::TileSource, public predicate::BlockFacts, private Rows {
 public:
  // Fields of a relation of that session that has the type, in the order in which they are asked for by position. Readers
  // of one thread may share the memory for payloads: groups of columns that one has decompressed, the others have too.
  RowReader(const Session& session, const EventType& type, std::span<const predicate::Field> fields,
            std::shared_ptr<trace::FramePayload> payload);
  RowReader(const RowReader&) = delete;  // its columns know where it is

  // False: damaged (reported).
  bool load(const trace::Frame& frame);
  bool next_tile() { return block_->next_tile(); }
  // Reads on to the tile that begins at that row, which lies at or behind the present one. False: damaged.
  bool go_to(size_t tile_start);
  size_t tile_start() const { return block_->tile_start(); }
  size_t tile_rows() const { return block_->tile_rows(); }
  size_t rows() const { return block_->rows(); }

  NumberColumn numbers(size_t field, const Selection& wanted) override { return columns_[field]->numbers(wanted); }
  TextColumn texts(size_t field, const Selection& wanted) override { return columns_[field]->texts(wanted); }
  const uint64_t* variants(size_t field, const Selection& wanted) override { return columns_[field]->variants(wanted); }

  std::optional<predicate::Bounds> bounds(size_t field) const override { return columns_[field]->bounds(); }
  const predicate::Texts* texts(size_t field) const override { return columns_[field]->block_texts(); }
  bool all_present(size_t field) const override { return columns_[field]->all_present(); }
  bool all_absent(size_t field) const override { return columns_[field]->all_absent(); }

 private:
  const Session& session() const override { return session_; }
  const EventType& type() const override { return type_; }
  unsigned need(std::string_view stored) override;

  const Session& session_;
  const EventType& type_;
  std::vector<std::string> stored_;
  std::vector<std::unique_ptr<Column>> columns_;
};

}  // namespace ebpftrace::analyzer
