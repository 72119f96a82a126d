// SPDX-License-Identifier: Apache-2.0
// ends_inside_calls N: N threads block in read, nanosleep, futex and poll in turn; then exit_group ends them inside their calls.
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int ends[2], word;

static void *block(void *way) {
  const struct timespec long_time = {1000, 0};
  struct pollfd fd = {ends[0], POLLIN, 0};
  char byte;
  switch ((long)way % 4) {
    case 0: syscall(SYS_read, ends[0], &byte, 1); break;
    case 1: syscall(SYS_nanosleep, &long_time, NULL); break;
    case 2: syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL); break;
    default: syscall(SYS_poll, &fd, 1, -1);
  }
  return NULL;
}

int main(int argc, char **argv) {
  const long threads = argc == 2 ? atol(argv[1]) : 0;
  if (!threads || pipe(ends)) return 2;
  for (long i = 0; i < threads; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, block, (void *)i)) return 1;
  }
  usleep(300000);  // all are inside by now
  _exit(7);
}
