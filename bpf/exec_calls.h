/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An exec as it was made, noted where it can no longer fail but the old program is still there: nothing is left of that when
 * the call returns. In a slot of its thread's from there until the call's record is written, so for some 100 us.
 *
 * No task storage: memory of this size is allocated and freed anew for each exec, which took 25 us of it.
 */
#pragma once

struct exec_call {
	u64 owner;   /* address of the task; 0: free */
	u64 args[6]; /* all 0 if this kernel has no such place */
	struct text_size path;
	char path_bytes[PATH_BYTES];
	u32 used;
	u32 pad;
	u8 items[EXEC_STRINGS]; /* its argument vector, if it is not that of the exec event */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* exec_slots; set by the recorder */
	__type(key, u32);
	__type(value, struct exec_call);
} exec_calls SEC(".maps");

const volatile u32 exec_slots = 1; /* a power of two; those of CPU n begin at EXEC_SLOTS_OF_A_CPU * n */

static __always_inline struct exec_call *exec_slot(u32 index)
{
	index &= exec_slots - 1;
	return bpf_map_lookup_elem(&exec_calls, &index);
}

/* What was noted of the exec that the thread is in, or NULL. */
static __always_inline struct exec_call *exec_call_of(const struct thread_state *state)
{
	return state->exec_slot ? exec_slot(state->exec_slot - 1) : NULL;
}

struct slot_search {
	u64 task;
	u32 first;
	u32 slot; /* as in struct thread_state */
};

static long try_exec_slot(u32 i, struct slot_search *search)
{
	u32 index = search->first + i;
	struct exec_call *exec = exec_slot(index);

	if (!exec || __sync_val_compare_and_swap(&exec->owner, 0, search->task))
		return 0;
	search->slot = (index & (exec_slots - 1)) + 1;
	return 1;
}

/* The same, with nothing in it if there was none. NULL: more execs are on their way than there are slots. */
static __always_inline struct exec_call *note_exec_call(struct thread_state *state)
{
	struct slot_search search = {.task = state->task, .first = bpf_get_smp_processor_id() * EXEC_SLOTS_OF_A_CPU};
	struct exec_call *exec = exec_call_of(state);

	if (exec)
		return exec;
	bpf_loop(exec_slots, try_exec_slot, &search, 0);
	state->exec_slot = search.slot;
	exec = exec_call_of(state);
	if (!exec)
		return NULL;
	__builtin_memset(exec->args, 0, sizeof(exec->args));
	exec->path.stored = 0;
	exec->path.original = TEXT_UNREADABLE;
	exec->used = 0;
	return exec;
}

static __always_inline void forget_exec_call(struct thread_state *state)
{
	struct exec_call *exec = exec_call_of(state);

	state->exec_slot = 0;
	barrier();
	if (exec)
		*(volatile u64 *)&exec->owner = 0;
}
