// SPDX-License-Identifier: Apache-2.0
// What is to be recorded, in the user's terms. The command line and the configuration file both fill it in by the same
// keys, so that an option and a line of the file mean the same and are refused with the same words.
//
// Different keys must all fit, of one key's values any one: comm = make,cc1 and user = root is (make or cc1) and root.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/choice/syscall_set.h"

namespace ebpftrace::recorder {

// `offset`: in the value, of what is wrong.
struct FilterError : std::runtime_error {
  FilterError(const std::string& what, size_t offset) : std::runtime_error(what), offset(offset) {}
  size_t offset;
};

struct Filter {
  enum class Outcome { kAny, kSuccessful, kFailed };
  struct Cgroup {
    std::string path;  // its directory
    uint64_t id = 0;   // the kernel's: its directory's inode number
  };

  std::vector<std::string> trace;  // lists as given; `calls` is what they select
  SyscallSet calls = SyscallSet::all();
  std::vector<uint32_t> pids;
  std::vector<std::string> comms;  // at most 15 bytes each, as the kernel keeps them
  std::vector<uint32_t> users;
  std::vector<Cgroup> cgroups;
  bool follow = true;
  Outcome outcome = Outcome::kAny;
  uint64_t min_duration_ns = 0;

  // Adds a value to what the key has. Keys: trace, pid, comm, user, cgroup, follow, status, min-duration.
  // Throws FilterError for a wrong value; false if there is no such key.
  bool add(std::string_view key, std::string_view value);

  // enum filter_rule; `command`: COMMAND's process is among the chosen ones.
  uint32_t rules(bool command) const;
  // For people: "trace %file; comm make", "all" if nothing is left out. `command`: the one to record, or "".
  std::string describe(std::string_view command) const;
};

// The keys of Filter::add, for messages.
std::string_view filter_keys();

}  // namespace ebpftrace::recorder
