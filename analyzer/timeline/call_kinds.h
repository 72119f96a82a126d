// SPDX-License-Identifier: Apache-2.0
// What a call is for, whether it waits, and which of its errors are answers: by its number, as a flat table for the scanning
// loop. Immutable; any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "analyzer/api/timeline.h"
#include "analyzer/dictionaries/file_table.h"
#include "schema/values.h"
#include "trace/read/trace_catalogue.h"

namespace ebpftrace::analyzer {

// Without scheduling events, a call of a kind that can wait counts as waiting from this on.
inline constexpr uint64_t kWaitingNs = 150'000;

struct CallKind {
  CallClass of = CallClass::kOther;
  bool waits : 1 = false;          // if it takes long: wait, poll, select, futex, sleep, accept, receive
  bool waits_by_file : 1 = false;  // if its file is a pipe or socket
  bool waits_for_child : 1 = false;
  bool by_file : 1 = false;   // its class is that of its file: a socket's is network
  bool looks_up : 1 = false;  // ENOENT and EINVAL are answers
  bool is_ioctl : 1 = false;  // ENOTTY is one
};

class CallKinds {
 public:
  explicit CallKinds(const trace::Catalogue& catalogue);

  const CallKind& of(uint64_t number, uint64_t flags) const {
    return number < kNumbers ? table_[(flags & SYSCALL_COMPAT) * kNumbers / SYSCALL_COMPAT + number] : other_;
  }
  // Of one that failed.
  static bool fails_by_design(const CallKind& kind, uint64_t result) {
    const auto error = static_cast<int64_t>(0 - result);
    return (kind.looks_up && (error == 2 || error == 22)) || (kind.is_ioctl && error == 25);
  }

 private:
  static constexpr uint64_t kNumbers = 1024;

  std::vector<CallKind> table_;
  CallKind other_;
};

// Whether a file, by its mode, is something that one waits at.
bool is_pipe_or_socket(const File* file);
bool is_socket(const File* file);

}  // namespace ebpftrace::analyzer
