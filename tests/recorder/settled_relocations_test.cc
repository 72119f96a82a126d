// SPDX-License-Identifier: Apache-2.0
// Relocations that are settled without libbpf, with the object's own types as the kernel's: all places are what they were. That the
// running kernel's come out as with libbpf is seen in tests/live/doctor_and_inspect.py, by the tags of the programs.
#include "recorder/kernel/settled_relocations.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "bpf/ebpf_record.skel.h"
#include "recorder/kernel/raw_btf.h"

namespace ebpftrace::recorder {
namespace {

std::vector<std::byte> object() {
  size_t size = 0;
  const auto* bytes = static_cast<const std::byte*>(ebpf_record__elf_bytes(&size));
  return {bytes, bytes + size};
}

// BTF says itself where it begins and how long it is.
std::vector<std::byte> types_of(const std::vector<std::byte>& object) {
  for (size_t at = 0; at + sizeof(btf_header) < object.size(); at += 4) {
    const auto rest = std::span(object).subspan(at);
    if (is_btf(rest) && btf_has(rest, "task_struct", BTF_KIND_STRUCT)) return {rest.begin(), rest.end()};
  }
  return {};
}

size_t bytes_changed(const std::vector<std::byte>& a, const std::vector<std::byte>& b) {
  size_t changed = 0;
  for (size_t i = 0; i < a.size(); ++i) changed += a[i] != b[i];
  return changed;
}

TEST(SettledRelocations, WithItsOwnTypesNothingMoves) {
  const auto before = object();
  const auto types = types_of(before);
  ASSERT_FALSE(types.empty());
  auto after = before;
  const Settled first = settle_relocations(after, types);
  EXPECT_GT(first.settled, 500u);
  EXPECT_GT(first.settled, 10 * first.left);
  // What was settled is gone from the list, so that a second look finds none of it.
  const Settled second = settle_relocations(after, types);
  EXPECT_EQ(second.settled, 0u);
  EXPECT_EQ(second.left, first.left);
}

TEST(SettledRelocations, WithoutTypesEverythingIsLeft) {
  const auto before = object();
  auto after = before;
  const Settled result = settle_relocations(after, {});
  EXPECT_EQ(result.settled, 0u);
  EXPECT_GT(result.left, 500u);
  EXPECT_EQ(bytes_changed(before, after), 0u);
}

TEST(SettledRelocations, ACutObjectIsNotFollowedBeyondItsEnd) {
  const auto whole = object();
  const auto types = types_of(whole);
  for (size_t bytes = 0; bytes < whole.size(); bytes += 4099) {
    std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes));
    EXPECT_EQ(settle_relocations(cut, types).settled, 0u) << bytes;  // the table of sections is at the end
  }
}

}  // namespace
}  // namespace ebpftrace::recorder
