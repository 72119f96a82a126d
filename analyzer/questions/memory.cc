// SPDX-License-Identifier: Apache-2.0
// What processes did to their address space, by the calls that change it, and what the kernel says at their end: page faults
// and the most that was resident. Calls are followed in the order in which they began, as a mapping may replace another; so
// "at once" is exact for what was mapped by calls that are in the recording: what a program began with (its own file, its
// first stack and heap) is in none. With --bucket a row for each stretch of time in which something changed. Memory: a window of
// 2^17 events, 2^19 mappings of at most 2^16 processes at a time, 2^16 groups or 2^15 pairs of group and stretch in a pass, and
// of the stretches of all passes what they show.
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/fields/row_reader.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/call_rows.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/event_order.h"
#include "analyzer/query/group_passes.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/query/sieve.h"
#include "analyzer/query/time_grid.h"
#include "analyzer/query/time_sums.h"
#include "analyzer/questions/cells.h"
#include "analyzer/state/address_space.h"
#include "analyzer/tables/time_picture.h"
#include "analyzer/text/human.h"
#include "schema/values.h"
#include "trace/read/block.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostGroups = 1u << 16, kMostSpaces = 1u << 16, kMostPairs = 1u << 15;
constexpr uint32_t kElsewhere = KeyGroups::kOthers - 1;         // the group of what is not of the part at hand
constexpr uint64_t kMapAnonymous = 0x20, kMremapDontUnmap = 4;  // linux/mman.h

// Of a group; over time of what happened in a stretch.
struct Use {
  uint64_t calls = 0, mapped = 0, unmapped = 0, of_files = 0, heap = 0, most = 0;
  uint64_t minor_faults = 0, major_faults = 0, max_rss = 0;
  bool ended = false, full = false;
  uint64_t in_use = 0, most_together = 0;  // over time: of all processes of the group

  void add(const Use& other) {
    calls += other.calls;
    mapped += other.mapped;
    unmapped += other.unmapped;
    of_files += other.of_files;
    heap += other.heap;
    most = std::max(most, other.most);
    minor_faults += other.minor_faults;
    major_faults += other.major_faults;
    max_rss = std::max(max_rss, other.max_rss);
    ended |= other.ended;
    full |= other.full;
  }
};

enum class What : uint8_t { kOther, kMap, kUnmap, kRemap, kBreak };

What what_of(const trace::SyscallType* type) {
  if (!type) return What::kOther;
  if (type->alias == "mmap" && type->args.size() >= 4) return What::kMap;  // the oldest one has its arguments in memory
  if (type->alias == "munmap") return What::kUnmap;
  if (type->alias == "mremap") return What::kRemap;
  return type->alias == "brk" ? What::kBreak : What::kOther;
}

// One event, out of its block.
struct Step {
  uint64_t result = 0, args[4] = {};
  uint64_t minor_faults = 0, major_faults = 0, max_rss = 0;
  uint32_t thread = 0, child = 0, group = 0;
  enum class Kind : uint8_t { kNone, kCall, kExec, kFork, kExit } kind = Kind::kNone;
  What what = What::kOther;
};

// Takes steps out of blocks. All types of events that matter have one.
class Reader {
 public:
  Reader(const Session& session, const EventType& type, const std::vector<predicate::Field>& by)
      : catalogue_(session.trace().catalogue()),
        payload_(std::make_shared<trace::FramePayload>()),
        block_(session.trace(), type, columns_of(type.name), payload_),
        keys_(session, type, by, payload_),
        kind_(kind_of(type.name)) {}

  static Step::Kind kind_of(std::string_view type) {
    return type == "syscall" ? Step::Kind::kCall
           : type == "exec"  ? Step::Kind::kExec
           : type == "fork"  ? Step::Kind::kFork
           : type == "exit"  ? Step::Kind::kExit
                             : Step::Kind::kNone;
  }

