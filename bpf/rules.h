/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is decided about a packet, and why. In this order: an allowed source passes, whatever else is said; a blocked source
 * (by a limit, then by a prefix) is dropped; then the rules by protocol and port; then the limits and the scan detection,
 * which may block the source. Of a packet that could be parsed in part, what is known of it counts.
 * The rules exist twice; `active` says which are in force, so that they are replaced at once.
 */
#pragma once

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072); /* set by the recorder */
	__type(key, struct prefix_key);
	__type(value, struct prefix_value);
} prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * PORT_PROTOCOLS);
	__type(key, u32);
	__type(value, struct port_table);
} port_tables SEC(".maps");

/* Sources that the data path blocked. Not LRU: a flood from many sources must not set a blocked one free. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct source_key);
	__type(value, struct block_value);
} blocks SEC(".maps");

struct edge_config configs[2];
u32 active;	 /* generation: 0 or 1 */
u32 epoch = 1;	 /* decisions that flows remember are of an epoch; never 0 */
u32 any_blocks;	 /* the table of blocks may have entries */
u64 blocks_refused; /* for lack of room */

#define FOR_EVER (~0ull)
#define IS_BLOCKED(source) ((source) >= SOURCE_BLOCKED)

struct decision {
	u64 until_ns;
	u32 rule;
	u8 verdict;
	u8 source; /* enum source_state */
	u8 pad[2];
};

static __always_inline void drop(struct decision *decision, u32 rule, u64 until)
{
	decision->verdict = EDGE_DROP;
	decision->rule = rule;
	decision->until_ns = until;
}

/* Of an address. Returns 1 if that settles it. */
static __always_inline int decide_source(struct packet *packet, struct edge_counters *count, u32 generation, struct decision *decision)
{
	/* on the stack, as in source_of(), and one for both tables, as the stack is scarce */
	struct prefix_key key = {.bits = PREFIX_KEY_BITS + 8 * ADDRESS_BYTES, .generation = generation};
	struct prefix_value *prefix = NULL;
	struct block_value *block;

	__builtin_memcpy(key.address, packet->key.source, ADDRESS_BYTES);
	if (configs[generation].has_prefixes) {
		prefix = bpf_map_lookup_elem(&prefixes, &key);
		if (prefix && prefix->action == PREFIX_ALLOW) {
			decision->rule = prefix->rule;
			decision->source = SOURCE_ALLOWED;
			return 1;
		}
	}
	if (*(volatile u32 *)&any_blocks) {
		block = bpf_map_lookup_elem(&blocks, key.address);
		if (block && is_before(block->until_ns, packet, count)) {
			__sync_fetch_and_add(&block->packets, 1);
			decision->source = SOURCE_BLOCKED;
			drop(decision, block->rule, block->until_ns);
			return 1;
		}
	}
	if (prefix && is_before(prefix->until_ns, packet, count)) {
		__sync_fetch_and_add(&prefix->packets, 1);
		decision->source = SOURCE_PREFIX_BLOCKED;
		drop(decision, prefix->rule, prefix->until_ns);
		return 1;
	}
	return 0;
}

/* The first of two rules. */
static __always_inline u64 first_of(u64 a, u64 b)
{
	return a && (!b || a < b) ? a : b;
}

/* By the headers between IP and the transport. */
__noinline u64 chain_cell(u32 generation, u32 chain)
{
	u64 cell = 0;
	u32 i;

	generation &= 1;
#pragma unroll
	for (i = 0; i < CHAIN_HEADERS; i++)
		if (chain & 1 << i)
			cell = first_of(cell, configs[generation].chain[i]);
	return cell;
}

