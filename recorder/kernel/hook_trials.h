// SPDX-License-Identifier: Apache-2.0
// Tries whether this kernel lets us use a way of hooking, by loading and attaching the smallest program there is
// ("return 0") to getpid or to all system calls, for a moment.
#pragma once

#include <string>

namespace ebpftrace::recorder {

class KernelBtf;

struct Trial {
  int error = 0;      // errno; 0: it works
  std::string doing;  // what failed: "loading", "attaching", or another part of a sentence that the error ends
  bool works() const { return error == 0; }
};

// types may be nullptr (no BTF is to be had): then what needs it fails with ENOENT.
Trial try_tracepoint(const KernelBtf* types);
Trial try_kprobe();
Trial try_kprobe_multi();
Trial try_fentry(const KernelBtf* types);
// Opens a counter of CPU cycles for this thread.
Trial try_cycle_counter();

}  // namespace ebpftrace::recorder