  // The rows of a frame: those of `rows` (row, place), by row.
  void read(const trace::Frame& frame, std::span<const std::pair<uint32_t, uint32_t>> rows, KeyGroups& groups,
            std::vector<Step>& to) {
    if (!block_.load(frame) || !keys_.load(frame)) return;
    for (auto next = rows.begin(); next != rows.end() && block_.next_tile() && keys_.next_tile();) {
      Selection selected;
      auto end = next;
      for (; end != rows.end() && end->first < block_.tile_start() + block_.tile_rows(); ++end)
        selected.set(end->first - block_.tile_start());
      if (selected.none()) continue;
      selected.for_each([&](size_t row) { group_[row] = kElsewhere; });
      if (const Selection of_part = groups.in_part(keys_, selected); !of_part.none())
        groups.groups(keys_, of_part, group_.data());
      for (; next != end; ++next) fill(next->first - block_.tile_start(), to[next->second]);
    }
  }

 private:
  static std::span<const std::string_view> columns_of(std::string_view type) {
    static constexpr std::string_view kCall[] = {"thread", "result", "number", "flags", "arg0", "arg1", "arg2", "arg3"};
    static constexpr std::string_view kFork[] = {"thread", "child"};
    static constexpr std::string_view kExit[] = {"thread", "flags", "minorFaults", "majorFaults", "maxRssBytes"};
    return type == "syscall" ? std::span<const std::string_view>(kCall)
           : type == "exit"  ? std::span<const std::string_view>(kExit)
                             : std::span<const std::string_view>(kFork);
  }
  void fill(size_t i, Step& step) {
    auto get = [&](unsigned column) { return block_.column(column)[i]; };
    step.thread = static_cast<uint32_t>(get(0));
    step.group = group_[i];
    if (kind_ == Step::Kind::kFork) step.child = static_cast<uint32_t>(get(1));
    if (kind_ == Step::Kind::kExit) {
      if (!(get(1) & EXIT_LAST_THREAD)) return;
      step.minor_faults = get(2);
      step.major_faults = get(3);
      step.max_rss = get(4);
    }
    if (kind_ == Step::Kind::kCall) {
      step.result = get(1);
      if (get(3) & (SYSCALL_UNFINISHED | SYSCALL_NO_ARGS) || is_error(step.result)) return;
      step.what = what_of(catalogue_.table(get(3) & SYSCALL_COMPAT).find(static_cast<uint32_t>(get(2))));
      for (unsigned k = 0; k < 4; ++k) step.args[k] = get(4 + k);
    }
    step.kind = kind_;
  }

  const trace::Catalogue& catalogue_;
  std::shared_ptr<trace::FramePayload> payload_;
  trace::Block block_;
  RowReader keys_;
  const Step::Kind kind_;
  std::vector<uint32_t> group_ = std::vector<uint32_t>(predicate::kTileRows);
};

// Follows all processes, and sums up what those of the query's part of the groups did.
class Memory {
 public:
  Memory(const Session& session, const CallQuery& query, std::optional<TimeGrid> grid)
      : session_(session), by_(query.by), grid_(grid), keys_(query.by, query.most_groups, query.part) {}

  void read(const Choice& choice, const Watch& watch) {
    EventOrder order(session_, choice, SIZE_MAX);
    order.watch(watch);
    for (std::span<const EventKey> keys; !(keys = order.next_window()).empty();) {
      steps_.assign(keys.size(), {});
      fill_steps(keys);
      for (size_t i = 0; i < keys.size(); ++i) {
        if (grid_) bucket_ = grid_->of(keys[i].time_ns);
        take(steps_[i]);
      }
    }
  }

  KeyGroups& keys() { return keys_; }
  GroupSums<Use>& uses() { return uses_; }
  const TimeSums<Use>& over_time() const { return over_time_; }

 private:
  // Of a process that lives.
  struct Space {
    explicit Space(size_t& mappings) : map(mappings) {}

    AddressSpace map;
    uint32_t group = 0;    // that what it has in use is counted to
    uint64_t counted = 0;  // so much
  };

