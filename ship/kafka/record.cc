// SPDX-License-Identifier: Apache-2.0
#include "ship/kafka/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace ebpftrace::ship {
namespace {

constexpr std::string_view kKinds[] = {"frame", "end", "dropped", "event", "stretch"};
constexpr size_t kMostTypes = 4096;

template <typename Number>
bool read_number(std::string_view text, Number& to) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// Up to the next blank, which goes too.
std::string_view take_word(std::string_view& rest) {
  const size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

}  // namespace

std::string hex(const trace::Id& id) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : id) {
    text += kDigits[static_cast<unsigned>(byte) >> 4];
    text += kDigits[static_cast<unsigned>(byte) & 15];
  }
  return text;
}

std::optional<trace::Id> id_of_hex(std::string_view text) {
  trace::Id id;
  if (text.size() != 2 * id.size()) return std::nullopt;
  for (size_t i = 0; i < id.size(); ++i) {
    unsigned value = 0;
    const char* const from = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(from, from + 2, value, 16);
    if (error != std::errc() || end != from + 2) return std::nullopt;
    id[i] = static_cast<std::byte>(value);
  }
  return id;
}

rd_kafka_headers_t* make_headers(const FrameRecord& record) {
  rd_kafka_headers_t* const headers = rd_kafka_headers_new(5);
  auto add = [&](const char* name, std::string_view value) {
    rd_kafka_header_add(headers, name, -1, value.data(), static_cast<ssize_t>(value.size()));
  };
  add("kind", kKinds[static_cast<size_t>(record.kind)]);
  add("recording", hex(record.recording));
  add("part", std::to_string(record.part));
  add("offset", std::to_string(record.offset));
  add("rows", std::to_string(record.rows));
  return headers;
}

std::optional<FrameRecord> record_of(const rd_kafka_message_t& message) {
  FrameRecord record;
  const std::string_view key(static_cast<const char*>(message.key), message.key ? message.key_len : 0);
  const size_t slash = key.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto host = id_of_hex(key.substr(0, slash)), boot = id_of_hex(key.substr(slash + 1));
  rd_kafka_headers_t* headers = nullptr;
  if (!host || !boot || rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  record.host = *host;
  record.boot = *boot;
  auto get = [&](const char* name) {
    const void* value = nullptr;
    size_t size = 0;
    if (rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) size = 0;
    return std::string_view(static_cast<const char*>(value), value ? size : 0);
  };
  const auto kind = std::find(std::begin(kKinds), std::end(kKinds), get("kind"));
  const auto recording = id_of_hex(get("recording"));
  if (kind == std::end(kKinds) || !recording) return std::nullopt;
  record.kind = static_cast<FrameRecord::Kind>(kind - std::begin(kKinds));
  record.recording = *recording;
  if (!read_number(get("part"), record.part) || !read_number(get("offset"), record.offset) ||
      !read_number(get("rows"), record.rows))
    return std::nullopt;
  return record;
}

uint64_t DroppedRows::recorded() const {
  uint64_t sum = 0;
  for (const auto& [type, rows] : by_type) sum += rows.recorded;
  return sum;
}

std::string text_of(const DroppedRows& dropped) {
  std::string text = fmt::format("to_part {}\n", dropped.to_part);
  if (dropped.until_ns) text += fmt::format("until_ns {}\n", dropped.until_ns);
  if (dropped.frames) text += fmt::format("frames {}\n", *dropped.frames);
  for (const auto& [type, rows] : dropped.by_type)
    text += fmt::format("rows {} {} {}\n", type, rows.recorded, rows.lost);
  return text;
}

namespace {

// take(what, rest of the line) for each line; false, if one is not understood.
template <typename Take>
bool for_each_line(std::string_view text, Take&& take) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view what = take_word(line);
    if (!take(what, line)) return false;
  }
  return true;
}

bool read_rows(std::string_view line, std::map<uint16_t, RecordedRows>& to) {
  uint16_t type = 0;
  RecordedRows rows;
  if (!read_number(take_word(line), type) || !read_number(take_word(line), rows.recorded) ||
      !read_number(take_word(line), rows.lost) || to.size() >= kMostTypes)
    return false;
  to[type] = rows;
  return true;
}

}  // namespace

std::optional<DroppedRows> dropped_of(std::string_view text) {
  DroppedRows dropped;
  bool has_part = false;
  const bool sound = for_each_line(text, [&](std::string_view what, std::string_view line) {
    if (what == "to_part") return has_part = read_number(line, dropped.to_part);
    if (what == "until_ns") return read_number(line, dropped.until_ns);
    if (what == "frames") return read_number(line, dropped.frames.emplace());
    return what != "rows" || read_rows(line, dropped.by_type);  // else it is what a later ship says
  });
  return sound && has_part ? std::optional(dropped) : std::nullopt;
}

std::string text_of(const ToldFrames& told) {
  std::string text = fmt::format("to {}\n", told.to);
  if (told.too_large) text += fmt::format("too_large {}\n", told.too_large);
  for (const auto& [type, rows] : told.rows) text += fmt::format("rows {} {}\n", type, rows);
  for (const auto& [type, rows] : told.sums) text += fmt::format("status {} {} {}\n", type, rows.recorded, rows.lost);
  return told.final ? text + "final\n" : text;
}

std::optional<ToldFrames> told_of(std::string_view text) {
  ToldFrames told;
  const bool sound = for_each_line(text, [&](std::string_view what, std::string_view line) {
    if (what == "to") return read_number(line, told.to);
    if (what == "too_large") return read_number(line, told.too_large);
    if (what == "status") return read_rows(line, told.sums);
    if (what == "rows") {
      uint16_t type = 0;
      return read_number(take_word(line), type) && told.rows.size() < kMostTypes && read_number(line, told.rows[type]);
    }
    if (what == "final") told.final = true;
    return true;
  });
  return sound && told.to ? std::optional(told) : std::nullopt;
}

}  // namespace ebpftrace::ship
