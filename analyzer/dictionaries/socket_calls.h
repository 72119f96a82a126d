// SPDX-License-Identifier: Apache-2.0
// What a system call is to the socket behind its descriptor, as a flat table for the scanning loop.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "trace/read/trace_catalogue.h"

namespace ebpftrace::analyzer {

enum class SocketCall : uint8_t {
  kNone,  // it may be any of the calls that anybody who has the descriptor makes: fstat, fcntl, dup, epoll_ctl, ...
  kRead,
  kWrite,
  kBoth,    // bytes between two files
  kAccept,  // from the second file; the first is the connection
  kSetUp,   // listen, connect
  kHold,    // socket, bind
  kWatch,   // epoll_ctl: the first file watches the second
  kWait,    // epoll_wait
  kClose,
};

class SocketCalls {
 public:
  explicit SocketCalls(const trace::Catalogue& catalogue) : rows_(2 * kNumbers) {
    for (unsigned compat = 0; compat < 2; ++compat) fill(catalogue.table(compat), compat);
    // Numbers of system calls are for ever: what a trace does not name they mean, too.
    if (row(kAccept4, false).known) return;
    const trace::Catalogue whole = trace::built_in_catalogue();
    for (unsigned compat = 0; compat < 2; ++compat) fill(whole.table(compat), compat);
  }

  struct Row {
    SocketCall call = SocketCall::kNone;
    bool known = false;
    bool returns_file = false;     // the event's file is the one that it returned
    uint8_t address_arg = kNoArg;  // a sockaddr of the other end
    uint8_t message_arg = kNoArg;  // a msghdr with one
  };
  static constexpr uint8_t kNoArg = 255;
  const Row& row(uint64_t number, bool is_compat) const {
    return number < kNumbers ? rows_[(is_compat ? kNumbers : 0) + number] : nothing_;
  }

 private:
  static constexpr uint64_t kNumbers = 1024, kAccept4 = 288;

  void fill(const trace::SyscallTable& table, bool is_compat) {
    for (const trace::SyscallType& type : table.types()) {
      if (type.number >= kNumbers) continue;
      Row& row = rows_[(is_compat ? kNumbers : 0) + type.number];
      if (row.known) continue;
      row = {call_of(type), true, type.result_kind == trace::ResultKind::kFd};
      if (type.alias != "send" && type.alias != "recv") continue;
      for (uint8_t i = 0; i < type.args.size(); ++i) {
        if (type.args[i].type == "sockaddr") row.address_arg = i;
        if (type.args[i].type == "msghdr") row.message_arg = i;
      }
    }
  }

  static SocketCall call_of(const trace::SyscallType& type) {
    if (type.alias == "accept") return SocketCall::kAccept;
    if (type.alias == "recv") return SocketCall::kRead;
    if (type.alias == "send") return SocketCall::kWrite;
    if (type.bytes == trace::ByteFlow::kRead) return SocketCall::kRead;
    if (type.bytes == trace::ByteFlow::kWrite) return SocketCall::kWrite;
    if (type.bytes == trace::ByteFlow::kBoth) return SocketCall::kBoth;
    if (type.name == "listen" || type.name == "connect") return SocketCall::kSetUp;
    if (type.name == "socket" || type.name == "bind") return SocketCall::kHold;
    if (type.name == "epoll_ctl") return SocketCall::kWatch;
    if (type.alias == "epoll_wait") return SocketCall::kWait;
    if (type.name == "close") return SocketCall::kClose;
    return SocketCall::kNone;
  }

  std::vector<Row> rows_;
  Row nothing_;
};

}  // namespace ebpftrace::analyzer
