// SPDX-License-Identifier: Apache-2.0
#include "recorder/run/stop_conditions.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstring>

namespace ebpftrace::recorder {
namespace {

// After the first signal, a command has so long to end by it, so that its end is in the trace.
constexpr std::chrono::seconds kCommandGrace{1};

volatile sig_atomic_t signals_so_far = 0;

// The file is valid at every prefix: the second time we just go.
void go_at_the_second(int signal) {
  if (signals_so_far) ::_exit(128 + signal);
  signals_so_far = 1;
}

}  // namespace

Fd catch_signals(bool user2) {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  if (user2) sigaddset(&signals, SIGUSR2);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return Fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

StopConditions::StopConditions(Watched watched) : watched_(std::move(watched)) {
  if (watched_.seconds > 0)
    deadline_ =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(watched_.seconds));
}

bool StopConditions::because(const char* reason) {
  reason_ = reason;
  return true;
}

bool StopConditions::wait(std::chrono::milliseconds longest) {
  Command* command = watched_.command;
  pollfd fds[3] = {{watched_.signals.fd, POLLIN, 0},
                   {command ? command->pidfd() : -1, POLLIN, 0},
                   {watched_.wake ? watched_.wake() : -1, POLLIN, 0}};
  ::poll(fds, 3, static_cast<int>(longest.count()));
  if (fds[0].revents) take_signal();
  if (command && command->exit_status()) return because(signal_ ? ::strsignal(signal_) : "command exited");
  if (signal_ && (!command || Clock::now() >= grace_end_)) return because(::strsignal(signal_));
  if (deadline_ && Clock::now() >= *deadline_) return because("duration reached");
  if (watched_.network_only && watched_.edge->over()) return because("interfaces gone");
  if (!watched_.targets.empty() && all_targets_gone()) return because("processes exited");
  return false;
}

void StopConditions::take_signal() {
  signalfd_siginfo info;
  while (::read(watched_.signals.fd, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGHUP && watched_.reload) {
      watched_.reload();
      continue;
    }
    if (info.ssi_signo == SIGUSR2) {
      watched_.rotate();
      continue;
    }
    // The file is valid at every prefix: the second time we just go.
    if (signal_) ::_exit(128 + static_cast<int>(info.ssi_signo));
    signal_ = static_cast<int>(info.ssi_signo);
    grace_end_ = Clock::now() + kCommandGrace;
    // The terminal (no sender) signals the command itself.
    if (watched_.command && info.ssi_code != SI_KERNEL) watched_.command->send_signal(signal_);
  }
}

void StopConditions::ending() {
  signals_so_far = signal_ ? 1 : 0;
  struct sigaction action {};
  action.sa_handler = go_at_the_second;
  action.sa_flags = SA_RESTART;
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM}) {
    ::sigaction(signal, &action, nullptr);
    sigaddset(&signals, signal);
  }
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

bool StopConditions::all_targets_gone() const {
  for (const Fd& target : watched_.targets) {
    pollfd fd{target.fd, POLLIN, 0};
    if (::poll(&fd, 1, 0) == 0) return false;
  }
  return true;
}

}  // namespace ebpftrace::recorder
