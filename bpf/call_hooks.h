/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs at system calls: three ways to get there, the same records. The recorder loads those of one back end.
 *
 * tracepoint  all calls of all threads come here, wanted or not; without durations at their return only
 * kprobe      at the chosen calls' own functions (__x64_sys_read): other calls cost nothing
 * fentry      likewise, and cheaper; a program per function, or one pair at x64_sys_call (Linux 6.9; 6.1.85), which
 *             every call passes
 *
 * A call's number is always taken from the user's registers: it is there in every back end, the kernel dispatches by
 * it, and 64-bit and 32-bit entries of a call can then share a program. Its lower 32 bits, that is: the kernel looks at no
 * others (entry_64.S extends the sign of what is in eax).
 *
 * The user's argument registers are what the wrapped functions have as their only argument
 * (CONFIG_ARCH_HAS_SYSCALL_WRAPPER, always on for x86-64 since Linux 4.17).
 */
#pragma once

/* Will its return be looked at? */
static __always_inline bool enter_call(struct task_struct *task, struct pt_regs *regs, long number)
{
	struct thread_state *state;

	if (!call_wanted(number, is_compat(task)))
		return false;
	state = state_of(task);
	if (!state)
		return false;
	if (state->verdict == VERDICT_IGNORED) {
		remember_ignored(task, state);
		return false;
	}
	return note_entry(task, state, regs, number);
}

/* What others than the record depend on, whoever makes the call. */
static __always_inline void note_effects(struct task_struct *task, u64 number, long result)
{
	struct thread_state *state;
	u32 flags;

	if (number >= CALLS)
		return;
	/* Paths of open files may have changed: what we remember of them must be checked again. */
	flags = calls[number].flags & (CALL_MOVES_NAMES | CALL_MOVES_NAMES_32);
	if (flags && !result && flags & (is_compat(task) ? CALL_MOVES_NAMES_32 : CALL_MOVES_NAMES))
		__sync_fetch_and_add(&rename_count, 1);
	if (possible_rules & RULE_USER && !result &&
	    info_of(number, is_compat(task) ? SYSCALL_COMPAT : 0)->flags & CALL_SETS_USER) {
		state = bpf_task_storage_get(&threads, task, NULL, 0);
		if (state)
			state->filter = 0;
	}
}

static __always_inline void leave_call(struct task_struct *task, struct pt_regs *regs, long result)
{
	struct ring_control *ring = this_ring(task->thread_info.cpu);
	struct thread_state *state;

	note_effects(task, (u32)regs->orig_ax, result);
	if (!ring || is_ignored(ring, task))
		return;
	state = bpf_task_storage_get(&threads, task, NULL, 0);
	if (!state)
		return;
	if (!state->enter_ns) {
		if (returns_can_be_missed || state->verdict != VERDICT_TRACED || state->entered || !take_earlier_call(state, regs))
			return;
	}
	if (is_ending() && !claim_call(state))
		return;
	write_call(task, state, regs, result, ring);
	state->enter_ns = 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long number)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ring_control *ring = remembers_ignored() ? this_ring(task->thread_info.cpu) : NULL;

	if (ring && is_ignored(ring, task)) {
		if (count_calls)
			ring->syscalls_made++;
	} else if (!enter_call(task, regs, number)) {
		count_other_call(task);
	}
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
	leave_call(bpf_get_current_task_btf(), regs, result);
	return 0;
}

/* Alone, with returns_only. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_return, struct pt_regs *regs, long result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ring_control *ring = this_ring(task->thread_info.cpu);
	struct thread_state *state = NULL;
	bool noted = false;

	if (!ring)
		return 0;
	if (!is_ignored(ring, task))
		state = state_of(task);
	if (state) {
		noted = state->verdict != VERDICT_IGNORED && note_return(task, state, regs, result);
		if (state->verdict == VERDICT_IGNORED)
			remember_ignored(task, state);
	}
	note_effects(task, (u32)regs->orig_ax, result);
	if (!noted) {
		if (count_calls)
			ring->syscalls_made++;
		return 0;
	}
	write_call(task, state, regs, result, ring);
	state->enter_ns = 0;
	return 0;
}

/* A kprobe's context is not typed, so the registers come from the task. */
SEC("kprobe")
int on_kprobe(struct pt_regs *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	enter_call(task, regs, (u32)regs->orig_ax);
	return 0;
}

