// SPDX-License-Identifier: Apache-2.0
// What the network rules found, in order of time, each with the processes whose socket it concerns and the first one's ancestry.
#include <algorithm>
#include <memory>
#include <unordered_map>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/ancestry.h"
#include "analyzer/dictionaries/flow_owners.h"
#include "analyzer/dictionaries/interface_names.h"
#include "analyzer/dictionaries/kept_texts.h"
#include "analyzer/dictionaries/network_names.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/cells.h"
#include "analyzer/text/wall_clock.h"
#include "schema/values.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostFindings = 150'000;  // about 60 MiB
constexpr size_t kMostTextBytes = 16u << 20, kMostRuleBytes = 1000;

// The texts are kept until the answer has them.
struct Finding {
  int64_t time_ns;  // since the trace's start
  int64_t real_ns;  // since 1970, by the wall clock of then
  std::string_view severity, event, rule, verdict;
  std::string source, destination;  // empty: none
  std::string protocol;
  uint64_t count, suppressed;
  std::optional<uint32_t> pid;
  std::string_view process;         // empty: not known
  std::string_view ancestry;        // "systemd(1) > sshd(612) > nginx(700)"
  std::vector<ProcessName> others;  // that it concerns besides
  std::string_view parse;           // what kept the packet from being parsed; empty: nothing
};

std::vector<ResultColumn> columns() {
  return {
      {"time_ns", Unit::kTime, "TIME", "When it was found."},
      {"time", Unit::kText, "", "The same in UTC, by the wall clock of then."},
      {"severity", Unit::kText, "LEVEL", "How much it matters.", Show::kAlways, {}, "security.severity"},
      {"event", Unit::kText, "EVENT", "What was found.", Show::kAlways, {}, "security.what"},
      {"rule", Unit::kText, "RULE", "The rule that found it."},
      {"verdict", Unit::kText, "VERDICT", "What became of the packet.", Show::kAlways, {}, "security.verdict"},
      {"source", Unit::kText, "SOURCE", "Address and port that it came from."},
      {"destination", Unit::kText, "DESTINATION", "Address and port that it went to."},
      {"protocol", Unit::kText, "PROTOCOL", "Transport.", Show::kIfRoom, {}, "security.protocol"},
      {"count", Unit::kNumber, "COUNT", "What the rule had counted by then.", Show::kIfRoom},
      {"suppressed", Unit::kNumber, "SUPPRESSED", "Findings like it that were not recorded since the last one.",
       Show::kIfAny},
      {"pid", Unit::kIdentity, "PID", "First process whose socket it concerns.", Show::kIfRoom},
      {"process", Unit::kText, "", "Its name then."},
      {"ancestry", Unit::kText, "", "Who started it, and them, the oldest first."},
      {"processes", Unit::kProcesses, "PROCESS", "All processes whose socket it concerns."},
      {"parse", Unit::kText, "PARSE", "What kept the packet from being parsed.", Show::kIfAny, {}, "security.outcome"}};
}

std::vector<Cell> cells_of(const Finding& row) {
  return {row.time_ns,
          utc_text(row.real_ns),
          text_cell(row.severity),
          text_cell(row.event),
          text_cell(row.rule),
          text_cell(row.verdict),
          text_cell(row.source),
          text_cell(row.destination),
          text_cell(row.protocol),
          row.count,
          row.suppressed,
          row.pid ? Cell(uint64_t{*row.pid}) : Cell(),
          text_cell(row.process),
          text_cell(row.ancestry),
          processes_cell(row),
          text_cell(row.parse)};
}

