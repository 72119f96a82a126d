/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the BPF programs and the recorder have in common besides the generated record structs: the per-CPU ring, the
 * layout of the one record that is too frequent for the generated form, and the tables that steer the programs. What the
 * file keeps as it is: schema/row_layout.h and schema/values.h.
 */
#pragma once

#include "schema/row_layout.h"
#include "schema/values.h"

#define PATH_BYTES 4096		/* PATH_MAX: the kernel accepts no longer one */
#define ARGV_BYTES 65536	/* one more than is kept of an argument vector */
#define ENV_BYTES 32768		/* one more than is looked at of an environment */
#define COMM_BYTES 16
#define COUNTED_CHUNKS 256	/* of PATH_BYTES: how far the length of a longer string is counted */

/* Every record of the shared rings starts with this. */
struct record_head {
	u16 type; /* event type id of schema/events.capnp */
	u16 cpu;
	u32 size; /* bytes in use, this head included */
};

/*
 * A finished system call in the CPU's own ring. args holds only as many as nargs says. What else it has
 * follows in this order, if `extras` has its bit: the second file as u64, paths as {struct text_size, bytes, padding to 8},
 * the working directory as u64, the content.
 * size counts it all and is a multiple of 8.
 */
struct syscall_record {
	u64 time_ns;
	u64 duration_ns;
	s64 result;
	u32 thread;
	u32 file;
	u16 number;
	u16 flags;
	u16 size;
	u8 nargs;
	u8 extras; /* enum syscall_extra */
	u64 args[6];
};
#define SYSCALL_FIXED 40 /* up to args */
#define CONTENT_BYTES 23552 /* most that the items of one call take, their heads and padding included */
#define MOVED_BYTES 16
#define SYSCALL_MAX (SYSCALL_FIXED + 6 * 8 + 8 + 2 * (8 + PATH_BYTES) + 8 + 8 + CONTENT_BYTES + MOVED_BYTES)

enum syscall_extra {
	EXTRA_FILE2 = 1,
	EXTRA_PATH = 2,
	EXTRA_PATH2 = 4,
	EXTRA_CONTENT = 8, /* u64: bytes of the items that follow, a multiple of 8; then the items */
	EXTRA_CWD = 32,	   /* u64: the id of the working directory's description; before the content */
	EXTRA_NUMBER = 128, /* u64: the call's number, of which `number` has the lower half */
	EXTRA_MOVED = 64,  /* last of all, u64 each: bytes that moved, bytes that were only looked at */
	EXTRA_CONTROL = 16, /* within the programs only: among the items is control data of a message */
};

/*
 * A CPU's own ring is `chunks` elements of an mmapable array. Positions count bytes and never wrap; position p is at
 * offset p % CHUNK_BYTES of chunk p / CHUNK_BYTES % chunks. A record that begins in a chunk may run on into the slack
 * behind it, so it is always contiguous; the next record's position then lies that much inside the next chunk.
 * One writer (the sys_exit program on this CPU; the kernel skips a program that would interrupt itself, commit
 * 05b24ff9b2cf, Linux 6.1, and counts that), one reader (the drain thread).
 */
#define CHUNK_SHIFT 20
#define CHUNK_BYTES (1u << CHUNK_SHIFT)
#define CHUNK_SLACK 32768u

struct ring_chunk {
	u8 bytes[CHUNK_BYTES + CHUNK_SLACK];
};

enum { EVENT_TYPES = 32 };
enum lost_reason {
	LOST_RING_FULL,
	LOST_NESTED,
	LOST_MAP_FULL,
	LOST_MISSED,
	LOST_REASONS,
};

/* Per CPU. The reader writes tail only, each side has its own cache lines. */
struct ring_control {
	u64 head;		/* written by sys_exit after the record */
	u64 syscalls_produced;	/* written by sys_exit alone: no atomic needed */
	u64 syscalls_ring_full;
	u64 syscalls_made;	/* by anybody: recorded ones when they end, others when they begin (with returns_only, when they end); written by the hooks at calls and exits */
	u64 forks;		/* by anybody; written by task_newtask alone */
	u32 runnable;		/* threads running or ready to run when the run queues were sampled last, ... */
	u32 runnable_known;	/* ... if this is set: the recorder clears it before it has them sampled */
	u64 writing;		/* a program that can be preempted (fexit) is at it */
	u64 pad0;
	u64 tail;
	u64 pad1[7];
	/* The thread that began a call here last which is not recorded: see is_ignored(); read and written by the programs alone. */
	u64 ignored;	   /* address of its struct task_struct */
	u64 ignored_start; /* when it began, for the address will be another's */
	u64 ignored_in;	   /* value of filter_generation */
	u64 ignored_exec;  /* how often it had executed something */
	u64 pad2[4];
	u64 produced[EVENT_TYPES]; /* everything else: atomic */
	u64 lost[EVENT_TYPES][LOST_REASONS];
};

/* What the programs must know of a system call; from schema/syscalls.capnp. */
enum call_flag {
	CALL_OPENS = 1,		/* returns a descriptor */
	CALL_MOVES_NAMES = 2,	/* may change the path of files that are open */
	CALL_REPLACES_REGS = 4, /* argument registers are gone at exit */
	CALL_EXEC = 8,
	CALL_SETS_USER = 16,	/* may change the effective user */
	CALL_HAS_EXTRAS = 32,	/* has, or may have, something behind its arguments in the ring */
	CALL_AT_ENTRY = 64,	/* something is noted when it begins: captures, or of chdir the directory that it leaves; has no
				   descriptor argument */
	CALL_MOVES_NAMES_32 = 128, /* in the 64-bit table: the 32-bit call of this number may */
};
#define NO_ARG 0xff
struct call_info {
	u8 nargs;
	u8 flags;
	u8 fd_arg[2];	/* indexes of the descriptor arguments, or NO_ARG */
	u8 path_arg[2];	/* indexes of the path arguments, or NO_ARG */
	u16 captures;	/* its first row in the table of captures; 0: has none */
	u16 bytes;	/* enum byte_count; only of calls with captures */
};
/* Where its two path arguments start if they are relative: the index of a descriptor argument, or one of these. */
struct path_starts {
	u8 from[2];
};
enum {
	FROM_CWD = 0xff,
	FROM_NOWHERE = 0xfe, /* a text that is not looked up: what a symbolic link shall contain */
};

