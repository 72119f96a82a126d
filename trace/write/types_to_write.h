// SPDX-License-Identifier: Apache-2.0
// Event types of a trace that was read, for blocks that are written anew.
#pragma once

#include <vector>

#include "schema/catalogue.h"

namespace ebpftrace::trace {

// The same types with what a file doesn't say of them: how their columns are best stored, and how they came. What the built-in
// catalogue doesn't know stays as it is.
std::vector<EventType> types_to_write(std::vector<EventType> read);

}  // namespace ebpftrace::trace
