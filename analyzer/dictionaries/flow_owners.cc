// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/flow_owners.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "analyzer/dictionaries/equal_range.h"

namespace ebpftrace::analyzer {
namespace {

// A flow's last packet is known to a tick of the kernel: of 10 ms at most.
constexpr uint64_t kTickNs = 10'000'000;
// A connection's packets can come before it is accepted, and (as TIME_WAIT lasts) after it was closed.
constexpr uint64_t kConnectionNs = 60'000'000'000;
// A socket that somebody who is not recorded made, and handed over to be read (inetd).
constexpr uint64_t kHandedOverNs = 1'000'000'000;
// Of one address at one time; nobody has so many, and a made-up trace should not take for ever.
constexpr size_t kMostSockets = 256, kMostRuns = 1024, kMostWatchers = 256;

constexpr uint64_t later(uint64_t time_ns, uint64_t by_ns) { return time_ns + std::min(by_ns, UINT64_MAX - time_ns); }

InternetAddress anywhere(uint16_t port, bool four) {
  InternetAddress address{};
  address.port = port;
  if (four) address.address[10] = address.address[11] = 0xff;
  return address;
}

bool is_loopback(const InternetAddress& address) {
  static constexpr uint8_t kFour[13] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127},
                           kSix[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return std::equal(std::begin(kFour), std::end(kFour), address.address.begin()) ||
         std::equal(std::begin(kSix), std::end(kSix), address.address.begin());
}

// What one process did with the sockets in question.
struct Evidence {
  std::optional<uint64_t> moved_within, moved_after, moved_before, waited, set_up, set_up_after, held;
  bool open = false;
};
using Evidences = std::map<uint32_t, Evidence>;  // by process

void take_first(std::optional<uint64_t>& of, uint64_t time_ns) { of = of ? std::min(*of, time_ns) : time_ns; }
void take_last(std::optional<uint64_t>& of, uint64_t time_ns) { of = of ? std::max(*of, time_ns) : time_ns; }

using Time = std::optional<uint64_t> Evidence::*;

// Everybody of whom it is known, by that time.
std::vector<uint32_t> all_with(const Evidences& evidences, Time what) {
  std::vector<std::pair<uint64_t, uint32_t>> found;
  for (const auto& [process, evidence] : evidences)
    if (evidence.*what) found.emplace_back(*(evidence.*what), process);
  std::sort(found.begin(), found.end());
  std::vector<uint32_t> processes;
  for (const auto& [time, process] : found) processes.push_back(process);
  return processes;
}
std::vector<uint32_t> first_with(const Evidences& evidences, Time what) {
  const auto found = all_with(evidences, what);
  return {found.begin(), found.begin() + (found.empty() ? 0 : 1)};
}
std::vector<uint32_t> last_with(const Evidences& evidences, Time what) {
  auto found = all_with(evidences, what);
  if (found.size() > 1) found = {found.back()};
  return found;
}

}  // namespace

struct FlowOwners::Search {
  const SocketUses& uses;
  const IncomingFlow& flow;
  InternetAddress other_end;
  uint64_t first_ns, last_ns;

  Search(const SocketUses& all_uses, const IncomingFlow& what)
      : uses(all_uses), flow(what), first_ns(what.first_ns), last_ns(what.last_ns) {
    if (!first_ns && !last_ns) last_ns = UINT64_MAX;
    last_ns = std::max(last_ns, first_ns);
    if (last_ns > first_ns) last_ns = later(last_ns, kTickNs);
  }

