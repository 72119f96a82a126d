/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The flow that packets of a blocked source count in, whatever their source port: what such a source makes up must not push
 * other flows out. Its key is looked for before the packet's own if the source was found blocked lately: a lookup that
 * finds nothing takes 27 of 108 ns (bench/xdp, AMD EPYC virtual machine).
 */
#pragma once

/* By bits of the source's hash, the whole of it; 0: none. A wrong one costs a lookup, nothing else. */
#define BLOCKED_HINT_BITS 12
struct blocked_hints {
	u32 hash[1 << BLOCKED_HINT_BITS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct blocked_hints);
} blocked_hints SEC(".maps");

static __always_inline u32 hash_of_source(const struct flow_key *key)
{
	const u32 *word = (const u32 *)key->source;

	return (word[0] ^ word[1] ^ word[2] ^ word[3]) * 2654435769u | 1; /* 2^32 / golden ratio */
}

/* NULL, and the key as it was, if there is none or the source is not blocked any more. */
static __always_inline struct flow_value *blocked_flow(struct packet *packet, struct edge_counters *count, u32 now_epoch)
{
	u16 port = packet->key.source_port;
	struct flow_value *flow;

	packet->key.source_port = 0;
	flow = bpf_map_lookup_elem(&flows, &packet->key);
	if (flow && IS_BLOCKED(flow->source) && flow->verdict == EDGE_DROP && flow->epoch == now_epoch &&
	    is_before(flow->until_ns, packet, count))
		return flow;
	packet->key.source_port = port;
	return NULL;
}

static __always_inline u32 *hint_of(u32 hash)
{
	u32 zero = 0;
	struct blocked_hints *hints = bpf_map_lookup_elem(&blocked_hints, &zero);

	return hints ? &hints->hash[hash >> (32 - BLOCKED_HINT_BITS)] : NULL;
}

/* The flow that the packet counts in; NULL: not begun yet, or not known to be of a blocked source. */
static __always_inline struct flow_value *find_flow(struct packet *packet, struct edge_counters *count, u32 now_epoch)
{
	if (*(volatile u32 *)&any_blocks || configs[*(volatile u32 *)&active & 1].has_prefixes) {
		u32 hash = hash_of_source(&packet->key), *hint = hint_of(hash);

		if (hint && *hint == hash) {
			struct flow_value *flow = blocked_flow(packet, count, now_epoch);

			if (flow)
				return flow;
			*hint = 0;
		}
	}
	return bpf_map_lookup_elem(&flows, &packet->key);
}

/* The same after it was decided that the source is blocked. */
static __always_inline struct flow_value *find_blocked_flow(struct packet *packet)
{
	u32 hash = hash_of_source(&packet->key), *hint = hint_of(hash);

	if (hint)
		*hint = hash;
	packet->key.source_port = 0;
	return bpf_map_lookup_elem(&flows, &packet->key);
}
