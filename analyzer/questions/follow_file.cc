// SPDX-License-Identifier: Apache-2.0
// The life of one file: who opened, read, wrote, renamed and unlinked it, under all of its names, in order of time. Calls of one
// kind by one process through one descriptor that come one after the other are one row.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <unordered_set>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/file_facts.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/kept_texts.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/moments.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/cells.h"
#include "analyzer/state/call_effects.h"
#include "analyzer/state/plain_path.h"
#include "analyzer/text/call_text.h"
#include "predicate/error.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostRows = 1u << 18, kMostNames = 1024, kMostRenames = 1u << 16, kMostTextBytes = 16u << 20;

std::vector<ResultColumn> columns() {
  return {{"time_ns", Unit::kTime, "TIME", "When the first of these calls began."},
          {"end_ns", Unit::kTime, "", "When the last one returned."},
          {"pid", Unit::kIdentity, "PID", "Process that made them."},
          {"process", Unit::kText, "PROCESS", "Its name then."},
          {"event", Unit::kText, "EVENT", "The system call, or \"exec\": a program was started from it."},
          {"fd", Unit::kIdentity, "FD", "Through this descriptor; of a call that opened it, the new one."},
          {"calls", Unit::kNumber, "CALLS", "Calls that the row stands for.", Show::kIfRoom},
          {"read_bytes", Unit::kBytes, "READ", "Bytes that they read.", Show::kIfAny},
          {"write_bytes", Unit::kBytes, "WRITTEN", "Bytes that they wrote.", Show::kIfAny},
          {"error", Unit::kText, "ERROR", "How they failed.", Show::kIfAny},
          {"created",
           Unit::kText,
           "CREATED",
           "Of a call that opened it: whether it made the file (yes), or would have if it had not been there (if new).",
           Show::kIfAny,
           {"yes", "if new"}},
          {"path", Unit::kText, "PATH", "Its name then."},
          {"path2", Unit::kText, "TO", "Of a call that gave it another name: that name.", Show::kIfAny},
          {"inode", Unit::kIdentity, "", "Inode number; nothing: the call did not reach it."}};
}

enum Calls {
  kTime,
  kDuration,
  kResult,
  kThread,
  kFile,
  kFile2,
  kNumber,
  kFlags,
  kMoved,
  kPeeked,
  kCwd,
  kArg0,
  kArg1,
  kArg2,
  kArg3,
  kArg4,
  kPath,
  kPath2
};

struct Row {
  uint64_t time_ns, end_ns, offset;
  uint32_t row, thread, number, fd, file, error, calls;
  bool compat, has_fd;
  uint8_t created;  // 0, 1 yes, 2 if new
  uint64_t read, written;
  std::string_view path, path2;
  auto key() const { return std::tuple(time_ns, offset, row); }
};

struct Rename {
  uint64_t time_ns;
  std::string from, to;
};

// The names of the file and since when it may have had each, and its ids.
struct Wanted {
  std::map<std::string, uint64_t, std::less<>> names;
  std::unordered_set<uint32_t> ids;
  // Whether one of the names ends like that.
  bool may_name(std::string_view path) const {
    const std::string_view last = path.substr(std::min(path.rfind('/') + 1, path.size()));
    return std::any_of(names.begin(), names.end(), [&](const auto& name) { return name.first.ends_with(last); });
  }
};

class Worker {
 public:
  // wanted: nullptr for all that gives a file another name.
  Worker(const Session& session, const CallEffects& effects, const Wanted* wanted, const TimeRange& range, size_t share,
         size_t text_share)
      : session_(session),
        effects_(effects),
        wanted_(wanted),
        range_(range),
        share_(share),
        texts_(text_share),
        block_(session.trace(), "syscall",
               {"timeNs", "durationNs", "result", "thread", "file", "file2", "number", "flags", "moved", "peeked",
                "cwd", "arg0", "arg1", "arg2", "arg3", "arg4", "path", "path2"}) {}

  void operator()(const trace::Frame& frame) {
    if (wanted_ && (frame.last_ns < range_.from_ns || frame.first_ns >= range_.to_ns)) return;
    if (!block_.load(frame)) return;
    while (block_.next_tile())
      for (size_t i = 0; i < block_.tile_rows(); ++i)
        if (wanted_)
          take(frame.offset, i);
        else
          take_rename(i);
  }

  std::vector<Row> rows;
  std::vector<Rename> renames;
  bool full = false;

 private:
  uint64_t value(unsigned column, size_t i) const { return block_.column(column)[i]; }
  const CallEffects::Row& effect(size_t i) const {
    return effects_.row(value(kNumber, i), (value(kFlags, i) & SYSCALL_COMPAT) != 0);
  }
  bool failed(size_t i) const { return value(kFlags, i) & SYSCALL_UNFINISHED || is_error(value(kResult, i)); }

