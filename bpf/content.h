/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the pointer arguments of a call lead to: a table says which, how much and when (recorder/kernel/call_table.cc); here it
 * is read from user memory behind the record, item by item (struct content_item). The call has just used that memory, so
 * it is nearly always there; what can't be read is flagged. Arguments come from the record, not from registers.
 */
#pragma once

const volatile struct capture captures[CAPTURES];
const volatile struct choice choices[CHOICES];
const volatile u32 data_limit; /* most bytes of each I/O buffer behind a vector; 0 without --data */

#define IOVECS_FOLLOWED 32
#define MESSAGES_FOLLOWED 32
#define STRINGS_FOLLOWED 64
#define STRING_BYTES 512 /* of one string of a vector */
#define PASSED_FILES 256 /* ids that are kept of the files that a call's messages passed */
/* Of the other items; behind them and these ids there is room to identify a file in. */
#define ITEMS_END (SYSCALL_MAX - MOVED_BYTES - sizeof(struct content_item) - 4 * PASSED_FILES - sizeof(struct file_facts))
#define VECTOR_BYTES (32 * 16)
#define NAME_BYTES 128 /* struct sockaddr_storage */
#define CONTROL_BYTES 1536 /* as many descriptors as a message can pass (SCM_MAX_FD: 253), and a few other things */

/* The memory of one record. */
struct call_room {
	u8 bytes[SYSCALL_MAX];
};

/*
 * Where the next item goes, and what it is. The functions that take this and the chunk are global, so that the verifier
 * looks at each once and not once for every way that leads to it.
 */
struct content_writer {
	u32 offset; /* of the record in its chunk */
	u32 used;   /* bytes of the record */
	u32 row;    /* the call's first capture */
	u32 phase;  /* 1: at entry */
	u64 address;
	u64 original; /* bytes there */
	u32 limit;    /* most of them to keep */
	u32 arg;
	u32 flags; /* enum content_flag */
	u32 element; /* bytes of a pointer in an argument vector */
	u64 header; /* address of the message header */
	u64 bytes;  /* left, of those that the call moved */
};

/* What the callback of a loop returns. The verifier wants to see that it is 0 or 1, and the compiler to drop the proof. */
static __always_inline long stop_if(u32 condition)
{
	barrier_var(condition);
	return condition & 1;
}

struct content_walk {
	struct ring_chunk *chunk;
	struct content_writer w;
};

/* The head of the next item, or NULL if there might not be room for it. */
static __always_inline struct content_item *next_item(struct ring_chunk *chunk, struct content_writer *w)
{
	u32 offset = w->offset & (CHUNK_BYTES - 1), used = w->used;

	if (used > ITEMS_END - sizeof(struct content_item) - ITEM_BYTES)
		return NULL;
	return (struct content_item *)&chunk->bytes[offset + used];
}

/* Returns the item's bytes. */
static __always_inline u32 describe_item(struct content_item *item, u32 arg, u32 flags, u32 kept, u64 original)
{
	if (original > 0xffffffff) {
		original = 0xffffffff;
		flags |= CONTENT_AT_LEAST;
	}
	item->arg = arg;
	item->flags = flags;
	item->stored = kept;
	item->original = original;
	return sizeof(*item) + ((kept + 7) & ~7u);
}

static __always_inline void end_item(struct content_writer *w, struct content_item *item, u32 flags, u32 kept, u64 original)
{
	w->used += describe_item(item, w->arg, flags, kept, original);
}

/* Up to `limit` of the `original` bytes at `address`. 0: there is no room for more. */
__noinline int put_bytes(struct ring_chunk *chunk, struct content_writer *w)
{
	struct content_item *item;
	u32 kept, flags;

	if (!chunk || !w)
		return 0;
	item = next_item(chunk, w);
	if (!item)
		return 0;
	flags = w->flags;
	kept = w->original < w->limit ? w->original : w->limit;
	barrier_var(kept); /* Linux 6.1's verifier wants to see the bound here */
	kept &= ITEM_BYTES - 1;
	if (bpf_probe_read_user(item + 1, kept, (const void *)w->address)) {
		flags |= CONTENT_UNREADABLE;
		kept = 0;
	}
	end_item(w, item, flags, kept, w->original);
	return 1;
}

