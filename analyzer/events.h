// SPDX-License-Identifier: Apache-2.0
// Every event in order of its start, with bounded memory whatever the trace's size.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "analyzer/coverage.h"

namespace ebpftrace {

// The texts are valid during the call that hands it over.
struct Event {
  int64_t time_ns;  // since the trace's start
  std::optional<uint32_t> cpu;
  uint32_t pid, tid;                    // 0: the thread is not described
  std::string_view process;             // name at that time
  std::string_view event;               // a system call's name, or the event type's
  std::optional<uint64_t> duration_ns;  // of a system call
  std::optional<int64_t> result;        // of a finished system call
  bool unfinished;
  std::string_view args;                 // "name=value, ..."
  std::optional<std::string_view> path;  // of the file behind the call's descriptor, else its path argument
  bool path_cut;
};

// Hands events over until there are no more, `limit` is reached, or take() returns false.
void for_each_event(const Trace& trace, size_t limit, const std::function<bool(const Event&)>& take);

}  // namespace ebpftrace
