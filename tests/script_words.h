// SPDX-License-Identifier: Apache-2.0
// What the lines of a script (tests/script.h) are made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ebpftrace {

std::vector<std::string> words_of(std::string_view line);
uint64_t number(std::string_view text);    // 12, 0xc
uint64_t duration(std::string_view text);  // 12us, in ns
// The bytes of a struct sockaddr: 192.0.2.1:80, [2001:db8::1]:80; raw:BYTES are taken as they are.
std::string sockaddr_of(std::string_view text);

}  // namespace ebpftrace
