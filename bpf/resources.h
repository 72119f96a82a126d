/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a thread or a process has used when it ends: the figures of getrusage(2) and /proc/PID/io, taken from the same
 * places. A process's are those of its threads that are gone (signal_struct) and of all that are still listed.
 */
#pragma once

#define PAGE_BYTES 4096
#define MOST_THREADS 262144
#define LONGEST_TICK 20000000 /* ns; more since a CPU's clock was brought up to date is no tick but another clock */

struct usage {
	u64 run_ns, user_ns, system_ns; /* measured; and as the tick saw it */
	u64 minor_faults, major_faults;
	u64 read_bytes, written_bytes;
	u64 voluntary, involuntary;
};

/* What bpf_ktime_get_ns() is ahead of the scheduler's clock, at `clock_ahead_at`. */
s64 clock_ahead;
u64 clock_ahead_at;

/*
 * The run queue of the task's CPU, or NULL. Through the task, because the variable `runqueues` is only to be had where
 * the kernel's table of symbols holds data too; the pointer is there with CONFIG_FAIR_GROUP_SCHED.
 */
static __always_inline struct rq *run_queue_of(struct task_struct *task)
{
	if (bpf_core_field_exists(task->se.cfs_rq))
		return BPF_CORE_READ(task, se.cfs_rq, rq);
	return NULL;
}

/*
 * CPU time that the running task has used since the scheduler last looked, which it does at every tick and switch: a
 * process that lives shorter than that would have used none. A run queue's clock is what sched_clock() was at the last
 * look, so the smallest difference to bpf_ktime_get_ns() that was seen is how far the two are apart (the first is taken
 * right after the recorder was switched to); 60 parts per million are allowed for their drift.
 */
static __always_inline s64 note_clock(u64 now, u64 clock)
{
	s64 seen = now - clock, ahead = clock_ahead + ((now - clock_ahead_at) >> 14);

	if (clock_ahead_at && seen >= ahead && seen - ahead < LONGEST_TICK)
		return ahead;
	clock_ahead = seen;
	clock_ahead_at = now;
	return seen;
}

static __always_inline u64 unaccounted_ns(struct task_struct *task)
{
	struct rq *rq = run_queue_of(task);
	u64 now = bpf_ktime_get_ns(), clock, task_now;
	s64 since;

	if (!rq)
		return 0;
	clock = look(rq, clock);
	task_now = now - note_clock(now, clock) - (clock - look(rq, clock_task)); /* less interrupts and stolen time */
	since = task_now - task->se.exec_start;
	return since > 0 && since < LONGEST_TICK ? since : 0;
}

static __always_inline void add_thread_usage(struct usage *sum, struct task_struct *task)
{
	sum->run_ns += look(task, se.sum_exec_runtime);
	sum->user_ns += look(task, utime);
	sum->system_ns += look(task, stime);
	sum->minor_faults += look(task, min_flt);
	sum->major_faults += look(task, maj_flt);
	sum->voluntary += look(task, nvcsw);
	sum->involuntary += look(task, nivcsw);
	if (bpf_core_field_exists(task->ioac.read_bytes)) {
		sum->read_bytes += look(task, ioac.read_bytes);
		sum->written_bytes += look(task, ioac.write_bytes);
	}
}

struct thread_walk {
	u64 at, head; /* addresses of list heads */
	struct usage sum;
};

static long add_next_thread(u32 i, struct thread_walk *w)
{
	struct list_head *at = (struct list_head *)w->at;

	if (!at || w->at == w->head)
		return 1;
	add_thread_usage(&w->sum, (void *)at - bpf_core_field_offset(struct task_struct, thread_node));
	w->at = (u64)look_at(at, next);
	return 0;
}

/*
 * False: a thread that is just being released moved from the list to the sums meanwhile (which it does under this lock), so
 * it may be in both or neither.
 */
static __noinline bool add_process_usage(struct usage *sum, struct task_struct *task)
{
	struct signal_struct *signal = untrusted(task_struct, task)->signal;
	u32 before = look(signal, stats_lock.seqcount.seqcount.sequence);
	struct thread_walk w = {};

	w.head = (u64)signal + bpf_core_field_offset(struct signal_struct, thread_head);
	w.at = (u64)look_at(signal, thread_head.next);
	w.sum.run_ns = look(signal, sum_sched_runtime);
	w.sum.user_ns = look(signal, utime);
	w.sum.system_ns = look(signal, stime);
	w.sum.minor_faults = look(signal, min_flt);
	w.sum.major_faults = look(signal, maj_flt);
	w.sum.voluntary = look(signal, nvcsw);
	w.sum.involuntary = look(signal, nivcsw);
	if (bpf_core_field_exists(signal->ioac.read_bytes)) {
		w.sum.read_bytes = look(signal, ioac.read_bytes);
		w.sum.written_bytes = look(signal, ioac.write_bytes);
	}
	bpf_loop(MOST_THREADS, add_next_thread, &w, 0);
	*sum = w.sum;
	return !(before & 1) && before == look(signal, stats_lock.seqcount.seqcount.sequence);
}

/* run_ns * part / whole with 64 bits, part <= whole: to 2^-32 of the result. */
static __always_inline u64 share_of(u64 run_ns, u64 part, u64 whole)
{
	u32 shift = (whole >> 32) ? 16 : 0; /* up to three days of CPU time, then less exact */

	if (whole >> 48)
		shift = 32;
	part >>= shift;
	whole >>= shift;
	if (!whole)
		return 0;
	return run_ns / whole * part + run_ns % whole * part / whole;
}

static __always_inline u64 most_resident_pages(struct task_struct *task, struct signal_struct *signal)
{
	struct task_struct *plain = untrusted(task_struct, task), *leader = plain->group_leader;
	struct mm_struct *mm = plain->mm ? plain->mm : leader->mm;
	u64 most = look(signal, maxrss), now;

	if (!mm) /* the last thread has added its address space's to the process's by now */
		return most;
	now = look(mm, hiwater_rss);
	most = now > most ? now : most;
	now = resident_pages(mm);
	return now > most ? now : most;
}

/*
 * Fills what the record says of resources, for the thread, or for its process if it is the last one. The tick decides
 * how the measured time is divided into user and system time, as cputime_adjust() does for getrusage(2).
 */
static __noinline void write_usage(struct task_struct *task, struct exit_record *record)
{
	struct signal_struct *signal = untrusted(task_struct, task)->signal;
	struct usage sum = {};

	if (record->flags & EXIT_LAST_THREAD) {
		/* No loop: Linux 6.1 takes none around bpf_loop(). */
		if (!add_process_usage(&sum, task) && !add_process_usage(&sum, task))
			add_process_usage(&sum, task);
	} else {
		add_thread_usage(&sum, task);
	}
	sum.run_ns += unaccounted_ns(task);
	if (!sum.system_ns)
		record->user_ns = sum.run_ns;
	else if (!sum.user_ns)
		record->system_ns = sum.run_ns;
	else {
		record->system_ns = share_of(sum.run_ns, sum.system_ns, sum.user_ns + sum.system_ns);
		record->user_ns = sum.run_ns - record->system_ns;
	}
	record->max_rss_bytes = most_resident_pages(task, signal) * PAGE_BYTES;
	record->minor_faults = sum.minor_faults;
	record->major_faults = sum.major_faults;
	record->read_bytes = sum.read_bytes;
	record->written_bytes = sum.written_bytes;
	record->voluntary_switches = sum.voluntary;
	record->involuntary_switches = sum.involuntary;
}
