// SPDX-License-Identifier: Apache-2.0
#include "trace/read/symbols.h"

#include <fmt/format.h>
#include <kj/debug.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "trace/read/catalogue_rows.h"

namespace ebpftrace::trace {
namespace {

// Plenty, and what a hostile trace can make us hold stays small.
constexpr unsigned kMaxSets = 4096, kMaxSymbols = 1u << 16, kMaxNameBytes = 255 + 4096;

std::string text(capnp::Text::Reader value) { return std::string(value.begin(), value.end()); }

void append_number(std::string& out, uint64_t value) {
  if (value)
    fmt::format_to(std::back_inserter(out), "{:#x}", value);
  else
    out += '0';
}

}  // namespace

void SymbolSet::add(std::string name, uint64_t value, uint64_t mask, std::string rest, std::string result) {
  if (!mask && !type_.starts_with("enum:")) mask = value;  // 0 of flags: only if nothing is set
  if (!mask) mask = UINT64_MAX;
  wide_ |= value > UINT32_MAX || (mask != UINT64_MAX && mask > UINT32_MAX);
  (mask == UINT64_MAX ? exact_ : masked_).push_back(static_cast<uint32_t>(symbols_.size()));
  decides_ |= !rest.empty() || !result.empty();
  symbols_.push_back({std::move(name), value, mask, std::move(rest), std::move(result), {}, nullptr});
}

void SymbolSet::sort() {
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

const SymbolSet& SymbolSet::variant(uint64_t decider) const {
  for (const auto& [value, set] : variants_)
    if (value == (decider & UINT32_MAX)) return *set;
  return *this;
}

SymbolSets::SymbolSets(schema::SymbolTable::Reader table) {
  const size_t count = table.getCount();
  KJ_REQUIRE(table.getSets() <= kMaxSets && count <= kMaxSymbols, "that many symbols are none");
  const auto counts = all_rows(table.getCounts(), table.getSets());
  const auto values = all_rows(table.getValues(), count), masks = all_rows(table.getMasks(), count);
  const auto shared = table.getShared();
  KJ_REQUIRE(shared.size() == count, "symbols without names");
  std::vector<std::pair<std::string, std::string>> decisions(count);
  for (auto decision : table.getDecisions())
    if (decision.getSymbol() < count)
      decisions[decision.getSymbol()] = {text(decision.getRest()), text(decision.getResult())};

  TextParts types(table.getTypes()), names(table.getNames());
  std::string name;
  size_t at = 0;
  for (const uint64_t symbols : counts) {
    KJ_REQUIRE(symbols <= count - at, "more symbols in a set than there are");
    SymbolSet& set = sets_.emplace_back(std::string(types.next()));
    for (const size_t end = at + symbols; at < end; ++at) {
      KJ_REQUIRE(shared[at] <= name.size(), "a name shares more than there is");
      name.resize(shared[at]);
      name += names.next();
      KJ_REQUIRE(name.size() <= kMaxNameBytes, "a name that long is none");
      set.add(name, values[at], masks[at], std::move(decisions[at].first), std::move(decisions[at].second));
    }
    set.sort();
  }
  sort();
  look_up_types();
}

void SymbolSets::sort() {
  std::stable_sort(sets_.begin(), sets_.end(),
                   [](const SymbolSet& a, const SymbolSet& b) { return a.type() < b.type(); });
}

const SymbolSet* SymbolSets::find(std::string_view type) const {
  const auto found =
      std::lower_bound(sets_.begin(), sets_.end(), type,
                       [](const SymbolSet& set, std::string_view wanted) { return set.type() < wanted; });
  return found != sets_.end() && found->type() == type ? &*found : nullptr;
}

ArgType SymbolSets::type(std::string_view type) const {
  const ArgKind kind = arg_kind(type);
  const bool named = type.starts_with("flags:") || type.starts_with("enum:");
  return {kind, named ? find(type) : nullptr};
}

void SymbolSets::look_up_types() {
  for (SymbolSet& set : sets_) {
    const std::string_view type = set.type_;
    if (const size_t colon = type.find(':', type.find(':') + 1); colon != std::string_view::npos) {
      uint64_t decider = 0;
      std::from_chars(type.data() + colon + 1, type.data() + type.size(), decider);
      const auto base = std::find_if(sets_.begin(), sets_.end(),
                                     [&](const SymbolSet& other) { return other.type_ == type.substr(0, colon); });
      if (base != sets_.end()) base->variants_.emplace_back(decider, &set);
    }
    for (Symbol& symbol : set.symbols_) {
      std::string_view rest = symbol.rest;
      while (!rest.empty() && symbol.rest_types.size() < 6) {
        const size_t end = std::min(rest.find(' '), rest.size());
        symbol.rest_types.push_back(this->type(rest.substr(0, end)));
        if (symbol.rest_types.back().kind == ArgKind::kPointer) {
          std::string_view structure = rest.substr(0, end);
          if (structure.starts_with("out:")) structure.remove_prefix(4);
          symbol.rest_types.back().structure = structure == "pointer" ? std::string_view() : structure;
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
      if (!symbol.result.empty()) symbol.result_symbols = find(symbol.result);
    }
  }
}

void append_symbols(std::string& out, const SymbolSets& sets, std::string_view type, uint64_t value) {
  if (const SymbolSet* set = sets.find(type))
    set->append(out, value);
  else
    append_number(out, value);
}

}  // namespace ebpftrace::trace
