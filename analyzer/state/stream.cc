// SPDX-License-Identifier: Apache-2.0
#include "analyzer/api/stream.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <tuple>
#include <unordered_map>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/file_facts.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/text_arena.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/state/call_effects.h"
#include "analyzer/state/socket_words.h"
#include "analyzer/state/unix_connections.h"
#include "analyzer/text/content_items.h"
#include "predicate/error.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostPieces = 1u << 18, kMostDataBytes = 32u << 20;  // of all threads
constexpr size_t kMostEnds = 1u << 16;

enum End : uint8_t { kNear = 1, kFar = 2, kOneWay = 3 };

// Which ids of files belong to the stream, and at which end they are.
using Ends = std::unordered_map<uint32_t, End>;

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
  kContent,
  kArg0,
  kArg1,
  kArg2,
  kArg3
};

// Of one call; its data in the worker's arena.
struct Part {
  std::string_view data;
  uint64_t bytes;
  StreamGap gap;
};
struct Found {
  uint64_t time_ns, start_ns;
  uint32_t frame, row, part;
  uint32_t thread, fd, number, file;
  bool compat, written;
  End end;
  Part piece;
  auto key() const { return std::tuple(time_ns, frame, row, part); }
};

class Worker {
 public:
  Worker(const Session& session, const CallEffects& effects, const Ends& ends, const StreamRange& range, size_t share,
         size_t data_share)
      : session_(session),
        effects_(effects),
        ends_(ends),
        range_(range),
        share_(share),
        arena_(data_share),
        block_(session.trace(), "syscall",
               {"timeNs", "durationNs", "result", "thread", "file", "file2", "number", "flags", "moved", "peeked",
                "content", "arg0", "arg1", "arg2", "arg3"}) {}

  void operator()(const trace::Frame& frame) {
    if (frame.last_ns < range_.from_ns || frame.first_ns >= range_.to_ns || !block_.load(frame)) return;
    offset_ = frame.offset;
    while (block_.next_tile())
      for (size_t i = 0; i < block_.tile_rows(); ++i) {
        const uint64_t file = block_.column(kFile)[i], file2 = block_.column(kFile2)[i];
        if ((file && ends_.contains(static_cast<uint32_t>(file))) ||
            (file2 && ends_.contains(static_cast<uint32_t>(file2))))
          read(i);
      }
  }

  std::vector<std::pair<uint64_t, Found>> found;  // offset of the frame
  bool full = false;

 private:
  void read(size_t i) {
    auto value = [&](unsigned column) { return block_.column(column)[i]; };
    const uint64_t flags = value(kFlags), start = value(kTime);
    if (start < range_.from_ns || start >= range_.to_ns) return;
    const CallEffects::Row& row = effects_.row(value(kNumber), (flags & SYSCALL_COMPAT) != 0);
    if (!(row.flow & CallFlow::kMoves)) return;
    const uint8_t flow = CallFlow::directed(row.flow, flags);
    const CallBytes bytes = CallFlow::bytes(flow, flags, value(kResult), value(kMoved), value(kPeeked));
    if (!bytes.read && !bytes.written) return;
    const uint64_t end = start + std::min(value(kDuration), UINT64_MAX - start);
    const bool both = (row.flow & CallFlow::kMoves) == CallFlow::kMoves;
    const bool to_first = flow & CallFlow::kFileIsTarget;
    for (unsigned which = 0; which < 2; ++which) {
      const auto file = static_cast<uint32_t>(value(which ? kFile2 : kFile));
      const auto at = ends_.find(file);
      if (at == ends_.end() || (which && !both)) continue;
      const bool written = both ? (which == 0) == to_first : flow & CallFlow::kWrites;
      const uint64_t moved = written ? bytes.written : bytes.read;
      if (!moved) continue;
      Found one{written ? start : end,
                start,
                0,
                static_cast<uint32_t>(block_.tile_start() + i),
                0,
                static_cast<uint32_t>(value(kThread)),
                row.fd_arg[which] == CallEffects::kNoArg || row.fd_arg[which] > 3
                    ? 0
                    : static_cast<uint32_t>(value(kArg0 + row.fd_arg[which])),
                static_cast<uint32_t>(value(kNumber)),
                file,
                (flags & SYSCALL_COMPAT) != 0,
                written,
                at->second,
                {}};
      // What goes from file to file is in no program's memory.
      add_parts(one, both ? std::string_view() : block_.text(value(kContent)).bytes, moved);
    }
  }

