// SPDX-License-Identifier: Apache-2.0
#include "analyzer/tables/event_json.h"

#include <initializer_list>
#include <utility>

#include "analyzer/tables/event_lines.h"
#include "analyzer/text/escape.h"
#include "analyzer/text/quote.h"

namespace ebpftrace::analyzer {

EventJson::EventJson() {
  for (const ResultColumn& column : event_columns()) {
    std::string key = keys_.empty() ? "{" : ", ";
    append_json(key, column.name);
    keys_.emplace_back(key + ": ");
  }
}

// Lines are put together where there is room for the longest that this one can be.
void EventJson::make_room(const Event& event) {
  size_t room = 1024;  // numbers and keys
  for (const std::string_view text : {event.process, event.event, event.args}) room += json_room(text);
  for (const auto* text : {&event.path, &event.path2, &event.cwd, &event.exe, &event.program, &event.text})
    if (*text) room += json_room(**text);
  for (const EventArgument& argument : event.arguments) room += json_room(argument.name) + json_room(argument.text);
  start(room);
}

// Numbers are numbers, a descriptor is its number, a text is the text; the rest is as the call shows it.
void EventJson::put_argument(const EventArgument& argument) {
  std::string_view text = argument.text;
  if (argument.form == EventArgument::Form::kNumber) {
    const size_t sign = text.starts_with('-') ? 1 : 0;
    size_t digits = sign;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
    if (digits > sign && (digits == text.size() || text[digits] == '<')) return put(text.substr(0, digits));
    if (text.starts_with("AT_FDCWD<")) text = text.substr(0, text.find('<'));
  }
  if (text.size() >= 2 && text.front() == '"') {
    const bool cut = text.ends_with("\"...");
    text = text.substr(1, text.size() - 2 - (cut ? 3 : 0));
    return text.find('\\') == text.npos ? put_string(text, cut) : put_string(unescaped(text), cut);
  }
  put_string(text);
}

void EventJson::put_arguments(const Event& event) {
  put(", \"arguments\": {");
  bool first = true;
  for (size_t i = 0; i < event.arguments.size(); ++i) {
    const EventArgument& argument = event.arguments[i];
    if (argument.form == EventArgument::Form::kNone) continue;
    if (!first) put(", ");
    first = false;
    if (argument.name.empty()) {
      put("\"arg");
      put(static_cast<char>('0' + i));
      put("\"");
    } else {
      put_string(argument.name);
    }
    put(": ");
    put_argument(argument);
  }
  put("}");
}

void EventJson::append(std::string& out, const Event& event) {
  make_room(event);
  size_t next = 0;
  for_each_event_cell(
      event,
      [&](bool known, auto value) {
        put(keys_[next++]);
        if (known)
          put_number(value);
        else
          put("null");
      },
      [&](bool known, std::string_view value, bool cut) {
        put(keys_[next++]);
        if (known)
          put_string(value, cut);
        else
          put("null");
      });
  if (event.is_32bit) put(", \"is_32bit\": true");
  if (event.path && event.path_deleted) put(", \"path_deleted\": true");
  // Only where there is something to say.
  for (const auto& [key, value] : {std::pair(", \"path2\": ", &event.path2),
                                   {", \"cwd\": ", &event.cwd},
                                   {", \"exe\": ", &event.exe},
                                   {", \"program\": ", &event.program},
                                   {", \"text\": ", &event.text}}) {
    if (!*value) continue;
    put(key);
    put_string(**value);
  }
  if (event.bytes) {
    put(", \"bytes\": ");
    put_number(*event.bytes);
  }
  if (event.peeked_bytes) {
    put(", \"peeked_bytes\": ");
    put_number(event.peeked_bytes);
  }
  if (event.is_call) put_arguments(event);
  if (event.began_before) put(", \"began_before\": true");
  if (event.arguments_unknown) put(", \"arguments_unknown\": true");
  put("}\n");
  out += JsonText::text();
}

}  // namespace ebpftrace::analyzer
