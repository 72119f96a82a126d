// SPDX-License-Identifier: Apache-2.0
// CPU time by process, as the kernel added it up when processes ended: of those that went on it is only known what threads
// used that ended. And of the whole machine, where its counters were recorded. A process that was there before the
// recording used some of its time before it, so what share of the recording that is, is not known.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/fields/row_reader.h"
#include "analyzer/query/call_rows.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/group_rows.h"
#include "analyzer/query/key_groups.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/query/sieve.h"
#include "analyzer/questions/cells.h"
#include "schema/values.h"
#include "trace/read/block.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostGroups = 1u << 17;

struct Used {
  uint64_t user_ns = 0, system_ns = 0, voluntary = 0, involuntary = 0, end_ns = 0;
  uint32_t processes = 0;  // that ended
  bool any = false, part = false, before = false;

  uint64_t cpu_ns() const { return user_ns + system_ns; }
};

std::optional<double> percent(uint64_t part_ns, uint64_t all_ns) {
  if (!all_ns) return std::nullopt;
  return 100 * static_cast<double>(part_ns) / static_cast<double>(all_ns);
}

enum { kTime, kThread, kFlags, kUser, kSystem, kVoluntary, kInvoluntary };
constexpr std::string_view kColumns[] = {
    "timeNs", "thread", "flags", "userNs", "systemNs", "voluntarySwitches", "involuntarySwitches"};

// By process, whether it ended in the recording.
std::vector<bool> ended_processes(const Session& session) {
  const trace::Trace& trace = session.trace();
  std::vector<bool> ended(session.threads().processes().size());
  trace::Block block(trace, "exit", {"thread", "flags"});
  for (const uint32_t position : trace.blocks_of("exit")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i)
        if (block.column(1)[i] & EXIT_LAST_THREAD) ended[session.threads().process_of(block.column(0)[i])] = true;
  }
  return ended;
}

struct Groups {
  Groups(const std::vector<predicate::Field>& by) : keys(by, kMostGroups) {}
  KeyGroups keys;
  GroupSums<Used> used;
};

void add_exits(const Session& session, const EventType& type, const Choice& choice,
               const std::vector<predicate::Field>& by, const Watch& watch, Groups& groups) {
  const trace::Trace& trace = session.trace();
  const ThreadTable& threads = session.threads();
  const std::vector<bool> ended = ended_processes(session);
  const auto payload = std::make_shared<trace::FramePayload>();
  Sieve sieve(session, choice, payload);
  RowReader reader(session, type, by, payload);
  trace::Block block(trace, type, kColumns, payload);
  std::vector<uint32_t> group(predicate::kTileRows);
  const std::vector<uint32_t> positions = trace.blocks_of("exit");
  for (size_t at = 0; at < positions.size() && !watch.stopped(); ++at) {
    if (at % 64 == 63) watch.tell(at, positions.size());
    const trace::Frame frame = trace.frames()[positions[at]];
    if (!sieve.load(frame) || !reader.load(frame) || !block.load(frame)) continue;
    while (block.next_tile() && reader.next_tile()) {
      const Selection& selected = sieve.selected(block.tile_start() / predicate::kTileRows);
      if (selected.none()) continue;
      groups.keys.groups(reader, selected, group.data());
      selected.for_each([&](size_t i) {
        const uint32_t process = threads.process_of(block.column(kThread)[i]);
        const bool last = block.column(kFlags)[i] & EXIT_LAST_THREAD;
        if (!last && ended[process]) return;  // it is in what the process used
        Used& used = groups.used.of(group[i]);
        used.any = true;
        used.processes += last;
        used.part |= !last;
        used.before |= threads.processes()[process].start_ns < trace.facts().start_boot_ns;
        used.user_ns += block.column(kUser)[i];
        used.system_ns += block.column(kSystem)[i];
        used.voluntary += block.column(kVoluntary)[i];
        used.involuntary += block.column(kInvoluntary)[i];
        used.end_ns = std::max(used.end_ns, block.column(kTime)[i]);
      });
    }
  }
}

// Of all CPUs, whoever ran there, in the intervals that ended in the range.
struct Machine {
  uint64_t user_ns = 0, system_ns = 0;
  bool known = false;
};

Machine machine_time(const trace::Trace& trace, const TimeRange& range) {
  Machine machine;
  const EventType* type = trace.catalogue().type("metrics");
  if (!type) return machine;
  const auto user = type->column("userNs"), system = type->column("systemNs");
  if (!user || !system || *user > 31 || *system > 31) return machine;
  const uint64_t needed = uint64_t{1} << *user | uint64_t{1} << *system;
  trace::Block block(trace, "metrics", {"timeNs", "userNs", "systemNs", "unavailable"});
  for (const uint32_t position : trace.blocks_of("metrics")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        if (block.column(3)[i] & needed || !range.contains(block.column(0)[i])) continue;
        machine.known = true;
        machine.user_ns += block.column(1)[i];
        machine.system_ns += block.column(2)[i];
      }
  }
  return machine;
}

std::vector<ResultColumn> columns() {
  return {
      {"of",
       Unit::kText,
       "",
       "A process, or the whole machine by its counters.",
       Show::kAlways,
       {"process", "machine"}},
      {"pid", Unit::kIdentity, "PID", "Process id."},
      {"process", Unit::kText, "PROCESS", "Its latest name."},
      {"user_ns", Unit::kDuration, "USER", "CPU time in user mode."},
      {"system_ns", Unit::kDuration, "SYSTEM", "CPU time in kernel mode."},
      {"cpu_ns", Unit::kDuration, "CPU", "Both together."},
      {"run_percent", Unit::kDecimal, "OF RUN %",
       "Of the time that the recording, or its part, took: 100 is one CPU all the time; nothing: it had used some "
       "before."},
      {"wall_ns", Unit::kDuration, "WALL",
       "From the process's start to its end, or to the end of its last thread that ended."},
      {"wall_percent", Unit::kDecimal, "OF WALL %", "CPU time as a share of that.", Show::kIfRoom},
      {"voluntary_switches", Unit::kNumber, "WAITED", "Context switches because it waited.", Show::kIfRoom},
      {"involuntary_switches", Unit::kNumber, "PREEMPTED", "Context switches because its time was up.", Show::kIfRoom},
      {"note", Unit::kText, "NOTE", "What to know about the numbers.", Show::kIfAny}};
}

