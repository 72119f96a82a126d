// SPDX-License-Identifier: Apache-2.0
// Every event in order of its start, with bounded memory whatever the trace's size.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "analyzer/api/session.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/event_order.h"
#include "analyzer/query/sieve.h"

namespace ebpftrace::analyzer {

// One argument of a system call, as it is shown.
struct EventArgument {
  enum class Form : uint8_t { kNone, kNumber, kText };
  std::string_view name;  // of the trace's catalogue; empty if that doesn't know the call
  std::string_view text;  // as in Event::args
  Form form = Form::kNone;
};

// The texts are valid during the call that hands it over.
struct Event {
  int64_t time_ns;  // since the trace's start
  std::optional<uint32_t> cpu;
  uint32_t pid, tid;         // 0: the thread is not described
  std::string_view process;  // name at that time
  std::string_view event;    // a system call's name, or the event type's
  bool is_call = false;
  std::optional<uint64_t> duration_ns;  // of a system call, if it was measured
  std::optional<int64_t> result;        // of a finished system call
  std::optional<uint64_t> bytes;        // that a system call moved, if it is one that moves any and did not fail
  uint64_t peeked_bytes;                // that it only looked at
  bool unfinished;
  bool began_before;  // its start is when it was first known to be in progress; it took at least that long
  bool arguments_unknown;
  bool returns;                            // false: a call that never does
  bool is_32bit;                           // a system call of the 32-bit table
  std::string_view args;                   // of a call: as strace shows them; of other events: "name=value, ..."
  std::string_view result_text;            // of a call: "3</etc/passwd>", "-1 ENOENT (No such file or directory)"
  std::array<EventArgument, 6> arguments;  // of a call: the same as args; those that are not shown have no form
  std::optional<std::string_view> path;    // of the file behind the call's descriptor, else its path argument; absolute
                                           // if the directory is known that it began at
  bool path_cut;
  bool path_deleted;                        // path is a file's that was no longer in its directory then
  std::optional<std::string_view> path2;    // of a call: its second path argument
  std::optional<std::string_view> cwd;      // where a relative path began; of an exec, the working directory
  std::optional<std::string_view> exe;      // of an exec: the program file that runs; of a script, its interpreter
  std::optional<std::string_view> program;  // of an exec by descriptor: the file behind it
  std::optional<std::string_view> text;     // of a marker
  uint32_t thread = 0;                      // id in the trace; 0: of no thread
};

// Hands events over until there are no more, `limit` is reached, or take() returns false.
void for_each_event(const Session& session, const Choice& choice, size_t limit,
                    const std::function<bool(const Event&)>& take, size_t first_frame = 0);
void for_each_event(const trace::Trace& trace, size_t limit, const std::function<bool(const Event&)>& take);

// These rows, in this order. Working directories are known for what began up to that boot time; 0: for none. That reads
// the trace up to there.
void hand_over_events(const Session& session, std::span<const EventKey> rows, uint64_t directories_up_to_ns,
                      const std::function<bool(const Event&)>& take);

}  // namespace ebpftrace::analyzer
