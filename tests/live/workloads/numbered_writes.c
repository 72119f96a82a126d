// SPDX-License-Identifier: Apache-2.0
// numbered_writes JOURNAL PAUSE_NS: call number i is pwrite(fd, "x", 1, i) on /dev/null. When it has returned, its boot
// time is entry i of JOURNAL (a shared mapping of uint64_t, as many as the file has room for), which outlives us.
// Begins when there is a byte on standard input, and is to be killed: when the journal is full it waits for that.
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static uint64_t boot_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  const uint64_t pause_ns = strtoull(argv[2], NULL, 10);
  const int journal = open(argv[1], O_RDWR), out = open("/dev/null", O_WRONLY);
  struct stat info;
  if (journal < 0 || out < 0 || fstat(journal, &info) != 0) return 1;
  const uint64_t room = (uint64_t)info.st_size / sizeof(uint64_t);
  volatile uint64_t *times = mmap(NULL, (size_t)info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, journal, 0);
  if (times == MAP_FAILED) return 1;
  char byte;
  if (read(STDIN_FILENO, &byte, 1) != 1) return 1;
  for (uint64_t i = 0; i < room; ++i) {
    if (pwrite(out, "x", 1, (off_t)i) != 1) return 1;
    const uint64_t now = times[i] = boot_ns();
    while (boot_ns() - now < pause_ns) __builtin_ia32_pause();
  }
  for (;;) pause();
}
