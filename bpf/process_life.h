/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fork, exec and exit: the records of the process tree. */
#pragma once

#define SIGNAL_GROUP_EXIT 4 /* linux/sched/signal.h */
#define EXEC_TEXT_SMALL 2048

struct exec_scratch {
	struct exec_record record;
	u8 text[COMM_BYTES + PATH_BYTES + 8 + EXEC_TEXT_SMALL];
};

/* What the kernel made of an exec. */
struct exec_outcome {
	u32 exe, cwd, program; /* ids of files, as in struct exec_record */
	u32 pad;
	struct text_size name; /* the program's, as the kernel has it */
	char bytes[PATH_BYTES];
};

struct exec_scratch_slot {
	u32 busy;
	u32 pad;
	struct exec_scratch exec;
	struct exec_outcome outcome;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct exec_scratch_slot);
} exec_scratches SEC(".maps");

/* The child's state, decided, with what it has from its parent. */
static __always_inline struct thread_state *adopt(struct thread_state *parent, struct task_struct *child)
{
	struct thread_state *state = bpf_task_storage_get(&threads, child, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	u32 epoch = parent->epoch;

	if (state && filters_by(epoch, RULES_WHO) && policy(epoch)->rules & RULE_FOLLOW) {
		state->epoch = epoch;
		state->inherited = parent->standing;
	}
	return decide(child, SCRATCH_HOOKS);
}

static __always_inline void write_fork(struct thread_state *parent, struct task_struct *child, u64 clone_flags)
{
	struct fork_record record = {};
	struct thread_state *state = adopt(parent, child);

	if (state && state->verdict == VERDICT_TRACED)
		introduce(state, SCRATCH_HOOKS);
	count_produced(EVENT_FORK);
	record.head.type = EVENT_FORK;
	record.head.cpu = bpf_get_smp_processor_id();
	record.head.size = sizeof(record);
	record.time_ns = bpf_ktime_get_boot_ns();
	record.clone_flags = clone_flags;
	record.thread = parent->id;
	record.child = state && state->verdict == VERDICT_TRACED ? state->id : 0;
	if (bpf_ringbuf_output(&life_ring, &record, sizeof(record), BPF_RB_NO_WAKEUP))
		count_lost(EVENT_FORK, LOST_RING_FULL);
}

/* comm and file name, then argv straight from the new program's stack; returns the bytes before argv. */
static __always_inline u32 fill_exec(struct exec_record *record, u8 *text, struct task_struct *task,
				     struct thread_state *state, u32 old_tid, const struct exec_outcome *outcome)
{
	u32 kept = outcome->name.stored & (PATH_BYTES - 1), comm_bytes;
	long n;

	record->head.type = EVENT_EXEC;
	record->head.cpu = bpf_get_smp_processor_id();
	record->time_ns = bpf_ktime_get_boot_ns();
	record->thread = state->id;
	record->old_tid = old_tid;
	record->exe = outcome->exe;
	record->cwd = outcome->cwd;
	record->program = outcome->program;
	n = bpf_probe_read_kernel_str(text, COMM_BYTES, &task->comm);
	comm_bytes = n > 0 ? (n - 1) & (COMM_BYTES - 1) : 0;
	record->comm.stored = comm_bytes;
	record->comm.original = comm_bytes;
	record->filename = outcome->name;
	bpf_probe_read_kernel(text + comm_bytes, kept, outcome->bytes);
	return comm_bytes + kept;
}

const volatile bool keep_environment; /* the recorder looks for variables in it (--env) */

struct exec_large {
	struct exec_record record;
	u8 text[COMM_BYTES + PATH_BYTES + 8 + ARGV_BYTES];
	u8 env[ENV_BYTES]; /* room for it; it follows the text */
};

/* Appends the environment to the record's texts, which so far are `before` bytes; returns its bytes. */
static __always_inline u32 add_environment(struct exec_large *large, struct mm_struct *mm, u32 before)
{
	u64 start = mm->env_start;
	u32 bytes = (mm->env_end - start) & TEXT_LENGTH, kept = bytes >= ENV_BYTES ? ENV_BYTES - 1 : bytes;

	large->record.env.original = bytes;
	barrier_var(kept);
	kept &= ENV_BYTES - 1;
	if (before > sizeof(large->text) || bpf_probe_read_user(large->text + before, kept, (void *)start)) {
		kept = 0;
		large->record.env.original |= TEXT_UNREADABLE;
	}
	large->record.env.stored = kept;
	return kept;
}

/* An argument vector that the scratch memory can't hold goes directly into the ring, at its full size. */
static __noinline void write_large_exec(struct task_struct *task, struct thread_state *state, u32 old_tid,
					const struct exec_outcome *outcome)
{
	struct mm_struct *mm = untrusted(task_struct, task)->mm;
	u64 argv = mm->arg_start;
	u32 argv_bytes = (mm->arg_end - argv) & TEXT_LENGTH;
	u32 before, kept = argv_bytes >= ARGV_BYTES ? ARGV_BYTES - 1 : argv_bytes;
	struct exec_large *large;

	if (keep_environment)
		large = bpf_ringbuf_reserve(&life_ring, sizeof(*large), 0);
	else
		large = bpf_ringbuf_reserve(&life_ring, __builtin_offsetof(struct exec_large, env), 0);

	if (!large) {
		count_lost(EVENT_EXEC, LOST_RING_FULL);
		return;
	}
	before = fill_exec(&large->record, large->text, task, state, old_tid, outcome);
	large->record.argv.original = argv_bytes;
	barrier_var(kept);
	kept &= ARGV_BYTES - 1; /* Linux 6.1's verifier has forgotten the bound by now */
	if (before > COMM_BYTES + PATH_BYTES || bpf_probe_read_user(large->text + before, kept, (void *)argv)) {
		kept = 0;
		large->record.argv.original |= TEXT_UNREADABLE;
	}
	large->record.argv.stored = kept;
	large->record.env.stored = 0;
	large->record.env.original = 0;
	before += kept;
	if (keep_environment)
		before += add_environment(large, mm, before);
	large->record.head.size = sizeof(large->record) + before;
	bpf_ringbuf_submit(large, BPF_RB_NO_WAKEUP);
}

/*
 * Where in the kernel's name of the program the caller's own path begins. What execveat was given with a descriptor is behind
 * /dev/fd/N/, and nothing is if it was empty (alloc_bprm() in fs/exec.c).
 */
static __always_inline const char *callers_path(struct linux_binprm *bprm)
{
	const u32 prefix = 8; /* of /dev/fd/ */
	const char *path = bprm->filename;
	char start[24] = {};
	u32 i;

	if (!bprm->fdpath)
		return path;
	bpf_probe_read_kernel_str(start, sizeof(start), path);
	for (i = prefix; i < sizeof(start) - 1; i++)
		if (start[i] < '0' || start[i] > '9')
			break;
	return path + i + (i < sizeof(start) && start[i] == '/');
}

/* The call's record takes its path from here, and its argument vector if the exec event has another one. */
static __noinline void note_outcome(struct thread_state *state, struct linux_binprm *bprm)
{
	struct exec_call *exec = note_exec_call(state);
	struct content_item *strings;
	long n;

	if (!exec)
		return;
	n = bpf_probe_read_kernel_str(exec->path_bytes, PATH_BYTES, callers_path(bprm));
	exec->path.stored = n > 0 ? n - 1 : 0;
	exec->path.original = n > 0 ? n - 1 : TEXT_UNREADABLE;
	strings = (struct content_item *)exec->items;
	/* The kernel gives a program that was called without arguments an empty one. */
	if (bprm->interp == bprm->filename && (strings->stored || strings->flags & CONTENT_UNREADABLE))
		exec->used = 0;
}

/* Which files the exec is about. */
static __noinline void identify_exec(struct task_struct *task, struct thread_state *state, struct linux_binprm *bprm,
				     struct exec_outcome *outcome)
{
	struct mm_struct *mm = untrusted(task_struct, task)->mm;
	struct file_facts facts;
	char after_number = 1;

	outcome->exe = 0;
	outcome->program = 0;
	if (mm && mm->exe_file) {
		read_file_facts(mm->exe_file, &facts);
		outcome->exe = identify_file(&facts, SCRATCH_HOOKS);
	}
	outcome->cwd = cwd_id(task, state);
	if (state->enter_ns && bprm->fdpath) { /* the descriptor's file was identified when the call began */
		bpf_probe_read_kernel(&after_number, 1, callers_path(bprm));
		if (!after_number)
			outcome->program = state->file;
	}
}

static __always_inline void write_exec(struct task_struct *task, struct thread_state *state, u32 old_tid,
				       struct linux_binprm *bprm)
{
	u32 zero = 0, before, argv_bytes, total;
	struct exec_scratch_slot *slot;
	struct mm_struct *mm = untrusted(task_struct, task)->mm;
	u64 argv = 0;
	long n;

	count_produced(EVENT_EXEC);
	slot = bpf_map_lookup_elem(&exec_scratches, &zero);
	if (!slot || __sync_lock_test_and_set(&slot->busy, 1)) {
		count_lost(EVENT_EXEC, LOST_NESTED);
		return;
	}
	n = bpf_probe_read_kernel_str(slot->outcome.bytes, PATH_BYTES, bprm->filename);
	slot->outcome.name.stored = n > 0 ? n - 1 : 0;
	slot->outcome.name.original = n > 0 ? n - 1 : TEXT_UNREADABLE;
	identify_exec(task, state, bprm, &slot->outcome);
	if (state->enter_ns)
		note_outcome(state, bprm);

	argv_bytes = 0;
	if (mm) {
		argv = mm->arg_start;
		argv_bytes = mm->arg_end - argv;
	}
	if (argv_bytes >= EXEC_TEXT_SMALL || (keep_environment && mm)) {
		write_large_exec(task, state, old_tid, &slot->outcome);
	} else {
		struct exec_record *record = &slot->exec.record;
		u32 kept = argv_bytes;

		before = fill_exec(record, slot->exec.text, task, state, old_tid, &slot->outcome);
		record->argv.original = argv_bytes;
		barrier_var(kept);
		kept &= EXEC_TEXT_SMALL - 1; /* as above */
		if (before > COMM_BYTES + PATH_BYTES || bpf_probe_read_user(slot->exec.text + before, kept, (void *)argv)) {
			kept = 0;
			record->argv.original |= TEXT_UNREADABLE;
		}
		record->argv.stored = kept;
		total = sizeof(*record) + before + kept;
		record->head.size = total;
		if (total > sizeof(slot->exec) || bpf_ringbuf_output(&life_ring, &slot->exec, total, BPF_RB_NO_WAKEUP))
			count_lost(EVENT_EXEC, LOST_RING_FULL);
	}
	*(volatile u32 *)&slot->busy = 0;
}

static __always_inline void write_exit(struct task_struct *task, struct thread_state *state)
{
	struct signal_struct *signal = untrusted(task_struct, task)->signal;
	struct exit_record record = {};

	count_produced(EVENT_EXIT);
	record.head.type = EVENT_EXIT;
	record.head.cpu = bpf_get_smp_processor_id();
	record.head.size = sizeof(record);
	record.time_ns = bpf_ktime_get_boot_ns();
	record.thread = state->id;
	record.status = task->exit_code;
	if (signal->flags & SIGNAL_GROUP_EXIT) {
		record.group_status = signal->group_exit_code;
		record.flags |= EXIT_GROUP_STATUS;
	}
	/* do_exit() has taken this thread off the count before the tracepoint */
	if (signal->live.counter == 0)
		record.flags |= EXIT_LAST_THREAD;
	write_usage(task, &record);
	if (bpf_ringbuf_output(&life_ring, &record, sizeof(record), BPF_RB_NO_WAKEUP))
		count_lost(EVENT_EXIT, LOST_RING_FULL);
}
