// SPDX-License-Identifier: Apache-2.0
// Makes an io_uring by its raw call; usage: ring_user ENTRIES. Prints what the call returned: a descriptor or -errno.
#include <errno.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct io_uring_params params;
  memset(&params, 0, sizeof params);
  long fd = syscall(SYS_io_uring_setup, argc > 1 ? atoi(argv[1]) : 4, &params);
  printf("%ld\n", fd < 0 ? -(long)errno : fd);
  if (fd >= 0) syscall(SYS_io_uring_enter, (int)fd, 0, 0, 0, NULL, 0L);
  return 0;
}
