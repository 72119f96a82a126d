// SPDX-License-Identifier: Apache-2.0
#include "ship/send/event_source.h"

#include "analyzer/api/export_file.h"
#include "analyzer/api/question.h"
#include "ship/front_bytes.h"
#include "trace/read/trace.h"

namespace ebpftrace::ship {

Stretch next_stretch(const PartReader& part, size_t first, bool finished) {
  const trace::Frames& frames = part.frames();
  for (size_t at = first; at < frames.size(); ++at)
    if (frames[at].is(trace::FrameKind::kStatus)) return {first, at + 1};
  return {first, finished ? std::max(first, frames.size()) : first};
}

void for_each_event_line(const PartReader& part, const Stretch& stretch, const std::string& filter,
                         const std::function<void(std::string_view)>& take) {
  const uint64_t end = part.frames()[stretch.last - 1].end();
  const analyzer::Session session(std::make_unique<trace::Trace>(std::make_shared<FrontBytes>(part.bytes(), end)));
  analyzer::Asked asked;
  asked.filter = filter;
  asked.first_frame = stretch.first;
  asked.reading = analyzer::Reading::kRows;
  std::string rest;
  analyzer::write_answer(*analyzer::find_question("events"), session, asked, analyzer::Format::kJson,
                         [&](std::string_view piece) {
                           rest += piece;
                           size_t at = 0;
                           for (size_t end; (end = rest.find('\n', at)) != std::string::npos; at = end + 1)
                             take(std::string_view(rest).substr(at, end - at));
                           rest.erase(0, at);
                         });
  if (!rest.empty()) take(rest);
}

}  // namespace ebpftrace::ship
