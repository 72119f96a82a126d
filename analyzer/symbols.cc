// SPDX-License-Identifier: Apache-2.0
#include "analyzer/symbols.h"

#include <kj/debug.h>

#include <algorithm>

#include "analyzer/call_text.h"

namespace ebpftrace {
namespace {

// Plenty, and what a hostile trace can make us hold stays small.
constexpr unsigned kMaxSets = 1024, kMaxSymbols = 4096;

std::string text(capnp::Text::Reader value) { return std::string(value.begin(), value.end()); }

void append_number(std::string& out, uint64_t value) {
  if (value)
    append_hex(out, value);
  else
    out += '0';
}

}  // namespace

SymbolSet::SymbolSet(schema::SymbolSet::Reader from) : type_(text(from.getType())) {
  const bool is_enum = type_.starts_with("enum:");
  KJ_REQUIRE(from.getSymbols().size() <= kMaxSymbols, "a set of symbols that large is not one");
  for (auto symbol : from.getSymbols()) {
    const uint64_t value = symbol.getValue();
    uint64_t mask = symbol.getMask();
    if (!mask && !is_enum) mask = value;  // 0 of flags: only if nothing is set
    if (!mask) mask = UINT64_MAX;
    wide_ |= value > UINT32_MAX || (mask != UINT64_MAX && mask > UINT32_MAX);
    const auto at = static_cast<uint32_t>(symbols_.size());
    (mask == UINT64_MAX ? exact_ : masked_).push_back(at);
    symbols_.push_back({text(symbol.getName()), value, mask, text(symbol.getRest()), text(symbol.getResult())});
  }
  // The first of several names for a value counts.
  std::stable_sort(exact_.begin(), exact_.end(),
                   [&](uint32_t a, uint32_t b) { return symbols_[a].value < symbols_[b].value; });
}

const Symbol* SymbolSet::find_exact(uint64_t value) const {
  const auto found = std::lower_bound(exact_.begin(), exact_.end(), value,
                                      [&](uint32_t at, uint64_t wanted) { return symbols_[at].value < wanted; });
  return found != exact_.end() && symbols_[*found].value == value ? &symbols_[*found] : nullptr;
}

const Symbol* SymbolSet::find(uint64_t value) const {
  value = significant(value);
  if (const Symbol* symbol = find_exact(value)) return symbol;
  for (uint32_t at : masked_)
    if ((value & symbols_[at].mask) == symbols_[at].value) return &symbols_[at];
  return nullptr;
}

void SymbolSet::append(std::string& out, uint64_t value) const {
  value = significant(value);
  if (const Symbol* symbol = find_exact(value)) {
    out += symbol->name;
    return;
  }
  uint64_t left = value, taken = 0;  // a field of several bits is named once, even if its value is 0
  const size_t start = out.size();
  for (uint32_t at : masked_) {
    const Symbol& symbol = symbols_[at];
    if ((value & symbol.mask) != symbol.value || (taken & symbol.mask)) continue;
    if (out.size() > start) out += '|';
    out += symbol.name;
    taken |= symbol.mask;
    left &= ~symbol.mask;
  }
  if (!left && out.size() > start) return;
  if (out.size() > start) out += '|';
  append_number(out, left);
}

SymbolSets::SymbolSets(capnp::List<schema::SymbolSet>::Reader sets) {
  KJ_REQUIRE(sets.size() <= kMaxSets, "that many sets of symbols are none");
  for (auto set : sets) sets_.emplace_back(set);
  std::stable_sort(sets_.begin(), sets_.end(),
                   [](const SymbolSet& a, const SymbolSet& b) { return a.type() < b.type(); });
}

const SymbolSet* SymbolSets::find(std::string_view type) const {
  const auto found = std::lower_bound(sets_.begin(), sets_.end(), type,
                                      [](const SymbolSet& set, std::string_view wanted) { return set.type() < wanted; });
  return found != sets_.end() && found->type() == type ? &*found : nullptr;
}

const SymbolSet* SymbolSets::find(std::string_view type, uint64_t decider) const {
  return find(std::string(type) + ':' + std::to_string(decider & 0xffffffff));
}

void append_symbols(std::string& out, const SymbolSets& sets, std::string_view type, uint64_t value) {
  if (const SymbolSet* set = sets.find(type))
    set->append(out, value);
  else
    append_number(out, value);
}

}  // namespace ebpftrace
