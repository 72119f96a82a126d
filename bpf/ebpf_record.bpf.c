// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The programs, one per hook; each decides, then writes. The headers hold one matter each:
 *   kernel_types, kernel_compat   what we know of the kernel
 *   ring, text                    how records and strings get out
 *   file_identity, path_walk      descriptor -> file -> path
 *   thread_state                  who is traced, and under which id
 *   content                       what pointer arguments lead to
 *   syscalls, process_life        the records
 */
#include "kernel_types.h"
/* keep order: the helpers need the types */
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "bpf/records.h"
#include "kernel_compat.h"
#include "ring.h"
#include "text.h"
#include "file_identity.h"
#include "thread_state.h"
#include "content.h"
#include "syscalls.h"
#include "process_life.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long number)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct thread_state *state = state_of(task);

	if (!state || state->verdict == VERDICT_IGNORED)
		return 0;
	note_entry(task, state, regs, number);
	return 0;
}

/* Paths of open files may have changed; whoever did it, what we remember of them must be checked again. */
static __always_inline void watch_names(struct task_struct *task, u64 number, long result)
{
	u32 flags;

	if (number >= CALLS)
		return;
	flags = calls[number].flags & (CALL_MOVES_NAMES | CALL_MOVES_NAMES_32);
	if (!flags || result)
		return;
	if (flags & (task->thread_info.status & TS_COMPAT ? CALL_MOVES_NAMES_32 : CALL_MOVES_NAMES))
		__sync_fetch_and_add(&rename_count, 1);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct thread_state *state = bpf_task_storage_get(&threads, task, NULL, 0);
	u32 flags;

	watch_names(task, regs->orig_ax, result);
	if (!state || !state->enter_ns)
		return 0;
	write_call(task, state, regs, result);
	state->enter_ns = 0;
	flags = info_of(state->number, state->flags)->flags;
	if (flags & CALL_SETS_COMM && result == 0 && regs->di == 15 /* PR_SET_NAME */)
		describe_thread(task, state);
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(on_fork, struct task_struct *child, u64 clone_flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct thread_state *state = state_of(task);

	if (!state || state->verdict != VERDICT_TRACED)
		return 0;
	if (!state->described)
		introduce(task, state);
	write_fork(state, child, clone_flags);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *unused, int old_tid, struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct thread_state *state = state_of(task);

	if (!state || state->verdict != VERDICT_TRACED)
		return 0;
	introduce(task, state); /* its name changed, and perhaps its tid */
	write_exec(task, state, old_tid, bprm);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *unused)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct thread_state *state = state_of(task);

	if (!state || state->verdict != VERDICT_TRACED)
		return 0;
	if (!state->described)
		introduce(task, state);
	if (state->enter_ns)
		write_unfinished(task, state);
	write_exit(task, state);
	return 0;
}

/* Read once when recording stops: whoever is still inside a call. */
SEC("iter/task")
int still_in_call(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct thread_state *state;

	if (!task)
		return 0;
	state = bpf_task_storage_get(&threads, task, NULL, 0);
	if (state && state->enter_ns)
		write_unfinished(task, state);
	return 0;
}
