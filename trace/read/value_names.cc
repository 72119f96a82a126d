// SPDX-License-Identifier: Apache-2.0
#include "trace/read/value_names.h"

#include <fmt/format.h>
#include <kj/debug.h>

#include <algorithm>
#include <iterator>

namespace ebpftrace::trace {
namespace {

// Plenty, and what a hostile trace can make us hold stays below 6 MiB.
constexpr unsigned kMaxSets = 256, kMaxValues = 4096, kMaxNameBytes = 64, kMaxDocBytes = 1024;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string_view view(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

}  // namespace

ValueNames::ValueNames(ValueSet set) : set_(std::move(set)) {
  auto& values = set_.values;
  std::erase_if(values, [&](const NamedValue& value) { return !is_name(value.name); });
  if (set_.is_flags) return;
  // The first of several names for a value counts.
  auto by_value = [](const NamedValue& a, const NamedValue& b) { return a.value < b.value; };
  std::stable_sort(values.begin(), values.end(), by_value);
  values.erase(std::unique(values.begin(), values.end(),
                           [](const NamedValue& a, const NamedValue& b) { return a.value == b.value; }),
               values.end());
}

std::optional<std::string_view> ValueNames::find(uint64_t value) const {
  const auto& values = set_.values;
  const auto found =
      set_.is_flags
          ? std::find_if(values.begin(), values.end(), [&](const NamedValue& one) { return one.value == value; })
          : std::lower_bound(values.begin(), values.end(), value,
                             [](const NamedValue& one, uint64_t wanted) { return one.value < wanted; });
  if (found == values.end() || found->value != value) return std::nullopt;
  return found->name;
}

void ValueNames::append(std::string& out, uint64_t value, std::string_view between) const {
  if (!set_.is_flags) {
    if (const auto name = find(value))
      out += *name;
    else
      out += std::to_string(value);
    return;
  }
  const size_t start = out.size();
  auto separate = [&] {
    if (out.size() > start) out += between;
  };
  uint64_t left = value;
  for (const NamedValue& flag : set_.values) {
    if (!flag.value || (left & flag.value) != flag.value) continue;
    separate();
    out += flag.name;
    left &= ~flag.value;  // so there are at most 64 of them, however many flags the trace has
    if (!left) return;
  }
  separate();
  if (left)
    fmt::format_to(std::back_inserter(out), "{:#x}", left);
  else
    out += '0';
}

std::string ValueNames::text(uint64_t value, std::string_view between) const {
  std::string out;
  append(out, value, between);
  return out;
}

ValueSets::ValueSets(capnp::List<schema::NamedValues>::Reader sets) {
  KJ_REQUIRE(sets.size() <= kMaxSets, "that many sets of values are none");
  size_t all = 0;
  for (auto from : sets) {
    const std::string_view name = view(from.getName());
    if (!is_name(name)) continue;
    ValueSet set{std::string(name), from.getFlags(), {}};
    auto values = from.getValues();
    KJ_REQUIRE(values.size() <= kMaxValues - all, "that many values are none");
    all += values.size();
    for (auto value : values) {
      const std::string_view word = view(value.getName());
      if (is_name(word))
        set.values.push_back(
            {value.getValue(), std::string(word), std::string(view(value.getDoc()).substr(0, kMaxDocBytes))});
    }
    sets_.emplace_back(std::move(set));
  }
  std::stable_sort(sets_.begin(), sets_.end(),
                   [](const ValueNames& a, const ValueNames& b) { return a.name() < b.name(); });
}

const ValueNames& ValueSets::find(std::string_view name) const {
  static const ValueNames kNone;
  const auto found =
      std::lower_bound(sets_.begin(), sets_.end(), name,
                       [](const ValueNames& set, std::string_view wanted) { return set.name() < wanted; });
  return found != sets_.end() && found->name() == name ? *found : kNone;
}

}  // namespace ebpftrace::trace
