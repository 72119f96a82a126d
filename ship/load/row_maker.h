// SPDX-License-Identifier: Apache-2.0
// Frames of a part -> rows of tables, by what is known of the part up to a place in it: the same place, the same rows.
// One thread.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>

#include "analyzer/api/session.h"
#include "analyzer/fields/row_reader.h"
#include "ship/load/loaded_part.h"
#include "ship/load/native_block.h"
#include "ship/load/tables.h"

namespace ebpftrace::ship {

class RowMaker {
 public:
  // Both outlive it.
  RowMaker(LoadedPart& part, const std::vector<TableShape>& tables, uint64_t known_to);
  RowMaker(const RowMaker&) = delete;

  uint64_t known_to() const { return known_to_; }
  // The tables that have rows of such a frame.
  static std::vector<const TableShape*> tables_of(const std::vector<TableShape>& tables, const trace::Frame& frame);
  // How many rows were added: those of a block, if it can be read.
  uint32_t append(const TableShape& table, const ReceivedFrame& frame, uint64_t batch, NativeBlock& block);
  // What was dropped is told by its record alone.
  static uint32_t append_dropped(const DroppedRows& dropped, const FrameRecord& record, NativeBlock& block);

 private:
  struct Readers {
    std::vector<predicate::Field> fields;  // by place; the first one is time_ns
    std::vector<int> places;               // by stored field of the table; -1: this trace hasn't it
    std::unique_ptr<analyzer::RowReader> reader;
  };

  void begin(const trace::Frame& frame, uint64_t batch, size_t rows, NativeBlock& block);
  Readers& readers_of(const TableShape& table);
  uint32_t append_events(const TableShape& table, const trace::Frame& frame, uint64_t batch, NativeBlock& block);
  void append_column(const Readers& readers, size_t index, size_t rows, NativeColumn& column);
  uint32_t append_frame(const ReceivedFrame& frame, uint64_t batch, NativeBlock& block);
  uint32_t append_recording(const trace::Frame& frame, uint64_t batch, NativeBlock& block);
  uint32_t append_losses(const trace::Frame& frame, uint64_t batch, NativeBlock& block);

  LoadedPart& part_;
  const std::vector<TableShape>& tables_;
  uint64_t known_to_;
  std::string host_, recording_;
  std::unique_ptr<analyzer::Session> session_;
  std::shared_ptr<trace::FramePayload> payload_ = std::make_shared<trace::FramePayload>();
  std::map<std::string, Readers> readers_;
  std::array<uint64_t, predicate::kTileRows> times_{}, flags_{};  // of a tile
};

}  // namespace ebpftrace::ship
