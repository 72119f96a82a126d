// SPDX-License-Identifier: Apache-2.0
#include "analyzer/exports/exported_rows.h"

#include <vector>

#include "analyzer/fields/relation.h"
#include "analyzer/query/moments.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {

Choice choose_rows(const Session& session, const Asked& asked) {
  const trace::Trace& trace = session.trace();
  std::vector<std::string_view> types;
  for (const EventType& type : trace.catalogue().types)
    if (!type.dictionary) types.push_back(type.name);
  const Relation rows(&session, trace.catalogue(), "events", "", types);
  return choose(rows, asked.filter, Moments(trace).range(asked.from, asked.to));
}

uint64_t event_rows(const trace::Trace& trace) {
  uint64_t rows = 0;
  for (const trace::Frame& frame : trace.frames()) {
    if (!frame.is(trace::FrameKind::kBlock)) continue;
    const EventType* type = trace.catalogue().type(frame.type);
    if (type && type->is_event()) rows += frame.count;
  }
  return rows;
}

void for_each_counter(const Session& session, const Choice& choice, const std::function<bool(const Counter&)>& take) {
  const trace::Trace& trace = session.trace();
  const EventType* type = trace.catalogue().type("metrics");
  if (!type) return;
  std::vector<std::string_view> names;
  std::vector<std::string> shown;
  for (const ColumnType& column : type->columns) {
    names.push_back(column.name);
    shown.push_back(snake_case(column.name));
  }
  const auto time = type->column("timeNs"), interval = type->column("intervalNs"), cpu = type->column("cpu"),
             unavailable = type->column("unavailable");
  if (!time) return;
  const auto payload = std::make_shared<trace::FramePayload>();
  Sieve sieve(session, choice, payload);
  trace::Block block(trace, *type, names, payload);
  for (const uint32_t position : trace.blocks_of("metrics")) {
    const trace::Frame frame = trace.frames()[position];
    if (!sieve.load(frame) || !block.load(frame)) continue;
    bool more = true;
    while (more && block.next_tile())
      sieve.selected(block.tile_start() / predicate::kTileRows).for_each([&](size_t row) {
        auto value = [&](std::optional<unsigned> column) { return column ? block.column(*column)[row] : 0; };
        for (unsigned column = 0; more && column < type->columns.size(); ++column) {
          if (column == time || column == interval || column == cpu || column == unavailable) continue;
          if (type->columns[column].is_text() || (column < 64 && value(unavailable) >> column & 1)) continue;
          const uint64_t end = value(time);
          more = take({column, shown[column], type->columns[column].unit, static_cast<uint32_t>(value(cpu)),
                       end - std::min(end, value(interval)), end, value(column)});
        }
      });
    if (!more) return;
  }
}

}  // namespace ebpftrace::analyzer
