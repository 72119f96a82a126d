// SPDX-License-Identifier: Apache-2.0
// The sockets of a moment, as ss lists them: by protocol, then addresses.
#include "analyzer/questions/cells.h"
#include "analyzer/questions/moment_option.h"
#include "analyzer/state/socket_words.h"

namespace ebpftrace::analyzer {
namespace {

std::vector<ResultColumn> columns() {
  return {{"protocol", Unit::kText, "NETID", "What it speaks, as ss names it.", Show::kAlways, socket_protocols()},
          {"state",
           Unit::kText,
           "STATE",
           "As its processes could know it: a peer's end shows when it is read. FIN-WAIT: they sent theirs; CLOSING: "
           "both. Nothing: not known.",
           Show::kAlways,
           {"LISTEN", "UNCONN", "SYN-SENT", "ESTAB", "CLOSE-WAIT", "FIN-WAIT", "CLOSING"}},
          {"received_bytes", Unit::kBytes, "RECEIVED",
           "Bytes that its processes received through it so far, since since_ns or, without that, since the recording "
           "began, or the part of it."},
          {"sent_bytes", Unit::kBytes, "SENT", "Bytes that they sent; likewise."},
          {"local", Unit::kText, "LOCAL", "Its own address."},
          {"peer", Unit::kText, "PEER", "The address that it is connected to."},
          {"since_ns", Unit::kTime, "SINCE",
           "When it was made; nothing: before the recording began, or the part of it.", Show::kIfRoom},
          {"inode", Unit::kIdentity, "", "Its inode number."},
          {"netns", Unit::kIdentity, "", "Inode number of its network namespace."},
          {"pid", Unit::kIdentity, "PID", "The first process that had it open."},
          {"fd", Unit::kIdentity, "FD", "Under this descriptor."},
          {"process", Unit::kText, "", "Its name then."},
          {"processes", Unit::kProcesses, "PROCESS", "All processes that had it open."}};
}

Result answer(const Source& source, const Asked& asked) {
  const trace::ReadScope scope;
  const StateThen then = state_asked_for(source, asked);
  Result result("ss", columns());
  for (const SocketThen& socket : then.sockets) {
    ProcessesCell owners;
    uint32_t last = UINT32_MAX;
    for (const SocketThen::Owner& owner : socket.owners) {
      const ProcessThen& process = then.processes[owner.process];
      if (owner.process != last) owners.push_back({process.pid, process.name});
      last = owner.process;
    }
    const ProcessThen& first = then.processes[socket.owners.front().process];
    result.add({text_cell(socket.protocol), text_cell(socket.state), cell_of(socket.received_bytes),
                cell_of(socket.sent_bytes), text_cell(socket.local), text_cell(socket.peer), cell_of(socket.since_ns),
                socket.inode ? Cell(socket.inode) : Cell(), socket.netns ? Cell(uint64_t{socket.netns}) : Cell(),
                uint64_t{first.pid}, uint64_t{socket.owners.front().fd}, first.name, std::move(owners)});
  }
  finish(result, then, source, scope);
  return result;
}

}  // namespace

extern constinit const Question kSsQuestion{.name = "ss",
                                            .help = "Sockets at a moment (--at), as ss lists them, with bytes so far",
                                            .place = 54,
                                            .takes = {.stop = true, .options = kAtMoment},
                                            .columns = columns,
                                            .answer = answer};

}  // namespace ebpftrace::analyzer
