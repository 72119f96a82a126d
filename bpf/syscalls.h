/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls: what is noted at entry, and the one record that is written at exit. */
#pragma once

const volatile struct call_info calls[2 * CALLS]; /* of 64-bit programs, then of 32-bit ones */
/* Of the back end, see call_hooks.h. */
const volatile bool returns_can_be_missed;
const volatile bool returns_only; /* nothing is known of a call before it returns: see returns_only.h */

#define TS_COMPAT 2 /* arch/x86/include/asm/thread_info.h: in a 32-bit call */

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

#define PF_KTHREAD 0x200000	/* linux/sched.h */
#define TASK_TRACED_BIT 8	/* likewise: __state of a thread that is stopped by its tracer */
#define ENOSYS 38

/*
 * Is the thread inside a system call, as far as its saved registers tell? Entry code stores -ENOSYS for the result until
 * there is one, and -1 for the number when the kernel is entered otherwise (entry_64.S, entry_64_compat.S, idtentry.h). What
 * an io_uring worker or a new thread has copied from its maker has 0 for the result.
 */
static __always_inline bool in_call(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	if (task->flags & PF_KTHREAD || BPF_CORE_READ(task, __state) & TASK_TRACED_BIT)
		return false;
	return (s64)regs->orig_ax != -1 && (s64)regs->ax == -ENOSYS;
}

static __always_inline bool is_in_call(struct task_struct *task, u32 number)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	return in_call(task) && (u32)regs->orig_ax == number;
}

/*
 * What the call will replace. Inlined: from an fentry program it is one frame too deep otherwise (the verifier allows 8).
 * exec: where an exec keeps it, else NULL.
 */
static __always_inline void note_content(struct task_struct *task, struct pt_regs *regs, u32 flags, u32 first_capture,
					 struct exec_call *exec)
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
	if (!chunk || ring_bytes - (head - *(volatile u64 *)&ring->tail) < SYSCALL_MAX)
		return; /* the call itself will hardly find room */
	/* The room behind the head is only borrowed, but nobody may write there meanwhile. */
	if (preemptible && __sync_lock_test_and_set(&ring->writing, 1))
		return;
	offset = head & (CHUNK_BYTES - 1);
	record = (struct syscall_record *)&chunk->bytes[offset];
	record->result = 0;
	copy_arguments(record->args, regs, flags);
	if (exec)
		keep_exec_strings(exec, chunk, offset, first_capture);
	else
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

/* False: the call is not to be recorded. */
static __always_inline bool note_entry(struct task_struct *task, struct thread_state *state, struct pt_regs *regs,
				       long number)
{
	u16 flags = task->thread_info.status & TS_COMPAT ? SYSCALL_COMPAT : 0;
	const volatile struct call_info *info = info_of(number, flags);
	u32 file = 0;

	/* What COMMAND's child does before its execve is ours; whether that is wanted may depend on what it becomes. */
	if (state->verdict == VERDICT_FROM_EXEC &&
	    (!(info->flags & CALL_EXEC) || possible_rules & (RULE_COMM | RULE_USER | RULE_CGROUP)))
		return false;
	if (returns_can_be_missed && state->enter_ns)
		count_missed_return();
	if (!is_described(state))
		introduce(state, SCRATCH_HOOKS);
	if (info->fd_arg[0] != NO_ARG)
		file = file_id(task, state, info->fd_arg[0] || flags ? argument(regs, info->fd_arg[0], flags) : regs->di, &flags);
	else if (info->flags & CALL_AT_ENTRY) {
		if (info->captures)
			note_content(task, regs, flags, info->captures, NULL);
		else
			cwd_id(task, state); /* chdir's record takes it from where it is remembered */
	}
	if (info->fd_arg[1] != NO_ARG)
		state->file2 = file_id(task, state, argument(regs, info->fd_arg[1], flags), &flags);
	state->file = file;
	state->number = number;
	state->flags = flags;
	state->entered = true;
	barrier(); /* who finds the time finds the rest */
	state->enter_ns = bpf_ktime_get_boot_ns();
	return true;
}

#include "path_arguments.h"

/* Fills in the record of a call that has returned; gives its size. aside: of write_call_aside(). */
static __always_inline u32 fill_call(struct syscall_record *record, struct thread_state *state, struct pt_regs *regs,
				     long result, u64 now, bool aside)
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
			struct call_room *room = (struct call_room *)record;

			if (aside) {
				size = append_paths_alone(room, state);
			} else if (info->path_arg[1] == NO_ARG && !(info->flags & (CALL_EXEC | CALL_AT_ENTRY))) {
				size = append_only_path(record, state, size, info->path_arg[0]);
				if (size & PATH_IS_RELATIVE)
					size = append_cwd_now(room, state, size & ~PATH_IS_RELATIVE);
			} else {
				size = append_paths(room, state);
			}
			record->size = size;
		} else if (state->number > 0xffff && size <= SYSCALL_FIXED + 7 * 8) { /* no table has it: nothing else follows */
			*(u64 *)((u8 *)record + size) = state->number;
			record->extras |= EXTRA_NUMBER;
			size += 8;
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
	size = fill_call(record, state, regs, result, now, true);
	if (info->bytes)
		size = append_moved((struct call_room *)record, size, state, info->bytes);
	record->size = size;
	aside->head.size = sizeof(aside->head) + size;
	bpf_ringbuf_submit(aside, BPF_RB_NO_WAKEUP);
}

