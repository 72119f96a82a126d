// SPDX-License-Identifier: Apache-2.0
// BTF as it lies in memory, for few questions to many types: a kernel has 150,000, and libbpf's ways take milliseconds for each
// question. Every byte may be damaged: nothing beyond the end is read, and what can't be made out is not there.
#pragma once

#include <linux/btf.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ebpftrace::recorder {

// Does it begin as BTF of this machine's byte order does, with sections that lie within it?
bool is_btf(std::span<const std::byte> btf);

// A type of this kind (BTF_KIND_*) and name. False as well if the bytes are not BTF, or damaged before the type is met.
bool btf_has(std::span<const std::byte> btf, std::string_view name, uint32_t kind);

// Types by their numbers. The bytes stay the caller's, and where they are.
class RawBtf {
 public:
  // Looks at each type once. Empty if the bytes are not BTF; of damaged ones, it has the types in front of the damage.
  explicit RawBtf(std::span<const std::byte> btf);

  struct Type {
    uint32_t name = 0;  // offset among the strings
    uint32_t kind = 0;  // BTF_KIND_*
    uint32_t count = 0;
    bool has_bit_fields = false;  // of a struct: how offsets of its members are to be read
    uint32_t size_or_type = 0;
    std::span<const std::byte> behind;
  };
  struct Member {
    std::string_view name;
    uint32_t type = 0;
    uint32_t bit_offset = 0;
    uint32_t bits = 0;  // of a bit field, else 0
  };

  uint32_t types() const { return static_cast<uint32_t>(at_.size()); }  // numbers are below it; 0 is void
  std::optional<Type> type(uint32_t number) const;
  std::string_view name(uint32_t offset) const;
  // Of a struct or union.
  std::optional<Member> member(const Type& type, uint32_t index) const;
  // Behind typedefs and qualifiers; nothing if there is no such type, or they go round in circles.
  std::optional<uint32_t> plain(uint32_t number) const;

 private:
  std::span<const std::byte> types_;
  std::string_view strings_;
  std::vector<uint32_t> at_;  // of each type, by number
};

}  // namespace ebpftrace::recorder
