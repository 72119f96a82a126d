// SPDX-License-Identifier: Apache-2.0
// execs_at_once N PROGRAM: N processes execute PROGRAM with their number, and all are inside of that call at the same time: a
// tracer holds each between the change of its program and the call's return (PTRACE_EVENT_EXEC, ptrace(2)). When all have
// ended, N + 1 of them do so one after the other.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 4096 };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void run(const char *program, int number) {
  char text[16];
  char *const arguments[] = {(char *)program, text, NULL};
  char *const environment[] = {NULL};
  snprintf(text, sizeof text, "%d", number);
  execve(program, arguments, environment);
  _exit(127);
}

static void wait_for(pid_t child, int wanted, const char *what) {
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != wanted) fail(what);
}

static pid_t held_in_exec(const char *program, int number) {
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (!child) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL)) fail("PTRACE_TRACEME");
    raise(SIGSTOP);
    run(program, number);
  }
  wait_for(child, SIGSTOP << 8 | 0x7f, "a child's stop");
  if (ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)) fail("PTRACE_SETOPTIONS");
  if (ptrace(PTRACE_CONT, child, NULL, NULL)) fail("PTRACE_CONT");
  wait_for(child, (SIGTRAP | PTRACE_EVENT_EXEC << 8) << 8 | 0x7f, "a child's exec");
  return child;
}

int main(int count, char **words) {
  static pid_t children[MOST];
  const int processes = count == 3 ? atoi(words[1]) : 0;
  if (processes < 1 || processes > MOST) return 2;
  for (int i = 0; i < processes; i++) children[i] = held_in_exec(words[2], i);
  for (int i = 0; i < processes; i++) {
    if (ptrace(PTRACE_DETACH, children[i], NULL, NULL)) fail("PTRACE_DETACH");
    wait_for(children[i], 0, "a child's end");
  }
  for (int i = 0; i <= processes; i++) {
    const pid_t child = fork();
    if (child < 0) fail("fork");
    if (!child) run(words[2], i);
    wait_for(child, 0, "a child's end");
  }
  return 0;
}
