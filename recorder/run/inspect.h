// SPDX-License-Identifier: Apache-2.0
// `ebpf-record --inspect`: the BPF object inside this program (ELF sections, programs, maps, types, relocations) and, with
// the privilege to load it, what the kernel makes of it.
#pragma once

#include "recorder/cli/options.h"

namespace ebpftrace::recorder {

// Prints to standard output; with options.verbose also every relocation. 0, or the exit status of a failed load; without
// the privilege to load, 0: the rest is all there.
int inspect(const Options& options);

}  // namespace ebpftrace::recorder
