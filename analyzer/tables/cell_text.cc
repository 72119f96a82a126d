// SPDX-License-Identifier: Apache-2.0
#include "analyzer/tables/cell_text.h"

#include "analyzer/text/escape.h"
#include "analyzer/text/human.h"

namespace ebpftrace::analyzer {

ShownCell shown_cell(const Cell& cell, Unit unit) {
  ShownCell shown;
  if (const auto* text = std::get_if<std::string>(&cell)) {
    shown.columns = append_terminal(shown.text, *text);
    return shown;
  }
  if (std::holds_alternative<std::monostate>(cell)) return {"-", 1};
  if (const auto* value = std::get_if<bool>(&cell)) return *value ? ShownCell{"yes", 3} : ShownCell{};
  if (const auto* processes = std::get_if<ProcessesCell>(&cell)) {
    if (processes->empty()) return {"-", 1};
    std::string text = processes->front().name;
    if (processes->size() > 1) text += " +" + std::to_string(processes->size() - 1);
    shown.columns = append_terminal(shown.text, text);
    return shown;
  }
  if (const auto* value = std::get_if<double>(&cell)) {
    shown.text = unit == Unit::kBytes ? human_bytes(static_cast<uint64_t>(*value)) : human_number(*value);
    shown.columns = shown.text.size();
    return shown;
  }
  const auto* number = std::get_if<uint64_t>(&cell);
  const int64_t value = number ? static_cast<int64_t>(*number) : std::get<int64_t>(cell);
  switch (unit) {
    case Unit::kBytes:
      shown.text = human_bytes(static_cast<uint64_t>(value));
      break;
    case Unit::kDuration:
      shown.text = human_duration(static_cast<uint64_t>(value));
      break;
    case Unit::kTime:
      shown.text = human_time(value);
      break;
    default:
      shown.text = number ? std::to_string(*number) : std::to_string(value);
  }
  std::string ignored;
  shown.columns = append_terminal(ignored, shown.text);
  return shown;
}

}  // namespace ebpftrace::analyzer
