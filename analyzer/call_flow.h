// SPDX-License-Identifier: Apache-2.0
// Which system calls move bytes, and which way, as a flat table for the scanning loops.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/trace_catalogue.h"
#include "analyzer/x32_calls.h"

namespace ebpftrace {

// Bits of the syscall event's flags column.
inline constexpr uint64_t kUnfinished = 1, kCompat = 2, kNoFile = 4, kBeganBefore = 8, kNoArguments = 16;
// What is known of such a call's duration is a bound: it says nothing of how long such calls take.
inline constexpr uint64_t kNoDuration = kUnfinished | kBeganBefore;

inline bool is_error(uint64_t result) { return result >= static_cast<uint64_t>(-4095); }

class CallFlow {
 public:
  enum : uint8_t {
    kReads = 1,
    kWrites = 2,
    kMoves = kReads | kWrites,
    kFileIsTarget = 4,  // of a call that moves bytes between two files: the event's file is the one written to
    kOpens = 8,
    kRing = 16,  // makes an io_uring or submits to one
  };

  explicit CallFlow(const Catalogue& catalogue) : table_(2 << 16), x32_(kX32Numbers) {
    for (unsigned compat = 0; compat < 2; ++compat)
      for (const SyscallType& type : catalogue.table(compat).types()) table_[compat << 16 | type.number] = flow(type);
    for (const SyscallType& type : catalogue.syscalls.x32_types()) x32_[type.number & ~kX32Bit] = flow(type);
  }

  uint8_t of(uint64_t number, uint64_t flags) const {
    if (number > 0xffff) [[unlikely]] return of_large(number, flags);
    return table_[(flags & kCompat) << 15 | number];
  }

 private:
  // Of a number that no table has.
  uint8_t of_large(uint64_t number, uint64_t flags) const {
    const uint64_t plain = number ^ kX32Bit;
    return flags & kCompat || plain >= x32_.size() ? 0 : x32_[plain];
  }

  static uint8_t flow(const SyscallType& type) {
    uint8_t bits = 0;
    if (type.bytes == ByteFlow::kRead || type.bytes == ByteFlow::kBoth) bits |= kReads;
    if (type.bytes == ByteFlow::kWrite || type.bytes == ByteFlow::kBoth) bits |= kWrites;
    if (type.result == "fd" && type.alias == "open") bits |= kOpens;
    if (type.name.ends_with("io_uring_setup") || type.name.ends_with("io_uring_enter")) bits |= kRing;
    if (bits == kMoves) {  // the event's file is that of the first descriptor: sendfile's is where the bytes go
      for (const SyscallArg& arg : type.args) {
        if (arg.type != "fd") continue;
        if (arg.name.starts_with("out") || arg.name.starts_with("fd_out") || arg.name.starts_with("fdout"))
          bits |= kFileIsTarget;
        break;
      }
    }
    return bits;
  }

  std::vector<uint8_t> table_;
  std::vector<uint8_t> x32_;  // by number without its bit
};

}  // namespace ebpftrace
