// SPDX-License-Identifier: Apache-2.0
// Pieces of the texts of events: names of errors and signals, texts and lists of texts. Appends to `out`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "trace/read/block.h"

namespace ebpftrace::analyzer {

// "ENOENT" for 2; also the ones that only the kernel's inside uses; "E999" if unknown.
void append_errno(std::string& out, unsigned number);
std::string errno_name(unsigned number);
// "No such file or directory" for 2; empty if unknown. Always in English.
std::string_view errno_text(unsigned number);
// "SIGKILL" for 9, "SIGRT_2" for 34 (strace's names for the real-time ones: 32 is SIGRTMIN).
std::string signal_name(unsigned number);

// name= with ", " before it unless out is empty from `start` on.
void append_name(std::string& out, size_t start, std::string_view name);
// In double quotes, with three dots behind it if cut; NULL if it could not be read and nothing else is known.
void append_text(std::string& out, const trace::BlockText& text);
// ["a", "b"], from arguments that each end with a zero byte.
void append_argv(std::string& out, const trace::BlockText& argv);
void append_hex(std::string& out, uint64_t value);
// "0x10", "0"
void append_hex_or_zero(std::string& out, uint64_t value);
// "0x7ffe1000", "NULL"
void append_pointer(std::string& out, uint64_t value);

}  // namespace ebpftrace::analyzer
