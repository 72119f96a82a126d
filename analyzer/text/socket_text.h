// SPDX-License-Identifier: Apache-2.0
// A socket as `strace -yy` shows it behind a descriptor: TCP:[127.0.0.1:1->127.0.0.1:2], UNIX-STREAM:["/run/x"].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ebpftrace::analyzer {

// type: SOCK_*, protocol: IPPROTO_* (or the family's); addresses: struct sockaddr of any length, possibly empty.
// path: as in the trace, "socket:[123]". Empty: nothing is known that the path does not say better.
std::string socket_text(unsigned type, unsigned protocol, std::string_view local, std::string_view remote,
                        std::string_view path);

}  // namespace ebpftrace::analyzer
