/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The transports: a ring per CPU for finished system calls, two shared BPF ring buffers for everything rarer.
 *
 * Why an own ring: bench/overhead carries the smallest programs for both as floor-storage64-own and
 * floor-storage64-ringbuf. On a CPU with costly returns (Zen, Safe RET), 5 pairs: 296 and 343 ns added per call with one
 * thread, 301 and 341 with two, and draining takes 4-6 and 6.5-9 ns a record; without such returns 71 and 95, 80 and
 * 104, 2.3 and 8.
 */
#pragma once

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* possible CPUs; set by the recorder */
	__type(key, u32);
	__type(value, struct ring_control);
} ring_controls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* possible CPUs * chunks_per_cpu; set by the recorder */
	__type(key, u32);
	__type(value, struct ring_chunk);
} ring_chunks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} life_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} file_ring SEC(".maps");

const volatile bool preemptible; /* of the back end: another program at calls may run on this CPU before one has ended */
const volatile u32 chunks_per_cpu = 1; /* a power of two */
const volatile u64 ring_bytes = CHUNK_BYTES; /* of a CPU that may wait to be read; at most those of its chunks */

/*
 * Whose a piece of per-CPU scratch memory is. Programs at hooks run to their end; an iterator, which runs for the
 * recorder, is preempted by them.
 */
enum scratch_slot {
	SCRATCH_HOOKS,
	SCRATCH_ITERATORS,
	SCRATCH_SLOTS,
};

static __always_inline struct ring_control *this_ring(u32 cpu)
{
	return bpf_map_lookup_elem(&ring_controls, &cpu);
}

static __always_inline struct ring_chunk *chunk_at(u32 cpu, u64 position)
{
	u32 index = cpu * chunks_per_cpu + ((position >> CHUNK_SHIFT) & (chunks_per_cpu - 1));

	return bpf_map_lookup_elem(&ring_chunks, &index);
}

/* Everything but the hot path counts with atomics: these programs may run on top of one another. */
static __always_inline void count_produced(u32 type)
{
	struct ring_control *ring = this_ring(bpf_get_smp_processor_id());

	if (ring && type < EVENT_TYPES)
		__sync_fetch_and_add(&ring->produced[type], 1);
}

static __always_inline void count_lost(u32 type, enum lost_reason reason)
{
	struct ring_control *ring = this_ring(bpf_get_smp_processor_id());

	if (ring && type < EVENT_TYPES && reason < LOST_REASONS)
		__sync_fetch_and_add(&ring->lost[type][reason], 1);
}
