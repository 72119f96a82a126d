// SPDX-License-Identifier: Apache-2.0
// Where a trace's bytes come from: a file, or memory (tests, fuzzers).
// Read with pread and not mapped: a file that shrinks or a disk that fails while we look is then a short read instead
// of SIGBUS, and what we have read doesn't count as our memory. What is read twice may differ; nothing relies on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ebpftrace::trace {

class TraceBytes {
 public:
  virtual ~TraceBytes() = default;
  virtual uint64_t size() const = 0;  // fixed when opened
  // Bytes read; fewer than asked for at the end or after a disk error. Any thread.
  virtual size_t read(uint64_t offset, std::span<std::byte> to) const = 0;
};

// Throws TraceError (kUnreadable) with the reason if it isn't a file that can be read at any offset.
std::unique_ptr<TraceBytes> open_file(const std::string& path);
std::unique_ptr<TraceBytes> in_memory(std::vector<std::byte> bytes);

}  // namespace ebpftrace::trace
