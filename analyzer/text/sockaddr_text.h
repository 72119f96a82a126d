// SPDX-License-Identifier: Apache-2.0
// Socket addresses as strace prints them: {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}.
#pragma once

#include <string>
#include <string_view>

#include "trace/read/symbols.h"

namespace ebpftrace::analyzer {

// bytes: a struct sockaddr of any family and length, as captured. Any thread.
void append_sockaddr(std::string& out, std::string_view bytes, const trace::SymbolSets& symbols);

}  // namespace ebpftrace::analyzer
