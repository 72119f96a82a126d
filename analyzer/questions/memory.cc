// SPDX-License-Identifier: Apache-2.0
// What processes did to their address space, by the calls that change it, and what the kernel says at their end: page faults
// and the most that was resident. Calls are followed in the order in which they began, as a mapping may replace another; so
// "at once" is exact for what was mapped by calls that are in the recording: what a program began with (its own file, its
// first stack and heap) is in none. Memory: a window of 2^17 events, and 2^19 mappings of at most 2^16
// processes at a time.
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <memory>
#include <unordered_map>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/fields/row_reader.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/call_rows.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/event_order.h"
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

constexpr size_t kMostGroups = 1u << 16, kMostSpaces = 1u << 16, kMostMappings = 1u << 19;
constexpr uint64_t kPage = 4096, kMapAnonymous = 0x20;  // linux/mman.h

// Whole pages, as the kernel takes them; what no address space holds is nothing.
uint64_t pages(uint64_t bytes) { return bytes > uint64_t{1} << 56 ? 0 : (bytes + kPage - 1) / kPage * kPage; }

// What a process has mapped, as far as calls say it. Ranges don't overlap.
class AddressSpace {
 public:
  explicit AddressSpace(size_t& all_mappings) : all_(all_mappings) {}

  void map(uint64_t start, uint64_t bytes) {
    unmap(start, bytes);
    if (!bytes || start > UINT64_MAX - bytes) return;
    if (all_ >= kMostMappings) {
      full_ = true;
      return;
    }
    if (ranges_.emplace(start, start + bytes).second) ++all_;
    mapped_ += bytes;
  }
  void unmap(uint64_t start, uint64_t bytes) {
    if (!bytes || start > UINT64_MAX - bytes) return;
    const uint64_t end = start + bytes;
    auto at = ranges_.upper_bound(start);
    if (at != ranges_.begin() && std::prev(at)->second > start) --at;
    while (at != ranges_.end() && at->first < end) {
      const uint64_t from = at->first, to = at->second;
      at = ranges_.erase(at);
      --all_;
      mapped_ -= std::min(to, end) - std::max(from, start);
      if (from < start) keep(from, start);
      if (to > end) {
        keep(end, to);
        break;
      }
    }
  }
  // The end of the heap: nothing if it is the first that is known of it. What it grew by.
  uint64_t move_break(uint64_t to) {
    const uint64_t before = std::exchange(break_, to);
    if (!before) {
      first_break_ = to;
      return 0;
    }
    return to > before ? to - before : 0;
  }
  uint64_t bytes() const { return mapped_ + (break_ > first_break_ ? break_ - first_break_ : 0); }
  bool full() const { return full_; }
  void clear() {
    all_ -= ranges_.size();
    ranges_.clear();
    mapped_ = break_ = first_break_ = 0;
  }
  // A child's heap ends where its parent's does.
  void inherit_break(const AddressSpace& parent) { break_ = first_break_ = parent.break_; }

 private:
  void keep(uint64_t from, uint64_t to) {
    if (ranges_.emplace(from, to).second) ++all_;
  }

  size_t& all_;
  std::map<uint64_t, uint64_t> ranges_;
  uint64_t mapped_ = 0, break_ = 0, first_break_ = 0;
  bool full_ = false;
};

struct Use {
  uint64_t calls = 0, mapped = 0, unmapped = 0, of_files = 0, heap = 0, most = 0;
  uint64_t minor_faults = 0, major_faults = 0, max_rss = 0;
  bool ended = false, full = false;
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
      groups.groups(keys_, selected, group_.data());
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

class Memory {
 public:
  Memory(const Session& session, const std::vector<predicate::Field>& by)
      : session_(session), by_(by), keys_(by, kMostGroups) {}

  void read(const Choice& choice, const Watch& watch) {
    EventOrder order(session_, choice, SIZE_MAX);
    order.watch(watch);
    for (std::vector<EventKey> keys; !(keys = order.next_window()).empty();) {
      steps_.assign(keys.size(), {});
      fill_steps(keys);
      for (const Step& step : steps_) take(step);
    }
  }

  KeyGroups& keys() { return keys_; }
  GroupSums<Use>& uses() { return uses_; }

