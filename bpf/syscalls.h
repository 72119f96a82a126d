/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls: what is noted at entry, and the one record that is written at exit. */
#pragma once

const volatile struct call_info calls[2 * CALLS]; /* of 64-bit programs, then of 32-bit ones */
/* Of the back end, see call_hooks.h. */
const volatile bool returns_can_be_missed;
const volatile bool preemptible;

#define TS_COMPAT 2 /* arch/x86/include/asm/thread_info.h: in a 32-bit call */

/* A successful exec leaves no argument registers and no old memory: its file name comes from the kernel. */
struct exec_name {
	struct text_size size;
	char bytes[PATH_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, u32); /* thread id */
	__type(value, struct exec_name);
} exec_names SEC(".maps");

/* Argument registers: entry_64.S and, for 32-bit calls, entry_64_compat.S, where only the lower halves count. */
static __always_inline u64 compat_argument(struct pt_regs *regs, u32 index)
{
	switch (index) {
	case 0:
		return (u32)regs->bx;
	case 1:
		return (u32)regs->cx;
	case 2:
		return (u32)regs->dx;
	case 3:
		return (u32)regs->si;
	case 4:
		return (u32)regs->di;
	default:
		return (u32)regs->bp;
	}
}

static __always_inline u64 argument(struct pt_regs *regs, u32 index, u32 flags)
{
	if (flags & SYSCALL_COMPAT)
		return compat_argument(regs, index);
	switch (index) {
	case 0:
		return regs->di;
	case 1:
		return regs->si;
	case 2:
		return regs->dx;
	case 3:
		return regs->r10;
	case 4:
		return regs->r8;
	default:
		return regs->r9;
	}
}

static __always_inline void copy_arguments(u64 *args, struct pt_regs *regs, u32 flags)
{
	if (flags & SYSCALL_COMPAT) {
		args[0] = (u32)regs->bx;
		args[1] = (u32)regs->cx;
		args[2] = (u32)regs->dx;
		args[3] = (u32)regs->si;
		args[4] = (u32)regs->di;
		args[5] = (u32)regs->bp;
	} else {
		args[0] = regs->di;
		args[1] = regs->si;
		args[2] = regs->dx;
		args[3] = regs->r10;
		args[4] = regs->r8;
		args[5] = regs->r9;
	}
}

static __always_inline const volatile struct call_info *info_of(u32 number, u32 flags)
{
	if (number >= CALLS)
		number = CALLS - 1; /* a row that says: six arguments, nothing known */
	if (flags & SYSCALL_COMPAT)
		number += CALLS;
	barrier_var(number);
	return &calls[number & (2 * CALLS - 1)];
}

/* What the call will replace. Inlined: from an fentry program it is one frame too deep otherwise (the verifier allows 8). */
static __always_inline void note_content(struct task_struct *task, struct pt_regs *regs, u32 flags, u32 first_capture)
{
	u32 cpu = bpf_get_smp_processor_id(), offset;
	struct ring_control *ring = this_ring(cpu);
	struct syscall_record *record;
	struct ring_chunk *chunk;
	u64 head;

	if (!ring)
		return;
	head = ring->head;
	chunk = chunk_at(cpu, head);
	if (!chunk || (u64)chunks_per_cpu * CHUNK_BYTES - (head - *(volatile u64 *)&ring->tail) < SYSCALL_MAX)
		return; /* the call itself will hardly find room */
	/* The room behind the head is only borrowed, but nobody may write there meanwhile. */
	if (preemptible && __sync_lock_test_and_set(&ring->writing, 1))
		return;
	offset = head & (CHUNK_BYTES - 1);
	record = (struct syscall_record *)&chunk->bytes[offset];
	record->result = 0;
	copy_arguments(record->args, regs, flags);
	keep_entry_content(task, chunk, offset, first_capture);
	if (preemptible) {
		barrier();
		*(volatile u64 *)&ring->writing = 0;
	}
}

/* A thread that begins a call has ended the one before: the kernel skipped the probe at its return. */
static __noinline void count_missed_return(void)
{
	count_produced(EVENT_SYSCALL);
	count_lost(EVENT_SYSCALL, LOST_MISSED);
}

