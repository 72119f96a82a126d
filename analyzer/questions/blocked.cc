// SPDX-License-Identifier: Apache-2.0
// Where processes waited: time in calls that wait for somebody else (children, locks, timers, messages, connections), and in
// reads and writes of what has another end (pipes, sockets, event descriptors), by call, file and who is at the other end.
// Which calls those are says the table below, by the families of the trace's own table of calls.
// Memory: 2^16 pairs of call and file, as many users of pipes, and 8 MiB of latencies for each worker.
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/call_rows.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/group_passes.h"
#include "analyzer/query/latency_histogram.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/cells.h"
#include "trace/format/latency_buckets.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostPairs = 1u << 16, kMostUses = 1u << 16;

constexpr std::array<std::string_view, 21> kFamilies = {"wait",
                                                        "poll",
                                                        "select",
                                                        "epoll_wait",
                                                        "nanosleep",
                                                        "clock_nanosleep",
                                                        "accept",
                                                        "recv",
                                                        "pause",
                                                        "msgrcv",
                                                        "sigsuspend",
                                                        "io_getevents",
                                                        "rt_sigtimedwait",
                                                        "msgsnd",
                                                        "semop",
                                                        "mq_timedreceive",
                                                        "connect",
                                                        "flock",
                                                        "mq_timedsend",
                                                        "io_uring_enter",
                                                        "restart_syscall"};

enum class Wait : uint8_t { kNever, kAlways, kByFile, kFutex };

Wait wait_of(const trace::SyscallType& type) {
  if (type.alias == "futex")
    return type.name.ends_with("wake") || type.name.ends_with("requeue") ? Wait::kNever
           : type.name.ends_with("wait") || type.name.ends_with("waitv") ? Wait::kAlways
                                                                         : Wait::kFutex;
  if (std::find(kFamilies.begin(), kFamilies.end(), type.alias) != kFamilies.end()) return Wait::kAlways;
  return type.bytes == trace::ByteFlow::kNone ? Wait::kNever : Wait::kByFile;
}

// FUTEX_WAIT, LOCK_PI, WAIT_BITSET, WAIT_REQUEUE_PI, LOCK_PI2 (linux/futex.h): the others return at once.
bool futex_waits(uint64_t op) {
  constexpr uint64_t kCommand = 0x7f, kWaits = 1u << 0 | 1u << 6 | 1u << 9 | 1u << 11 | 1u << 13;
  return (op & kCommand) < 64 && (kWaits >> (op & kCommand) & 1) != 0;
}

bool waits(const File& file) { return S_ISFIFO(file.mode) || S_ISSOCK(file.mode) || !(file.mode & S_IFMT); }

// By number: a flat table for the scanning loop.
class Waits {
 public:
  explicit Waits(const trace::Catalogue& catalogue) : catalogue_(catalogue), table_(2 << 16) {
    for (const bool compat : {false, true})
      for (const trace::SyscallType& type : catalogue.table(compat).types())
        if (type.number <= 0xffff) table_[size_t{compat} << 16 | type.number] = wait_of(type);
  }
  Wait of(uint64_t number, uint64_t flags) const {
    if (number <= 0xffff) [[likely]]
      return table_[(flags & SYSCALL_COMPAT) << 15 | number];
    const auto* type = number > UINT32_MAX ? nullptr : find(number, flags);
    return type ? wait_of(*type) : Wait::kNever;
  }
  const trace::SyscallType* find(uint64_t number, uint64_t flags) const {
    return catalogue_.table(flags & SYSCALL_COMPAT).find(static_cast<uint32_t>(number));
  }

 private:
  const trace::Catalogue& catalogue_;
  std::vector<Wait> table_;
};

