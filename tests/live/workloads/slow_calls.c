// SPDX-License-Identifier: Apache-2.0
// Children that outlive their parent: each goes from one slow call to the next, which has other arguments.
// usage: slow_calls CHILDREN SECONDS
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static char buffer[4000000];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char** argv) {
  const int children = argc > 1 ? atoi(argv[1]) : 1, zero = open("/dev/zero", O_RDONLY);
  const double end = now() + (argc > 2 ? atof(argv[2]) : 1);
  const struct timespec pause = {0, 2000000}, while_they_begin = {0, 100000000};
  for (int i = 0; i < children; ++i) {
    if (fork()) continue;
    while (now() < end) {
      if (read(zero, buffer, 4000000) < 0 || getrandom(buffer, 300000, 0) < 0) _exit(1);
      clock_nanosleep(CLOCK_REALTIME, 0, &pause, NULL);
    }
    _exit(0);
  }
  nanosleep(&while_they_begin, NULL);
  return 0;
}
