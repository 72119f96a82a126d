// SPDX-License-Identifier: Apache-2.0
// Rows -> encoder -> file -> rows: the same, whatever is in them.
#include "trace/read/block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "bpf/records.h"
#include "recorder/event_columns.h"
#include "recorder/output/trace_writer.h"
#include "tests/script.h"
#include "trace/write/block_encoder.h"
#include "trace/write/catalogue_frame.h"
#include "trace/write/header_message.h"
#include "trace/write/summary_builder.h"

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

EventType syscall_type() {
  const auto catalogue = event_catalogue();
  return *std::find_if(catalogue.begin(), catalogue.end(),
                       [](const EventType& one) { return one.id == EVENT_SYSCALL; });
}

// Of a file: what is in front of its blocks.
std::vector<std::byte> beginning(BlockEncoder& encoder) {
  std::vector<std::byte> bytes(sizeof(Preamble));
  const Preamble preamble = make_preamble();
  std::memcpy(bytes.data(), &preamble, sizeof preamble);
  capnp::MallocMessageBuilder message;
  build_header(message, {.probe = "test"});
  FrameHeader header{};
  header.kind = static_cast<uint16_t>(FrameKind::kHeader);
  const EncodedFrame frame = encoder.encode(header, message);
  bytes.insert(bytes.end(), frame.bytes.begin(), frame.bytes.end());
  const auto described = built_in_catalogue_frame();
  bytes.insert(bytes.end(), described.begin(), described.end());
  return bytes;
}

// Nothing packs the bits of durations: zstd is given them apart, and they lie in the file as they are, even where what is around
// them packs well.
TEST(Block, NoiseIsStoredAsItIs) {
  const EventType type = syscall_type();
  constexpr size_t kRows = 16384;
  OpenBlock block(type, kRows);
  block.start(3);
  std::mt19937_64 random(1);
  std::vector<uint64_t> durations;
  for (size_t row = 0; row < kRows; ++row) {
    for (unsigned column = 0; column < type.columns.size(); ++column) block.set(column, 0);
    durations.push_back(512 + random() % 512);
    block.set(syscall_columns::duration_ns, durations.back());
    block.set(syscall_columns::number, row % 3);
    block.end_row();
  }
  std::vector<uint64_t> transformed;
  const ColumnPlan plan =
      plan_column(durations, {schema::Encoding::PACKED, schema::Layout::SIZED}, CodingContext{}, transformed);
  std::vector<uint8_t> stored;
  stored.resize(store_column(plan, transformed, stored));
  ASSERT_GT(stored.size(), kRows + 4096);

  BlockEncoder encoder;
  const auto bytes = std::as_bytes(std::span(stored)).subspan(kRows);
  for (int level : {1, 3, 5, 9}) {
    encoder.set_level(level);
    const EncodedFrame frame = encoder.encode(block);
    EXPECT_NE(std::search(frame.bytes.begin(), frame.bytes.end(), bytes.begin(), bytes.end()), frame.bytes.end())
        << level;
  }
}

