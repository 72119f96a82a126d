/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the XDP program and the recorder have in common: the flow table, the rules in the form that the data path reads,
 * the counters and the findings. Ports and VLAN ids are in host order; an IPv4 address is ::ffff:a.b.c.d.
 */
#pragma once

#include "bpf/shared.h"

enum { MOST_INTERFACES = 8, ADDRESS_BYTES = 16 };

#define IS_OF_A_FLOW(outcome) ((outcome) <= PARSED_UNKNOWN_PROTOCOL)
/* The headers could not be followed as far as rules look: what `drop unparsed` is about. */
#define IS_UNPARSED(outcome) ((outcome) >= SHORT_ETHERNET)

enum { CHAIN_HEADERS = CHAIN_SHIM6 + 1 };
static const u8 chain_protocols[CHAIN_HEADERS] = {0, 43, 44, 51, 60, 135, 139, 140}; /* IPPROTO_* of each */

struct packet_count {
	u64 packets;
	u64 bytes;
};

/* Of one interface on one CPU. Only that CPU's softirq writes it. */
struct edge_counters {
	struct packet_count outcomes[PARSE_OUTCOMES][EDGE_VERDICTS];
	struct packet_count protocols[COUNT_PROTOCOLS];
	struct packet_count chain[2][CHAIN_HEADERS]; /* IPv4, IPv6: packets that have the header */
	u64 told_ns[PARSE_OUTCOMES]; /* when a drop of what has no flow was last a finding */
	u64 flows_begun;
	u64 flows_refused; /* the table had no room */
	u64 packets_produced, packets_lost;
	u64 findings_produced, findings_lost;
	u64 findings_suppressed; /* by the limit of the CPU; a source's own suppressed ones are in its state */
	u64 finding_tat;	 /* token bucket of this CPU's findings */
	u64 clock_ns, clock_tick; /* the latest reading of the boot clock here, and the kernel's tick that it fell into */
	u8 touched[512];	 /* 1: ports are counted in this block, of PORT_BLOCKS */
};

/* Ports are counted for all interfaces together, in blocks of 256: TCP, then UDP. */
enum { PORTS_PER_BLOCK = 256, PORT_BLOCKS = 512, UDP_PORT_BLOCKS = 256 };
struct port_block {
	struct packet_count ports[PORTS_PER_BLOCK];
};

struct flow_key {
	u8 source[ADDRESS_BYTES];
	u8 destination[ADDRESS_BYTES];
	u16 source_port;
	u16 destination_port;
	u16 vlan, inner_vlan;
	u8 protocol;
	u8 family; /* 4 or 6 */
	u16 interface;
	u16 chain; /* bits CHAIN_*: rules may tell packets apart by them */
	u8 pad[2];
};

/* What is decided about a source as a whole. */
enum source_state {
	SOURCE_PLAIN,
	SOURCE_ALLOWED,		/* neither limits nor scan detection */
	SOURCE_BLOCKED,		/* by one of these: in `blocks` */
	SOURCE_PREFIX_BLOCKED,	/* by a rule: in `prefixes` */
};

struct flow_value {
	u64 packets, bytes, dropped;
	u64 first_ns, last_ns;
	u64 until_ns; /* the decision below holds until then, and while the epoch is the same */
	u32 epoch;
	u32 rule;
	u8 verdict;
	u8 tcp_flags;
	u8 source;	/* enum source_state */
	u8 reported;	/* its first drop */
	u32 pad;
};

/* ---- rules: two generations, one of them active ---- */

/* One tree for all prefixes: the generation is the first byte, so that a lookup sees its own only. */
struct prefix_key {
	u32 bits; /* 8 + those of the address */
	u8 generation;
	u8 address[ADDRESS_BYTES];
	u8 pad[7]; /* the tree puts the value right behind: aligned, as an atomic addition across cache lines takes 1300 ns */
};
#define PREFIX_KEY_BITS 8
enum prefix_action { PREFIX_ALLOW = 1, PREFIX_BLOCK = 2 };
struct prefix_value {
	u64 until_ns; /* boot time; all ones: for ever */
	u64 packets;  /* blocked */
	u32 rule;
	u32 action;
};

/* What one rule says; 0: no rule. Of several the lowest decides, which is the first of the rules. */
#define RULE_CELL(place, rule, drop) ((u64)(place) << 32 | (u64)(rule) << 1 | (drop))
#define CELL_RULE(cell) ((u32)(cell) >> 1)

/* Cells by destination port. */
struct port_table {
	u64 rule[65536];
};
enum port_protocol { PORTS_TCP, PORTS_UDP, PORTS_SCTP, PORT_PROTOCOLS };

struct rate_limit {
	u64 interval_ns; /* between packets at the rate; 0: no limit */
	u64 burst_ns;	 /* how far a source may run ahead */
	u64 block_ns;	 /* how long a source over it is blocked; 0: findings only */
	u64 per_second;
	u32 rule;
	u32 pad;
};

struct edge_config {
	struct rate_limit syn;	/* connection attempts */
	struct rate_limit any;	/* packets */
	u64 scan_window_ns;
	u64 scan_block_ns;
	u32 scan_ports;		/* 0: no detection */
	u32 scan_rule;
	u32 has_prefixes;
	u32 has_ports;		/* port rules or protocol rules */
	u32 dry_run;
	u32 pad;
	/* cells */
	u64 protocols[256];	 /* by IPPROTO_*: of packets without ports */
	u64 chain[CHAIN_HEADERS]; /* for packets that have the header */
	u64 arp, other, unparsed;
};

/* ---- what is known of a source ---- */

struct source_key {
	u8 address[ADDRESS_BYTES];
};

enum { MOST_SCAN_PORTS = 64 };
struct source_value {
	u64 syn_tat, any_tat; /* theoretical arrival times of the token buckets: past when a bucket is full */
	u64 finding_tat;
	u64 suppressed;	      /* findings, since the last that was written */
	u64 probe_ns;	      /* when it last sent what counts for a scan */
	u32 lock;	      /* of probe_ns and what follows; held for one look */
	u32 scan_reported;
	u32 ports[MOST_SCAN_PORTS]; /* when (window / 256, 16 bits, 0 is not used) << 16 | port; 0: free */
};

enum block_reason { BLOCK_SYN_FLOOD = 1, BLOCK_PACKET_FLOOD = 2, BLOCK_SCAN = 3 };
struct block_value {
	u64 since_ns, until_ns;
	u64 packets; /* dropped, or that would have been */
	u32 rule;
	u32 reason;
};

/* ---- findings ---- */

/* From the program to the recorder, which makes a security_record of it. */
struct finding {
	u64 time_ns;
	u64 count;
	u64 suppressed;
	u64 until_ns;
	u32 rule;
	u16 cpu;
	u8 what;
	u8 verdict : 2;
	u8 outcome : 6; /* enum parse_outcome: with one that has no flow, addresses and ports are as far as they were read */
	struct flow_key flow;
};
