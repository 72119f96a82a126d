// SPDX-License-Identifier: Apache-2.0
#include "analyzer/cli/colour.h"

#include <cstdlib>

#include "analyzer/cli/terminal.h"
#include "analyzer/tables/table.h"

namespace ebpftrace::analyzer {
namespace {

// ECMA-48, 8.3.117 SGR.
constexpr std::string_view kBold = "\x1b[1m", kFaint = "\x1b[2m", kRed = "\x1b[31m", kYellow = "\x1b[33m",
                           kPlain = "\x1b[0m";

void append(std::string& out, std::string_view style, std::string_view text) {
  out += style;
  out += text;
  out += kPlain;
}

}  // namespace

bool in_colour(Colour colour) {
  if (colour != Colour::kAuto) return colour == Colour::kAlways;
  const char *no = std::getenv("NO_COLOR"), *terminal = std::getenv("TERM");
  return writes_to_terminal() && !(no && *no) && !(terminal && std::string_view(terminal) == "dumb");
}

void Painter::write(std::string_view text) {
  if (!colour_) return write_(text);
  std::string out;
  for (size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1)) {
    rest_ += text.substr(0, end);
    paint(out, rest_);
    out += '\n';
    rest_.clear();
  }
  rest_ += text;
  if (!out.empty()) write_(out);
}

void Painter::finish() {
  if (rest_.empty()) return;
  std::string out;
  paint(out, rest_);
  rest_.clear();
  write_(out);
}

void Painter::paint(std::string& out, std::string_view line) {
  if (line.starts_with("lost: ")) return append(out, kRed, line);
  if (line.starts_with("shortfall: ")) return append(out, kYellow, line);
  if (lines_ == Lines::kTable && at_heading_) {
    at_heading_ = false;
    return append(out, kBold, line);
  }
  const size_t result = lines_ == Lines::kEvents ? line.rfind(") = ") : std::string_view::npos;
  const size_t took = result == std::string_view::npos ? result : line.rfind(" <");
  if (took == std::string_view::npos || took < result) {
    out += line;
    return;
  }
  const std::string_view value = line.substr(result + 4, took - result - 4);
  out += line.substr(0, result + 4);
  if (value.starts_with("-1 E"))
    append(out, kRed, value);
  else
    out += value;
  append(out, kFaint, line.substr(took));
}

Painter::Lines lines_of(const Result& result) {
  return result.rows() && result.facts.empty() && !result.draw ? Painter::Lines::kTable : Painter::Lines::kAsTheyAre;
}

void print_result(const Result& result, Format format, Colour colour) {
  Painter painter(format == Format::kTable && in_colour(colour), lines_of(result), write_out);
  write_result(result, format, terminal_width(), [&](std::string_view piece) { painter.write(piece); });
  painter.finish();
}

}  // namespace ebpftrace::analyzer
