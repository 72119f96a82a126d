// SPDX-License-Identifier: Apache-2.0
// What every trace of one version of the recorder says in the same words: event types, system calls and the names of values.
// Built and compressed once, when the program is built: it is the second frame of a trace, and what a reader falls back on.
#pragma once

#include <capnp/message.h>

#include <cstddef>
#include <span>
#include <vector>

#include "schema/call_types.capnp.h"
#include "schema/catalogue.h"
#include "trace/format/trace.capnp.h"

namespace ebpftrace::trace {

struct CatalogueParts {
  std::vector<EventType> events;
  capnp::List<schema::SyscallType>::Reader syscalls, syscalls32;
  capnp::List<schema::SymbolSet>::Reader symbols;
  std::vector<ValueSet> values = {};
};

// Of events.capnp, syscalls.capnp, symbols.capnp and values.capnp.
CatalogueParts catalogue_parts();

// Fills in a schema::Catalogue. Throws std::invalid_argument if a text holds what its lines are separated by.
void build_catalogue(capnp::MessageBuilder& message, const CatalogueParts& parts);

// The same of catalogue_parts(), as the build made it: one zstd frame with one message of raw_bytes.
struct BuiltInCatalogue {
  std::span<const std::byte> stored;
  size_t raw_bytes;
};
BuiltInCatalogue built_in_catalogue_message();

}  // namespace ebpftrace::trace
