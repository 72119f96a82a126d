// SPDX-License-Identifier: Apache-2.0
// What is known of a recording as a thing that somebody made and keeps, rather than of what it holds: its identity, how it was
// made, and whether its recorder still writes it. Any thread.
#pragma once

#include <string>
#include <vector>

#include "analyzer/api/session.h"

namespace ebpftrace::analyzer {

// 32 hexadecimal digits, the same in all its parts; empty: it has none.
std::string recording_id(const Session& session);
// The recorder's command line, as its words.
std::vector<std::string> recorded_with(const Session& session);

// A recorder has the file open: it holds its lock. A file that can't be looked at is not being written.
bool is_being_written(const std::string& file);
// The same of the last part of a recording.
bool is_being_written(const Session& session);

}  // namespace ebpftrace::analyzer