  void fill_steps(std::span<const EventKey> keys) {
    std::vector<uint32_t> order(keys.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return keys[a].frame != keys[b].frame ? keys[a].frame < keys[b].frame : keys[a].row < keys[b].row;
    });
    std::vector<std::pair<uint32_t, uint32_t>> rows;
    for (size_t at = 0; at < order.size();) {
      const uint32_t position = keys[order[at]].frame;
      rows.clear();
      for (; at < order.size() && keys[order[at]].frame == position; ++at)
        rows.emplace_back(keys[order[at]].row, order[at]);
      const trace::Frame frame = session_.trace().frames()[position];
      const EventType* type = session_.trace().catalogue().type(frame.type);
      if (!type || Reader::kind_of(type->name) == Step::Kind::kNone) continue;
      auto& reader = readers_[frame.type];
      if (!reader) reader = std::make_unique<Reader>(session_, *type, by_);
      reader->read(frame, rows, keys_, steps_);
    }
  }

  // What there is no room for has one together, of which nothing is said.
  Space& space_of(uint32_t thread) {
    const uint32_t process = session_.threads().process_of(thread);
    if (const auto at = spaces_.find(process); at != spaces_.end()) return at->second;
    return spaces_.size() < kMostSpaces ? spaces_.try_emplace(process, mappings_).first->second : rest_;
  }

  void add(uint32_t group, const Use& more) {
    if (group == kElsewhere) return;
    uses_.of(group).add(more);
    Use* const stretch = stretch_of(group);
    if (!stretch) return;
    stretch->add(more);
    note_in_use(*stretch, in_use_[group]);
  }
  Use* stretch_of(uint32_t group) { return grid_ ? &over_time_.of(uint64_t{group} << 32 | bucket_) : nullptr; }

  // Counts what a process has in use to that group.
  void count(Space& space, uint32_t group) {
    if (!grid_ || &space == &rest_) return;
    const uint64_t bytes = space.map.bytes();
    if (space.counted && space.group != group) change_in_use(space.group, 0 - std::exchange(space.counted, 0));
    if (bytes != space.counted) change_in_use(group, bytes - space.counted);
    space.group = group;
    space.counted = bytes;
  }
  void change_in_use(uint32_t group, uint64_t more) {
    if (group == kElsewhere) return;
    uint64_t& bytes = in_use_[group];
    const uint64_t before = std::exchange(bytes, bytes + more);
    Use* const stretch = stretch_of(group);
    if (!stretch) return;
    note_in_use(*stretch, before);
    note_in_use(*stretch, bytes);
  }
  static void note_in_use(Use& stretch, uint64_t bytes) {
    stretch.in_use = bytes;
    stretch.most_together = std::max(stretch.most_together, bytes);
  }

  void take(const Step& step) {
    switch (step.kind) {
      case Step::Kind::kNone:
        return;
      case Step::Kind::kExec: {
        Space& space = space_of(step.thread);
        space.map.clear();
        return count(space, space.group);
      }
      case Step::Kind::kFork: {
        const ThreadTable& threads = session_.threads();
        if (threads.process_of(step.thread) != threads.process_of(step.child)) {
          const Space& parent = space_of(step.thread);
          space_of(step.child).map.inherit_break(parent.map);
        }
        return;
      }
      case Step::Kind::kExit: {
        add(step.group, {.minor_faults = step.minor_faults,
                         .major_faults = step.major_faults,
                         .max_rss = step.max_rss,
                         .ended = true});
        if (const auto at = spaces_.find(session_.threads().process_of(step.thread)); at != spaces_.end()) {
          at->second.map.clear();
          count(at->second, at->second.group);
          spaces_.erase(at);
        }
        return;
      }
      case Step::Kind::kCall:
        take_call(step, space_of(step.thread));
    }
  }

  void take_call(const Step& step, Space& space) {
    if (step.what == What::kOther) return;
    Use use{.calls = 1};
    switch (step.what) {
      case What::kMap: {
        const uint64_t bytes = whole_pages(step.args[1]);
        use.mapped = bytes;
        if (!(step.args[3] & kMapAnonymous)) use.of_files = bytes;
        space.map.map(step.result, bytes);
        break;
      }
      case What::kUnmap:
        use.unmapped = whole_pages(step.args[1]);
        space.map.unmap(step.args[0], whole_pages(step.args[1]));
        break;
      case What::kRemap: {
        // What stays mapped where it was is no less than before.
        const uint64_t before = step.args[3] & kMremapDontUnmap ? 0 : whole_pages(step.args[1]),
                       after = whole_pages(step.args[2]);
        use.mapped = after > before ? after - before : 0;
        use.unmapped = before > after ? before - after : 0;
        space.map.unmap(step.args[0], before);
        space.map.map(step.result, after);
        break;
      }
      default:
        use.heap = space.map.move_break(step.result);
    }
    use.most = space.map.bytes();
    use.full = space.map.full() || &space == &rest_;
    add(step.group, use);
    count(space, step.group);
  }

  const Session& session_;
  const std::vector<predicate::Field> by_;
  const std::optional<TimeGrid> grid_;
  KeyGroups keys_;
  GroupSums<Use> uses_;
  TimeSums<Use> over_time_{kMostPairs};
  size_t bucket_ = 0;                              // of the step at hand
  std::unordered_map<uint32_t, uint64_t> in_use_;  // bytes, by group
  std::map<uint16_t, std::unique_ptr<Reader>> readers_;
  std::vector<Step> steps_;  // of a window
  size_t mappings_ = 0;
  Space rest_{mappings_};
  std::unordered_map<uint32_t, Space> spaces_;  // by process, of those that live
};