Result answer(const Source& source, const Asked& asked) {
  const trace::ReadScope scope;
  const trace::Trace& trace = source.trace();
  const Watch watch(asked);
  // Only until the findings are read: an answer needs the room.
  auto known_threads = std::make_unique<const ThreadTable>(trace);
  const ThreadTable& threads = *known_threads;
  auto known_owners = std::make_unique<const FlowOwners>(trace, threads, &watch);
  const FlowOwners& owners = *known_owners;
  auto known_ancestry = std::make_unique<const Ancestry>(trace, threads);
  const Ancestry& ancestry = *known_ancestry;
  const InterfaceNames interfaces(trace);
  const WallClock clock(trace);
  KeptTexts texts(kMostTextBytes);
  std::unordered_map<uint32_t, std::string_view> ancestries;
  std::vector<Finding> rows;
  size_t found = 0;
  enum {
    kTime,
    kCount,
    kSuppressed,
    kProtocol,
    kWhat,
    kSeverity,
    kVerdict,
    kSource,
    kDestination,
    kRule,
    kInterface,
    kSourcePort,
    kDestinationPort,
    kOutcome
  };
  trace::Block block(trace, "security",
                     {"timeNs", "countSoFar", "suppressed", "protocol", "what", "severity", "verdict", "source",
                      "destination", "rule", "interface", "sourcePort", "destinationPort", "outcome"});
  auto names_of = [&](std::string_view column) { return &trace.catalogue().values_of("security", column); };
  const trace::ValueNames *severities = names_of("severity"), *findings = names_of("what"),
                          *verdicts = names_of("verdict"), *outcomes = names_of("outcome"),
                          *protocols = names_of("protocol");
  auto name = [&](const trace::ValueNames* names, uint64_t value) { return texts.keep(names->text(value)); };
  size_t all = 0;
  for (const uint32_t position : trace.blocks_of("security")) all += trace.frames()[position].count;
  rows.reserve(std::min(all, kMostFindings));
  for (const uint32_t position : trace.blocks_of("security")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        auto value = [&](unsigned column) { return block.column(column)[i]; };
        ++found;
        if (rows.size() >= kMostFindings) continue;
        Finding row{};
        row.time_ns = trace.since_start(value(kTime));
        row.real_ns = clock.real_ns(value(kTime));
        row.severity = name(severities, value(kSeverity));
        row.event = name(findings, value(kWhat));
        row.verdict = name(verdicts, value(kVerdict));
        row.rule = texts.keep(block.text(value(kRule)).bytes.substr(0, kMostRuleBytes));
        row.count = value(kCount);
        row.suppressed = value(kSuppressed);
        if (value(kOutcome)) row.parse = name(outcomes, value(kOutcome));
        const auto protocol = static_cast<uint8_t>(value(kProtocol));
        const bool ports = protocol_has_ports(protocol);
        const auto source = InternetAddress::from(block.text(value(kSource)).bytes);
        const auto destination = InternetAddress::from(block.text(value(kDestination)).bytes);
        if (source) row.source = source->text(ports && source->port);
        if (destination) {
          row.destination = destination->text(ports);
          row.protocol = protocols->text(protocol);
        }
        if (source && destination)
          for (const uint32_t process :
               owners.of({protocol, *source, *destination, static_cast<uint16_t>(value(kSourcePort)),
                          static_cast<uint16_t>(value(kDestinationPort)), interfaces.netns(value(kInterface)),
                          value(kTime), value(kTime), value(kVerdict) != EDGE_DROP})) {
            const ProcessName one{threads.processes()[process].pid, texts.keep(threads.name_at(process, value(kTime)))};
            if (row.pid) {
              row.others.push_back(one);
              continue;
            }
            row.pid = one.pid;
            row.process = one.name;
            auto [at, is_new] = ancestries.try_emplace(process);
            if (is_new) at->second = texts.keep(ancestry.of(process));
            row.ancestry = at->second;
          }
        rows.push_back(std::move(row));
      }
  }
  known_ancestry.reset();
  known_owners.reset();
  known_threads.reset();
  if (found > rows.size())
    trace.shortfalls().report("more findings are recorded than this program lists; the rest are left out");
  if (texts.full())
    trace.shortfalls().report("findings have more text than this program keeps; what is missing is a '?'");
  std::stable_sort(rows.begin(), rows.end(), [](const Finding& a, const Finding& b) { return a.time_ns < b.time_ns; });
  Result result("security", columns());
  for (Finding& row : std::span(rows).first(std::min(asked.limit, rows.size()))) {
    result.add(cells_of(row));
    row = {};
  }
  if (result.rows() == asked.limit) result.all_rows = rows.size();
  result.stopped = watch.stopped();
  result.coverage = coverage_of(trace, scope);
  return result;
}

}  // namespace

extern constinit const Question kSecurityQuestion{
    .name = "security",
    .help = "What the network rules found, and the processes concerned",
    .place = 90,
    .takes = {.time = Takes::Over::kRows, .began = "time_ns", .stop = true},
    .columns = columns,
    .answer = answer};

}  // namespace ebpftrace::analyzer
