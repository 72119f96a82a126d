// SPDX-License-Identifier: Apache-2.0
// How the files of a rotated recording are called: run.0001.trace, run.0002.trace, …, and which comes after one of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "trace/format/identity.h"
#include "trace/read/trace_bytes.h"

namespace ebpftrace::trace {

struct PartName {
  std::string front, back;  // around the number; front includes the folder and the point
};

// Of a part's path. Nothing if it is not called as the recorder calls the part of that number.
std::optional<PartName> part_name(const std::string& path, uint32_t number);

struct NextPart {
  std::shared_ptr<const TraceBytes> bytes;  // with its header; nullptr: none
  bool not_yet = false;                     // there is a file that may become it
};

// Looks for the part that follows this one: of the same recording, with the next number that there is.
NextPart next_part(const std::string& path, uint32_t number, const Id& recording);

}  // namespace ebpftrace::trace
