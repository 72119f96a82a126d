// SPDX-License-Identifier: Apache-2.0
// Every process of the trace and the ancestors that it names: where it came from, what it ran, how it ended. Parents
// before their children, siblings by start time.
#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/control_groups.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/io_uring.h"
#include "analyzer/dictionaries/running_processes.h"
#include "analyzer/dictionaries/text_arena.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/coverage.h"
#include "analyzer/questions/cells.h"
#include "analyzer/text/shell_quote.h"
#include "schema/values.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kCommandBytes = 48u << 20;  // of all processes together
constexpr unsigned kMaxDepth = 1000;
constexpr size_t kMostPrograms = 1u << 20;

struct ProcessResources {
  uint64_t user_ns = 0, system_ns = 0;  // CPU time of all its threads
  uint64_t max_rss_bytes = 0;           // most memory that it had resident
};

struct TreeGroup {
  std::string cgroup;  // path; empty: not known
  Container container;
};

struct TreeProcess {
  uint32_t pid, ppid;
  std::string process;  // latest command name
  std::string command;  // arguments of its last exec, or those that it had when the recording began, quoted for a shell
                        // where they need it; its name if neither is known
  bool command_cut;     // not all of it was recorded
  bool recorded;        // false: an ancestor of one that is, as it was when the recording began
  std::optional<int64_t> start_ns;  // since the trace's start; negative: it was there before. Nothing: an ancestor
  std::optional<int64_t> end_ns;
  std::optional<int> exit_code, exit_signal;  // one of them if it ended
  std::string exe;              // program file of its last exec, else of the process that forked it; empty: not known
  std::string cwd;              // where it was at its last exec, or when the recording began; empty: not known
  size_t first_word = 0;        // of command: bytes
  bool exe_is_said = true;      // by that word, or there is nothing to say
  uint32_t threads;             // that were described; of an ancestor, that it had; 0: not known
  std::optional<uint32_t> uid;  // effective user id, latest
  uint32_t ns_pid;              // in its own PID namespace; 0: not known
  uint32_t group;               // of the groups that are known: its latest
  std::optional<ProcessResources> used;  // if it ended
  bool io_uring;                         // it used one: its I/O is not fully visible
};

struct Life {
  uint32_t parent = 0;  // position of the process that forked it, 0 unknown
  uint64_t forked_ns = 0;
  uint32_t exe = 0, cwd = 0;  // of its last exec: ids of files
  std::string_view argv;
  bool argv_cut = false;
  uint64_t end_ns = 0;
  bool ended = false;
  uint32_t status = 0;         // if ended
  uint32_t leader_status = 0;  // the leader's own, seen before the last thread ended
  bool leader_ended = false;
  uint32_t used = 0;  // position of its resources; 0: not known
};

class Lives {
 public:
  Lives(const trace::Trace& trace, const ThreadTable& threads)
      : trace_(trace), threads_(threads), lives_(threads.processes().size()) {
    read_forks();
    read_execs();
    read_exits();
  }
  const Life& of(uint32_t process) const { return lives_[process]; }
  const ProcessResources& used(const Life& life) const { return used_[life.used]; }
  // The program file that the process ran at that time because of an exec, 0 if it is not known; nothing: there was no exec.
  std::optional<uint32_t> exe_at(uint32_t process, uint64_t time_ns) const {
    const auto later = std::upper_bound(programs_.begin(), programs_.end(), std::tuple(process, time_ns, UINT32_MAX));
    if (later == programs_.begin() || std::get<0>(*std::prev(later)) != process) return std::nullopt;
    return std::get<2>(*std::prev(later));
  }

