// SPDX-License-Identifier: Apache-2.0
// Several files as one range of offsets, one behind the other in the order in which they are given. A read ends where a file
// ends: nothing of a trace lies in two files. Immutable; any thread may read.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "trace/read/trace_bytes.h"

namespace ebpftrace::trace {

class JoinedBytes : public TraceBytes {
 public:
  void add(std::shared_ptr<const TraceBytes> file) {
    const uint64_t base = size_;
    size_ += file->size();
    files_.emplace_back(base, std::move(file));
  }

  uint64_t size() const override { return size_; }

  size_t read(uint64_t offset, std::span<std::byte> to) const override {
    const auto behind = std::upper_bound(files_.begin(), files_.end(), offset,
                                         [](uint64_t at, const auto& file) { return at < file.first; });
    if (behind == files_.begin()) return 0;
    const auto& [base, file] = *std::prev(behind);
    return file->read(offset - base, to);
  }

 private:
  std::vector<std::pair<uint64_t, std::shared_ptr<const TraceBytes>>> files_;
  uint64_t size_ = 0;
};

}  // namespace ebpftrace::trace
