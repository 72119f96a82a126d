/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Strings from user memory: kept with their original length, or flagged as unreadable; never silently shortened. */
#pragma once

/*
 * bpf_probe_read_user_str(). For an empty string Linux 6.1 and 6.12 return 0, as if nothing had been read, and 6.18 returns 1
 * (strncpy_from_user_nofault() in mm/maccess.c); the zero byte is there in any case.
 */
static __always_inline long read_user_string(void *to, u32 size, const void *user)
{
	long n = bpf_probe_read_user_str(to, size, user);

	return n ? n : 1;
}

struct count_context {
	const char *user;
	u32 length;
	u32 ended;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, char[PATH_BYTES]);
} count_scratch SEC(".maps");

static long count_chunk(u32 i, struct count_context *context)
{
	u32 zero = 0;
	char *scratch = bpf_map_lookup_elem(&count_scratch, &zero);
	long n;

	if (!scratch)
		return 1;
	/* Only the length matters, so another program's use of the scratch memory in between does no harm. */
	n = read_user_string(scratch, PATH_BYTES, context->user + context->length);
	if (n <= 0)
		return 1;
	context->length += n - 1;
	if (n < PATH_BYTES) {
		context->ended = 1;
		return 1;
	}
	return 0;
}

/*
 * Reads the string at `user` to `to` (PATH_BYTES of room) and describes it in `size`. Returns the bytes kept.
 * `to` is inside a map value, or the verifier refuses.
 */
static __always_inline u32 read_user_text(void *to, const char *user, struct text_size *size)
{
	long n = read_user_string(to, PATH_BYTES, user);

	if (n <= 0) {
		size->stored = 0;
		size->original = TEXT_UNREADABLE;
		return 0;
	}
	if (n == PATH_BYTES) {
		struct count_context rest = {.user = user, .length = PATH_BYTES - 1};

		bpf_loop(COUNTED_CHUNKS, count_chunk, &rest, 0);
		size->stored = PATH_BYTES - 1;
		size->original = rest.length | (rest.ended ? 0 : TEXT_AT_LEAST);
		return PATH_BYTES - 1;
	}
	size->stored = n - 1;
	size->original = n - 1;
	return n - 1;
}
