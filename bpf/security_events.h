/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Findings on their way to the recorder. So that a flood can't flood the trace: so many per second of one source, and of
 * one CPU for what comes from too many sources. What is left out is counted, and the next finding of the source says so.
 */
#pragma once

#define FINDING_INTERVAL_NS 200000000ull /* of one source: 5 a second, ... */
#define FINDING_BURST_NS 1800000000ull	 /* ... 10 at once */
#define CPU_FINDING_INTERVAL_NS 4000000ull /* of one CPU: 250 a second, ... */
#define CPU_FINDING_BURST_NS 4000000000ull /* ... 1000 at once */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} finding_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, struct source_key);
	__type(value, struct source_value);
} sources SEC(".maps");

static const struct source_value new_source; /* all zeros */

static __always_inline struct source_value *source_of(const struct flow_key *flow)
{
	struct source_value *source;
	struct source_key key; /* on the stack: before Linux 6.2 a key can't be in memory passed to a global function */

	__builtin_memcpy(key.address, flow->source, ADDRESS_BYTES);
	source = bpf_map_lookup_elem(&sources, &key);
	if (source)
		return source;
	bpf_map_update_elem(&sources, &key, &new_source, BPF_NOEXIST);
	return bpf_map_lookup_elem(&sources, &key);
}

/*
 * A token bucket as the time when it will be full again (the generic cell rate algorithm). True: a token was taken.
 * Safe against other CPUs; one that has to give up after other CPUs took tokens eight times meanwhile goes without.
 */
static __always_inline bool take_token(u64 *tat, u64 now, u64 interval, u64 burst)
{
	u32 i;

	for (i = 0; i < 8; i++) {
		u64 seen = *(volatile u64 *)tat, from = seen > now ? seen : now;

		if (from - now > burst)
			return false;
		if (__sync_val_compare_and_swap(tat, seen, from + interval) == seen)
			return true;
	}
	return false;
}

__noinline int report(struct edge_counters *count, struct finding *finding)
{
	struct source_value *source;

	if (!count || !finding)
		return 0;
	source = source_of(&finding->flow);
	if (source && !take_token(&source->finding_tat, finding->time_ns, FINDING_INTERVAL_NS, FINDING_BURST_NS)) {
		__sync_fetch_and_add(&source->suppressed, 1);
		return 0;
	}
	if (!take_token(&count->finding_tat, finding->time_ns, CPU_FINDING_INTERVAL_NS, CPU_FINDING_BURST_NS)) {
		count->findings_suppressed++;
		return 0;
	}
	if (source) {
		finding->suppressed = *(volatile u64 *)&source->suppressed;
		if (finding->suppressed)
			__sync_fetch_and_sub(&source->suppressed, finding->suppressed);
	}
	finding->cpu = bpf_get_smp_processor_id();
	count->findings_produced++;
	if (bpf_ringbuf_output(&finding_ring, finding, sizeof(*finding), BPF_RB_NO_WAKEUP))
		count->findings_lost++;
	return 0;
}
