// SPDX-License-Identifier: Apache-2.0
#include "schema/catalogue.h"

#include <gtest/gtest.h>

#include <set>

#include "schema/syscalls.capnp.h"

namespace ebpftrace {
namespace {

TEST(Catalogue, EveryTypeStartsWithItsTimeAndHasAnIdOfItsOwn) {
  std::set<uint16_t> ids;
  std::set<std::string> names;
  for (const EventType& type : event_catalogue()) {
    EXPECT_TRUE(ids.insert(type.id).second) << type.name;
    EXPECT_TRUE(names.insert(type.name).second) << type.name;
    ASSERT_FALSE(type.columns.empty());
    EXPECT_EQ(type.columns[0].name, "timeNs") << type.name;
    EXPECT_FALSE(type.doc.empty()) << type.name;
    for (const ColumnType& column : type.columns) EXPECT_FALSE(column.doc.empty()) << type.name << '.' << column.name;
  }
}

// Ids are on disk for ever.
TEST(Catalogue, IdsAreThoseOfTheFirstRelease) {
  std::string ids;
  for (const EventType& type : event_catalogue())
    if (type.id <= 6) ids += type.name + "=" + std::to_string(type.id) + " ";
  EXPECT_EQ(ids, "syscall=1 fork=2 exec=3 exit=4 thread=5 file=6 ");
}

// docs/trace-format.md: what a coding depends on stands alone.
TEST(Catalogue, CodingsDependOnlyOnColumnsThatStandAlone) {
  for (const EventType& type : event_catalogue()) {
    auto alone = [&](unsigned column) {
      const auto coding = type.columns[column].coding;
      return coding == schema::Coding::PACKED || coding == schema::Coding::DELTA;
    };
    for (const ColumnType& column : type.columns) {
      if (column.coding == schema::Coding::AFTER_END) {
        ASSERT_TRUE(column.coding_of) << column.name;
        EXPECT_TRUE(alone(*column.coding_of)) << column.name;
      }
      if (column.coding == schema::Coding::BY_CALL) {
        ASSERT_TRUE(type.column("thread") && type.column("number")) << column.name;
        EXPECT_TRUE(alone(*type.column("thread")) && alone(*type.column("number")));
      }
    }
  }
}

TEST(Catalogue, SnakeCase) {
  EXPECT_EQ(snake_case("timeNs"), "time_ns");
  EXPECT_EQ(snake_case("path2"), "path2");
}

template <typename Rows>
void check_calls(Rows rows) {
  std::set<uint16_t> numbers;
  for (auto row : rows) {
    const std::string name = row.getName().cStr();
    EXPECT_TRUE(numbers.insert(row.getNumber()).second) << name;
    EXPECT_LE(row.getArgs().size(), 6u) << name;
    if (row.getBytes() != schema::ByteFlow::NONE) {
      EXPECT_STREQ(row.getResult().cStr(), "bytes") << name;
    }
  }
}

TEST(Syscalls, NumbersAreUniqueAndByteFlowsCountBytes) {
  check_calls(*schema::SYSCALLS64);
  check_calls(*schema::SYSCALLS32);
}

}  // namespace
}  // namespace ebpftrace
