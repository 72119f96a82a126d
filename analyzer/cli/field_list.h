// SPDX-License-Identifier: Apache-2.0
// --fields: what --filter can name.
#pragma once

#include <string>
#include <string_view>

namespace ebpftrace::analyzer {

// Of one relation, "tree" or "--tree"; of all if it is empty. Throws AskError for one that there is not.
std::string field_list(std::string_view relation);

}  // namespace ebpftrace::analyzer