  // The sockets with these addresses that were there while the flow was, else the one that was nearest in time if it was
  // near enough. remote: nullptr for those that are not connected.
  std::vector<const SocketName*> sockets(uint8_t protocol, bool raw, const InternetAddress& local,
                                         const InternetAddress* remote) const {
    const auto names = uses.names();
    const auto key = [](const SocketName& name) {
      return std::tuple(name.protocol, name.raw, name.local, name.remote);
    };
    const auto [begin, end] =
        equal_range_by(names, std::tuple(protocol, raw, local, remote ? *remote : InternetAddress{}), key);
    std::vector<const SocketName*> there;
    const SocketName* nearest = nullptr;
    uint64_t distance = UINT64_MAX;
    // Backwards from the last one that began before the flow ended; one behind it may have been handed over.
    auto from = std::ranges::upper_bound(begin, end, last_ns, {}, &SocketName::from_ns);
    for (auto next = from; next != end && next - from < static_cast<std::ptrdiff_t>(kMostSockets) && !nearest; ++next)
      if (is_here(*next) && next->handed_over && next->from_ns - last_ns <= (remote ? kConnectionNs : kHandedOverNs)) {
        nearest = &*next;
        distance = next->from_ns - last_ns;
      }
    for (size_t looked_at = 0; from != begin && looked_at < kMostSockets; ++looked_at) {
      const SocketName& name = *--from;
      if (!is_here(name)) continue;
      const uint64_t gone_ns = std::min(name.to_ns, uses.end_of(name.socket));
      if (gone_ns >= first_ns) {
        there.push_back(&name);
      } else if (remote && first_ns - gone_ns <= kConnectionNs && first_ns - gone_ns < distance) {
        nearest = &name;
        distance = first_ns - gone_ns;
      }
    }
    if (there.empty() && nearest) there.push_back(nearest);
    return there;
  }
  bool is_here(const SocketName& name) const { return !name.netns || !flow.netns || name.netns == flow.netns; }

  void add_run(Evidences& evidences, const SocketName& name, const UseRun& run) const {
    Evidence& evidence = evidences[run.process];
    const uint64_t gone_ns = uses.end_of(name.socket, run.process);
    const bool had_it = name.connected || gone_ns >= first_ns;
    const auto times = uses.times(run);
    // The first use that was not over when the flow began, and the one before.
    auto at = std::ranges::lower_bound(times, std::max(first_ns, name.from_ns), {}, &UseTime::last_ns);
    const bool before =
        at != times.begin() && std::prev(at)->last_ns >= name.from_ns && std::prev(at)->first_ns <= name.to_ns;
    const bool valid = at != times.end() && at->first_ns <= std::min(name.to_ns, gone_ns);
    const bool within = valid && at->first_ns <= last_ns;
    switch (run.how) {
      case SocketUse::kMoved:
        if (within)
          take_first(evidence.moved_within, at->first_ns);
        else if (valid)
          take_first(evidence.moved_after, at->first_ns);
        if (before && had_it) take_last(evidence.moved_before, std::prev(at)->last_ns);
        break;
      case SocketUse::kWaited:
        if (within) take_first(evidence.waited, at->first_ns);
        break;
      case SocketUse::kSetUp:
        if (within)
          take_last(evidence.set_up, at->first_ns);
        else if (before && had_it)
          take_last(evidence.set_up, std::prev(at)->last_ns);
        else if (valid)
          take_first(evidence.set_up_after, at->first_ns);
        break;
      case SocketUse::kHeld:
        if ((within || before) && had_it) take_last(evidence.held, within ? at->first_ns : std::prev(at)->last_ns);
        break;
      case SocketUse::kOpen:
        evidence.open |= had_it;
        break;
      case SocketUse::kClosed:
        break;
    }
  }
  void add_runs(Evidences& evidences, const SocketName& name, uint32_t socket, uint32_t peer,
                bool only_waits = false) const {
    const auto runs = uses.runs(socket, peer);
    for (const UseRun& run : runs.first(std::min(runs.size(), kMostRuns)))
      if (!only_waits || run.how == SocketUse::kWaited) add_run(evidences, name, run);
  }

