/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counters per flow, a value per CPU, so that nobody shares a cache line. The recorder reads the table each interval and
 * takes out what has ended; when it is full the kernel evicts the flow that was used least recently. It does not tell:
 * evicted = flows_begun - taken out - still there.
 */
#pragma once

struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, 65536); /* set by the recorder */
	__type(key, struct flow_key);
	__type(value, struct flow_value);
} flows SEC(".maps");

/* Per interface and CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MOST_INTERFACES);
	__type(key, u32);
	__type(value, struct edge_counters);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PORT_BLOCKS);
	__type(key, u32);
	__type(value, struct port_block);
} port_blocks SEC(".maps");

static const struct flow_value new_flow; /* all zeros */

static __always_inline struct flow_value *begin_flow(const struct flow_key *key, struct edge_counters *count)
{
	long error = bpf_map_update_elem(&flows, key, &new_flow, BPF_NOEXIST);

	if (!error)
		count->flows_begun++;
	else if (error != -17 /* EEXIST: another CPU was first */)
		count->flows_refused++;
	return bpf_map_lookup_elem(&flows, key);
}

static __always_inline void count_flow(struct flow_value *flow, struct packet *packet, struct edge_counters *count, u32 verdict)
{
	if (!flow->packets)
		flow->first_ns = exact_time(packet, count);
	flow->packets++;
	flow->bytes += packet->length;
	flow->dropped += verdict != EDGE_PASS;
	flow->last_ns = tick_time(packet, count);
	flow->tcp_flags |= packet->tcp_flags;
}

/* By destination port, of TCP and UDP. */
static __always_inline void count_port(const struct packet *packet, struct edge_counters *count)
{
	u32 port = packet->key.destination_port;
	u32 block = (port >> 8) + (packet->key.protocol == PROTOCOL_UDP ? UDP_PORT_BLOCKS : 0);
	struct port_block *ports = bpf_map_lookup_elem(&port_blocks, &block);

	if (!ports)
		return;
	count->touched[block & (PORT_BLOCKS - 1)] = 1;
	ports->ports[port & 255].packets++;
	ports->ports[port & 255].bytes += packet->length;
}

/* The headers between IP and the transport. */
__noinline int count_chain(struct edge_counters *count, u32 chain, u32 ipv6, u32 length)
{
	u32 i;

	if (!count)
		return 0;
#pragma unroll
	for (i = 0; i < CHAIN_HEADERS; i++) {
		struct packet_count *slot = &count->chain[ipv6 & 1][i];

		if (chain & 1 << i) {
			slot->packets++;
			slot->bytes += length;
		}
	}
	return 0;
}

static __always_inline void count_packet(struct edge_counters *count, const struct packet *packet, u32 outcome, u32 verdict)
{
	struct packet_count *slot;

	if (outcome >= PARSE_OUTCOMES || verdict >= EDGE_VERDICTS || packet->protocol >= COUNT_PROTOCOLS)
		return;
	slot = &count->outcomes[outcome][verdict];
	slot->packets++;
	slot->bytes += packet->length;
	slot = &count->protocols[packet->protocol];
	slot->packets++;
	slot->bytes += packet->length;
	if (packet->key.chain)
		count_chain(count, packet->key.chain, packet->key.family == 6, packet->length);
}
