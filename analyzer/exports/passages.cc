// SPDX-License-Identifier: Apache-2.0
#include "analyzer/exports/passages.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "analyzer/dictionaries/file_facts.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/network_names.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/state/unix_connections.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

// Where what is written to a file goes, and where what is read from it was written to: channels from 1; 0: none.
struct Ends {
  uint32_t into = 0, out_of = 0;
};

class Channels {
 public:
  Channels(const Session& session, const Watch& watch) : files_(session.files()), ends_(files_.files().size()) {
    enum { kFile, kMode, kPath, kProtocol, kLocal, kRemote, kNetns, kType };
    const trace::Trace& trace = session.trace();
    trace::Block block(trace, "file", {"file", "mode", "path", "protocol", "local", "remote", "netns", "socketType"});
    std::unique_ptr<FileFacts> facts;
    std::unique_ptr<UnixConnections> connections;
    for (const uint32_t position : trace.blocks_of("file")) {
      if (!block.load(trace.frames()[position])) continue;
      while (block.next_tile())
        for (size_t row = 0; row < block.tile_rows(); ++row) {
          auto value = [&](unsigned column) { return block.column(column)[row]; };
          const uint32_t file = files_.position(value(kFile));
          const auto type = value(kMode) & S_IFMT;
          if (!file) continue;
          if (type == S_IFIFO) {
            const uint32_t one = channel(std::string(block.text(value(kPath)).bytes));
            ends_[file] = {one, one};
          } else if (type == S_IFSOCK) {
            const std::string_view local = block.text(value(kLocal)).bytes, remote = block.text(value(kRemote)).bytes;
            if (InternetAddress::from(local)) {
              ends_[file] = socket(local, remote, value(kProtocol), value(kNetns));
            } else if (value(kType) == SOCK_DGRAM) {
              ends_[file] = {datagrams_to(remote, value(kNetns)), datagrams_to(local, value(kNetns))};
            } else {
              if (!facts) {
                facts = std::make_unique<FileFacts>(trace);
                connections = std::make_unique<UnixConnections>(session, *facts, watch);
              }
              ends_[file] = connection(facts->of(value(kFile)).same, *connections);
            }
          }
        }
    }
  }

  Ends of(uint64_t file) const { return ends_[files_.position(file)]; }
  // Who is at both ends is concluded from other calls: if more was read than was written, that was wrong, or calls were lost.
  bool is_concluded(uint32_t channel) const { return channel < concluded_.size() && concluded_[channel]; }
  // The other way of the connection; itself if it has one way.
  uint32_t way_back(uint32_t channel) const {
    const auto found = ways_back_.find(channel);
    return found == ways_back_.end() ? channel : found->second;
  }

 private:
  static constexpr size_t kMostChannels = 1u << 18;

  Ends socket(std::string_view local, std::string_view remote, uint64_t protocol, uint64_t netns) {
    const auto from = InternetAddress::from(local), to = InternetAddress::from(remote);
    if (!from || !to || !from->port || !to->port) return {};
    // Loopback addresses are others in every namespace; the ends of a virtual link are in two.
    const uint64_t place = is_loopback(*from) || is_loopback(*to) ? netns : 0;
    const std::string front = std::to_string(protocol) + "@" + std::to_string(place) + " ";
    return {channel(front + from->text(true) + ">" + to->text(true)),
            channel(front + to->text(true) + ">" + from->text(true))};
  }
  Ends connection(uint32_t own, const UnixConnections& connections) {
    const uint32_t other = connections.other_end(own);
    if (!other) return {};
    const Ends ends{concluded("unix " + std::to_string(own) + ">" + std::to_string(other)),
                    concluded("unix " + std::to_string(other) + ">" + std::to_string(own))};
    ways_back_[ends.into] = ends.out_of;
    ways_back_[ends.out_of] = ends.into;
    return ends;
  }
  uint32_t datagrams_to(std::string_view address, uint64_t netns) {
    if (address.size() <= sizeof(sa_family_t)) return 0;
    return concluded("unix datagrams " + std::to_string(netns) + " " + std::string(address));
  }
  uint32_t concluded(std::string name) {
    const uint32_t one = channel(std::move(name));
    if (one >= concluded_.size()) concluded_.resize(one + 1);
    if (one) concluded_[one] = true;
    return one;
  }
  static bool is_loopback(const InternetAddress& address) {
    if (address.is_four()) return address.address[12] == 127;
    std::array<uint8_t, 16> one{};
    one[15] = 1;
    return address.address == one;
  }
  uint32_t channel(std::string name) {
    if (name.empty() || (names_.size() >= kMostChannels && !names_.contains(name))) return 0;
    return names_.try_emplace(std::move(name), static_cast<uint32_t>(names_.size() + 1)).first->second;
  }

