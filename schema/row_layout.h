/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What lies within a value of a row: the BPF programs write it, the file keeps it as it is, and readers take it apart.
 * On disk: append only. For C (BPF programs, too) and C++; integers are little-endian.
 * Names of numbers that columns hold are in values.capnp.
 */
#pragma once

#ifndef __bpf__
#include <linux/types.h>
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;
#endif

/* Text that follows a record: as many bytes as `stored`. What the file keeps of it are its bytes, how many are missing,
   and enum string_flag. */
struct text_size {
  u32 stored;
  u32 original; /* bytes, without the terminating zero; the flags below in the top bits */
};
#define TEXT_UNREADABLE 0x80000000u /* stored is 0: the memory could not be read */
#define TEXT_AT_LEAST 0x40000000u   /* the original is longer than what was counted */
#define TEXT_LENGTH 0x3fffffffu

/* Of a string of a block. */
enum string_flag {
  STRING_UNREADABLE = 1, /* its length is 0 */
  STRING_AT_LEAST = 2,   /* the original is longer than its length and what is cut */
};

/*
 * What one pointer argument led to; its bytes follow, padded to a multiple of 8 in the ring (the column `content` of a
 * trace keeps the same items without the padding). What was taken at entry comes first; then items are in the order of
 * the arguments; where one argument has several (the array of an iovec call, then its buffers), in the order of their
 * depth, then their index. Of a message: name, vector, buffers, control data; the files of all messages are last.
 */
struct content_item {
  u8 arg;       /* index of the argument */
  u8 flags;     /* enum content_flag */
  u16 stored;   /* bytes that follow */
  u32 original; /* bytes that there were; more than stored if they were cut */
};

enum content_flag {
  CONTENT_UNREADABLE = 1, /* stored is 0 */
  CONTENT_AT_ENTRY = 2,   /* taken when the call began; without it, when it returned */
  CONTENT_PART = 4, /* what an earlier item of the same argument points to: a buffer of an iovec, a name of a msghdr */
  CONTENT_AT_LEAST = 8, /* the original is longer than that */
  /* Of a part, what it is. */
  CONTENT_NAME = 1 << 4,    /* msg_name */
  CONTENT_VECTOR = 2 << 4,  /* msg_iov */
  CONTENT_BUFFER = 3 << 4,  /* what an entry of the vector before it points to */
  CONTENT_CONTROL = 4 << 4, /* msg_control */
  CONTENT_FILES =
      5 << 4, /* u32 each: ids of the files behind the descriptors in the control data of the call, in their order */
  CONTENT_KIND = 7 << 4,
};
