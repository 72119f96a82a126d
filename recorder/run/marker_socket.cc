// SPDX-License-Identifier: Apache-2.0
#include "recorder/run/marker_socket.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

namespace ebpftrace::recorder {
namespace {

constexpr double kPerSecond = 200;  // and so many at once
constexpr int kBacklog = 16;
constexpr size_t kMostConnections = 32;
// Who has connected and says nothing, or does not fetch the answer, is not waited for.
constexpr std::chrono::seconds kPatience{1};

void answer(int socket, MarkReply reply) {
  ::sendto(socket, &reply, sizeof reply, MSG_DONTWAIT | MSG_NOSIGNAL, nullptr, 0);
}

}  // namespace

MarkerAddress::MarkerAddress(pid_t recorder) {
  address.sun_family = AF_UNIX;
  const std::string name = fmt::format("ebpf-record.{}", recorder);
  std::memcpy(address.sun_path + 1, name.data(), name.size());  // behind a zero byte: not in the file system
  bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
}

MarkerSocket::MarkerSocket(uid_t owner, std::function<Clock::time_point()> now)
    : owner_(owner),
      now_(std::move(now)),
      listening_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
      allowance_(kPerSecond),
      allowance_at_(now_()),
      packet_(kMaxMarkBytes) {
  const MarkerAddress own(::getpid());
  if (listening_.fd >= 0 && ::bind(listening_.fd, reinterpret_cast<const sockaddr*>(&own.address), own.bytes) == 0 &&
      ::listen(listening_.fd, kBacklog) == 0)
    return;
  error_ = errno;
  close();
}

void MarkerSocket::close() {
  listening_ = Fd(-1);
  connections_.clear();
}

bool MarkerSocket::may_take() {
  const auto now = now_();
  const double seconds = std::chrono::duration<double>(now - allowance_at_).count();
  allowance_ = std::min(kPerSecond, allowance_ + seconds * kPerSecond);
  allowance_at_ = now;
  return listening_.fd >= 0 && allowance_ >= 1;
}

int MarkerSocket::wake_fd() { return may_take() ? listening_.fd : -1; }

// False: there is none.
bool MarkerSocket::accept_one() {
  Fd socket(::accept4(listening_.fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket.fd < 0) return false;
  allowance_ -= 1;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return true;
  Connection connection{std::move(socket), peer, now_()};
  if (peer.uid != 0 && peer.uid != owner_) {
    answer(connection.socket.fd, MarkReply::kNotYours);
    connection.answered = true;
  }
  if (connections_.size() == kMostConnections) connections_.pop_front();
  connections_.push_back(std::move(connection));
  return true;
}

// True: the connection is to be closed. Not before the other side has closed it, if what it sent was not read: the
// answer would be gone.
bool MarkerSocket::finished(Connection& connection, const Take& take) {
  // With MSG_TRUNC the result is the packet's length, also of one that is longer than there is room for.
  const ssize_t bytes =
      ::recvfrom(connection.socket.fd, packet_.data(), packet_.size(), MSG_DONTWAIT | MSG_TRUNC, nullptr, nullptr);
  const bool nothing_yet = bytes < 0 && (errno == EAGAIN || errno == EINTR);
  if (nothing_yet) return now_() - connection.since > kPatience;
  if (bytes < 0 || connection.answered) return bytes <= 0;
  const auto length = static_cast<size_t>(bytes);
  MarkReply reply = MarkReply::kNotAText;
  if (length && length <= kMaxMarkBytes)
    reply = take({connection.peer.uid, connection.peer.pid, {packet_.data(), length}}) ? MarkReply::kTaken
                                                                                       : MarkReply::kLost;
  else if (!length)
    return true;  // closed without a word
  answer(connection.socket.fd, reply);
  return true;
}

void MarkerSocket::serve(const Take& take) {
  while (may_take() && accept_one()) {
  }
  std::erase_if(connections_, [&](Connection& connection) { return finished(connection, take); });
}

}  // namespace ebpftrace::recorder