// The same as a filter: what is not of it can't be a wait. So the keys of --by are those of waits.
std::string filter_of(const trace::Catalogue& catalogue) {
  std::set<std::string> always, by_file;
  auto add = [&](const trace::SyscallType& type) {
    const Wait wait = wait_of(type);
    if (wait != Wait::kNever) (wait == Wait::kByFile ? by_file : always).insert(type.name);
  };
  for (const bool compat : {false, true})
    for (const trace::SyscallType& type : catalogue.table(compat).types()) add(type);
  for (const trace::SyscallType& type : catalogue.syscalls.x32_types()) add(type);
  auto names = [](const std::set<std::string>& set) {
    std::string list;
    for (const std::string& name : set) list += (list.empty() ? "\"" : ", \"") + name + '"';
    return "syscall in {" + list + "}";
  };
  std::string filter;
  if (!always.empty()) filter = names(always);
  if (!by_file.empty())
    filter +=
        (filter.empty() ? "" : " or ") + ("(" + names(by_file) + " && file_type in {\"fifo\", \"socket\", \"anon\"})");
  return filter.empty() ? "unfinished && !unfinished" : filter;
}

struct Sums {
  uint64_t calls = 0, errors = 0, total_ns = 0, min_ns = UINT64_MAX, max_ns = 0;
  uint64_t longest_ns = 0, longest_thread = 0;  // unfinished ones, too
  LatencyHistogram latency;

  void longest(uint64_t ns, uint64_t thread) {
    if (ns < longest_ns || (ns == longest_ns && longest_thread && thread >= longest_thread)) return;
    longest_ns = ns;
    longest_thread = thread;
  }
  void merge(const Sums& other) {
    calls += other.calls;
    errors += other.errors;
    total_ns += other.total_ns;
    min_ns = std::min(min_ns, other.min_ns);
    max_ns = std::max(max_ns, other.max_ns);
    if (other.calls) longest(other.longest_ns, other.longest_thread);
    latency.merge(other.latency);
  }
};

// A call, by a position that stands for its name, and a file, by its position in the file table.
struct Pair {
  uint32_t call, file;
};

class Worker {
 public:
  Worker(const Session& session, const CallQuery& query)
      : rows_(session, query, {"thread", "number", "flags", "result", "durationNs", "file", "file2", "arg1"}),
        threads_(session.threads()),
        files_(session.files()),
        flow_(session.flow()),
        waits_(session.trace().catalogue()),
        grouped_(!query.by.empty()) {
    for (const File& file : files_.files()) file_waits_.push_back(&file != files_.files().data() && waits(file));
  }

  void operator()(const trace::Frame& frame) {
    if (!rows_.load(frame)) return;
    const auto number = rows_.constant(kNumber), flags = rows_.constant(kFlags);
    if (number && flags && waits_.of(*number, *flags) == Wait::kNever) return;
    while (rows_.next_tile()) {
      const Columns of{rows_};
      if (rows_.all())
        for (size_t i = 0, n = rows_.rows(); i < n; ++i) add_row(of, i);
      else
        rows_.selected().for_each([&](size_t i) { add_row(of, i); });
    }
  }

  KeyGroups& keys() { return rows_.keys(); }
  GroupSums<Sums>& groups() { return groups_; }
  template <typename Visit>
  void for_each_pair(Visit&& visit) const {
    for (const auto& [key, place] : pairs_) visit(names_[key >> 32], static_cast<uint32_t>(key), groups_.list()[place]);
  }
  const std::unordered_set<uint64_t>& uses() const { return uses_; }
  bool full() const { return full_; }
  // Of a pipe's file: which of its ends a process used.
  static constexpr uint64_t kWrites = uint64_t{1} << 63;

 private:
  enum { kThread, kNumber, kFlags, kResult, kDuration, kFile, kFile2, kArg1 };

  // Of the tile: kept in registers while rows are added up.
  struct Columns {
    explicit Columns(const CallRows& rows)
        : thread(rows.column(kThread)),
          number(rows.column(kNumber)),
          flags(rows.column(kFlags)),
          result(rows.column(kResult)),
          duration(rows.column(kDuration)),
          file(rows.column(kFile)),
          file2(rows.column(kFile2)),
          arg1(rows.column(kArg1)),
          group(rows.groups()) {}
    const uint64_t *thread, *number, *flags, *result, *duration, *file, *file2, *arg1;
    const uint32_t* group;
  };