  void add_parts(Found one, std::string_view content, uint64_t moved) {
    uint64_t left = moved;
    auto add = [&](Part part) {
      if (!part.bytes) return;
      if (found.size() >= share_) {
        full = true;
        return;
      }
      left -= part.bytes;
      one.piece = part;
      found.emplace_back(offset_, one);
      ++one.part;
    };
    for (ContentItems items(content); left;) {
      const auto item = items.next();
      if (!item) break;
      const bool buffer = item->part ? item->kind == CONTENT_BUFFER : is_buffer(one, item->arg);
      if (!buffer) continue;
      const uint64_t there = std::min<uint64_t>(item->original, left);
      if (item->unreadable) {
        add({{}, there, StreamGap::kUnreadable});
        continue;
      }
      const std::string_view bytes = item->bytes.substr(0, there);
      const auto kept = arena_.keep(bytes);
      if (!kept) {
        full = true;
        return;
      }
      add({*kept, bytes.size(), StreamGap::kNone});
      if (there > bytes.size()) add({{}, there - bytes.size(), StreamGap::kCut});
    }
    add({{}, left, StreamGap::kNotRecorded});
  }

  // The argument that is itself what moved: of a vector or message it is the parts.
  bool is_buffer(const Found& one, unsigned arg) const {
    const trace::SyscallType* type = session_.trace().catalogue().table(one.compat).find(one.number);
    return type && arg < type->args.size() && type->args[arg].type == "pointer";
  }

  const Session& session_;
  const CallEffects& effects_;
  const Ends& ends_;
  const StreamRange range_;
  const size_t share_;
  TextArena arena_;
  trace::Block block_;
  uint64_t offset_ = 0;
};

// The last use of that descriptor by a call that moves bytes, else by any. Of a moment: the last use up to then, else the first
// one after it.
class LastUse {
 public:
  LastUse(const Session& session, const CallEffects& effects, uint32_t pid, uint32_t fd, const StreamRange& range)
      : session_(session),
        effects_(effects),
        pid_(pid),
        fd_(fd),
        range_(range),
        block_(session.trace(), "syscall",
               {"timeNs", "thread", "file", "file2", "number", "flags", "arg0", "arg1", "arg2", "arg3", "result"}) {}

  void operator()(const trace::Frame& frame) {
    if (frame.first_ns >= range_.to_ns || !block_.load(frame)) return;
    while (block_.next_tile())
      for (size_t i = 0; i < block_.tile_rows(); ++i) {
        auto value = [&](unsigned column) { return block_.column(column)[i]; };
        const uint32_t process = session_.threads().process_of(value(1));
        if (!process || session_.threads().processes()[process].pid != pid_ || value(0) >= range_.to_ns) continue;
        const CallEffects::Row& row = effects_.row(value(4), (value(5) & SYSCALL_COMPAT) != 0);
        for (unsigned j = 0; j < 2; ++j) {
          const uint64_t file = row.returns_fd ? (j ? 0 : value(3)) : value(2 + j);
          if (file && row.fd_arg[j] <= 3 && static_cast<uint32_t>(value(6 + row.fd_arg[j])) == fd_)
            note(value(0), file, row.flow & CallFlow::kMoves);
        }
        if (row.returns_fd && value(2) && value(10) == fd_) note(value(0), value(2), false);
      }
  }

  std::pair<uint64_t, uint32_t> moving{}, any{}, after{UINT64_MAX, 0};  // time, file

 private:
  void note(uint64_t time, uint64_t file, bool moves) {
    const std::pair use(time, static_cast<uint32_t>(file));
    if (range_.at_ns && time > *range_.at_ns) {
      after = std::min(after, use);
    } else {
      auto& to = moves && !range_.at_ns ? moving : any;
      to = std::max(to, use);
    }
  }

