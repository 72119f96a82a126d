/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What we keep of each thread, in its task storage: freed with the task, so there is no table to fill up and no thread
 * id to be reused under us.
 */
#pragma once

enum thread_verdict {
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

/*
 * A call that was in progress when its thread came to be recorded, as an iterator saw it. Written by iterators alone and
 * of use only until `entered` is set, so that it can't get into the way of the thread's own hooks.
 */
struct earlier_call {
	u64 seen_ns; /* 0: none; written last */
	u32 number;
	u32 file, file2;
	u32 flags; /* enum syscall_flag */
};

struct thread_state {
	u32 verdict;	  /* enum thread_verdict */
	u32 filter;	  /* value of filter_generation when it was reached */
	u32 id;		  /* 0: not yet given */
	u32 described;	  /* value of trace_part when the description went out; 0: never */
	u64 enter_ns;	  /* 0: not in a call */
	u32 file, file2;  /* of the call in progress */
	u16 entered;	  /* since it is traced it was seen outside of calls that began before */
	u16 flags;	  /* enum syscall_flag */
	u16 standing;	  /* enum standing */
	u16 inherited;	  /* from its parent at fork; likewise */
	u32 epoch;	  /* of the filter setting that the two belong to */
	u32 number;
	struct remembered_file files[REMEMBERED_FILES];
	u64 cgroup;	  /* id of its control group when it was described */
	struct remembered_file cwd; /* its working directory when that was looked at last; address is the dentry's */
	struct file_facts facts_now; /* of find_file() and cwd_id(): not on the stack, of which their callers leave none (512 bytes) */
	struct earlier_call earlier;
	u32 claimed;	  /* see claim_call() */
	u32 skip_return;  /* of the exec by which it came to be recorded; with returns_only */
	u32 exec_slot;	  /* index + 1 of what was noted of the exec it is in; 0: none */
	u32 pad;
	u64 task;	  /* address of its struct task_struct: a global function can be given this, but no task */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread_state);
} threads SEC(".maps");

/* For who has none because there is no memory; by enum scratch_slot. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_SLOTS);
	__type(key, u32);
	__type(value, struct thread_state);
} stateless SEC(".maps");

/*
 * Set by the recorder, which then bumps filter_generation, so that nothing that begins from here on is recorded: what is in
 * progress then is in progress at the end. The programs stay attached until all of that is accounted for.
 */
u32 ending;

static __always_inline bool is_ending(void)
{
	return *(volatile u32 *)&ending;
}

static __always_inline bool is_described(const struct thread_state *state)
{
	return state->described == current_part();
}

/* The number of the thread in its own, the innermost PID namespace. */
static __always_inline u32 innermost_id(struct task_struct *task)
{
	struct pid *pid = look_at(task, thread_pid);
	struct upid *id;

	if (!pid)
		return 0;
	id = (void *)pid + bpf_core_field_offset(struct pid, numbers) +
	     (u64)look(pid, level) * bpf_core_type_size(struct upid);
	return look(id, nr);
}

/* Sends what is known of the thread. comm: its name, in kernel memory. */
static __noinline void describe_thread(struct thread_state *state, const void *comm)
{
	struct task_struct *task = (struct task_struct *)state->task;
	struct task_struct *leader = peek(task_struct, task, group_leader), *parent = peek(task_struct, task, real_parent);
	const struct cred *cred = look_at(task, cred);
	struct {
		struct thread_record fixed;
		char comm[COMM_BYTES];
	} record = {};
	u32 part = current_part();
	long n;

	count_produced(EVENT_THREAD);
	record.fixed.head.type = EVENT_THREAD;
	record.fixed.head.cpu = bpf_get_smp_processor_id();
	record.fixed.head.size = sizeof(record);
	record.fixed.time_ns = bpf_ktime_get_boot_ns();
	record.fixed.start_ns = peek(task_struct, task, start_boottime);
	record.fixed.process_start_ns = peek(task_struct, leader, start_boottime);
	record.fixed.thread = state->id;
	record.fixed.tid = peek(task_struct, task, pid);
	record.fixed.tgid = peek(task_struct, task, tgid);
	record.fixed.ppid = peek(task_struct, parent, tgid);
	record.fixed.uid = look(cred, euid.val);
	record.fixed.gid = look(cred, egid.val);
	record.fixed.flags = peek(task_struct, task, flags);
	state->cgroup = cgroup_id(task);
	record.fixed.cgroup = state->cgroup;
	record.fixed.ns_tid = innermost_id(task);
	record.fixed.ns_pid = innermost_id(leader);
	n = bpf_probe_read_kernel_str(record.comm, COMM_BYTES, comm);
	record.fixed.comm.stored = n > 0 ? n - 1 : 0;
	record.fixed.comm.original = record.fixed.comm.stored;
	if (bpf_ringbuf_output(&life_ring, &record, sizeof(record), BPF_RB_NO_WAKEUP))
		count_lost(EVENT_THREAD, LOST_RING_FULL);
	else
		state->described = part;
}

