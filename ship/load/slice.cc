// SPDX-License-Identifier: Apache-2.0
#include "ship/load/slice.h"

#include <fmt/format.h>

#include <limits>
#include <map>
#include <optional>

#include "analyzer/api/filter.h"
#include "analyzer/rewrite/rewrite.h"
#include "ship/load/stored_frames.h"
#include "trace/read/trace.h"

namespace ebpftrace::ship {
namespace {

struct Candidate {
  std::string recording;
  uint64_t from_ns = 0, to_ns = UINT64_MAX;  // boot time of what is asked
  std::vector<uint32_t> parts;               // that hold some of it
};

std::string where_part(const std::string& recording, uint32_t part) {
  return fmt::format("recording = {} AND part = {}", sql_text(recording), part);
}

// What the moments mean in a recording, by the header of its first part that is here.
void resolve(ClickHouse& clickhouse, Candidate& one, uint32_t part, const SliceChoice& choice) {
  if (choice.from.empty() && choice.to.empty()) return;
  const auto header = stored_frames(clickhouse, where_part(one.recording, part) + " AND kind IN (1, 5)");
  const analyzer::Session session(
      std::make_unique<trace::Trace>(trace::in_memory(file_of(header)), trace::Tail::kMayGrow));
  const analyzer::TimeSpan span = analyzer::resolve_range(session, choice.from, choice.to);
  const uint64_t start = session.trace().facts().start_boot_ns;
  auto boot = [&](int64_t since) {
    return since < 0 && static_cast<uint64_t>(-since) > start ? 0 : start + static_cast<uint64_t>(since);
  };
  if (!choice.from.empty()) one.from_ns = boot(span.from_ns);
  if (!choice.to.empty()) one.to_ns = boot(span.to_ns);
}

std::vector<Candidate> candidates(ClickHouse& clickhouse, const SliceChoice& choice) {
  std::map<std::string, std::vector<uint32_t>> parts;
  std::string who = fmt::format("(host = {0} OR startsWith(host_id, {0}))", sql_text(choice.host));
  if (!choice.recording.empty()) who += fmt::format(" AND recording = {}", sql_text(choice.recording));
  for (const auto& row : rows_of(clickhouse.ask_all("SELECT DISTINCT recording, part FROM {db}.recordings WHERE " +
                                                    who + " ORDER BY recording, part")))
    if (row.size() == 2) parts[row[0]].push_back(static_cast<uint32_t>(std::strtoul(row[1].c_str(), nullptr, 10)));
  if (parts.empty())
    throw SettingsError(
        fmt::format("no recording of host '{}' is in ClickHouse; SELECT DISTINCT host FROM {}.recordings lists them",
                    choice.host, clickhouse.address().database));
  std::vector<Candidate> found;
  for (const auto& [recording, all] : parts) {
    Candidate one{recording};
    resolve(clickhouse, one, all.front(), choice);
    for (const auto& row : rows_of(clickhouse.ask_all(fmt::format(
             "SELECT part FROM {{db}}.frames WHERE recording = {} AND kind = 2 AND first_ns > 0 GROUP BY part "
             "HAVING max(last_ns) >= {} AND min(first_ns) < {} ORDER BY part",
             sql_text(recording), one.from_ns, one.to_ns))))
      one.parts.push_back(static_cast<uint32_t>(std::strtoul(row[0].c_str(), nullptr, 10)));
    if (!one.parts.empty()) found.push_back(std::move(one));
  }
  return found;
}

// As a moment of the filter language.
std::string moment(uint64_t boot_ns, uint64_t start_ns) {
  return boot_ns <= start_ns ? "0s" : fmt::format("{}ns", boot_ns - start_ns);
}

}  // namespace

void write_slice_of(ClickHouse& clickhouse, const SliceChoice& choice,
                    const std::function<void(const std::string&)>& tell) {
  const std::vector<Candidate> found = candidates(clickhouse, choice);
  if (found.empty()) throw SettingsError(fmt::format("nothing of host '{}' was recorded then", choice.host));
  if (found.size() > 1) {
    std::string list;
    for (const Candidate& one : found) list += " " + one.recording;
    throw SettingsError(fmt::format("host '{}' has {} recordings of that time; name one with --recording:{}",
                                    choice.host, found.size(), list));
  }
  const Candidate& one = found.front();
  std::vector<std::shared_ptr<const trace::TraceBytes>> files;
  size_t bytes = 0;
  for (const uint32_t part : one.parts) {
    const auto frames = stored_frames(clickhouse, where_part(one.recording, part));
    files.push_back(trace::in_memory(file_of(frames)));
    bytes += files.back()->size();
  }
  auto trace = std::make_unique<trace::Trace>(std::move(files), trace::Tail::kCutOff);
  const uint64_t start = trace->facts().start_boot_ns;
  const analyzer::Session session(std::move(trace));
  analyzer::Asked asked;
  asked.filter = choice.filter;
  // What began before the first of the parts did, if that is the first at all, is asked for as well.
  if (!choice.from.empty() && one.from_ns > start) asked.from = moment(one.from_ns, start);
  if (!choice.to.empty()) asked.to = moment(one.to_ns, start);
  const analyzer::Result result = analyzer::write_slice(session, asked, choice.output);
  for (const auto& damage : result.damage) tell(fmt::format("at byte {}: {}", damage.offset, damage.what));
  for (const std::string& shortfall : result.shortfalls) tell(shortfall);
  tell(fmt::format("'{}': from recording {}, {} of its parts, {} bytes of frames", choice.output, one.recording,
                   one.parts.size(), bytes));
}

}  // namespace ebpftrace::ship
