/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets that are of no flow: not IP, or with headers that could not be followed. They pass unless a rule says otherwise;
 * a rule sees of them what could be read. A drop is told once a second for each reason and CPU: the counters by outcome and
 * verdict have them all.
 */
#pragma once

#define TOLD_INTERVAL_NS 1000000000ull

#define JUDGED(rule, verdict) ((rule) << 2 | (verdict))
#define JUDGED_RULE(judged) ((judged) >> 2)
#define JUDGED_VERDICT(judged) ((judged) & 3)

/* Not on the stack, which Linux counts along a chain of calls: 512 bytes for on_packet and all below it. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct finding);
} unparsed_findings SEC(".maps");

/* A global function: such packets are rare, and all the others need not be verified with it. Returns JUDGED(). */
__noinline u32 judge_unparsed(struct edge_counters *count, struct packet *packet, u32 outcome)
{
	struct decision decision = {.until_ns = FOR_EVER};
	u32 generation = *(volatile u32 *)&active & 1, zero = 0;
	const struct edge_config *config = &configs[generation];
	struct finding *finding;
	u64 now;

	if (!count || !packet)
		return EDGE_PASS;
	if (!config->has_ports && !config->has_prefixes && !config->any.interval_ns && !*(volatile u32 *)&any_blocks)
		return EDGE_PASS;
	finding = bpf_map_lookup_elem(&unparsed_findings, &zero);
	if (!finding)
		return EDGE_PASS;
	if (packet->key.family)
		decide(packet, outcome, count, &decision);
	else
		decide_link(packet, outcome, generation, &decision);
	if (decision.source == SOURCE_PLAIN && packet->key.family && watch_packets(count, packet, finding)) {
		decision.rule = finding->rule;
		decision.verdict = finding->verdict;
	}
	if (decision.verdict == EDGE_PASS)
		return JUDGED(decision.rule, EDGE_PASS);
	now = exact_time(packet, count);
	barrier_var(outcome);
	if (outcome >= PARSE_OUTCOMES) /* so that the verifier knows */
		return EDGE_PASS;
	if (!count->told_ns[outcome] || now - count->told_ns[outcome] >= TOLD_INTERVAL_NS) {
		count->told_ns[outcome] = now;
		begin_finding(finding, config, packet, now);
		finding->rule = decision.rule;
		finding->verdict = decision.verdict;
		finding->what = FOUND_FIRST_DROP;
		finding->outcome = outcome;
		finding->count = count->outcomes[outcome][decision.verdict == EDGE_DROP ? EDGE_DROP : EDGE_WOULD_DROP].packets + 1;
		report(count, finding);
	}
	return JUDGED(decision.rule, decision.verdict);
}
