// SPDX-License-Identifier: Apache-2.0
// System calls by the 32-bit table (int 0x80) out of a 64-bit program, whose memory for that lies below 4 GiB.
// calls_32bit FOLDER, or calls_32bit FOLDER SCRIPT: goes to the folder, looks for what is not there, becomes the script.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// asm/unistd_32.h
enum {
  k_read = 3, k_write = 4, k_open = 5, k_close = 6, k_execve = 11, k_chdir = 12, k_lseek = 19, k_access = 33, k_rename = 38,
  k_openat = 295
};

static long call(long number, long a, long b, long c, long d) {
  long result = number;
  // int 0x80 may not keep r8 to r11.
  __asm__ volatile("int $0x80" : "+a"(result) : "b"(a), "c"(b), "d"(c), "S"(d) : "memory", "r8", "r9", "r10", "r11");
  return (int)result;
}

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) return 2;
  char* low = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (low == MAP_FAILED) return 3;
  char *path = low, *buffer = low + 8192, *other = low + 16384;
  if (argc == 3) {
    unsigned* arguments = (unsigned*)buffer;
    strcpy(low, argv[1]);
    call(k_chdir, (long)low, 0, 0, 0);
    call(k_open, (long)strcpy(low, "./missing"), O_RDONLY, 0, 0);
    arguments[0] = (unsigned)(long)strcpy(low + 100, "as called");
    arguments[1] = (unsigned)(long)strcpy(low + 200, "x");
    arguments[2] = 0;
    call(k_execve, (long)strcpy(low, argv[2]), (long)arguments, (long)(arguments + 2), 0);
    return 8;
  }
  snprintf(path, 4096, "%s/data", argv[1]);
  snprintf(other, 4096, "%s/renamed", argv[1]);
  memcpy(buffer, "thirty-two bits", 15);
  long fd = call(k_open, (long)path, O_RDWR | O_CREAT, 0600, 0);
  if (fd == -38) return 77;  // ENOSYS: a kernel without them
  if (fd < 0) return 4;
  if (call(k_write, fd, (long)buffer, 15, 0) != 15) return 5;
  call(k_lseek, fd, 5, SEEK_SET, 0);
  if (call(k_read, fd, (long)buffer, 100, 0) != 10) return 6;
  call(k_rename, (long)path, (long)other, 0, 0);
  if (call(k_write, fd, (long)buffer, 3, 0) != 3) return 7;
  call(k_close, fd, 0, 0, 0);
  call(k_access, (long)path, F_OK, 0, 0);
  call(k_openat, AT_FDCWD, (long)other, O_RDONLY, 0);
  return 0;
}
