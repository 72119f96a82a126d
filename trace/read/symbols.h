// SPDX-License-Identifier: Apache-2.0
// Names for values, as strace prints them: "O_RDONLY|O_CLOEXEC", "SEEK_SET", "0x40". The sets come out of the trace
// (Catalogue.symbols). Immutable after construction; safe to use from several threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trace/format/trace.capnp.h"
#include "trace/read/arg_type.h"

namespace ebpftrace::trace {

class SymbolSet;

struct Symbol {
  std::string name;
  uint64_t value = 0;
  uint64_t mask = 0;                // matches if (value & mask) == this value
  std::string rest;                 // types of the arguments behind it, by words. Empty: as the call's row says
  std::string result;               // of the call; empty: as its row says
  std::vector<ArgType> rest_types;  // rest, looked up; arguments behind the last one are not used
  const SymbolSet* result_symbols = nullptr;  // the set that result names, if it does
};

class SymbolSet {
 public:
  explicit SymbolSet(std::string type) : type_(std::move(type)) {}
  void add(std::string name, uint64_t value, uint64_t mask, std::string rest, std::string result);
  // When all are added.
  void sort();

  const std::string& type() const { return type_; }
  const std::vector<Symbol>& symbols() const { return symbols_; }
  // The first symbol that matches, nullptr if none does.
  const Symbol* find(uint64_t value) const;
  // "A|B|0x40"; "0" or "0x..." if no symbol matches.
  void append(std::string& out, uint64_t value) const;
  // Some symbol has a rest or a result.
  bool decides() const { return decides_; }
  // The set for one value of the argument that decides ("enum:sockopt" for level 6: "enum:sockopt:6"), else this one.
  const SymbolSet& variant(uint64_t decider) const;

 private:
  // An int argument's upper half is whatever was in the register.
  uint64_t significant(uint64_t value) const { return wide_ ? value : value & 0xffffffff; }
  const Symbol* find_exact(uint64_t value) const;

  std::string type_;
  std::vector<Symbol> symbols_;   // in the order in which they are looked for
  std::vector<uint32_t> masked_;  // positions of those that don't compare all bits
  std::vector<uint32_t> exact_;   // positions of those that do, by value
  std::vector<std::pair<uint64_t, const SymbolSet*>> variants_;
  bool wide_ = false;  // a value has more than 32 bits
  bool decides_ = false;

  friend class SymbolSets;
};

class SymbolSets {
 public:
  SymbolSets() = default;
  // Throws kj::Exception on a malformed message.
  explicit SymbolSets(schema::SymbolTable::Reader table);
  SymbolSets(SymbolSets&&) = default;  // addresses of sets stay; a copy's would differ
  SymbolSets& operator=(SymbolSets&&) = default;

  // By type, "flags:open"; nullptr if the trace has no such set. Good for as long as this lives, moved or not.
  const SymbolSet* find(std::string_view type) const;
  // An argument type, looked up.
  ArgType type(std::string_view type) const;
  const std::vector<SymbolSet>& all() const { return sets_; }

 private:
  void sort();
  void look_up_types();

  std::vector<SymbolSet> sets_;  // by type
};

// By the set of that type; in hexadecimal ("0" for 0) where there is none.
void append_symbols(std::string& out, const SymbolSets& sets, std::string_view type, uint64_t value);

}  // namespace ebpftrace::trace
