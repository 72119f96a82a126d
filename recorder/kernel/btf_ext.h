// SPDX-License-Identifier: Apache-2.0
// How a .BTF.ext section begins, which says where relocations are (Documentation/bpf/btf.rst; libbpf keeps its own
// definition private).
#pragma once

#include <cstdint>

namespace ebpftrace::recorder {

struct BtfExtHeader {
  uint16_t magic;
  uint8_t version;
  uint8_t flags;
  uint32_t header_bytes;
  uint32_t func_info_offset, func_info_bytes;
  uint32_t line_info_offset, line_info_bytes;
  uint32_t core_offset, core_bytes;
};
inline constexpr uint16_t kBtfMagic = 0xeb9f;

}  // namespace ebpftrace::recorder
