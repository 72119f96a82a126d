// SPDX-License-Identifier: Apache-2.0
// fork_storm N AT_ONCE: N children, that many at a time; child i exits with i % 128.
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  const long children = atol(argv[1]), at_once = atol(argv[2]);
  for (long i = 0; i < children; ++i) {
    if (i >= at_once && wait(NULL) < 0) return 1;
    const pid_t pid = fork();
    if (pid < 0) return 1;
    if (pid == 0) _exit((int)(i % 128));
  }
  while (wait(NULL) > 0) {
  }
  return 0;
}
