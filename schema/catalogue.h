// SPDX-License-Identifier: Apache-2.0
// The event catalogue of events.capnp, and the value sets of values.capnp, as plain data, by reflection on the compiled
// schema.
// Used by the generator at build time and by the recorder and analyzer at run time. Immutable after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/annotations.capnp.h"

namespace ebpftrace {

struct ColumnType {
  std::string name;    // as in the schema: timeNs
  unsigned bits = 64;  // 8, 16, 32, 64; 0: text
  std::string unit;
  schema::Display display = schema::Display::INTEGER;
  schema::Coding coding = schema::Coding::PACKED;
  std::optional<unsigned> coding_of;  // column that the coding needs
  std::string refers_to;              // "thread", "file" or empty
  std::string doc;
  unsigned group = 0;  // of a block, below kMaxColumnGroups of frame.h
  std::string values;  // the set that has the names of its values, or empty

  bool is_text() const { return bits == 0; }
};

struct EventType {
  uint16_t id = 0;
  std::string name;
  std::string hook;
  std::string doc;
  schema::Transport transport = schema::Transport::LIFE_RING;
  bool dictionary = false;
  std::vector<ColumnType> columns;

  std::optional<unsigned> column(std::string_view name) const;
  // One more than its columns' largest group.
  unsigned groups() const;
  // Where its text columns are: all in one group, which has the strings too.
  unsigned text_group() const;
  // Its rows are something that a thread did at a moment: no descriptions, and no counters of the machine.
  bool is_event() const { return !dictionary && name != "metrics"; }
};

struct NamedValue {
  uint64_t value = 0;
  std::string name;
  std::string doc;
  std::string constant = {};  // in C; empty if it has none, and in what was read from a trace
};

struct ValueSet {
  std::string name;
  bool is_flags = false;
  std::vector<NamedValue> values;
  std::string end = {};      // in C: name of one more than the largest value, or empty
  bool bit_numbers = false;  // in C: constants are numbers of bits
};

// Every event type of events.capnp, in its order.
std::vector<EventType> event_catalogue();

// Every set of values.capnp, in its order.
std::vector<ValueSet> value_sets();

// timeNs -> time_ns
std::string snake_case(std::string_view camel);

}  // namespace ebpftrace
