// SPDX-License-Identifier: Apache-2.0
// The text of network rules, one per line (docs/network.md has the format). Parsing knows no kernel and no tables.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ebpftrace::recorder {

// The rules can't be had. what() is ready to print.
struct RulesError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// "rules.txt:3:12: ..."
struct RuleError : RulesError {
  RuleError(const std::string& source, size_t line, size_t column, const std::string& what);
  size_t line, column;  // from 1
};

struct Rule {
  enum class Kind { kAllow, kBlock, kDrop, kPass, kLimitSyn, kLimitPackets, kScan };
  Kind kind;
  std::string text;  // single spaces, no comment: what findings and answers call it
  std::string source;
  size_t line = 0, column = 0;

  // allow, block
  std::array<uint8_t, 16> address{};  // IPv4 as ::ffff:a.b.c.d
  unsigned bits = 0;                  // of the 128
  uint64_t ttl_ns = 0;                // 0: for ever
  // drop, pass
  enum class Packets { kOfProtocol, kArp, kOther, kUnparsed };  // kOther: neither IP nor ARP
  Packets packets = Packets::kOfProtocol;
  uint8_t protocol = 0;                              // of the transport, or of a header before it
  std::vector<std::pair<uint16_t, uint16_t>> ports;  // ranges, both ends included; none: the protocol as a whole
  // limits, scan
  uint64_t per_second = 0, burst = 0;
  uint32_t scan_ports = 0;
  uint64_t window_ns = 0;
  uint64_t block_ns = 0;  // 0: report only
};

// Throws RuleError. source: what errors call it.
std::vector<Rule> parse_rules(std::string_view text, const std::string& source);
// Reads and parses a file; RulesError naming it if it can't be read.
std::vector<Rule> read_rule_file(const std::string& path);

}  // namespace ebpftrace::recorder