/* Gives a traced thread its id and sends its description, again until that succeeds. Global: see identify_file(). */
__noinline int introduce(struct thread_state *state, u32 slot)
{
	struct task_struct *task;

	if (!state)
		return 0;
	task = (struct task_struct *)state->task;
	/* An iterator may introduce the thread while it introduces itself. */
	if (!state->id)
		__sync_val_compare_and_swap(&state->id, 0, __sync_fetch_and_add(&last_ids.thread, 1) + 1);
	describe_cgroup(task, slot); /* not by describe_thread(): their stacks together are too large */
	describe_thread(state, &task->comm);
	return 0;
}

/* What is to be done about a thread with that standing. */
static __always_inline u32 verdict_of(struct task_struct *task, u32 epoch, u32 standing)
{
	struct filter_number key = {.epoch = epoch, .number = (u32)peek(task_struct, task, tgid)};
	u32 *mode;

	if (key.number == recorder_tgid)
		return VERDICT_IGNORED;
	if (!filters_by(epoch, RULES_WHO) || standing & STANDING_MATCHES)
		return VERDICT_TRACED;
	if (filters_by(epoch, RULE_PROCESS)) {
		mode = bpf_map_lookup_elem(&targets, &key);
		if (mode && *mode == TARGET_FROM_EXEC)
			return VERDICT_FROM_EXEC;
	}
	return VERDICT_IGNORED;
}

/* COMMAND's process, which until now was ours. */
static __noinline void choose_process(struct task_struct *task)
{
	struct filter_number key = {.epoch = current_epoch(), .number = (u32)task->tgid};
	u32 mode = TARGET_TRACED;

	bpf_map_update_elem(&targets, &key, &mode, BPF_ANY);
}

/* Decides about the thread whose state this is. Global: see identify_file(). */
__noinline int decide_state(struct thread_state *state, u32 slot)
{
	u32 generation = *(volatile u32 *)&filter_generation, epoch = current_epoch(), standing = 0;
	struct task_struct *task;

	if (!state)
		return 0;
	task = (struct task_struct *)state->task;
	if (filters_by(epoch, RULES_WHO))
		standing = standing_of(task, epoch, state->epoch == epoch ? state->inherited : 0);
	if (state->epoch != epoch) {
		state->epoch = epoch;
		state->inherited = 0;
	}
	state->standing = standing;
	if (state->verdict != VERDICT_TRACED) {
		state->earlier.seen_ns = 0;
		state->entered = false;
	}
	state->verdict = verdict_of(task, epoch, standing);
	state->filter = generation;
	if (state->verdict == VERDICT_TRACED && state->described && state->cgroup != cgroup_id(task))
		introduce(state, slot);
	return 0;
}

/* Whether it would have been recorded is told by what it would have been. */
static __always_inline void count_stateless(struct task_struct *task, u32 slot)
{
	struct thread_state *state = bpf_map_lookup_elem(&stateless, &slot);

	if (!state)
		return;
	state->task = (u64)task;
	state->epoch = 0;
	state->inherited = 0;
	state->described = 0;
	decide_state(state, slot);
	if (state->verdict != VERDICT_TRACED)
		return;
	count_produced(EVENT_THREAD);
	count_lost(EVENT_THREAD, LOST_MAP_FULL);
}

