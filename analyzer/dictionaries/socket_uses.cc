// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/socket_uses.h"

#include <netinet/in.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <tuple>
#include <unordered_map>

#include "analyzer/dictionaries/equal_range.h"
#include "analyzer/dictionaries/id_index.h"
#include "analyzer/dictionaries/socket_calls.h"
#include "analyzer/dictionaries/use_log.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/text/content_bytes.h"
#include "analyzer/text/content_items.h"
#include "schema/values.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostNames = 1u << 18;  // about 150 bytes each while they are read
constexpr size_t kMostUses = 3u << 17;   // of all threads; about 100 bytes each while they are read
constexpr size_t kMostWatches = 1u << 16;
constexpr uint64_t kLongCallNs = 1'000'000;  // who is in a call for longer waits there
constexpr uint32_t kNoName = UINT32_MAX;
constexpr std::string_view kEpoll = "anon_inode:[eventpoll]";

struct Identity {  // of a socket, whatever its addresses
  uint64_t inode, device_and_generation;
  bool operator==(const Identity&) const = default;
};
struct HashIdentity {
  size_t operator()(const Identity& id) const {
    return (id.inode ^ id.device_and_generation * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
  }
};

// What an id of a file stands for, and from when to when calls were made with it.
struct Handle {
  uint32_t socket;
  uint32_t last_name = kNoName;
  bool many_peers = false, has_ports = true, is_epoll = false;
};
struct Mention {
  std::atomic<uint64_t> first_ns{UINT64_MAX}, last_ns{0};

  void at(uint64_t time_ns) {
    for (uint64_t now = first_ns.load(std::memory_order_relaxed);
         time_ns < now && !first_ns.compare_exchange_weak(now, time_ns, std::memory_order_relaxed);) {
    }
    for (uint64_t now = last_ns.load(std::memory_order_relaxed);
         time_ns > now && !last_ns.compare_exchange_weak(now, time_ns, std::memory_order_relaxed);) {
    }
  }
};
struct Described {
  uint32_t socket, handle, name;
  uint64_t time_ns;
};

// Nothing came of it but waiting.
bool found_nothing(uint64_t result) {
  constexpr uint64_t kInterrupted = 4, kAgain = 11, kRestart = 512;  // ERESTARTSYS and those behind it
  const uint64_t error = 0 - result;
  return is_error(result) && (error == kInterrupted || error == kAgain || error >= kRestart);
}

}  // namespace

uint32_t SocketUses::peer_of(const InternetAddress& address) {
  uint64_t hash = address.port;
  for (size_t i = 0; i < address.address.size(); i += 8) {
    uint64_t part;
    std::memcpy(&part, address.address.data() + i, sizeof part);
    hash = (hash ^ part) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  }
  return std::max(static_cast<uint32_t>(hash >> 32), kAnyPeer + 1);
}

class SocketReader {
 public:
  SocketReader(SocketUses& to, const trace::Trace& trace, const ThreadTable& threads, const Watch* watch)
      : to_(to), trace_(trace), threads_(threads), watch_(watch) {}

  void read() {
    read_descriptions();
    if (to_.names_.empty()) return;
    mentions_ = std::vector<Mention>(handles_.size());
    const auto positions = trace_.blocks_of("syscall");
    const size_t share = kMostUses / worker_count(trace_, positions);
    const SocketCalls calls(trace_.catalogue());
    auto workers = scan_blocks(
        trace_, positions, [&] { return std::make_unique<Worker>(*this, calls, share); }, watch_);
    UseLog log(kMostUses);
    bool watches_full = false;
    for (auto& worker : workers) {
      log.join(std::move(worker->log));
      to_.watchers_.insert(to_.watchers_.end(), worker->watches.begin(), worker->watches.end());
      watches_full |= worker->watches_full;
      worker.reset();
    }
    read_exits();
    read_open_files(log);
    date_names();
    make_runs(log);
    sort_out(to_.watchers_);
    if (watches_full)
      report("more sockets are watched than this program keeps; who only waited for the rest is not known");
    if (log.full())
      report("sockets were used by more processes than this program keeps; flows of the rest have no process");
    else if (log.without_peers())
      report(
          "sockets talked to more peers than this program keeps; of several processes with one address it can't tell "
          "who talked to whom");
    else if (log.coarse())
      report(
          "sockets were used more often than this program keeps; of several processes with one address it can't tell "
          "exactly who did when");
  }

