/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Recording without durations (--no-latency): one program, at the return of calls, does all. What only a call's beginning shows is
 * not told: how long it took, the file of a descriptor that it closed, what it replaced in memory, and that it had not returned
 * when recording ended. What a seccomp filter answers returns, too, and is told, although the call was not made.
 */
#pragma once

/* arch/x86/entry/syscalls/syscall_64.tbl and syscall_32.tbl */
enum {
	CLONE_64 = 56,
	FORK_64 = 57,
	VFORK_64 = 58,
	CLONE3 = 435, /* of both */
	FORK_32 = 2,
	CLONE_32 = 120,
	VFORK_32 = 190,
	RT_SIGRETURN_64 = 15,
	RT_SIGRETURN_32 = 173,
	EXIT_64 = 60,
	EXIT_GROUP_64 = 231,
	EXIT_32 = 1,
	EXIT_GROUP_32 = 252,
};

/* A call that brings back all registers has its number overwritten (restore_sigcontext() in arch/x86/kernel/signal_64.c). */
static __always_inline u32 number_at_return(struct pt_regs *regs, u32 flags, long result)
{
	u32 number = regs->orig_ax;

	if (number != ~0u || result == -ENOSYS)
		return number;
	return flags & SYSCALL_COMPAT ? RT_SIGRETURN_32 : RT_SIGRETURN_64;
}

/* A new thread comes out of the call that made it, and that its maker returns from, too. */
static __always_inline bool is_birth(u32 number, u32 flags, long result)
{
	if (result)
		return false;
	if (flags & SYSCALL_COMPAT)
		return number == FORK_32 || number == CLONE_32 || number == VFORK_32 || number == CLONE3;
	return number == CLONE_64 || number == FORK_64 || number == VFORK_64 || number == CLONE3;
}

/* Is what the thread does before its execve ours to tell? See note_entry(). */
static __always_inline bool leads_to_command(const struct thread_state *state, const volatile struct call_info *info)
{
	return state->verdict != VERDICT_FROM_EXEC ||
	       (info->flags & CALL_EXEC && !(possible_rules & (RULE_COMM | RULE_USER | RULE_CGROUP)));
}

/* An exec that can no longer fail: its number, and perhaps its descriptor, will be others when it returns. */
static __always_inline void note_exec_alone(struct task_struct *task, struct thread_state *state)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u16 flags = is_compat(task) ? SYSCALL_COMPAT | SYSCALL_NO_DURATION : SYSCALL_NO_DURATION;
	u32 number = regs->orig_ax;
	const volatile struct call_info *info = info_of(number, flags);

	if (state->verdict < VERDICT_TRACED || !(info->flags & CALL_EXEC) || !call_wanted(number, is_compat(task)) ||
	    !leads_to_command(state, info))
		return;
	state->file = info->fd_arg[0] != NO_ARG ? file_id(task, state, argument(regs, info->fd_arg[0], flags), &flags) : 0;
	state->number = number;
	state->flags = flags;
	state->enter_ns = bpf_ktime_get_boot_ns();
}

/* What note_entry() would have noted, as far as it is still there. False: the call is not to be recorded. */
static __always_inline bool note_return(struct task_struct *task, struct thread_state *state, struct pt_regs *regs, long result)
{
	u16 flags = is_compat(task) ? SYSCALL_COMPAT | SYSCALL_NO_DURATION : SYSCALL_NO_DURATION;
	u32 number = number_at_return(regs, flags, result), file = 0;
	const volatile struct call_info *info = info_of(number, flags);

	if (state->skip_return) {
		state->skip_return = false;
		return false;
	}
	if (!state->enter_ns && (!call_wanted(number, is_compat(task)) || is_birth(number, flags, result) ||
				 !leads_to_command(state, info)))
		return false;
	if (!is_described(state))
		introduce(state, SCRATCH_HOOKS);
	if (state->enter_ns) /* an exec: see note_exec_alone() */
		return true;
	if (info->fd_arg[0] != NO_ARG)
		file = file_id(task, state, argument(regs, info->fd_arg[0], flags), &flags);
	if (info->fd_arg[1] != NO_ARG)
		state->file2 = file_id(task, state, argument(regs, info->fd_arg[1], flags), &flags);
	state->file = file;
	state->number = number;
	state->flags = flags;
	return true;
}

/* Does the thread, which ends, do so by a call of its own? */
static __always_inline bool ends_by_call(struct task_struct *task)
{
	u32 number = ((struct pt_regs *)bpf_task_pt_regs(task))->orig_ax;

	if (!in_call(task))
		return false;
	return is_compat(task) ? number == EXIT_32 || number == EXIT_GROUP_32 : number == EXIT_64 || number == EXIT_GROUP_64;
}

static __always_inline void note_last_call(struct task_struct *task, struct thread_state *state)
{
	u32 number = ((struct pt_regs *)bpf_task_pt_regs(task))->orig_ax;

	/* Of others nothing may be left here: the iterator over calls in progress meets them until they are waited for. */
	if (state->verdict != VERDICT_TRACED || !call_wanted(number, is_compat(task)))
		return;
	state->number = number;
	state->flags = is_compat(task) ? SYSCALL_COMPAT | SYSCALL_NO_DURATION : SYSCALL_NO_DURATION;
	state->file = 0;
	state->file2 = 0;
	state->enter_ns = bpf_ktime_get_boot_ns();
}