static __always_inline void decide_port(const struct packet *packet, u32 outcome, u32 generation, struct decision *decision)
{
	u32 which = PORT_PROTOCOLS;
	u64 cell;

	if (outcome == PARSED || packet->has_ports) {
		if (packet->key.protocol == PROTOCOL_TCP)
			which = PORTS_TCP;
		else if (packet->key.protocol == PROTOCOL_UDP)
			which = PORTS_UDP;
		else if (packet->key.protocol == PROTOCOL_SCTP)
			which = PORTS_SCTP;
	}
	if (which < PORT_PROTOCOLS) {
		struct port_table *table;

		which += generation * PORT_PROTOCOLS;
		table = bpf_map_lookup_elem(&port_tables, &which);
		cell = table ? table->rule[packet->key.destination_port] : 0;
	} else {
		cell = configs[generation].protocols[packet->key.protocol];
	}
	if (packet->key.chain)
		cell = first_of(cell, chain_cell(generation, packet->key.chain));
	if (IS_UNPARSED(outcome))
		cell = first_of(cell, configs[generation].unparsed);
	decision->rule = CELL_RULE(cell);
	if (cell & 1)
		drop(decision, CELL_RULE(cell), FOR_EVER);
}

/* What has no addresses. */
static __always_inline void decide_link(const struct packet *packet, u32 outcome, u32 generation, struct decision *decision)
{
	u64 cell = 0;

	if (packet->protocol == COUNT_ARP)
		cell = configs[generation].arp;
	else if (packet->protocol == COUNT_OTHER)
		cell = configs[generation].other;
	if (IS_UNPARSED(outcome))
		cell = first_of(cell, configs[generation].unparsed);
	decision->rule = CELL_RULE(cell);
	if (cell & 1)
		drop(decision, CELL_RULE(cell), FOR_EVER);
	if (decision->verdict == EDGE_DROP && configs[generation].dry_run)
		decision->verdict = EDGE_WOULD_DROP;
}

static __always_inline void decide(struct packet *packet, u32 outcome, struct edge_counters *count, struct decision *decision)
{
	u32 generation = *(volatile u32 *)&active & 1;

	if (!decide_source(packet, count, generation, decision) && configs[generation].has_ports)
		decide_port(packet, outcome, generation, decision);
	if (decision->verdict == EDGE_DROP && configs[generation].dry_run)
		decision->verdict = EDGE_WOULD_DROP;
}

/* A packet of a blocked source that a flow's memory recognised. */
static __always_inline void count_blocked(const struct packet *packet, u32 source)
{
	struct prefix_key key = {.bits = PREFIX_KEY_BITS + 8 * ADDRESS_BYTES, .generation = *(volatile u32 *)&active & 1};
	struct prefix_value *prefix;

	if (source == SOURCE_BLOCKED) {
		struct block_value *block = bpf_map_lookup_elem(&blocks, packet->key.source);

		if (block)
			__sync_fetch_and_add(&block->packets, 1);
		return;
	}
	__builtin_memcpy(key.address, packet->key.source, ADDRESS_BYTES);
	prefix = bpf_map_lookup_elem(&prefixes, &key);
	if (prefix)
		__sync_fetch_and_add(&prefix->packets, 1);
}

/* `finding` says whom, when and why. False: there was no room. */
__noinline int block_source(struct edge_counters *count, struct finding *finding, u64 block_ns, u32 reason)
{
	struct block_value block = {.reason = reason}, *old;
	struct source_key source;

	if (!count || !finding)
		return 0;
	__builtin_memcpy(source.address, finding->flow.source, ADDRESS_BYTES);
	old = bpf_map_lookup_elem(&blocks, &source);
	block.since_ns = finding->time_ns;
	block.until_ns = finding->time_ns + block_ns;
	block.rule = finding->rule;
	block.packets = 1;
	if (old && finding->time_ns < old->until_ns)
		return 1; /* another CPU was first */
	if (old) {
		/* released, but the recorder has not come round to telling so */
		finding->what = FOUND_UNBLOCK;
		finding->count = old->packets;
		finding->until_ns = old->until_ns;
		report(count, finding);
	}
	finding->count = 1;
	if (bpf_map_update_elem(&blocks, &source, &block, BPF_ANY)) {
		__sync_fetch_and_add(&blocks_refused, 1);
		finding->what = FOUND_TABLE_FULL;
		finding->until_ns = 0;
		finding->verdict = EDGE_PASS;
		report(count, finding);
		return 0;
	}
	*(volatile u32 *)&any_blocks = 1;
	__sync_fetch_and_add(&epoch, 1);
	finding->what = FOUND_BLOCK;
	finding->until_ns = block.until_ns;
	report(count, finding);
	return 1;
}
