// SPDX-License-Identifier: Apache-2.0
// Bytes in memory that have a name, and of which as many can be seen as a test says.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "trace/read/trace_bytes.h"

namespace ebpftrace::trace {

class GrowingBytes : public TraceBytes {
 public:
  struct Source {
    std::vector<std::byte> bytes;
    std::string name;
    uint64_t size = 0;  // that can be seen
    bool ended = false;
  };

  explicit GrowingBytes(std::shared_ptr<const Source> source)
      : source_(std::move(source)), size_(source_->size), ended_(source_->ended) {}

  uint64_t size() const override { return size_; }
  size_t read(uint64_t offset, std::span<std::byte> to) const override {
    const uint64_t end = std::min(size_, source_->size);
    if (offset >= end) return 0;
    const size_t count = std::min<uint64_t>(to.size(), end - offset);
    std::copy_n(source_->bytes.begin() + static_cast<std::ptrdiff_t>(offset), count, to.begin());
    return count;
  }
  std::string name() const override { return source_->name; }
  bool ended() const override { return ended_; }
  std::shared_ptr<const TraceBytes> again() const override {
    if (source_->size == size_ && source_->ended == ended_) return nullptr;
    return std::make_shared<GrowingBytes>(source_);
  }

 private:
  std::shared_ptr<const Source> source_;
  uint64_t size_;
  bool ended_;
};

// All of it.
inline std::shared_ptr<const TraceBytes> named_bytes(std::string name, std::vector<std::byte> bytes) {
  auto source = std::make_shared<GrowingBytes::Source>();
  source->size = bytes.size();
  source->bytes = std::move(bytes);
  source->name = std::move(name);
  source->ended = true;
  return std::make_shared<GrowingBytes>(std::move(source));
}

}  // namespace ebpftrace::trace
