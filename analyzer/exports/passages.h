// SPDX-License-Identifier: Apache-2.0
// Which call wrote what which other call read: through pipes, and through sockets of which both ends were recorded: internet
// sockets by their addresses, Unix sockets by how they came to be connected (unix_connections.h), datagrams to one that is
// connected by its address. Bytes are matched in the order in which they can have passed: a write counts from its start, a read from its return, and
// a read takes the oldest bytes. Bounded: of more transfers than are kept, the rest is left out, and a shortfall says so.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/query/sieve.h"

namespace ebpftrace::analyzer {

struct Passage {
  uint64_t id;                 // from 1
  uint32_t writer, reader;     // threads, by their ids in the trace
  uint64_t write_ns, read_ns;  // boot time at which the calls began
  uint64_t passed_ns;          // within both calls, as seen by the reader: not before the write began
};

class Passages {
 public:
  static constexpr size_t kMostTransfers = 1u << 19;

  // Those between calls that both pass.
  Passages(const Session& session, const Choice& choice, const Watch& watch, size_t most_transfers = kMostTransfers);

  // Of the call that this thread began then. In the order of time.
  std::span<const Passage> written(uint32_t thread, uint64_t begin_ns) const;
  std::span<const Passage> read(uint32_t thread, uint64_t begin_ns) const;
  const std::vector<Passage>& all() const { return by_writer_; }

 private:
  std::vector<Passage> by_writer_, by_reader_;
};

}  // namespace ebpftrace::analyzer
