/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is there when recording or a part of it begins, by iterators that the recorder reads. For every record that one sends it writes
 * a byte: a read() ends when the reader's buffer is full, which is when the reader empties the rings.
 */
#pragma once

static __always_inline void note_record(struct seq_file *seq)
{
	const char byte = 0;

	bpf_seq_write(seq, &byte, 1);
}

/* Is it the file that it was, or what took its memory? Neither a rename nor the end of a socket makes it another one. */
static __always_inline bool is_still(const struct file_facts *was, const struct file_facts *is)
{
	return was->inode == is->inode && was->dentry == is->dentry && was->mnt == is->mnt && was->number == is->number &&
	       was->generation == is->generation;
}

/*
 * A call that goes on while the trace does in another file: its file gets an id there. `file` is compared and swapped, as
 * the thread may return and begin another call meanwhile, which never gets the old id again. The file is the one that the
 * thread remembers by the old id: the call holds it, also when its descriptor is gone (close) or leads elsewhere by now. One
 * that is remembered no more, or is no more, is told as unknown.
 */
static __always_inline void renew_file(struct task_struct *task, struct thread_state *state, u32 *file)
{
	u32 old = *(volatile u32 *)file, renewed = 0, place = REMEMBERED_FILES, i;
	struct remembered_file *slot;
	struct file_facts facts;

	if (!old || old > *(volatile u32 *)&last_former_file || !state->enter_ns)
		return;
	for (i = 0; i < REMEMBERED_FILES; i++)
		if (state->files[i].id == old)
			place = i;
	barrier_var(place);
	if (place < REMEMBERED_FILES) {
		slot = &state->files[place];
		read_file_facts((void *)slot->address, &facts);
		if (is_still(&slot->facts, &facts))
			renewed = identify_file(&facts, SCRATCH_ITERATORS);
		if (renewed) /* for the part after this one; the thread itself looks at it again, see rename_count */
			__sync_val_compare_and_swap(&slot->id, old, renewed);
	}
	if (__sync_val_compare_and_swap(file, old, renewed) == old && !renewed)
		state->flags |= SYSCALL_NO_FILE;
}

/* Threads of the kernel are introduced when they do something that is recorded. */
static __always_inline void introduce_running(struct seq_file *seq, struct task_struct *task)
{
	struct thread_state *state;

	if (task->flags & PF_KTHREAD)
		return;
	state = state_in(task, SCRATCH_ITERATORS);
	if (!state || state->verdict != VERDICT_TRACED)
		return;
	renew_file(task, state, &state->file);
	renew_file(task, state, &state->file2);
	if (!is_described(state)) {
		introduce(state, SCRATCH_ITERATORS);
		note_record(seq);
	}
	if (!returns_only && !*(volatile u16 *)&state->entered && !*(volatile u64 *)&state->enter_ns)
		note_earlier_call(task, state);
}

static __always_inline bool closes_on_exec(struct task_struct *task, u32 fd)
{
	unsigned long word = 0, *words = BPF_CORE_READ(task, files, fdt, close_on_exec);

	bpf_probe_read_kernel(&word, sizeof(word), words + fd / 64);
	return word >> (fd % 64) & 1;
}

/*
 * Nobody is recorded before COMMAND executes, whose process is the only one that files are listed of. Nothing has to be decided to
 * know that.
 */
const volatile bool only_command;

/* Of a child that will be COMMAND, only what it takes along. */
static __always_inline void list_open_file(struct seq_file *seq, struct task_struct *task, u32 fd, struct file *file)
{
	struct open_file_record record = {};
	u32 verdict = VERDICT_FROM_EXEC;
	struct thread_state *state;
	struct file_facts facts;

	if (!only_command) {
		state = bpf_task_storage_get(&threads, task, NULL, 0);
		verdict = state ? state->verdict : VERDICT_NONE;
	}
	if (verdict != VERDICT_TRACED && verdict != VERDICT_FROM_EXEC)
		return;
	if (verdict == VERDICT_FROM_EXEC && closes_on_exec(task, fd))
		return;
	read_file_facts(file, &facts);
	record.file = identify_file(&facts, SCRATCH_ITERATORS);
	count_produced(EVENT_OPEN_FILE);
	record.head.type = EVENT_OPEN_FILE;
	record.head.cpu = bpf_get_smp_processor_id();
	record.head.size = sizeof(record);
	record.time_ns = bpf_ktime_get_boot_ns();
	record.tgid = task->tgid;
	record.fd = fd;
	record.flags = BPF_CORE_READ(file, f_flags);
	if (bpf_ringbuf_output(&file_ring, &record, sizeof(record), BPF_RB_NO_WAKEUP))
		count_lost(EVENT_OPEN_FILE, LOST_RING_FULL);
	note_record(seq);
}
