// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/field_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <variant>

#include "analyzer/query/shown_value.h"
#include "analyzer/text/escape.h"
#include "analyzer/text/human.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

using predicate::FieldKind;

constexpr size_t kMaxReaders = 16;  // a catalogue may hold more types than that
constexpr size_t kNarrow = 8, kWide = 16;

size_t width_of(const predicate::Field& field) {
  size_t width = kNarrow;
  if (field.kind == FieldKind::kText) width = kWide;
  if (field.kind == FieldKind::kTime) width = 14;
  return std::max(width, field.name.size());
}

// What a value is in JSON and in CSV, but for text.
template <typename Value>
void append_value(std::string& out, const Value& value, std::string_view absent) {
  if constexpr (std::is_same_v<Value, std::monostate>) {
    out += absent;
  } else if constexpr (std::is_same_v<Value, bool>) {
    out += value ? "true" : "false";
  } else {
    const fmt::format_int number(value);
    out.append(number.data(), number.size());
  }
}

// What people see of a value. Returns how many columns of a terminal it takes.
template <typename Value>
size_t append_for_people(std::string& out, const predicate::Field& field, const Value& value) {
  const size_t start = out.size();
  if constexpr (std::is_same_v<Value, std::monostate>) {
    out += '-';
  } else if constexpr (std::is_same_v<Value, std::string_view>) {
    return append_terminal(out, value);
  } else if constexpr (std::is_same_v<Value, bool>) {
    out += value ? "yes" : "no";
  } else if constexpr (std::is_same_v<Value, int64_t>) {
    if (field.kind == FieldKind::kTime)
      append_time(out, value);
    else
      append_value(out, value, {});
  } else {
    if (field.kind == FieldKind::kDuration) {
      append_duration(out, value);
      return out.size() - start - (value >= 1000 && std::string_view(out).ends_with("µs"));  // its µ is two bytes
    }
    if (field.kind == FieldKind::kBytes)
      out += human_bytes(value);
    else
      append_value(out, value, {});
  }
  return out.size() - start;
}

}  // namespace

FieldLineWriter::FieldLineWriter(const Session& session, std::vector<predicate::Field> fields, Format format,
                                 bool omit_absent)
    : session_(session),
      fields_(std::move(fields)),
      format_(format),
      omit_absent_(omit_absent),
      payload_(std::make_shared<trace::FramePayload>()) {
  for (const predicate::Field& field : fields_) {
    std::string key;
    append_json(key, field.name);
    keys_.push_back(key + ": ");
    widths_.push_back(width_of(field));
  }
}

FieldLineWriter::~FieldLineWriter() = default;

std::string FieldLineWriter::head() const {
  std::string head;
  if (format_ == Format::kJson) return head;
  for (const predicate::Field& field : fields_) {
    if (format_ == Format::kCsv)
      head += (head.empty() ? "" : ",") + field.name;
    else
      head += fmt::format("{}{:<{}}", head.empty() ? "" : "  ", field.name, width_of(field));
  }
  while (head.ends_with(' ')) head.pop_back();
  return head + "\n";
}

void FieldLineWriter::append_row(std::string& text, size_t row, const std::vector<FieldCells>& cells) {
  if (format_ == Format::kCsv) {
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (i) text += ',';
      show_value(session_, fields_[i], cells[i].value(row), [&](const auto& value) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>)
          append_csv(text, value);
        else
          append_value(text, value, "");
      });
    }
    text += "\r\n";
    return;
  }
  bool first = true;
  if (format_ == Format::kJson) text += '{';
  for (size_t i = 0; i < fields_.size(); ++i) {
    const KeyValue value = cells[i].value(row);
    if (format_ == Format::kJson) {
      if (omit_absent_ && !value.present) continue;
      if (!first) text += ", ";
      text += keys_[i];
      show_value(session_, fields_[i], value, [&](const auto& shown) {
        if constexpr (std::is_same_v<std::decay_t<decltype(shown)>, std::string_view>)
          append_json(text, shown);
        else
          append_value(text, shown, "null");
      });
    } else {
      if (!first) text += "  ";
      const size_t start = text.size(), width = widths_[i];
      size_t columns = 0;
      show_value(session_, fields_[i], value,
                 [&](const auto& shown) { columns = append_for_people(text, fields_[i], shown); });
      const bool to_the_right = fields_[i].kind != FieldKind::kText && fields_[i].kind != FieldKind::kEnum;
      if (to_the_right && columns < width)
        text.insert(start, width - columns, ' ');
      else if (columns < width && i + 1 < fields_.size())
        text.append(width - columns, ' ');
    }
    first = false;
  }
  text += format_ == Format::kJson ? "}\n" : "\n";
}

bool FieldLineWriter::write(const trace::Frame& frame, Rows rows, std::span<Line> to, std::string& text, size_t room) {
  const EventType* type = session_.trace().catalogue().type(frame.type);
  if (!type) return true;
  if (readers_.size() >= kMaxReaders && !readers_.contains(frame.type)) readers_.clear();
  auto& reader = readers_[frame.type];
  if (!reader) reader = std::make_unique<RowReader>(session_, *type, fields_, payload_);
  if (!reader->load(frame)) return true;
  std::vector<FieldCells> cells(fields_.size());
  auto next = rows.begin();
  while (next != rows.end() && reader->next_tile()) {
    const size_t start = reader->tile_start(), end = start + reader->tile_rows();
    Selection wanted;
    for (auto row = next; row != rows.end() && row->first < end; ++row) wanted.set(row->first - start);
    if (wanted.none()) continue;
    for (size_t i = 0; i < fields_.size(); ++i) cells[i] = FieldCells(*reader, i, fields_[i], wanted);
    for (; next != rows.end() && next->first < end; ++next) {
      Line& line = to[next->second];
      line.present = true;
      line.line.offset = static_cast<uint32_t>(text.size());
      append_row(text, next->first - start, cells);
      line.line.size = static_cast<uint32_t>(text.size()) - line.line.offset;
      if (text.size() > room || text.size() > kMostLineBytes) return false;
    }
  }
  return true;
}

}  // namespace ebpftrace::analyzer
