// SPDX-License-Identifier: Apache-2.0
// Which system calls move bytes, which way, and how many a call moved: the one rule for every question. What was only
// looked at (MSG_PEEK, tee's input) is still there to be read: it counts apart.
// A flat table for the scanning loops.
#pragma once

#include <cstdint>
#include <vector>

#include "schema/values.h"
#include "trace/read/summaries.h"
#include "trace/read/trace_catalogue.h"
#include "trace/read/x32_calls.h"

namespace ebpftrace::analyzer {

inline bool is_error(uint64_t result) { return result >= static_cast<uint64_t>(-4095); }

// Of one call. Of a call between two files, `read` are those of the file that it reads from.
struct CallBytes {
  uint64_t read = 0, written = 0, peeked = 0;
};

class CallFlow {
 public:
  enum : uint8_t {
    kReads = 1,
    kWrites = 2,
    kMoves = kReads | kWrites,
    kFileIsTarget = 4,  // of a call that moves bytes between two files: the event's file is the one written to
    kOpens = 8,
    kRing = 16,    // makes an io_uring or submits to one
    kCopies = 32,  // moves between two files, but what it read is still there
  };

  explicit CallFlow(const trace::Catalogue& catalogue) : table_(2 << 16), x32_(trace::kX32Numbers) {
    for (unsigned compat = 0; compat < 2; ++compat)
      for (const trace::SyscallType& type : catalogue.table(compat).types())
        table_[compat << 16 | type.number] = flow(type);
    for (const trace::SyscallType& type : catalogue.syscalls.x32_types())
      x32_[type.number & ~trace::kX32Bit] = flow(type);
  }

  uint8_t of(uint64_t number, uint64_t flags) const {
    if (number > 0xffff) [[unlikely]]
      return of_large(number, flags);
    return table_[(flags & SYSCALL_COMPAT) << 15 | number];
  }

  // The call's flow as this one of its calls had it: vmsplice reads if its descriptor can't be written to.
  static uint8_t directed(uint8_t flow, uint64_t flags) { return flags & SYSCALL_REVERSED ? flow ^ kMoves : flow; }

  // Of a call with the flow `directed`, by its columns.
  static CallBytes bytes(uint8_t flow, uint64_t flags, uint64_t result, uint64_t moved, uint64_t peeked) {
    if (flags & SYSCALL_UNFINISHED || result >= uint64_t{1} << 63) return {};
    const uint64_t all = flags & SYSCALL_MOVED ? moved : result;
    return {(flow & (kReads | kCopies)) == kReads ? all : 0, flow & kWrites ? all : 0, flow & kCopies ? all : peeked};
  }

  // Of calls that were summed up.
  static CallBytes bytes(uint8_t flow, const trace::CallSum& sum) {
    return {(flow & (kReads | kCopies)) == kReads ? sum.bytes : 0, flow & kWrites ? sum.bytes : 0,
            flow & kCopies ? sum.bytes : sum.peeked_bytes};
  }

 private:
  // Of a number that no table has.
  uint8_t of_large(uint64_t number, uint64_t flags) const {
    const uint64_t plain = number ^ trace::kX32Bit;
    return flags & SYSCALL_COMPAT || plain >= x32_.size() ? 0 : x32_[plain];
  }

  static uint8_t flow(const trace::SyscallType& type) {
    uint8_t bits = 0;
    const bool both = type.bytes == trace::ByteFlow::kBoth || type.bytes == trace::ByteFlow::kCopied;
    if (type.bytes == trace::ByteFlow::kRead || both) bits |= kReads;
    if (type.bytes == trace::ByteFlow::kWrite || both) bits |= kWrites;
    if (type.result == "fd" && type.alias == "open") bits |= kOpens;
    if (type.name.ends_with("io_uring_setup") || type.name.ends_with("io_uring_enter")) bits |= kRing;
    if (bits == kMoves) {  // the event's file is that of the first descriptor: sendfile's is where the bytes go
      for (const trace::SyscallArg& arg : type.args) {
        if (arg.type != "fd") continue;
        if (arg.name.starts_with("out") || arg.name.starts_with("fd_out") || arg.name.starts_with("fdout"))
          bits |= kFileIsTarget;
        break;
      }
    }
    if (type.bytes == trace::ByteFlow::kCopied) bits |= kCopies;
    return bits;
  }

  std::vector<uint8_t> table_;
  std::vector<uint8_t> x32_;  // by number without its bit
};

}  // namespace ebpftrace::analyzer
