// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The program at the network's edge: parse, decide, count, remember the flow, tell. Loaded only with --xdp. Without a rule
 * no path leads to XDP_DROP. The headers hold one matter each:
 *   packet_types, packet_parse     frame -> flow key
 *   edge_clock, flow_table         time, counters
 *   rules, source_watch            verdicts
 *   blocked_flow                   whose packets count together
 *   unparsed                       packets that are of no flow
 *   security_events                findings
 *   packet_capture                 packets on demand
 */
#include "kernel_types.h"
#include "packet_types.h"
/* keep order: the helpers need the types */
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/edge_shared.h"
#include "bpf/records.h"
#include "packet_parse.h"
#include "edge_clock.h"
#include "flow_table.h"
#include "security_events.h"
#include "rules.h"
#include "blocked_flow.h"
#include "source_watch.h"
#include "unparsed.h"
#include "packet_capture.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* ifindex by the number that rows carry; 0: not used. */
const volatile u32 interfaces[MOST_INTERFACES];

static __always_inline u32 interface_of(struct xdp_md *context)
{
	u32 ifindex = context->ingress_ifindex, i;

#pragma unroll
	for (i = 1; i < MOST_INTERFACES; i++)
		if (interfaces[i] && interfaces[i] == ifindex)
			return i;
	return 0;
}

static __always_inline u32 handle(struct xdp_md *context, struct edge_counters *count, struct packet *packet, u32 outcome,
				  u32 *rule)
{
	struct decision decision = {.until_ns = FOR_EVER};
	u32 now_epoch = *(volatile u32 *)&epoch;
	struct flow_value *flow = find_flow(packet, count, now_epoch);
	struct finding finding; /* zeroed where it is needed: not on the way of a packet that passes */

	if (flow && flow->epoch == now_epoch && is_before(flow->until_ns, packet, count)) {
		decision.until_ns = flow->until_ns;
		decision.rule = flow->rule;
		decision.verdict = flow->verdict;
		decision.source = flow->source;
		if (IS_BLOCKED(decision.source) && decision.until_ns != FOR_EVER)
			count_blocked(packet, decision.source); /* told when it ends */
	} else {
		decide(packet, outcome, count, &decision);
	}
	/* a packet that a rule drops by its port still counts for its source */
	if (decision.source == SOURCE_PLAIN && watch_source(context, count, packet, outcome, flow != NULL, &finding)) {
		drop(&decision, finding.rule, finding.until_ns);
		decision.verdict = finding.verdict;
		decision.source = SOURCE_BLOCKED;
	}
	if (!flow) {
		if (IS_BLOCKED(decision.source) && decision.verdict == EDGE_DROP)
			flow = find_blocked_flow(packet);
		if (!flow)
			flow = begin_flow(&packet->key, count);
	}
	*rule = decision.rule;
	if (!flow)
		return decision.verdict;
	flow->epoch = now_epoch;
	flow->until_ns = decision.until_ns;
	flow->rule = decision.rule;
	flow->verdict = decision.verdict;
	flow->source = decision.source;
	count_flow(flow, packet, count, decision.verdict);
	if (decision.verdict != EDGE_PASS && !flow->reported) {
		flow->reported = 1;
		__builtin_memset(&finding, 0, sizeof(finding));
		finding.time_ns = exact_time(packet, count);
		finding.flow = packet->key;
		finding.rule = decision.rule;
		finding.verdict = decision.verdict;
		finding.what = FOUND_FIRST_DROP;
		finding.until_ns = 0;
		finding.count = flow->dropped;
		report(count, &finding);
	}
	return decision.verdict;
}

SEC("xdp")
int on_packet(struct xdp_md *context)
{
	u32 slot = interface_of(context), outcome, verdict = EDGE_PASS, rule = 0;
	struct edge_counters *count = bpf_map_lookup_elem(&counters, &slot);
	struct packet packet = {};

	if (!count)
		return XDP_PASS;
	packet.key.interface = slot;
	outcome = parse_packet(context, &packet);
	if (outcome == PARSED && (packet.key.protocol == PROTOCOL_TCP || packet.key.protocol == PROTOCOL_UDP))
		count_port(&packet, count);
	if (IS_OF_A_FLOW(outcome)) {
		verdict = handle(context, count, &packet, outcome, &rule);
	} else {
		u32 judged = judge_unparsed(count, &packet, outcome);

		verdict = JUDGED_VERDICT(judged);
		rule = JUDGED_RULE(judged);
	}
	count_packet(count, &packet, outcome, verdict);
	if (snap_bytes)
		capture(context, &packet, count, outcome, verdict, rule);
	return verdict == EDGE_DROP ? XDP_DROP : XDP_PASS;
}