  // The path argument, absolute; empty: there is none, or it can't be said.
  std::string path_of(const CallEffects::Row& row, size_t i, unsigned which, bool any = false) {
    const trace::BlockText text = block_.text(value(which ? kPath2 : kPath, i));
    if (!text.present || text.bytes.empty() || text.cut || text.at_least || text.unreadable) return {};
    if (wanted_ && !any && !wanted_->may_name(text.bytes)) return {};
    uint64_t from = value(kCwd, i);
    const uint8_t directory = row.path_dir[which];
    if (directory <= 4 && static_cast<int32_t>(value(kArg0 + directory, i)) != AT_FDCWD)
      from = row.returns_fd ? value(kFile2, i) : value(directory == row.fd_arg[0] ? kFile : kFile2, i);
    const File* file = session_.files().find(from);
    std::string path;
    return append_plain_path(path, file && !file->cut ? file->path : std::string_view(), text.bytes) ? path : "";
  }

  // "link" and "linkat" name it anew as well.
  bool gives_name(const CallEffects::Row& row, size_t i) const {
    if (row.effect == CallEffect::kRenames) return true;
    const trace::SyscallType* type = type_of(i);
    return type && type->alias == "link";
  }
  const trace::SyscallType* type_of(size_t i) const {
    return session_.trace()
        .catalogue()
        .table((value(kFlags, i) & SYSCALL_COMPAT) != 0)
        .find(static_cast<uint32_t>(value(kNumber, i)));
  }

  void take_rename(size_t i) {
    if (!value(kPath2, i) || failed(i)) return;
    const CallEffects::Row& row = effect(i);
    if (!gives_name(row, i)) return;
    std::string from = path_of(row, i, 0), to = path_of(row, i, 1);
    if (from.empty() || to.empty()) return;
    if (renames.size() < share_)
      renames.push_back({value(kTime, i), std::move(from), std::move(to)});
    else
      full = true;
  }

  bool is_name(const std::string& path, uint64_t time_ns) const {
    const auto found = wanted_->names.find(path);
    return !path.empty() && found != wanted_->names.end() && found->second <= time_ns;
  }

  void take(uint64_t offset, size_t i) {
    const uint64_t start = value(kTime, i);
    if (start < range_.from_ns || start >= range_.to_ns) return;
    const auto file = static_cast<uint32_t>(value(kFile, i)), file2 = static_cast<uint32_t>(value(kFile2, i));
    const bool first = file && wanted_->ids.contains(file), second = file2 && wanted_->ids.contains(file2);
    const bool has_path = value(kPath, i) || value(kPath2, i);
    if (!first && !second && !has_path) return;
    const CallEffects::Row& row = effect(i);
    std::string path, path2;
    if (has_path && !first) {
      path = path_of(row, i, 0);
      path2 = value(kPath2, i) ? path_of(row, i, 1) : "";
      const bool named = is_name(path, start) || is_name(path2, start);
      // A directory of it, or another file that had its name.
      if (!named && !second) return;
      if (!second && row.returns_fd && file) return;
    }
    if (has_path && gives_name(row, i)) {
      path = path_of(row, i, 0, true);
      path2 = path_of(row, i, 1, true);
    } else {
      path2.clear();
    }
    const uint64_t flags = value(kFlags, i), duration = value(kDuration, i);
    Row one{start,
            start + std::min(duration, UINT64_MAX - start),
            offset,
            static_cast<uint32_t>(block_.tile_start() + i),
            static_cast<uint32_t>(value(kThread, i)),
            static_cast<uint32_t>(value(kNumber, i))};
    one.calls = 1;
    one.compat = flags & SYSCALL_COMPAT;
    one.file = first ? file : second ? file2 : 0;
    one.error =
        is_error(value(kResult, i)) && !(flags & SYSCALL_UNFINISHED) ? static_cast<uint32_t>(0 - value(kResult, i)) : 0;
    if (row.returns_fd && first) {
      one.has_fd = true;
      one.fd = static_cast<uint32_t>(value(kResult, i));
    } else if (first || second) {
      const uint8_t arg = row.fd_arg[first ? 0 : 1];
      one.has_fd = arg <= 4 && static_cast<int32_t>(value(kArg0 + arg, i)) >= 0;
      if (one.has_fd) one.fd = static_cast<uint32_t>(value(kArg0 + arg, i));
    }
    if (row.returns_fd && first) {
      const uint64_t opened = row.flags_arg <= 4 ? value(kArg0 + row.flags_arg, i) : row.flags;
      if (row.effect == CallEffect::kOpens && has_path && opened & O_CREAT) one.created = opened & O_EXCL ? 1 : 2;
    }
    if (row.flow & CallFlow::kMoves) {
      const uint8_t flow = CallFlow::directed(row.flow, flags);
      const CallBytes bytes = CallFlow::bytes(flow, flags, value(kResult, i), value(kMoved, i), value(kPeeked, i));
      const bool both = (row.flow & CallFlow::kMoves) == CallFlow::kMoves;
      const bool target = (flow & CallFlow::kFileIsTarget) != 0;
      if (!both || (first && !target) || (second && target)) one.read = bytes.read;
      if (!both || (first && target) || (second && !target)) one.written = bytes.written;
    }
    if (rows.size() >= share_) {
      full = true;
      return;
    }
    one.path = texts_.keep(path);
    one.path2 = texts_.keep(path2);
    full |= texts_.full();
    rows.push_back(one);
  }

