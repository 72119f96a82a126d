// SPDX-License-Identifier: Apache-2.0
// A command that is forked but waits at a gate, so that a tracer can be aimed at its process id before it runs.
// The gate is a pipe: the child blocks in read(2) until open_gate(), then execs. One per process.
// SIGINT, SIGTERM and SIGHUP kill the child instead of us: wait() then returns and the caller unwinds and cleans up.
#pragma once

#include <sys/types.h>

class GatedChild {
 public:
  explicit GatedChild(char** command);  // null-terminated, as for execvp
  GatedChild(const GatedChild&) = delete;
  GatedChild& operator=(const GatedChild&) = delete;
  ~GatedChild();  // kills and reaps what still runs

  pid_t pid() const { return pid_; }
  void open_gate();
  int wait();  // exit status as a shell gives it: 128 + signal when killed, 127 when the command cannot be executed

 private:
  pid_t pid_ = -1;
  int gate_ = -1;
};