 private:
  template <typename Row>
  void for_each_row(trace::Block& block, std::string_view type, Row&& row) {
    for (uint32_t position : trace_.blocks_of(type)) {
      if (!block.load(trace_.frames()[position])) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i) row(i);
    }
  }
  uint32_t process(uint64_t thread) const { return threads_.process_of(static_cast<uint32_t>(thread)); }

  void read_forks() {
    trace::Block block(trace_, "fork", {"thread", "child", "timeNs"});
    for_each_row(block, "fork", [&](size_t i) {
      const uint32_t parent = process(block.column(0)[i]), child = process(block.column(1)[i]);
      if (child && child != parent && !lives_[child].parent) {
        lives_[child].parent = parent;
        lives_[child].forked_ns = block.column(2)[i];
      }
    });
  }

  void read_execs() {
    trace::Block block(trace_, "exec", {"thread", "argv", "timeNs", "exe", "cwd"});
    bool full = false, programs_full = false;
    for_each_row(block, "exec", [&](size_t i) {
      const uint32_t at = process(block.column(0)[i]);
      const trace::BlockText argv = block.text(block.column(1)[i]);
      if (!at) return;
      Life& life = lives_[at];
      life.exe = static_cast<uint32_t>(block.column(3)[i]);
      life.cwd = static_cast<uint32_t>(block.column(4)[i]);
      if (programs_.size() < kMostPrograms)
        programs_.emplace_back(at, block.column(2)[i], life.exe);
      else
        programs_full = true;
      if (!argv.present) return;
      life.argv_cut = argv.cut || argv.at_least || argv.unreadable;
      // As a rule a process execs what its siblings do: the same text is kept once.
      if (life.argv != argv.bytes) {
        const auto kept = arena_.keep(argv.bytes);
        full |= !kept;
        life.argv_cut |= !kept;
        life.argv = kept.value_or(std::string_view());
      }
    });
    std::sort(programs_.begin(), programs_.end());
    if (programs_full)
      trace_.shortfalls().report(
          "more programs were started than this program keeps; exe of some processes is missing");
    if (full)
      trace_.shortfalls().report("more command lines are recorded than this program keeps; the rest are missing");
  }

  void read_exits() {
    trace::Block block(trace_, "exit",
                       {"timeNs", "thread", "status", "groupStatus", "flags", "userNs", "systemNs", "maxRssBytes"});
    const EventType* exit = trace_.catalogue().type("exit");
    const bool resources = exit && exit->column("maxRssBytes");
    for_each_row(block, "exit", [&](size_t i) {
      const Thread& thread = threads_.thread(static_cast<uint32_t>(block.column(1)[i]));
      if (!thread.process) return;
      Life& life = lives_[thread.process];
      const auto status = static_cast<uint32_t>(block.column(2)[i]), group = static_cast<uint32_t>(block.column(3)[i]);
      const uint64_t flags = block.column(4)[i];
      if (thread.tid == threads_.processes()[thread.process].pid) {
        life.leader_status = status;
        life.leader_ended = true;
      }
      if (flags & EXIT_LAST_THREAD) {
        life.ended = true;
        life.end_ns = block.column(0)[i];
        if (resources && !life.used) {
          life.used = static_cast<uint32_t>(used_.size());
          used_.emplace_back();
        }
        // Two threads that end at once may both find that they are the last: the later one has seen more.
        if (resources) used_[life.used] = {block.column(5)[i], block.column(6)[i], block.column(7)[i]};
        life.status = flags & EXIT_GROUP_STATUS ? group : life.leader_ended ? life.leader_status : status;
      }
    });
  }

  const trace::Trace& trace_;
  const ThreadTable& threads_;
  std::vector<Life> lives_;
  std::vector<ProcessResources> used_{1};
  std::vector<std::tuple<uint32_t, uint64_t, uint32_t>> programs_;  // process, time of exec, exe; sorted
  TextArena arena_{kCommandBytes};
};

