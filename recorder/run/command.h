// SPDX-License-Identifier: Apache-2.0
// The command to record: started as the invoking user, held before its execve until recording is on.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace ebpftrace::recorder {

struct CommandError : std::runtime_error {
  CommandError(int status, const std::string& what) : std::runtime_error(what), status(status) {}
  int status;  // 127 not found, 126 found but not to be executed, as shells have it
};

// Who called sudo (SUDO_UID, SUDO_GID) or pkexec (PKEXEC_UID), if we are root by that way.
struct InvokingUser {
  uid_t uid;
  gid_t gid;
};
std::optional<InvokingUser> invoking_user();

// What of this process a command must find as our invoker left it. Ask before changing any of it.
struct SignalSettings {
  sigset_t blocked;
  struct sigaction pipe;  // of SIGPIPE, which the recorder ignores
};
SignalSettings signal_settings();

class Command {
 public:
  // Throws if the file can't be found or executed.
  Command(std::vector<std::string> words, std::optional<InvokingUser> user, const SignalSettings& signals);
  // A child that was never let go is ended, and reaped.
  ~Command();
  Command(const Command&) = delete;

  // Its standard output becomes its standard error: ours is where the trace goes. Before start().
  void leave_standard_output() { leaves_output_ = true; }
  // Forks; the child waits. Before this process has other threads.
  void start();
  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_; }
  // Lets the child execute; throws CommandError if the kernel refuses.
  void go();
  // Its exit status as a shell gives it (128 + signal), once it has ended; nothing before.
  std::optional<int> exit_status();
  // Works without privilege, too, if start() had it. Once for a command that runs as another user.
  void send_signal(int signal);

 private:
  [[noreturn]] void child(int go_fd, int error_fd);

  std::vector<std::string> words_;
  std::string file_;
  std::optional<InvokingUser> user_;
  SignalSettings signals_;
  bool leaves_output_ = false;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  int go_fd_ = -1;
  int error_fd_ = -1;
  int signal_pipe_[2] = {-1, -1};
  std::optional<int> status_;
};

}  // namespace ebpftrace::recorder
