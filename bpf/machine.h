/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is counted of the whole machine, whoever is recorded: see struct ring_control. */
#pragma once

const volatile bool count_calls; /* somebody wants to know */

/*
 * Calls that nobody will see the return of, as they are not recorded: when they begin, or if only returns are looked at, then. The others are counted where their record
 * is written, where all that this needs is at hand: here it took a quarter of what the hook takes.
 * The task's own note of its CPU, because bpf_get_smp_processor_id() is a call before Linux 6.10 (commit 1ae6921009e5).
 */
static __always_inline void count_other_call(struct task_struct *task)
{
	struct ring_control *ring;

	if (!count_calls)
		return;
	ring = this_ring(task->thread_info.cpu);
	if (ring)
		ring->syscalls_made++;
}

static __always_inline void count_fork(void)
{
	struct ring_control *ring = this_ring(bpf_get_smp_processor_id());

	if (ring)
		ring->forks++;
}

/* Notes how many threads the run queue of the task's CPU holds; true if that was not known yet. */
static __always_inline bool sample_run_queue(struct task_struct *task)
{
	struct rq *rq = run_queue_of(task);
	struct ring_control *ring;
	u32 cpu, runnable;

	if (!rq)
		return false;
	cpu = BPF_CORE_READ(rq, cpu);
	ring = this_ring(cpu);
	if (!ring || ring->runnable_known)
		return false;
	runnable = BPF_CORE_READ(rq, nr_running);
	if (cpu == bpf_get_smp_processor_id() && runnable)
		runnable--; /* the recorder, which is looking */
	ring->runnable = runnable;
	ring->runnable_known = 1;
	return true;
}
