// SPDX-License-Identifier: Apache-2.0
// The CO-RE relocations of a BPF object: which fields and types of the kernel its programs refer to. Read from the
// section .BTF.ext (kernel: include/uapi/linux/bpf.h, struct bpf_core_relo; libbpf: struct btf_ext_header).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

struct btf;

namespace ebpftrace::recorder {

struct CoreRelocation {
  std::string section;  // of the program
  uint32_t offset;      // of the instruction in it, bytes
  std::string kind;     // "field offset", "type id (kernel)", ...
  std::string target;   // "task_struct.cred", "file"
};

// Empty if there are none, or if `ext` is not a .BTF.ext section.
std::vector<CoreRelocation> core_relocations(const btf* types, std::span<const std::byte> ext);

}  // namespace ebpftrace::recorder
