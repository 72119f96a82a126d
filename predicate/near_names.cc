// SPDX-License-Identifier: Apache-2.0
#include "predicate/near_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "predicate/error.h"

namespace ebpftrace::predicate {

namespace {

constexpr size_t kLongestName = 64;  // longer ones are nobody's typing mistakes
constexpr size_t kListed = 16;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Optimal string alignment distance.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view written, std::span<const std::string> names) {
  std::string best;
  if (written.empty() || written.size() > kLongestName) return best;
  size_t nearest = std::max<size_t>(written.size() / 3, 1) + 1;
  for (const std::string& name : names) {
    if (name.size() > kLongestName) continue;
    const size_t apart = distance(written, name);
    if (apart < nearest && apart < std::max(written.size(), name.size())) {
      nearest = apart;
      best = name;
    }
  }
  return best;
}

std::string list_names(std::span<const std::string> names) {
  std::string out;
  for (size_t i = 0; i < std::min(names.size(), kListed); ++i) out += (i == 0 ? "" : ", ") + shortened(names[i]);
  if (names.size() > kListed) out += fmt::format(", ... ({} in all)", names.size());
  return out;
}

}  // namespace ebpftrace::predicate
