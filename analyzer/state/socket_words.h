// SPDX-License-Identifier: Apache-2.0
// A socket in the words of ss.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/dictionaries/file_facts.h"

namespace ebpftrace::analyzer {

// "tcp", "udp", "u_str" ...; empty: of a family that is not known.
std::string socket_protocol(const SocketFact& socket);
std::vector<std::string> socket_protocols();  // all of them
// "127.0.0.1:80", "/run/x", "@abstract"; empty: it has none. address: struct sockaddr.
std::string socket_address(std::string_view address);

}  // namespace ebpftrace::analyzer
