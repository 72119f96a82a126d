// SPDX-License-Identifier: Apache-2.0
// Whose flow it is: the sockets of the trace (their addresses are in the descriptions of files) and the processes that
// used them. A flow belongs to the socket with its two addresses, else to the one that listens on its destination.
// Loaded once, then immutable.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "analyzer/network_names.h"
#include "analyzer/thread_table.h"

namespace ebpftrace {

class FlowOwners {
 public:
  FlowOwners(const Trace& trace, const ThreadTable& threads);
  // Position in the thread table's processes; 0: not known. local: the address on this machine.
  uint32_t owner(uint8_t protocol, const InternetAddress& local, const InternetAddress& remote) const;
  // For a flow that came in: its destination is local, or, where a socket was connected the other way, its source.
  uint32_t owner_of_flow(uint8_t protocol, const InternetAddress& source, const InternetAddress& destination) const;

 private:
  using Key = std::tuple<uint8_t, InternetAddress, InternetAddress>;
  std::map<Key, uint32_t> owners_;  // remote all zeros: not connected
};

}  // namespace ebpftrace
