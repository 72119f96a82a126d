// SPDX-License-Identifier: Apache-2.0
#include "ship/load/native_block.h"

#include <gtest/gtest.h>

namespace ebpftrace::ship {
namespace {

TEST(NativeBlock, IsNative) {
  NativeBlock block({{"n", NativeType::kUInt32, false, ""},
                     {"t", NativeType::kText, true, ""},
                     {"s", NativeType::kString, false, ""}});
  for (const char* text : {"a", "b", "a"}) {
    block.column(0).add(uint64_t{7});
    block.column(1).add(std::string_view(text));
    block.column(2).add(std::string_view("x"));
    block.end_rows(1);
  }
  block.column(0).add(uint64_t{258});
  block.column(1).add_null();
  block.column(2).add(std::string_view(""));
  block.end_rows(1);
  const std::string expected = std::string("\3\4\1n\6UInt32\7\0\0\0\7\0\0\0\7\0\0\0\2\1\0\0", 27) +
                               std::string(
                                   "\1t\040LowCardinality(Nullable(String))"
                                   "\1\0\0\0\0\0\0\0\0\6\0\0\0\0\0\0\4\0\0\0\0\0\0\0\0\0\1a\1b\4\0\0\0\0\0\0\0\2\3\2\0",
                                   77) +
                               std::string("\1s\6String\1x\1x\1x\0", 16);
  EXPECT_EQ(block.bytes(), expected);
}

TEST(NativeBlock, WhatIsAbsentTakesNoPlaceInAColumnThatCannotSaySo) {
  NativeBlock block({{"n", NativeType::kUInt64, false, ""}, {"m", NativeType::kUInt64, true, ""}});
  for (size_t i = 0; i < 2; ++i) block.column(i).add_numbers({nullptr, nullptr, nullptr}, 2, false);
  block.end_rows(2);
  EXPECT_EQ(block.bytes(), std::string("\2\2\1n\6UInt64", 11) + std::string(16, '\0') + "\1m\20Nullable(UInt64)" +
                               std::string("\1\1", 2) + std::string(16, '\0'));
}

}  // namespace
}  // namespace ebpftrace::ship
