/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the floor programs and their harness share: a record, and an own ring per CPU. The BPF side declares __u64. */
#pragma once

#ifdef __cplusplus
#include <linux/types.h>
#endif

enum {
  FLOOR_MAX_CPUS = 256, /* a power of two */
  FLOOR_RING_RECORDS = 1 << 16,
};

/* One finished system call; 64 bytes, a cache line. */
struct floor_record {
  __u64 time_ns; /* start with storage64, end with exit64 */
  __u64 pid_tgid;
  __u64 result;
  __u64 number;
  __u64 duration_ns; /* 0 with exit64 */
  __u64 args[3];
};

/* 4 MiB, the largest array element that kernels up to 6.x accept, which is why the position lives elsewhere. */
struct floor_ring {
  struct floor_record records[FLOOR_RING_RECORDS];
};

/* A line per CPU, so that no two write to the same one. */
struct floor_cursor {
  __u64 produced; /* own ring: records written so far; the ring holds the last FLOOR_RING_RECORDS */
  __u64 lost;     /* BPF ring buffer: reservations that failed */
  __u64 unused[6];
};
