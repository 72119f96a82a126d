// SPDX-License-Identifier: Apache-2.0
#include "analyzer/cli/stop.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace ebpftrace::analyzer {
namespace {

int interrupt_pipe = -1;  // written by the handler

void on_interrupt(int) {
  const int before = errno;
  const char byte = 1;
  [[maybe_unused]] const ssize_t written = ::write(interrupt_pipe, &byte, 1);
  errno = before;
}

}  // namespace

StopOnInterrupt::StopOnInterrupt() {
  if (::pipe2(pipe_, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
  interrupt_pipe = pipe_[1];
  thread_ = std::jthread([this] {
    char byte = 0;
    ssize_t got;
    do got = ::read(pipe_[0], &byte, 1);
    while (got < 0 && errno == EINTR);
    if (got == 1 && byte == 1) source_.request_stop();
  });
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigaction(SIGINT, &action, nullptr);
}

StopOnInterrupt::~StopOnInterrupt() {
  std::signal(SIGINT, SIG_DFL);
  const char byte = 0;  // wakes the thread
  [[maybe_unused]] const ssize_t written = ::write(pipe_[1], &byte, 1);
  thread_.join();
  ::close(pipe_[0]);
  ::close(pipe_[1]);
}

}  // namespace ebpftrace::analyzer
