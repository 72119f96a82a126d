// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/top_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <unordered_set>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/call_rows.h"
#include "analyzer/query/group_passes.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/cells.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMaxUses = 1u << 20;  // pairs of file and process that are kept per worker

struct Sums {
  uint64_t opens = 0, reads = 0, read_bytes = 0, writes = 0, write_bytes = 0, peeked_bytes = 0;

  bool any() const { return opens || reads || writes; }
  uint64_t bytes() const { return read_bytes + write_bytes; }
  void merge(const Sums& other) {
    opens += other.opens;
    reads += other.reads;
    read_bytes += other.read_bytes;
    writes += other.writes;
    write_bytes += other.write_bytes;
    peeked_bytes += other.peeked_bytes;
  }
};

using Uses = std::unordered_set<uint64_t>;  // file, or group, << 32 | process

class Worker {
 public:
  Worker(const Session& session, const CallQuery& query)
      : rows_(session, query, {"thread", "file", "file2", "number", "flags", "result", "moved", "peeked"}),
        threads_(session.threads()),
        files_(session.files()),
        flow_(session.flow()),
        grouped_(!query.by.empty()),
        sums_(grouped_ ? 0 : files_.files().size()) {}

  void operator()(const trace::Frame& frame) {
    if (!rows_.load(frame)) return;
    const auto number = rows_.constant(kNumber), flags = rows_.constant(kFlags);
    if (number && flags && !flow_.of(*number, *flags)) return;
    while (rows_.next_tile()) {
      if (rows_.all())
        for (size_t i = 0, n = rows_.rows(); i < n; ++i) add_row(i);
      else
        rows_.selected().for_each([&](size_t i) { add_row(i); });
    }
  }

  const std::vector<Sums>& sums() const { return sums_; }
  Uses& uses() { return uses_; }
  bool uses_full() const { return uses_full_; }
  KeyGroups& keys() { return rows_.keys(); }
  GroupSums<Sums>& groups() { return groups_; }

 private:
  enum { kThread, kFile, kFile2, kNumber, kFlags, kResult, kMoved, kPeeked };

  void add_row(size_t i) {
    const uint64_t thread = rows_.column(kThread)[i], file = rows_.column(kFile)[i], file2 = rows_.column(kFile2)[i],
                   flags = rows_.column(kFlags)[i], result = rows_.column(kResult)[i];
    uint8_t flow = flow_.of(rows_.column(kNumber)[i], flags);
    if (!flow) return;
    flow = CallFlow::directed(flow, flags);
    const bool done = !(flags & SYSCALL_UNFINISHED) && result < uint64_t{1} << 63;
    if (flow & CallFlow::kOpens && !done) return;
    Sums& sums = use(i, file, thread);
    if (flow & CallFlow::kOpens) {
      sums.opens++;
      return;
    }
    const CallBytes bytes = CallFlow::bytes(flow, flags, result, rows_.column(kMoved)[i], rows_.column(kPeeked)[i]);
    const bool target = flow & CallFlow::kFileIsTarget || !(flow & CallFlow::kReads);
    add(sums, target, bytes);
    if ((flow & CallFlow::kMoves) == CallFlow::kMoves && file2)
      add(use(i, file2, thread), !target, bytes);  // the other end
  }

  static void add(Sums& sums, bool writes, const CallBytes& bytes) {
    if (writes) {
      sums.writes++;
      sums.write_bytes += bytes.written;
    } else {
      sums.reads++;
      sums.read_bytes += bytes.read;
      sums.peeked_bytes += bytes.peeked;
    }
  }

  // The file's sums; notes that the thread's process used it.
  Sums& use(size_t i, uint64_t file, uint64_t thread) {
    const uint32_t position = grouped_ ? rows_.groups()[i] : files_.position(static_cast<uint32_t>(file));
    const uint64_t use = uint64_t{position} << 32 | threads_.process_of(static_cast<uint32_t>(thread));
    if (use != last_use_) {
      last_use_ = use;
      if (uses_.size() < kMaxUses)
        uses_.insert(use);
      else
        uses_full_ |= !uses_.contains(use);
    }
    return grouped_ ? groups_.of(position) : sums_[position];
  }

  CallRows rows_;
  const ThreadTable& threads_;
  const FileTable& files_;
  const CallFlow& flow_;
  const bool grouped_;
  std::vector<Sums> sums_;  // by position in the file table
  GroupSums<Sums> groups_;
  Uses uses_;
  uint64_t last_use_ = UINT64_MAX;
  bool uses_full_ = false;
};

}  // namespace

