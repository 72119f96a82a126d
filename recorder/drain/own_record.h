// SPDX-License-Identifier: Apache-2.0
// A record that the recorder makes itself, in the same bytes as those of the kernel's rings.
#pragma once

#include <cstring>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "bpf/records.h"

namespace ebpftrace::recorder {

inline text_size size_of(std::string_view text) {
  return {static_cast<u32>(text.size()), static_cast<u32>(text.size())};
}

// Fills the head and writes the whole to `bytes`. texts: as the record's text_size fields say, in their order.
template <typename Record>
void write_own_record(std::vector<std::byte>& bytes, uint16_t type, uint16_t cpu, Record record,
                      std::initializer_list<std::string_view> texts) {
  size_t size = sizeof record;
  for (const std::string_view text : texts) size += text.size();
  record.head.type = type;
  record.head.cpu = cpu;
  record.head.size = static_cast<u32>(size);
  bytes.resize(size);
  std::memcpy(bytes.data(), &record, sizeof record);
  size_t at = sizeof record;
  for (const std::string_view text : texts) {
    std::memcpy(bytes.data() + at, text.data(), text.size());
    at += text.size();
  }
}

}  // namespace ebpftrace::recorder