constexpr size_t kFirstMeasure = 3;

std::vector<Cell> measures(const Used& used, std::optional<uint64_t> wall_ns, uint64_t run_ns) {
  std::string note;
  if (used.part) note = "not ended: only threads that did";
  if (used.before) note += std::string(note.empty() ? "" : "; ") + "also before the recording";
  return {used.user_ns,     used.system_ns,
          used.cpu_ns(),    used.before ? Cell() : cell_of(percent(used.cpu_ns(), run_ns)),
          cell_of(wall_ns), wall_ns ? cell_of(percent(used.cpu_ns(), *wall_ns)) : Cell(),
          used.voluntary,   used.involuntary,
          text_cell(note)};
}

// How long what was asked for took.
uint64_t run_ns(const trace::Trace& trace, const TimeRange& range) {
  uint64_t end = 0;
  for (const trace::Frame& frame : trace.frames()) {
    if (!frame.is(trace::FrameKind::kBlock) || !frame.count) continue;
    const EventType* type = trace.catalogue().type(frame.type);
    if (type && type->is_event()) end = std::max(end, frame.last_ns);
  }
  end = std::min(end, range.to_ns);
  const uint64_t start = std::max(trace.facts().start_boot_ns, range.from_ns);
  return end > start ? end - start : 0;
}

Result answer(const Source& session, const Asked& asked) {
  const trace::ReadScope scope;
  const trace::Trace& trace = session.trace();
  const ThreadTable& threads = session.threads();
  const Watch watch(asked);
  const TimeRange range = Moments(trace).range(asked.from, asked.to);
  const Choice choice = choose(*session.relation("events"), asked.filter, range);
  const bool own_keys = asked.by.empty();
  const std::vector<predicate::Field> by =
      group_fields(*session.relation("exits"), own_keys ? std::vector<std::string>{"pid"} : asked.by);
  Groups groups(by);
  if (const EventType* type = trace.catalogue().type("exit")) add_exits(session, *type, choice, by, watch, groups);

  std::vector<ResultColumn> list = columns();
  if (!own_keys) {
    list.erase(list.begin(), list.begin() + kFirstMeasure);
    for (size_t i = by.size(); i-- > 0;) list.insert(list.begin(), column_of(by[i]));
  }
  Result result("cpu", std::move(list));
  size_t all_rows = 0;
  const uint64_t run = run_ns(trace, range);
  auto add = [&](std::vector<Cell> cells, const std::vector<Cell>& more) {
    cells.insert(cells.end(), more.begin(), more.end());
    result.add(cells);
  };
  if (own_keys && asked.filter.empty()) {
    if (const Machine machine = machine_time(trace, range); machine.known) {
      Used all;
      all.user_ns = machine.user_ns;
      all.system_ns = machine.system_ns;
      std::vector<Cell> cells = measures(all, std::nullopt, run);
      cells[6] = cells[7] = Cell();
      add({"machine", Cell(), std::string("(machine)")}, cells);
      ++all_rows;
    }
  }
  const std::vector<Used>& used = groups.used.list();
  for (const uint32_t group : ranked_groups(groups.keys, used, [](const Used&a, const Used&b) {
         return a.cpu_ns() != b.cpu_ns() ? a.cpu_ns() > b.cpu_ns() : a.end_ns < b.end_ns;
       })) {
    if (!used[group].any) continue;
    ++all_rows;
    if (result.rows() >= asked.limit) continue;
    const KeyValue key = groups.keys.key(group, 0);
    if (!own_keys) {
      add(key_cells(session, by, groups.keys, group), measures(used[group], std::nullopt, run));
      continue;
    }
    const Process& process = threads.processes()[key.present ? key.number : 0];
    std::optional<uint64_t> wall;
    if (process.start_ns && used[group].end_ns > process.start_ns) wall = used[group].end_ns - process.start_ns;
    add({"process", pid_cell(process.pid), name_cell(process.name, process.pid)}, measures(used[group], wall, run));
  }
  if (groups.keys.full()) {
    std::vector<Cell> keys = own_keys ? std::vector<Cell>{"process", Cell(), Cell()} : others_cells(by);
    add(std::move(keys), measures(groups.used.others(), std::nullopt, run));
    ++all_rows;
    result.shortfalls.emplace_back(kTooManyGroups);
  }
  result.all_rows = all_rows;
  result.stopped = watch.stopped();
  result.coverage = coverage_of(trace, scope);
  mark_bounds(result, {"user_ns", "system_ns", "cpu_ns"});
  return result;
}

constexpr RankedBy kRankedBy[] = {{"cpu_ns"}};

}  // namespace

extern constinit const Question kCpuQuestion{
    .name = "cpu",
    .help = "CPU time by process: user, system, share of the recording",
    .place = 56,
    .ranked = true,
    .ranked_by = kRankedBy,
    .takes = {.filter = Takes::Over::kEvents,
              .time = Takes::Over::kEvents,
              .by = "FIELD,... of exits, such as process, user, exit_code (--fields exits lists all)",
              .stop = true},
    .columns = columns,
    .answer = answer};

}  // namespace ebpftrace::analyzer