  const Session& session_;
  const CallEffects& effects_;
  const Wanted* wanted_;
  const TimeRange range_;
  const size_t share_;
  KeptTexts texts_;
  trace::Block block_;
};

class FileLife {
 public:
  FileLife(const Session& session, const Asked& asked)
      : session_(session),
        trace_(session.trace()),
        asked_(asked),
        watch_(asked),
        range_(Moments(trace_).range(asked.from, asked.to)),
        effects_(trace_.catalogue(), session.flow()),
        facts_(trace_) {}

  Result read() {
    const trace::ReadScope scope;
    find_names();
    find_ids();
    const auto workers = scan(&wanted_, kMostRows);
    std::vector<Row> rows;
    bool full = false;
    for (const auto& worker : workers) {
      rows.insert(rows.end(), worker->rows.begin(), worker->rows.end());
      worker->rows = {};
      full |= worker->full;
    }
    add_execs(rows);
    if (full)
      trace_.shortfalls().report("more calls were made with this file than this program keeps; the rest are missing");
    if (rows.empty() && wanted_.ids.empty() && !watch_.stopped())
      throw AskError(
          fmt::format("--follow-file {}: no file of that name is in this recording; its name is a path from the root "
                      "(--top-files lists them)",
                      predicate::shortened(asked_.argument)));
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.key() < b.key(); });
    join(rows);
    Result result("follow_file", columns());
    for (const Row& row : rows) add(result, row);
    result.all_rows = result.rows();
    result.stopped = watch_.stopped();
    result.coverage = coverage_of(trace_, scope);
    return result;
  }

 private:
  static constexpr uint32_t kExec = UINT32_MAX;

  std::vector<std::unique_ptr<Worker>> scan(const Wanted* wanted, size_t most) {
    const auto positions = trace_.blocks_of("syscall");
    const unsigned threads = worker_count(trace_, positions);
    return scan_blocks(
        trace_, positions,
        [&] {
          return std::make_unique<Worker>(session_, effects_, wanted, range_, most / threads, kMostTextBytes / threads);
        },
        &watch_);
  }

  // Names that it got, and those under which it was made before it got the one that was asked for.
  void find_names() {
    wanted_.names.emplace(asked_.argument, 0);
    std::vector<Rename> renames;
    bool full = false;
    for (const auto& worker : scan(nullptr, kMostRenames)) {
      renames.insert(renames.end(), worker->renames.begin(), worker->renames.end());
      full |= worker->full;
    }
    std::sort(renames.begin(), renames.end(), [](const Rename& a, const Rename& b) { return a.time_ns < b.time_ns; });
    earlier_.emplace(asked_.argument);
    for (auto at = renames.rbegin(); at != renames.rend(); ++at)
      if (earlier_.contains(at->to) && wanted_.names.size() < kMostNames) {
        wanted_.names.try_emplace(at->from, 0);
        earlier_.emplace(at->from);
      }
    for (const Rename& rename : renames) {
      const auto known = wanted_.names.find(rename.from);
      if (known != wanted_.names.end() && known->second <= rename.time_ns && wanted_.names.size() < kMostNames)
        wanted_.names.try_emplace(rename.to, rename.time_ns);
    }
    if (full || wanted_.names.size() >= kMostNames)
      trace_.shortfalls().report("files were renamed more often than this program follows; some names are missing");
  }

  void find_ids() {
    std::unordered_set<uint32_t> same;
    trace::Block block(trace_, "file", {"file"});
    auto each = [&](auto&& take) {
      for (const uint32_t position : trace_.blocks_of("file")) {
        if (!block.load(trace_.frames()[position])) continue;
        while (block.next_tile())
          for (size_t i = 0; i < block.tile_rows(); ++i) take(static_cast<uint32_t>(block.column(0)[i]));
      }
    };
    each([&](uint32_t id) {
      const File* file = session_.files().find(id);
      if (!file || !earlier_.contains(std::string(file->path))) return;
      if (facts_.of(id).same) same.insert(facts_.of(id).same);
      wanted_.ids.insert(id);
    });
    each([&](uint32_t id) {
      if (!same.contains(facts_.of(id).same)) return;
      wanted_.ids.insert(id);
      const File* file = session_.files().find(id);
      if (file && file->path.starts_with('/') && wanted_.names.size() < kMostNames)
        wanted_.names.try_emplace(std::string(file->path), UINT64_MAX);  // as the kernel says: not by its name
    });
  }

  void add_execs(std::vector<Row>& rows) {
    trace::Block block(trace_, "exec", {"timeNs", "thread", "exe"});
    for (const uint32_t position : trace_.blocks_of("exec")) {
      if (!block.load(trace_.frames()[position])) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i) {
          const uint64_t time = block.column(0)[i];
          if (!wanted_.ids.contains(static_cast<uint32_t>(block.column(2)[i])) || !range_.contains(time)) continue;
          if (rows.size() >= 2 * kMostRows) return;
          Row row{time,
                  time,
                  block.frame().offset,
                  static_cast<uint32_t>(block.tile_start() + i),
                  static_cast<uint32_t>(block.column(1)[i]),
                  kExec};
          row.calls = 1;
          row.file = static_cast<uint32_t>(block.column(2)[i]);
          rows.push_back(row);
        }
    }
  }

  // Like calls that come one after the other become one.
  void join(std::vector<Row>& rows) const {
    size_t last = 0;
    const ThreadTable& threads = session_.threads();
    for (size_t i = 1; i < rows.size(); ++i) {
      Row& one = rows[last];
      const Row& next = rows[i];
      const bool alike = one.number == next.number && one.compat == next.compat && one.error == next.error &&
                         one.has_fd && next.has_fd && one.fd == next.fd && one.file == next.file && !one.created &&
                         !next.created && one.path2.empty() && next.path2.empty() &&
                         threads.process_of(one.thread) == threads.process_of(next.thread) &&
                         !effects_.row(one.number, one.compat).returns_fd;
      if (!alike) {
        rows[++last] = next;
        continue;
      }
      one.end_ns = std::max(one.end_ns, next.end_ns);
      one.calls += next.calls;
      one.read += next.read;
      one.written += next.written;
    }
    if (!rows.empty()) rows.resize(last + 1);
  }

  void add(Result& result, const Row& row) const {
    const ThreadTable& threads = session_.threads();
    const uint32_t process = threads.process_of(row.thread);
    const uint32_t pid = threads.processes()[process].pid;
    const File* file = session_.files().find(row.file);
    const FileFact& fact = facts_.of(row.file);
    const std::string path = !row.path.empty() ? std::string(row.path)
                             : file            ? with_cut_mark(file->path, file->cut)
                                               : "";
    const bool moves = row.number != kExec && effects_.row(row.number, row.compat).flow & CallFlow::kMoves;
    static constexpr std::string_view kCreated[] = {"", "yes", "if new"};
    result.add({trace_.since_start(row.time_ns), trace_.since_start(row.end_ns), pid_cell(pid),
                name_cell(threads.name_at(process, row.time_ns), pid),
                row.number == kExec ? std::string("exec") : trace_.catalogue().table(row.compat).name(row.number),
                row.has_fd ? Cell(uint64_t{row.fd}) : Cell(), uint64_t{row.calls}, moves ? Cell(row.read) : Cell(),
                moves ? Cell(row.written) : Cell(), row.error ? Cell(errno_name(row.error)) : Cell(),
                text_cell(kCreated[row.created]), text_cell(path), text_cell(row.path2),
                fact.same ? Cell(fact.inode) : Cell()});
  }

  const Session& session_;
  const trace::Trace& trace_;
  const Asked& asked_;
  const Watch watch_;
  const TimeRange range_;
  const CallEffects effects_;
  const FileFacts facts_;
  Wanted wanted_;
  std::unordered_set<std::string> earlier_;  // what was asked for, and names before it
};

Result answer(const Source& source, const Asked& asked) { return FileLife(source, asked).read(); }

}  // namespace

extern constinit const Question kFollowFileQuestion{
    .name = "follow_file",
    .help = "The life of one file across names and processes",
    .place = 58,
    .takes = {.time = Takes::Over::kEvents, .stop = true, .argument = {.type = "PATH"}},
    .columns = columns,
    .answer = answer};

}  // namespace ebpftrace::analyzer
