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
#include "analyzer/query/group_passes.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/query/sieve.h"
#include "analyzer/questions/cells.h"
#include "schema/values.h"
#include "trace/read/block.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

struct Used {
  uint64_t user_ns = 0, system_ns = 0, voluntary = 0, involuntary = 0, end_ns = 0;
  uint32_t processes = 0;  // that ended
  bool any = false, part = false, before = false;

  uint64_t cpu_ns() const { return user_ns + system_ns; }
  void merge(const Used& other) {
    user_ns += other.user_ns;
    system_ns += other.system_ns;
    voluntary += other.voluntary;
    involuntary += other.involuntary;
    end_ns = std::max(end_ns, other.end_ns);
    processes += other.processes;
    any |= other.any;
    part |= other.part;
    before |= other.before;
  }
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
  explicit Groups(const CallQuery& query) : keys(query.by, query.most_groups, query.part) {}
  KeyGroups keys;
  GroupSums<Used> used;
};

// query: of exits.
void add_exits(const Session& session, const EventType& type, const CallQuery& query, const std::vector<bool>& ended,
               Groups& groups) {
  const trace::Trace& trace = session.trace();
  const ThreadTable& threads = session.threads();
  const Watch& watch = *query.watch;
  const auto payload = std::make_shared<trace::FramePayload>();
  Sieve sieve(session, query.choice, payload);
  RowReader reader(session, type, query.by, payload);
  trace::Block block(trace, type, kColumns, payload);
  std::vector<uint32_t> group(predicate::kTileRows);
  const trace::Positions positions = trace.blocks_of("exit");
  for (size_t at = 0; at < positions.size() && !watch.stopped(); ++at) {
    if (at % 64 == 63) watch.tell(at, positions.size());
    const trace::Frame frame = trace.frames()[positions[at]];
    if (!sieve.load(frame) || !reader.load(frame) || !block.load(frame)) continue;
    while (block.next_tile() && reader.next_tile()) {
      const Selection& chosen = sieve.selected(block.tile_start() / predicate::kTileRows);
      if (chosen.none()) continue;
      const Selection selected = groups.keys.in_part(reader, chosen);
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

bool before(const Used& a, const Used& b) {
  return a.cpu_ns() != b.cpu_ns() ? a.cpu_ns() > b.cpu_ns() : a.end_ns < b.end_ns;
}

class Answer {
 public:
  Answer(const Source& session, const Asked& asked)
      : session_(session),
        asked_(asked),
        own_keys_(asked.by.empty()),
        range_(Moments(session.trace()).range(asked.from, asked.to)),
        run_ns_(run_ns(session.trace(), range_)) {}

  Result make() {
    const trace::ReadScope scope;
    const trace::Trace& trace = session_.trace();
    session_.threads();
    const Watch watch(asked_);
    CallQuery query;
    query.choice = choose(*session_.relation("events"), asked_.filter, range_);
    query.by = group_fields(*session_.relation("exits"), own_keys_ ? std::vector<std::string>{"pid"} : asked_.by);
    query.watch = &watch;
    Result result = empty(query.by);
    size_t all_rows = 0;
    if (own_keys_ && asked_.filter.empty())
      if (const Machine machine = machine_time(trace, range_); machine.known) {
        Used all;
        all.user_ns = machine.user_ns;
        all.system_ns = machine.system_ns;
        std::vector<Cell> cells = measures(all, std::nullopt, run_ns_);
        cells[6] = cells[7] = Cell();
        add(result, {"machine", Cell(), std::string("(machine)")}, cells);
        ++all_rows;
      }
    RankedGroups<Row> rows(asked_.limit, [](const Row& a, const Row& b) { return before(a.used, b.used); });
    Used others;
    GroupPasses passes(query);
    const EventType* const type = trace.catalogue().type("exit");
    const std::vector<bool> ended = type ? ended_processes(session_) : std::vector<bool>();
    while (type && passes.more()) {
      Groups groups(passes.query());
      add_exits(session_, *type, passes.query(), ended, groups);
      if (!passes.counts(groups.keys)) continue;
      const std::vector<Used>& used = groups.used.list();
      rows.add(
          groups.keys, used, before, [](const Used& one) { return one.any; },
          [&](uint32_t group) { return row_of(groups.keys, group, query.by, used[group]); });
      others.merge(groups.used.others());
    }
    all_rows += rows.all();
    for (const Row& row : rows.take())
      if (result.rows() < asked_.limit) add(result, row.keys, measures(row.used, row.wall_ns, run_ns_));
    if (passes.others()) {
      add(result, own_keys_ ? std::vector<Cell>{"process", Cell(), Cell()} : others_cells(query.by),
          measures(others, std::nullopt, run_ns_));
      ++all_rows;
      result.shortfalls.emplace_back(kTooManyGroups);
    }
    if (rows.some_missing()) result.shortfalls.emplace_back(kTooManyRows);
    result.all_rows = all_rows;
    result.stopped = watch.stopped();
    result.coverage = coverage_of(trace, scope);
    mark_bounds(result, {"user_ns", "system_ns", "cpu_ns"});
    return result;
  }

 private:
  struct Row {
    std::vector<Cell> keys;
    Used used;
    std::optional<uint64_t> wall_ns;
  };

  Result empty(const std::vector<predicate::Field>& by) const {
    std::vector<ResultColumn> list = columns();
    if (!own_keys_) {
      list.erase(list.begin(), list.begin() + kFirstMeasure);
      for (size_t i = by.size(); i-- > 0;) list.insert(list.begin(), column_of(by[i]));
    }
    return Result("cpu", std::move(list));
  }
  static void add(Result& result, std::vector<Cell> cells, const std::vector<Cell>& more) {
    cells.insert(cells.end(), more.begin(), more.end());
    result.add(cells);
  }

  Row row_of(const KeyGroups& keys, uint32_t group, const std::vector<predicate::Field>& by, const Used& used) const {
    if (!own_keys_) return {key_cells(session_, by, keys, group), used, std::nullopt};
    const KeyValue key = keys.key(group, 0);
    const Process& process = session_.threads().processes()[key.present ? key.number : 0];
    Row row{{"process", pid_cell(process.pid), name_cell(process.name, process.pid)}, used, std::nullopt};
    if (process.start_ns && used.end_ns > process.start_ns) row.wall_ns = used.end_ns - process.start_ns;
    return row;
  }

  const Source& session_;
  const Asked& asked_;
  const bool own_keys_;
  const TimeRange range_;
  const uint64_t run_ns_;
};

Result answer(const Source& session, const Asked& asked) { return Answer(session, asked).make(); }

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