  const Session& session_;
  const CallEffects& effects_;
  const uint32_t pid_, fd_;
  const StreamRange range_;
  trace::Block block_;
};

template <typename Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

class Reader {
 public:
  Reader(const Session& session, std::string_view target, const StreamRange& range, const Watch& watch)
      : session_(session),
        trace_(session.trace()),
        effects_(trace_.catalogue(), session.flow()),
        facts_(trace_),
        range_(range),
        watch_(watch) {
    read_sockets();
    const size_t colon = target.find(':');
    uint32_t pid = 0, fd = 0;
    if (colon != std::string_view::npos && parse(target.substr(0, colon), pid) && parse(target.substr(colon + 1), fd))
      of_descriptor(target, pid, fd);
    else
      of_address(target);
  }

  Stream read() {
    Stream stream;
    stream.name = name_;
    stream.is_file = is_file_;
    const auto positions = trace_.blocks_of("syscall");
    const unsigned threads = worker_count(trace_, positions);
    auto workers = scan_blocks(
        trace_, positions,
        [&] {
          return std::make_unique<Worker>(session_, effects_, ends_, range_, kMostPieces / threads,
                                          kMostDataBytes / threads);
        },
        &watch_);
    std::vector<std::pair<uint64_t, const Found*>> order;
    bool full = false;
    for (const auto& worker : workers) {
      for (const auto& [offset, one] : worker->found) order.emplace_back(offset, &one);
      full |= worker->full;
    }
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
      return std::tuple(a.second->time_ns, a.first, a.second->row, a.second->part) <
             std::tuple(b.second->time_ns, b.first, b.second->row, b.second->part);
    });
    if (full) trace_.shortfalls().report("more went through than this program keeps; the rest is missing");
    const ThreadTable& table = session_.threads();
    uint64_t offsets[3][2] = {};
    auto position_of = [&](uint64_t offset) {
      return *std::lower_bound(positions.begin(), positions.end(), offset, [&](uint32_t position, uint64_t wanted) {
        return trace_.frames()[position].offset < wanted;
      });
    };
    for (const auto& [offset, one] : order) {
      const Thread& thread = table.thread(one->thread);
      const bool near = one->end == kNear;
      const StreamWay way = one->end == kOneWay    ? StreamWay::kThrough
                            : near == one->written ? StreamWay::kOut
                                                   : StreamWay::kIn;
      const File* file = session_.files().find(one->file);
      uint64_t& at = offsets[static_cast<size_t>(way)][one->written];
      stream.pieces.push_back({trace_.since_start(one->time_ns),
                               table.processes()[thread.process].pid,
                               thread.tid,
                               std::string(table.name_at(thread.process, one->time_ns)),
                               one->fd,
                               trace_.catalogue().table(one->compat).name(one->number),
                               way,
                               one->written,
                               at,
                               one->piece.bytes,
                               std::string(one->piece.data),
                               one->piece.gap,
                               std::string(file ? file->shown : std::string_view()),
                               {trace_.since_start(one->start_ns), position_of(offset), one->row}});
      at += one->piece.bytes;
    }
    stream.stopped = watch_.stopped();
    return stream;
  }

 private:
  struct Socket {
    uint32_t id;
    std::string local, peer;
  };

  void read_sockets() {
    trace::Block block(trace_, "file", {"file", "mode"});
    for (const uint32_t position : trace_.blocks_of("file")) {
      if (!block.load(trace_.frames()[position])) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows() && ids_.size() < 4 * kMostEnds; ++i)
          ids_.push_back(static_cast<uint32_t>(block.column(0)[i]));
    }
    std::sort(ids_.begin(), ids_.end());
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
    for (const uint32_t id : ids_) {
      const FileFact& fact = facts_.of(id);
      if (!fact.socket) continue;
      const SocketFact& socket = facts_.socket(fact);
      std::string local = socket_address(socket.local), peer = socket_address(socket.remote);
      if (local.empty() && peer.empty()) continue;
      if (sockets_.size() < kMostEnds) sockets_.push_back({id, std::move(local), std::move(peer)});
    }
  }

  void add_all(uint32_t id, End end) {
    const uint32_t same = facts_.of(id).same;
    for (const uint32_t other : ids_)
      if (facts_.of(other).same == same && ends_.size() < kMostEnds) ends_.try_emplace(other, end);
    ends_.try_emplace(id, end);
  }

  void of_descriptor(std::string_view target, uint32_t pid, uint32_t fd) {
    const auto positions = trace_.blocks_of("syscall");
    auto workers = scan_blocks(
        trace_, positions, [&] { return std::make_unique<LastUse>(session_, effects_, pid, fd, range_); }, &watch_);
    std::pair<uint64_t, uint32_t> moving{}, any{}, after{UINT64_MAX, 0};
    for (const auto& worker : workers) {
      moving = std::max(moving, worker->moving);
      any = std::max(any, worker->any);
      after = std::min(after, worker->after);
    }
    const uint32_t id = moving.second ? moving.second : any.second ? any.second : after.second;
    const auto& processes = session_.threads().processes();
    if (!id) {
      const bool known = std::any_of(processes.begin() + 1, processes.end(),
                                     [&](const Process& process) { return process.pid == pid; });
      throw AskError(
          fmt::format("--stream {}: {}", predicate::shortened(target),
                      known ? fmt::format("process {} did not use descriptor {} within the recording", pid, fd)
                            : fmt::format("there is no process {} in this recording (--tree lists them)", pid)));
    }
    const File* file = session_.files().find(id);
    name_ = file ? file->shown : "?";
    is_file_ = file && S_ISREG(file->mode);
    const bool socket = facts_.of(id).socket;
    add_all(id, socket ? kNear : kOneWay);
    if (!socket) return;
    // The other end: the socket whose addresses are these, the other way round.
    std::vector<std::pair<std::string, std::string>> own;
    for (const Socket& one : sockets_)
      if (ends_.contains(one.id) && !one.local.empty() && !one.peer.empty()) own.emplace_back(one.local, one.peer);
    for (const Socket& one : sockets_)
      if (!one.local.empty() && !one.peer.empty() && !ends_.contains(one.id) &&
          std::find(own.begin(), own.end(), std::pair(one.peer, one.local)) != own.end())
        add_all(one.id, kFar);
    if (own.empty()) add_unix_end(facts_.of(id).same);
  }

  // The other end's address says nothing of one connection: most have none, and all that one socket accepted have the same.
  void add_unix_end(uint32_t same) {
    const uint32_t other = UnixConnections(session_, facts_, watch_).other_end(same);
    for (const uint32_t id : ids_)
      if (other && facts_.of(id).same == other && ends_.size() < kMostEnds) ends_.try_emplace(id, kFar);
  }

  void of_address(std::string_view target) {
    name_ = target;
    for (const Socket& one : sockets_) {
      if (one.local == target && ends_.size() < kMostEnds) ends_.try_emplace(one.id, kNear);
      if (one.peer == target && one.local != target && ends_.size() < kMostEnds) ends_.try_emplace(one.id, kFar);
    }
    if (ends_.empty())
      throw AskError(fmt::format("--stream {}: neither PID:FD nor the address of a recorded socket (--ss lists them)",
                                 predicate::shortened(target)));
  }

  const Session& session_;
  const trace::Trace& trace_;
  const CallEffects effects_;
  const FileFacts facts_;
  const StreamRange range_;
  const Watch& watch_;
  std::vector<uint32_t> ids_;
  std::vector<Socket> sockets_;
  Ends ends_;
  std::string name_;
  bool is_file_ = false;
};

}  // namespace

std::string_view stream_gap_name(StreamGap gap) {
  static constexpr std::string_view kNames[] = {"", "not recorded", "cut", "unreadable"};
  return kNames[static_cast<size_t>(gap)];
}

Stream read_stream(const Session& session, std::string_view target, const StreamRange& range,
                   const std::stop_token& stop, const std::function<void(const Progress&)>& progress) {
  Asked asked;
  asked.stop = stop;
  asked.progress = progress;
  const Watch watch(asked);
  return Reader(session, target, range, watch).read();
}

}  // namespace ebpftrace::analyzer