SEC("kretprobe")
int on_kretprobe(struct pt_regs *context)
{
	struct task_struct *task = bpf_get_current_task_btf();

	leave_call(task, (struct pt_regs *)bpf_task_pt_regs(task), context->ax);
	return 0;
}

/*
 * An fentry program has one place, chosen before it is loaded: hence a pair for each call that may be chosen at once, and
 * one for x64_sys_call and ia32_sys_call each. Migration is off but preemption is not (on kernels that have it): see
 * `preemptible`, and the same program on top of itself is skipped by the kernel and counted.
 */
static __noinline int enter_by_fentry(struct pt_regs *regs)
{
	enter_call(bpf_get_current_task_btf(), regs, (u32)regs->orig_ax);
	return 0;
}

static __noinline int leave_by_fexit(struct pt_regs *regs, long result)
{
	leave_call(bpf_get_current_task_btf(), regs, result);
	return 0;
}

#define PLACE(n)                                                                      \
	SEC("fentry") int call_fentry_##n(u64 *context)                            \
	{                                                                             \
		return enter_by_fentry((struct pt_regs *)context[0]);                 \
	}                                                                             \
	SEC("fexit") int call_fexit_##n(u64 *context)                              \
	{                                                                             \
		return leave_by_fexit((struct pt_regs *)context[0], context[1]);      \
	}
#define PLACES_4(n) PLACE(n##0) PLACE(n##1) PLACE(n##2) PLACE(n##3)
#define PLACES_16(n) PLACES_4(n##0) PLACES_4(n##1) PLACES_4(n##2) PLACES_4(n##3)

/* See kFentryPlaces in recorder/kernel/back_end.h. */
PLACES_16(0)

/* Where only what others depend on is to be noted: small, as the verifier takes its time for each of the above. */
static __noinline int note_effects_by_fexit(struct pt_regs *regs, long result)
{
	note_effects(bpf_get_current_task_btf(), (u32)regs->orig_ax, result);
	return 0;
}

#define EFFECT_PLACE(n)                                                               \
	SEC("fexit") int effect_fexit_##n(u64 *context)                            \
	{                                                                             \
		return note_effects_by_fexit((struct pt_regs *)context[0], context[1]); \
	}

/* As many as recorder/kernel/call_table.cc has calls with CALL_MOVES_NAMES or CALL_SETS_USER, and some to spare. */
EFFECT_PLACE(0) EFFECT_PLACE(1) EFFECT_PLACE(2) EFFECT_PLACE(3) EFFECT_PLACE(4) EFFECT_PLACE(5) EFFECT_PLACE(6) EFFECT_PLACE(7)
EFFECT_PLACE(8) EFFECT_PLACE(9) EFFECT_PLACE(10) EFFECT_PLACE(11) EFFECT_PLACE(12) EFFECT_PLACE(13) EFFECT_PLACE(14) EFFECT_PLACE(15)

/* x64_sys_call(regs, number) */
SEC("fentry")
int all_fentry_64(u64 *context)
{
	return enter_by_fentry((struct pt_regs *)context[0]);
}

SEC("fexit")
int all_fexit_64(u64 *context)
{
	return leave_by_fexit((struct pt_regs *)context[0], context[2]);
}

SEC("fentry")
int all_fentry_32(u64 *context)
{
	return enter_by_fentry((struct pt_regs *)context[0]);
}

SEC("fexit")
int all_fexit_32(u64 *context)
{
	return leave_by_fexit((struct pt_regs *)context[0], context[2]);
}
