// SPDX-License-Identifier: Apache-2.0
// Rows that the recorder itself makes, as records like those of the kernel's rings. Counted as produced before they are
// handed on. add(): the drain thread; produced(): any thread.
#pragma once

#include <atomic>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "bpf/records.h"
#include "recorder/loss_ledger.h"
#include "trace/format/frame.h"

namespace ebpftrace::recorder {

inline text_size size_of(std::string_view text) {
  return {static_cast<u32>(text.size()), static_cast<u32>(text.size())};
}

class RecordSink {
 public:
  using Take = std::function<void(std::span<const std::byte>)>;
  explicit RecordSink(Take take) : take_(std::move(take)) {}

  // Fills the head. texts: as the record's text_size fields say, in their order.
  template <typename Record>
  void add(uint16_t type, uint16_t cpu, Record record, std::initializer_list<std::string_view> texts) {
    size_t bytes = sizeof record;
    for (const std::string_view text : texts) bytes += text.size();
    record.head.type = type;
    record.head.cpu = cpu;
    record.head.size = static_cast<u32>(bytes);
    buffer_.resize(bytes);
    std::memcpy(buffer_.data(), &record, sizeof record);
    size_t at = sizeof record;
    for (const std::string_view text : texts) {
      std::memcpy(buffer_.data() + at, text.data(), text.size());
      at += text.size();
    }
    produced_[type].fetch_add(1, std::memory_order_relaxed);
    take_(buffer_);
  }
  // A record of a ring, counted where it was made.
  void pass_on(std::span<const std::byte> record) { take_(record); }

  uint64_t produced(uint16_t type) const { return produced_[type].load(std::memory_order_relaxed); }

 private:
  Take take_;
  std::vector<std::byte> buffer_;
  std::atomic<uint64_t> produced_[EVENT_TYPES] = {};
};

}  // namespace ebpftrace::recorder