/* Decides about a thread that was not seen before, or not since the filter or what it asks about changed. */
static __noinline struct thread_state *decide(struct task_struct *task, u32 slot)
{
	struct thread_state *state = bpf_task_storage_get(&threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!state) {
		count_stateless(task, slot);
		return NULL;
	}
	state->task = (u64)task;
	decide_state(state, slot);
	return state;
}

/* slot: enum scratch_slot, of the caller. */
static __always_inline struct thread_state *state_in(struct task_struct *task, u32 slot)
{
	struct thread_state *state = bpf_task_storage_get(&threads, task, NULL, 0);

	if (!state || state->filter != *(volatile u32 *)&filter_generation)
		state = is_ending() ? NULL : decide(task, slot);
	return state;
}

/*
 * A thread that is not recorded pays for the hooks, too, and asking for its state was half of what it paid. So each CPU keeps which
 * one it saw last: by address and start, as addresses come back. What else can make a recorded one of it: a new generation; an
 * exec, after which it may be looked at again; and where users are chosen another user, of which only its state is told
 * (note_effects()), so those are not kept.
 */
static __always_inline bool remembers_ignored(void)
{
	return possible_rules & RULES_WHO && !preemptible;
}

static __always_inline bool is_ignored(const struct ring_control *ring, struct task_struct *task)
{
	return remembers_ignored() && ring->ignored == (u64)task &&
	       ring->ignored_in == *(volatile u32 *)&filter_generation && ring->ignored_start == task->start_boottime &&
	       ring->ignored_exec == task->self_exec_id;
}

static __always_inline void remember_ignored(struct task_struct *task, const struct thread_state *state)
{
	struct ring_control *ring;

	if (!remembers_ignored() || filters_by(current_epoch(), RULE_USER))
		return;
	ring = this_ring(task->thread_info.cpu);
	if (!ring)
		return;
	ring->ignored = (u64)task;
	ring->ignored_in = state->filter;
	ring->ignored_start = task->start_boottime;
	ring->ignored_exec = task->self_exec_id;
}

static __always_inline struct thread_state *state_of(struct task_struct *task)
{
	return state_in(task, SCRATCH_HOOKS);
}

/* The id of the file at that address, which the thread has behind fd; 0 if it could not be described. Global: see identify_file(). */
__noinline u32 find_file(struct thread_state *state, u32 fd, u64 file)
{
	struct remembered_file *slot;
	struct file_facts *facts;

	if (!state)
		return 0;
	slot = &state->files[fd & (REMEMBERED_FILES - 1)];
	facts = &state->facts_now;
	read_file_facts((void *)file, facts);
	if (slot->address == file && same_file(&slot->facts, facts) && slot->facts.renames == facts->renames)
		return slot->id;
	slot->id = identify_file(facts, SCRATCH_HOOKS);
	slot->facts = *facts;
	slot->address = slot->id ? file : 0;
	return slot->id;
}

/* The id of the file behind fd for a call of this thread; 0 if there is none. *flags may gain SYSCALL_NO_FILE. */
static __always_inline u32 file_id(struct task_struct *task, struct thread_state *state, u32 fd, u16 *flags)
{
	struct remembered_file *slot = &state->files[fd & (REMEMBERED_FILES - 1)];
	void *file = file_of_descriptor(task, fd);
	u32 id;

	if (!file)
		return 0;
	if (have_rdonly_cast && slot->address == (u64)file && still_the_file(file, &slot->facts))
		return slot->id;
	id = find_file(state, fd, (u64)file);
	if (!id)
		*flags |= SYSCALL_NO_FILE;
	return id;
}

/* The id of the thread's working directory; 0 if it could not be described (counted) or is just being changed. */
static __always_inline u32 cwd_id(struct task_struct *task, struct thread_state *state)
{
	struct remembered_file *slot = &state->cwd;
	struct file_facts *facts = &state->facts_now;

	if (!read_cwd_facts(task, facts))
		return 0;
	if (slot->address == facts->dentry && same_file(&slot->facts, facts) && slot->facts.renames == facts->renames)
		return slot->id;
	slot->id = identify_file(facts, SCRATCH_HOOKS);
	slot->facts = *facts;
	slot->address = slot->id ? facts->dentry : 0;
	return slot->id;
}
