// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/top_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <unordered_set>

#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/scan_blocks.h"
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

using Uses = std::unordered_set<uint64_t>;  // file << 32 | process

class Worker {
 public:
  Worker(const trace::Trace& trace, const ThreadTable& threads, const FileTable& files, const CallFlow& flow)
      : block_(trace, "syscall", {"thread", "file", "file2", "number", "flags", "result", "moved", "peeked"}),
        threads_(threads),
        files_(files),
        flow_(flow),
        sums_(files.files().size()) {}

  void operator()(const trace::Frame& frame) {
    if (!block_.load(frame)) return;
    const auto number = block_.constant(kNumber), flags = block_.constant(kFlags);
    if (number && flags && !flow_.of(*number, *flags)) return;
    while (block_.next_tile()) add_tile();
  }

  const std::vector<Sums>& sums() const { return sums_; }
  Uses& uses() { return uses_; }
  bool uses_full() const { return uses_full_; }

 private:
  enum { kThread, kFile, kFile2, kNumber, kFlags, kResult, kMoved, kPeeked };

  void add_tile() {
    const uint64_t *thread = block_.column(kThread), *file = block_.column(kFile), *file2 = block_.column(kFile2),
                   *number = block_.column(kNumber), *flags = block_.column(kFlags), *result = block_.column(kResult),
                   *moved = block_.column(kMoved), *peeked = block_.column(kPeeked);
    for (size_t i = 0, n = block_.tile_rows(); i < n; ++i) {
      uint8_t flow = flow_.of(number[i], flags[i]);
      if (!flow) continue;
      flow = CallFlow::directed(flow, flags[i]);
      const bool done = !(flags[i] & SYSCALL_UNFINISHED) && result[i] < uint64_t{1} << 63;
      if (flow & CallFlow::kOpens && !done) continue;
      Sums& sums = use(file[i], thread[i]);
      if (flow & CallFlow::kOpens) {
        sums.opens++;
        continue;
      }
      const CallBytes bytes = CallFlow::bytes(flow, flags[i], result[i], moved[i], peeked[i]);
      const bool target = flow & CallFlow::kFileIsTarget || !(flow & CallFlow::kReads);
      add(sums, target, bytes);
      if ((flow & CallFlow::kMoves) == CallFlow::kMoves && file2[i])
        add(use(file2[i], thread[i]), !target, bytes);  // the other end
    }
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
  Sums& use(uint64_t file, uint64_t thread) {
    const uint32_t position = files_.position(static_cast<uint32_t>(file));
    const uint64_t use = uint64_t{position} << 32 | threads_.process_of(static_cast<uint32_t>(thread));
    if (use != last_use_) {
      last_use_ = use;
      if (uses_.size() < kMaxUses)
        uses_.insert(use);
      else
        uses_full_ |= !uses_.contains(use);
    }
    return sums_[position];
  }

  trace::Block block_;
  const ThreadTable& threads_;
  const FileTable& files_;
  const CallFlow& flow_;
  std::vector<Sums> sums_;  // by position in the file table
  Uses uses_;
  uint64_t last_use_ = UINT64_MAX;
  bool uses_full_ = false;
};

}  // namespace

TopFiles top_files(const trace::Trace& trace, size_t limit) {
  const ThreadTable threads(trace);
  const FileTable files(trace);
  const CallFlow flow(trace.catalogue());
  auto workers = scan_blocks(trace, trace.blocks_of("syscall"),
                             [&] { return std::make_unique<Worker>(trace, threads, files, flow); });

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
    result.rows.push_back({known ? std::optional(std::string(name_of(file))) : std::nullopt, file.cut,
                           std::string(known ? file_type_name(file.mode) : "unknown"), sums.opens, sums.reads,
                           sums.read_bytes, sums.writes, sums.write_bytes,
                           uses_full ? std::nullopt : std::optional(processes), sums.peeked_bytes, file.unlinked});
  }
  result.coverage = coverage_of(trace, {"syscall", "thread", "file"});
  return result;
}

}  // namespace ebpftrace::analyzer
