// SPDX-License-Identifier: Apache-2.0
// What calls that control files, processes, memory and IPC objects take and return, as strace prints it: locks, capability sets,
// CPU and node sets, signal stacks, scheduling attributes, semaphore operations. Layouts are those of x86-64. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "analyzer/text/content_items.h"
#include "trace/read/symbols.h"

namespace ebpftrace::analyzer {

// Whether that is a type of schema/syscalls.capnp that is written here.
bool is_control_struct(std::string_view type);

// `type` is one. `all`: the call's items, for what another argument says about this one. What has too few bytes is its address.
void append_control_struct(std::string& out, std::string_view type, const ContentItem& item, uint64_t address,
                           const ContentItems& all, const trace::SymbolSets& symbols);

}  // namespace ebpftrace::analyzer
