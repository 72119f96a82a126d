// SPDX-License-Identifier: Apache-2.0
#include "schema/catalogue.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "schema/symbols.capnp.h"
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
      // Of several messages the result is their number; the recorder adds up their bytes.
      EXPECT_STREQ(row.getResult().cStr(), name.ends_with("mmsg") ? "count" : "bytes") << name;
    }
  }
}

template <typename Rows>
void check_arguments(Rows rows, const std::set<std::string>& symbol_sets) {
  const auto is_named = [](const std::string& type) { return type.starts_with("enum:") || type.starts_with("flags:"); };
  for (auto row : rows) {
    const std::string call = row.getName().cStr();
    std::set<std::string> names;
    for (auto argument : row.getArgs()) {
      const std::string name = argument.getName().cStr(), type = argument.getType().cStr();
      EXPECT_FALSE(name.empty() || type.empty()) << call;
      EXPECT_TRUE(names.insert(name).second) << call << " has two arguments " << name;
      EXPECT_FALSE(name.size() == 4 && name.starts_with("arg") && name[3] >= '0' && name[3] <= '9' && call != "prctl" &&
                   call != "keyctl" && call != "sysfs")
          << call << ": " << name << " is no name";
      if (is_named(type)) {
        EXPECT_TRUE(symbol_sets.contains(type)) << call << "." << name << ": " << type;
      }
    }
    if (const std::string result = row.getResult().cStr(); is_named(result)) {
      EXPECT_TRUE(symbol_sets.contains(result)) << call;
    }
  }
}

TEST(Syscalls, EveryArgumentHasANameAndEveryEnumAndFlagTypeItsSymbols) {
  std::set<std::string> sets;
  for (auto set : *schema::SYMBOLS) EXPECT_TRUE(sets.insert(set.getType().cStr()).second) << set.getType().cStr();
  check_arguments(*schema::SYSCALLS64, sets);
  check_arguments(*schema::SYSCALLS32, sets);
  for (auto set : *schema::SYMBOLS)
    for (auto symbol : set.getSymbols()) {
      EXPECT_NE(symbol.getName().size(), 0u) << set.getType().cStr();
      std::istringstream words(symbol.getRest().cStr());
      for (std::string type; words >> type;)
        if (type.starts_with("enum:") || type.starts_with("flags:")) {
          EXPECT_TRUE(sets.contains(type)) << symbol.getName().cStr() << ": " << type;
        }
    }
}

TEST(Syscalls, NumbersAreUniqueAndByteFlowsCountBytes) {
  check_calls(*schema::SYSCALLS64);
  check_calls(*schema::SYSCALLS32);
}

}  // namespace
}  // namespace ebpftrace