/* Up to `limit` bytes of the string at `address`. */
__noinline int put_string(struct ring_chunk *chunk, struct content_writer *w)
{
	struct content_item *item;
	u32 length = 0, flags;
	long n;

	if (!chunk || !w)
		return 0;
	item = next_item(chunk, w);
	if (!item)
		return 0;
	flags = w->flags;
	n = read_user_string(item + 1, ITEM_BYTES, (const void *)w->address);
	if (n <= 0)
		flags |= CONTENT_UNREADABLE;
	else
		length = (n - 1) & (ITEM_BYTES - 1);
	if (n == ITEM_BYTES)
		flags |= CONTENT_AT_LEAST;
	end_item(w, item, flags, length < w->limit ? length : w->limit, length);
	return 1;
}

struct strings {
	struct content_item *item;
	u64 vector;
	u32 used;
	u32 flags;
	u32 ended;
	u32 element; /* bytes of a pointer */
	u32 limit;
	u32 pad;
};

static long add_next_string(u32 i, struct strings *strings)
{
	struct content_item *item = strings->item;
	u32 used = strings->used;
	u64 string = 0;
	long n;

	if (bpf_probe_read_user(&string, strings->element == 4 ? 4 : 8, (const void *)(strings->vector + (u64)i * strings->element))) {
		strings->flags = i ? CONTENT_AT_LEAST : CONTENT_UNREADABLE;
		return 1;
	}
	if (!string) {
		strings->ended = 1;
		return 1;
	}
	if (used > ITEM_BYTES - 1 - STRING_BYTES || used + STRING_BYTES > strings->limit)
		return 1;
	n = read_user_string((u8 *)(item + 1) + used, STRING_BYTES, (const void *)string);
	if (n <= 0 || n == STRING_BYTES)
		strings->flags = CONTENT_AT_LEAST;
	if (n <= 0)
		return 1;
	strings->used = used + (n & (2 * STRING_BYTES - 1));
	return 0;
}

/* The strings of the argument vector at `address` as one item. */
__noinline int put_strings(struct ring_chunk *chunk, struct content_writer *w)
{
	struct strings strings = {};
	u32 kept;

	if (!chunk || !w)
		return 0;
	strings.item = next_item(chunk, w);
	strings.vector = w->address;
	strings.element = w->element;
	strings.limit = w->limit;
	if (!strings.item)
		return 0;
	bpf_loop(STRINGS_FOLLOWED, add_next_string, &strings, 0);
	if (!strings.ended && !(strings.flags & CONTENT_UNREADABLE))
		strings.flags |= CONTENT_AT_LEAST;
	kept = strings.used & (ITEM_BYTES - 1);
	end_item(w, strings.item, w->flags | strings.flags, kept, kept);
	return 1;
}

#include "message_content.h"

/* Linux's asm-generic/errno.h: what the kernel has for a sleep that a signal broke. */
#define EINTR 4
#define ERESTART_RESTARTBLOCK 516
/* linux/futex.h: the operations that have a timeout, as bits: WAIT, LOCK_PI, WAIT_BITSET, WAIT_REQUEUE_PI, LOCK_PI2 */
#define FUTEX_WAITS (1u << 0 | 1u << 6 | 1u << 9 | 1u << 11 | 1u << 13)
#define FUTEX_COMMAND 127

static __always_inline bool is_due(u32 when, const struct syscall_record *record)
{
	s64 result = record->result;

	switch (when) {
	case WHEN_SUCCESSFUL:
		return result >= 0;
	case WHEN_POSITIVE:
		return result > 0;
	case WHEN_FAILED:
		return result < 0;
	case WHEN_INTERRUPTED:
		return result == -EINTR || result == -ERESTART_RESTARTBLOCK;
	case WHEN_FUTEX_WAITS: {
		u32 command = record->args[1] & FUTEX_COMMAND;

		return command < 32 && (FUTEX_WAITS >> command & 1);
	}
	default:
		return true;
	}
}

static __always_inline u64 bytes_at(const volatile struct capture *capture, const struct syscall_record *record)
{
	u32 element = capture->element, index = capture->count_arg, length;
	u64 count = index < 6 ? record->args[index] : 0;

	switch (capture->count) {
	case COUNT_ARG:
		return (count & 0xffffffff) * element; /* an unsigned int of most calls; nobody has 2^32 of anything */
	case COUNT_RESULT:
		return record->result > 0 ? record->result * element : 0;
	case COUNT_AT_ARG:
		if (bpf_probe_read_user(&length, sizeof(length), (const void *)count))
			return 0;
		return length;
	case COUNT_BITS:
		return ((count & 0xffff) + 63) / 64 * 8;
	case COUNT_NODES:
		return ((count & 0xffff) + 62) / 64 * 8;
	default:
		return element;
	}
}

