// SPDX-License-Identifier: Apache-2.0
#include "recorder/kernel/settled_relocations.h"

#include <elf.h>
#include <linux/bpf.h>
#include <linux/btf.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "recorder/kernel/btf_ext.h"
#include "recorder/kernel/raw_btf.h"

namespace ebpftrace::recorder {
namespace {

template <typename T>
std::optional<T> at(std::span<const std::byte> bytes, uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// By name; of several with one name, the first.
std::map<std::string_view, std::span<std::byte>> sections_of(std::span<std::byte> object) {
  std::map<std::string_view, std::span<std::byte>> sections;
  const auto header = at<Elf64_Ehdr>(object, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64)
    return {};
  auto section = [&](size_t index) { return at<Elf64_Shdr>(object, header->e_shoff + index * sizeof(Elf64_Shdr)); };
  auto bytes_of = [&](const Elf64_Shdr& of) -> std::span<std::byte> {
    if (of.sh_type == SHT_NOBITS || of.sh_offset > object.size() || of.sh_size > object.size() - of.sh_offset)
      return {};
    return object.subspan(of.sh_offset, of.sh_size);
  };
  const auto names_header = section(header->e_shstrndx);
  if (!names_header) return {};
  const auto names_bytes = bytes_of(*names_header);
  const std::string_view names(reinterpret_cast<const char*>(names_bytes.data()), names_bytes.size());
  for (size_t i = 0; i < header->e_shnum; ++i) {
    const auto found = section(i);
    if (!found || found->sh_name >= names.size()) return {};
    const auto rest = names.substr(found->sh_name);
    sections.emplace(rest.substr(0, rest.find('\0')), bytes_of(*found));
  }
  return sections;
}

// A member, or a member of a member of ...
struct Place {
  uint32_t type;  // plain
  uint64_t bit_offset;
};

class Settler {
 public:
  Settler(std::span<const std::byte> own, std::span<const std::byte> kernel) : own_(own), kernel_(kernel) {}

  // The kernel's structs with names that ours have, in one walk.
  void find_structs() {
    for (uint32_t i = 1; i < own_.types(); ++i) {
      const auto type = own_.type(i);
      if (type && type->kind == BTF_KIND_STRUCT && !own_.name(type->name).empty()) structs_[own_.name(type->name)] = {};
    }
    for (uint32_t i = 1; i < kernel_.types(); ++i) {
      const auto type = kernel_.type(i);
      if (!type || (type->kind != BTF_KIND_STRUCT && type->kind != BTF_KIND_UNION)) continue;
      const auto found = structs_.find(essential(kernel_.name(type->name)));
      if (found == structs_.end()) continue;
      found->second.number = i;
      found->second.plain =
          found->second.seen++ == 0 && type->kind == BTF_KIND_STRUCT && kernel_.name(type->name) == found->first;
    }
  }

  // False: it is not plain, and nothing was changed.
  bool settle(const bpf_core_relo& relocation, std::span<std::byte> code) const {
    const auto type = own_.type(relocation.type_id);
    if (!type || type->kind != BTF_KIND_STRUCT) return false;
    const auto found = structs_.find(own_.name(type->name));  // a name with a flavour (___) is nobody's there
    if (found == structs_.end() || !found->second.plain) return false;
    const uint32_t number = found->second.number;
    std::optional<uint64_t> before, value;
    switch (relocation.kind) {
      case BPF_CORE_TYPE_ID_TARGET:
        value = number;
        break;
      case BPF_CORE_TYPE_EXISTS:
        before = value = 1;
        break;
      case BPF_CORE_FIELD_BYTE_OFFSET:
      case BPF_CORE_FIELD_EXISTS: {
        const auto places = follow(relocation.type_id, number, own_.name(relocation.access_str_off));
        if (!places) return false;
        before = relocation.kind == BPF_CORE_FIELD_EXISTS ? 1 : places->first.bit_offset / 8;
        value = relocation.kind == BPF_CORE_FIELD_EXISTS ? 1 : places->second.bit_offset / 8;
        break;
      }
      default:
        return false;
    }
    return change(code, relocation.insn_off, before, *value);
  }

 private:
  struct Found {
    uint32_t number = 0, seen = 0;
    bool plain = false;
  };

  // Without a flavour, which libbpf does not look at.
  static std::string_view essential(std::string_view name) {
    const size_t flavour = name.rfind("___");
    return flavour == name.npos ? name : name.substr(0, flavour);
  }

  static std::optional<Place> next(const RawBtf& types, const RawBtf::Member& member, uint64_t offset) {
    const auto plain = types.plain(member.type);
    if (!plain || member.bits || member.bit_offset % 8) return std::nullopt;
    return Place{*plain, offset + member.bit_offset};
  }

  // By name, also within members that have none.
  std::optional<Place> kernel_member(uint32_t number, std::string_view name, uint64_t offset, int depth) const {
    constexpr int kDeepest = 8;
    const auto type = kernel_.type(number);
    if (!type || depth > kDeepest) return std::nullopt;
    for (uint32_t i = 0; i < type->count; ++i) {
      const auto member = kernel_.member(*type, i);
      if (!member) return std::nullopt;
      if (member->name != name && !member->name.empty()) continue;
      const auto place = next(kernel_, *member, offset);
      if (member->name == name) return place;
      if (!place) continue;
      if (const auto within = kernel_member(place->type, name, place->bit_offset, depth + 1)) return within;
    }
    return std::nullopt;
  }

  bool alike(uint32_t own, uint32_t kernel) const {
    const auto ours = own_.type(own), theirs = kernel_.type(kernel);
    if (!ours || !theirs || ours->kind != theirs->kind) return false;
    switch (ours->kind) {
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
      case BTF_KIND_PTR:
        return true;
      case BTF_KIND_INT:
        return ours->size_or_type == theirs->size_or_type;
      default:
        return false;
    }
  }

  // "0:1:2": members of members by their index in ours; here and in the kernel.
  std::optional<std::pair<Place, Place>> follow(uint32_t own, uint32_t kernel, std::string_view access) const {
    Place ours{own, 0}, theirs{kernel, 0};
    bool first = true;
    while (!access.empty()) {
      const size_t colon = std::min(access.find(':'), access.size());
      uint32_t index = 0;
      const auto [end, error] = std::from_chars(access.data(), access.data() + colon, index);
      if (error != std::errc() || end != access.data() + colon) return std::nullopt;
      access.remove_prefix(std::min(colon + 1, access.size()));
      if (first) {  // of an array of the whole
        if (index) return std::nullopt;
        first = false;
        continue;
      }
      const auto type = own_.type(ours.type);
      const auto member = type ? own_.member(*type, index) : std::nullopt;
      if (!member || member->name.empty()) return std::nullopt;
      const auto here = next(own_, *member, ours.bit_offset);
      const auto there = kernel_member(theirs.type, member->name, theirs.bit_offset, 0);
      if (!here || !there || !alike(here->type, there->type)) return std::nullopt;
      ours = *here;
      theirs = *there;
    }
    if (ours.type == own) return std::nullopt;  // no member at all
    return std::pair{ours, theirs};
  }

  // before: what the compiler put there, which is checked.
  static bool change(std::span<std::byte> code, uint32_t offset, std::optional<uint64_t> before, uint64_t value) {
    auto instruction = at<bpf_insn>(code, offset);
    if (!instruction || offset % sizeof(bpf_insn) || value > std::numeric_limits<int32_t>::max()) return false;
    switch (BPF_CLASS(instruction->code)) {
      case BPF_LDX:
      case BPF_ST:
      case BPF_STX:
        if (value > std::numeric_limits<int16_t>::max() ||
            (before && static_cast<uint64_t>(instruction->off) != *before))
          return false;
        instruction->off = static_cast<int16_t>(value);
        break;
      case BPF_ALU:
      case BPF_ALU64:
        if (BPF_SRC(instruction->code) != BPF_K || (before && static_cast<uint64_t>(instruction->imm) != *before))
          return false;
        instruction->imm = static_cast<int32_t>(value);
        break;
      case BPF_LD: {  // 64 bits in two instructions
        const auto upper = at<bpf_insn>(code, offset + sizeof(bpf_insn));
        if (instruction->code != (BPF_LD | BPF_IMM | BPF_DW) || instruction->src_reg || !upper || upper->imm ||
            (before && static_cast<uint64_t>(instruction->imm) != *before))
          return false;
        instruction->imm = static_cast<int32_t>(value);
        break;
      }
      default:
        return false;
    }
    std::memcpy(code.data() + offset, &*instruction, sizeof *instruction);
    return true;
  }

  RawBtf own_, kernel_;
  std::unordered_map<std::string_view, Found> structs_;
};

// The records of one section of code, of those that are left.
struct Group {
  uint32_t name = 0;
  std::vector<std::byte> records;
  uint32_t count = 0;
};

}  // namespace

Settled settle_relocations(std::span<std::byte> object, std::span<const std::byte> kernel_btf) {
  Settled result;
  const auto sections = sections_of(object);
  const auto own = sections.find(".BTF"), ext = sections.find(".BTF.ext");
  if (own == sections.end() || ext == sections.end()) return result;
  const std::span<std::byte> bytes = ext->second;
  auto header = at<BtfExtHeader>(bytes, 0);
  if (!header || header->magic != kBtfMagic || header->header_bytes < sizeof *header) return result;
  const uint64_t begin = uint64_t{header->header_bytes} + header->core_offset, end = begin + header->core_bytes;
  const auto record_bytes = at<uint32_t>(bytes, begin);
  if (end > bytes.size() || !record_bytes || *record_bytes < sizeof(bpf_core_relo)) return result;

  // All of it is read before anything is changed.
  std::vector<Group> groups;
  for (uint64_t offset = begin + sizeof(uint32_t); offset < end;) {
    const auto name = at<uint32_t>(bytes, offset), count = at<uint32_t>(bytes, offset + sizeof(uint32_t));
    offset += 2 * sizeof(uint32_t);
    if (!name || !count || offset > end || *count > (end - offset) / *record_bytes) return result;
    const auto records = bytes.subspan(offset, size_t{*count} * *record_bytes);
    groups.push_back({*name, {records.begin(), records.end()}, *count});
    offset += records.size();
  }

  const RawBtf names(own->second);
  Settler settler(own->second, kernel_btf);
  settler.find_structs();
  for (Group& group : groups) {
    const auto code = sections.find(names.name(group.name));
    std::vector<std::byte> left;
    for (size_t i = 0; i < group.count; ++i) {
      const auto record = std::span(group.records).subspan(i * *record_bytes, *record_bytes);
      if (code != sections.end() && settler.settle(*at<bpf_core_relo>(record, 0), code->second)) {
        ++result.settled;
        continue;
      }
      ++result.left;
      left.insert(left.end(), record.begin(), record.end());
    }
    group.count = static_cast<uint32_t>(left.size() / *record_bytes);
    group.records = std::move(left);
  }

  uint64_t to = begin + sizeof(uint32_t);
  auto put = [&](const void* what, size_t size) {
    std::memcpy(bytes.data() + to, what, size);
    to += size;
  };
  for (const Group& group : groups) {
    if (!group.count) continue;  // libbpf takes none without records
    put(&group.name, sizeof group.name);
    put(&group.count, sizeof group.count);
    put(group.records.data(), group.records.size());
  }
  header->core_bytes = result.left ? static_cast<uint32_t>(to - begin) : 0;
  std::memcpy(bytes.data(), &*header, sizeof *header);
  return result;
}

}  // namespace ebpftrace::recorder
