// SPDX-License-Identifier: Apache-2.0
// ends_inside_calls N: N threads block in read, nanosleep, futex and poll in turn; when all are in their calls, and 0.3 s later,
// exit_group ends them there.
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const long calls[] = {SYS_read, SYS_nanosleep, SYS_futex, SYS_poll};
static int ends[2], word;
static volatile pid_t *ids;

static void *block(void *way) {
  const struct timespec long_time = {1000, 0};
  struct pollfd fd = {ends[0], POLLIN, 0};
  char byte;
  ids[(long)way] = (pid_t)syscall(SYS_gettid);
  switch ((long)way % 4) {
    case 0: syscall(SYS_read, ends[0], &byte, 1); break;
    case 1: syscall(SYS_nanosleep, &long_time, NULL); break;
    case 2: syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL); break;
    default: syscall(SYS_poll, &fd, 1, -1);
  }
  return NULL;
}

// Whether the thread sleeps in that call: /proc/.../syscall begins with its number then, else it is "running".
static int is_inside(pid_t id, long call) {
  char name[64], text[64];
  if (!id) return 0;
  snprintf(name, sizeof name, "/proc/self/task/%d/syscall", id);
  const int file = open(name, O_RDONLY);
  const ssize_t bytes = file < 0 ? -1 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  if (bytes <= 0) return 0;
  text[bytes] = 0;
  char *end;
  return strtol(text, &end, 10) == call && end != text;
}

int main(int argc, char **argv) {
  const long threads = argc == 2 ? atol(argv[1]) : 0;
  if (!threads || pipe(ends) || !(ids = calloc((size_t)threads, sizeof *ids))) return 2;
  for (long i = 0; i < threads; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, block, (void *)i)) return 1;
  }
  for (long i = 0; i < threads; ++i)
    while (!is_inside(ids[i], calls[i % 4])) usleep(1000);
  usleep(300000);
  _exit(7);
}
