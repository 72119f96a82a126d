/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls that were in progress when their thread came to be recorded: nobody saw them begin.
 *
 * The iterator over running threads finds them and keeps what it saw in thread_state.earlier. At the return, the hook of the
 * tracepoint back end makes of that, or of the registers that are still there, what note_entry() would have noted. The other
 * back ends see no return of a function that was entered before they were attached: there the iterator writes the row.
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
static __noinline void note_earlier_call(struct task_struct *task, struct thread_state *state)
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

/* clone, fork, vfork, clone3: in the new thread they return without having been called. */
static __always_inline bool makes_thread(u32 number, bool compat)
{
	return number == 435 || (compat ? number == 120 || number == 2 || number == 190 : number - 56 < 3);
}

/* Boot time from when on every call's beginning is seen; written by the recorder. */
u64 attached_ns = ~0ull;

/*
 * A traced thread returns from a call that it was not seen to begin. Gives its state, as note_entry() would have left it;
 * NULL if it is not to be recorded.
 */
static __noinline struct thread_state *note_return_only(struct task_struct *task, struct pt_regs *regs, long result)
{
	u32 number = regs->orig_ax, fd_arg;
	u16 flags = SYSCALL_BEGAN_BEFORE;
	const volatile struct call_info *info;
	struct thread_state *state;
	u64 seen_ns;

	if (is_compat(task))
		flags |= SYSCALL_COMPAT;
	if (task->start_boottime >= *(volatile u64 *)&attached_ns || (result == 0 && makes_thread(number, flags & SYSCALL_COMPAT)))
		return NULL;
	state = state_of(task);
	if (!state || state->verdict != VERDICT_TRACED || state->entered)
		return NULL;
	state->entered = true;
	if ((s64)regs->orig_ax == -1 || !call_wanted(number, is_compat(task)))
		return NULL;
	if (!is_described(state))
		introduce(task, state, SCRATCH_HOOKS);
	info = info_of(number, flags);
	seen_ns = state->earlier.seen_ns;
	state->file2 = 0;
	if (seen_ns && state->earlier.number == number) {
		state->file = state->earlier.file;
		if (!(info->flags & CALL_OPENS))
			state->file2 = state->earlier.file2;
	} else {
		seen_ns = 0;
		fd_arg = info->fd_arg[0];
		/* As good as the one at the beginning, but of a call that closes it. */
		state->file = fd_arg == NO_ARG ? 0 : file_id(task, state, argument(regs, fd_arg, flags), &flags);
	}
	state->number = number;
	state->flags = flags;
	barrier();
	state->enter_ns = seen_ns ? seen_ns : bpf_ktime_get_boot_ns();
	return state;
}