std::vector<ResultColumn> columns() {
  return {{"pid", Unit::kIdentity, "PID", "Process id."},
          {"process", Unit::kText, "PROCESS", "Its latest name."},
          {"mapped_bytes", Unit::kBytes, "MAPPED", "What mmap and mremap added to its address space."},
          {"unmapped_bytes", Unit::kBytes, "UNMAPPED", "What munmap and mremap were told to take away."},
          {"file_bytes", Unit::kBytes, "OF FILES", "Of what was mapped: pages of files.", Show::kIfRoom},
          {"heap_bytes", Unit::kBytes, "HEAP", "How much brk moved the end of the heap up, all together."},
          {"peak_bytes", Unit::kBytes, "AT ONCE",
           "The most that a process had mapped at a time by these calls, its heap with it; of a group, its largest "
           "process."},
          {"max_rss_bytes", Unit::kBytes, "MAX RSS", "The most that a process had resident; known when it ended."},
          {"minor_faults", Unit::kNumber, "FAULTS", "Page faults served without I/O, of those that ended."},
          {"major_faults", Unit::kNumber, "MAJOR", "Page faults that waited for I/O, of those that ended."},
          {"calls", Unit::kNumber, "CALLS", "mmap, munmap, mremap and brk calls that succeeded.", Show::kIfRoom}};
}

constexpr size_t kFirstMeasure = 2;

std::vector<Cell> measures(const Use& use) {
  return {use.mapped,
          use.unmapped,
          use.of_files,
          use.heap,
          use.full ? Cell() : Cell(use.most),
          use.ended ? Cell(use.max_rss) : Cell(),
          use.ended ? Cell(use.minor_faults) : Cell(),
          use.ended ? Cell(use.major_faults) : Cell(),
          use.calls};
}

// Of the stretches of time in which something changed, behind the keys.
std::vector<ResultColumn> columns_over_time() {
  std::vector<ResultColumn> list = columns();
  list.erase(list.begin(), list.begin() + kFirstMeasure);
  for (ResultColumn& column : list)
    if (column.name == "peak_bytes")
      column.doc = "The most that its processes had mapped at a time in it, all together.";
  list.insert(list.begin(),
              {{"time_ns", Unit::kTime, "FROM", "Where the stretch of time begins."},
               {"in_use_bytes", Unit::kBytes, "IN USE",
                "What its processes had mapped by these calls when the stretch ended, heaps with it; until "
                "the next row."}});
  return list;
}

bool has_value(const Relation& relation, std::string_view field, std::string_view value) {
  const auto found = relation.find(field);
  return found && std::any_of(found->names.begin(), found->names.end(),
                              [&](const predicate::FieldValue& named) { return named.name == value; });
}

// Execs and forks are followed for every process, whatever is asked for: they say what a heap begins with.
Choice memory_choice(const Session& session, const Asked& asked) {
  const Relation& events = *session.relation("events");
  const TimeRange range = Moments(session.trace()).range(asked.from, asked.to);
  choose(events, asked.filter, range);  // says what is wrong with what was asked, in its own words
  // A trace whose catalogue lacks some of it has none of that.
  const auto any_of = [&](std::initializer_list<std::pair<std::string_view, std::string_view>> conditions) {
    std::string any;
    for (const auto& [field, value] : conditions)
      if (has_value(events, field, value)) any += fmt::format("{}{} == {}", any.empty() ? "" : " or ", field, value);
    return any.empty() ? std::string("pid < 0") : any;
  };
  std::string filter = any_of({{"class", "memory"}, {"event", "exit"}});
  if (!asked.filter.empty()) filter = "(" + filter + ") && (" + asked.filter + ")";
  return choose(events, filter + " or " + any_of({{"event", "exec"}, {"event", "fork"}}), range);
}

