// SPDX-License-Identifier: Apache-2.0
// The internet sockets of a trace: under which addresses each was known and when, and which process used it, how and when.
// To have a socket is not to use it: whoever inherits, duplicates, looks at or closes it appears here only as who closed it.
// Loaded once (calls are read by several threads), then immutable; of bounded size, and what a bound leaves out is reported.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/dictionaries/network_names.h"
#include "analyzer/dictionaries/thread_table.h"

namespace ebpftrace::analyzer {

class Watch;

// How, from the weakest to the strongest.
enum class SocketUse : uint8_t {
  kClosed,  // no use
  kOpen,    // had it open when the recording began
  kHeld,    // made or bound it
  kSetUp,   // listened, connected, or accepted it as a connection
  kWaited,  // in a call that waits for it or found nothing there, or in epoll_wait
  kMoved,   // bytes, or a connection that was accepted from it
};

// A socket under the addresses that it had from one call to another.
struct SocketName {
  uint8_t protocol;
  bool raw;
  bool connected;
  bool handed_over;  // it is not known who made it, nor when
  uint32_t socket;
  uint32_t netns;  // 0: not known
  InternetAddress local, remote;
  uint64_t from_ns, to_ns;
};

// Uses of one kind by one process, one after the other; those that are close together are one.
struct UseTime {
  uint64_t first_ns, last_ns;
};
struct UseRun {
  uint32_t socket, peer, process;
  SocketUse how;
  uint32_t begin, end;  // in times
};

class SocketUses {
 public:
  // Of whom bytes came or to whom they went, where one socket talks to many: a hash of that address.
  static constexpr uint32_t kUnknownPeer = 0, kAnyPeer = 1;  // kAnyPeer: those that are known, taken together
  static uint32_t peer_of(const InternetAddress& address);

  // watch: who may want it to stop; then it has what was read by then. Only while it is made.
  SocketUses(const trace::Trace& trace, const ThreadTable& threads, const Watch* watch = nullptr);
  SocketUses(const SocketUses&) = delete;

  bool empty() const { return names_.empty(); }
  // In the order of protocol, raw, local address, remote address; of those that are equal, of from_ns.
  std::span<const SocketName> names() const { return names_; }
  std::span<const UseRun> runs(uint32_t socket, uint32_t peer) const;
  std::span<const UseTime> times(const UseRun& run) const {
    return std::span(times_).subspan(run.begin, run.end - run.begin);
  }
  // The sockets that stand for what watches this one (epoll).
  std::span<const std::pair<uint32_t, uint32_t>> watchers(uint32_t socket) const;
  // When the process had it no more: it closed it after its last use, or ended. UINT64_MAX: not before the recording's end.
  uint64_t end_of(uint32_t socket, uint32_t process) const;
  // When nobody that used it had it any more.
  uint64_t end_of(uint32_t socket) const { return ends_[socket]; }

 private:
  friend class SocketReader;

  std::vector<SocketName> names_;
  std::vector<UseRun> runs_;
  std::vector<UseTime> times_;
  std::vector<std::pair<uint32_t, uint32_t>> watchers_;  // watched, watching
  std::vector<uint64_t> ends_;                           // by socket
  std::vector<uint64_t> exits_;                          // by process
};

}  // namespace ebpftrace::analyzer
