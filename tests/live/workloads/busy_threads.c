// SPDX-License-Identifier: Apache-2.0
// Threads that compute, touch memory, read and write; usage: busy_threads FILE leader-first|leader-last|alone
// With leader-first the leader ends before the others. Prints its /proc/self/io as it is shortly before the end, and what
// getrusage says of it then: "self", ns of CPU time, faults (minor, major), switches (voluntary, involuntary).
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char *file;

static double cpu_seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static void *work(void *unused) {
  size_t size = 8 << 20;
  char *memory = malloc(size);
  memset(memory, 1, size);
  int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0600);
  for (int i = 0; i < 20; ++i)
    if (write(fd, memory, 100000) != 100000) abort();
  fsync(fd);
  close(fd);
  while (cpu_seconds(CLOCK_THREAD_CPUTIME_ID) < 0.05) {
    if (syscall(SYS_getppid) < 0) abort();
  }
  free(memory);
  return unused;
}

static void say(void) {
  char text[4096];
  int fd = open("/proc/self/io", O_RDONLY);
  ssize_t n = read(fd, text, sizeof text);
  if (n > 0 && write(1, text, n) != n) abort();
  struct rusage used;
  if (getrusage(RUSAGE_SELF, &used)) abort();
  const long long us = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
  n = snprintf(text, sizeof text, "self %lld %ld %ld %ld %ld\n", us * 1000, used.ru_minflt, used.ru_majflt, used.ru_nvcsw, used.ru_nivcsw);
  if (write(1, text, n) != n) abort();
}

static void *last(void *leader) {
  pthread_join(*(pthread_t *)leader, NULL);
  say();
  exit(0);
}

int main(int argc, char **argv) {
  if (argc != 3) return 1;
  file = argv[1];
  static pthread_t threads[4], leader;
  leader = pthread_self();
  if (strcmp(argv[2], "alone")) {
    for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  }
  work(NULL);
  pthread_t watcher;
  if (!strcmp(argv[2], "leader-first")) {
    pthread_create(&watcher, NULL, last, &leader);
    pthread_exit(NULL);
  }
  say();
  return 0;
}
