// SPDX-License-Identifier: Apache-2.0
// What pointer arguments led to, as strace prints it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "analyzer/dictionaries/file_table.h"
#include "analyzer/text/content_items.h"
#include "trace/read/symbols.h"
#include "trace/read/trace_catalogue.h"

namespace ebpftrace::analyzer {

// Appends argument `arg` of a call from its items (there is at least one). An argument that can't be decoded is its
// address. structure: what it leads to where another argument decides that; else the call's row says it. result is the call's,
// two's complement. files: where descriptors in control data are looked up. Allocates nothing that lives on; any thread.
void append_content(std::string& out, const trace::SyscallType& type, unsigned arg, const ContentItems& items,
                    std::span<const uint64_t, 6> args, uint64_t result, const trace::SymbolSets& symbols,
                    std::string_view structure = {}, const FileTable* files = nullptr);

// What a call left where it had found something else, in the words that strace has behind the result: poll's
// " ([{fd=3, revents=POLLIN}])", select's " (in [3], left {tv_sec=0, tv_nsec=9})", " (Timeout)". Nothing for other calls.
void append_content_result(std::string& out, const trace::SyscallType& type, const ContentItems& items,
                           std::span<const uint64_t, 6> args, uint64_t result, const trace::SymbolSets& symbols);

}  // namespace ebpftrace::analyzer
