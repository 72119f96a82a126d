// SPDX-License-Identifier: Apache-2.0
#include "tests/script.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tests/script_author.h"
#include "trace/read/trace_bytes.h"

namespace ebpftrace {

using namespace analyzer;

std::vector<std::vector<std::byte>> script_parts(std::string_view text) {
  constexpr std::string_view kSmall = "small header\n";
  const bool small = text.starts_with(kSmall);
  if (small) text.remove_prefix(kSmall.size());
  ScriptAuthor author(small, text.find("rotate\n") != std::string_view::npos,
                      text.find(ScriptAuthor::kNoDurations) == std::string_view::npos);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    try {
      author.add_line(line);
    } catch (const std::exception& error) {
      throw std::invalid_argument("script line '" + std::string(line) + "': " + error.what());
    }
  }
  return author.finish();
}

std::vector<std::byte> script_bytes(std::string_view text) {
  auto parts = script_parts(text);
  if (parts.size() != 1) throw std::invalid_argument("the script makes several files");
  return std::move(parts.front());
}

trace::Trace trace_of(std::vector<std::byte> bytes) { return trace::Trace(trace::in_memory(std::move(bytes))); }

trace::Trace script(std::string_view text) { return trace_of(script_bytes(text)); }

std::string csv(Result result, const std::vector<std::string>& columns) {
  std::vector<size_t> wanted;
  for (size_t i = 0; i < result.columns().size(); ++i)
    if (std::find(columns.begin(), columns.end(), result.columns()[i].name) != columns.end()) wanted.push_back(i);
  if (!columns.empty()) result.choose(wanted);
  std::string out;
  write_csv(result, [&](std::string_view piece) { out += piece; });
  std::erase(out, '\r');
  return out;
}

std::string json(const Result& result) {
  std::string out;
  write_json(result, [&](std::string_view piece) { out += piece; });
  return out;
}

std::string text(const Result& result, size_t width) {
  std::string out;
  write_text(result, width, [&](std::string_view piece) { out += piece; });
  return out;
}

std::string event_lines(const trace::Trace& trace, size_t limit) {
  std::string out;
  for_each_event(trace, limit, [&](const Event& event) {
    for_each_event_cell(
        event, [&](bool known, auto value) { out += (known ? std::to_string(value) : "-") + ' '; },
        [&](bool known, std::string_view value, bool cut) {
          out += known && !value.empty() ? value : std::string_view("-");
          out += cut ? "... " : " ";
        });
    out += '-';  // whether the path is deleted
    out += '\n';
    return true;
  });
  return out;
}

}  // namespace ebpftrace
