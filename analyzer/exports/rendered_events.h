// SPDX-License-Identifier: Apache-2.0
// Events in the order of their start, each made into what an export has of it on all threads and put in that order by one.
#pragma once

#include <utility>

#include "analyzer/exports/exported_rows.h"
#include "analyzer/query/row_renderer.h"
#include "analyzer/questions/ordered_events.h"
#include "analyzer/text/line.h"

namespace ebpftrace::analyzer {

// What an export has of an event, but for what depends on the events before it.
struct EventPiece : Line {
  uint32_t thread = 0;  // id in the trace
  uint32_t track = 0;   // Tracks::Track::thread
};

// Writer, Row: as RowRenderer has them; a writer is made of `first` and EventTextSources. put(row, text): one call after the
// other, on one thread at a time; what it appends to out.text() is written. Progress is in events, of `all`.
template <typename Writer, typename Row, typename Put, typename... First>
void write_rendered(const Session& session, const Choice& choice, const Asked& asked, ExportText& out, uint64_t all,
                    const Put& put, const First&... first) {
  const Watch stop_only(Asked{.stop = asked.stop});
  uint64_t done = 0;
  OrderedEvents events(session, choice, SIZE_MAX, 0, &stop_only);
  RowRenderer<Writer, Row> renderer(session.trace(), events.template writers<Writer>(first...));
  events.for_each_window([&](std::span<const EventKey> keys) {
    return renderer.hand_over_behind(keys, [&](const Row& row, const std::string& text) {
      put(row, text);
      return out.row_done(++done, all);
    });
  });
  renderer.finish();
}

}  // namespace ebpftrace::analyzer
