// SPDX-License-Identifier: Apache-2.0
// An event as a line of JSON: the cells of event_columns(), and what only some events have. One per thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/questions/events.h"
#include "analyzer/text/json_text.h"

namespace ebpftrace::analyzer {

class EventJson : JsonText {
 public:
  EventJson();
  void append(std::string& out, const Event& event);

 private:
  void make_room(const Event& event);
  void put_argument(const EventArgument& argument);
  void put_arguments(const Event& event);

  std::vector<JsonKey> keys_;
};

}  // namespace ebpftrace::analyzer
