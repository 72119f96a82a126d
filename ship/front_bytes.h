// SPDX-License-Identifier: Apache-2.0
// The front of a file that grows, as if it ended there. Any thread, as what it is the front of.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "trace/read/trace_bytes.h"

namespace ebpftrace::ship {

class FrontBytes final : public trace::TraceBytes {
 public:
  FrontBytes(std::shared_ptr<const trace::TraceBytes> whole, uint64_t size) : whole_(std::move(whole)), size_(size) {}

  uint64_t size() const override { return size_; }
  size_t read(uint64_t offset, std::span<std::byte> to) const override {
    if (offset >= size_) return 0;
    return whole_->read(offset, to.first(static_cast<size_t>(std::min<uint64_t>(to.size(), size_ - offset))));
  }
  std::string name() const override { return whole_->name(); }

 private:
  std::shared_ptr<const trace::TraceBytes> whole_;
  uint64_t size_;
};

}  // namespace ebpftrace::ship
