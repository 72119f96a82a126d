// SPDX-License-Identifier: Apache-2.0
// read_loop THREADS READS BYTES [wait]: each thread reads /dev/zero so many times, 1..BYTES bytes at a time; with a fourth
// argument not before a read of standard input has returned, which is one more.
// Everything else it calls is the same for every READS: it waits by spinning and all threads end together.
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static long reads;
static unsigned longest;
static int zero;
static atomic_int done;

static void *read_all(void *seed) {
  char bytes[65536];
  unsigned random = (unsigned)(long)seed;
  for (long i = 0; i < reads; ++i) {
    random = random * 1664525u + 1013904223u;
    if (read(zero, bytes, 1 + (random >> 8) % longest) <= 0) abort();
  }
  atomic_fetch_add(&done, 1);
  return NULL;
}

static void *read_and_spin(void *seed) {
  read_all(seed);
  for (;;) __builtin_ia32_pause();
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 4 && argc != 5) return 2;
  const long threads = atol(argv[1]);
  reads = atol(argv[2]);
  longest = (unsigned)atol(argv[3]);
  zero = open("/dev/zero", O_RDONLY);
  if (zero < 0 || longest < 1 || longest > 65536) return 1;
  char byte;
  if (argc == 5 && read(STDIN_FILENO, &byte, 1) < 0) return 1;
  for (long i = 1; i < threads; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, read_and_spin, (void *)i) != 0) return 1;
  }
  read_all((void *)threads);
  while (atomic_load(&done) < threads) __builtin_ia32_pause();
  _exit(0);
}
