// SPDX-License-Identifier: Apache-2.0
// Rows that the recorder itself makes, as records like those of the kernel's rings. Counted as produced before they are
// handed on. add(): the drain thread; produced(): any thread.
#pragma once

#include <atomic>
#include <functional>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "recorder/drain/loss_ledger.h"
#include "recorder/drain/own_record.h"
#include "trace/format/frame.h"

namespace ebpftrace::recorder {

class RecordSink {
 public:
  using Take = std::function<void(std::span<const std::byte>)>;
  explicit RecordSink(Take take) : take_(std::move(take)) {}

  // Fills the head. texts: as the record's text_size fields say, in their order.
  template <typename Record>
  void add(uint16_t type, uint16_t cpu, Record record, std::initializer_list<std::string_view> texts) {
    write_own_record(buffer_, type, cpu, record, texts);
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
