// SPDX-License-Identifier: Apache-2.0
#include "recorder/kernel/core_relocations.h"

#include <bpf/btf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <cstring>
#include <memory>
#include <vector>

namespace ebpftrace::recorder {
namespace {

class CoreRelocations : public testing::Test {
 protected:
  CoreRelocations() {
    // struct inner { int a; int b; };  struct outer { struct inner x; struct inner y[3]; };
    integer_ = id(btf__add_int(types(), "int", 4, BTF_INT_SIGNED));
    const uint32_t inner = id(btf__add_struct(types(), "inner", 8));
    btf__add_field(types(), "a", static_cast<int>(integer_), 0, 0);
    btf__add_field(types(), "b", static_cast<int>(integer_), 32, 0);
    const uint32_t array = id(btf__add_array(types(), static_cast<int>(integer_), static_cast<int>(inner), 3));
    outer_ = id(btf__add_struct(types(), "outer", 32));
    btf__add_field(types(), "x", static_cast<int>(inner), 0, 0);
    btf__add_field(types(), "y", static_cast<int>(array), 64, 0);
    section_ = string("tp_btf/sys_enter");
  }

  btf* types() const { return types_.get(); }
  uint32_t string(const char* text) { return id(btf__add_str(types(), text)); }
  static uint32_t id(int value) {
    EXPECT_GE(value, 0);
    return static_cast<uint32_t>(value);
  }

  // A .BTF.ext section with these relocations and nothing else.
  std::vector<std::byte> section(const std::vector<bpf_core_relo>& relocations) const {
    std::vector<uint32_t> words{0x0001eb9f, 32, 0, 0, 0, 0, 0, 0};
    words.push_back(sizeof(bpf_core_relo));
    words.push_back(section_);
    words.push_back(static_cast<uint32_t>(relocations.size()));
    for (const bpf_core_relo& relocation : relocations)
      words.insert(words.end(), {relocation.insn_off, relocation.type_id, relocation.access_str_off,
                                 static_cast<uint32_t>(relocation.kind)});
    words[7] = static_cast<uint32_t>((words.size() - 8) * 4);
    std::vector<std::byte> bytes(words.size() * 4);
    std::memcpy(bytes.data(), words.data(), bytes.size());
    return bytes;
  }

  std::unique_ptr<btf, decltype(&btf__free)> types_{btf__new_empty(), btf__free};
  uint32_t integer_ = 0, outer_ = 0, section_ = 0;
};

TEST_F(CoreRelocations, NamesFieldsThroughStructsAndArrays) {
  const auto found = core_relocations(types(), section({{16, outer_, string("0:0:1"), BPF_CORE_FIELD_BYTE_OFFSET},
                                                        {24, outer_, string("0:1:2:0"), BPF_CORE_FIELD_EXISTS},
                                                        {32, outer_, string("0"), BPF_CORE_TYPE_ID_TARGET}}));
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].target, "outer.x.b");
  EXPECT_EQ(found[0].kind, "field offset");
  EXPECT_EQ(found[0].section, "tp_btf/sys_enter");
  EXPECT_EQ(found[0].offset, 16u);
  EXPECT_EQ(found[1].target, "outer.y[2].a");
  EXPECT_EQ(found[1].kind, "field exists");
  EXPECT_EQ(found[2].target, "outer");
  EXPECT_EQ(found[2].kind, "type id (kernel)");
}

TEST_F(CoreRelocations, WhatCannotBeNamedIsStillCounted) {
  const auto found = core_relocations(types(), section({{0, 999, string("0:1"), BPF_CORE_FIELD_BYTE_OFFSET},
                                                        {8, outer_, string("0:77"), BPF_CORE_FIELD_BYTE_OFFSET},
                                                        {16, outer_, 0xffffff, static_cast<bpf_core_relo_kind>(15)}}));
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].target, "type 999");
  EXPECT_EQ(found[1].target, "outer");
  EXPECT_EQ(found[2].kind, "kind 15");
}

TEST_F(CoreRelocations, CutAndWrongSectionsHoldNoMoreThanIsThere) {
  const std::vector<std::byte> whole = section({{16, outer_, string("0:0:1"), BPF_CORE_FIELD_BYTE_OFFSET}});
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_TRUE(core_relocations(types(), std::span(whole).first(size)).empty()) << size;
  std::vector<std::byte> wrong = whole;
  wrong[0] = std::byte{0};
  EXPECT_TRUE(core_relocations(types(), wrong).empty());
}

}  // namespace
}  // namespace ebpftrace::recorder
