// SPDX-License-Identifier: Apache-2.0
#include "trace/read/part_names.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>

#include "trace/read/trace_error.h"
#include "trace/read/trace_facts.h"

namespace ebpftrace::trace {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFewestDigits = 4;

std::string part_path(const PartName& name, uint32_t number) {
  return fmt::format("{}{:04}{}", name.front, number, name.back);
}

// Numbers of the files that are called so, above `number`.
std::set<uint32_t> later_numbers(const PartName& name, uint32_t number) {
  std::set<uint32_t> numbers;
  const fs::path folder = fs::path(name.front).parent_path();
  const std::string front = fs::path(name.front).filename();
  std::error_code error;
  fs::directory_iterator entry(folder.empty() ? "." : folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string file = entry->path().filename();
    if (file.size() < front.size() + name.back.size() + kFewestDigits || !file.starts_with(front) ||
        !file.ends_with(name.back))
      continue;
    const std::string_view digits =
        std::string_view(file).substr(front.size(), file.size() - front.size() - name.back.size());
    uint32_t found = 0;
    const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), found);
    if (wrong == std::errc{} && end == digits.data() + digits.size() && found > number) numbers.insert(found);
  }
  return numbers;
}

}  // namespace

std::optional<PartName> part_name(const std::string& path, uint32_t number) {
  const std::string digits = fmt::format(".{:04}", number);
  const fs::path whole(path);
  const std::string file = whole.filename();
  // run.0001.trace or, without an extension, run.0001
  const std::string extension = file.ends_with(digits) ? "" : whole.extension().string();
  const std::string_view stem = std::string_view(file).substr(0, file.size() - extension.size());
  if (!stem.ends_with(digits)) return std::nullopt;
  const size_t front = path.size() - extension.size() - digits.size() + 1;
  return PartName{path.substr(0, front), extension};
}

NextPart next_part(const std::string& path, uint32_t number, const Id& recording) {
  NextPart next;
  const auto name = part_name(path, number);
  if (!name) return next;
  for (const uint32_t later : later_numbers(*name, number)) {
    try {
      auto bytes = open_file(part_path(*name, later));
      const auto facts = peek_facts(*bytes);
      if (facts && facts->recording_id == recording && facts->part == later) {
        next.bytes = std::move(bytes);
        next.not_yet = false;
        return next;
      }
      // The recorder makes it before it ends the part before, and writes its header afterwards.
      next.not_yet |= !facts;
    } catch (const TraceError&) {
      // Somebody else's file.
    }
  }
  return next;
}

}  // namespace ebpftrace::trace