namespace {

FileIo row_of(const Sums& sums, std::optional<uint64_t> processes) {
  FileIo row{};
  row.opens = sums.opens;
  row.reads = sums.reads;
  row.read_bytes = sums.read_bytes;
  row.writes = sums.writes;
  row.write_bytes = sums.write_bytes;
  row.processes = processes;
  row.peeked_bytes = sums.peeked_bytes;
  return row;
}

std::vector<std::unique_ptr<Worker>> scan(const Session& session, const CallQuery& query) {
  return scan_blocks(
      session.trace(), session.trace().blocks_of("syscall"), [&] { return std::make_unique<Worker>(session, query); },
      query.watch);
}

// Of all workers, put to the first one's groups: how many processes each group has; nothing: too many to count.
std::optional<std::vector<uint64_t>> merge(std::vector<std::unique_ptr<Worker>>& workers) {
  Worker& all = *workers[0];
  Uses uses = std::move(all.uses());
  bool uses_full = all.uses_full();
  for (size_t i = 1; i < workers.size(); ++i) {
    Worker& other = *workers[i];
    std::vector<uint32_t> same(other.groups().list().size());
    for (uint32_t group = 0; group < same.size(); ++group) {
      same[group] = all.keys().group_like(other.keys(), group);
      all.groups().of(same[group]).merge(other.groups().list()[group]);
    }
    all.groups().others().merge(other.groups().others());
    all.keys().merge_others(other.keys());
    for (const uint64_t use : other.uses())
      if (use >> 32 < same.size()) uses.insert(uint64_t{same[use >> 32]} << 32 | (use & 0xffffffff));
    uses_full |= other.uses_full();
  }
  if (uses_full) return std::nullopt;
  std::vector<uint64_t> processes(all.groups().list().size());
  for (const uint64_t use : uses)
    if (use >> 32 < processes.size()) processes[use >> 32]++;
  return processes;
}

TopFiles by_groups(const Session& session, const CallQuery& query, size_t limit) {
  auto bytes = [](const FileIo& row) { return row.read_bytes + row.write_bytes; };
  RankedGroups<FileIo> rows(limit, [&](const FileIo& a, const FileIo& b) {
    return bytes(a) != bytes(b) ? bytes(a) > bytes(b) : a.opens > b.opens;
  });
  Sums others;
  GroupPasses passes(query);
  while (passes.more()) {
    auto workers = scan(session, passes.query());
    const auto processes = merge(workers);
    Worker& all = *workers[0];
    if (!passes.counts(all.keys())) continue;
    const std::vector<Sums>& sums = all.groups().list();
    rows.add(
        all.keys(), sums,
        [](const Sums& a, const Sums& b) { return a.bytes() != b.bytes() ? a.bytes() > b.bytes() : a.opens > b.opens; },
        [](const Sums& one) { return one.any(); },
        [&](uint32_t group) {
          FileIo row = row_of(sums[group], processes ? std::optional((*processes)[group]) : std::nullopt);
          row.keys = key_cells(session, query.by, all.keys(), group);
          return row;
        });
    others.merge(all.groups().others());
  }
  TopFiles result;
  result.files = rows.all();
  result.rows = rows.take();
  if (passes.others()) {
    result.rows.push_back(row_of(others, std::nullopt));
    result.rows.back().keys = others_cells(query.by);
    result.shortfalls.emplace_back(kTooManyGroups);
  }
  if (rows.some_missing()) result.shortfalls.emplace_back(kTooManyRows);
  return result;
}

}  // namespace

TopFiles top_files(const Session& session, const CallQuery& query, size_t limit) {
  const trace::ReadScope scope;
  const trace::Trace& trace = session.trace();
  const FileTable& files = session.files();
  session.threads();
  if (!query.by.empty()) {
    TopFiles result = by_groups(session, query, limit);
    result.coverage = coverage_of(trace, scope);
    return result;
  }
  auto workers = scan(session, query);

  // Files of the same path and type (another inode, or opened again after a rename) are one row; deleted ones are another.
  struct Row {
    Sums sums;
    uint64_t processes = 0;
  };
  // Sockets are called by their addresses, which their paths don't say.
  auto name_of = [](const File& file) { return S_ISSOCK(file.mode) ? file.shown : file.path; };
  auto key_of = [&](uint32_t position) {
    const File& file = files.files()[position];
    return std::tuple(position != 0, name_of(file), file.mode & 0170000, file.cut, file.unlinked);
  };
  std::map<decltype(key_of(0)), uint32_t> positions;
  std::vector<Row> rows;
  std::vector<uint32_t> row_of(files.files().size(), UINT32_MAX);
  std::vector<uint32_t> file_of;
  bool uses_full = false;
  Uses uses;
  for (auto& worker : workers) {
    for (uint32_t position = 0; position < row_of.size(); ++position) {
      const Sums& sums = worker->sums()[position];
      if (!sums.any()) continue;
      if (row_of[position] == UINT32_MAX) {
        const auto [found, first] = positions.try_emplace(key_of(position), static_cast<uint32_t>(rows.size()));
        if (first) {
          rows.emplace_back();
          file_of.push_back(position);
        }
        row_of[position] = found->second;
      }
      rows[row_of[position]].sums.merge(sums);
    }
    for (const uint64_t use : worker->uses()) uses.insert(uint64_t{row_of[use >> 32]} << 32 | (use & 0xffffffff));
    uses_full |= worker->uses_full();
    worker->uses() = {};
  }
  for (const uint64_t use : uses) rows[use >> 32].processes++;

  std::vector<uint32_t> ranked(rows.size());
  for (uint32_t i = 0; i < ranked.size(); ++i) ranked[i] = i;
  std::sort(ranked.begin(), ranked.end(), [&](uint32_t a, uint32_t b) {
    if (rows[a].sums.bytes() != rows[b].sums.bytes()) return rows[a].sums.bytes() > rows[b].sums.bytes();
    if (rows[a].sums.opens != rows[b].sums.opens) return rows[a].sums.opens > rows[b].sums.opens;
    const File &left = files.files()[file_of[a]], &right = files.files()[file_of[b]];
    return std::tie(left.path, left.unlinked) < std::tie(right.path, right.unlinked);
  });

  TopFiles result;
  result.files = rows.size();
  for (const uint32_t row : std::span(ranked).first(std::min(limit, ranked.size()))) {
    const auto& [sums, processes] = rows[row];
    const File& file = files.files()[file_of[row]];
    const bool known = file_of[row] != 0;
    result.rows.push_back({{},
                           known ? std::optional(std::string(name_of(file))) : std::nullopt,
                           file.cut,
                           std::string(known ? file_type_name(file.mode) : "unknown"),
                           sums.opens,
                           sums.reads,
                           sums.read_bytes,
                           sums.writes,
                           sums.write_bytes,
                           uses_full ? std::nullopt : std::optional(processes),
                           sums.peeked_bytes,
                           file.unlinked});
  }
  result.coverage = coverage_of(trace, scope);
  return result;
}

