// SPDX-License-Identifier: Apache-2.0
// An event as a line of JSON: the cells of event_columns(), and what only some events have. One per thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/questions/events.h"

namespace ebpftrace::analyzer {

class EventJson {
 public:
  EventJson();
  void append(std::string& out, const Event& event);

 private:
  void make_room(const Event& event);
  void put(std::string_view text);
  void put_string(std::string_view text, bool cut = false);
  template <typename Number>
  void put_number(Number number);
  void put_argument(const EventArgument& argument);
  void put_arguments(const Event& event);

  std::vector<std::string> keys_;
  std::unique_ptr<char[]> line_;
  size_t room_ = 0;
  char* to_ = nullptr;  // behind what there is of the line
};

}  // namespace ebpftrace::analyzer
