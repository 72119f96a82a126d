// SPDX-License-Identifier: Apache-2.0
// What each system call does to the descriptors, names and sockets of its process, as a flat table for the scanning loop.
// Immutable.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "analyzer/query/call_flow.h"
#include "trace/read/trace_catalogue.h"

namespace ebpftrace::analyzer {

enum class CallEffect : uint8_t {
  kNone,  // but its descriptors are used
  kOpens,
  kDuplicates,
  kFcntl,
  kIoctl,
  kCloses,
  kClosesRange,
  kMakesPipe,
  kMakesSocketPair,
  kReceivesMessages,
  kAccepts,
  kConnects,
  kBinds,
  kListens,
  kShutsDown,
  kSeeks,
  kUnshares,
  kChangesDirectory,
  kUnlinks,
  kRenames,
};

class CallEffects {
 public:
  static constexpr uint8_t kNoArg = 255;

  struct Row {
    CallEffect effect = CallEffect::kNone;
    bool relevant = false;                 // it has descriptors or an effect
    bool returns_fd = false;               // its files are the one that it returned, then that of its first descriptor
    bool is_exec = false;                  // of one that succeeds, no arguments are left
    uint8_t fd_arg[2] = {kNoArg, kNoArg};  // whose files the row has
    uint8_t flags_arg = kNoArg;            // where it says how a descriptor is opened
    uint32_t close_on_exec = 0;            // the bit of it; all: always
    uint32_t flags_mask = 0;               // bits of it that are O_* flags of the file
    uint32_t flags = 0;                    // O_* flags besides
    uint8_t flow = 0;                      // CallFlow
    bool at_offset = false;                // it does not move the file's own offset
    uint8_t offset_arg[2] = {kNoArg, kNoArg};  // nor if this pointer is given, of the first and second file
    uint8_t position_arg = kNoArg;             // nor unless this is -1
    uint8_t size_arg = kNoArg;                 // bytes that a reading call asks for
    uint8_t how_arg = kNoArg;                  // openat2's
    uint8_t message_flags_arg = kNoArg;        // MSG_*
    uint8_t rename_flags_arg = kNoArg;         // RENAME_*
    bool gets = false;                         // what it returns is open elsewhere, too (pidfd_getfd)
    uint8_t path_dir[2] = {kNoArg, kNoArg};    // descriptor from which its first and second path begin
  };

  CallEffects(const trace::Catalogue& catalogue, const CallFlow& flow);

  const Row& row(uint64_t number, bool is_compat) const {
    return number < kNumbers ? rows_[(is_compat ? kNumbers : 0) + number] : nothing_;
  }

 private:
  static constexpr uint64_t kNumbers = 1024;

  std::vector<Row> rows_;
  Row nothing_;
};

// Why what was open at a moment can't be known of this recording: it was made without calls that it takes. Empty: it can.
struct NotKnowable {
  std::string files, bytes;
  bool offsets = false;  // not knowable, as processes that are not recorded may share open files with those that are
};
NotKnowable not_knowable(const trace::Trace& trace);

}  // namespace ebpftrace::analyzer
