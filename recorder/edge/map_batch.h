// SPDX-License-Identifier: Apache-2.0
// All entries of a BPF hash map, read some thousands at a time by its descriptor.
#pragma once

#include <bpf/bpf.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ebpftrace::recorder {

// visit(const std::byte* key, const std::byte* value); the value of a per-CPU map is all its CPUs', one after the other,
// each at a multiple of 8. The map may change meanwhile; entries that stay are visited. Returns errno, 0 when done.
template <typename Visit>
int for_each_entry(int map, size_t key_bytes, size_t value_bytes, Visit&& visit) {
  uint32_t room = 2048;
  std::vector<std::byte> keys, values, position(8), next(8);
  const size_t step_bytes = key_bytes < 8 ? 8 : key_bytes;
  position.resize(step_bytes);
  next.resize(step_bytes);
  bool first = true;
  while (true) {
    keys.resize(room * key_bytes);
    values.resize(room * value_bytes);
    uint32_t count = room;
    const int failed = bpf_map_lookup_batch(map, first ? nullptr : position.data(), next.data(), keys.data(),
                                            values.data(), &count, nullptr);
    const int error = failed ? errno : 0;
    if (error == ENOSPC && count == 0 && room < (1u << 20)) {  // a bucket with more entries than there is room for
      room *= 2;
      continue;
    }
    if (error && error != ENOENT) return error;
    for (uint32_t i = 0; i < count; ++i) visit(keys.data() + i * key_bytes, values.data() + i * value_bytes);
    if (error == ENOENT) return 0;
    position = next;
    first = false;
  }
}

}  // namespace ebpftrace::recorder
