// SPDX-License-Identifier: Apache-2.0
// What ask() does to rows when they are all there: of one recording, and of several together.
#pragma once

#include <string_view>

#include "analyzer/api/question.h"

namespace ebpftrace::analyzer {

// Order, limit and columns.
void arrange(Result& result, const Takes& takes, const Asked& asked);

// Where -n is of keys that have several rows: the first column behind the keys. Else nothing: it is of rows.
std::string_view keys_end(const Takes& takes, const Asked& asked);

}  // namespace ebpftrace::analyzer