// Nodes of the tree: 1 to processes - 1 are the thread table's, those behind them running processes that aren't in it.
class Nodes {
 public:
  Nodes(const std::vector<Process>& processes, const std::vector<RunningProcess>& running, const Lives& lives)
      : processes_(processes), running_(running), snapshot_(processes.size()) {
    for (uint32_t i = 1; i < processes.size(); ++i) by_pid_.push_back({processes[i].pid, i});
    std::sort(by_pid_.begin(), by_pid_.end());
    for (uint32_t i = 0; i < running.size(); ++i) {
      // Who had the pid when /proc was read.
      if (const uint32_t process = holder(running[i].pid, running[i].time_ns))
        snapshot_[process] = i + 1;
      else if (other_by_pid_.try_emplace(running[i].pid, size()).second)
        others_.push_back(i);
    }
    parent_.resize(size());
    for (uint32_t i = 1; i < processes.size(); ++i) parent_[i] = parent_of(i, lives.of(i).parent);
    // The parent of one that is not recorded is none either: descendants are.
    for (uint32_t i = first_other(); i < size(); ++i) parent_[i] = other_of(running_[others_[i - first_other()]].ppid);
    for (uint32_t i = first_other(); i < size(); ++i) cut_cycle(i);
    mark_ancestors();
  }

  uint32_t size() const { return static_cast<uint32_t>(processes_.size() + others_.size()); }
  uint32_t parent(uint32_t node) const { return parent_[node]; }
  bool is_recorded(uint32_t node) const { return node < first_other(); }
  // Of a recorded process: what /proc said of it; nullptr: it wasn't there yet.
  const RunningProcess* running(uint32_t node) const {
    if (!is_recorded(node)) return &running_[others_[node - first_other()]];
    return snapshot_[node] ? &running_[snapshot_[node] - 1] : nullptr;
  }
  // What the tree shows, in the order that siblings have: ancestors by pid, then the rest by start.
  std::vector<uint32_t> in_order() const {
    std::vector<uint32_t> order;
    for (uint32_t i = first_other(); i < size(); ++i)
      if (leads_[i - first_other()]) order.push_back(i);
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return running(a)->pid < running(b)->pid; });
    const auto ancestors = static_cast<std::ptrdiff_t>(order.size());
    for (uint32_t i = 1; i < first_other(); ++i) order.push_back(i);
    std::sort(order.begin() + ancestors, order.end(), [&](uint32_t a, uint32_t b) {
      if (processes_[a].start_ns != processes_[b].start_ns) return processes_[a].start_ns < processes_[b].start_ns;
      return a < b;
    });
    return order;
  }

 private:
  uint32_t first_other() const { return static_cast<uint32_t>(processes_.size()); }

  // The recorded process that had the pid at that time: the latest that had started.
  uint32_t holder(uint32_t pid, uint64_t time_ns, uint32_t except = 0) const {
    uint32_t best = 0;
    for (auto at = std::lower_bound(by_pid_.begin(), by_pid_.end(), std::pair(pid, 0u));
         at != by_pid_.end() && at->first == pid; ++at)
      if (at->second != except && processes_[at->second].start_ns <= time_ns &&
          (!best || processes_[at->second].start_ns > processes_[best].start_ns))
        best = at->second;
    return best;
  }

  uint32_t other_of(uint32_t pid) const {
    const auto found = other_by_pid_.find(pid);
    return found == other_by_pid_.end() ? 0 : found->second;
  }

  uint32_t parent_of(uint32_t child, uint32_t forked_by) const {
    uint32_t from = forked_by;
    if (!from) from = holder(processes_[child].ppid, processes_[child].start_ns, child);
    // A parent is older, or as old and described earlier: no cycle, whatever the trace says.
    if (from && (processes_[from].start_ns > processes_[child].start_ns ||
                 (processes_[from].start_ns == processes_[child].start_ns && from > child)))
      from = 0;
    return from ? from : other_of(processes_[child].ppid);
  }

  void cut_cycle(uint32_t node) {
    unsigned steps = 0;
    for (uint32_t up = parent_[node]; up; up = parent_[up]) {
      if (up == node || ++steps > kMaxDepth) {
        parent_[node] = 0;
        return;
      }
    }
  }

  void mark_ancestors() {
    leads_.resize(others_.size());
    for (uint32_t i = 1; i < first_other(); ++i)
      for (uint32_t up = parent_[i]; up && !is_recorded(up); up = parent_[up]) {
        if (leads_[up - first_other()]) break;
        leads_[up - first_other()] = true;
      }
  }

  const std::vector<Process>& processes_;
  const std::vector<RunningProcess>& running_;
  std::vector<uint32_t> snapshot_;  // by process: position in running_ + 1
  std::vector<uint32_t> others_;    // positions in running_
  std::vector<bool> leads_;         // by position in others_: to a recorded one
  std::vector<uint32_t> parent_;
  std::vector<std::pair<uint32_t, uint32_t>> by_pid_;  // sorted
  std::map<uint32_t, uint32_t> other_by_pid_;
};

