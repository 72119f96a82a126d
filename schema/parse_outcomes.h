// SPDX-License-Identifier: Apache-2.0
// How far packets could be parsed, in words: by enum parse_outcome of bpf/edge_shared.h.
#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

namespace ebpftrace {

inline constexpr std::string_view kParseOutcomes[] = {
    "parsed",         "fragment",           "unknown transport",   "not IP",    "short Ethernet",
    "short VLAN tag", "too many VLAN tags", "short IPv4",          "bad IPv4",  "short IPv6",
    "bad IPv6",       "short extension",    "too many extensions", "short TCP", "bad TCP",
    "short UDP",      "short ICMP",         "short SCTP",          "short GRE", "bad GRE",
    "encapsulated"};

constexpr std::string_view parse_outcome_name(uint64_t outcome) {
  return outcome < std::size(kParseOutcomes) ? kParseOutcomes[outcome] : "unknown";
}

}  // namespace ebpftrace
