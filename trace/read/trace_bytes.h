// SPDX-License-Identifier: Apache-2.0
// Where a trace's bytes come from: a file, or memory (tests, fuzzers).
// Read with pread and not mapped: a file that shrinks or a disk that fails while we look is then a short read instead
// of SIGBUS, and what we have read doesn't count as our memory. What is read twice may differ; nothing relies on it.
#pragma once

#include <chrono>
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
  // The file, as it was given; empty: memory.
  virtual std::string name() const { return {}; }

  // ---- of what grows while it is read ----

  // No byte will be added: it is memory, or a pipe that has come to its end.
  virtual bool ended() const { return true; }
  // The same file with as many bytes as it has by now, which may be fewer. nullptr: it is what it was when it was opened.
  // Throws TraceError (kUnreadable) if what came can't be kept.
  virtual std::shared_ptr<const TraceBytes> again() const { return nullptr; }
  // Until there may be more than size(), or it has ended; no longer than that.
  virtual void wait(std::chrono::milliseconds) const {}
};

// Throws TraceError (kUnreadable) with the reason if it isn't a file that can be read at any offset.
std::unique_ptr<TraceBytes> open_file(const std::string& path);
// Takes the descriptor of a regular file; name is for people.
std::unique_ptr<TraceBytes> file_of_descriptor(int fd, std::string name);
std::unique_ptr<TraceBytes> in_memory(std::vector<std::byte> bytes);

}  // namespace ebpftrace::trace