// Does the first argument tell a reader which file ran? It does if it is its path, where /bin is /usr/bin too, or a name that is
// looked for where such programs are.
bool says(std::string_view word, std::string_view exe) {
  if (exe == word) return true;
  if (word.starts_with('/')) return exe.starts_with("/usr") && exe.substr(4) == word;
  const size_t slash = exe.rfind('/');
  if (slash == std::string_view::npos || exe.substr(slash + 1) != word) return false;
  static constexpr std::string_view kUsual[] = {"/usr/bin", "/bin",           "/usr/sbin",
                                                "/sbin",    "/usr/local/bin", "/usr/local/sbin"};
  return std::find(std::begin(kUsual), std::end(kUsual), exe.substr(0, slash)) != std::end(kUsual);
}

std::vector<ResultColumn> columns() {
  return {
      {"pid", Unit::kIdentity, "PID", "Process id."},
      {"ppid", Unit::kIdentity, "PPID", "Process id of its parent."},
      {"process", Unit::kText, "", "Its latest command name."},
      {"command", Unit::kText, "COMMAND", "", Show::kOnlyPeople},
      {"command", Unit::kText, "", "Arguments of its last exec, or when the recording began; else its name."},
      {"start_ns", Unit::kTime, "START", "When it began."},
      {"end_ns", Unit::kTime, "END", "When its last thread ended."},
      {"exit_code", Unit::kNumber, "EXIT", "What it exited with."},
      {"exit_signal", Unit::kNumber, "SIGNAL", "What killed it."},
      {"threads", Unit::kNumber, "THREADS", "Threads that are described; of an ancestor, that it had.", Show::kIfRoom},
      {"user_ns", Unit::kDuration, "USER", "CPU time in user mode, of all its threads.", Show::kIfRoom},
      {"system_ns", Unit::kDuration, "SYSTEM", "CPU time in kernel mode.", Show::kIfRoom},
      {"max_rss_bytes", Unit::kBytes, "MAX RSS", "Most memory that it had resident.", Show::kIfRoom},
      {"uid", Unit::kIdentity, "", "Effective user id, the latest."},
      {"ns_pid", Unit::kIdentity, "", "Process id in its own PID namespace."},
      {"cgroup", Unit::kText, "", "Path of its control group, the latest."},
      {"exe", Unit::kText, "", "Program file of its last exec; of a script, its interpreter."},
      {"cwd", Unit::kText, "", "Where it was at its last exec, or when the recording began."},
      {"role", Unit::kText, "", "recorded, or the ancestor of one that is.", Show::kAlways, {"recorded", "ancestor"}},
      {"container", Unit::kText, "CONTAINER", "Runtime of its container and the front of its id.", Show::kIfAny},
      {"container_id", Unit::kText, "", "The whole id."},
      {"io_uring", Unit::kNumber, "", "1: it used one, so its I/O is not fully visible."},
      {"note", Unit::kText, "NOTE", "What to know about the numbers.", Show::kIfAny}};
}