 private:
  void report(const char* what) const { trace_.shortfalls().report(what); }

  static void sort_out(std::vector<std::pair<uint32_t, uint32_t>>& pairs) {
    std::sort(pairs.begin(), pairs.end());
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  }

  void read_descriptions() {
    std::unordered_map<Identity, uint32_t, HashIdentity> known;
    enum { kTime, kInode, kFile, kDevice, kGeneration, kMode, kPath, kType, kProtocol, kLocal, kRemote, kNetns };
    trace::Block block(trace_, "file",
                       {"timeNs", "inode", "file", "device", "generation", "mode", "path", "socketType", "protocol",
                        "local", "remote", "netns"});
    bool full = false;
    for (const uint32_t position : trace_.blocks_of("file")) {
      if (!block.load(trace_.frames()[position])) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i) {
          auto value = [&](unsigned column) { return block.column(column)[i]; };
          const auto id = static_cast<uint32_t>(value(kFile));
          const std::string_view local_bytes = value(kLocal) ? block.text(value(kLocal)).bytes : "";
          const bool is_epoll =
              local_bytes.empty() && (value(kMode) & S_IFMT) == 0 && block.text(value(kPath)).bytes == kEpoll;
          sa_family_t family = AF_UNSPEC;
          if (local_bytes.size() >= sizeof family) std::memcpy(&family, local_bytes.data(), sizeof family);
          if (!is_epoll && family != AF_INET && family != AF_INET6) continue;
          if (described_.size() >= kMostNames) {
            full = true;
            continue;
          }
          uint32_t handle = index_.find(id);
          if (!handle) {
            uint32_t socket = sockets_ + 1;
            if (value(kInode) && !is_epoll) {
              const Identity identity{value(kInode), value(kDevice) << 32 | value(kGeneration)};
              socket = known.try_emplace(identity, socket).first->second;
            }
            sockets_ = std::max(sockets_, socket);
            handle = static_cast<uint32_t>(handles_.size());
            handles_.push_back({.socket = socket, .is_epoll = is_epoll});
            index_.set(id, handle);
          }
          if (is_epoll) continue;
          describe(handle, value(kTime), value(kProtocol), value(kType) == SOCK_RAW,
                   static_cast<uint32_t>(value(kNetns)), local_bytes,
                   value(kRemote) ? block.text(value(kRemote)).bytes : "");
        }
    }
    if (full) report("more sockets are described than this program keeps; flows of the rest have no process");
  }

  void describe(uint32_t at, uint64_t time_ns, uint64_t protocol, bool raw, uint32_t netns,
                std::string_view local_bytes, std::string_view remote_bytes) {
    Handle& handle = handles_[at];
    auto local = InternetAddress::from(local_bytes);
    if (!local || !local->port) {
      described_.push_back({handle.socket, at, kNoName, time_ns});
      return;
    }
    const auto remote = InternetAddress::from(remote_bytes);
    // A socket of MPTCP has a protocol number past a packet's, and packets of TCP.
    SocketName name{static_cast<uint8_t>(protocol),
                    raw,
                    !raw && remote && remote->port,
                    false,
                    handle.socket,
                    netns,
                    *local,
                    {},
                    0,
                    UINT64_MAX};
    handle.has_ports = protocol_has_ports(name.protocol);
    if (name.connected) name.remote = *remote;
    if (raw) name.local.port = 0;  // it was the protocol's number
    handle.many_peers = !name.connected && name.protocol != IPPROTO_TCP;
    if (handle.last_name != kNoName) {
      const SocketName& last = to_.names_[handle.last_name];
      if (std::tie(last.local, last.remote, last.netns) == std::tie(name.local, name.remote, name.netns))
        return;  // described again
    }
    handle.last_name = static_cast<uint32_t>(to_.names_.size());
    described_.push_back({handle.socket, at, handle.last_name, time_ns});
    to_.names_.push_back(name);
  }

  class Worker {
   public:
    Worker(SocketReader& reader, const SocketCalls& calls, size_t most_uses)
        : log(most_uses),
          reader_(reader),
          calls_(calls),
          block_(reader.trace_, "syscall",
                 {"thread", "file", "file2", "number", "flags", "result", "timeNs", "durationNs", "content"}) {}

    void operator()(const trace::Frame& frame) {
      if (!block_.load(frame)) return;
      if (block_.constant(kFile) == 0u && block_.constant(kFile2) == 0u) return;
      while (block_.next_tile()) {
        const uint64_t *file = block_.column(kFile), *file2 = block_.column(kFile2);
        for (size_t i = 0; i < block_.tile_rows(); ++i) {
          if (!file[i] && !file2[i]) continue;
          const uint32_t first = reader_.index_.find(file[i]), second = reader_.index_.find(file2[i]);
          if (first || second) [[unlikely]]
            take(i, first, second);
        }
      }
    }

    UseLog log;
    std::vector<std::pair<uint32_t, uint32_t>> watches;
    bool watches_full = false;

   private:
    enum { kThread, kFile, kFile2, kNumber, kFlags, kResult, kTime, kDuration, kContent };

    void take(size_t i, uint32_t first, uint32_t second) {
      auto value = [&](unsigned column) { return block_.column(column)[i]; };
      const SocketCalls::Row& row = calls_.row(value(kNumber), (value(kFlags) & SYSCALL_COMPAT) != 0);
      const uint64_t result = value(kResult), start = value(kTime);
      const uint64_t end = start + std::min(value(kDuration), UINT64_MAX - start);
      const bool unfinished = (value(kFlags) & SYSCALL_UNFINISHED) != 0, failed = unfinished || is_error(result);
      if (first) reader_.mentions_[first].at(row.returns_file && !failed ? end : start);
      if (second) reader_.mentions_[second].at(start);
      const uint32_t process = reader_.threads_.process_of(value(kThread));
      if (!process) return;
      const bool waited = unfinished || found_nothing(result);
      auto add = [&](uint32_t handle, SocketUse how, uint64_t from, uint64_t to,
                     uint32_t peer = SocketUses::kUnknownPeer) {
        if (handle) log.add({from, to, reader_.handles_[handle].socket, peer, process, how});
      };
      auto add_io = [&](uint32_t handle, uint64_t from) {
        if (!handle || reader_.handles_[handle].is_epoll) return;
        if (waited || end - start > kLongCallNs) add(handle, SocketUse::kWaited, start, end);
        if (waited) return;
        const uint32_t peer =
            reader_.handles_[handle].many_peers ? peer_in(row, value(kContent), reader_.handles_[handle].has_ports) : 0;
        add(handle, SocketUse::kMoved, from, end, peer);
        if (peer) add(handle, SocketUse::kMoved, from, end, SocketUses::kAnyPeer);
      };
      switch (row.call) {
        case SocketCall::kNone:
          break;
        case SocketCall::kRead:  // what came was there when the call returned
          add_io(first, end);
          break;
        case SocketCall::kWrite:
        case SocketCall::kBoth:
          add_io(first, start);
          add_io(second, start);
          break;
        case SocketCall::kAccept:
          add_io(second ? second : failed ? first : 0, end);
          if (!failed) add(first, SocketUse::kSetUp, end, end);
          break;
        case SocketCall::kSetUp:
          add(first, SocketUse::kSetUp, start, end);
          break;
        case SocketCall::kHold:
          if (!failed) add(first, SocketUse::kHeld, start, end);
          break;
        case SocketCall::kWatch:
          if (!failed && first && second && reader_.handles_[first].is_epoll)
            watch(reader_.handles_[second].socket, reader_.handles_[first].socket);
          break;
        case SocketCall::kWait:
          if (first && reader_.handles_[first].is_epoll) add(first, SocketUse::kWaited, start, end);
          break;
        case SocketCall::kClose:
          if (!failed) add(first, SocketUse::kClosed, start, start);
          break;
      }
    }

    void watch(uint32_t socket, uint32_t watcher) {
      if (watches.size() >= kMostWatches) sort_out(watches);
      if (watches.size() >= kMostWatches)
        watches_full = true;
      else
        watches.emplace_back(socket, watcher);
    }

    // Whom the call was about, if its arguments tell.
    uint32_t peer_in(const SocketCalls::Row& row, uint64_t content, bool has_ports) {
      if (!content || (row.address_arg == SocketCalls::kNoArg && row.message_arg == SocketCalls::kNoArg))
        return SocketUses::kUnknownPeer;
      ContentItems items(block_.text(content).bytes);
      items = items.find(row.address_arg != SocketCalls::kNoArg ? row.address_arg : row.message_arg);
      auto item = items.next();
      if (item &&
          row.address_arg == SocketCalls::kNoArg) {  // struct msghdr: msg_name, msg_namelen; its name comes behind it
        if (!read_at<uint64_t>(item->bytes, 0) || !read_at<uint32_t>(item->bytes, 8)) return SocketUses::kUnknownPeer;
        const unsigned arg = item->arg;
        item = items.next();
        if (item && item->arg != arg) return SocketUses::kUnknownPeer;
      }
      auto peer = item ? InternetAddress::from(item->bytes) : std::nullopt;
      if (!peer) return SocketUses::kUnknownPeer;
      if (!has_ports) peer->port = 0;
      return SocketUses::peer_of(*peer);
    }

    SocketReader& reader_;
    const SocketCalls& calls_;
    trace::Block block_;
  };

  void read_exits() {
    to_.exits_.assign(threads_.processes().size(), UINT64_MAX);
    trace::Block block(trace_, "exit", {"timeNs", "thread", "flags"});
    for (const uint32_t position : trace_.blocks_of("exit")) {
      if (!block.load(trace_.frames()[position])) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i)
          if (block.column(2)[i] & EXIT_LAST_THREAD)
            to_.exits_[threads_.process_of(block.column(1)[i])] = block.column(0)[i];
    }
    to_.exits_[0] = UINT64_MAX;
  }

  void read_open_files(UseLog& log) {
    std::unordered_map<uint32_t, uint32_t> processes;  // the first with a pid: the recording had just begun
    trace::Block block(trace_, "open_file", {"timeNs", "tgid", "file"});
    for (const uint32_t position : trace_.blocks_of("open_file")) {
      if (!block.load(trace_.frames()[position])) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i) {
          const uint32_t handle = index_.find(block.column(2)[i]);
          if (!handle || handles_[handle].is_epoll) continue;
          if (processes.empty())
            for (uint32_t at = 1; at < threads_.processes().size(); ++at) {
              uint32_t& process = processes.try_emplace(threads_.processes()[at].pid, at).first->second;
              if (threads_.processes()[at].start_ns < threads_.processes()[process].start_ns) process = at;
            }
          const auto process = processes.find(static_cast<uint32_t>(block.column(1)[i]));
          if (process == processes.end()) continue;
          const uint64_t time = block.column(0)[i];
          mentions_[handle].at(time);
          log.add({time, time, handles_[handle].socket, SocketUses::kUnknownPeer, process->second, SocketUse::kOpen});
        }
    }
  }

  // A call that changes a socket's addresses is the last one under the old ones.
  void date_names() {
    std::stable_sort(described_.begin(), described_.end(),
                     [](const Described& a, const Described& b) { return a.socket < b.socket; });
    for (size_t i = 0; i < described_.size(); ++i) {
      const Described& now = described_[i];
      if (now.name == kNoName) continue;
      SocketName& name = to_.names_[now.name];
      const Mention& mention = mentions_[now.handle];
      const uint64_t first = std::min(mention.first_ns.load(), mention.last_ns ? UINT64_MAX : now.time_ns);
      if (i == 0 || described_[i - 1].socket != now.socket) {
        name.handed_over = true;
        name.from_ns = first;
      } else if (described_[i - 1].handle == now.handle) {
        name.from_ns = now.time_ns;
      } else {
        const uint64_t before = mentions_[described_[i - 1].handle].last_ns.load();
        name.from_ns = before ? std::min(before, first) : first;
      }
      if (i + 1 < described_.size() && described_[i + 1].socket == now.socket) {
        const Described& next = described_[i + 1];
        const Mention& later = mentions_[next.handle];
        name.to_ns = next.handle == now.handle || !later.last_ns ? next.time_ns : later.first_ns.load();
      }
    }
    described_ = {};
    std::sort(to_.names_.begin(), to_.names_.end(), [](const SocketName& a, const SocketName& b) {
      return std::tie(a.protocol, a.raw, a.local, a.remote, a.from_ns, a.socket) <
             std::tie(b.protocol, b.raw, b.local, b.remote, b.from_ns, b.socket);
    });
  }

  void make_runs(UseLog& log) {
    for (const LoggedUse& use : log.finish()) {
      const auto at = static_cast<uint32_t>(to_.times_.size());
      if (to_.runs_.empty() || std::tie(to_.runs_.back().socket, to_.runs_.back().peer, to_.runs_.back().process,
                                        to_.runs_.back().how) != std::tie(use.socket, use.peer, use.process, use.how))
        to_.runs_.push_back({use.socket, use.peer, use.process, use.how, at, at});
      to_.runs_.back().end = at + 1;
      to_.times_.push_back({use.first_ns, use.last_ns});
    }
    std::vector<char> made_here(sockets_ + 1);  // 1: made or bound, 2: listened or connected
    for (const UseRun& run : to_.runs_) {
      if (run.how == SocketUse::kHeld) made_here[run.socket] |= 1;
      if (run.how == SocketUse::kSetUp) made_here[run.socket] |= 2;
    }
    for (SocketName& name : to_.names_)
      if (made_here[name.socket] & (name.connected ? 1 : 3))
        name.handed_over = false;  // a connection is set up by being accepted
    to_.ends_.assign(sockets_ + 1, 0);
    for (const UseRun& run : to_.runs_)
      if (run.peer <= SocketUses::kAnyPeer && run.how != SocketUse::kClosed)
        to_.ends_[run.socket] = std::max(to_.ends_[run.socket], to_.end_of(run.socket, run.process));
    for (uint64_t& end : to_.ends_)
      if (!end) end = UINT64_MAX;
  }

  SocketUses& to_;
  const trace::Trace& trace_;
  const ThreadTable& threads_;
  const Watch* const watch_;
  IdIndex index_;  // ids of files -> handles
  std::vector<Handle> handles_{1};
  std::vector<Mention> mentions_;  // by handle
  std::vector<Described> described_;
  uint32_t sockets_ = 0;
};

