// SPDX-License-Identifier: Apache-2.0
// What the recorder may and may not do once it is confined. Each case confines a process of its own; needs no privilege.
#include "recorder/run/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include "recorder/run/fd.h"
#include "recorder/run/marker_socket.h"

namespace ebpftrace::recorder {
namespace {

// How a confined process ends that does this: 0..., or -N if signal N killed it.
int confined(const std::function<int()>& action, const Permitted& permitted = {}) {
  const pid_t child = ::fork();
  if (child == 0) {
    give_up_privileges(std::nullopt);
    enter_sandbox(permitted);
    ::_exit(action());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

// 0 or the errno of a call that returns -1.
int error_of(long result) { return result < 0 ? errno : 0; }

int bpf(int command) {
  bpf_attr attributes{};
  return error_of(::syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

TEST(Sandbox, RefusesWhatRecordingDoesNotTake) {
  EXPECT_EQ(confined([] { return error_of(::socket(AF_INET, SOCK_STREAM, 0)); }), EPERM);
  EXPECT_EQ(confined([] { return error_of(::open("/tmp/ebpf-sandbox", O_WRONLY | O_CREAT, 0600)); }), EPERM);
  EXPECT_EQ(confined([] { return error_of(::open("/dev/null", O_RDWR)); }), EPERM);
  EXPECT_EQ(confined([] { return error_of(::open("/dev/null", O_RDONLY | O_TRUNC)); }), EPERM);
  EXPECT_EQ(confined([] { return error_of(::unlink("/tmp/ebpf-sandbox")); }), EPERM);
  EXPECT_EQ(confined([] {
              return ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
                         ? errno
                         : 0;
            }),
            EPERM);
  for (const int command :
       {BPF_PROG_LOAD, BPF_MAP_CREATE, BPF_LINK_CREATE, BPF_RAW_TRACEPOINT_OPEN, BPF_PROG_GET_FD_BY_ID})
    EXPECT_EQ(confined([=] { return bpf(command); }), EPERM) << command;
}

TEST(Sandbox, AnIntrudersCallsAreDeadly) {
  EXPECT_EQ(confined([] { return error_of(::execl("/bin/true", "true", nullptr)); }), -SIGSYS);
  EXPECT_EQ(confined([] { return error_of(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }), -SIGSYS);
  EXPECT_EQ(confined([] { return error_of(::unshare(CLONE_NEWUSER)); }), -SIGSYS);
  EXPECT_EQ(confined([] { return error_of(::setuid(::getuid())); }), -SIGSYS);
}

TEST(Sandbox, SignalsNobodyButTheCommand) {
  const pid_t self = ::getpid();
  EXPECT_EQ(confined([=] { return error_of(::kill(self, 0)); }), EPERM);
  EXPECT_EQ(confined([=] { return error_of(::kill(self, 0)); }, {.command = self}), 0);
  EXPECT_EQ(confined([=] { return error_of(::kill(-1, 0)); }, {.command = self}), EPERM);
}

TEST(Sandbox, AllowsWhatRecordingTakes) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizers' runtime makes calls of its own when it looks at a stream";
#endif
  EXPECT_EQ(confined([] {
              std::ifstream stat("/proc/self/stat");
              std::string word;
              return stat >> word ? 0 : 1;
            }),
            0);
  EXPECT_EQ(confined([] {
              const std::string large(8 << 20, 'x');  // from mmap
              return large.back() == 'x' ? 0 : 1;
            }),
            0);
  EXPECT_NE(confined([] { return bpf(BPF_OBJ_GET_INFO_BY_FD); }), EPERM);  // refused for its empty arguments
  EXPECT_EQ(confined([] {
              ::abort();
              return 0;
            }),
            -SIGABRT);
}

// The connections of one socket may be taken and answered; that is all of the network.
TEST(Sandbox, MarkersComeThroughOneSocket) {
  const Fd other(::socket(AF_UNIX, SOCK_SEQPACKET, 0));
  for (const bool permitted : {true, false}) {
    MarkerSocket socket(::geteuid());
    ASSERT_EQ(socket.error(), 0);
    const MarkerAddress to(::getpid());
    const Fd client(::socket(AF_UNIX, SOCK_SEQPACKET, 0));
    ASSERT_EQ(::connect(client.fd, reinterpret_cast<const sockaddr*>(&to.address), to.bytes), 0);
    ASSERT_EQ(::send(client.fd, "here", 4, 0), 4);
    auto served = [&] {
      int taken = 0;
      socket.serve([&](const MarkerSocket::Marker& marker) { return taken += marker.text == "here"; });
      return taken;
    };
    EXPECT_EQ(confined(served, {.marker_socket = permitted ? socket.fd() : -1}), permitted);
    MarkReply reply{};
    EXPECT_EQ(::recv(client.fd, &reply, sizeof reply, MSG_DONTWAIT), permitted ? 1 : -1);
    const Permitted only{.marker_socket = socket.fd()};
    EXPECT_EQ(confined([&] { return error_of(::socket(AF_UNIX, SOCK_SEQPACKET, 0)); }, only), EPERM);
    EXPECT_EQ(confined([&] { return error_of(::accept4(other.fd, nullptr, nullptr, 0)); }, only), EPERM);
    EXPECT_EQ(confined([&] { return error_of(::listen(socket.fd(), 9)); }, only), EPERM);
    EXPECT_EQ(
        confined(
            [&] { return error_of(::connect(other.fd, reinterpret_cast<const sockaddr*>(&to.address), to.bytes)); },
            only),
        EPERM);
    EXPECT_EQ(confined(
                  [&] {
                    const msghdr message{};
                    return error_of(::sendmsg(client.fd, &message, 0));
                  },
                  only),
              EPERM);
  }
}

// Files of a recording in parts may be given to the group that may read them, and to nobody else.
TEST(Sandbox, FilesGoToOneGroupOnly) {
  char name[] = "/tmp/ebpf-sandbox-XXXXXX";
  const Fd file(::mkstemp(name));
  ::unlink(name);
  const Fd folder(::open("/tmp", O_PATH | O_DIRECTORY));
  const gid_t readers = ::getegid();
  const Permitted permitted{.output_folder = folder.fd, .readers = readers};
  constexpr uid_t kSame = static_cast<uid_t>(-1);
  EXPECT_EQ(confined([&] { return error_of(::fchown(file.fd, kSame, readers)); }, permitted), 0);
  EXPECT_EQ(confined([&] { return error_of(::fchown(file.fd, kSame, readers + 1)); }, permitted), EPERM);
  EXPECT_EQ(confined([&] { return error_of(::fchown(file.fd, ::getuid(), readers)); }, permitted), EPERM);
  EXPECT_EQ(confined([&] { return error_of(::fchown(file.fd, kSame, readers)); }, {.output_folder = folder.fd}), EPERM);
}

TEST(Sandbox, CoversThreadsThatWereThereBefore) {
  const pid_t child = ::fork();
  if (child == 0) {
    give_up_privileges(std::nullopt);
    std::promise<void> confined_now;
    int in_thread = 0;
    std::thread other([&, ready = confined_now.get_future()]() mutable {
      ready.wait();
      in_thread = error_of(::socket(AF_INET, SOCK_STREAM, 0));
    });
    enter_sandbox({});
    confined_now.set_value();
    other.join();
    ::_exit(in_thread);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), EPERM);
}

TEST(Sandbox, NoCapabilityIsLeft) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizers' runtime makes calls of its own when it looks at a stream";
#endif
  EXPECT_EQ(confined([] {
              std::ifstream status("/proc/self/status");
              int zero = 0;
              for (std::string line; std::getline(status, line);)
                zero += line.starts_with("Cap") && line.ends_with("\t0000000000000000") && !line.starts_with("CapBnd");
              return zero;
            }),
            4);
}

}  // namespace
}  // namespace ebpftrace::recorder