// The largest in memory first.
struct Size {
  uint64_t max_rss = 0, mapped = 0;
};
bool before(const Size& a, const Size& b) {
  return a.max_rss != b.max_rss ? a.max_rss > b.max_rss : a.mapped > b.mapped;
}
bool before(const Use& a, const Use& b) { return before(Size{a.max_rss, a.mapped}, Size{b.max_rss, b.mapped}); }

class Answer {
 public:
  Answer(const Source& session, const Asked& asked)
      : session_(session), asked_(asked), own_keys_(asked.by.empty()), watch_(asked) {
    query_.choice = memory_choice(session, asked);
    query_.by = group_fields(*session.relation("events"), own_keys_ ? std::vector<std::string>{"pid"} : asked.by);
    query_.watch = &watch_;
    query_.most_groups = kMostGroups;
    if (asked.option(kBucketOption[0].name)) grid_ = time_grid(session.trace(), asked);
  }
  Answer(const Answer&) = delete;

  Result make() {
    const trace::ReadScope scope;
    session_.threads();
    Result result = grid_ ? over_time() : in_all();
    if (mappings_full_)
      result.shortfalls.emplace_back("more mappings than this program follows; what was mapped at once is not known");
    result.stopped = watch_.stopped();
    result.coverage = coverage_of(session_.trace(), scope);
    mark_bounds(result, {"mapped_bytes", "unmapped_bytes", "file_bytes", "heap_bytes", "calls"});
    return result;
  }

