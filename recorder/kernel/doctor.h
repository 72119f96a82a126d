// SPDX-License-Identifier: Apache-2.0
// `ebpf-record --doctor`: what this machine permits, each back end really tried, and what is missing for recording.
#pragma once

#include "recorder/cli/options.h"

namespace ebpftrace::recorder {

// Prints the report to standard output. 0 if a recording would work, else the exit status that it would end with.
// Attaches for moments only; records nothing, changes nothing.
int doctor(const Options& options);

}  // namespace ebpftrace::recorder
