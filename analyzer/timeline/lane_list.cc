// SPDX-License-Identifier: Apache-2.0
#include "analyzer/timeline/lane_list.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/interface_names.h"
#include "analyzer/dictionaries/thread_table.h"
#include "trace/read/block.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

// The words of a command line as quote_argv() wrote it.
std::vector<std::string> words_of(std::string_view command) {
  constexpr size_t kMostWords = 256;
  std::vector<std::string> words;
  bool quoted = false, any = false;
  std::string word;
  for (size_t i = 0; i < command.size() && words.size() < kMostWords; ++i) {
    const char c = command[i];
    if (c == '\'') {
      quoted = !quoted;
      any = true;
    } else if (!quoted && c == '\\' && i + 1 < command.size()) {
      word += command[++i];
      any = true;
    } else if (!quoted && c == ' ') {
      if (any) words.push_back(std::exchange(word, {}));
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  if (any) words.push_back(word);
  return words;
}

template <typename Value>
std::optional<Value> value_of(const Result& result, size_t row, std::string_view column) {
  const auto at = result.column(column);
  if (!at) return std::nullopt;
  const Cell cell = result.cell(row, *at);
  if (const auto* value = std::get_if<uint64_t>(&cell)) return static_cast<Value>(*value);
  if (const auto* value = std::get_if<int64_t>(&cell)) return static_cast<Value>(*value);
  return std::nullopt;
}

std::string text_of(const Result& result, size_t row, std::string_view column) {
  const auto at = result.column(column);
  if (!at) return {};
  const Cell cell = result.cell(row, *at);
  const auto* text = std::get_if<std::string>(&cell);
  return text ? *text : std::string();
}

std::string cpus_text(const trace::Trace& trace) {
  const uint32_t cpus = trace.facts().possible_cpus;
  return cpus ? std::to_string(cpus) + (cpus == 1 ? " CPU" : " CPUs") : std::string();
}

bool has_rows(const trace::Trace& trace, std::string_view type) { return !trace.blocks_of(type).empty(); }

}  // namespace

LaneList::LaneList(const Session& session, int64_t end_ns, bool with_lost_cpus, const std::vector<LossSpan>& losses,
                   std::stop_token stop)
    : of_thread_(session.threads().threads().size(), kNoLane),
      of_process_(session.threads().processes().size(), kNoLane) {
  const trace::Trace& trace = session.trace();
  if (has_rows(trace, "metrics") || with_lost_cpus) {
    const uint32_t machine = add({.kind = LaneKind::kMachine, .name = "Machine", .argument = cpus_text(trace)});
    auto chart = [&](Chart which, const char* name, const char* what) {
      add({.kind = LaneKind::kChart,
           .parent = machine,
           .name = name,
           .argument = what,
           .number = static_cast<uint32_t>(which)});
    };
    if (has_rows(trace, "metrics")) {
      chart(Chart::kCpu, "cpu", "user + system");
      chart(Chart::kRunQueue, "run queue", "runnable");
      chart(Chart::kPageFaults, "page faults", "per second");
    }
    std::vector<uint32_t> cpus;
    for (const LossSpan& loss : losses)
      if (loss.lost && loss.cpu != UINT32_MAX) cpus.push_back(loss.cpu);
    std::sort(cpus.begin(), cpus.end());
    cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
    for (const uint32_t cpu : cpus)
      add({.kind = LaneKind::kCpu,
           .parent = machine,
           .name = "CPU " + std::to_string(cpu),
           .argument = "recorded + lost",
           .number = cpu});
  }
  if (!stop.stop_requested()) add_processes(session, end_ns);
  if (has_rows(trace, "interface")) {
    const uint32_t network = add({.kind = LaneKind::kNetwork, .name = "Network"});
    const InterfaceNames names(trace);
    for (uint32_t number = 0; number < names.size(); ++number)
      add({.kind = LaneKind::kInterface, .parent = network, .name = names.name(number), .number = number});
  }
  add({.kind = LaneKind::kFindings, .name = "Findings"});

  end_.resize(lanes_.size());
  for (uint32_t lane = 0; lane < lanes_.size(); ++lane) end_[lane] = lane + 1;
  for (uint32_t lane = static_cast<uint32_t>(lanes_.size()); lane-- > 0;)
    if (lanes_[lane].parent != kNoLane) end_[lanes_[lane].parent] = std::max(end_[lanes_[lane].parent], end_[lane]);
  of_lane_.resize(lanes_.size());
  for (uint32_t thread = 1; thread < of_thread_.size(); ++thread)
    if (of_thread_[thread] != kNoLane) of_lane_[of_thread_[thread]].push_back(thread);
}

uint32_t LaneList::add(Lane lane) {
  lanes_.push_back(std::move(lane));
  return static_cast<uint32_t>(lanes_.size() - 1);
}

void LaneList::read_threads(const Session& session) {
  const trace::Trace& trace = session.trace();
  const ThreadTable& threads = session.threads();
  facts_.resize(threads.threads().size());
  trace::Block described(trace, "thread", {"thread", "startNs", "comm"});
  for (const uint32_t position : trace.blocks_of("thread")) {
    if (!described.load(trace.frames()[position])) continue;
    while (described.next_tile())
      for (size_t i = 0; i < described.tile_rows(); ++i) {
        const uint32_t at = threads.position(described.column(0)[i]);
        if (!at) continue;
        facts_[at].start_ns = trace.since_start(described.column(1)[i]);
        facts_[at].name = described.text(described.column(2)[i]).bytes.substr(0, 64);
      }
  }
  trace::Block ends(trace, "exit", {"thread", "timeNs"});
  for (const uint32_t position : trace.blocks_of("exit")) {
    if (!ends.load(trace.frames()[position])) continue;
    while (ends.next_tile())
      for (size_t i = 0; i < ends.tile_rows(); ++i) {
        const uint32_t at = threads.position(ends.column(0)[i]);
        if (!at) continue;
        facts_[at].end_ns = trace.since_start(ends.column(1)[i]);
        facts_[at].ended = true;
      }
  }
  by_process_.resize(threads.processes().size());
  for (uint32_t i = 1; i < threads.threads().size(); ++i)
    if (threads.threads()[i].process) by_process_[threads.threads()[i].process].push_back(i);
}

void LaneList::add_processes(const Session& session, int64_t end_ns) {
  const ThreadTable& table = session.threads();
  read_threads(session);
  const uint32_t heading = add({.kind = LaneKind::kProcesses, .name = "Processes"});
  std::map<std::pair<uint32_t, int64_t>, uint32_t> by_pid_and_start;
  for (uint32_t i = 1; i < table.processes().size(); ++i)
    by_pid_and_start.emplace(
        std::pair(table.processes()[i].pid, session.trace().since_start(table.processes()[i].start_ns)), i);

  const Result tree = ask(*find_question("tree"), session);
  std::vector<uint32_t> lane_of_row(tree.rows(), kNoLane);
  for (size_t row = 0; row < tree.rows(); ++row) {
    Lane lane{.kind = LaneKind::kProcess, .parent = heading};
    // Ancestors that were not recorded have nothing to show.
    std::optional<size_t> up = tree.parent(row);
    if (up && lane_of_row[*up] != kNoLane) lane.parent = lane_of_row[*up];
    const auto start = value_of<int64_t>(tree, row, "start_ns");
    if (!start) continue;
    const auto end = value_of<int64_t>(tree, row, "end_ns");
    lane.pid = lane.tid = value_of<uint32_t>(tree, row, "pid").value_or(0);
    lane.ppid = value_of<uint32_t>(tree, row, "ppid").value_or(0);
    lane.name = text_of(tree, row, "process");
    lane.command = text_of(tree, row, "command");
    lane.start_ns = *start;
    lane.end_ns = end.value_or(end_ns);
    lane.ended = end.has_value();
    lane.exit_code = value_of<int>(tree, row, "exit_code");
    lane.exit_signal = value_of<int>(tree, row, "exit_signal");
    const std::vector<std::string> words = words_of(lane.command);
    lane.argument = telling_argument(lane.name, words);
    const auto found = by_pid_and_start.find(std::pair(lane.pid, *start));
    const uint32_t process = found == by_pid_and_start.end() ? 0 : found->second;
    lane.threads = process ? std::max<uint32_t>(1, static_cast<uint32_t>(by_process_[process].size())) : 1;
    lane_of_row[row] = add(std::move(lane));
    if (process) {
      of_process_[process] = lane_of_row[row];
      add_threads(session, process, lane_of_row[row], end_ns);
    }
  }
}

void LaneList::add_threads(const Session& session, uint32_t process, uint32_t lane, int64_t end_ns) {
  const ThreadTable& table = session.threads();
  const std::vector<uint32_t>& own = by_process_[process];
  for (const uint32_t thread : own) {
    of_thread_[thread] = lane;
    if (own.size() < 2 || table.threads()[thread].tid == table.processes()[process].pid) continue;
    const ThreadFacts& facts = facts_[thread];
    of_thread_[thread] = add({.kind = LaneKind::kThread,
                              .parent = lane,
                              .name = "thread",
                              .argument = facts.name,
                              .pid = table.processes()[process].pid,
                              .ppid = lanes_[lane].ppid,
                              .tid = table.threads()[thread].tid,
                              .start_ns = facts.start_ns,
                              .end_ns = facts.ended          ? facts.end_ns
                                        : lanes_[lane].ended ? lanes_[lane].end_ns
                                                             : end_ns,
                              .ended = facts.ended || lanes_[lane].ended});
  }
}

std::vector<uint32_t> LaneList::threads_of(uint32_t lane, bool with_children) const {
  if (lane >= lanes_.size()) return {};
  std::vector<uint32_t> threads;
  const uint32_t end = with_children ? end_[lane] : lane + 1;
  for (uint32_t at = lane; at < end; ++at) threads.insert(threads.end(), of_lane_[at].begin(), of_lane_[at].end());
  return threads;
}

}  // namespace ebpftrace::analyzer
