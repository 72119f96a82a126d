// SPDX-License-Identifier: Apache-2.0
#include "analyzer/state/unix_connections.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "analyzer/api/moment.h"
#include "analyzer/dictionaries/network_names.h"
#include "analyzer/state/call_effects.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostCalls = 1u << 18;  // of all threads

// One that succeeded; of an accept the socket is the one that it returned.
struct Joining {
  uint64_t begin_ns, end_ns;
  uint32_t frame, row;
  uint32_t socket;  // by FileFact::same
  auto order() const { return std::tuple(end_ns, begin_ns, frame, row); }
};

class Worker {
 public:
  Worker(const Session& session, const FileFacts& facts, const CallEffects& effects, size_t share)
      : trace_(session.trace()),
        facts_(facts),
        effects_(effects),
        share_(share),
        block_(trace_, "syscall", {"timeNs", "durationNs", "result", "file", "number", "flags"}) {}

  void operator()(uint32_t position) {
    if (!block_.load(trace_.frames()[position])) return;
    while (block_.next_tile())
      for (size_t row = 0; row < block_.tile_rows(); ++row) {
        const uint64_t flags = value(kFlags, row);
        const CallEffect effect = effects_.row(value(kNumber, row), (flags & SYSCALL_COMPAT) != 0).effect;
        if (effect != CallEffect::kConnects && effect != CallEffect::kAccepts && effect != CallEffect::kMakesSocketPair)
          continue;
        if (flags & SYSCALL_UNFINISHED || is_error(value(kResult, row))) continue;
        if (effect == CallEffect::kMakesSocketPair) {
          makes_pairs = true;
          continue;
        }
        const FileFact& fact = facts_.of(value(kFile, row));
        if (!fact.socket || InternetAddress::from(facts_.socket(fact).local)) continue;
        if (connects.size() + accepts.size() >= share_) {
          full = true;
          return;
        }
        const uint64_t begin = value(kTime, row), duration = value(kDuration, row);
        (effect == CallEffect::kConnects ? connects : accepts)
            .push_back({begin, begin + std::min(duration, UINT64_MAX - begin), position,
                        static_cast<uint32_t>(block_.tile_start() + row), fact.same});
      }
  }

  std::vector<Joining> connects, accepts;
  bool makes_pairs = false, full = false;

 private:
  enum { kTime, kDuration, kResult, kFile, kNumber, kFlags };
  uint64_t value(unsigned column, size_t row) const { return block_.column(column)[row]; }

  const trace::Trace& trace_;
  const FileFacts& facts_;
  const CallEffects& effects_;
  const size_t share_;
  trace::Block block_;
};

// Abstract names are others in each network namespace.
std::string place_of(std::string_view address, uint64_t netns) {
  constexpr size_t kPath = offsetof(sockaddr_un, sun_path);
  if (!is_unix_address(address) || address.size() <= kPath) return {};
  const std::string_view path = address.substr(kPath);
  if (path[0] != '\0') return std::string(path.substr(0, path.find('\0')));
  return std::to_string(netns) + std::string(path);
}

// Where sockets were connected to, and where those that were accepted came to: by FileFact::same.
struct Places {
  std::unordered_map<uint32_t, std::string> to, at;

  Places(const trace::Trace& trace, const FileFacts& facts) {
    enum { kFile, kLocal, kRemote, kNetns };
    trace::Block block(trace, "file", {"file", "local", "remote", "netns"});
    for (const uint32_t position : trace.blocks_of("file")) {
      if (!block.load(trace.frames()[position])) continue;
      while (block.next_tile())
        for (size_t row = 0; row < block.tile_rows(); ++row) {
          const FileFact& fact = facts.of(block.column(kFile)[row]);
          if (!fact.socket) continue;
          const uint64_t netns = block.column(kNetns)[row];
          const auto add = [&](std::unordered_map<uint32_t, std::string>& list, unsigned column) {
            std::string place = place_of(block.text(block.column(column)[row]).bytes, netns);
            if (!place.empty() && list.size() < kMostCalls) list.try_emplace(fact.same, std::move(place));
          };
          add(to, kRemote);
          add(at, kLocal);
        }
    }
  }
};

}  // namespace

bool is_unix_address(std::string_view address) {
  sa_family_t family = 0;
  if (address.size() < sizeof family) return false;
  std::memcpy(&family, address.data(), sizeof family);
  return family == AF_UNIX;
}

void UnixConnections::join(uint32_t one, uint32_t other) {
  if (!one || !other || one == other) return;
  ends_.try_emplace(one, other);
  ends_.try_emplace(other, one);
}

UnixConnections::UnixConnections(const Session& session, const FileFacts& facts, const Watch& watch) {
  const trace::Trace& trace = session.trace();
  const CallEffects effects(trace.catalogue(), session.flow());
  const trace::Positions positions = trace.blocks_of("syscall");
  const unsigned threads = worker_count(trace, positions);
  std::vector<std::unique_ptr<Worker>> workers;
  for (unsigned i = 0; i < threads; ++i)
    workers.push_back(std::make_unique<Worker>(session, facts, effects, kMostCalls / threads));
  share_out(
      threads, positions.size(),
      [&](unsigned own) { return [&worker = *workers[own], &positions](size_t i) { worker(positions[i]); }; }, &watch);
  bool makes_pairs = false, full = false;
  const Places places(trace, facts);
  std::map<std::string, std::pair<std::vector<Joining>, std::vector<Joining>>> by_place;
  for (const auto& worker : workers) {
    makes_pairs |= worker->makes_pairs;
    full |= worker->full;
    for (const Joining& one : worker->connects)
      if (const auto place = places.to.find(one.socket); place != places.to.end())
        by_place[place->second].first.push_back(one);
    for (const Joining& one : worker->accepts)
      if (const auto place = places.at.find(one.socket); place != places.at.end())
        by_place[place->second].second.push_back(one);
  }
  if (full)
    trace.shortfalls().report(
        "more Unix sockets were connected than this program keeps; some of their other ends are not known");
  for (auto& [place, calls] : by_place) {
    auto& [connects, accepts] = calls;
    const auto earlier = [](const Joining& a, const Joining& b) { return a.order() < b.order(); };
    std::sort(connects.begin(), connects.end(), earlier);
    std::sort(accepts.begin(), accepts.end(), earlier);
    auto waiting = connects.begin();
    for (const Joining& accept : accepts) {
      if (waiting == connects.end()) break;
      if (waiting->begin_ns > accept.end_ns) continue;  // it took somebody who is not recorded
      join(waiting->socket, accept.socket);
      ++waiting;
    }
  }
  if (!makes_pairs || watch.stopped()) return;
  const Replayer& replayer = session.replayer();
  replayer.at(replayer.boot_ns(""), watch.stop());
  for (const auto& [one, other] : replayer.socket_pairs()) join(facts.of(one).same, facts.of(other).same);
}

}  // namespace ebpftrace::analyzer
