// SPDX-License-Identifier: Apache-2.0
#include "recorder/kernel/raw_btf.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace ebpftrace::recorder {
namespace {

struct Sections {
  std::span<const std::byte> types;
  std::string_view strings;
};

std::optional<Sections> sections_of(std::span<const std::byte> btf) {
  btf_header header;
  if (btf.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, btf.data(), sizeof header);
  if (header.magic != BTF_MAGIC || header.hdr_len < sizeof header || header.hdr_len > btf.size()) return std::nullopt;
  const auto rest = btf.subspan(header.hdr_len);
  auto within = [&](uint64_t offset, uint64_t bytes) { return offset <= rest.size() && bytes <= rest.size() - offset; };
  if (!within(header.type_off, header.type_len) || !within(header.str_off, header.str_len)) return std::nullopt;
  return Sections{
      rest.subspan(header.type_off, header.type_len),
      {reinterpret_cast<const char*>(rest.data()) + header.str_off, header.str_len},
  };
}

// What follows the btf_type itself; nothing for a kind that is not known, behind which nothing can be found.
std::optional<size_t> bytes_behind(uint32_t kind, size_t count) {
  switch (kind) {
    case BTF_KIND_INT:
      return sizeof(uint32_t);
    case BTF_KIND_ARRAY:
      return sizeof(btf_array);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      return count * sizeof(btf_member);
    case BTF_KIND_ENUM:
      return count * sizeof(btf_enum);
    case BTF_KIND_ENUM64:
      return count * sizeof(btf_enum64);
    case BTF_KIND_FUNC_PROTO:
      return count * sizeof(btf_param);
    case BTF_KIND_VAR:
      return sizeof(btf_var);
    case BTF_KIND_DATASEC:
      return count * sizeof(btf_var_secinfo);
    case BTF_KIND_DECL_TAG:
      return sizeof(btf_decl_tag);
    case BTF_KIND_PTR:
    case BTF_KIND_FWD:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_FUNC:
    case BTF_KIND_FLOAT:
    case BTF_KIND_TYPE_TAG:
      return 0;
    default:
      return std::nullopt;
  }
}

}  // namespace

bool is_btf(std::span<const std::byte> btf) { return sections_of(btf).has_value(); }

bool btf_has(std::span<const std::byte> btf, std::string_view name, uint32_t kind) {
  const auto sections = sections_of(btf);
  if (!sections) return false;
  // Each string is there once (BTF is deduplicated), and a name is compared as a place among them.
  std::string whole(1, '\0');
  whole.append(name).push_back('\0');
  const size_t before = sections->strings.find(whole);
  if (before == std::string_view::npos) return false;
  const std::byte* at = sections->types.data();
  for (size_t left = sections->types.size(); left >= sizeof(btf_type);) {
    btf_type type;
    std::memcpy(&type, at, sizeof type);
    const uint32_t its_kind = BTF_INFO_KIND(type.info);
    if (type.name_off == before + 1 && its_kind == kind) return true;
    const auto behind = bytes_behind(its_kind, BTF_INFO_VLEN(type.info));
    if (!behind || *behind > left - sizeof type) return false;
    at += sizeof type + *behind;
    left -= sizeof type + *behind;
  }
  return false;
}

RawBtf::RawBtf(std::span<const std::byte> btf) : at_(1) {
  const auto sections = sections_of(btf);
  if (!sections) return;
  types_ = sections->types;
  strings_ = sections->strings;
  at_.reserve(types_.size() / 24);  // as of Linux 6.1 to 6.18
  for (size_t at = 0; types_.size() - at >= sizeof(btf_type);) {
    btf_type type;
    std::memcpy(&type, types_.data() + at, sizeof type);
    const auto behind = bytes_behind(BTF_INFO_KIND(type.info), BTF_INFO_VLEN(type.info));
    if (!behind || *behind > types_.size() - at - sizeof type) break;
    at_.push_back(static_cast<uint32_t>(at));
    at += sizeof type + *behind;
  }
}

std::optional<RawBtf::Type> RawBtf::type(uint32_t number) const {
  if (number == 0 || number >= at_.size()) return std::nullopt;
  btf_type type;
  std::memcpy(&type, types_.data() + at_[number], sizeof type);
  const uint32_t kind = BTF_INFO_KIND(type.info), count = BTF_INFO_VLEN(type.info);
  return Type{type.name_off, kind,
              count,         BTF_INFO_KFLAG(type.info) != 0,
              type.size,     types_.subspan(at_[number] + sizeof type, bytes_behind(kind, count).value_or(0))};
}

std::string_view RawBtf::name(uint32_t offset) const {
  if (offset >= strings_.size()) return {};
  const auto rest = strings_.substr(offset);
  return rest.substr(0, std::min(rest.find('\0'), rest.size()));
}

std::optional<RawBtf::Member> RawBtf::member(const Type& type, uint32_t index) const {
  if ((type.kind != BTF_KIND_STRUCT && type.kind != BTF_KIND_UNION) || index >= type.count) return std::nullopt;
  btf_member member;
  std::memcpy(&member, type.behind.data() + index * sizeof member, sizeof member);
  return Member{name(member.name_off), member.type,
                type.has_bit_fields ? BTF_MEMBER_BIT_OFFSET(member.offset) : member.offset,
                type.has_bit_fields ? BTF_MEMBER_BITFIELD_SIZE(member.offset) : 0};
}

std::optional<uint32_t> RawBtf::plain(uint32_t number) const {
  constexpr int kMost = 32;
  for (int i = 0; i < kMost; ++i) {
    const auto found = type(number);
    if (!found) return std::nullopt;
    switch (found->kind) {
      case BTF_KIND_TYPEDEF:
      case BTF_KIND_VOLATILE:
      case BTF_KIND_CONST:
      case BTF_KIND_RESTRICT:
      case BTF_KIND_TYPE_TAG:
        number = found->size_or_type;
        continue;
      default:
        return number;
    }
  }
  return std::nullopt;
}

}  // namespace ebpftrace::recorder
