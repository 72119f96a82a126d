// SPDX-License-Identifier: Apache-2.0
#include "trace/write/open_block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "bpf/records.h"
#include "recorder/event_columns.h"

namespace ebpftrace::recorder {
namespace {

EventType type_named(std::string_view name) {
  for (const EventType& type : event_catalogue())
    if (type.name == name) return type;
  throw std::runtime_error("no such type");
}

TEST(BlockStrings, StoresEachTextOnce) {
  trace::BlockStrings strings;
  EXPECT_EQ(strings.add("/etc/passwd", 0, 0), 1u);
  EXPECT_EQ(strings.add("", 0, 0), 2u);
  EXPECT_EQ(strings.add("/etc/passwd", 0, 0), 1u);
  EXPECT_EQ(strings.bytes().size(), 11u);
}

TEST(BlockStrings, KeepsTextsApartThatDifferOnlyInWhatIsMissing) {
  trace::BlockStrings strings;
  EXPECT_EQ(strings.add("abc", 0, 0), 1u);
  EXPECT_EQ(strings.add("abc", 5, 0), 2u);
  EXPECT_EQ(strings.add("abc", 5, 2), 3u);
  EXPECT_EQ(strings.add("", 0, 1), 4u);
  EXPECT_EQ(strings.entries()[1].cut, 5u);
  EXPECT_EQ(strings.entries()[3].flags, 1u);
}

TEST(BlockStrings, GrowsAndForgets) {
  trace::BlockStrings strings;
  for (int round = 0; round < 3; ++round) {
    for (uint32_t i = 0; i < 5000; ++i) ASSERT_EQ(strings.add(std::to_string(i), 0, 0), i + 1);
    for (uint32_t i = 0; i < 5000; ++i) ASSERT_EQ(strings.add(std::to_string(i), 0, 0), i + 1);
    strings.clear();
    EXPECT_TRUE(strings.entries().empty());
  }
}

TEST(OpenBlock, TakesAGeneratedRecordWithItsTexts) {
  const EventType type = type_named("exec");
  trace::OpenBlock rows(type, 4);
  rows.start(trace::kNoCpu);
  std::vector<std::byte> bytes(sizeof(exec_record) + 3 + 9 + 8);
  exec_record record{};
  record.head = {EVENT_EXEC, 3, static_cast<u32>(bytes.size())};
  record.time_ns = 77;
  record.thread = 5;
  record.comm = {3, 3};
  record.filename = {9, 9};
  record.argv = {8, 70000 | TEXT_AT_LEAST};
  std::memcpy(bytes.data(), &record, sizeof record);
  std::memcpy(bytes.data() + sizeof record, "cat/bin/cat\0cat\0a\0b\0", 20);
  ASSERT_TRUE(append_exec(rows, bytes));
  EXPECT_EQ(rows.rows(), 1u);
  EXPECT_EQ(rows.values(exec_columns::time_ns)[0], 77u);
  EXPECT_EQ(rows.values(exec_columns::cpu)[0], 3u);
  const auto& argv = rows.strings().entries()[rows.values(exec_columns::argv)[0] - 1];
  EXPECT_EQ(argv.length, 8u);
  EXPECT_EQ(argv.cut, 70000u - 8);
  EXPECT_EQ(argv.flags, 2u);
}

TEST(OpenBlock, RefusesATextThatOverrunsItsRecord) {
  const EventType type = type_named("thread");
  trace::OpenBlock rows(type, 4);
  rows.start(trace::kNoCpu);
  thread_record record{};
  record.comm = {1, 1};
  EXPECT_FALSE(append_thread(rows, std::as_bytes(std::span(&record, 1))));
  record.comm = {0, 0};
  EXPECT_TRUE(append_thread(rows, std::as_bytes(std::span(&record, 1))));
  EXPECT_FALSE(append_thread(rows, std::as_bytes(std::span(&record, 1)).first(sizeof record - 1)));
  EXPECT_EQ(rows.rows(), 1u);
}

// A block that CPUs shared says nothing of them when it is used again.
TEST(OpenBlock, IsOfOneCpuAgain) {
  const EventType type = type_named("syscall");
  trace::OpenBlock one(type, 8), shared(type, 8);
  one.start(3);
  for (unsigned column = 0; column < syscall_columns::cpu; ++column) one.set(column, 0);
  one.end_row();
  shared.start(trace::kNoCpu);
  EXPECT_EQ(shared.append(one, 0, 1), 1u);
  EXPECT_EQ(shared.values(syscall_columns::cpu)[0], 3u);
  shared.start(1);
  for (unsigned column = 0; column < syscall_columns::cpu; ++column) shared.set(column, 0);
  shared.end_row();
  EXPECT_EQ(shared.values(syscall_columns::cpu)[0], 0u);
}

// A block and what it should hold, through all the ways in which rows come.
class ModelledBlock {
 public:
  ModelledBlock(const EventType& type, size_t capacity) : type_(type), block_(type, capacity) {}

  trace::OpenBlock& block() { return block_; }
  void start(uint32_t cpu) {
    block_.start(cpu);
    rows_.clear();
  }
  size_t room() const { return block_.capacity() - rows_.size(); }

  void add_whole() {  // every column set, but the CPU's
    std::vector<uint64_t> row(type_.columns.size());
    for (unsigned i = 0; i < syscall_columns::cpu; ++i)
      if (!type_.columns[i].is_text()) row[i] = value();
    for (unsigned i = 0; i < syscall_columns::cpu; ++i) block_.set(i, row[i]);
    block_.end_row();
    rows_.push_back(row);
  }