Cell number_cell(const std::optional<int>& value) { return value ? Cell(static_cast<uint64_t>(*value)) : Cell(); }

std::vector<Cell> cells_of(const TreeProcess& row, const TreeGroup& group) {
  std::string command = with_cut_mark(row.command, row.command_cut), shown = command;
  // As strace -y shows files: ./job</srv/a/job> one
  if (!row.exe_is_said) shown.insert(std::min(row.first_word, shown.size()), "<" + row.exe + ">");
  return {uint64_t{row.pid},
          uint64_t{row.ppid},
          row.process,
          std::move(shown),
          std::move(command),
          cell_of(row.start_ns),
          cell_of(row.end_ns),
          number_cell(row.exit_code),
          number_cell(row.exit_signal),
          row.threads ? Cell(uint64_t{row.threads}) : Cell(),
          row.used ? Cell(row.used->user_ns) : Cell(),
          row.used ? Cell(row.used->system_ns) : Cell(),
          row.used ? Cell(row.used->max_rss_bytes) : Cell(),
          row.uid ? Cell(uint64_t{*row.uid}) : Cell(),
          pid_cell(row.ns_pid),
          text_cell(group.cgroup),
          text_cell(row.exe),
          text_cell(row.cwd),
          std::string(row.recorded ? "recorded" : "ancestor"),
          text_cell(short_name(group.container)),
          text_cell(group.container.id),
          uint64_t{row.io_uring},
          ring_note(row.io_uring)};
}

