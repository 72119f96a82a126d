/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The first bytes of each packet, for --packets. A ring of their own: they must not push findings out. */
#pragma once

#define SNAP_MOST 16383 /* a power of two less one */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* set by the recorder */
} packet_ring SEC(".maps");

struct packet_scratch {
	struct packet_record record;
	u8 data[SNAP_MOST + 1];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct packet_scratch);
} packet_scratches SEC(".maps");

const volatile u32 snap_bytes;	     /* most that is kept of a packet; 0: packets are not recorded */
const volatile bool snap_only_headers; /* and of that, no more than was parsed */

static __always_inline void capture(struct xdp_md *context, struct packet *packet, struct edge_counters *count,
				    u32 outcome, u32 verdict, u32 rule)
{
	u32 zero = 0, kept = packet->length;
	struct packet_scratch *scratch = bpf_map_lookup_elem(&packet_scratches, &zero);

	if (!scratch)
		return;
	count->packets_produced++;
	if (snap_only_headers && kept > packet->headers)
		kept = packet->headers;
	if (kept > snap_bytes)
		kept = snap_bytes;
	barrier_var(kept);
	kept &= SNAP_MOST;
	if (!kept || bpf_xdp_load_bytes(context, 0, scratch->data, kept))
		kept = 0;
	__builtin_memset(&scratch->record, 0, sizeof(scratch->record));
	scratch->record.head.type = EVENT_PACKET;
	scratch->record.head.cpu = bpf_get_smp_processor_id();
	scratch->record.head.size = sizeof(scratch->record) + kept;
	scratch->record.time_ns = exact_time(packet, count);
	scratch->record.length = packet->length;
	scratch->record.interface = packet->key.interface;
	scratch->record.rule = rule;
	scratch->record.verdict = verdict;
	scratch->record.outcome = outcome;
	scratch->record.data.stored = kept;
	scratch->record.data.original = packet->length;
	barrier_var(kept);
	kept &= SNAP_MOST;
	if (bpf_ringbuf_output(&packet_ring, scratch, sizeof(scratch->record) + kept, BPF_RB_NO_WAKEUP))
		count->packets_lost++;
}
