// SPDX-License-Identifier: Apache-2.0
// Build-time generator: from events.capnp, the C structs that the BPF programs fill and the C++ that turns each into a
// row of columns; from values.capnp, constants for C and C++, and the words for them.
// usage: generate_records bpf|columns|values|words > FILE
#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

#include "schema/catalogue.h"

namespace {

using ebpftrace::EventType;
using ebpftrace::NamedValue;
using ebpftrace::snake_case;
using ebpftrace::ValueSet;
using ebpftrace::schema::Transport;

constexpr std::string_view kCpuColumn = "cpu";  // comes from the record's head

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// Fixed fields are laid out in the schema's order at their natural size; what alignment leaves open becomes an explicit
// pad, so that -Wpadded stays silent and no uninitialised byte leaves the kernel.
void print_record(const EventType& type) {
  fmt::print("\n/* {} */\nstruct {}_record {{\n\tstruct record_head head;\n", type.doc, type.name);
  size_t at = 8, pads = 0;
  auto align = [&](size_t to) {
    if (size_t gap = (to - at % to) % to) {
      fmt::print("\tu8 pad{}[{}];\n", pads++, gap);
      at += gap;
    }
  };
  for (const auto& column : type.columns) {
    if (column.name == kCpuColumn) continue;
    if (column.is_text()) {
      align(4);
      fmt::print("\tstruct text_size {};\n", snake_case(column.name));
      at += 8;
    } else {
      align(column.bits / 8);
      fmt::print("\tu{} {};\n", column.bits, snake_case(column.name));
      at += column.bits / 8;
    }
  }
  align(8);
  fmt::print("}};\n_Static_assert(sizeof(struct {}_record) == {}, \"as generated\");\n", type.name, at);
}

void print_bpf(const std::vector<EventType>& types) {
  fmt::print(
      "/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */\n"
      "/* Generated from schema/events.capnp. Texts follow their record in the order of the text_size fields. */\n"
      "#pragma once\n#ifdef __cplusplus\n#define _Static_assert static_assert\n#endif\n#include \"bpf/shared.h\"\n\n"
      "enum event_type {{\n");
  for (const auto& type : types) fmt::print("\tEVENT_{} = {},\n", upper(type.name), type.id);
  fmt::print("}};\n");
  for (const auto& type : types)
    if (type.transport != Transport::PER_CPU_RING) print_record(type);
}

void print_columns(const std::vector<EventType>& types) {
  fmt::print(
      "// SPDX-License-Identifier: Apache-2.0\n"
      "// Generated from schema/events.capnp: column numbers, and one append function per generated record.\n"
      "#pragma once\n#include <cstddef>\n#include <span>\n\n#include \"bpf/records.h\"\n\nnamespace "
      "ebpftrace {{\n");
  for (const auto& type : types) {
    fmt::print("\nnamespace {}_columns {{\nenum : unsigned {{", type.name);
    for (const auto& column : type.columns) fmt::print(" {},", snake_case(column.name));
    fmt::print(" count }};\n}}\n");
  }
  for (const auto& type : types) {
    if (type.transport == Transport::PER_CPU_RING) continue;
    fmt::print(
        "\n// Row must have room. False: the record is too short for what it claims; nothing was appended.\n"
        "template <typename Rows>\n"
        "bool append_{0}(Rows& rows, std::span<const std::byte> bytes) {{\n"
        "  if (bytes.size() < sizeof({0}_record)) return false;\n"
        "  const auto& record = *reinterpret_cast<const {0}_record*>(bytes.data());\n"
        "  [[maybe_unused]] std::span<const std::byte> texts = bytes.subspan(sizeof record);\n",
        type.name);
    for (unsigned i = 0; i < type.columns.size(); ++i) {
      const auto name = snake_case(type.columns[i].name);
      if (type.columns[i].is_text())
        fmt::print("  if (!rows.set_text({}, record.{}, texts)) return false;\n", i, name);
      else if (type.columns[i].name == kCpuColumn)
        fmt::print("  rows.set({}, record.head.cpu);\n", i);
      else
        fmt::print("  rows.set({}, record.{});\n", i, name);
    }
    fmt::print("  rows.end_row();\n  return true;\n}}\n");
  }
  fmt::print(
      "\n// Dispatch on the type id. False: unknown type or bad record.\ntemplate <typename RowsOf>\n"
      "bool append_record(uint16_t type, RowsOf&& rows_of, std::span<const std::byte> bytes) {{\n  switch (type) {{\n");
  for (const auto& type : types)
    if (type.transport != Transport::PER_CPU_RING)
      fmt::print("    case {0}: return append_{1}(rows_of({0}), bytes);\n", type.id, type.name);
  fmt::print("    default: return false;\n  }}\n}}\n\n}}  // namespace ebpftrace\n");
}

// A set none of whose values has a name in C is left out.
void print_values(const ValueSet& set) {
  std::string constants;
  uint64_t largest = 0;
  for (const NamedValue& value : set.values) {
    largest = std::max(largest, value.value);
    if (value.constant.empty()) continue;
    if (set.bit_numbers && !std::has_single_bit(value.value))
      throw std::invalid_argument(set.name + ": " + value.name + " is not one bit");
    const auto number = set.bit_numbers ? static_cast<uint64_t>(std::countr_zero(value.value)) : value.value;
    constants += fmt::format("\t{} = {}, /* {} */\n", value.constant, number, value.doc);
  }
  if (constants.empty()) return;
  fmt::print("\nenum {} {{\n{}", set.name, constants);
  if (!set.end.empty()) fmt::print("\t{} = {},\n", set.end, largest + 1);
  fmt::print("}};\n");
}

void print_all_values(const std::vector<ValueSet>& sets) {
  fmt::print(
      "/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */\n"
      "/* Generated from schema/values.capnp: what columns hold, for C and C++. */\n#pragma once\n");
  for (const ValueSet& set : sets) print_values(set);
}

// verdict -> kVerdictWords
std::string words_name(std::string_view set) {
  std::string name = "k";
  bool start = true;
  for (const char c : set) {
    if (c != '_') name += start ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    start = c == '_';
  }
  return name + "Words";
}

void print_words(const std::vector<ValueSet>& sets) {
  fmt::print(
      "// SPDX-License-Identifier: Apache-2.0\n"
      "// Generated from schema/values.capnp: the words of this version. What a trace says has the trace's own.\n"
      "#pragma once\n\n#include \"schema/value_word.h\"\n\nnamespace ebpftrace {{\n");
  for (const ValueSet& set : sets) {
    fmt::print("\ninline constexpr ValueWord {}[] = {{", words_name(set.name));
    for (const NamedValue& value : set.values) fmt::print("{{{}, \"{}\"}}, ", value.value, value.name);
    fmt::print("}};\n");
  }
  fmt::print("\n}}  // namespace ebpftrace\n");
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string_view what = argc == 2 ? argv[1] : "";
  const auto types = ebpftrace::event_catalogue();
  if (what == "bpf") {
    print_bpf(types);
  } else if (what == "columns") {
    print_columns(types);
  } else if (what == "values") {
    print_all_values(ebpftrace::value_sets());
  } else if (what == "words") {
    print_words(ebpftrace::value_sets());
  } else {
    fmt::print(stderr, "usage: generate_records bpf|columns|values|words\n");
    return 1;
  }
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "generate_records: {}\n", error.what());
  return 1;
}
