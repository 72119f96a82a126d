// SPDX-License-Identifier: Apache-2.0
// Statements as somebody types them: lines until a semicolon, with a history that is kept between sessions; .tables, .schema
// and .quit. From a pipe, the same without prompt and history.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "analyzer/sql/database.h"

namespace ebpftrace::analyzer {

// ask: a statement. Returns at the end of the input. Lines that begin with a dot are commands.
void read_statements(const SqlDatabase& database, bool from_terminal, const std::function<void(std::string_view)>& ask,
                     const Write& write);

// ".tables", ".schema NAME", ".help". False: .quit.
bool do_command(const SqlDatabase& database, std::string_view line, const Write& write);

}  // namespace ebpftrace::analyzer
