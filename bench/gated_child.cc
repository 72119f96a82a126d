// SPDX-License-Identifier: Apache-2.0
#include "gated_child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace {

volatile pid_t interrupted_child = -1;

void kill_child(int) {
  if (interrupted_child > 0) kill(interrupted_child, SIGKILL);
}

void on_signal(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, nullptr);
}

[[noreturn]] void run_behind_gate(int gate, char** command) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // survives exec: whoever kills us with -9 does not leave a workload behind
  char go;
  if (read(gate, &go, 1) != 1) _exit(1);
  close(gate);
  execvp(command[0], command);
  std::perror(command[0]);
  _exit(127);
}

}  // namespace

GatedChild::GatedChild(char** command) {
  int gate[2];
  if (pipe2(gate, O_CLOEXEC) < 0) throw std::system_error(errno, std::generic_category(), "pipe2");
  sigset_t stops, before;
  sigemptyset(&stops);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&stops, signal);
  sigprocmask(SIG_BLOCK, &stops, &before);
  pid_ = fork();
  if (pid_ == 0) {
    sigprocmask(SIG_SETMASK, &before, nullptr);
    close(gate[1]);
    run_behind_gate(gate[0], command);
  }
  const int fork_errno = errno;
  close(gate[0]);
  gate_ = gate[1];
  if (pid_ > 0) {
    interrupted_child = pid_;
    for (int signal : {SIGINT, SIGTERM, SIGHUP}) on_signal(signal, kill_child);
    on_signal(SIGPIPE, SIG_IGN);  // the child may have been killed before its gate opens
  }
  sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid_ < 0) {
    close(gate_);
    throw std::system_error(fork_errno, std::generic_category(), "fork");
  }
}

GatedChild::~GatedChild() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    wait();
  }
  close(gate_);
}

void GatedChild::open_gate() {
  if (write(gate_, "x", 1) != 1 && errno != EPIPE)
    throw std::system_error(errno, std::generic_category(), "write to gate");
}

int GatedChild::wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0)
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  interrupted_child = -1;  // its id may belong to another process from here on
  pid_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
