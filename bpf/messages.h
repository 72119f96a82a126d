/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Of calls that send or receive messages: how many bytes moved, where the result does not say it, and which files were
 * passed. Both are looked at when the call has returned; only such calls pay for it.
 *
 * What counts as moved is what was copied out of, or into, the caller's buffers: nothing of what was only looked at
 * (MSG_PEEK), of a datagram no more than fitted (with MSG_TRUNC the result is its whole length), nothing of what a stream
 * threw away (MSG_TRUNC on TCP), nothing of the error queue (it returns what was sent before).
 */
#pragma once

/* linux/socket.h */
#define MSG_PEEK 2
#define MSG_TRUNC 0x20
#define MSG_ERRQUEUE 0x2000
#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define SCM_PIDFD 4
#define AF_SMC 43
#define SOCK_STREAM 1
#define IPPROTO_TCP 6
#define IPPROTO_MPTCP 262
#define O_ACCMODE 3 /* asm-generic/fcntl.h */
#define O_RDONLY 0
#define VECTOR_ENTRIES 1024  /* UIO_MAXIOV: the kernel takes no longer one, ... */
#define MESSAGES_PER_CALL 1024 /* ... and no more messages */

struct message_bytes {
	u64 header;	/* address of the first message header */
	u64 length;	/* of a single message: as the call says */
	u64 sum;
	u32 messages;	/* 0: a single one, which is a struct msghdr */
	u32 flags;	/* MSG_* of the call */
};

/* A vector: filled in by one read of a msghdr. */
struct vector_room {
	u64 vector;
	u64 entries;
	u64 bytes;
};

static long add_room(u32 i, struct vector_room *room)
{
	u64 length;

	if (i >= room->entries || bpf_probe_read_user(&length, sizeof(length), (const void *)(room->vector + (u64)i * IOVEC_BYTES + 8)))
		return 1;
	room->bytes += length;
	return 0;
}

static long add_message_bytes(u32 i, struct message_bytes *m)
{
	u64 header = m->header + (u64)i * MMSGHDR_BYTES, bytes = m->length;
	struct vector_room room = {};
	u32 value = 0;

	if (m->messages) {
		if (i >= m->messages)
			return 1;
		if (bpf_probe_read_user(&value, sizeof(value), (const void *)(header + MMSGHDR_LENGTH)))
			return 1;
		bytes = value;
	}
	if (m->flags & MSG_TRUNC && !bpf_probe_read_user(&room, 16, (const void *)(header + MSGHDR_VECTOR))) {
		bpf_loop(VECTOR_ENTRIES, add_room, &room, 0);
		if (bytes > room.bytes)
			bytes = room.bytes;
	}
	/* Families that have no error queue receive as usual, and don't set the flag. */
	if (m->flags & MSG_ERRQUEUE && !bpf_probe_read_user(&value, sizeof(value), (const void *)(header + MSGHDR_FLAGS)) &&
	    value & MSG_ERRQUEUE)
		bytes = 0;
	m->sum += bytes;
	return stop_if(m->messages == 0);
}

/* The socket that the call in progress used, as its descriptor was when the call began; NULL if that is not known. */
static __always_inline struct sock *socket_of_call(const struct thread_state *state, u32 fd)
{
	const struct remembered_file *slot = &state->files[fd & (REMEMBERED_FILES - 1)];

	return slot->id && slot->id == state->file && slot->facts.tuple ? sock_of(slot->facts.inode) : NULL;
}

/* With MSG_TRUNC these throw away what they return the length of: tcp(7). */
static __always_inline bool discards_when_truncating(struct sock *sk)
{
	u32 protocol = sk ? BPF_CORE_READ(sk, sk_protocol) : 0;

	return sk && BPF_CORE_READ(sk, sk_type) == SOCK_STREAM &&
	       (protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP || BPF_CORE_READ(sk, __sk_common.skc_family) == AF_SMC);
}

static __always_inline bool has_error_queue(struct sock *sk)
{
	u32 family = sk ? BPF_CORE_READ(sk, __sk_common.skc_family) : 0;

	return family != AF_UNIX && family != AF_NETLINK;
}

