// SPDX-License-Identifier: Apache-2.0
// Children that outlive their parent: each goes from one slow call to the next, which has other arguments, and one more stays
// in its first call. The parent ends when all of them are at it.
// usage: slow_calls CHILDREN SECONDS
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char buffer[4000000];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

// Returns when a child of ours is in that call: the kernel says so.
static void wait_until_in(pid_t child, long call) {
  char path[64], said[32];
  snprintf(path, sizeof(path), "/proc/%d/syscall", child);
  for (long number = -1; number != call;) {
    usleep(1000);
    FILE* const file = fopen(path, "r");
    if (!file) exit(3);
    if (fgets(said, sizeof(said), file)) number = said[0] == 'r' ? -1 : atol(said);  // "running"
    fclose(file);
  }
}

int main(int argc, char** argv) {
  const int children = argc > 1 ? atoi(argv[1]) : 1, zero = open("/dev/zero", O_RDONLY);
  const double end = now() + (argc > 2 ? atof(argv[2]) : 1);
  const struct timespec pause = {0, 2000000};
  int ready[2];
  if (pipe(ready)) return 1;
  for (int i = 0; i < children; ++i) {
    if (fork()) continue;
    close(1);  // whoever reads what we say need not wait for these
    close(2);
    for (int round = 0; now() < end; ++round) {
      if (read(zero, buffer, 4000000) < 0 || getrandom(buffer, 300000, 0) < 0) _exit(1);
      clock_nanosleep(CLOCK_REALTIME, 0, &pause, NULL);
      if (!round && write(ready[1], "r", 1) != 1) _exit(2);
    }
    _exit(0);
  }
  const pid_t sleeper = fork();
  if (!sleeper) {
    const struct timespec all_the_time = {(time_t)(end - now()) + 1, 0};
    close(1);
    close(2);
    clock_nanosleep(CLOCK_REALTIME, 0, &all_the_time, NULL);
    _exit(0);
  }
  wait_until_in(sleeper, SYS_clock_nanosleep);
  for (int i = 0; i < children; ++i)
    if (read(ready[0], buffer, 1) != 1) return 2;
  return 0;
}
