/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What we keep of each thread, in its task storage: freed with the task, so there is no table to fill up and no thread
 * id to be reused under us.
 */
#pragma once

enum verdict {
	VERDICT_NONE,
	VERDICT_IGNORED,
	VERDICT_TRACED,
	VERDICT_FROM_EXEC,
};

#define REMEMBERED_FILES 8

struct remembered_file {
	u64 address; /* of struct file; 0: empty */
	struct file_facts facts;
	u32 id;
	u32 pad;
};

struct thread_state {
	u32 verdict;	  /* enum verdict */
	u32 filter;	  /* value of filter_generation when it was reached */
	u32 id;		  /* 0: not yet given */
	u32 described;	  /* the description went out */
	u64 enter_ns;	  /* 0: not in a call */
	u32 file, file2;  /* of the call in progress */
	u16 number;
	u16 flags;	  /* enum syscall_flag */
	u32 pad;
	struct remembered_file files[REMEMBERED_FILES];
	u64 cgroup;	  /* id of its control group when it was described */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread_state);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, u32);   /* tgid */
	__type(value, u32); /* enum target_mode */
} targets SEC(".maps");

const volatile u32 recorder_tgid;
const volatile bool trace_all;
u32 filter_generation; /* bumped by the recorder when targets changed */
u32 last_thread_id;

/* The number of the thread in its own, the innermost PID namespace. */
static __always_inline u32 innermost_id(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct upid *id;

	if (!pid)
		return 0;
	id = (void *)pid + bpf_core_field_offset(struct pid, numbers) +
	     (u64)BPF_CORE_READ(pid, level) * bpf_core_type_size(struct upid);
	return BPF_CORE_READ(id, nr);
}

/* Sends what is known of the thread, and of its control group before that. */
static __noinline void describe_thread(struct task_struct *task, struct thread_state *state, u32 slot)
{
	struct task_struct *leader = task->group_leader, *parent = task->real_parent;
	struct {
		struct thread_record fixed;
		char comm[COMM_BYTES];
	} record = {};
	long n;

	describe_cgroup(task, slot);
	count_produced(EVENT_THREAD);
	record.fixed.head.type = EVENT_THREAD;
	record.fixed.head.cpu = bpf_get_smp_processor_id();
	record.fixed.head.size = sizeof(record);
	record.fixed.time_ns = bpf_ktime_get_boot_ns();
	record.fixed.start_ns = task->start_boottime;
	record.fixed.process_start_ns = leader->start_boottime;
	record.fixed.thread = state->id;
	record.fixed.tid = task->pid;
	record.fixed.tgid = task->tgid;
	record.fixed.ppid = parent->tgid;
	record.fixed.uid = BPF_CORE_READ(task, cred, euid.val);
	record.fixed.gid = BPF_CORE_READ(task, cred, egid.val);
	record.fixed.flags = task->flags;
	state->cgroup = cgroup_id(task);
	record.fixed.cgroup = state->cgroup;
	record.fixed.ns_tid = innermost_id(task);
	record.fixed.ns_pid = innermost_id(leader);
	n = bpf_probe_read_kernel_str(record.comm, COMM_BYTES, &task->comm);
	record.fixed.comm.stored = n > 0 ? n - 1 : 0;
	record.fixed.comm.original = record.fixed.comm.stored;
	if (bpf_ringbuf_output(&life_ring, &record, sizeof(record), BPF_RB_NO_WAKEUP))
		count_lost(EVENT_THREAD, LOST_RING_FULL);
	else
		state->described = 1;
}

/* Gives a traced thread its id and sends its description, again until that succeeds. */
static __always_inline void introduce(struct task_struct *task, struct thread_state *state, u32 slot)
{
	/* An iterator may introduce the thread while it introduces itself. */
	if (!state->id)
		__sync_val_compare_and_swap(&state->id, 0, __sync_fetch_and_add(&last_thread_id, 1) + 1);
	describe_thread(task, state, slot);
}

/* Decides about a thread that was not seen before, or not since the filter or anybody's control group changed. */
static __noinline struct thread_state *decide(struct task_struct *task, u32 slot)
{
	u32 tgid = task->tgid, generation = *(volatile u32 *)&filter_generation;
	u32 *mode = trace_all ? NULL : bpf_map_lookup_elem(&targets, &tgid);
	struct thread_state *state;

	state = bpf_task_storage_get(&threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!state) {
		if (trace_all || mode) {
			count_produced(EVENT_THREAD);
			count_lost(EVENT_THREAD, LOST_MAP_FULL);
		}
		return NULL;
	}
	if (tgid == recorder_tgid)
		state->verdict = VERDICT_IGNORED;
	else if (trace_all || (mode && *mode == TARGET_TRACED))
		state->verdict = VERDICT_TRACED;
	else if (mode && *mode == TARGET_FROM_EXEC && state->verdict != VERDICT_TRACED)
		state->verdict = VERDICT_FROM_EXEC;
	else if (state->verdict != VERDICT_TRACED) /* inherited: descendants stay traced */
		state->verdict = VERDICT_IGNORED;
	state->filter = generation;
	if (state->verdict == VERDICT_TRACED && state->described && state->cgroup != cgroup_id(task))
		introduce(task, state, slot);
	return state;
}

/* slot: enum scratch_slot, of the caller. */
static __always_inline struct thread_state *state_in(struct task_struct *task, u32 slot)
{
	struct thread_state *state = bpf_task_storage_get(&threads, task, NULL, 0);

	if (!state || state->filter != *(volatile u32 *)&filter_generation)
		state = decide(task, slot);
	return state;
}

static __always_inline struct thread_state *state_of(struct task_struct *task)
{
	return state_in(task, SCRATCH_HOOKS);
}

/* The id of the file behind fd for a call of this thread; 0 if there is none. *flags may gain SYSCALL_NO_FILE. */
static __always_inline u32 file_id(struct task_struct *task, struct thread_state *state, u32 fd, u16 *flags)
{
	struct remembered_file *slot = &state->files[fd & (REMEMBERED_FILES - 1)];
	void *file = file_of_descriptor(task, fd);
	struct file_facts facts;

	if (!file)
		return 0;
	read_file_facts(file, &facts);
	if (slot->address == (u64)file && same_file(&slot->facts, &facts) && slot->facts.renames == facts.renames)
		return slot->id;
	slot->id = identify_file(&facts, SCRATCH_HOOKS);
	slot->facts = facts;
	slot->address = slot->id ? (u64)file : 0;
	if (!slot->id)
		*flags |= SYSCALL_NO_FILE;
	return slot->id;
}