static __always_inline void note_entry(struct task_struct *task, struct thread_state *state, struct pt_regs *regs,
				       long number)
{
	u16 flags = task->thread_info.status & TS_COMPAT ? SYSCALL_COMPAT : 0;
	const volatile struct call_info *info = info_of(number, flags);
	u32 file = 0;

	/* What COMMAND's child does before its execve is ours; whether that is wanted may depend on what it becomes. */
	if (state->verdict == VERDICT_FROM_EXEC &&
	    (!(info->flags & CALL_EXEC) || possible_rules & (RULE_COMM | RULE_USER | RULE_CGROUP)))
		return;
	if (returns_can_be_missed && state->enter_ns)
		count_missed_return();
	if (!is_described(state))
		introduce(task, state, SCRATCH_HOOKS);
	if (info->fd_arg[0] != NO_ARG)
		file = file_id(task, state, info->fd_arg[0] || flags ? argument(regs, info->fd_arg[0], flags) : regs->di, &flags);
	else if (info->flags & CALL_AT_ENTRY)
		note_content(task, regs, flags, info->captures);
	if (info->fd_arg[1] != NO_ARG)
		state->file2 = file_id(task, state, argument(regs, info->fd_arg[1], flags), &flags);
	state->file = file;
	state->number = number;
	state->flags = flags;
	state->enter_ns = bpf_ktime_get_boot_ns();
}

/*
 * Appends one text to the record that so far is `size` bytes; returns its new size. The text then stands for the
 * argument, whose address is of no use any more (and compresses badly).
 */
static __always_inline u32 append_text(u8 *start, u32 size, u32 index, const char *user)
{
	struct syscall_record *record = (struct syscall_record *)start;
	struct text_size *header;
	u32 kept;

	if (size > SYSCALL_MAX - sizeof(*header) - PATH_BYTES)
		return size; /* cannot be: for the verifier */
	header = (void *)(start + size);
	kept = read_user_text(header + 1, user, header);
	if (header->original != TEXT_UNREADABLE)
		record->args[index < 6 ? index : 0] = 0;
	return size + sizeof(*header) + ((kept + 7) & ~7u);
}

static __always_inline u32 append_exec_name(u8 *start, u32 size, u32 thread)
{
	struct exec_name *name = bpf_map_lookup_elem(&exec_names, &thread);
	struct text_size *header;
	u32 kept;

	if (size > SYSCALL_FIXED + 7 * 8)
		return size;
	header = (void *)(start + size);
	if (!name) {
		header->stored = 0;
		header->original = TEXT_UNREADABLE;
		return size + sizeof(*header);
	}
	kept = name->size.stored & (PATH_BYTES - 1);
	header->stored = kept;
	header->original = name->size.original;
	bpf_probe_read_kernel(header + 1, kept, name->bytes);
	bpf_map_delete_elem(&exec_names, &thread);
	return size + sizeof(*header) + ((kept + 7) & ~7u);
}

/* Path arguments: rare enough to be out of the hot program's way. */
static __noinline u32 append_paths(struct pt_regs *regs, struct syscall_record *record, const volatile struct call_info *info)
{
	u32 size = record->size;
	u8 *start = (u8 *)record;
	u64 path;

	if (info->flags & CALL_EXEC && record->result == 0) {
		record->extras |= EXTRA_PATH;
		return append_exec_name(start, size, record->thread);
	}
	path = argument(regs, info->path_arg[0], record->flags);
	if (info->path_arg[0] != NO_ARG && path) {
		size = append_text(start, size, info->path_arg[0], (const char *)path);
		record->extras |= EXTRA_PATH;
	}
	path = argument(regs, info->path_arg[1], record->flags);
	if (info->path_arg[1] != NO_ARG && path) {
		size = append_text(start, size, info->path_arg[1], (const char *)path);
		record->extras |= EXTRA_PATH2;
	}
	return size;
}

/* Fills in the record of a call that has returned; gives its size. */
static __always_inline u32 fill_call(struct syscall_record *record, struct thread_state *state, struct pt_regs *regs,
				     long result, u64 now)
{
	const volatile struct call_info *info = info_of(state->number, state->flags);
	u32 size = SYSCALL_FIXED + info->nargs * 8;

	record->time_ns = state->enter_ns;
	record->duration_ns = now - state->enter_ns;
	record->result = result;
	record->thread = state->id;
	record->file = state->file;
	record->number = state->number;
	record->flags = state->flags;
	record->size = size;
	record->nargs = info->nargs;
	record->extras = 0;
	if (info->flags & CALL_REPLACES_REGS && result >= 0) {
		__builtin_memset(record->args, 0, sizeof(record->args));
	} else {
		/* All six, whatever the call has: the next record overwrites those that size leaves out. */
		copy_arguments(record->args, regs, state->flags);
	}
	if (info->flags & CALL_HAS_EXTRAS) {
		if (state->file2) {
			*(u64 *)((u8 *)record + size) = state->file2;
			record->extras = EXTRA_FILE2;
			size += 8;
			record->size = size;
			state->file2 = 0;
		}
		if (info->path_arg[0] != NO_ARG) {
			size = append_paths(regs, record, info);
			record->size = size;
		}
	}
	return size;
}

struct call_aside {
	struct record_head head;
	u8 call[SYSCALL_MAX]; /* struct syscall_record */
};

