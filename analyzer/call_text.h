// SPDX-License-Identifier: Apache-2.0
// System calls and other events as text: "fd=3, buf=0x7ffc1f2a, count=4096". Appends to `out`; bytes of names are kept
// as they are (whoever prints them escapes them for where they go).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "analyzer/block.h"
#include "analyzer/trace_catalogue.h"

namespace ebpftrace {

// "ENOENT" for 2; also the ones that only the kernel's inside uses; "E999" if unknown.
std::string errno_name(unsigned number);
// "SIGKILL" for 9, "SIGRT34" above the named ones.
std::string signal_name(unsigned number);

// name="text" with ", " before it unless out is empty from `start` on.
void append_name(std::string& out, size_t start, std::string_view name);
// In double quotes, with "..." behind it if cut; <unreadable> if it was.
void append_text(std::string& out, const BlockText& text);
// ["a", "b"], from arguments that each end with a zero byte.
void append_argv(std::string& out, const BlockText& argv);
void append_hex(std::string& out, uint64_t value);

// The arguments of a call, by the trace's own names and types for them; type may be nullptr. The texts are those of
// the first two arguments of type path.
void append_call_args(std::string& out, const SyscallType* type, std::span<const uint64_t, 6> args,
                      const BlockText& path, const BlockText& path2);

}  // namespace ebpftrace