  const FileTable& files_;
  std::vector<Ends> ends_;       // by position of the file
  std::vector<bool> concluded_;  // by channel
  std::unordered_map<uint32_t, uint32_t> ways_back_;
  std::unordered_map<std::string, uint32_t> names_;
};

struct Transfer {
  uint64_t moment_ns;  // a write's start, a read's return
  uint64_t begin_ns, bytes;
  uint32_t channel, thread;
  bool is_read, passes;
};

class Worker {
 public:
  Worker(const Session& session, const Choice& choice, const Channels& channels, std::atomic<size_t>& room)
      : channels_(channels),
        flow_(session.flow()),
        payload_(std::make_shared<trace::FramePayload>()),
        sieve_(session, choice, payload_),
        block_(session.trace(), *session.trace().catalogue().type("syscall"), kColumns, payload_),
        room_(room) {}

  void operator()(const trace::Frame& frame) {
    const bool any = sieve_.load(frame);
    if (!block_.load(frame)) return;
    while (block_.next_tile()) {
      const size_t tile = block_.tile_start() / predicate::kTileRows;
      for (size_t row = 0; row < block_.tile_rows(); ++row) {
        const uint64_t flags = value(kFlags, row);
        const uint8_t flow = CallFlow::directed(flow_.of(value(kNumber, row), flags), flags);
        if (flow & CallFlow::kMoves) [[unlikely]]
          add(row, flow, flags, any && sieve_.selected(tile).test(row));
      }
    }
  }

  std::vector<Transfer> transfers;
  bool full = false;

 private:
  enum { kTime, kDuration, kResult, kThread, kFile, kFile2, kNumber, kFlags, kMoved };
  static constexpr std::array<std::string_view, 9> kColumns = {"timeNs", "durationNs", "result", "thread", "file",
                                                               "file2",  "number",     "flags",  "moved"};
  uint64_t value(unsigned column, size_t row) const { return block_.column(column)[row]; }

  void add(size_t row, uint8_t flow, uint64_t flags, bool passes) {
    const CallBytes bytes = CallFlow::bytes(flow, flags, value(kResult, row), value(kMoved, row), 0);
    const bool both = (flow & CallFlow::kMoves) == CallFlow::kMoves;
    const uint64_t first = value(kFile, row), second = both ? value(kFile2, row) : first;
    const bool first_is_target = flow & CallFlow::kFileIsTarget;
    if (bytes.read) add(row, true, bytes.read, channels_.of(first_is_target ? second : first).out_of, passes);
    if (bytes.written)
      add(row, false, bytes.written, channels_.of(both && !first_is_target ? second : first).into, passes);
  }
  void add(size_t row, bool is_read, uint64_t bytes, uint32_t channel, bool passes) {
    if (!channel) return;
    if (room_.fetch_sub(1) == 0 || room_ > SIZE_MAX / 2) {
      room_ = 0;
      full = true;
      return;
    }
    const uint64_t begin = value(kTime, row), end = begin + value(kDuration, row);
    transfers.push_back(
        {is_read ? end : begin, begin, bytes, channel, static_cast<uint32_t>(value(kThread, row)), is_read, passes});
  }

  const Channels& channels_;
  const CallFlow& flow_;
  std::shared_ptr<trace::FramePayload> payload_;
  Sieve sieve_;
  trace::Block block_;
  std::atomic<size_t>& room_;
};

