// SPDX-License-Identifier: Apache-2.0
// The account of a topic of events (ebpf-ship --events), from the topic alone: what the recorders said, what was told of it, and
// whether each event is there.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ship/kafka/record.h"
#include "ship/load/audit.h"

namespace ebpftrace::ship {

class EventAudit {
 public:
  void add(const FrameRecord& record, std::string_view value);
  // `loaded` of its rows is told: rows whose events are all in the topic, or were left out by the filter.
  Audit finish() const;

 private:
  struct Stretch {
    std::optional<ToldFrames> told;  // nothing: its end has not come
    uint64_t events = 0;             // by its end
    std::vector<bool> seen;          // events by their number
    bool differs = false;            // it came again, and was another one

    uint64_t missing() const;
  };
  struct Part {
    std::map<uint64_t, Stretch> stretches;  // by the offset where their frames begin
    std::map<uint64_t, DroppedRows> dropped;
    std::optional<uint64_t> end;
  };
  struct Recording {
    trace::Id host{};
    std::map<uint32_t, Part> parts;
  };

  void finish_recording(const trace::Id& id, const Recording& recording, Audit& audit) const;
  void finish_part(const std::string& name, const Part& part, bool is_last, std::vector<std::string>& gaps) const;

  std::map<trace::Id, Recording> recordings_;
};

}  // namespace ebpftrace::ship