  void add_row(const Columns& of, size_t i) {
    const uint64_t flags = of.flags[i];
    const Wait wait = waits_.of(of.number[i], flags);
    if (wait == Wait::kNever || (wait == Wait::kFutex && !futex_waits(of.arg1[i]))) return;
    uint32_t file = files_.position(of.file[i]);
    if (wait == Wait::kByFile && !file_waits_[file]) return;
    Sums& sums = grouped_ ? groups_.of(of.group[i]) : of_pair(of, i, file);
    const uint64_t duration = of.duration[i];
    ++sums.calls;
    sums.total_ns += duration;
    sums.longest(duration, of.thread[i]);
    sums.errors += !(flags & SYSCALL_UNFINISHED) && is_error(of.result[i]);
    if (flags & trace::kNoDuration) return;
    sums.min_ns = std::min(sums.min_ns, duration);
    sums.max_ns = std::max(sums.max_ns, duration);
    sums.latency.add(duration, budget_);
  }

  Sums& of_pair(const Columns& of, size_t i, uint32_t file) {
    const uint64_t flags = of.flags[i];
    // Of a call that makes a connection's descriptor, what it waits at is the other file: the socket that listens.
    if (const uint32_t other = files_.position(of.file2[i]); other && is_accept(of.number[i], flags)) file = other;
    if (S_ISFIFO(files_.files()[file].mode)) {
      const uint8_t flow = CallFlow::directed(flow_.of(of.number[i], flags), flags);
      const uint64_t use =
          (flow & CallFlow::kWrites ? kWrites : 0) | uint64_t{file} << 32 | threads_.process_of(of.thread[i]);
      if (use != last_use_ && uses_.size() < kMostUses) uses_.insert(use);
      last_use_ = use;
    }
    const uint64_t call = (flags & SYSCALL_COMPAT) << 31 | (of.number[i] & 0xffffffff);
    if (call != last_call_) {
      last_call_ = call;
      const auto [found, is_new] = calls_.try_emplace(call, static_cast<uint32_t>(names_.size()));
      if (is_new) names_.push_back(waits_.find(of.number[i], flags)->name);
      call_ = found->second;
    }
    const uint64_t pair = uint64_t{call_} << 32 | file;
    if (pair == last_pair_) return groups_.of(place_);
    auto found = pairs_.find(pair);
    if (found == pairs_.end()) {
      if (pairs_.size() == kMostPairs) {
        full_ = true;
        return groups_.others();
      }
      found = pairs_.emplace(pair, static_cast<uint32_t>(pairs_.size())).first;
    }
    last_pair_ = pair;
    place_ = found->second;
    return groups_.of(place_);
  }
  bool is_accept(uint64_t number, uint64_t flags) const { return waits_.find(number, flags)->alias == "accept"; }

  CallRows rows_;
  const ThreadTable& threads_;
  const FileTable& files_;
  const CallFlow& flow_;
  const Waits waits_;
  const bool grouped_;
  std::vector<bool> file_waits_;  // by position in the file table
  GroupSums<Sums> groups_;
  std::unordered_map<uint64_t, uint32_t> calls_;  // compat << 32 | number -> place in names_
  std::vector<std::string_view> names_;
  std::unordered_map<uint64_t, uint32_t> pairs_;  // place of the call << 32 | file -> group
  std::unordered_set<uint64_t> uses_;             // of pipes: kWrites | file << 32 | process
  uint64_t last_use_ = UINT64_MAX, last_call_ = UINT64_MAX, last_pair_ = UINT64_MAX;
  uint32_t call_ = 0, place_ = 0;
  bool full_ = false;
  HistogramBudget budget_{128u << 10};  // 8 MiB
};

std::vector<ResultColumn> columns() {
  return {{"syscall", Unit::kText, "SYSCALL", "The call that waited."},
          {"path", Unit::kText, "FILE", "What it waited at; of accept, the socket that listens. Nothing: no file."},
          {"peer", Unit::kText, "PEER", "The other end: of a socket its address, of a pipe the processes there.",
           Show::kIfAny},
          {"calls", Unit::kNumber, "CALLS", "How many, those without an end included."},
          {"errors", Unit::kNumber, "ERRORS", "How many ended with an error, such as a timeout or a signal.",
           Show::kIfRoom},
          {"total_ns", Unit::kDuration, "TOTAL", "Time in them, those without an end included."},
          {"p50_ns", Unit::kDuration, "P50", "Half of them took at most so long; within 3.2 %.", Show::kIfRoom},
          {"p99_ns", Unit::kDuration, "P99", "99 % of them took at most so long; within 3.2 %."},
          {"max_ns", Unit::kDuration, "MAX", "The longest finished one."},
          {"longest_pid", Unit::kIdentity, "", "Process that waited longest in one of them."},
          {"longest_process", Unit::kText, "LONGEST WAITED", "Its latest name."}};
}