/*
 * Appends the bytes that moved to the record of a call that has returned, so far `size` bytes, if its result does not say
 * it; returns its new size.
 */
__noinline u32 append_moved(struct call_room *room, u32 size, const struct thread_state *state, u32 how)
{
	struct syscall_record *record = (struct syscall_record *)room;
	struct message_bytes m = {};
	struct sock *sk;
	u64 *moved;

	if (!room || !state)
		return size;
	if (record->result < 0 || size > SYSCALL_MAX - MOVED_BYTES || size < SYSCALL_FIXED)
		return size;
	if (how == BYTES_VMSPLICE) {
		/* Out of the pipe if that is all the descriptor is open for. */
		const struct remembered_file *slot = &state->files[record->args[0] & (REMEMBERED_FILES - 1)];
		struct file *file = (struct file *)slot->address;

		if (slot->id && slot->id == state->file && (BPF_CORE_READ(file, f_flags) & O_ACCMODE) == O_RDONLY)
			record->flags |= SYSCALL_REVERSED;
		return size;
	}
	if (how != BYTES_SENDMMSG)
		m.flags = how == BYTES_RECVMSG ? record->args[2] : record->args[3];
	if (how <= BYTES_RECVMSG && !(m.flags & (MSG_PEEK | MSG_TRUNC | MSG_ERRQUEUE)))
		return size; /* as nearly all */
	m.header = record->args[1];
	m.length = record->result;
	if (how == BYTES_RECVFROM) {
		m.sum = m.length < record->args[2] ? m.length : record->args[2];
		if (m.flags & MSG_ERRQUEUE && has_error_queue(socket_of_call(state, record->args[0])))
			m.sum = 0;
	} else if (how == BYTES_RECVMSG || record->result) {
		m.messages = how == BYTES_RECVMSG ? 0 : record->result;
		bpf_loop(MESSAGES_PER_CALL, add_message_bytes, &m, 0);
	}
	if (m.flags & MSG_TRUNC) {
		sk = socket_of_call(state, record->args[0]);
		if (discards_when_truncating(sk))
			m.sum = 0;
	}
	barrier_var(size);
	size &= 0x7fff; /* the bound from above, again for the verifiers of Linux 6.1 and 6.12 */
	if (size > SYSCALL_MAX - MOVED_BYTES)
		return size;
	record->flags |= SYSCALL_MOVED;
	record->extras |= EXTRA_MOVED;
	moved = (u64 *)((u8 *)record + size);
	moved[0] = m.sum;
	moved[1] = 0;
	/* The error queue is emptied by whoever reads it. */
	if (m.flags & MSG_PEEK) {
		record->flags |= SYSCALL_PEEKED;
		moved[0] = 0;
		moved[1] = m.sum;
	}
	return size + MOVED_BYTES;
}

#define PASSED_STEPS 4096 /* items, control messages and descriptors that are looked at; more than a record can hold */

/* Small, like what works on it: files are identified at the end of the deepest stack (512 bytes on Linux 6.1). */
struct passed_walk {
	struct ring_chunk *chunk;
	u32 offset;   /* of the record in its chunk */
	u16 at;	      /* where the next step looks, from there */
	u16 end;      /* of the items; the new one is made there */
	u16 item_end; /* of the control data that `at` is in */
	u16 fd_end;   /* of the descriptors that `at` is in, ... */
	u16 next;     /* ... and what comes behind them */
	u16 found;
};
_Static_assert(SYSCALL_MAX < 0x8000, "positions in a record fit");

/*
 * 0, but the verifier does not know: before Linux 6.8 (commit ab5cfac139ab) it looks at a callback once, with the values that its
 * context has before the first round, and drops what could be reached in later rounds only.
 */
u16 unknown_zero;

#define WITHIN(walk, place) ((walk)->chunk->bytes + ((walk)->offset & (CHUNK_BYTES - 1)) + (place))