  void add_some(bool dropped) {
    std::vector<uint64_t> row(type_.columns.size());
    uint64_t set = 0;
    for (unsigned i = 0; i < syscall_columns::cpu; ++i) {
      if (type_.columns[i].is_text() || random_() % 3) continue;
      block_.set(i, row[i] = value());
      set |= uint64_t{1} << i;
    }
    if (dropped) return block_.drop_row(set);
    block_.end_row(set);
    rows_.push_back(row);
  }

  void add_several(size_t count) {
    constexpr unsigned kAll = syscall_columns::thread, kSome = syscall_columns::arg4;
    block_.begin_rows(count, uint64_t{1} << kAll);
    uint64_t* const cells = block_.row_cells();
    for (size_t i = 0; i < count; ++i) {
      std::vector<uint64_t> row(type_.columns.size());
      cells[kAll * block_.stride() + i] = row[kAll] = value();
      if (random_() % 2) cells[kSome * block_.stride() + i] = row[kSome] = value();
      rows_.push_back(row);
    }
    block_.end_rows(count, uint64_t{1} << kAll | uint64_t{1} << kSome, uint64_t{1} << kAll);
  }

  // A loop of one call: of most columns all rows have one value, mostly that of the rows before.
  void add_loop(size_t count) {
    constexpr unsigned kEach = syscall_columns::time_ns, kOnes[] = {syscall_columns::thread, syscall_columns::file,
                                                                    syscall_columns::arg2, syscall_columns::flags};
    uint64_t set = uint64_t{1} << kEach;
    for (unsigned column : kOnes)
      if (random_() % 8) set |= uint64_t{1} << column;
    block_.begin_rows(count, set);
    std::vector<uint64_t> row(type_.columns.size());
    for (unsigned column : kOnes)
      if (set >> column & 1) block_.set_alike(column, row[column] = random_() % 8 ? column : random_() % 3, count);
    uint64_t* const each = block_.next_cells(kEach);
    for (size_t i = 0; i < count; ++i) {
      each[i] = row[kEach] = value();
      rows_.push_back(row);
    }
    block_.end_rows(count, set, set);
  }

  void append(const ModelledBlock& from, size_t first, size_t count) {
    const size_t taken = block_.append(from.block_, first, count);
    EXPECT_EQ(taken, std::min(count, block_.capacity() - rows_.size()));
    for (size_t i = first; i < first + taken; ++i) {
      rows_.push_back(from.rows_[i]);
      if (block_.cpu() == trace::kNoCpu && from.block_.cpu() != trace::kNoCpu)
        rows_.back()[syscall_columns::cpu] = from.block_.cpu();
    }
  }

  void check() const {
    ASSERT_EQ(block_.rows(), rows_.size());
    for (unsigned column = 0; column < type_.columns.size(); ++column) {
      if (const auto same = block_.same_value(column)) {
        known_alike_ += *same != 0;
        for (const auto& row : rows_) ASSERT_EQ(row[column], *same) << type_.columns[column].name;
      }
      for (size_t row = 0; row < rows_.size(); ++row) {
        ASSERT_EQ(block_.values(column)[row], rows_[row][column]) << type_.columns[column].name << ' ' << row;
        if (!block_.is_zero(column)) continue;
        ASSERT_EQ(rows_[row][column], 0u) << type_.columns[column].name << ' ' << row;
      }
    }
  }
  // Columns of which check() was told the one value that all rows have, which is not 0.
  size_t known_alike() const { return known_alike_; }

 private:
  uint64_t value() { return 1 + random_() % 1000; }

  const EventType& type_;
  trace::OpenBlock block_;
  std::vector<std::vector<uint64_t>> rows_;
  mutable size_t known_alike_ = 0;
  std::minstd_rand random_{7};
};

// What was left by a use before shows in no row: a column that nobody sets is 0, in a block that is new or that had it in every
// row, in some, or in one that was given up.
TEST(OpenBlock, ColumnsThatNobodySetAreZeroInEveryUse) {
  const EventType type = type_named("syscall");
  ModelledBlock one(type, 24), other(type, 24), shared(type, 40);
  std::minstd_rand random(11);
  for (int use = 0; use < 400; ++use) {
    for (ModelledBlock* block : {&one, &other}) {
      block->start(block == &one ? 2 : 5);
      // Some uses are of one kind alone, some of loops with other rows behind them or without.
      const unsigned kinds = random() % 6, loops = random() % 3;
      for (unsigned i = 0; i < loops && block->room(); ++i)
        block->add_loop(std::min<size_t>(block->room(), 1 + random() % 9));
      while (kinds && block->room() && random() % 24) switch (random() % kinds) {
          case 4:
            block->add_loop(std::min<size_t>(block->room(), 1 + random() % 9));
            break;
          case 0:
            block->add_some(random() % 4 == 0);
            break;
          case 1:
            block->add_several(std::min<size_t>(block->room(), 1 + random() % 9));
            break;
          default:
            block->add_whole();
        }
      if (use % 2 == 0) continue;  // looking at them has all cells written
      ASSERT_NO_FATAL_FAILURE(block->check()) << "use " << use;
    }
    shared.start(use % 5 ? trace::kNoCpu : 3);
    if (use % 3 == 0) shared.add_some(false);
    shared.append(one, 0, one.block().rows());
    if (use % 4 == 0 && shared.room()) shared.add_whole();
    shared.append(other, other.block().rows() / 3, other.block().rows() - other.block().rows() / 3);
    ASSERT_NO_FATAL_FAILURE(shared.check()) << "use " << use;
    for (const ModelledBlock* block : {&one, &other}) {
      ASSERT_NO_FATAL_FAILURE(block->check()) << "use " << use;
    }
  }
  EXPECT_GT(one.known_alike() + other.known_alike(), 100u);
}

}  // namespace
}  // namespace ebpftrace::recorder
