/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls that were in progress when their thread came to be recorded: nobody saw them begin.
 *
 * The iterator over running threads finds them and keeps what it saw in thread_state.earlier. At the return, the hook of the
 * tracepoint back end makes of that what note_entry() would have noted. The other back ends see no return of a function that
 * was entered before they were attached: there the iterator writes the row.
 */
#pragma once

static __always_inline bool is_compat(struct task_struct *task)
{
	return task->thread_info.status & TS_COMPAT;
}

static __always_inline u32 file_of_argument(struct task_struct *task, struct pt_regs *regs, u32 index, u32 flags)
{
	struct file_facts facts;
	void *file;

	if (index == NO_ARG)
		return 0;
	file = file_of_descriptor(task, argument(regs, index, flags));
	if (!file)
		return 0;
	read_file_facts(file, &facts);
	return identify_file(&facts, SCRATCH_ITERATORS);
}

/* A call that began before, and that nobody will see the return of. The thread may be running: it is looked at twice. */
static __noinline void write_earlier_call(struct task_struct *task, struct thread_state *state)
{
	struct earlier_call *earlier = &state->earlier;
	struct unfinished_call row = {};

	row.call.time_ns = earlier->seen_ns;
	row.call.duration_ns = bpf_ktime_get_boot_ns() - earlier->seen_ns;
	row.call.thread = state->id;
	row.call.file = earlier->file;
	row.call.flags = earlier->flags;
	row.file2 = earlier->file2;
	fill_unfinished(&row, task, earlier->number);
	if (!is_in_call(task, earlier->number))
		return; /* it is in another one by now, or in none */
	if (*(volatile u16 *)&state->entered || (is_ending() && !claim_call(state)))
		return;
	if (unfinished_wanted(row.call.duration_ns))
		send_unfinished(&row);
}

/* By an iterator: looks for a call in progress of a thread that is recorded and that no hook has met yet. */
static __always_inline void note_earlier_call(struct task_struct *task, struct thread_state *state)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u32 number = regs->orig_ax, flags = is_compat(task) ? SYSCALL_COMPAT | SYSCALL_BEGAN_BEFORE : SYSCALL_BEGAN_BEFORE;
	struct earlier_call *earlier = &state->earlier;
	const volatile struct call_info *info = info_of(number, flags);

	if (!in_call(task) || !call_wanted(number, is_compat(task))) {
		/* Its next return is of a call that begins from now on, or one that nobody asks for. */
		if (!earlier->seen_ns)
			state->entered = true;
		return;
	}
	earlier->number = number;
	earlier->flags = flags;
	earlier->file = file_of_argument(task, regs, info->fd_arg[0], flags);
	earlier->file2 = file_of_argument(task, regs, info->fd_arg[1], flags);
	barrier();
	if (!earlier->seen_ns)
		earlier->seen_ns = bpf_ktime_get_boot_ns();
	if (!returns_can_be_missed)
		return;
	write_earlier_call(task, state);
	state->entered = true;
}

/*
 * A traced thread returns from a call that it was not seen to begin. If the iterator has found it in that call, its state
 * becomes what note_entry() would have left. False: what it returns from is none that began before. New threads return from
 * their maker's clone, and what a seccomp filter answers returns without having been entered. Nothing is looked up here:
 * below the hook, Linux 6.1 has no stack left for it.
 */
static __always_inline bool take_earlier_call(struct thread_state *state, struct pt_regs *regs)
{
	struct earlier_call *earlier = &state->earlier;
	u32 number = earlier->number;

	state->entered = true;
	if (!earlier->seen_ns || number != (u32)regs->orig_ax)
		return false;
	state->number = number;
	state->flags = earlier->flags;
	state->file = earlier->file;
	state->file2 = info_of(number, earlier->flags)->flags & CALL_OPENS ? 0 : earlier->file2;
	barrier();
	state->enter_ns = earlier->seen_ns;
	return true;
}
