// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The programs, one per hook; each decides, then writes. The headers hold one matter each:
 *   kernel_types, kernel_compat   what we know of the kernel
 *   ring, text                    how records and strings get out
 *   file_identity, path_walk      descriptor -> file -> path
 *   control_groups                thread -> control group -> path
 *   filter, thread_state          who is traced, and under which id
 *   exec_calls                    what an exec was called with, while it is on its way
 *   content, message_content      what pointer arguments lead to
 *   messages                      bytes that moved and files that were passed by messages
 *   resources                     what an ended thread or process has used
 *   syscalls, process_life        the records
 *   path_arguments                what of a call's record is of its paths
 *   earlier_calls                 calls that began before recording did
 *   returns_only                  calls of which only the return is looked at
 *   machine                       counters of the whole machine
 *   call_hooks                    the programs at system calls: three ways to get there
 *   snapshot                      what is there when recording begins
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
#include "control_groups.h"
#include "filter.h"
#include "thread_state.h"
#include "exec_calls.h"
#include "content.h"
#include "messages.h"
#include "resources.h"
#include "machine.h"
#include "syscalls.h"
#include "earlier_calls.h"
#include "returns_only.h"
#include "process_life.h"
#include "call_hooks.h"
#include "snapshot.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/task_newtask")
int BPF_PROG(on_fork, struct task_struct *child, u64 clone_flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct thread_state *state = state_of(task);

	count_fork();
	if (!state)
		return 0;
	if (state->verdict != VERDICT_TRACED) {
		if (state->standing)
			adopt(state, child);
		return 0;
	}
	if (!is_described(state))
		introduce(state, SCRATCH_HOOKS);
	write_fork(state, child, clone_flags);
	return 0;
}

/* An exec that can no longer fail, while the old program is still there. */
static __always_inline void note_exec(struct task_struct *task)
{
	struct thread_state *state = bpf_task_storage_get(&threads, task, NULL, 0);
	const volatile struct call_info *info;
	struct exec_call *exec;
	struct pt_regs *regs;

	if (!state)
		return;
	if (returns_only)
		note_exec_alone(task, state);
	if (!state->enter_ns)
		return;
	info = info_of(state->number, state->flags);
	if (!(info->flags & CALL_EXEC))
		return;
	forget_exec_call(state); /* of one whose return nobody saw */
	exec = note_exec_call(state);
	if (!exec)
		return;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	copy_arguments(exec->args, regs, state->flags);
	note_content(task, regs, state->flags, info->captures, exec);
}

/* The tracepoint came with commit c82389947d90 (Linux 6.10); before that, the function that has it now. */
SEC("tp_btf/sched_prepare_exec")
int prepare_exec(u64 *context)
{
	note_exec(bpf_get_current_task_btf());
	return 0;
}

SEC("kprobe/begin_new_exec")
int exec_by_kprobe(struct pt_regs *context)
{
	note_exec(bpf_get_current_task_btf());
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *unused, int old_tid, struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct thread_state *state = state_of(task);
	bool entered;

	if (!state)
		return 0;
	entered = state->enter_ns || state->verdict == VERDICT_TRACED;
	if (state->verdict == VERDICT_FROM_EXEC)
		choose_process(task);
	if (state->verdict == VERDICT_FROM_EXEC || possible_rules & (RULE_COMM | RULE_USER)) {
		state = decide(task, SCRATCH_HOOKS);
		if (state)
			state->entered = true; /* if it is recorded for what it runs now: from here on */
	}
	if (!state)
		return 0;
	if (state->verdict != VERDICT_TRACED) {
		state->enter_ns = 0;
		forget_exec_call(state);
		return 0;
	}
	if (returns_only && !entered)
		state->skip_return = true;
	introduce(state, SCRATCH_HOOKS); /* its name changed, and perhaps its tid */
	write_exec(task, state, old_tid, bprm);
	return 0;
}

/* prctl(PR_SET_NAME), a write to /proc/PID/comm. An exec does it too, but then has its own description. */
SEC("tp_btf/task_rename")
int BPF_PROG(on_rename, struct task_struct *task, const char *comm)
{
	struct thread_state *state;

	if (BPF_CORE_READ_BITFIELD(task, in_execve))
		return 0;
	state = bpf_task_storage_get(&threads, task, NULL, 0);
	if (state && state->verdict == VERDICT_TRACED && state->described)
		describe_thread(state, comm);
	/* Names are set rarely, and the process may have other threads: all are decided anew. */
	if (possible_rules & RULE_COMM && task == task->group_leader)
		__sync_fetch_and_add(&filter_generation, 1);
	return 0;
}

/* Everybody is looked at anew before its next event: who moved, and its descendants, may now be chosen, or no more. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(on_cgroup_move, struct cgroup *group, const char *path, struct task_struct *task, bool all_threads)
{
	__sync_fetch_and_add(&filter_generation, 1);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *unused)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const bool late = is_ending();
	struct thread_state *state = late ? bpf_task_storage_get(&threads, task, NULL, 0) : state_of(task);

	if (returns_only && ends_by_call(task)) {
		count_other_call(task);
		if (state && !late)
			note_last_call(task, state);
	}
	if (!state)
		return 0;
	forget_exec_call(state);
	if (state->verdict != VERDICT_TRACED)
		return 0;
	if (late && !claim_call(state))
		return 0; /* the end of its last call is told already, and with it the thread's */
	if (!is_described(state))
		introduce(state, SCRATCH_HOOKS);
	if (state->enter_ns) {
		if (!returns_only)
			count_other_call(task);
		write_unfinished(task, state, false);
	}
	write_exit(task, state);
	return 0;
}

/* Read once when recording ends, while the other programs are still attached: whoever is inside a call. */
SEC("iter/task")
int still_in_call(struct bpf_iter__task *context)
{
	struct seq_file *seq = context->meta->seq;
	struct task_struct *task = context->task;
	struct thread_state *state;

	if (!task)
		return 0;
	state = bpf_task_storage_get(&threads, task, NULL, 0);
	if (!state)
		return 0;
	if (*(volatile u64 *)&state->enter_ns)
		write_unfinished(task, state, true);
	else if (state->earlier.seen_ns && state->verdict == VERDICT_TRACED && !*(volatile u16 *)&state->entered)
		write_earlier_call(task, state);
	note_record(seq);
	return 0;
}

/* Read when recording begins, and for every part of it: everybody who is recorded, whether they do something or not. */
SEC("iter/task")
int running_threads(struct bpf_iter__task *context)
{
	struct seq_file *seq = context->meta->seq;
	struct task_struct *task = context->task;

	if (task)
		introduce_running(seq, task);
	return 0;
}

/* Read after that: the files that those have open. */
SEC("iter/task_file")
int list_open_files(struct bpf_iter__task_file *context)
{
	struct seq_file *seq = context->meta->seq;
	struct task_struct *task = context->task;
	struct file *file = context->file;

	if (task && file)
		list_open_file(seq, task, context->fd, file);
	return 0;
}

/* Read once an interval, for as many bytes as there are CPUs; and when recording begins, for the clock. */
SEC("iter/task")
int run_queues(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task, *reader = bpf_get_current_task_btf();
	struct seq_file *seq = context->meta->seq;
	struct rq *rq;

	if (context->meta->seq_num == 0 && (rq = run_queue_of(reader)))
		note_clock(bpf_ktime_get_ns(), BPF_CORE_READ(rq, clock));
	if (task && sample_run_queue(task))
		note_record(seq);
	return 0;
}
