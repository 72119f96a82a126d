// SPDX-License-Identifier: Apache-2.0
#include "recorder/kernel/core_relocations.h"

#include <bpf/btf.h>
#include <fmt/format.h>
#include <linux/bpf.h>

#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "recorder/kernel/btf_ext.h"

namespace ebpftrace::recorder {
namespace {

std::string kind_name(uint32_t kind) {
  switch (kind) {
    case BPF_CORE_FIELD_BYTE_OFFSET:
      return "field offset";
    case BPF_CORE_FIELD_BYTE_SIZE:
      return "field size";
    case BPF_CORE_FIELD_EXISTS:
      return "field exists";
    case BPF_CORE_FIELD_SIGNED:
      return "field is signed";
    case BPF_CORE_FIELD_LSHIFT_U64:
      return "bit field, left shift";
    case BPF_CORE_FIELD_RSHIFT_U64:
      return "bit field, right shift";
    case BPF_CORE_TYPE_ID_LOCAL:
      return "type id (ours)";
    case BPF_CORE_TYPE_ID_TARGET:
      return "type id (kernel)";
    case BPF_CORE_TYPE_EXISTS:
      return "type exists";
    case BPF_CORE_TYPE_SIZE:
      return "type size";
    case BPF_CORE_ENUMVAL_EXISTS:
      return "enum value exists";
    case BPF_CORE_ENUMVAL_VALUE:
      return "enum value";
    case BPF_CORE_TYPE_MATCHES:
      return "type matches";
    default:
      return fmt::format("kind {}", kind);
  }
}

uint32_t without_modifiers(const btf* types, uint32_t id) {
  for (const btf_type* type = btf__type_by_id(types, id); type && (btf_is_mod(type) || btf_is_typedef(type));
       type = btf__type_by_id(types, id))
    id = type->type;
  return id;
}

// "0:1:2" into the type: the first number indexes an array of it, the others name members (or elements).
std::string path_of(const btf* types, uint32_t id, std::string_view access) {
  const btf_type* root = btf__type_by_id(types, id);
  const char* name = root ? btf__name_by_offset(types, root->name_off) : nullptr;
  std::string path = name && *name ? name : fmt::format("type {}", id);
  bool first = true;
  while (!access.empty()) {
    const size_t colon = access.find(':');
    unsigned index = 0;
    std::from_chars(access.data(), access.data() + std::min(colon, access.size()), index);
    access = colon == std::string_view::npos ? std::string_view{} : access.substr(colon + 1);
    id = without_modifiers(types, id);
    const btf_type* type = btf__type_by_id(types, id);
    if (!type) break;
    if (btf_is_any_enum(type)) {
      const uint32_t offset = btf_is_enum(type) ? btf_enum(type)[index].name_off : btf_enum64(type)[index].name_off;
      if (index < btf_vlen(type)) path += fmt::format("::{}", btf__name_by_offset(types, offset));
      break;
    }
    if (std::exchange(first, false)) {
      if (index) path += fmt::format("[{}]", index);
    } else if (btf_is_composite(type) && index < btf_vlen(type)) {
      const btf_member& member = btf_members(type)[index];
      const std::string_view field = btf__name_by_offset(types, member.name_off);
      if (!field.empty()) path += fmt::format(".{}", field);
      id = member.type;
    } else if (btf_is_array(type)) {
      path += fmt::format("[{}]", index);
      id = btf_array(type)->type;
    } else {
      break;
    }
  }
  return path;
}

}  // namespace

std::vector<CoreRelocation> core_relocations(const btf* types, std::span<const std::byte> ext) {
  std::vector<CoreRelocation> found;
  BtfExtHeader header;
  if (ext.size() < sizeof header) return found;
  std::memcpy(&header, ext.data(), sizeof header);
  const uint64_t begin = uint64_t{header.header_bytes} + header.core_offset;
  if (header.magic != kBtfMagic || header.header_bytes < sizeof header || begin + header.core_bytes > ext.size())
    return found;
  std::span<const std::byte> rest = ext.subspan(begin, header.core_bytes);
  auto take = [&](auto& value) {
    if (rest.size() < sizeof value) return false;
    std::memcpy(&value, rest.data(), sizeof value);
    rest = rest.subspan(sizeof value);
    return true;
  };
  uint32_t record_bytes = 0;
  if (!take(record_bytes) || record_bytes < sizeof(bpf_core_relo)) return found;
  for (uint32_t name = 0, count = 0; take(name) && take(count);) {
    for (; count > 0 && rest.size() >= record_bytes; --count, rest = rest.subspan(record_bytes)) {
      bpf_core_relo relocation;
      std::memcpy(&relocation, rest.data(), sizeof relocation);
      const char* access = btf__name_by_offset(types, relocation.access_str_off);
      const char* section = btf__name_by_offset(types, name);
      found.push_back({section ? section : "", relocation.insn_off, kind_name(relocation.kind),
                       path_of(types, relocation.type_id, access ? access : "")});
    }
  }
  return found;
}

}  // namespace ebpftrace::recorder
