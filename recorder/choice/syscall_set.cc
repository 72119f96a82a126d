// SPDX-License-Identifier: Apache-2.0
#include "recorder/choice/syscall_set.h"

#include <capnp/list.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <regex>
#include <set>

#include "schema/syscalls.capnp.h"

namespace ebpftrace::recorder {
namespace {

using Call = schema::SyscallType::Reader;

// Adds the calls of either table that the condition holds for; false if there is none.
bool add_matching(SyscallSet& set, const std::function<bool(const Call&)>& wanted, bool native = true,
                  bool compat = true) {
  bool any = false;
  auto add = [&](const auto& calls, std::bitset<CALLS>& bits) {
    for (const Call call : calls)
      if (call.getNumber() < CALLS - 1 && wanted(call)) {
        bits.set(call.getNumber());
        any = true;
      }
  };
  if (native) add(*schema::SYSCALLS64, set.native);
  if (compat) add(*schema::SYSCALLS32, set.compat);
  return any;
}

bool has_group(const Call& call, std::string_view group) {
  for (const auto name : call.getGroups())
    if (group == name.cStr()) return true;
  return false;
}

// Insertions, deletions and replacements that lead from one to the other.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t k = 1; k <= b.size(); ++k) {
      const size_t replaced = diagonal + (a[i - 1] != b[k - 1]);
      diagonal = row[k];
      row[k] = std::min({replaced, row[k] + 1, row[k - 1] + 1});
    }
  }
  return row[b.size()];
}

// All names that an element of this kind could have been.
std::set<std::string> names(const std::function<void(const Call&, std::set<std::string>&)>& of) {
  std::set<std::string> found;
  for (const Call call : *schema::SYSCALLS64) of(call, found);
  for (const Call call : *schema::SYSCALLS32) of(call, found);
  return found;
}

std::string nearest(std::string_view name, const std::set<std::string>& candidates) {
  const auto best = std::min_element(candidates.begin(), candidates.end(), [&](const auto& a, const auto& b) {
    return distance(name, a) < distance(name, b);
  });
  if (best == candidates.end() || distance(name, *best) > std::max<size_t>(2, name.size() / 3)) return {};
  return *best;
}

// An element without its '?'. False: nothing has that name, and `hint` says what may have been meant.
bool add_element(SyscallSet& set, std::string_view element, std::string& hint) {
  auto suggest = [&](std::string_view prefix, std::string_view name, const std::set<std::string>& candidates) {
    const std::string near = nearest(name, candidates);
    hint = near.empty() ? "" : fmt::format("; did you mean {}{}?", prefix, near);
    return false;
  };
  if (element == "all") {
    set = SyscallSet::all();
    return true;
  }
  if (element == "none") return true;
  if (element.starts_with('%')) {
    const std::string_view group = element.substr(1) == "net" ? "network" : element.substr(1);
    if (add_matching(set, [&](const Call& call) { return has_group(call, group); })) return true;
    const auto groups = names([](const Call& call, auto& found) {
      for (const auto name : call.getGroups()) found.insert(name.cStr());
    });
    hint = fmt::format("; the groups are %{}", fmt::join(groups, ", %"));
    return false;
  }
  if (element.starts_with('@')) {
    const std::string_view family = element.substr(1);
    return add_matching(set, [&](const Call& call) { return family == call.getAlias().cStr(); }) ||
           suggest("@", family, names([](const Call& call, auto& found) { found.insert(call.getAlias().cStr()); }));
  }
  std::string_view name = element;
  const bool only64 = name.ends_with("@64"), only32 = name.ends_with("@32");
  if (only64 || only32) name.remove_suffix(3);
  if (add_matching(
          set, [&](const Call& call) { return name == call.getName().cStr(); }, !only32, !only64))
    return true;
  if (add_matching(set, [&](const Call& call) { return name == call.getName().cStr(); })) {
    hint = fmt::format("; the {}-bit table has no such call", only64 ? 64 : 32);
    return false;
  }
  return suggest("", name, names([](const Call& call, auto& found) { found.insert(call.getName().cStr()); }));
}

void add_regex(SyscallSet& set, std::string_view element, size_t offset) {
  std::string_view text = element.substr(1);
  if (text.ends_with('/')) text.remove_suffix(1);
  if (text.empty()) throw SyscallSetError("the regular expression in a set of system calls is empty", offset);
  try {
    const std::regex regex(text.begin(), text.end(), std::regex::extended);
    if (!add_matching(set, [&](const Call& call) { return std::regex_search(call.getName().cStr(), regex); }))
      throw SyscallSetError(fmt::format("no system call's name matches '{}'", element), offset);
  } catch (const std::regex_error& error) {
    throw SyscallSetError(fmt::format("'{}' is not an extended regular expression: {}", element, error.what()), offset);
  }
}

SyscallSet parse_list(std::string_view list, size_t offset) {
  SyscallSet set;
  const size_t shift = offset;
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    std::string_view element = list.substr(at, end - at);
    offset = shift + at;
    at = end + 1;
    while (element.starts_with(' ') || element.starts_with('\t')) element.remove_prefix(1), ++offset;
    while (element.ends_with(' ') || element.ends_with('\t')) element.remove_suffix(1);
    if (element.empty()) throw SyscallSetError("a name is missing in the set of system calls", offset);
    if (element.starts_with('!'))
      throw SyscallSetError(fmt::format("'{}': '!' stands once, before the whole list", element), offset);
    const bool tolerant = element.starts_with('?');
    if (tolerant) element.remove_prefix(1);
    if (element.starts_with('/')) {
      add_regex(set, element, offset);
      continue;
    }
    std::string hint;
    if (!add_element(set, element, hint) && !tolerant)
      throw SyscallSetError(fmt::format("unknown system call '{}'{}", element, hint), offset);
  }
  return set;
}

}  // namespace

SyscallSet SyscallSet::all() {
  SyscallSet set;
  set.native.set();
  set.compat.set();
  return set;
}

SyscallSet parse_syscall_set(const std::vector<std::string>& lists) {
  SyscallSet named, excluded;
  bool any_named = false;
  for (const std::string& list : lists) {
    const size_t from = list.find_first_not_of(" \t");
    const bool negated = from != std::string::npos && list[from] == '!';
    const size_t start = negated ? from + 1 : 0;
    const SyscallSet set = parse_list(std::string_view(list).substr(start), start);
    SyscallSet& sum = negated ? excluded : named;
    sum.native |= set.native;
    sum.compat |= set.compat;
    any_named |= !negated;
  }
  if (!any_named) named = SyscallSet::all();
  named.native &= ~excluded.native;
  named.compat &= ~excluded.compat;
  return named;
}

}  // namespace ebpftrace::recorder
