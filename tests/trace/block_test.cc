// SPDX-License-Identifier: Apache-2.0
// Rows -> encoder -> file -> rows: the same, whatever is in them.
#include "trace/read/block.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "recorder/output/trace_writer.h"
#include "tests/script.h"
#include "trace/write/block_encoder.h"
#include "trace/write/catalogue_frame.h"
#include "trace/write/header_message.h"

namespace ebpftrace::trace {
namespace {

class Rows {
 public:
  Rows(const EventType& type, size_t count, uint64_t seed) : type_(type), block_(type, count), random_(seed) {
    block_.start(3);
    for (size_t row = 0; row < count; ++row) {
      auto& cells = cells_.emplace_back();
      auto& texts = texts_.emplace_back();
      for (unsigned column = 0; column < type.columns.size(); ++column) {
        texts.emplace_back();
        cells.push_back(0);
        if (type.columns[column].is_text()) {
          add_text(column, texts.back());
        } else {
          cells.back() = number(type.columns[column].bits);
          block_.set(column, cells.back());
        }
      }
      block_.end_row();
    }
  }

  const OpenBlock& block() const { return block_; }

  void expect(Block& read) const {
    size_t row = 0;
    while (read.next_tile()) {
      for (size_t i = 0; i < read.tile_rows(); ++i, ++row) {
        for (unsigned column = 0; column < type_.columns.size(); ++column) {
          if (!type_.columns[column].is_text()) {
            ASSERT_EQ(read.column(column)[i], cells_[row][column]) << type_.columns[column].name << ' ' << row;
            continue;
          }
          const BlockText text = read.text(read.column(column)[i]);
          const Text& wanted = texts_[row][column];
          ASSERT_EQ(text.present, wanted.present);
          ASSERT_EQ(text.bytes, wanted.bytes);
          ASSERT_EQ(text.cut, wanted.cut);
          ASSERT_EQ(text.unreadable, (wanted.flags & 1) != 0);
          ASSERT_EQ(text.at_least, (wanted.flags & 2) != 0);
        }
      }
    }
    EXPECT_EQ(row, cells_.size());
  }

 private:
  struct Text {
    bool present = false;
    std::string bytes;
    uint32_t cut = 0, flags = 0;
  };

  uint64_t number(unsigned bits) {
    const uint64_t most = bits == 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1;
    switch (random_() % 4) {
      case 0:
        return 0;
      case 1:
        return most;
      case 2:
        return random_() % 3;
      default:
        return random_() >> random_() % 64 & most;
    }
  }

  void add_text(unsigned column, Text& text) {
    if (random_() % 4 == 0) {
      block_.set(column, 0);
      return;
    }
    text.present = true;
    if (random_() % 8 == 0) {
      text.flags = 1;
    } else {
      // Fronts in common, long and short, empty ones, all bytes.
      text.bytes = std::string(random_() % 2 ? "/usr/share/doc/" : "/") + std::string(random_() % 300, 'x');
      if (random_() % 3 == 0) text.bytes.clear();
      for (size_t i = random_() % 5; i; --i) text.bytes += static_cast<char>(random_());
      if (random_() % 5 == 0) text.cut = static_cast<uint32_t>(random_());
      if (random_() % 9 == 0) text.flags = 2;
    }
    block_.set_string(column, text.bytes, text.cut, text.flags);
  }

  const EventType& type_;
  OpenBlock block_;
  std::mt19937_64 random_;
  std::vector<std::vector<uint64_t>> cells_;
  std::vector<std::vector<Text>> texts_;
};

TEST(Block, EveryTypeComesBackAsItWasWritten) {
  const auto catalogue = event_catalogue();
  BlockEncoder encoder;
  std::vector<std::byte> bytes(sizeof(Preamble));
  const Preamble preamble = make_preamble();
  std::memcpy(bytes.data(), &preamble, sizeof preamble);
  auto append = [&](const EncodedFrame& frame) { bytes.insert(bytes.end(), frame.bytes.begin(), frame.bytes.end()); };
  capnp::MallocMessageBuilder message;
  build_header(message, {.probe = "test"});
  FrameHeader header{};
  header.kind = static_cast<uint16_t>(FrameKind::kHeader);
  append(encoder.encode(header, message));
  const auto described = built_in_catalogue_frame();
  bytes.insert(bytes.end(), described.begin(), described.end());

  std::vector<std::unique_ptr<Rows>> written;
  for (const EventType& type : catalogue)
    for (size_t count : {size_t{1}, size_t{2}, size_t{1023}, size_t{1024}, size_t{1025}, size_t{5000}}) {
      written.push_back(std::make_unique<Rows>(type, count, written.size()));
      append(encoder.encode(written.back()->block()));
    }
  const Trace trace = trace_of(bytes);
  ASSERT_EQ(trace.frames().size(), written.size() + 2);
  for (size_t i = 0; i < written.size(); ++i) {
    const Frame& frame = trace.frames()[i + 2];
    const EventType& type = *trace.catalogue().type(frame.type);
    std::vector<std::string_view> names;
    for (const ColumnType& column : type.columns) names.push_back(column.name);
    Block block(trace, type, names);
    ASSERT_TRUE(block.load(frame));
    written[i]->expect(block);
  }
  EXPECT_TRUE(trace.damage().empty());
}

// One column at a time gives what all of them together give: what it depends on is found.
TEST(Block, ColumnsCanBeReadOneByOne) {
  const Trace trace =
      script("10us a read 5 fd=3\n20us b write -EPIPE fd=4 dur=7us\n30us a read 6 fd=3\n15us b read 9 fd=5\n");
  const EventType& type = *trace.catalogue().type("syscall");
  const Frame& frame = trace.frames()[trace.blocks_of("syscall")[0]];
  std::vector<std::string_view> names;
  for (const ColumnType& column : type.columns) names.push_back(column.name);
  Block all(trace, type, names);
  ASSERT_TRUE(all.load(frame) && all.next_tile());
  for (unsigned i = 0; i < names.size(); ++i) {
    Block one(trace, type, std::span(names).subspan(i, 1));
    ASSERT_TRUE(one.load(frame) && one.next_tile());
    for (size_t row = 0; row < all.tile_rows(); ++row) EXPECT_EQ(one.column(0)[row], all.column(i)[row]) << names[i];
  }
  Block missing(trace, "syscall", {"noSuchColumn"});
  ASSERT_TRUE(missing.load(frame) && missing.next_tile());
  EXPECT_EQ(missing.constant(0), 0u);
}

}  // namespace
}  // namespace ebpftrace::trace