  // reached: whether somebody got the packets.
  std::vector<uint32_t> owners(const std::vector<const SocketName*>& names, bool reached) const {
    if (names.empty()) return {};
    Evidences with_peer, other, any;
    const uint32_t peer = SocketUses::peer_of(other_end);
    for (const SocketName* name : names) {
      add_runs(other, *name, name->socket, SocketUses::kUnknownPeer);
      if (name->connected) continue;
      add_runs(with_peer, *name, name->socket, peer);
      add_runs(any, *name, name->socket, SocketUses::kAnyPeer);
    }
    for (const SocketName* name : names) {
      const auto watchers = uses.watchers(name->socket);
      for (const auto& [socket, watcher] : watchers.first(std::min(watchers.size(), kMostWatchers)))
        add_runs(other, *name, watcher, SocketUses::kUnknownPeer, true);
    }
    auto moved = [&](Time when, auto choose) {
      auto found = choose(with_peer, when);
      return found.empty() ? choose(other, when) : found;
    };
    std::vector<uint32_t> found;
    if (reached) found = moved(&Evidence::moved_within, all_with);
    if (reached && found.empty()) found = moved(&Evidence::moved_after, first_with);
    if (found.empty()) found = all_with(other, &Evidence::waited);
    for (const auto& [process, evidence] : any)
      if (evidence.moved_before) take_last(other[process].moved_before, *evidence.moved_before);
    if (found.empty() && !reached) {
      for (const auto& [process, evidence] : any)
        if (evidence.moved_within) take_first(other[process].moved_within, *evidence.moved_within);
      found = all_with(other, &Evidence::moved_within);
    }
    if (found.empty()) found = moved(&Evidence::moved_before, last_with);
    if (found.empty()) found = last_with(other, &Evidence::set_up);
    if (found.empty()) found = last_with(other, &Evidence::held);
    if (found.empty() && !reached) found = moved(&Evidence::moved_after, first_with);
    if (found.empty()) found = first_with(other, &Evidence::set_up_after);
    if (found.empty()) {
      for (const auto& [process, evidence] : other)
        if (evidence.open) found.push_back(process);
      if (found.size() > 1) found.clear();  // some of them only inherited it
    }
    return found;
  }

  // Those that use the socket which packets for `local` from `remote` reach.
  std::vector<uint32_t> at(const InternetAddress& local, const InternetAddress& remote, bool may_be_anywhere) {
    other_end = remote;
    const bool is_stream = flow.protocol == IPPROTO_TCP;
    if (auto found = owners(sockets(flow.protocol, false, local, &remote), flow.reached_somebody); !found.empty())
      return found;
    const bool reached = flow.reached_somebody && !is_stream;  // else it would have a socket of its own
    if (auto names = sockets(flow.protocol, false, local, nullptr); !names.empty()) return owners(names, reached);
    if (!may_be_anywhere) return {};
    if (local.is_four())
      if (auto names = sockets(flow.protocol, false, anywhere(local.port, true), nullptr); !names.empty())
        return owners(names, reached);
    return owners(sockets(flow.protocol, false, anywhere(local.port, false), nullptr), reached);
  }

  // Protocols without ports: sockets of ping, which have the identifier for a port, and raw ones, which get all there is.
  std::vector<uint32_t> without_ports() {
    InternetAddress local = flow.destination;
    other_end = flow.source;
    other_end.port = 0;
    const unsigned type = flow.destination_port >> 8;
    if (flow.protocol == IPPROTO_ICMP || flow.protocol == IPPROTO_ICMPV6) {
      const bool six = flow.protocol == IPPROTO_ICMPV6;
      if (type == (six ? unsigned{ICMP6_ECHO_REQUEST} : unsigned{ICMP_ECHO})) return {};  // the kernel answers
      if (type == (six ? unsigned{ICMP6_ECHO_REPLY} : unsigned{ICMP_ECHOREPLY}) && flow.source_port) {
        local.port = flow.source_port;
        for (const InternetAddress& address : {local, anywhere(local.port, true), anywhere(local.port, false)})
          if (auto names = sockets(flow.protocol, false, address, nullptr); !names.empty())
            return owners(names, flow.reached_somebody);
      }
    }
    local.port = 0;
    std::vector<const SocketName*> names;
    for (const InternetAddress& address : {local, anywhere(0, true), anywhere(0, false)})
      for (const SocketName* name : sockets(flow.protocol, true, address, nullptr)) names.push_back(name);
    return owners(names, flow.reached_somebody);
  }
};

std::vector<uint32_t> FlowOwners::of(const IncomingFlow& flow) const {
  if (uses_.empty()) return {};
  Search search(uses_, flow);
  if (!protocol_has_ports(flow.protocol)) return search.without_ports();
  auto found = search.at(flow.destination, flow.source, true);
  // Over the loopback the sender is here as well. Anywhere else its address alone must say so: somebody out there may
  // send from a port that is open here.
  if (found.empty()) found = search.at(flow.source, flow.destination, is_loopback(flow.source));
  return found;
}

}  // namespace ebpftrace::analyzer
