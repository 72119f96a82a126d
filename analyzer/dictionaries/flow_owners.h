// SPDX-License-Identifier: Apache-2.0
// Whose flow it is: the processes that used the socket which its packets reached, at that time and in that network
// namespace. Of those that could be meant, the ones with the best reason are:
//   1. bytes moved between them and the flow's other end, or by them at all where calls don't say with whom: while the
//      flow went on, else soonest after it;
//   2. they waited for it: in a call, or in epoll_wait for a file that watches the socket;
//   3. they moved bytes before, and had the socket still;
//   4. they had listened, connected or accepted; or made or bound it; or they alone had it open when the recording began.
// For packets that reached nobody (dropped, or a connection that was never accepted) 2 comes first: who would have got them.
// Who only inherits, passes on, looks at or closes a socket owns nothing. Loaded once, then immutable.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/dictionaries/network_names.h"
#include "analyzer/dictionaries/socket_uses.h"
#include "analyzer/dictionaries/thread_table.h"

namespace ebpftrace::analyzer {

// A flow, or the packet of a finding, that came in.
struct IncomingFlow {
  uint8_t protocol;
  InternetAddress source, destination;
  uint16_t source_port = 0, destination_port = 0;  // as in the event: of ICMP, identifier and type
  uint32_t netns = 0;                              // of the interface; 0: not known
  uint64_t first_ns = 0, last_ns = 0;              // both 0: not known
  bool reached_somebody = true;                    // false: all of it was dropped
};

class FlowOwners {
 public:
  FlowOwners(const trace::Trace& trace, const ThreadTable& threads, const Watch* watch = nullptr)
      : uses_(trace, threads, watch) {}
  // Positions in the thread table's processes, the one that was first to use it in front; empty: none is known.
  std::vector<uint32_t> of(const IncomingFlow& flow) const;

 private:
  struct Search;

  SocketUses uses_;
};

}  // namespace ebpftrace::analyzer