SocketUses::SocketUses(const trace::Trace& trace, const ThreadTable& threads, const Watch* watch) {
  SocketReader(*this, trace, threads, watch).read();
}

std::span<const UseRun> SocketUses::runs(uint32_t socket, uint32_t peer) const {
  const auto [begin, end] = equal_range_by(runs_, std::tuple(socket, peer),
                                           [](const UseRun& run) { return std::tuple(run.socket, run.peer); });
  return {begin, end};
}

std::span<const std::pair<uint32_t, uint32_t>> SocketUses::watchers(uint32_t socket) const {
  const auto [begin, end] = equal_range_by(watchers_, socket, &std::pair<uint32_t, uint32_t>::first);
  return {begin, end};
}

uint64_t SocketUses::end_of(uint32_t socket, uint32_t process) const {
  uint64_t used = 0, closed = 0;
  for (const uint32_t peer : {kUnknownPeer, kAnyPeer}) {
    const auto [begin, end] = equal_range_by(runs_, std::tuple(socket, peer, process), [](const UseRun& run) {
      return std::tuple(run.socket, run.peer, run.process);
    });
    for (auto run = begin; run != end; ++run) {
      const uint64_t last = times_[run->end - 1].last_ns;
      (run->how == SocketUse::kClosed ? closed : used) = std::max(run->how == SocketUse::kClosed ? closed : used, last);
    }
  }
  return closed && closed >= used ? closed : exits_[process];
}

}  // namespace ebpftrace::analyzer
