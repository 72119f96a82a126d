// SPDX-License-Identifier: Apache-2.0
// Both ends of a marker: what the recorder takes, and what is said to who sends.
#include "recorder/run/marker_socket.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "recorder/cli/options.h"
#include "recorder/run/mark.h"

namespace ebpftrace::recorder {
namespace {

using Clock = MarkerSocket::Clock;

// Another process that does something and ends with what that returns.
class Child {
 public:
  explicit Child(const std::function<int()>& action) : pid_(::fork()) {
    if (pid_ == 0) ::_exit(action());
  }
  pid_t pid() const { return pid_; }
  // Its exit status once it has ended.
  std::optional<int> ended() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  int end() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

// The exit status that ebpf-record --mark would have.
int status_of_mark(const std::string& text, pid_t recorder) {
  try {
    put_marker(text, recorder);
    return 0;
  } catch (const MarkError& error) {
    return error.status;
  }
}

class MarkerSocketTest : public testing::Test {
 protected:
  // Serves until the child has ended; its exit status.
  int serve(Child& child) {
    for (;;) {
      socket.serve(take);
      if (const auto status = child.ended()) return *status;
      ::usleep(1000);
    }
  }

  MarkerSocket socket{::geteuid()};
  std::vector<std::string> texts;
  bool room = true;
  MarkerSocket::Marker last{};
  MarkerSocket::Take take = [this](const MarkerSocket::Marker& marker) {
    last = marker;
    texts.emplace_back(marker.text);
    return room;
  };
};

TEST_F(MarkerSocketTest, TakesATextAndSaysWhoSentIt) {
  ASSERT_EQ(socket.error(), 0);
  const pid_t recorder = ::getpid();
  Child child([=] { return status_of_mark("phase \"one\"\n", recorder); });
  EXPECT_EQ(serve(child), 0);
  EXPECT_EQ(texts, std::vector<std::string>{"phase \"one\"\n"});
  EXPECT_EQ(last.pid, child.pid());
  EXPECT_EQ(last.uid, ::geteuid());
  Child longest([=] { return status_of_mark(std::string(kMaxMarkBytes, 'x'), recorder); });
  EXPECT_EQ(serve(longest), 0);
  EXPECT_EQ(texts.back(), std::string(kMaxMarkBytes, 'x'));
}

TEST_F(MarkerSocketTest, WhatItCannotKeepIsNotTaken) {
  room = false;
  const pid_t recorder = ::getpid();
  Child child([=] { return status_of_mark("lost", recorder); });
  EXPECT_EQ(serve(child), kExitNotMarked);
  EXPECT_EQ(texts.size(), 1u);
}

TEST_F(MarkerSocketTest, AnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  const pid_t recorder = ::getpid();
  Child child([=] { return ::setuid(61234) == 0 ? status_of_mark("not mine", recorder) : -1; });
  EXPECT_EQ(serve(child), kExitPrivilege);
  EXPECT_TRUE(texts.empty());
  socket.close();
  // That user's own, and root's.
  socket = MarkerSocket(61234);
  Child owner([=] { return ::setuid(61234) == 0 ? status_of_mark("mine", recorder) : -1; });
  EXPECT_EQ(serve(owner), 0);
  EXPECT_EQ(last.uid, 61234u);
  Child root([=] { return status_of_mark("roots", recorder); });
  EXPECT_EQ(serve(root), 0);
  EXPECT_EQ(texts, (std::vector<std::string>{"mine", "roots"}));
}

TEST_F(MarkerSocketTest, TextsThatAreNone) {
  const pid_t recorder = ::getpid();
  Child too_long([=] { return status_of_mark(std::string(kMaxMarkBytes + 1, 'x'), recorder); });
  EXPECT_EQ(serve(too_long), kExitUsage);
  Child empty([=] { return status_of_mark("", recorder); });
  EXPECT_EQ(serve(empty), kExitNotMarked);  // as if nothing had been said
  EXPECT_TRUE(texts.empty());
}

TEST_F(MarkerSocketTest, WithoutARecorderThereIsNobody) {
  socket.close();
  EXPECT_EQ(status_of_mark("x", ::getpid()), kExitNoProcess);
  EXPECT_EQ(status_of_mark("x", INT_MAX), kExitNoProcess);
}

TEST_F(MarkerSocketTest, ARecorderThatEndsMeanwhileIsNotWaitedFor) {
  const pid_t recorder = ::getpid();
  Child child([this, recorder] {
    socket.close();  // its copy
    try {
      put_marker("late", recorder);
    } catch (const MarkError& error) {
      return std::string_view(error.what()).ends_with("ended before it took the marker") ? error.status : -1;
    }
    return 0;
  });
  // Until it is in the queue; then it can only be told that nobody comes.
  pollfd waiting{socket.fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&waiting, 1, -1), 1);
  socket.close();
  EXPECT_EQ(child.end(), kExitNotMarked);
}

TEST_F(MarkerSocketTest, ANameThatAnotherProcessTookIsNotBelieved) {
  Child sleeper([] {
    ::pause();
    return 0;
  });
  const MarkerAddress wrong(sleeper.pid());
  const Fd impostor(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(impostor.fd, reinterpret_cast<const sockaddr*>(&wrong.address), wrong.bytes), 0);
  ASSERT_EQ(::listen(impostor.fd, 1), 0);
  EXPECT_EQ(status_of_mark("secret", sleeper.pid()), kExitNoProcess);
  ::kill(sleeper.pid(), SIGKILL);
  sleeper.end();
}

TEST_F(MarkerSocketTest, ANameThatIsTakenIsAnErrorAndNoMore) {
  MarkerSocket second(::geteuid());  // of the same process
  EXPECT_EQ(second.error(), EADDRINUSE);
  EXPECT_EQ(second.wake_fd(), -1);
  second.serve(take);
}

Fd connection() {
  const MarkerAddress to(::getpid());
  Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  EXPECT_EQ(::connect(socket.fd, reinterpret_cast<const sockaddr*>(&to.address), to.bytes), 0);
  return socket;
}

// Two hundred at once and as many a second; the others wait, and wake nobody.
TEST_F(MarkerSocketTest, SoManyASecond) {
  socket.close();
  Clock::time_point now{};
  MarkerSocket bounded(::geteuid(), [&] { return now; });
  int taken = 0;
  auto count = [&](const MarkerSocket::Marker&) { return ++taken; };
  for (int i = 0; i < 250 && bounded.wake_fd() >= 0; ++i) {
    const Fd client = connection();
    ASSERT_EQ(::send(client.fd, "x", 1, 0), 1);
    bounded.serve(count);
  }
  EXPECT_EQ(taken, 200);
  const Fd waiting = connection();
  ASSERT_EQ(::send(waiting.fd, "x", 1, 0), 1);
  bounded.serve(count);
  EXPECT_EQ(bounded.wake_fd(), -1);
  EXPECT_EQ(taken, 200);
  now += std::chrono::milliseconds(5);
  bounded.serve(count);
  EXPECT_EQ(taken, 201);
  MarkReply reply{};
  EXPECT_EQ(::recv(waiting.fd, &reply, sizeof reply, 0), 1);
  EXPECT_EQ(reply, MarkReply::kTaken);
}

// Who connects and says nothing keeps nobody out, and is let go.
TEST_F(MarkerSocketTest, IdleConnections) {
  socket.close();
  Clock::time_point now{};
  MarkerSocket patient(::geteuid(), [&] { return now; });
  std::vector<Fd> idle;
  for (int i = 0; i < 100; ++i) {
    idle.push_back(connection());
    patient.serve(take);
  }
  const Fd client = connection();
  ASSERT_EQ(::send(client.fd, "here", 4, 0), 4);
  patient.serve(take);
  EXPECT_EQ(texts, std::vector<std::string>{"here"});
  char byte;
  EXPECT_EQ(::recv(idle.front().fd, &byte, 1, 0), 0);  // there are only so many places
  EXPECT_EQ(::recv(idle.back().fd, &byte, 1, 0), -1);
  EXPECT_EQ(errno, EAGAIN);
  now += std::chrono::milliseconds(1001);
  patient.serve(take);
  EXPECT_EQ(::recv(idle.back().fd, &byte, 1, 0), 0);
}

}  // namespace
}  // namespace ebpftrace::recorder
