/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a call's path arguments say, and the working directory where they begin at it; behind the arguments in its record. */
#pragma once

const volatile struct path_starts path_starts[2 * CALLS];

/* Does the path, text `which` of the call, begin at the working directory? */
static __always_inline bool starts_at_cwd(const struct syscall_record *record, u32 which, const struct text_size *path)
{
	const int at_fdcwd = -100; /* linux/fcntl.h */
	u32 row = record->number < CALLS ? record->number : CALLS - 1, from;

	if (!path->stored || *(const char *)(path + 1) == '/')
		return false;
	if (record->flags & SYSCALL_COMPAT)
		row += CALLS;
	barrier_var(row);
	from = path_starts[row & (2 * CALLS - 1)].from[which];
	return from == FROM_CWD || (from < 6 && (int)record->args[from] == at_fdcwd);
}

#define PATH_IS_RELATIVE (1u << 31)

/*
 * Appends path `which` of the call, if it has one, to its record that so far is `size` bytes. The text then stands for the
 * argument, whose address is of no use any more (and compresses badly). Returns the record's new size, with PATH_IS_RELATIVE if
 * the path begins at the working directory. Global: with both paths in one function, each way through the first would be followed
 * through the second.
 */
__noinline u32 append_path(struct call_room *room, struct thread_state *state, u32 size, u32 which)
{
	struct syscall_record *record = (struct syscall_record *)room;
	struct text_size *header;
	u32 index, kept;
	u64 path;

	if (!room || !state || size > SYSCALL_MAX - sizeof(*header) - PATH_BYTES)
		return size; /* the last cannot be: for the verifier */
	which &= 1;
	index = info_of(state->number, state->flags)->path_arg[which];
	if (index > 5)
		return size;
	path = record->args[index];
	if (!path)
		return size;
	header = (void *)((u8 *)room + size);
	kept = read_user_text(header + 1, (const char *)path, header);
	if (header->original != TEXT_UNREADABLE)
		record->args[index] = 0;
	record->extras |= which ? EXTRA_PATH2 : EXTRA_PATH;
	size += sizeof(*header) + ((kept + 7) & ~7u);
	return starts_at_cwd(record, which, header) ? size | PATH_IS_RELATIVE : size;
}

/* The path of an exec that succeeded, and its registers, if they were noted. */
static __always_inline u32 append_exec_call(struct syscall_record *record, const struct thread_state *state, u32 size)
{
	struct exec_call *exec = exec_call_of(state);
	struct text_size *header;
	u32 kept;

	if (size > SYSCALL_FIXED + 7 * 8)
		return size;
	if (exec)
		__builtin_memcpy(record->args, exec->args, sizeof(record->args));
	header = (void *)((u8 *)record + size);
	if (!exec) {
		header->stored = 0;
		header->original = TEXT_UNREADABLE;
		return size + sizeof(*header);
	}
	kept = exec->path.stored & (PATH_BYTES - 1);
	header->stored = kept;
	header->original = exec->path.original;
	bpf_probe_read_kernel(header + 1, kept, exec->path_bytes);
	return size + sizeof(*header) + ((kept + 7) & ~7u);
}

static __always_inline u32 append_cwd(struct syscall_record *record, u32 size, u32 cwd)
{
	if (!cwd || size > SYSCALL_MAX - CONTENT_BYTES - 16)
		return size;
	*(u64 *)((u8 *)record + size) = cwd;
	record->extras |= EXTRA_CWD;
	return size + sizeof(u64);
}

/*
 * Path arguments: rare enough to be out of the hot program's way. Global, so that the verifier looks at it once and not with
 * everything that follows it: that took seconds. Returns the record's new size.
 */
static __always_inline u32 append_paths_and(bool directory, struct call_room *room, struct thread_state *state)
{
	struct syscall_record *record = (struct syscall_record *)room;
	const volatile struct call_info *info;
	u32 size, before, cwd = 0;
	bool relative = false, changes;

	if (!room || !state)
		return 0;
	info = info_of(state->number, state->flags);
	size = record->size;
	if (size > SYSCALL_FIXED + 7 * 8)
		return size; /* cannot be: for the verifier */
	before = size;
	if (info->flags & CALL_EXEC && record->result == 0) {
		record->extras |= EXTRA_PATH;
		size = append_exec_call(record, state, size);
		relative = starts_at_cwd(record, 0, (void *)((u8 *)room + before));
		/* The address of a path whose text is kept: as append_text() does. */
		record->args[info->path_arg[0] < 6 ? info->path_arg[0] : 0] = 0;
	} else {
		size = append_path(room, state, size, 0);
		if (info->path_arg[1] != NO_ARG) {
			relative = size & PATH_IS_RELATIVE;
			size = append_path(room, state, size & ~PATH_IS_RELATIVE, 1);
		}
		relative |= size & PATH_IS_RELATIVE;
		size &= ~PATH_IS_RELATIVE;
	}
	changes = info->flags & CALL_AT_ENTRY; /* chdir: what it began in, and where it led to */
	if (changes && !returns_only && state->cwd.id > *(volatile u32 *)&last_former_file)
		cwd = state->cwd.id;
	if (directory && (changes ? record->result == 0 : relative)) {
		u32 now = cwd_id(bpf_get_current_task_btf(), state);

		if (changes)
			record->file = now;
		else
			cwd = now;
	}
	return append_cwd(record, size, relative ? cwd : 0);
}

__noinline u32 append_paths(struct call_room *room, struct thread_state *state)
{
	return append_paths_and(true, room, state);
}

/*
 * The same as append_path() for the only path of a call, in the hook itself: most paths can be read, and in one piece. For the
 * others it asks that.
 */
static __always_inline u32 append_only_path(struct syscall_record *record, struct thread_state *state, u32 size, u32 index)
{
	struct text_size *header;
	long n;

	if (index > 5 || size > SYSCALL_FIXED + 7 * 8)
		return size; /* the last cannot be: for the verifier */
	if (!record->args[index])
		return size;
	header = (void *)((u8 *)record + size);
	n = bpf_probe_read_user_str(header + 1, PATH_BYTES, (const char *)record->args[index]);
	if (n <= 0 || n >= PATH_BYTES)
		return append_path((struct call_room *)record, state, size, 0);
	header->stored = n - 1;
	header->original = n - 1;
	record->args[index] = 0;
	record->extras |= EXTRA_PATH;
	size += sizeof(*header) + (((u32)n + 6) & ~7u);
	return starts_at_cwd(record, 0, header) ? size | PATH_IS_RELATIVE : size;
}

/* The working directory that the path of a call begins at; the call does not change it. Global: see identify_file(). */
__noinline u32 append_cwd_now(struct call_room *room, struct thread_state *state, u32 size)
{
	if (!room || !state)
		return size;
	return append_cwd((struct syscall_record *)room, size, cwd_id(bpf_get_current_task_btf(), state));
}

/* Where the stack has no room for finding the working directory: of write_call_aside(). */
__noinline u32 append_paths_alone(struct call_room *room, struct thread_state *state)
{
	return append_paths_and(false, room, state);
}
