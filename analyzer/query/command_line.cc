// SPDX-License-Identifier: Apache-2.0
#include "analyzer/api/command_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/text/shell_quote.h"
#include "predicate/moment.h"

namespace ebpftrace::analyzer {

std::string command_line(std::span<const std::string> files, const Question& question, const Asked& asked) {
  std::string words;  // each ended by a zero byte
  auto add = [&](std::string_view word) {
    words += word;
    words += '\0';
  };
  add("ebpf-analyze");
  for (const std::string& file : files) add(file.starts_with('-') && file != "-" ? "./" + file : file);
  std::string option = "--" + std::string(question.name);
  std::replace(option.begin(), option.end(), '_', '-');
  auto add_value = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    const bool is_of_words = name == "--sort" || name == "--from" || name == "--to";
    if (value.starts_with('-') && !is_of_words) {
      add(fmt::format("{}={}", name, value));  // else it would be taken for an option
    } else {
      add(name);
      add(value);
    }
  };
  if (asked.argument.empty())
    add(option);
  else
    add_value(option, asked.argument);
  for (const auto& [name, value] : asked.options) {
    std::string own = "--" + name;
    std::replace(own.begin(), own.end(), '_', '-');
    if (value.empty())
      add(own);
    else
      add_value(own, value);
  }
  add_value("--filter", asked.filter);
  add_value("--from", asked.from);
  add_value("--to", asked.to);
  add_value("--by", fmt::format("{}", fmt::join(asked.by, ",")));
  if (!asked.sort.empty()) add_value("--sort", (asked.descending ? "-" : "") + asked.sort);
  add_value("--columns", fmt::format("{}", fmt::join(asked.columns, ",")));
  for (const std::string& threshold : asked.warn) add_value("--warn", threshold);
  if (asked.limit != SIZE_MAX)
    add_value("-n", std::to_string(asked.limit));
  else if (question.ranked && question.takes.limit)
    add_value("-n", "0");  // people get the first of it otherwise
  if (asked.reading == Reading::kRows) add("--no-summaries");
  return quote_argv(words);
}

std::string moment_text(int64_t since_start_ns) {
  predicate::Moment moment;
  moment.ns = std::max<int64_t>(since_start_ns, 0);
  return predicate::to_string(moment);
}

}  // namespace ebpftrace::analyzer
