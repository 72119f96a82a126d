/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The limits per source and the scan detection. What counts for a scan: a first TCP segment (neither ACK nor RST is set:
 * SYN, and the FIN, NULL and Xmas probes), and a UDP packet of a new flow to a port that nobody has open here (so that
 * answers to our own requests don't count).
 */
#pragma once

struct bpf_sock_tuple {
	u32 source;
	u32 destination;
	u16 source_port;
	u16 destination_port;
};
struct bpf_sock_tuple6 {
	u32 source[4];
	u32 destination[4];
	u16 source_port;
	u16 destination_port;
};
#define CURRENT_NETNS (~0ull)

static __always_inline bool is_open_udp_port(struct xdp_md *context, const struct flow_key *key)
{
	struct bpf_sock_tuple6 six = {};
	struct bpf_sock_tuple four = {};
	struct bpf_sock *socket;

	if (key->family == 4) {
		four.source = *(const u32 *)(key->source + 12);
		four.destination = *(const u32 *)(key->destination + 12);
		four.source_port = bpf_htons(key->source_port);
		four.destination_port = bpf_htons(key->destination_port);
		socket = bpf_sk_lookup_udp(context, &four, sizeof(four), CURRENT_NETNS, 0);
	} else {
		__builtin_memcpy(six.source, key->source, ADDRESS_BYTES);
		__builtin_memcpy(six.destination, key->destination, ADDRESS_BYTES);
		six.source_port = bpf_htons(key->source_port);
		six.destination_port = bpf_htons(key->destination_port);
		socket = bpf_sk_lookup_udp(context, (struct bpf_sock_tuple *)&six, sizeof(six), CURRENT_NETNS, 0);
	}
	if (!socket)
		return false;
	bpf_sk_release(socket);
	return true;
}

static __always_inline bool is_probe(struct xdp_md *context, const struct packet *packet, bool known_flow)
{
	if (packet->key.protocol == PROTOCOL_TCP)
		return !(packet->tcp_flags & (TCP_ACK | TCP_RST));
	return packet->key.protocol == PROTOCOL_UDP && !known_flow && !is_open_udp_port(context, &packet->key);
}

struct probe_look {
	struct source_value *source;
	u32 port;
	u32 unit;   /* now, in 256ths of the window */
	u32 forget; /* all that there is */
	u32 seen;
	u32 chosen; /* where the port is, or may go */
	u32 known;
	u32 locked;
	u32 pad;
};

/* Another CPU may have noted a later time than ours. */
static __always_inline bool is_past(u64 then, u64 now, u64 window_ns)
{
	return now > then && now - then > window_ns;
}

static long try_lock(u32 i, struct probe_look *look)
{
	look->locked = !__sync_lock_test_and_set(&look->source->lock, 1);
	return look->locked;
}

static long look_at_slot(u32 i, struct probe_look *look)
{
	u32 slot;

	if (i >= MOST_SCAN_PORTS)
		return 1;
	slot = look->source->ports[i];
	if (slot && (look->forget || (short)(look->unit - (slot >> 16)) > 256)) {
		slot = 0;
		look->source->ports[i] = 0;
	}
	if (slot)
		look->seen++;
	if (slot && (slot & 0xffff) == look->port) {
		look->known = 1;
		look->chosen = i;
	} else if (!slot && look->chosen == MOST_SCAN_PORTS) {
		look->chosen = i;
	}
	return 0;
}

/*
 * Adds the port to those that the source tried within the window and returns their number, 0 if it is there already or
 * another CPU was at it for long. What is older than the window is forgotten at every look, so 16 bits of time are enough.
 * Attempts at one port again and again, which is what a server sees, need no look but the first of each 256th of the window.
 */
__noinline u32 note_probe(struct source_value *source, u32 port, u64 now, u64 window_ns)
{
	struct probe_look look = {.source = source, .port = port, .chosen = MOST_SCAN_PORTS};
	u32 chosen, home = port & (MOST_SCAN_PORTS - 1);

	if (!source)
		return 0;
	look.unit = (now / ((window_ns >> 8) + 1)) & 0xffff;
	look.unit = look.unit ? look.unit : 1;
	if (*(volatile u32 *)&source->ports[home] == (look.unit << 16 | port) &&
	    !is_past(*(volatile u64 *)&source->probe_ns, now, window_ns))
		return 0;
	bpf_loop(256, try_lock, &look, 0);
	if (!look.locked)
		return 0;
	look.forget = is_past(source->probe_ns, now, window_ns);
	if (look.forget)
		source->scan_reported = 0;
	source->probe_ns = now;
	bpf_loop(MOST_SCAN_PORTS, look_at_slot, &look, 0);
	chosen = look.known || source->ports[home] ? look.chosen : home;
	if (chosen < MOST_SCAN_PORTS) {
		source->ports[chosen] = look.unit << 16 | port;
		if (!look.known)
			look.seen++;
	}
	*(volatile u32 *)&source->lock = 0;
	return look.seen;
}

static __always_inline void begin_finding(struct finding *finding, const struct edge_config *config, const struct packet *packet, u64 now)
{
	__builtin_memset(finding, 0, sizeof(*finding));
	finding->time_ns = now;
	finding->flow = packet->key;
	finding->verdict = config->dry_run ? EDGE_WOULD_DROP : EDGE_DROP;
}

/* True: the source is blocked now. */
static __always_inline bool over_limit(struct edge_counters *count, struct finding *finding, const struct rate_limit *over, u32 reason)
{
	u64 block_ns = over->block_ns;

	finding->rule = over->rule;
	finding->what = FOUND_FLOOD;
	finding->count = over->per_second;
	if (!block_ns)
		finding->verdict = EDGE_PASS;
	report(count, finding);
	return block_ns && block_source(count, finding, block_ns, reason);
}

/* The limit of all packets, for one whose transport is not known. */
static __always_inline bool watch_packets(struct edge_counters *count, struct packet *packet, struct finding *finding)
{
	const struct edge_config *config = &configs[*(volatile u32 *)&active & 1];
	struct source_value *source;
	u64 now;

	if (!config->any.interval_ns)
		return false;
	source = source_of(&packet->key);
	if (!source)
		return false;
	now = exact_time(packet, count);
	if (take_token(&source->any_tat, now, config->any.interval_ns, config->any.burst_ns))
		return false;
	begin_finding(finding, config, packet, now);
	return over_limit(count, finding, &config->any, BLOCK_PACKET_FLOOD);
}

/* Of a source that is neither allowed nor blocked. True: it is over a limit or scanning, and blocked now; `finding` says by which rule. */
static __always_inline bool watch_source(struct xdp_md *context, struct edge_counters *count, struct packet *packet,
					 u32 outcome, bool known_flow, struct finding *finding)
{
	const struct edge_config *config = &configs[*(volatile u32 *)&active & 1];
	bool whole = outcome != PARSED_FRAGMENT;
	bool syn = whole && packet->key.protocol == PROTOCOL_TCP && (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	const struct rate_limit *over = NULL;
	struct source_value *source;
	bool limited_syn = syn && config->syn.interval_ns;
	bool probe = whole && config->scan_ports && is_probe(context, packet, known_flow);
	u64 now;
	u32 seen;

	if (!limited_syn && !config->any.interval_ns && !probe)
		return false;
	source = source_of(&packet->key);
	if (!source)
		return false;
	now = exact_time(packet, count);
	begin_finding(finding, config, packet, now);
	if (limited_syn && !take_token(&source->syn_tat, now, config->syn.interval_ns, config->syn.burst_ns))
		over = &config->syn;
	else if (config->any.interval_ns && !take_token(&source->any_tat, now, config->any.interval_ns, config->any.burst_ns))
		over = &config->any;
	if (over)
		return over_limit(count, finding, over, limited_syn ? BLOCK_SYN_FLOOD : BLOCK_PACKET_FLOOD);
	if (!probe)
		return false;
	seen = note_probe(source, packet->key.destination_port, now, config->scan_window_ns);
	if (seen < config->scan_ports || __sync_lock_test_and_set(&source->scan_reported, 1))
		return false;
	finding->rule = config->scan_rule;
	finding->what = FOUND_SCAN;
	finding->count = seen;
	if (!config->scan_block_ns)
		finding->verdict = EDGE_PASS;
	report(count, finding);
	return config->scan_block_ns && block_source(count, finding, config->scan_block_ns, BLOCK_SCAN);
}