/* ring: of this CPU. Found before the clock is read: what comes after that is waited for. */
static __always_inline void write_call(struct task_struct *task, struct thread_state *state, struct pt_regs *regs,
				       long result, struct ring_control *ring)
{
	const volatile struct call_info *info = info_of(state->number, state->flags);
	u64 now = bpf_ktime_get_boot_ns(), head, room;
	u32 size;
	struct ring_chunk *chunk;

	if (count_calls)
		ring->syscalls_made++;
	if (returns_only)
		state->enter_ns = now;
	if (!outcome_wanted(result, now - state->enter_ns)) {
		if (info->flags & CALL_EXEC)
			forget_exec_call(state);
		state->file2 = 0;
		return;
	}
	if (info->flags & CALL_OPENS) {
		state->file2 = state->file;
		state->file = result >= 0 ? file_id(task, state, result, &state->flags) : 0;
	}
	if (preemptible && __sync_lock_test_and_set(&ring->writing, 1)) {
		write_call_aside(state, regs, result, now);
		if (info->flags & CALL_EXEC)
			forget_exec_call(state);
		return;
	}

	ring->syscalls_produced++;
	head = ring->head;
	room = ring_bytes - (head - *(volatile u64 *)&ring->tail);
	chunk = chunk_at(task->thread_info.cpu, head);
	if (chunk && room >= SYSCALL_MAX) {
		u32 offset = head & (CHUNK_BYTES - 1);
		struct syscall_record *record = (struct syscall_record *)&chunk->bytes[offset];

		size = fill_call(record, state, regs, result, now, false);
		if (info->captures) {
			const volatile struct capture *alone = &captures[info->captures & (CAPTURES - 1)];
			u32 fixed = size;

			if (alone->alone)
				size = append_alone(chunk, offset, size, alone);
			else
				size = append_content(chunk, offset, size, info->captures, 0);
			if (record->extras & EXTRA_CONTROL)
				size = append_passed_files(chunk, offset, fixed, size);
			if (info->bytes)
				size = append_moved((struct call_room *)record, size, state, info->bytes);
			record->size = size;
		}
		barrier(); /* x86 stores in order: the record is whole before the head covers it */
		*(volatile u64 *)&ring->head = head + size;
	} else {
		ring->syscalls_ring_full++;
		if (info->flags & CALL_EXEC)
			forget_exec_call(state);
		state->file2 = 0;
	}
	if (preemptible) {
		barrier();
		*(volatile u64 *)&ring->writing = 0;
	}
}

/*
 * While recording ends, a call that is in progress has one row: of its own return, of the iterator that finds it, or of its
 * thread's end, whoever is first. Nobody needs this before; and a thread begins no other call then that would need it again.
 */
static __always_inline bool claim_call(struct thread_state *state)
{
	return !__sync_lock_test_and_set(&state->claimed, 1);
}

struct unfinished_call {
	struct record_head head;
	struct syscall_record call;
	u64 file2, number; /* its extras */
};

/* The row's arguments, from the registers of a thread that is in the call, and all that follows from number and flags. */
static __noinline void fill_unfinished(struct unfinished_call *row, struct task_struct *task, u32 number)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u32 flags = row->call.flags, i;
	const volatile struct call_info *info = info_of(number, flags);

	if (info->flags & CALL_REPLACES_REGS || (u32)regs->orig_ax != number)
		flags |= SYSCALL_NO_ARGS;
	copy_arguments(row->call.args, regs, flags);
	for (i = 0; i < 6; i++)
		if (i >= info->nargs || flags & SYSCALL_NO_ARGS)
			row->call.args[i] = 0;
	row->head.type = EVENT_SYSCALL;
	row->head.cpu = bpf_get_smp_processor_id();
	row->head.size = sizeof(*row);
	row->call.number = number;
	row->call.flags = flags | SYSCALL_UNFINISHED;
	row->call.size = sizeof(row->call) + 2 * sizeof(u64);
	row->call.nargs = 6;
	row->call.extras = EXTRA_FILE2 | EXTRA_NUMBER;
	row->number = number;
}

static __always_inline void send_unfinished(struct unfinished_call *row)
{
	count_produced(EVENT_SYSCALL);
	if (bpf_ringbuf_output(&life_ring, row, sizeof(*row), BPF_RB_NO_WAKEUP))
		count_lost(EVENT_SYSCALL, LOST_RING_FULL);
}

/*
 * A call that will not return, through the shared ring: its thread ends, or recording does. contested: the thread may
 * return from it any moment; what was read is of one call if nobody has claimed it by then.
 */
static __noinline void write_unfinished(struct task_struct *task, struct thread_state *state, bool contested)
{
	struct unfinished_call row = {};
	u64 start = *(volatile u64 *)&state->enter_ns;

	if (returns_can_be_missed && !is_in_call(task, state->number)) {
		if (!contested || claim_call(state))
			count_missed_return();
		return;
	}
	row.call.time_ns = start;
	row.call.duration_ns = returns_only ? 0 : bpf_ktime_get_boot_ns() - start;
	row.call.thread = state->id;
	row.call.file = state->file;
	row.call.flags = state->flags;
	row.file2 = state->file2;
	fill_unfinished(&row, task, state->number);
	if (contested && !claim_call(state))
		return;
	if (unfinished_wanted(row.call.duration_ns))
		send_unfinished(&row);
	if (!contested)
		state->enter_ns = 0;
}