 private:
  void fill_steps(const std::vector<EventKey>& keys) {
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
  AddressSpace& space_of(uint32_t thread) {
    const uint32_t process = session_.threads().process_of(thread);
    if (const auto at = spaces_.find(process); at != spaces_.end()) return at->second;
    return spaces_.size() < kMostSpaces ? spaces_.try_emplace(process, mappings_).first->second : rest_;
  }

  void take(const Step& step) {
    switch (step.kind) {
      case Step::Kind::kNone:
        return;
      case Step::Kind::kExec:
        return space_of(step.thread).clear();
      case Step::Kind::kFork: {
        const ThreadTable& threads = session_.threads();
        if (threads.process_of(step.thread) != threads.process_of(step.child))
          space_of(step.child).inherit_break(space_of(step.thread));
        return;
      }
      case Step::Kind::kExit: {
        Use& use = uses_.of(step.group);
        use.ended = true;
        use.minor_faults += step.minor_faults;
        use.major_faults += step.major_faults;
        use.max_rss = std::max(use.max_rss, step.max_rss);
        if (const auto at = spaces_.find(session_.threads().process_of(step.thread)); at != spaces_.end()) {
          at->second.clear();
          spaces_.erase(at);
        }
        return;
      }
      case Step::Kind::kCall:
        take_call(step, space_of(step.thread));
    }
  }

  void take_call(const Step& step, AddressSpace& space) {
    if (step.what == What::kOther) return;
    Use& use = uses_.of(step.group);
    ++use.calls;
    switch (step.what) {
      case What::kMap: {
        const uint64_t bytes = pages(step.args[1]);
        use.mapped += bytes;
        if (!(step.args[3] & kMapAnonymous)) use.of_files += bytes;
        space.map(step.result, bytes);
        break;
      }
      case What::kUnmap:
        use.unmapped += pages(step.args[1]);
        space.unmap(step.args[0], pages(step.args[1]));
        break;
      case What::kRemap: {
        const uint64_t before = pages(step.args[1]), after = pages(step.args[2]);
        use.mapped += after > before ? after - before : 0;
        use.unmapped += before > after ? before - after : 0;
        space.unmap(step.args[0], before);
        space.map(step.result, after);
        break;
      }
      default:
        use.heap += space.move_break(step.result);
    }
    use.most = std::max(use.most, space.bytes());
    use.full |= space.full() || &space == &rest_;
  }

  const Session& session_;
  const std::vector<predicate::Field>& by_;
  KeyGroups keys_;
  GroupSums<Use> uses_;
  std::map<uint16_t, std::unique_ptr<Reader>> readers_;
  std::vector<Step> steps_;  // of a window
  size_t mappings_ = 0;
  AddressSpace rest_{mappings_};
  std::unordered_map<uint32_t, AddressSpace> spaces_;  // by process, of those that live
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

Result answer(const Source& session, const Asked& asked) {
  const trace::ReadScope scope;
  const trace::Trace& trace = session.trace();
  const ThreadTable& threads = session.threads();
  const Watch watch(asked);
  const bool own_keys = asked.by.empty();
  const std::vector<predicate::Field> by =
      group_fields(*session.relation("events"), own_keys ? std::vector<std::string>{"pid"} : asked.by);
  Memory memory(session, by);
  memory.read(memory_choice(session, asked), watch);

  std::vector<ResultColumn> list = columns();
  if (!own_keys) {
    list.erase(list.begin(), list.begin() + kFirstMeasure);
    for (size_t i = by.size(); i-- > 0;) list.insert(list.begin(), column_of(by[i]));
  }
  Result result("memory", std::move(list));
  auto add = [&](std::vector<Cell> cells, const Use& use) {
    for (Cell& cell : measures(use)) cells.push_back(std::move(cell));
    result.add(cells);
  };
  size_t all_rows = 0;
  bool full = memory.uses().others().full;
  const std::vector<Use>& uses = memory.uses().list();
  for (const uint32_t group : ranked_groups(memory.keys(), uses, [](const Use&a, const Use&b) {
         return a.max_rss != b.max_rss ? a.max_rss > b.max_rss : a.mapped > b.mapped;
       })) {
    if (!uses[group].calls && !uses[group].ended) continue;
    ++all_rows;
    full |= uses[group].full;
    if (result.rows() >= asked.limit) continue;
    if (!own_keys) {
      add(key_cells(session, by, memory.keys(), group), uses[group]);
      continue;
    }
    const KeyValue key = memory.keys().key(group, 0);
    const Process& process = threads.processes()[key.present ? key.number : 0];
    add({pid_cell(process.pid), name_cell(process.name, process.pid)}, uses[group]);
  }
  if (memory.keys().full()) {
    add(others_cells(own_keys ? group_fields(*session.relation("events"), {"pid", "process"}) : by),
        memory.uses().others());
    ++all_rows;
    result.shortfalls.emplace_back(kTooManyGroups);
  }
  if (full)
    result.shortfalls.emplace_back("more mappings than this program follows; what was mapped at once is not known");
  result.all_rows = all_rows;
  result.stopped = watch.stopped();
  result.coverage = coverage_of(trace, scope);
  mark_bounds(result, {"mapped_bytes", "unmapped_bytes", "file_bytes", "heap_bytes", "calls"});
  return result;
}

}  // namespace

extern constinit const Question kMemoryQuestion{
    .name = "memory",
    .help = "Memory by process: mapped, unmapped, heap, most at once, resident, page faults",
    .place = 57,
    .ranked = true,
    .takes = {.filter = Takes::Over::kEvents,
              .time = Takes::Over::kEvents,
              .by = "FIELD,... of events, such as process, user, cgroup (--fields events lists all)",
              .stop = true},
    .columns = columns,
    .answer = answer};

}  // namespace ebpftrace::analyzer