/* Identifies the file behind a descriptor and keeps its id. */
static __always_inline void keep_passed_file(struct passed_walk *walk, u32 fd)
{
	struct file_facts *facts = (void *)WITHIN(walk, SYSCALL_MAX - sizeof(*facts));
	void *file = file_of_descriptor(bpf_get_current_task_btf(), fd);
	u32 end = walk->end, place = walk->found, id = 0;

	if (place >= PASSED_FILES) {
		walk->found = place < 0xffff ? place + 1 : place;
		return;
	}
	if (file) {
		read_file_facts(file, facts);
		id = identify_file(facts, SCRATCH_HOOKS);
	}
	barrier_var(place);
	place &= PASSED_FILES - 1; /* the bound from above, again for the verifier of Linux 6.1 */
	barrier_var(end);
	if (end <= ITEMS_END)
		*(u32 *)WITHIN(walk, end + sizeof(struct content_item) + 4 * place) = id;
	walk->found = place + 1;
}

/* One descriptor, one control message's header, or one item. */
static long look_for_files(u32 i, struct passed_walk *walk)
{
	u32 at = walk->at;

	if (at > ITEMS_END)
		return 1;
	if (at < walk->fd_end) {
		keep_passed_file(walk, *(u32 *)WITHIN(walk, at));
		walk->at += 4;
	} else if (walk->fd_end) {
		walk->fd_end = 0;
		walk->at = walk->next;
	} else if (walk->item_end) {
		struct user_control { /* struct cmsghdr */
			u64 bytes;
			u32 level, type;
		} *control = (void *)WITHIN(walk, at);
		u64 bytes = control->bytes;

		if (at + sizeof(*control) > walk->item_end || bytes < sizeof(*control)) {
			walk->at = (walk->item_end + 7) & ~7u;
			walk->item_end = 0;
			return 0;
		}
		if (bytes > walk->item_end - at)
			bytes = walk->item_end - at;
		walk->next = at + ((bytes + 7) & ~7ull);
		walk->at = walk->next;
		if (control->level == SOL_SOCKET && (control->type == SCM_RIGHTS || control->type == SCM_PIDFD) &&
		    bytes >= sizeof(*control) + 4) {
			walk->at = at + sizeof(*control);
			walk->fd_end = at + (bytes & ~3ull);
		}
	} else if (at < walk->end) {
		struct content_item *item = (void *)WITHIN(walk, at);
		u32 stored = item->stored;

		at += sizeof(*item);
		if ((item->flags & CONTENT_KIND) == CONTENT_CONTROL)
			walk->item_end = at + stored;
		else
			at += (stored + 7) & ~7u;
		walk->at = at;
	} else {
		return 1;
	}
	return 0;
}

/*
 * Appends the ids of the files behind the descriptors that the call's control data names, as one more item; the items of
 * the record, which is `size` bytes, begin at `before` with their length. Returns the record's new size.
 */
__noinline u32 append_passed_files(struct ring_chunk *chunk, u32 offset, u32 before, u32 size)
{
	struct passed_walk walk = {};
	struct content_item *item;
	u32 found, stored;

	offset &= CHUNK_BYTES - 1;
	if (!chunk || size > ITEMS_END || before > SYSCALL_MAX - CONTENT_BYTES)
		return size;
	walk.chunk = chunk;
	walk.offset = offset;
	walk.at = before + 8;
	walk.end = size;
	walk.fd_end = walk.item_end = walk.next = walk.found = *(volatile u16 *)&unknown_zero;
	bpf_loop(PASSED_STEPS, look_for_files, &walk, 0);
	((struct syscall_record *)&chunk->bytes[offset])->extras &= ~EXTRA_CONTROL;
	found = walk.found;
	if (!found)
		return size;
	stored = 4 * (found < PASSED_FILES ? found : PASSED_FILES);
	barrier_var(size);
	size &= 0x7fff; /* the bound from above, again for the verifier */
	if (size > ITEMS_END)
		return size;
	item = (struct content_item *)&chunk->bytes[offset + size];
	item->arg = 1; /* the message header, or headers, of all these calls */
	item->flags = CONTENT_PART | CONTENT_FILES;
	item->stored = stored;
	item->original = 4 * found;
	stored = sizeof(*item) + ((stored + 7) & ~7u);
	barrier_var(before);
	before &= 0x7fff;
	if (before > SYSCALL_MAX - CONTENT_BYTES)
		return size;
	*(u64 *)&chunk->bytes[offset + before] += stored;
	return size + stored;
}