Result answer(const Source& source, const Asked& asked) {
  const trace::ReadScope scope;
  const trace::Trace& trace = source.trace();
  const ThreadTable threads(trace);
  const Lives lives(trace, threads);
  const CgroupTable groups(trace);
  const FileTable files(trace);
  const auto& processes = threads.processes();

  const RunningProcesses running(trace);
  const Nodes nodes(processes, running.list(), lives);
  const std::vector<uint32_t> order = nodes.in_order();
  const std::vector<bool> rings = processes_with_rings(trace, threads);

  // Children lists, linked through siblings in order; 0 ends them. Position 0 holds the roots.
  std::vector<uint32_t> first_child(nodes.size()), sibling(nodes.size());
  for (auto child = order.rbegin(); child != order.rend(); ++child) {
    const uint32_t from = nodes.parent(*child);
    sibling[*child] = first_child[from];
    first_child[from] = *child;
  }

  Result tree("tree", columns());
  std::vector<TreeGroup> tree_groups(1);  // the first is for what is not known
  std::map<uint64_t, uint32_t> group_positions;
  std::map<std::string_view, uint32_t> snapshot_groups;  // of ancestors: known by their paths
  auto add_group = [&](std::string_view path) {
    tree_groups.push_back({std::string(path), container_of_cgroup(path)});
    return static_cast<uint32_t>(tree_groups.size() - 1);
  };
  auto group_of = [&](uint64_t id, const RunningProcess* snapshot) -> uint32_t {
    if (const std::string_view path = groups.path(id); !path.empty()) {
      const auto [found, first] = group_positions.try_emplace(id, 0);
      if (first) found->second = add_group(path);
      return found->second;
    }
    if (!snapshot || snapshot->cgroup.empty()) return 0;
    const auto [found, first] = snapshot_groups.try_emplace(snapshot->cgroup, 0);
    if (first) found->second = add_group(snapshot->cgroup);
    return found->second;
  };
  auto path_of = [&](uint32_t id) {
    const File* file = files.find(id);
    return file ? std::string(file->path) : std::string();
  };
  // What it ran: by its own exec, from before the recording, or from whoever forked it.
  auto exe_of = [&](uint32_t at) {
    uint64_t time_ns = UINT64_MAX;
    for (unsigned steps = 0; at && steps < kMaxDepth; ++steps) {
      if (const auto exe = lives.exe_at(at, time_ns)) return path_of(*exe);
      if (const RunningProcess* before = nodes.running(at); before && !before->exe.empty())
        return std::string(before->exe);
      time_ns = std::min(time_ns, lives.of(at).forked_ns);
      at = lives.of(at).parent;
    }
    return std::string();
  };
  auto compare_first_word = [](TreeProcess& row, std::string_view argv) {
    const std::string_view word = argv.substr(0, argv.find('\0'));
    row.first_word = quote_argv(std::string(word) + '\0').size();
    row.exe_is_said = argv.empty() || row.exe.empty() || says(word, row.exe);
  };
  auto recorded_row = [&](uint32_t at) {
    const Process& process = processes[at];
    const Life& life = lives.of(at);
    const RunningProcess* before = nodes.running(at);
    TreeProcess row{};
    row.pid = process.pid;
    row.ppid = process.ppid;
    row.process = process.name;
    row.recorded = true;
    row.command = quote_argv(life.argv);
    row.command_cut = life.argv_cut;
    if (row.command.empty() && before) {
      row.command = quote_argv(before->argv);
      row.command_cut = before->argv_cut;
    }
    row.exe = exe_of(at);
    row.cwd = life.cwd || !before ? path_of(life.cwd) : std::string(before->cwd);
    compare_first_word(row, !life.argv.empty() || !before ? life.argv : before->argv);
    if (row.command.empty()) row.command = process.name;
    row.start_ns = trace.since_start(process.start_ns);
    if (life.ended) {
      row.end_ns = trace.since_start(life.end_ns);
      if (life.status & 0x7f)
        row.exit_signal = static_cast<int>(life.status & 0x7f);
      else
        row.exit_code = static_cast<int>(life.status >> 8 & 0xff);
    }
    if (life.used) row.used = lives.used(life);
    row.uid = process.uid;
    row.ns_pid = process.ns_pid;
    row.group = group_of(process.cgroup, before);
    row.threads = process.threads;
    row.io_uring = rings[at];
    return row;
  };
  auto ancestor_row = [&](const RunningProcess& process) {
    TreeProcess row{};
    row.pid = process.pid;
    row.ppid = process.ppid;
    row.process = process.comm;
    row.command = quote_argv(process.argv);
    row.command_cut = process.argv_cut;
    row.exe = process.exe;
    row.cwd = process.cwd;
    compare_first_word(row, process.argv);
    if (row.command.empty()) row.command = process.comm;
    if (process.threads) row.uid = process.uid;  // else only its name was kept
    row.ns_pid = process.ns_pid;
    row.group = group_of(0, &process);
    row.threads = process.threads;
    return row;
  };
  uint32_t at = first_child[0];
  std::vector<size_t> line;  // rows that lead to the next one
  while (at && tree.rows() < asked.limit) {
    const TreeProcess row = nodes.is_recorded(at) ? recorded_row(at) : ancestor_row(*nodes.running(at));
    tree.add(cells_of(row, tree_groups[row.group]), line.empty() ? std::nullopt : std::optional(line.back()));
    if (first_child[at]) {
      line.push_back(tree.rows() - 1);
      at = first_child[at];
      continue;
    }
    while (at && !sibling[at]) {
      at = nodes.parent(at);
      if (at) line.pop_back();
    }
    if (at) at = sibling[at];
  }
  if (tree.rows() == asked.limit) tree.all_rows = order.size();
  tree.coverage = coverage_of(trace, scope);
  return tree;
}

}  // namespace

extern constinit const Question kTreeQuestion{
    .name = "tree",
    .help = "Processes by who started whom: command, time, exit status, threads",
    .place = 40,
    .takes = {.time = Takes::Over::kRows, .began = "start_ns"},
    .columns = columns,
    .answer = answer};

}  // namespace ebpftrace::analyzer
