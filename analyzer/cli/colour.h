// SPDX-License-Identifier: Apache-2.0
// What stands out for people on a terminal: headings, errors, losses. Only colours are added: text without them is the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "analyzer/api/question.h"

namespace ebpftrace::analyzer {

enum class Colour : uint8_t { kAuto, kAlways, kNever };

// kAuto: standard output is a terminal that has colours, and NO_COLOR (no-color.org) is not set or empty.
bool in_colour(Colour colour);

// Paints what is written to it, line by line. finish() before the end: the last line may have no end.
class Painter {
 public:
  enum class Lines : uint8_t { kAsTheyAre, kTable, kEvents };  // kTable: the first line has the headings

  Painter(bool colour, Lines lines, Write write) : lines_(lines), colour_(colour), write_(std::move(write)) {}

  void write(std::string_view text);
  void finish();

 private:
  void paint(std::string& out, std::string_view line);

  Lines lines_;
  bool colour_, at_heading_ = true;
  Write write_;
  std::string rest_;  // of a line without its end
};

// Lines of an answer that is a table, unless it is a picture or has facts instead.
Painter::Lines lines_of(const Result& result);

// The answer on standard output, as wide as that is.
void print_result(const Result& result, Format format, Colour colour);

}  // namespace ebpftrace::analyzer