static __always_inline bool is_chosen(u32 row, const struct syscall_record *record)
{
	const volatile struct choice *choice = &choices[row & (CHOICES - 1)];
	u32 index = choice->arg, at = ((index < 6 ? record->args[index] : 0) & choice->mask) - choice->base;

	return at < 64 && (choice->values >> at & 1);
}

static long add_capture(u32 i, struct content_walk *walk)
{
	const volatile struct capture *capture = &captures[(walk->w.row + i) & (CAPTURES - 1)];
	struct content_writer *w = &walk->w;
	struct ring_chunk *chunk = walk->chunk;
	const struct syscall_record *record = (const struct syscall_record *)&chunk->bytes[w->offset & (CHUNK_BYTES - 1)];
	u32 arg = capture->arg, follow = capture->follow, last = capture->last, choice = capture->choice;
	u64 address;

	if (arg > 5)
		return 1;
	address = record->args[arg];
	if ((capture->when == WHEN_ENTRY) != w->phase || !address || !is_due(capture->when, record))
		return stop_if(last);
	if (choice && !is_chosen(choice, record))
		return stop_if(last);
	w->flags = w->phase ? CONTENT_AT_ENTRY : 0;
	w->arg = arg;
	w->address = address;
	w->limit = capture->limit;
	w->element = capture->element;
	if (capture->count == COUNT_STRING)
		return stop_if(!put_string(chunk, w) | last);
	if (capture->count == COUNT_STRINGS)
		return stop_if(!put_strings(chunk, w) | last);
	w->original = bytes_at(capture, record);
	if (!put_bytes(chunk, w))
		return 1;
	w->bytes = capture->outgoing ? ~0ull : record->result > 0 ? record->result : 0;
	if (follow == FOLLOW_IOVEC) {
		if (capture->outgoing || record->result >= 0) {
			w->original /= IOVEC_BYTES;
			put_buffers(chunk, w);
		}
	} else if (follow == FOLLOW_MSGHDR) {
		w->header = address;
		put_whole_message(chunk, w);
	} else if (follow == FOLLOW_MMSGHDR) {
		w->address = address;
		put_messages(walk, w->original / MMSGHDR_BYTES, capture->outgoing);
	}
	return stop_if(last);
}

#define ENTRY_BYTES 512 /* more than three sets and a time take */

/* What was taken when the call in progress began. Only of threads that make such calls. */
struct entry_content {
	u32 used;
	u32 pad;
	u8 items[ENTRY_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct entry_content);
} entry_contents SEC(".maps");

/* Adds the argument vector of an exec, and is done with what was noted of it. */
static __always_inline void take_exec_strings(struct ring_chunk *chunk, struct content_writer *w)
{
	struct thread_state *state = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), NULL, 0);
	struct exec_call *exec = state ? exec_call_of(state) : NULL;
	u32 offset = w->offset & (CHUNK_BYTES - 1), used = w->used, bytes;

	if (!exec)
		return;
	bytes = exec->used;
	if (((struct syscall_record *)&chunk->bytes[offset])->result == 0 && used <= SYSCALL_MAX - CONTENT_BYTES && bytes <= EXEC_STRINGS) {
		barrier_var(used);
		used &= 2 * 8192 - 1; /* for the verifier of Linux 6.1 */
		barrier_var(bytes);
		bytes &= 4096 - 1;
		if (bytes <= EXEC_STRINGS && !bpf_probe_read_kernel(&chunk->bytes[offset + used], bytes, exec->items))
			w->used = used + bytes;
	}
	forget_exec_call(state);
}

/* Adds the items that were taken at entry. */
static __always_inline void take_entry_content(struct ring_chunk *chunk, struct content_writer *w)
{
	struct entry_content *entry = bpf_task_storage_get(&entry_contents, bpf_get_current_task_btf(), NULL, 0);
	u32 offset = w->offset & (CHUNK_BYTES - 1), used = w->used, bytes;

	if (!entry || used > SYSCALL_MAX - CONTENT_BYTES)
		return;
	barrier_var(used);
	used &= 2 * 8192 - 1; /* for the verifier of Linux 6.1 */
	bytes = entry->used;
	entry->used = 0;
	barrier_var(bytes);
	bytes &= ENTRY_BYTES - 1;
	if (!bpf_probe_read_kernel(&chunk->bytes[offset + used], bytes, entry->items))
		w->used = used + bytes;
}

/*
 * Appends the items of a call to its record at `offset` of the chunk, so far `size` bytes; returns its new size. phase is
 * 1 when the call begins.
 */
