// SPDX-License-Identifier: Apache-2.0
#include "recorder/run/inspect.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bpf/shared.h"
// keep order: the skeleton uses its types
#include "bpf/ebpf_record.skel.h"
#include "recorder/kernel/core_relocations.h"
#include "recorder/kernel/probes.h"
#include "recorder/run/privileges.h"

namespace ebpftrace::recorder {
namespace {

using Row = std::vector<std::string>;

// Columns as wide as what is in them; `numbers` says which are right-aligned, as in "lrr". Two spaces between.
void print_table(const Row& head, const std::vector<Row>& rows, std::string_view alignment) {
  std::vector<size_t> widths;
  for (size_t column = 0; column < head.size(); ++column) {
    widths.push_back(head[column].size());
    for (const Row& row : rows) widths.back() = std::max(widths.back(), row[column].size());
  }
  auto print = [&](const Row& row) {
    std::string line;
    for (size_t column = 0; column < row.size(); ++column)
      line += alignment[column] == 'r' ? fmt::format("{:>{}}  ", row[column], widths[column])
                                       : fmt::format("{:<{}}  ", row[column], widths[column]);
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
  };
  print(head);
  for (const Row& row : rows) print(row);
}

std::string number(uint64_t value) { return fmt::format("{}", value); }

struct Section {
  std::string name;
  std::span<const std::byte> bytes;
  uint64_t size;
  std::string flags;
};

std::vector<Section> sections_of(std::span<const std::byte> object) {
  std::vector<Section> sections;
  if (::elf_version(EV_CURRENT) == EV_NONE) return sections;
  const std::unique_ptr<Elf, decltype(&::elf_end)> elf(
      ::elf_memory(reinterpret_cast<char*>(const_cast<std::byte*>(object.data())), object.size()), ::elf_end);
  size_t names = 0;
  if (!elf || ::elf_getshdrstrndx(elf.get(), &names) != 0) return sections;
  for (Elf_Scn* scan = nullptr; (scan = ::elf_nextscn(elf.get(), scan));) {
    GElf_Shdr header;
    if (!::gelf_getshdr(scan, &header)) continue;
    const char* name = ::elf_strptr(elf.get(), names, header.sh_name);
    std::string flags;
    for (const auto& [bit, letter] :
         {std::pair{SHF_WRITE, 'W'}, std::pair{SHF_ALLOC, 'A'}, std::pair{SHF_EXECINSTR, 'X'},
          std::pair{SHF_MERGE, 'M'}, std::pair{SHF_STRINGS, 'S'}, std::pair{SHF_INFO_LINK, 'I'}})
      if (header.sh_flags & static_cast<uint64_t>(bit)) flags += letter;
    std::span<const std::byte> bytes;
    if (header.sh_type != SHT_NOBITS && header.sh_offset + header.sh_size <= object.size())
      bytes = object.subspan(header.sh_offset, header.sh_size);
    sections.push_back({name ? name : "", bytes, header.sh_size, flags});
  }
  return sections;
}

void print_sections(const std::vector<Section>& sections) {
  fmt::print("ELF sections (flags: W write, A in memory, X code, M merge, S strings, I link)\n");
  std::vector<Row> rows;
  for (const Section& section : sections) rows.push_back({section.name, number(section.size), section.flags});
  print_table({"NAME", "BYTES", "FLAGS"}, rows, "lrl");
}

void print_types(const bpf_object* object, const std::vector<Section>& sections, bool verbose) {
  const btf* types = bpf_object__btf(object);
  uint32_t size = 0;
  btf__raw_data(types, &size);
  fmt::print("\nTypes (BTF)\n{} bytes, {} types\n", size, btf__type_cnt(types) - 1);
  std::vector<CoreRelocation> relocations;
  for (const Section& section : sections)
    if (section.name == ".BTF.ext") relocations = core_relocations(types, section.bytes);
  fmt::print("\nCO-RE relocations{}\n", verbose ? "" : " (-v: each of them)");
  std::map<std::string, uint64_t> kinds;
  for (const CoreRelocation& relocation : relocations) ++kinds[relocation.kind];
  std::vector<Row> rows;
  for (const auto& [kind, count] : kinds) rows.push_back({kind, number(count)});
  rows.push_back({"all", number(relocations.size())});
  print_table({"KIND", "COUNT"}, rows, "lr");
  if (!verbose) return;
  std::map<std::pair<std::string, std::string>, uint64_t> targets;
  for (const CoreRelocation& relocation : relocations) ++targets[{relocation.target, relocation.kind}];
  rows.clear();
  for (const auto& [target, count] : targets) rows.push_back({target.first, target.second, number(count)});
  fmt::print("\n");
  print_table({"TARGET", "KIND", "COUNT"}, rows, "llr");
}

std::string text_or(const char* text, unsigned otherwise) { return text ? text : number(otherwise); }

std::string flag_names(unsigned flags) {
  std::string names;
  for (const auto& [bit, name] :
       {std::pair{unsigned{BPF_F_NO_PREALLOC}, "no_prealloc"},
        std::pair{unsigned{BPF_F_NO_COMMON_LRU}, "no_common_lru"},
        std::pair{unsigned{BPF_F_RDONLY_PROG}, "rdonly_prog"}, std::pair{unsigned{BPF_F_WRONLY_PROG}, "wronly_prog"},
        std::pair{unsigned{BPF_F_MMAPABLE}, "mmapable"}, std::pair{unsigned{BPF_F_INNER_MAP}, "inner_map"}})
    if (flags & bit) {
      names += (names.empty() ? "" : ",") + std::string(name);
      flags &= ~bit;
    }
  if (flags) names += fmt::format("{}{:#x}", names.empty() ? "" : ",", flags);
  return names.empty() ? "-" : names;
}

// Number behind "memlock:" in the map's fdinfo: the memory that it takes.
std::string map_memory(int fd) {
  std::ifstream info(fmt::format("/proc/self/fdinfo/{}", fd));
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("memlock:")) return line.substr(line.find_first_of("0123456789"));
  return "-";
}

void print_programs(const bpf_object* object, const Probes* loaded) {
  fmt::print("\nPrograms{}\n", loaded ? " (ID and what follows: of a copy that is loaded now; bytes)" : "");
  Row head{"NAME", "SECTION", "TYPE", "ATTACH TYPE", "INSNS"};
  if (loaded) head = {"NAME", "SECTION", "INSNS", "ID", "TAG", "VERIFIED", "XLATED", "JITED"};
  std::vector<Row> rows;
  for (bpf_program* program = nullptr; (program = bpf_object__next_program(object, program));) {
    Row row{bpf_program__name(program), bpf_program__section_name(program)};
    const size_t with_functions = loaded ? loaded->instructions(program) : 0;
    const std::string insns = number(with_functions ? with_functions : bpf_program__insn_cnt(program));
    if (!loaded) {
      row.push_back(text_or(libbpf_bpf_prog_type_str(bpf_program__type(program)), bpf_program__type(program)));
      row.push_back(text_or(libbpf_bpf_attach_type_str(bpf_program__expected_attach_type(program)),
                            bpf_program__expected_attach_type(program)));
      row.push_back(insns);
    } else {
      bpf_prog_info info{};
      u32 size = sizeof info;
      const int fd = bpf_program__fd(program);
      const bool known = fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0;
      row.push_back(insns);
      row.push_back(known ? number(info.id) : "-");
      row.push_back(known ? fmt::format("{:02x}", fmt::join(info.tag, "")) : "-");
      for (const uint64_t value :
           {uint64_t{info.verified_insns}, uint64_t{info.xlated_prog_len}, uint64_t{info.jited_prog_len}})
        row.push_back(known ? number(value) : "-");
    }
    rows.push_back(row);
  }
  print_table(head, rows, loaded ? "llrrlrrr" : "llllr");
}

void print_maps(const bpf_object* object, bool loaded) {
  fmt::print("\nMaps{}\n", loaded ? " (MEMORY in bytes)" : "");
  Row head{"NAME", "TYPE", "KEY", "VALUE", "ENTRIES", "FLAGS"};
  if (loaded) head = {"NAME", "ID", "MEMORY", "KEY", "VALUE", "ENTRIES"};
  std::vector<Row> rows;
  for (bpf_map* map = nullptr; (map = bpf_object__next_map(object, map));) {
    if (!loaded) {
      rows.push_back({bpf_map__name(map), text_or(libbpf_bpf_map_type_str(bpf_map__type(map)), bpf_map__type(map)),
                      number(bpf_map__key_size(map)), number(bpf_map__value_size(map)),
                      number(bpf_map__max_entries(map)), flag_names(bpf_map__map_flags(map))});
      continue;
    }
    bpf_map_info info{};
    u32 size = sizeof info;
    if (bpf_map__fd(map) < 0 || bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &size) != 0) continue;
    rows.push_back({info.name, number(info.id), map_memory(bpf_map__fd(map)), number(info.key_size),
                    number(info.value_size), number(info.max_entries)});
  }
  print_table(head, rows, loaded ? "lrrrrr" : "llrrrl");
}

}  // namespace