/*
 * The same record, but for the content of pointer arguments, through the shared ring: when this program has preempted one
 * that is writing to the CPU's own.
 */
static __noinline void write_call_aside(struct thread_state *state, struct pt_regs *regs, long result, u64 now)
{
	const volatile struct call_info *info = info_of(state->number, state->flags);
	struct call_aside *aside = bpf_ringbuf_reserve(&life_ring, sizeof(*aside), 0);
	struct syscall_record *record;
	u32 size;

	count_produced(EVENT_SYSCALL);
	if (!aside) {
		count_lost(EVENT_SYSCALL, LOST_RING_FULL);
		return;
	}
	aside->head.type = EVENT_SYSCALL;
	aside->head.cpu = bpf_get_smp_processor_id();
	record = (struct syscall_record *)aside->call;
	size = fill_call(record, state, regs, result, now);
	if (info->bytes)
		size = append_moved(record, size, state, info->bytes);
	record->size = size;
	aside->head.size = sizeof(aside->head) + size;
	bpf_ringbuf_submit(aside, BPF_RB_NO_WAKEUP);
}

/* An exec's name is kept for its record: if that is not written, it goes. */
static __noinline void forget_exec_name(u32 thread)
{
	bpf_map_delete_elem(&exec_names, &thread);
}

static __always_inline void write_call(struct task_struct *task, struct thread_state *state, struct pt_regs *regs,
				       long result)
{
	const volatile struct call_info *info = info_of(state->number, state->flags);
	u64 now = bpf_ktime_get_boot_ns(), head, room;
	u32 cpu = bpf_get_smp_processor_id(), size;
	struct ring_control *ring = this_ring(cpu);
	struct ring_chunk *chunk;

	if (!ring)
		return;
	if (!outcome_wanted(result, now - state->enter_ns)) {
		if (info->flags & CALL_EXEC)
			forget_exec_name(state->id);
		state->file2 = 0;
		return;
	}
	if (info->flags & CALL_OPENS) {
		state->file2 = state->file;
		state->file = result >= 0 ? file_id(task, state, result, &state->flags) : 0;
	}
	if (preemptible && __sync_lock_test_and_set(&ring->writing, 1)) {
		write_call_aside(state, regs, result, now);
		return;
	}

	ring->syscalls_produced++;
	head = ring->head;
	room = (u64)chunks_per_cpu * CHUNK_BYTES - (head - *(volatile u64 *)&ring->tail);
	chunk = chunk_at(cpu, head);
	if (chunk && room >= SYSCALL_MAX) {
		u32 offset = head & (CHUNK_BYTES - 1);
		struct syscall_record *record = (struct syscall_record *)&chunk->bytes[offset];

		size = fill_call(record, state, regs, result, now);
		if (info->captures) {
			u32 fixed = size;

			size = append_content(chunk, offset, size, info->captures, 0);
			if (record->extras & EXTRA_CONTROL)
				size = append_passed_files(chunk, offset, fixed, size);
			if (info->bytes)
				size = append_moved(record, size, state, info->bytes);
			record->size = size;
		}
		barrier(); /* x86 stores in order: the record is whole before the head covers it */
		*(volatile u64 *)&ring->head = head + size;
	} else {
		ring->syscalls_ring_full++;
		if (info->flags & CALL_EXEC)
			forget_exec_name(state->id);
		state->file2 = 0;
	}
	if (preemptible) {
		barrier();
		*(volatile u64 *)&ring->writing = 0;
	}
}

/* A call that will not return, through the shared ring: its thread ends, or recording does. */
static __always_inline void write_unfinished(struct task_struct *task, struct thread_state *state)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	const volatile struct call_info *info = info_of(state->number, state->flags);
	struct {
		struct record_head head;
		struct syscall_record call;
	} record = {};
	u64 now = bpf_ktime_get_boot_ns();

	if (!unfinished_wanted(now - state->enter_ns)) {
		state->enter_ns = 0;
		return;
	}
	count_produced(EVENT_SYSCALL);
	record.head.type = EVENT_SYSCALL;
	record.head.cpu = bpf_get_smp_processor_id();
	record.head.size = sizeof(record);
	record.call.time_ns = state->enter_ns;
	record.call.duration_ns = now - state->enter_ns;
	record.call.thread = state->id;
	record.call.file = state->file;
	record.call.number = state->number;
	record.call.flags = state->flags | SYSCALL_UNFINISHED;
	record.call.size = SYSCALL_FIXED + info->nargs * 8;
	record.call.nargs = info->nargs;
	copy_arguments(record.call.args, regs, state->flags);
	if (bpf_ringbuf_output(&life_ring, &record, sizeof(record), BPF_RB_NO_WAKEUP))
		count_lost(EVENT_SYSCALL, LOST_RING_FULL);
	state->enter_ns = 0;
}
