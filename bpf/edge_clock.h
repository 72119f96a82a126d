/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The time, as exactly as its use needs it. Reading the boot clock takes 39 ns on an AMD EPYC virtual machine, a third of
 * all that is done about a packet; reading the kernel's count of ticks is one load that the verifier puts in place.
 */
#pragma once

/* The time of the packet: decisions, findings, packets that are kept. Read once. */
static __always_inline u64 exact_time(struct packet *packet, struct edge_counters *count)
{
	if (!packet->time_ns) {
		count->clock_tick = bpf_jiffies64();
		count->clock_ns = packet->time_ns = bpf_ktime_get_boot_ns();
	}
	return packet->time_ns;
}

/* Too early by a tick (1 to 10 ms) at most, and never before an exact time that was taken on this CPU: a flow's latest packet. */
static __always_inline u64 tick_time(struct packet *packet, struct edge_counters *count)
{
	return bpf_jiffies64() == count->clock_tick ? count->clock_ns : exact_time(packet, count);
}

/*
 * Whether the packet is that early. The clock is read only within a second of it: the tick does not lag that far, but for
 * packets between the end of a suspension and the first tick after it.
 */
#define SURELY_MORE_THAN_A_TICK_NS 1000000000ull

static __always_inline bool is_before(u64 until_ns, struct packet *packet, struct edge_counters *count)
{
	return until_ns > tick_time(packet, count) + SURELY_MORE_THAN_A_TICK_NS || until_ns > exact_time(packet, count);
}
