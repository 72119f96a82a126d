// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/coverage.h"

#include <algorithm>

namespace ebpftrace::analyzer {

namespace {

using Types = std::set<std::string, std::less<>>;

// nullptr: all.
Coverage coverage(const trace::Trace& trace, const Types* types) {
  Coverage coverage;
  coverage.complete = trace.complete();
  coverage.lost_known = trace.losses().known;
  for (const trace::Loss& loss : trace.losses().list) {
    const EventType* type = trace.catalogue().type(loss.type);
    const std::string name = type ? type->name : "type " + std::to_string(loss.type);
    if (types && !types->contains(name)) continue;
    coverage.lost = coverage.lost + loss.count < coverage.lost ? UINT64_MAX : coverage.lost + loss.count;
    coverage.losses.push_back({name, trace::reason_name(loss.reason), loss.cpu, loss.count});
  }
  return coverage;
}

}  // namespace

Coverage coverage_of(const trace::Trace& trace) { return coverage(trace, nullptr); }
Coverage coverage_of(const trace::Trace& trace, const trace::ReadScope& scope) {
  const Types types = scope.types();
  return coverage(trace, &types);
}

void mark_bounds(Result& result, std::initializer_list<std::string_view> columns) {
  if (result.coverage.lost_known && !result.coverage.lost && !result.stopped) return;
  for (const std::string_view name : columns) {
    const auto column = result.column(name);
    if (column && !result.columns()[*column].heading.empty())
      result.set_heading(name, "≥" + result.columns()[*column].heading);
  }
}

}  // namespace ebpftrace::analyzer