TopFiles top_files(const trace::Trace& trace, size_t limit) { return top_files(Session(trace), {}, limit); }

namespace {

std::vector<ResultColumn> top_files_columns() {
  return {{"path", Unit::kText, "PATH", "The kernel's path of the file; nothing: the files that are not known."},
          {"type", Unit::kText, "TYPE", "What kind of file it is.", Show::kAlways, file_types()},
          {"opens", Unit::kNumber, "OPENS", "How often it was opened."},
          {"reads", Unit::kNumber, "READS", "Calls that read from it, those that failed included."},
          {"read_bytes", Unit::kBytes, "READ", "Bytes that they read."},
          {"writes", Unit::kNumber, "WRITES", "Calls that write to it, those that failed included."},
          {"write_bytes", Unit::kBytes, "WRITTEN", "Bytes that they wrote."},
          {"processes", Unit::kNumber, "PROCESSES", "Processes that used it; nothing: too many to count."},
          {"peeked_bytes", Unit::kBytes, "PEEKED", "Bytes that were only looked at.", Show::kIfAny},
          {"path_deleted", Unit::kTruth, "DELETED", "It was no longer in its directory, or never was in one.",
           Show::kIfAny}};
}

// The measures; in front of them what it is grouped by, or what it is about.
Result result_of(const TopFiles& answer, std::span<const predicate::Field> by) {
  std::vector<ResultColumn> columns = top_files_columns();
  if (!by.empty()) {
    columns.erase(columns.begin(), columns.begin() + 2);
    columns.pop_back();  // whether the file was deleted
    std::vector<ResultColumn> keys;
    for (const predicate::Field& field : by) keys.push_back(column_of(field));
    columns.insert(columns.begin(), keys.begin(), keys.end());
  }
  Result result("top_files", std::move(columns));
  for (const auto& row : answer.rows) {
    std::vector<Cell> cells = row.keys;
    if (by.empty()) cells = {row.path ? Cell(with_cut_mark(*row.path, row.path_cut)) : Cell(), row.type};
    for (const Cell& cell : std::initializer_list<Cell>{row.opens, row.reads, row.read_bytes, row.writes,
                                                        row.write_bytes, cell_of(row.processes), row.peeked_bytes})
      cells.push_back(cell);
    if (by.empty()) cells.push_back(row.path ? Cell(row.path_deleted) : Cell());
    result.add(cells);
  }
  if (answer.rows.size() == result.rows()) result.all_rows = std::max(answer.files, result.rows());
  result.coverage = answer.coverage;
  result.shortfalls = answer.shortfalls;
  return result;
}

}  // namespace

Result result_of(const TopFiles& answer) { return result_of(answer, {}); }

namespace {
constexpr RankedBy kRankedBy[] = {{"read_bytes+write_bytes"}, {"opens"}};
}  // namespace

extern constinit const Question kTopFilesQuestion{
    .name = "top_files",
    .help = "Opens, reads and writes by file",
    .place = 20,
    .ranked = true,
    .ranked_by = kRankedBy,
    .takes = {.filter = Takes::Over::kEvents,
              .time = Takes::Over::kEvents,
              .by = "FIELD,... of system calls, such as path, process, user, error (--fields syscalls lists all)",
              .stop = true},
    .columns = top_files_columns,
    .answer = [](const Source& session, const Asked& asked) {
      const Watch watch(asked);
      const CallQuery query = call_query(session, asked, watch);
      Result result = result_of(top_files(session, query, asked.limit), query.by);
      result.stopped = watch.stopped();
      mark_bounds(result, {"opens", "reads", "read_bytes", "writes", "write_bytes", "processes", "peeked_bytes"});
      return result;
    }};

}  // namespace ebpftrace::analyzer