int inspect(const Options& options) {
  libbpf_set_print(nullptr);
  size_t size = 0;
  const void* bytes = ebpf_record__elf_bytes(&size);
  const auto sections = sections_of({static_cast<const std::byte*>(bytes), size});
  fmt::print("BPF object inside ebpf-record: {} bytes\n\n", size);
  print_sections(sections);

  bpf_object_open_opts open_options{};
  open_options.sz = sizeof open_options;
  open_options.object_name = "ebpf_record";
  const std::unique_ptr<bpf_object, decltype(&bpf_object__close)> object(
      bpf_object__open_mem(bytes, size, &open_options), bpf_object__close);
  if (!object) {
    fmt::print(stderr, "ebpf-record: libbpf cannot open the object: {}\n", std::strerror(errno));
    return kExitInternal;
  }
  print_types(object.get(), sections, options.verbose);
  print_programs(object.get(), nullptr);
  print_maps(object.get(), false);

  if (const std::string missing = missing_capabilities(); !missing.empty()) {
    fmt::print("\nWhat the kernel makes of it is not shown: loading takes {}\n", missing);
    return 0;
  }
  try {
    ProbeOptions probe_options;
    probe_options.rules = RULE_PROCESS;  // and none is chosen
    probe_options.ring_bytes_per_cpu = options.ring_bytes;
    probe_options.btf_file = options.btf_file;
    const Probes probes(probe_options);
    fmt::print("\nLoaded into this kernel\n");
    print_programs(probes.object(), &probes);
    print_maps(probes.object(), true);
    return 0;
  } catch (const ProbeError& error) {
    fmt::print(stderr, "ebpf-record: {}\n", error.what());
    return exit_status_of(error.kind);
  }
}

}  // namespace ebpftrace::recorder