constexpr size_t kKeys = 3;  // the columns that --by replaces

// Where a file's address has one: "TCP:[127.0.0.1:1->127.0.0.1:2]".
std::string remote_of(const File& file) {
  const size_t at = S_ISSOCK(file.mode) ? file.shown.find("->") : std::string_view::npos;
  if (at == std::string_view::npos) return {};
  std::string_view rest = file.shown.substr(at + 2);
  if (rest.ends_with(']')) rest.remove_suffix(1);
  return std::string(rest);
}

// Files of one path are one; those of a socket, of one address.
using FileKey = std::pair<std::string_view, std::string_view>;
FileKey key_of(const FileTable& files, uint32_t position) {
  const File& file = files.files()[position];
  return position ? FileKey{S_ISSOCK(file.mode) ? file.shown : file.path, file_type_name(file.mode)} : FileKey{};
}

// Who was at a pipe's ends, by its path.
struct Ends {
  std::set<uint32_t> readers, writers;  // processes
};

std::string names_of(const std::set<uint32_t>& processes, const ThreadTable& threads) {
  if (processes.empty()) return {};
  const Process& first = threads.processes()[*processes.begin()];
  std::string text = first.pid ? std::string(first.name) + " " + std::to_string(first.pid) : "?";
  return processes.size() == 1 ? text : text + " +" + std::to_string(processes.size() - 1);
}

void add_row(Result& result, const Session& session, std::vector<Cell> cells, const Sums& sums) {
  const ThreadTable& threads = session.threads();
  const Process& longest = threads.processes()[threads.process_of(sums.longest_thread)];
  auto part = [&](double share) { return cell_of(percentile(sums.latency, share, sums.min_ns, sums.max_ns)); };
  for (const Cell& cell : std::initializer_list<Cell>{sums.calls, sums.errors, sums.total_ns, part(0.5), part(0.99),
                                                      sums.min_ns <= sums.max_ns ? Cell(sums.max_ns) : Cell(),
                                                      pid_cell(longest.pid), name_cell(longest.name, longest.pid)})
    cells.push_back(cell);
  result.add(cells);
}

bool before(const Sums& a, const Sums& b) {
  return a.total_ns != b.total_ns ? a.total_ns > b.total_ns : a.calls > b.calls;
}

std::vector<std::unique_ptr<Worker>> scan(const Session& session, const CallQuery& query) {
  return scan_blocks(
      session.trace(), session.trace().blocks_of("syscall"), [&] { return std::make_unique<Worker>(session, query); },
      query.watch);
}

Result by_pairs(const Session& session, const std::vector<std::unique_ptr<Worker>>& workers, size_t limit) {
  const FileTable& files = session.files();
  const ThreadTable& threads = session.threads();
  struct Row {
    Sums sums;
    uint32_t file = 0;
  };
  std::map<std::pair<std::string_view, FileKey>, Row> rows;
  std::map<FileKey, Ends> ends;
  Sums others;
  bool full = false;
  for (const auto& worker : workers) {
    worker->for_each_pair([&](std::string_view call, uint32_t file, const Sums& sums) {
      Row& row = rows[{call, key_of(files, file)}];
      row.sums.merge(sums);
      row.file = std::max(row.file, file);
    });
    for (const uint64_t use : worker->uses()) {
      Ends& of = ends[key_of(files, static_cast<uint32_t>(use >> 32) & 0x7fffffff)];
      (use & Worker::kWrites ? of.writers : of.readers).insert(static_cast<uint32_t>(use));
    }
    others.merge(worker->groups().others());
    full |= worker->full();
  }
  std::vector<std::pair<const std::pair<std::string_view, FileKey>*, const Row*>> ranked;
  for (const auto& [key, row] : rows) ranked.emplace_back(&key, &row);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return before(a.second->sums, b.second->sums); });
  Result result("blocked", columns());
  for (const auto& [key, row] : std::span(ranked).first(std::min(limit, ranked.size()))) {
    const File& file = files.files()[row->file];
    std::string peer = remote_of(file);
    if (const auto at = ends.find(key->second); at != ends.end() && S_ISFIFO(file.mode)) {
      const auto* type = [&, &key = key]() -> const trace::SyscallType* {
        for (const bool compat : {false, true})
          for (const trace::SyscallType& one : session.trace().catalogue().table(compat).types())
            if (one.name == key->first) return &one;
        return nullptr;
      }();
      const bool writes = type && type->bytes == trace::ByteFlow::kWrite;
      peer = names_of(writes ? at->second.readers : at->second.writers, threads);
    }
    add_row(result, session,
            {std::string(key->first), row->file ? Cell(with_cut_mark(key->second.first, file.cut)) : Cell(),
             text_cell(peer)},
            row->sums);
  }
  if (full) {
    add_row(result, session, {Cell(), Cell(), Cell()}, others);
    result.shortfalls.emplace_back(
        "more calls of different files than this program tells apart; the others are in one row without them");
  }
  result.all_rows = ranked.size() + full;
  return result;
}

