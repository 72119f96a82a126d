// SPDX-License-Identifier: Apache-2.0
// Which two Unix sockets are the ends of one connection: the two of a socketpair(), and the one that a connect() was made with and
// the one that the accept() returned which took it. The kernel takes those who wait in their order, and so are connects and
// accepts of one address put together; which is a guess where some of those who connect are not recorded. Immutable.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "analyzer/api/session.h"
#include "analyzer/dictionaries/file_facts.h"
#include "analyzer/query/scan_blocks.h"

namespace ebpftrace::analyzer {

class UnixConnections {
 public:
  UnixConnections(const Session& session, const FileFacts& facts, const Watch& watch);

  // Of the socket that is this by FileFact::same, likewise; 0: not known.
  uint32_t other_end(uint32_t same) const {
    const auto found = ends_.find(same);
    return found == ends_.end() ? 0 : found->second;
  }

 private:
  void join(uint32_t one, uint32_t other);

  std::unordered_map<uint32_t, uint32_t> ends_;
};

// Whether an address, struct sockaddr of any length, is one of a Unix socket, also if it has only its family.
bool is_unix_address(std::string_view address);

}  // namespace ebpftrace::analyzer