__noinline u32 append_content(struct ring_chunk *chunk, u32 offset, u32 size, u32 first_capture, u32 phase)
{
	struct content_walk walk = {};
	struct syscall_record *record;
	u32 used;

	if (!chunk || size > SYSCALL_MAX - CONTENT_BYTES - 8 || size < SYSCALL_FIXED)
		return size; /* cannot be: for the verifier */
	offset &= CHUNK_BYTES - 1;
	walk.chunk = chunk;
	walk.w.offset = offset;
	walk.w.row = first_capture;
	walk.w.used = size + 8;
	walk.w.phase = phase;
	if (!phase && captures[first_capture & (CAPTURES - 1)].when == WHEN_ENTRY) {
		if (captures[first_capture & (CAPTURES - 1)].count == COUNT_STRINGS) /* which only an exec has */
			take_exec_strings(chunk, &walk.w);
		else
			take_entry_content(chunk, &walk.w);
	}
	bpf_loop(CAPTURES_PER_CALL, add_capture, &walk, 0);
	used = walk.w.used;
	if (used <= size + 8 || used > SYSCALL_MAX)
		return size;
	barrier_var(size);
	size &= 2 * 8192 - 1; /* the bound from above, again for the verifier */
	*(u64 *)&chunk->bytes[offset + size] = used - size - 8;
	record = (struct syscall_record *)&chunk->bytes[offset];
	record->extras |= EXTRA_CONTENT;
	return used;
}

/*
 * The same for a call of one plain capture (struct capture's `alone`), by far the most frequent kind: no loop, no other function.
 * Inlined into the hook.
 */
static __always_inline u32 append_alone(struct ring_chunk *chunk, u32 offset, u32 size, const volatile struct capture *capture)
{
	struct syscall_record *record;
	struct content_item *item;
	u32 arg = capture->arg, kept, flags = 0, bytes;
	u64 address, original;

	if (arg > 5 || size > SYSCALL_MAX - CONTENT_BYTES - 8)
		return size; /* cannot be: for the verifier */
	offset &= CHUNK_BYTES - 1;
	record = (struct syscall_record *)&chunk->bytes[offset];
	address = record->args[arg];
	if (!address || !is_due(capture->when, record))
		return size;
	original = bytes_at(capture, record);
	kept = original < capture->limit ? original : capture->limit;
	barrier_var(size);
	size &= 2 * 8192 - 1; /* the bound from above, for the verifier of Linux 6.1 */
	item = (struct content_item *)&chunk->bytes[offset + size + 8];
	barrier_var(kept); /* likewise */
	kept &= ITEM_BYTES - 1;
	if (bpf_probe_read_user(item + 1, kept, (const void *)address)) {
		flags = CONTENT_UNREADABLE;
		kept = 0;
	}
	bytes = describe_item(item, arg, flags, kept, original);
	*(u64 *)&chunk->bytes[offset + size] = bytes;
	record->extras |= EXTRA_CONTENT;
	return size + 8 + bytes;
}

/*
 * Takes what the call will replace. The record's place in the ring, free until the next call of this CPU returns, serves
 * as scratch memory: only `args` are the call's.
 */
static __always_inline void keep_entry_content(struct task_struct *task, struct ring_chunk *chunk, u32 offset, u32 first_capture)
{
	const u32 before = sizeof(struct syscall_record);
	struct entry_content *entry;
	u32 size = append_content(chunk, offset, before, first_capture, 1), bytes;

	if (size <= before + 8)
		return;
	entry = bpf_task_storage_get(&entry_contents, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!entry)
		return;
	bytes = size - before - 8;
	if (bytes >= ENTRY_BYTES)
		return;
	barrier_var(bytes);
	bytes &= ENTRY_BYTES - 1;
	entry->used = bpf_probe_read_kernel(entry->items, bytes, &chunk->bytes[offset + before + 8]) ? 0 : bytes;
}

/* Likewise the argument vector of an exec. */
static __always_inline void keep_exec_strings(struct exec_call *exec, struct ring_chunk *chunk, u32 offset, u32 first_capture)
{
	const u32 before = sizeof(struct syscall_record);
	u32 size = append_content(chunk, offset, before, first_capture, 1), bytes;

	if (size <= before + 8)
		return;
	bytes = size - before - 8;
	barrier_var(bytes);
	bytes &= 4096 - 1;
	if (bytes <= EXEC_STRINGS && !bpf_probe_read_kernel(exec->items, bytes, &chunk->bytes[offset + before + 8]))
		exec->used = bytes;
}