/* How many bytes a call moved, where its result alone does not say it. */
enum byte_count {
	BYTES_AS_RESULT,
	BYTES_RECVFROM,
	BYTES_RECVMSG,
	BYTES_RECVMMSG,
	BYTES_SENDMMSG,
	BYTES_VMSPLICE, /* the result does; which way, the file says */
};

enum { CALLS = 512 };	/* of each table: 64-bit calls, then 32-bit ones */

/* How many bytes a pointer argument leads to. */
enum capture_count {
	COUNT_ONE,	/* element */
	COUNT_ARG,	/* element * the argument count_arg */
	COUNT_RESULT,	/* element * the result */
	COUNT_AT_ARG,	/* the u32 that count_arg points to */
	COUNT_BITS,	/* a set of as many bits as count_arg says, in whole words of 64 */
	COUNT_STRING,	/* up to the terminating zero */
	COUNT_STRINGS,	/* an argument vector of pointers of `element` bytes: its strings, each with the terminating zero */
	COUNT_NODES,	/* a set of NUMA nodes in whole words of 64 bits; count_arg is one more than its bits, as the kernel has it */
};

/* Which calls have something there. */
enum capture_when {
	WHEN_ALWAYS,
	WHEN_SUCCESSFUL,  /* result >= 0 */
	WHEN_POSITIVE,	  /* result > 0 */
	WHEN_FAILED,
	WHEN_INTERRUPTED, /* EINTR, or a sleep that will be restarted */
	WHEN_FUTEX_WAITS, /* the second argument is a futex operation with a timeout */
	WHEN_ENTRY,	  /* as the caller left it: the call replaces it. Of an exec, just before the old program goes */
};

/* What else to take: where the memory itself points to. */
enum capture_follow {
	FOLLOW_NOTHING,
	FOLLOW_IOVEC,	/* buffers; with --data only */
	FOLLOW_MSGHDR,	/* the name, the iovec and its buffers, the control data */
	FOLLOW_MMSGHDR, /* the same of every message */
};

/* One pointer argument of a call. */
struct capture {
	u8 arg;
	u8 count_arg;
	u8 count;	/* enum capture_count */
	u8 when;	/* enum capture_when */
	u8 follow;	/* enum capture_follow */
	u8 last;	/* of the call's rows */
	u8 outgoing;	/* buffers are the caller's, whole, however many bytes moved */
	u8 alone;	/* the call's only row, of memory that is there when it returns and leads nowhere else */
	u16 element;	/* bytes */
	u16 pad1;
	u32 limit;	/* most bytes to keep, below ITEM_BYTES */
	u32 choice;	/* row of the table of choices; 0: whatever the other arguments are */
};

/* A capture that is due only for certain values of another argument: fcntl's command, prctl's option. */
struct choice {
	u64 values; /* bit i: base + i is one of them */
	u32 mask;   /* of the argument, before it is compared */
	u32 base;
	u32 arg;
	u32 pad;
};
enum {
	CAPTURES = 1024,       /* rows of the table of captures; row 0 is not used */
	CHOICES = 128,	       /* rows of the table of choices; row 0 is not used */
	CAPTURES_PER_CALL = 32,
	ITEM_BYTES = 4096,     /* one more than an item keeps */
	EXEC_STRINGS = 3840,   /* most that is kept of the argument vector that an exec was called with */
	EXEC_SLOTS_OF_A_CPU = 8,
};

/* Values of the map of chosen processes, keyed by tgid. */
enum target_mode {
	TARGET_TRACED = 1,
	TARGET_FROM_EXEC = 2, /* from its next execve on: the child that becomes COMMAND */
};

/* What a setting of the filter asks for. */
enum filter_rule {
	RULE_PROCESS = 1,     /* of the processes in `targets` */
	RULE_COMM = 2,	      /* whose name is in `comms` */
	RULE_USER = 4,	      /* whose effective user is in `users` */
	RULE_CGROUP = 8,      /* in or below one of `cgroups` */
	RULE_FOLLOW = 16,     /* and of their descendants */
	RULE_CALLS = 32,      /* the calls in `wanted` */
	RULE_SUCCESSFUL = 64, /* that do not fail */
	RULE_FAILED = 128,    /* that fail */
	RULE_SLOW = 256,      /* that take at least min_duration_ns */
};
#define RULES_WHO (RULE_PROCESS | RULE_COMM | RULE_USER | RULE_CGROUP)
#define RULE_OUTCOME (RULE_SUCCESSFUL | RULE_FAILED | RULE_SLOW)

struct filter_policy {
	u32 rules; /* enum filter_rule */
	u32 pad;
	u64 min_duration_ns;
	u64 wanted[2][CALLS / 64]; /* bits by number, 64-bit and 32-bit table; the last: numbers that no table has */
};

/* Keys of the maps of choices: each belongs to the setting with this number. */
struct filter_number {
	u32 epoch;
	u32 pad;
	u64 number; /* tgid, user id, cgroup id */
};

struct filter_name {
	u32 epoch;
	char name[COMM_BYTES]; /* filled up with zeros */
};