 private:
  Result empty(std::vector<ResultColumn> measures) const {
    std::vector<ResultColumn> list = columns();
    list.erase(list.begin() + kFirstMeasure, list.end());
    if (!own_keys_) {
      list.clear();
      for (const predicate::Field& field : query_.by) list.push_back(column_of(field));
    }
    list.insert(list.end(), measures.begin(), measures.end());
    return Result("memory", std::move(list));
  }
  std::vector<Cell> cells_of(const KeyGroups& keys, uint32_t group) const {
    if (!own_keys_) return key_cells(session_, query_.by, keys, group);
    const KeyValue key = keys.key(group, 0);
    const Process& process = session_.threads().processes()[key.present ? key.number : 0];
    return {pid_cell(process.pid), name_cell(process.name, process.pid)};
  }
  std::vector<Cell> others_cells() const { return std::vector<Cell>(own_keys_ ? kFirstMeasure : query_.by.size()); }
  static void add(Result& result, std::vector<Cell> cells, std::vector<Cell> more) {
    cells.insert(cells.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    result.add(cells);
  }

  // use(memory) of each pass that counts.
  template <typename UseOf>
  GroupPasses in_passes(UseOf&& use) {
    GroupPasses passes(query_);
    while (passes.more()) {
      Memory memory(session_, passes.query(), grid_);
      memory.read(query_.choice, watch_);
      if (!counts(passes, memory.keys(), memory.over_time())) continue;
      mappings_full_ |= memory.uses().others().full;
      for (const Use& one : memory.uses().list()) mappings_full_ |= one.full;
      use(memory);
    }
    return passes;
  }

  Result in_all() {
    struct Row {
      std::vector<Cell> keys;
      Use use;
    };
    RankedGroups<Row> rows(asked_.limit, [](const Row& a, const Row& b) { return before(a.use, b.use); });
    Use others;
    const GroupPasses passes = in_passes([&](Memory& memory) {
      const std::vector<Use>& uses = memory.uses().list();
      rows.add(
          memory.keys(), uses, [](const Use& a, const Use& b) { return before(a, b); },
          [](const Use& one) { return one.calls || one.ended; },
          [&](uint32_t group) {
            return Row{cells_of(memory.keys(), group), uses[group]};
          });
      others.add(memory.uses().others());
    });
    const std::vector<ResultColumn> all = columns();
    Result result = empty({all.begin() + kFirstMeasure, all.end()});
    for (Row& row : rows.take()) add(result, std::move(row.keys), measures(row.use));
    if (passes.others()) {
      add(result, others_cells(), measures(others));
      result.shortfalls.emplace_back(kTooManyGroups);
    }
    if (rows.some_missing()) result.shortfalls.emplace_back(kTooManyRows);
    result.all_rows = rows.all() + passes.others();
    return result;
  }

  // What is said of a stretch of time.
  struct Stretch {
    uint32_t bucket;
    Use use;
  };
  void add_stretch(Result& result, std::vector<Cell> cells, uint32_t bucket, Use then) const {
    then.most = then.most_together;
    cells.emplace_back(session_.trace().since_start(grid_->start_ns(bucket)));
    cells.push_back(then.full ? Cell() : Cell(then.in_use));
    add(result, std::move(cells), measures(then));
  }

  Result over_time() {
    struct Row {
      std::vector<Cell> keys;
      Size size;
      std::vector<Stretch> stretches;
    };
    RankedGroups<Row> rows(asked_.limit, [](const Row& a, const Row& b) { return before(a.size, b.size); });
    std::map<uint32_t, Use> others;
    in_passes([&](Memory& memory) {
      const std::vector<Use>& uses = memory.uses().list();
      std::vector<std::vector<Stretch>> stretches(uses.size());
      memory.over_time().for_each([&](uint64_t key, const Use& use) {
        stretches[key >> 32].push_back({static_cast<uint32_t>(key), use});
      });
      // What a group did that has no room is in none of its stretches.
      std::vector<std::pair<Size, uint32_t>> sizes;
      for (uint32_t group = 0; group < uses.size(); ++group)
        sizes.push_back({{uses[group].max_rss, uses[group].mapped}, group});
      rows.add(
          memory.keys(), sizes, [](const auto& a, const auto& b) { return before(a.first, b.first); },
          [&](const auto& one) { return !stretches[one.second].empty(); },
          [&](uint32_t group) {
            std::vector<Stretch>& own = stretches[group];
            std::sort(own.begin(), own.end(), [](const Stretch& a, const Stretch& b) { return a.bucket < b.bucket; });
            return Row{cells_of(memory.keys(), group), sizes[group].first, std::move(own)};
          });
      for (const auto& [bucket, use] : memory.over_time().others()) others[bucket].add(use);
    });
    Result result = empty(columns_over_time());
    for (Row& row : rows.take())
      for (const Stretch& one : std::exchange(row.stretches, {})) add_stretch(result, row.keys, one.bucket, one.use);
    if (rows.all() > asked_.limit) result.more_keys = rows.all() - asked_.limit;
    if (rows.some_missing()) result.shortfalls.emplace_back(kTooManyRows);
    for (auto& [bucket, use] : others) {
      use.full = true;  // what they had at once is not known
      add_stretch(result, others_cells(), bucket, use);
    }
    if (!others.empty()) result.shortfalls.emplace_back(kTooManyStretches);
    const size_t keys = own_keys_ ? kFirstMeasure : query_.by.size();
    result.draw = [grid = *grid_, keys, from_ns = session_.trace().since_start(grid_->from_ns)](const Result& drawn,
                                                                                                size_t width) {
      return draw_keys(
          drawn, grid, from_ns, keys, keys + 1, Drawn::kLast, width,
          [](uint64_t most) { return "most " + human_bytes(most); }, drawn.column("peak_bytes"));
    };
    result.all_rows = result.rows();
    return result;
  }

  const Source& session_;
  const Asked& asked_;
  const bool own_keys_;
  const Watch watch_;
  CallQuery query_;  // of all events that matter
  std::optional<TimeGrid> grid_;
  bool mappings_full_ = false;
};

Result answer(const Source& session, const Asked& asked) { return Answer(session, asked).make(); }

constexpr RankedBy kRankedBy[] = {{"max_rss_bytes", true}, {"mapped_bytes"}};

}  // namespace

extern constinit const Question kMemoryQuestion{
    .name = "memory",
    .help = "Memory by process, with --bucket over time: mapped, unmapped, heap, most at once, resident, page faults",
    .place = 57,
    .ranked = true,
    .ranked_by = kRankedBy,
    .takes = {.filter = Takes::Over::kEvents,
              .time = Takes::Over::kEvents,
              .by = "FIELD,... of events, such as process, user, cgroup (--fields events lists all)",
              .stop = true,
              .options = kBucketOption},
    .columns = columns,
    .answer = answer};

}  // namespace ebpftrace::analyzer