struct Pending {
  const Transfer* write;
  uint64_t left;
};

using Key = std::pair<uint32_t, uint64_t>;
Key writer_key(const Passage& passage) { return {passage.writer, passage.write_ns}; }
Key reader_key(const Passage& passage) { return {passage.reader, passage.read_ns}; }

std::span<const Passage> equal(const std::vector<Passage>& list, Key (*key)(const Passage&), const Key& wanted) {
  const auto first = std::lower_bound(list.begin(), list.end(), wanted,
                                      [&](const Passage& passage, const Key& to) { return key(passage) < to; });
  auto last = first;
  while (last != list.end() && key(*last) == wanted) ++last;
  return {first, last};
}

}  // namespace

Passages::Passages(const Session& session, const Choice& choice, const Watch& watch, size_t most_transfers) {
  const trace::Trace& trace = session.trace();
  if (!trace.catalogue().type("syscall")) return;
  const Channels channels(session, watch);
  std::atomic<size_t> room{most_transfers};
  const trace::Positions positions = trace.blocks_of("syscall");
  const auto workers = scan_blocks(
      trace, positions, [&] { return std::make_unique<Worker>(session, choice, channels, room); }, &watch);
  std::vector<Transfer> transfers;
  bool full = false;
  for (const auto& worker : workers) {
    transfers.insert(transfers.end(), worker->transfers.begin(), worker->transfers.end());
    worker->transfers = {};
    full |= worker->full;
  }
  if (full)
    trace.shortfalls().report(
        "more transfers through pipes and sockets than this program keeps; the export lacks some of the flows");
  std::sort(transfers.begin(), transfers.end(), [](const Transfer& a, const Transfer& b) {
    return std::tie(a.channel, a.moment_ns, a.is_read, a.thread, a.begin_ns) <
           std::tie(b.channel, b.moment_ns, b.is_read, b.thread, b.begin_ns);
  });
  std::deque<Pending> pending;
  std::vector<uint32_t> channel_of;  // by passage, as they are found
  std::unordered_set<uint32_t> wrong;
  for (size_t i = 0; i < transfers.size(); ++i) {
    const Transfer& one = transfers[i];
    if (i && transfers[i - 1].channel != one.channel) pending.clear();
    if (!one.is_read) {
      pending.push_back({&one, one.bytes});
      continue;
    }
    uint64_t left = one.bytes;
    while (left && !pending.empty()) {
      Pending& oldest = pending.front();
      const uint64_t taken = std::min(left, oldest.left);
      left -= taken;
      oldest.left -= taken;
      if (one.passes && oldest.write->passes) {
        by_writer_.push_back({0, oldest.write->thread, one.thread, oldest.write->begin_ns, one.begin_ns,
                              std::max(oldest.write->begin_ns, one.begin_ns)});
        channel_of.push_back(one.channel);
      }
      if (!oldest.left) pending.pop_front();
    }
    if (left && channels.is_concluded(one.channel)) wrong.insert({one.channel, channels.way_back(one.channel)});
  }
  size_t right = 0;
  for (size_t i = 0; i < by_writer_.size(); ++i) {
    if (wrong.contains(channel_of[i])) continue;
    by_writer_[right] = by_writer_[i];
    by_writer_[right].id = right + 1;
    ++right;
  }
  by_writer_.resize(right);
  by_reader_ = by_writer_;
  std::stable_sort(by_writer_.begin(), by_writer_.end(),
                   [](const Passage& a, const Passage& b) { return writer_key(a) < writer_key(b); });
  std::stable_sort(by_reader_.begin(), by_reader_.end(),
                   [](const Passage& a, const Passage& b) { return reader_key(a) < reader_key(b); });
}

std::span<const Passage> Passages::written(uint32_t thread, uint64_t begin_ns) const {
  return equal(by_writer_, writer_key, {thread, begin_ns});
}

std::span<const Passage> Passages::read(uint32_t thread, uint64_t begin_ns) const {
  return equal(by_reader_, reader_key, {thread, begin_ns});
}

}  // namespace ebpftrace::analyzer
