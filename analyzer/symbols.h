// SPDX-License-Identifier: Apache-2.0
// Names for values, as strace prints them: "O_RDONLY|O_CLOEXEC", "SEEK_SET", "0x40". The sets come out of the trace
// (TraceHeader.symbols). Immutable after construction; safe to use from several threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/trace.capnp.h"

namespace ebpftrace {

struct Symbol {
  std::string name;
  uint64_t value = 0;
  uint64_t mask = 0;   // matches if (value & mask) == this value
  std::string rest;    // types of the arguments behind it, by words; "-": not used. Empty: as the call's row says
  std::string result;  // of the call; empty: as its row says
};

class SymbolSet {
 public:
  // May throw kj::Exception on a malformed message.
  explicit SymbolSet(schema::SymbolSet::Reader from);

  const std::string& type() const { return type_; }
  const std::vector<Symbol>& symbols() const { return symbols_; }
  // The first symbol that matches, nullptr if none does.
  const Symbol* find(uint64_t value) const;
  // "A|B|0x40"; "0" or "0x..." if no symbol matches.
  void append(std::string& out, uint64_t value) const;

 private:
  // An int argument's upper half is whatever was in the register.
  uint64_t significant(uint64_t value) const { return wide_ ? value : value & 0xffffffff; }
  const Symbol* find_exact(uint64_t value) const;

  std::string type_;
  std::vector<Symbol> symbols_;   // in the order in which they are looked for
  std::vector<uint32_t> masked_;  // positions of those that don't compare all bits
  std::vector<uint32_t> exact_;   // positions of those that do, by value
  bool wide_ = false;             // a value has more than 32 bits
};

class SymbolSets {
 public:
  SymbolSets() = default;
  explicit SymbolSets(capnp::List<schema::SymbolSet>::Reader sets);

  // By type, "flags:open"; nullptr if the trace has no such set. The pointer is good as long as this is (moved or not).
  const SymbolSet* find(std::string_view type) const;
  // The set for one value of the argument that decides ("enum:sockopt" for level 6: "enum:sockopt:6"), else nullptr.
  const SymbolSet* find(std::string_view type, uint64_t decider) const;
  const std::vector<SymbolSet>& all() const { return sets_; }

 private:
  std::vector<SymbolSet> sets_;   // by type
};

// By the set of that type; in hexadecimal ("0" for 0) where there is none.
void append_symbols(std::string& out, const SymbolSets& sets, std::string_view type, uint64_t value);

}  // namespace ebpftrace
