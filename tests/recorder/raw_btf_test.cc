// SPDX-License-Identifier: Apache-2.0
// Names found in raw BTF: those that are there by kind, and nothing beyond the end of damaged bytes.
#include "recorder/kernel/raw_btf.h"

#include <bpf/btf.h>
#include <gtest/gtest.h>
#include <linux/btf.h>

#include <cstring>
#include <memory>
#include <vector>

namespace ebpftrace::recorder {
namespace {

// One type of every kind, each of which must be stepped over to get to the last one.
std::vector<std::byte> some_of_everything() {
  const std::unique_ptr<btf, decltype(&btf__free)> types(btf__new_empty(), btf__free);
  btf* all = types.get();
  const int integer = btf__add_int(all, "int", 4, BTF_INT_SIGNED);
  btf__add_ptr(all, integer);
  btf__add_array(all, integer, integer, 3);
  btf__add_struct(all, "pair", 8);
  btf__add_field(all, "a", integer, 0, 0);
  btf__add_field(all, "b", integer, 32, 0);
  btf__add_union(all, "either", 4);
  btf__add_field(all, "a", integer, 0, 0);
  btf__add_enum(all, "choice", 4);
  btf__add_enum_value(all, "one", 1);
  btf__add_enum64(all, "large", 8, false);
  btf__add_enum64_value(all, "huge", uint64_t{1} << 40);
  btf__add_fwd(all, "later", BTF_FWD_STRUCT);
  const int alias = btf__add_typedef(all, "alias", integer);
  btf__add_volatile(all, integer);
  btf__add_const(all, integer);
  btf__add_restrict(all, integer);
  const int prototype = btf__add_func_proto(all, integer);
  btf__add_func_param(all, "x", integer);
  const int function = btf__add_func(all, "do_it", BTF_FUNC_GLOBAL, prototype);
  const int variable = btf__add_var(all, "counter", BTF_VAR_STATIC, integer);
  btf__add_datasec(all, ".data", 4);
  btf__add_datasec_var_info(all, variable, 0, 4);
  btf__add_float(all, "float", 4);
  btf__add_decl_tag(all, "tag", function, -1);
  btf__add_type_tag(all, "user", alias);
  btf__add_typedef(all, "last", integer);
  uint32_t size = 0;
  const auto* bytes = static_cast<const std::byte*>(btf__raw_data(all, &size));
  return {bytes, bytes + size};
}

TEST(RawBtf, FindsWhatIsThereByNameAndKind) {
  const auto types = some_of_everything();
  EXPECT_TRUE(is_btf(types));
  EXPECT_TRUE(btf_has(types, "pair", BTF_KIND_STRUCT));
  EXPECT_TRUE(btf_has(types, "large", BTF_KIND_ENUM64));
  EXPECT_TRUE(btf_has(types, "do_it", BTF_KIND_FUNC));
  EXPECT_TRUE(btf_has(types, "last", BTF_KIND_TYPEDEF));
  EXPECT_FALSE(btf_has(types, "pair", BTF_KIND_UNION));
  EXPECT_FALSE(btf_has(types, "a", BTF_KIND_STRUCT));     // a member's
  EXPECT_FALSE(btf_has(types, "huge", BTF_KIND_ENUM64));  // a value's
  EXPECT_FALSE(btf_has(types, "as", BTF_KIND_TYPEDEF));   // the end of "alias"
  EXPECT_FALSE(btf_has(types, "las", BTF_KIND_TYPEDEF));  // the front of "last"
  EXPECT_FALSE(btf_has(types, "nobody", BTF_KIND_FUNC));
}

// Cut anywhere, or with any word of it replaced, it is read within its bounds: what is asked for is found, or not.
TEST(RawBtf, DamageIsNotFollowed) {
  const auto types = some_of_everything();
  for (size_t bytes = 0; bytes < types.size(); ++bytes) {
    const std::vector<std::byte> front(types.begin(), types.begin() + static_cast<std::ptrdiff_t>(bytes));
    EXPECT_FALSE(is_btf(front)) << bytes;
    EXPECT_FALSE(btf_has(front, "last", BTF_KIND_TYPEDEF)) << bytes;
  }
  size_t lost = 0;
  for (size_t at = 0; at + sizeof(uint32_t) <= types.size(); at += sizeof(uint32_t)) {
    std::vector<std::byte> damaged = types;
    const uint32_t large = 0xfffffff0;
    std::memcpy(damaged.data() + at, &large, sizeof large);
    lost += !btf_has(damaged, "last", BTF_KIND_TYPEDEF);
  }
  EXPECT_GT(lost, 10u);
}

}  // namespace
}  // namespace ebpftrace::recorder
