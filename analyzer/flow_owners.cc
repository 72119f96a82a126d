// SPDX-License-Identifier: Apache-2.0
#include "analyzer/flow_owners.h"

#include <netinet/in.h>

#include <unordered_map>

#include "analyzer/block.h"

namespace ebpftrace {
namespace {

constexpr size_t kMostSockets = 1u << 18;

struct Socket {
  uint8_t protocol;
  InternetAddress local, remote;
};

}  // namespace

FlowOwners::FlowOwners(const Trace& trace, const ThreadTable& threads) {
  // A description that comes again has the addresses of then: a socket has one before and one after it is connected.
  std::unordered_map<uint32_t, std::vector<Socket>> sockets;
  size_t count = 0;
  bool full = false;
  Block files(trace, "file", {"file", "protocol", "local", "remote"});
  for (const uint32_t position : trace.blocks_of("file")) {
    if (!files.load(trace.frames()[position])) continue;
    while (files.next_tile())
      for (size_t i = 0; i < files.tile_rows(); ++i) {
        if (!files.column(2)[i]) continue;
        const auto local = InternetAddress::from(files.text(files.column(2)[i]).bytes);
        if (!local || !local->port) continue;
        if (++count > kMostSockets) {
          full = true;
          continue;
        }
        const auto remote = InternetAddress::from(files.text(files.column(3)[i]).bytes);
        sockets[static_cast<uint32_t>(files.column(0)[i])].push_back(
            {static_cast<uint8_t>(files.column(1)[i]), *local, remote && remote->port ? *remote : InternetAddress{}});
      }
  }
  if (full) trace.damage().report(0, "more sockets are described than this program keeps; flows of the rest have no process");
  if (sockets.empty()) return;
  Block calls(trace, "syscall", {"thread", "file", "file2"});
  for (const uint32_t position : trace.blocks_of("syscall")) {
    if (sockets.empty()) break;
    if (!calls.load(trace.frames()[position])) continue;
    while (calls.next_tile())
      for (size_t i = 0; i < calls.tile_rows(); ++i)
        for (const unsigned column : {1u, 2u}) {
          const auto file = static_cast<uint32_t>(calls.column(column)[i]);
          if (!file) continue;
          const auto found = sockets.find(file);
          if (found == sockets.end()) continue;
          const uint32_t process = threads.process_of(calls.column(0)[i]);
          for (const Socket& socket : found->second) owners_.try_emplace({socket.protocol, socket.local, socket.remote}, process);
          sockets.erase(found);  // the first that used it
        }
  }
}

uint32_t FlowOwners::owner(uint8_t protocol, const InternetAddress& local, const InternetAddress& remote) const {
  InternetAddress anywhere{};
  anywhere.port = local.port;
  InternetAddress anywhere4 = anywhere;
  anywhere4.address[10] = anywhere4.address[11] = 0xff;
  for (const auto& key : {Key{protocol, local, remote}, Key{protocol, local, {}}, Key{protocol, anywhere4, {}}, Key{protocol, anywhere, {}}})
    if (const auto found = owners_.find(key); found != owners_.end()) return found->second;
  return 0;
}

uint32_t FlowOwners::owner_of_flow(uint8_t protocol, const InternetAddress& source, const InternetAddress& destination) const {
  if (owners_.empty()) return 0;
  const uint32_t process = owner(protocol, destination, source);
  return process ? process : owner(protocol, source, destination);
}

}  // namespace ebpftrace
