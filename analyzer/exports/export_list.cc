// SPDX-License-Identifier: Apache-2.0
#include "analyzer/exports/export_list.h"

#include <algorithm>

#include "analyzer/query/coverage.h"
#include "trace/read/reads.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

std::span<const Export* const> all_exports() {
  static const auto in_order = [] {
    auto exports = kListedExports;
    std::stable_sort(exports.begin(), exports.end(),
                     [](const Export* a, const Export* b) { return a->place < b->place; });
    return exports;
  }();
  return in_order;
}

const Export* find_export(std::string_view name) {
  for (const Export* one : all_exports())
    if (one->name == name) return one;
  return nullptr;
}

Result run_export(const Export& what, const Session& session, const Asked& asked, ExportOutput& output) {
  const trace::ReadScope scope;
  Result result(std::string(what.name), {});
  what.write(session, asked, output);
  result.stopped = asked.stop.stop_requested();
  result.coverage = coverage_of(session.trace(), scope);
  result.shortfalls = session.trace().shortfalls().list();
  return result;
}

}  // namespace ebpftrace::analyzer
