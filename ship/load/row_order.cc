// SPDX-License-Identifier: Apache-2.0
#include "ship/load/row_order.h"

#include <algorithm>

namespace ebpftrace::ship {

bool sort_rows(std::vector<KeyedRow>& rows) {
  std::vector<size_t> ends;  // of the runs
  for (size_t i = 1; i <= rows.size(); ++i)
    if (i == rows.size() || rows[i] < rows[i - 1]) ends.push_back(i);
  if (ends.size() <= 1) return false;
  std::vector<KeyedRow> merged(rows.size());
  while (ends.size() > 1) {
    size_t kept = 0, begin = 0;
    const auto at = [&](size_t place) { return rows.begin() + static_cast<std::ptrdiff_t>(place); };
    for (size_t run = 0; run < ends.size(); run += 2) {
      const size_t middle = ends[run], end = run + 1 < ends.size() ? ends[run + 1] : middle;
      std::merge(at(begin), at(middle), at(middle), at(end), merged.begin() + static_cast<std::ptrdiff_t>(begin));
      ends[kept++] = begin = end;
    }
    ends.resize(kept);
    rows.swap(merged);
  }
  return true;
}

}  // namespace ebpftrace::ship
