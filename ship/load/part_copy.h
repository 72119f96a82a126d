// SPDX-License-Identifier: Apache-2.0
// A part of a recording as it comes in: the same bytes at the same places as in its file, as far as they have come. In a file
// without a name that goes with it. put() is of one thread, fronts may be read by any.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "trace/read/trace_bytes.h"

namespace ebpftrace::ship {

class PartCopy {
 public:
  // Empty, in that folder. Throws std::system_error that names it.
  explicit PartCopy(const std::string& folder);
  // A file that is whole already.
  explicit PartCopy(std::shared_ptr<const trace::TraceBytes> whole);

  // Throws std::system_error: no space.
  void put(uint64_t offset, std::span<const std::byte> bytes);
  // Behind the last byte that came.
  uint64_t size() const { return size_; }
  // The first so many bytes, as a file.
  std::shared_ptr<const trace::TraceBytes> front(uint64_t size) const;
  size_t read(uint64_t offset, std::span<std::byte> to) const { return bytes_->read(offset, to); }

 private:
  std::shared_ptr<const trace::TraceBytes> bytes_;
  int file_ = -1;  // of bytes_
  uint64_t size_ = 0;
};

}  // namespace ebpftrace::ship
