// SPDX-License-Identifier: Apache-2.0
// ebpf-record --mark TEXT PID: the other end of a MarkerSocket.
#pragma once

#include <sys/types.h>

#include <stdexcept>
#include <string>

namespace ebpftrace::recorder {

struct MarkError : std::runtime_error {
  MarkError(int status, const std::string& what) : std::runtime_error(what), status(status) {}
  int status;  // of the program
};

// Returns when the recorder has taken the text; throws MarkError otherwise. Waits for it, but not for ever.
void put_marker(const std::string& text, pid_t recorder);

}  // namespace ebpftrace::recorder
