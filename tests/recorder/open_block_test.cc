// SPDX-License-Identifier: Apache-2.0
#include "trace/write/open_block.h"

#include <gtest/gtest.h>

#include <string>

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

}  // namespace
}  // namespace ebpftrace::recorder
