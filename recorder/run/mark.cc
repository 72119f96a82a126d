// SPDX-License-Identifier: Apache-2.0
#include "recorder/run/mark.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "recorder/cli/options.h"
#include "recorder/run/fd.h"
#include "recorder/run/marker_socket.h"

namespace ebpftrace::recorder {
namespace {

// A recorder answers within milliseconds. When it begins a new part, or a recording of a machine with very many
// processes, it may be busy for seconds.
constexpr timeval kLongestWait{30, 0};

[[noreturn]] void nobody_there(pid_t recorder) {
  if (::kill(recorder, 0) != 0 && errno == ESRCH)
    throw MarkError(kExitNoProcess, fmt::format("there is no process {} (--mark)", recorder));
  throw MarkError(
      kExitNoProcess,
      fmt::format("process {} takes no markers: it is no ebpf-record that records, has ended its recording, "
                  "or is in another network namespace",
                  recorder));
}

[[noreturn]] void no_answer(pid_t recorder, int error) {
  if (error == EAGAIN)
    throw MarkError(kExitNotMarked, fmt::format("recorder {} did not answer within {} s; the marker may be in its "
                                                "recording nevertheless",
                                                recorder, kLongestWait.tv_sec));
  throw MarkError(kExitNotMarked, fmt::format("recorder {} ended before it took the marker", recorder));
}

}  // namespace

void put_marker(const std::string& text, pid_t recorder) {
  const Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const auto broken = [](const char* call) {
    throw MarkError(kExitInternal, fmt::format("the marker could not be sent: {}: {}", call, std::strerror(errno)));
  };
  if (socket.fd < 0) broken("socket");
  for (const int limit : {SO_SNDTIMEO, SO_RCVTIMEO})
    if (::setsockopt(socket.fd, SOL_SOCKET, limit, &kLongestWait, sizeof kLongestWait) != 0) broken("setsockopt");
  const MarkerAddress to(recorder);
  if (::connect(socket.fd, reinterpret_cast<const sockaddr*>(&to.address), to.bytes) != 0) {
    if (errno == ECONNREFUSED) nobody_there(recorder);
    if (errno == EAGAIN) no_answer(recorder, errno);
    broken("connect");
  }
  // The name of an abstract socket is anybody's to take: only the process itself counts.
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) broken("getsockopt");
  if (peer.pid != recorder) nobody_there(recorder);

  // A refusal may be there before the text is sent, and the connection gone: the answer counts.
  const bool sent = ::send(socket.fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  const int send_error = errno;
  MarkReply reply{};
  const ssize_t got = ::recv(socket.fd, &reply, sizeof reply, 0);
  if (got != sizeof reply) no_answer(recorder, got < 0 ? errno : sent ? 0 : send_error);
  switch (reply) {
    case MarkReply::kTaken:
      return;
    case MarkReply::kNotYours:
      throw MarkError(kExitPrivilege, fmt::format("recorder {} takes markers of root and of the user that its output "
                                                  "belongs to only, and this is uid {}",
                                                  recorder, ::geteuid()));
    case MarkReply::kLost:
      throw MarkError(kExitNotMarked,
                      fmt::format("recorder {} could not keep the marker and counts it as lost: its disk "
                                  "is too slow or full",
                                  recorder));
    case MarkReply::kNotAText:
      break;
  }
  throw MarkError(kExitUsage, fmt::format("recorder {} does not take this text", recorder));
}

}  // namespace ebpftrace::recorder
