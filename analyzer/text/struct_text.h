// SPDX-License-Identifier: Apache-2.0
// Fixed structures that system calls take and return, as strace prints them: {st_mode=S_IFREG|0644, st_size=2996, ...}.
// Layouts are those of x86-64 (include/uapi). Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "trace/read/symbols.h"

namespace ebpftrace::analyzer {

// The structure of an argument type of schema/syscalls.capnp. False: it is none of them, nothing was appended. Bytes that
// are too few for it give an error text.
bool append_struct(std::string& out, std::string_view type, std::string_view bytes, const trace::SymbolSets& symbols);

void append_timespec(std::string& out, std::string_view bytes);
void append_timeval(std::string& out, std::string_view bytes);
// "[CHLD INT]", "~[KILL STOP]"
void append_sigset(std::string& out, uint64_t set);
// "[{WIFEXITED(s) && WEXITSTATUS(s) == 0}]"
void append_wait_status(std::string& out, uint32_t status, const trace::SymbolSets& symbols);

}  // namespace ebpftrace::analyzer
