/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What vectors of buffers and message headers point to: further items of a call's content (content.h). */
#pragma once

/*
 * The user's structures. Their fields are read in pairs, straight into a content_writer: where that happens is the deepest
 * stack that there is (512 bytes on Linux 6.1, over all of at most 8 frames).
 */
#define IOVEC_BYTES 16	    /* struct iovec: address, bytes */
#define MSGHDR_NAME 0	    /* struct msghdr: address, bytes (u32) */
#define MSGHDR_VECTOR 16    /* address, entries */
#define MSGHDR_CONTROL 32   /* address, bytes */
#define MSGHDR_FLAGS 48	    /* u32 */
#define MMSGHDR_LENGTH 56   /* struct mmsghdr: a msghdr, then the bytes moved (u32) */
#define MMSGHDR_BYTES 64

struct vector_walk {
	struct ring_chunk *chunk;
	struct content_writer *w;
	u64 vector;
	u32 count;
	u32 pad;
};

static long add_buffer(u32 i, struct vector_walk *walk)
{
	struct content_writer *w = walk->w;

	if (i >= walk->count)
		return 1;
	if (bpf_probe_read_user(&w->address, IOVEC_BYTES, (const void *)(walk->vector + (u64)i * IOVEC_BYTES)))
		return 1;
	if (w->original > w->bytes)
		w->original = w->bytes;
	w->bytes -= w->original;
	w->limit = data_limit;
	return stop_if(put_bytes(walk->chunk, w) == 0);
}

/* The buffers of the vector at `address`, which has `original` entries, as far as `bytes` go. */
__noinline int put_buffers(struct ring_chunk *chunk, struct content_writer *w)
{
	struct vector_walk walk = {};

	if (!chunk || !w)
		return 0;
	if (!data_limit)
		return 1;
	w->flags = CONTENT_PART | CONTENT_BUFFER;
	walk.chunk = chunk;
	walk.w = w;
	walk.vector = w->address;
	walk.count = w->original < IOVECS_FOLLOWED ? w->original : IOVECS_FOLLOWED;
	bpf_loop(IOVECS_FOLLOWED, add_buffer, &walk, 0);
	return 1;
}

/* A pair of fields of the message header; the second one may be 32 bits wide. */
static __always_inline bool read_pair(struct content_writer *w, u32 offset)
{
	return bpf_probe_read_user(&w->address, 16, (const void *)(w->header + offset)) == 0;
}

/*
 * The name and the vector of the message header; afterwards `address` and `original` are the vector's and the number of its
 * entries. 0: there is no room for more, or it can't be read.
 */
__noinline int put_message(struct ring_chunk *chunk, struct content_writer *w)
{
	u64 entries;

	if (!chunk || !w || !read_pair(w, MSGHDR_NAME))
		return 0;
	w->original = (u32)w->original;
	w->flags = CONTENT_PART | CONTENT_NAME;
	w->limit = NAME_BYTES;
	if (w->address && w->original && !put_bytes(chunk, w))
		return 0;
	if (!read_pair(w, MSGHDR_VECTOR))
		return 0;
	entries = w->original;
	if (!entries)
		return 1;
	w->original = entries * IOVEC_BYTES;
	w->flags = CONTENT_PART | CONTENT_VECTOR;
	w->limit = VECTOR_BYTES;
	if (!put_bytes(chunk, w))
		return 0;
	w->original = entries;
	return 1;
}

/* The control data of the message header. 0: there is no room for more, or it can't be read. */
__noinline int put_control(struct ring_chunk *chunk, struct content_writer *w)
{
	if (!chunk || !w || !read_pair(w, MSGHDR_CONTROL))
		return 0;
	if (!w->address || !w->original)
		return 1;
	w->flags = CONTENT_PART | CONTENT_CONTROL;
	w->limit = CONTROL_BYTES;
	if (!put_bytes(chunk, w))
		return 0;
	((struct syscall_record *)&chunk->bytes[w->offset & (CHUNK_BYTES - 1)])->extras |= EXTRA_CONTROL;
	return 1;
}

/* All that the message header points to. */
static __always_inline u32 put_whole_message(struct ring_chunk *chunk, struct content_writer *w)
{
	return put_message(chunk, w) && put_buffers(chunk, w) && put_control(chunk, w);
}

struct message_walk {
	struct content_walk *walk;
	u64 vector;
	u32 count;
	u32 outgoing;
};

static long add_next_message(u32 i, struct message_walk *messages)
{
	struct content_writer *w = &messages->walk->w;

	if (i >= messages->count)
		return 1;
	w->header = messages->vector + (u64)i * MMSGHDR_BYTES;
	w->bytes = 0;
	if (messages->outgoing)
		w->bytes = ~0ull;
	else /* the lower half: 32 bits */
		bpf_probe_read_user(&w->bytes, sizeof(u32), (const void *)(w->header + MMSGHDR_LENGTH));
	return stop_if(put_whole_message(messages->walk->chunk, w) == 0);
}

/* What the message headers point to. Inlined: as a function of its own it would be one frame too many. */
static __always_inline void put_messages(struct content_walk *walk, u64 count, u32 outgoing)
{
	struct message_walk messages = {
		.walk = walk,
		.vector = walk->w.address,
		.count = count < MESSAGES_FOLLOWED ? count : MESSAGES_FOLLOWED,
		.outgoing = outgoing,
	};

	bpf_loop(MESSAGES_FOLLOWED, add_next_message, &messages, 0);
}
