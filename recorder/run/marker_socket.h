// SPDX-License-Identifier: Apache-2.0
// Where a running recording takes markers: a socket in the abstract namespace, @ebpf-record.PID, of the recorder's
// network namespace. Only root and the user that the output belongs to may put them; the kernel says who is at the
// other end.
//
// A connection is one question: a packet with the text, answered by a packet of one byte (MarkReply), and over. The
// recorder neither opens nor connects anything for it, so that its sandbox has to permit only what is in serve().
// Bounded: the length of a text, the connections that are held, how many are taken a second (more wait in the kernel,
// and who asks with them).
// One thread, which it never blocks.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/run/fd.h"

namespace ebpftrace::recorder {

inline constexpr size_t kMaxMarkBytes = 4096;

enum class MarkReply : uint8_t {
  kTaken = 1,     // it is in the recording
  kNotYours = 2,  // neither root nor the output's owner
  kNotAText = 3,  // empty, or too long
  kLost = 4,      // and counted as lost: the disk is too slow or full
};

// Of the recorder with that process id.
struct MarkerAddress {
  explicit MarkerAddress(pid_t recorder);
  sockaddr_un address{};
  socklen_t bytes = 0;
};

class MarkerSocket {
 public:
  struct Marker {
    uid_t uid;
    pid_t pid;
    std::string_view text;
  };
  using Take = std::function<bool(const Marker&)>;  // false: it is lost

  using Clock = std::chrono::steady_clock;

  // Bound and listening afterwards, or error() says why not: a recording does without.
  explicit MarkerSocket(uid_t owner, std::function<Clock::time_point()> now = Clock::now);

  int error() const { return error_; }  // errno; 0: none
  int fd() const { return listening_.fd; }
  // The same while connections may be taken; -1 while they have to wait.
  int wake_fd();
  // Takes and answers what is there.
  void serve(const Take& take);
  // Nobody is answered any more.
  void close();

 private:
  struct Connection {
    Fd socket;
    ucred peer;
    Clock::time_point since;
    bool answered = false;
  };

  bool may_take();
  bool accept_one();
  bool finished(Connection& connection, const Take& take);

  uid_t owner_;
  std::function<Clock::time_point()> now_;
  int error_ = 0;
  Fd listening_{-1};
  std::deque<Connection> connections_;
  double allowance_;
  Clock::time_point allowance_at_;
  std::vector<char> packet_;
};

}  // namespace ebpftrace::recorder
