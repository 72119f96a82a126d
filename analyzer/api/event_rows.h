// SPDX-License-Identifier: Apache-2.0
// The events of a recording in order of their start, by their place in that order: what a table of any length shows.
// Nothing is kept for each event: a pass over the times counts how many lie in each of 65,536 stretches of time, and a few
// stretches that were looked at last are held in order. Places are whole after count().
// Any thread; calls wait for each other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/api/result.h"
#include "analyzer/api/session.h"
#include "analyzer/api/timeline.h"

namespace ebpftrace::analyzer {

// Owns its texts, which are bytes that somebody chose: to be escaped for where they go.
struct EventRow {
  EventRef ref;         // for as long as the recording is open
  uint64_t offset = 0;  // in the order, from 0
  int64_t time_ns = 0;  // since the recording's start
  std::optional<uint32_t> cpu;
  uint32_t pid = 0, tid = 0;  // 0: the thread is not described
  std::string process;        // its name at that time
  std::string event;          // a system call's name, or the event's type
  bool is_call = false;
  CallClass call_class = CallClass::kOther;
  std::optional<uint64_t> duration_ns, bytes;  // of a call; bytes that it moved
  std::optional<int64_t> result;               // of a finished call
  std::string args;                            // as strace shows them; of other events "name=value, ..."
  std::string result_text;                     // of a call: "3</etc/passwd>", "-1 ENOENT (No such file or directory)"
  std::optional<std::string> path;
  bool failed = false, unfinished = false, began_before = false, arguments_unknown = false;
  bool returns = true;  // false: a call that never does
};

// What filters, groups and columns can name of an event.
struct EventField {
  std::string name, doc;
  Unit unit = Unit::kText;
  Cell value;
};

class EventRows {
 public:
  // Of the events that pass the filter and began in [from, to), ns since the recording's start; none: no limit. Throws
  // AskError. The session must live as long.
  EventRows(const Session& session, std::string_view filter, std::optional<int64_t> from_ns,
            std::optional<int64_t> to_ns);
  ~EventRows();
  EventRows(const EventRows&) = delete;

  // The pass over all times; later calls return at once. False: it was stopped, and can be repeated.
  bool count(const std::stop_token& stop = {}, const std::function<void(const Progress&)>& progress = {});

  // The following are of what was counted; before, there are no rows.
  uint64_t rows() const;
  // At most so many from that place on; fewer only at the end, or if stopped.
  std::vector<EventRow> read(uint64_t offset, size_t rows, const std::stop_token& stop = {});
  // How many rows began before that time: the place of the first that did not.
  uint64_t offset_of(int64_t time_ns);
  // Nothing: it is not among the rows.
  std::optional<uint64_t> offset_of(const EventRef& event);

  // Any event, whether it is among the rows or not (then its offset is 0). Nothing: there is none.
  std::optional<EventRow> row(const EventRef& event);
  // Those that the event has a value of, whether it is among the rows or not.
  std::vector<EventField> fields(const EventRef& event);
  // "systemd(1) > sshd(612) > nginx(700)": where its process came from; empty: not known.
  std::string ancestry(const EventRef& event);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ebpftrace::analyzer
