// SPDX-License-Identifier: Apache-2.0
// What the lane of findings shows: what the network rules found, what was lost, and markers.
#include <algorithm>
#include <map>

#include "analyzer/api/question.h"
#include "analyzer/timeline/timeline_state.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMost = 5'000, kMostTextBytes = 200;

std::string text_cell_of(const Result& result, size_t row, std::string_view column) {
  const auto at = result.column(column);
  if (!at) return {};
  const Cell cell = result.cell(row, *at);
  const auto* text = std::get_if<std::string>(&cell);
  return text ? text->substr(0, kMostTextBytes) : std::string();
}

void add_security(const Session& session, const LaneList& lanes, std::vector<Finding>& findings) {
  if (session.trace().blocks_of("security").empty()) return;
  std::multimap<uint32_t, uint32_t> by_pid;
  for (uint32_t i = 0; i < lanes.lanes().size(); ++i)
    if (lanes.lanes()[i].kind == LaneKind::kProcess) by_pid.emplace(lanes.lanes()[i].pid, i);
  const Result result = ask(*find_question("security"), session, {.limit = kMost});
  for (size_t row = 0; row < result.rows(); ++row) {
    Finding finding;
    const Cell time = result.cell(row, *result.column("time_ns"));
    if (const auto* ns = std::get_if<int64_t>(&time)) finding.span = {*ns, *ns};
    const std::string severity = text_cell_of(result, row, "severity"), event = text_cell_of(result, row, "event"),
                      source = text_cell_of(result, row, "source"),
                      destination = text_cell_of(result, row, "destination");
    finding.severity = severity == "alert"     ? FindingSeverity::kAlert
                       : severity == "warning" ? FindingSeverity::kWarning
                                               : FindingSeverity::kNote;
    finding.text = event;
    if (!source.empty()) finding.text += ", " + source + (destination.empty() ? "" : " → " + destination);
    const Cell pid = result.cell(row, *result.column("pid"));
    if (const auto* number = std::get_if<uint64_t>(&pid)) {
      const auto [begin, end] = by_pid.equal_range(static_cast<uint32_t>(*number));
      for (auto at = begin; at != end; ++at)
        if (lanes.lanes()[at->second].start_ns <= finding.span.from_ns) finding.lane = at->second;
    }
    findings.push_back(std::move(finding));
  }
}

void add_markers(const trace::Trace& trace, std::vector<Finding>& findings) {
  trace::Block block(trace, "marker", {"timeNs", "text"});
  for (const uint32_t position : trace.blocks_of("marker")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows() && findings.size() < 2 * kMost; ++i) {
        Finding finding;
        const int64_t at = trace.since_start(block.column(0)[i]);
        finding.span = {at, at};
        finding.text = block.text(block.column(1)[i]).bytes.substr(0, kMostTextBytes);
        finding.event = EventRef{at, position, static_cast<uint32_t>(block.tile_start() + i)};
        findings.push_back(std::move(finding));
      }
  }
}

std::string counted(uint64_t count) {
  std::string digits = std::to_string(count);
  for (auto at = static_cast<ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), 1, ',');
  return digits;
}

// Intervals of one CPU that follow each other are one.
void add_losses(std::span<const LossSpan> losses, std::vector<Finding>& findings) {
  constexpr int64_t kNearNs = 200'000'000;
  uint64_t lost = 0;
  uint32_t cpu = UINT32_MAX;
  auto say = [&] {
    findings.back().text = counted(lost) + " events lost" + (cpu == UINT32_MAX ? "" : " on CPU " + std::to_string(cpu));
  };
  bool open = false;
  for (const LossSpan& loss : losses) {
    if (!loss.lost) continue;
    if (open && loss.cpu == cpu && loss.when_known && loss.span.from_ns <= findings.back().span.to_ns + kNearNs) {
      findings.back().span.to_ns = loss.span.to_ns;
      lost += loss.lost;
      say();
      continue;
    }
    if (findings.size() >= 3 * kMost) return;
    findings.push_back({loss.span, FindingSeverity::kWarning, {}, kNoLane, std::nullopt});
    lost = loss.lost;
    cpu = loss.cpu;
    open = true;
    say();
    if (!loss.when_known) findings.back().text += "; when is not recorded (--metrics)";
  }
}

}  // namespace

std::vector<Finding> read_findings(const Session& session, const LaneList& lanes, std::span<const LossSpan> losses,
                                   std::stop_token stop) {
  std::vector<Finding> findings;
  add_losses(losses, findings);
  if (!stop.stop_requested()) add_security(session, lanes, findings);
  add_markers(session.trace(), findings);
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.span.from_ns < b.span.from_ns; });
  return findings;
}

}  // namespace ebpftrace::analyzer