TEST(Block, EveryTypeComesBackAsItWasWritten) {
  const auto catalogue = event_catalogue();
  BlockEncoder encoder;
  std::vector<std::byte> bytes = beginning(encoder);
  auto append = [&](const EncodedFrame& frame) { bytes.insert(bytes.end(), frame.bytes.begin(), frame.bytes.end()); };

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

// Calls that are the same in some columns, once told as such and once row by row.
struct Loop {
  static constexpr size_t kRows = 3000;
  static constexpr unsigned kColumns[] = {syscall_columns::thread,     syscall_columns::number, syscall_columns::file,
                                          syscall_columns::result,     syscall_columns::flags,  syscall_columns::arg1,
                                          syscall_columns::duration_ns};

  // Bit i of `same`: all rows have one value in kColumns[i].
  Loop(const EventType& type, unsigned same)
      : told(type, kRows), written(type, kRows), cells(type.columns.size(), std::vector<uint64_t>(kRows)) {
    std::minstd_rand random(5 + same);
    uint64_t set = uint64_t{1} << syscall_columns::time_ns;
    told.start(1);
    written.start(1);
    for (size_t row = 0; row < kRows; ++row)
      cells[syscall_columns::time_ns][row] = 1'000'000 + 50 * row + random() % 50;
    for (const unsigned column : kColumns) set |= uint64_t{1} << column;
    told.begin_rows(kRows, set);
    std::copy_n(cells[syscall_columns::time_ns].begin(), kRows, told.next_cells(syscall_columns::time_ns));
    for (unsigned i = 0; i < std::size(kColumns); ++i) {
      auto& of_column = cells[kColumns[i]];
      if (same >> i & 1) {
        of_column.assign(kRows, random() % 3);
        told.set_alike(kColumns[i], of_column.front(), kRows);
      } else {
        for (uint64_t& cell : of_column) cell = random() % 4;
        if (kColumns[i] == syscall_columns::result) of_column[random() % kRows] = static_cast<uint64_t>(-2);
        if (kColumns[i] == syscall_columns::duration_ns) of_column[random() % kRows] = 5'000'000;
        std::copy_n(of_column.begin(), kRows, told.next_cells(kColumns[i]));
      }
    }
    told.end_rows(kRows, set, set);
    for (size_t row = 0; row < kRows; ++row) {
      for (unsigned column = 0; column < type.columns.size(); ++column)
        if (set >> column & 1) written.set(column, cells[column][row]);
      written.end_row(set);
    }
  }

  OpenBlock told, written;
  std::vector<std::vector<uint64_t>> cells;
};

TEST(Block, ColumnsOfOneValueComeBackInAllMixtures) {
  const EventType type = syscall_type();
  BlockEncoder encoder;
  std::vector<std::byte> bytes = beginning(encoder);
  std::vector<std::unique_ptr<Loop>> loops;
  for (unsigned same = 0; same < 1u << std::size(Loop::kColumns); ++same) {
    loops.push_back(std::make_unique<Loop>(type, same));
    const EncodedFrame frame = encoder.encode(loops.back()->told);
    bytes.insert(bytes.end(), frame.bytes.begin(), frame.bytes.end());
  }
  const Trace trace = trace_of(bytes);
  std::vector<std::string_view> names;
  for (const ColumnType& column : type.columns) names.push_back(column.name);
  for (size_t i = 0; i < loops.size(); ++i) {
    Block block(trace, *trace.catalogue().type(type.id), names);
    ASSERT_TRUE(block.load(trace.frames()[i + 2]));
    for (size_t row = 0; block.next_tile(); row += block.tile_rows())
      for (unsigned column = 0; column < type.columns.size(); ++column)
        for (size_t k = 0; k < block.tile_rows(); ++k)
          ASSERT_EQ(block.column(column)[k], loops[i]->cells[column][row + k]) << i << ' ' << names[column];
  }
  EXPECT_TRUE(trace.damage().empty());
}

TEST(Block, ColumnsOfOneValueAreSummedUpAsIfEachRowWas) {
  const EventType type = syscall_type();
  BlockEncoder encoder;
  FrameHeader header{};
  header.stored_bytes = 1 << 20;  // a part of which the sums may take
  size_t summaries = 0;
  for (unsigned same = 0; same < 1u << std::size(Loop::kColumns); ++same) {
    const Loop loop(type, same);
    SummaryBuilder of_told, of_written;
    for (unsigned times = 1; times <= 2; ++times) {  // the second one finds the rows' sums there
      of_told.add(loop.told, header, 100 * times);
      of_written.add(loop.written, header, 100 * times);
    }
    auto taken = [&](SummaryBuilder& summary) {
      const auto frame = summary.take(encoder);
      return frame ? std::vector(frame->bytes.begin(), frame->bytes.end()) : std::vector<std::byte>();
    };
    const auto expected = taken(of_written);
    summaries += !expected.empty();
    EXPECT_EQ(taken(of_told), expected) << same;
  }
  EXPECT_EQ(summaries, 1u << std::size(Loop::kColumns));
}

// Whatever the order in which rows come: paths lie beside paths, and the contents of one call beside each other.
TEST(Block, StringsOfACallLieTogether) {
  const auto catalogue = event_catalogue();
  const EventType& type = *std::ranges::find(catalogue, "syscall", &EventType::name);
  const unsigned thread = *type.column("thread"), number = *type.column("number"), path = *type.column("path"),
                 content = *type.column("content");
  constexpr unsigned kCalls = 3, kRows = 300;
  OpenBlock open(type, kRows);
  open.start(0);
  for (unsigned row = 0; row < kRows; ++row) {
    for (unsigned column = 0; column < type.columns.size(); ++column) open.set(column, 0);
    open.set(thread, 1);
    open.set(number, row % kCalls);
    open.set_string(content, "content " + std::to_string(row));
    open.set_string(path, "/path/" + std::to_string(row));
    open.end_row();
  }
  BlockEncoder encoder;
  std::vector<std::byte> bytes = beginning(encoder);
  const EncodedFrame frame = encoder.encode(open);
  bytes.insert(bytes.end(), frame.bytes.begin(), frame.bytes.end());
  const Trace trace = trace_of(bytes);
  Block block(trace, "syscall", {"number", "path", "content"});
  ASSERT_TRUE(block.load(trace.frames().back()));
  std::array<std::vector<uint64_t>, kCalls> contents;
  std::vector<uint64_t> paths;
  while (block.next_tile())
    for (size_t i = 0; i < block.tile_rows(); ++i) {
      paths.push_back(block.column(1)[i]);
      contents[block.column(0)[i]].push_back(block.column(2)[i]);
    }
  auto follow_each_other = [](const std::vector<uint64_t>& numbers) {
    for (size_t i = 1; i < numbers.size(); ++i)
      if (numbers[i] != numbers[0] + i) return false;
    return true;
  };
  EXPECT_TRUE(follow_each_other(paths));
  for (const auto& of_call : contents) {
    EXPECT_EQ(of_call.size(), kRows / kCalls);
    EXPECT_TRUE(follow_each_other(of_call));
  }
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
