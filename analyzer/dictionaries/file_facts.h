// SPDX-License-Identifier: Apache-2.0
// What the ids of files stand for besides their names (file_table.h): which of them are the same file under another name or, of a
// socket, with other addresses, and what a socket is. Loaded once from the trace's file blocks, then immutable.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "analyzer/dictionaries/id_index.h"
#include "analyzer/dictionaries/text_arena.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

struct FileFact {
  uint64_t inode = 0;
  uint32_t device = 0;  // of its file system; of a device node the one that it stands for
  uint32_t same = 0;    // equal for all ids of one file; 0: not described
  uint32_t next = 0;    // the id under which it was described after this one; 0: none
  uint32_t socket = 0;  // position in sockets(); 0: it is none
};

struct SocketFact {
  uint32_t netns = 0;  // 0: not known
  uint16_t type = 0;   // SOCK_*
  uint16_t protocol = 0;
  std::string_view local, remote;  // struct sockaddr of any length; empty: none
};

class FileFacts {
 public:
  explicit FileFacts(const trace::Trace& trace);
  FileFacts(const FileFacts&) = delete;

  // Of a file that is not described, or is one too many: all 0.
  const FileFact& of(uint64_t id) const { return facts_[index_.find(id)]; }
  const SocketFact& socket(const FileFact& fact) const { return sockets_[fact.socket]; }
  // Whether two ids are of one file.
  bool same(uint64_t one, uint64_t other) const {
    return one == other || (of(one).same && of(one).same == of(other).same);
  }

 private:
  TextArena arena_{8u << 20};
  IdIndex index_;
  std::vector<FileFact> facts_{1};
  std::vector<SocketFact> sockets_{1};
};

}  // namespace ebpftrace::analyzer