Result by_groups(const Session& session, const CallQuery& query, size_t limit) {
  struct Row {
    std::vector<Cell> keys;
    Sums sums;
  };
  RankedGroups<Row> rows(limit, [](const Row& a, const Row& b) { return before(a.sums, b.sums); });
  Sums others;
  GroupPasses passes(query);
  while (passes.more()) {
    auto workers = scan(session, passes.query());
    Worker& all = *workers[0];
    for (size_t i = 1; i < workers.size(); ++i)
      merge_groups(all.keys(), all.groups(), workers[i]->keys(), workers[i]->groups(),
                   [](Sums& into, const Sums& from) { into.merge(from); });
    if (!passes.counts(all.keys())) continue;
    std::vector<Sums>& sums = all.groups().list();
    rows.add(
        all.keys(), sums, before, [](const Sums& one) { return one.calls != 0; },
        [&](uint32_t group) {
          return Row{key_cells(session, query.by, all.keys(), group), std::move(sums[group])};
        });
    others.merge(all.groups().others());
  }
  std::vector<ResultColumn> list, measures = columns();
  for (const predicate::Field& field : query.by) list.push_back(column_of(field));
  list.insert(list.end(), measures.begin() + kKeys, measures.end());
  Result result("blocked", std::move(list));
  for (Row& row : rows.take()) add_row(result, session, std::move(row.keys), row.sums);
  result.all_rows = rows.all() + passes.others();
  if (passes.others()) {
    add_row(result, session, others_cells(query.by), others);
    result.shortfalls.emplace_back(kTooManyGroups);
  }
  if (rows.some_missing()) result.shortfalls.emplace_back(kTooManyRows);
  return result;
}

Result answer(const Source& session, const Asked& asked) {
  const trace::ReadScope scope;
  const trace::Trace& trace = session.trace();
  session.threads();
  session.files();
  const Watch watch(asked);
  const CallQuery query =
      call_query(session, asked, watch, asked.by.empty() ? std::string() : filter_of(trace.catalogue()));
  Result result =
      query.by.empty() ? by_pairs(session, scan(session, query), asked.limit) : by_groups(session, query, asked.limit);
  result.stopped = watch.stopped();
  result.coverage = coverage_of(trace, scope);
  mark_bounds(result, {"calls", "errors", "total_ns", "max_ns"});
  return result;
}

constexpr RankedBy kRankedBy[] = {{"total_ns"}, {"calls"}};

}  // namespace

extern constinit const Question kBlockedQuestion{
    .name = "blocked",
    .help = "Time in calls that wait: by call, file and who is at the other end",
    .place = 40,
    .ranked = true,
    .ranked_by = kRankedBy,
    .takes = {.filter = Takes::Over::kEvents,
              .time = Takes::Over::kEvents,
              .by = "FIELD,... of system calls, such as process, syscall, path (--fields syscalls lists all)",
              .stop = true,
              .durations = true},
    .columns = columns,
    .answer = answer};

}  // namespace ebpftrace::analyzer
