// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Many flows out of one frame: BPF_PROG_TEST_RUN repeats what it is given, and what sees the same packet again and again
 * finds everything in the nearest cache. This writes the next flow's source address and port into the frame, and jumps to
 * the program that is measured.
 */
#include "bpf/kernel_types.h"
#include "bpf/packet_types.h"
/* keep order: the helpers need the types */
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum { BPF_MAP_TYPE_PROG_ARRAY = 3 }; /* uapi/linux/bpf.h */

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} measured SEC(".maps");

u32 flows = 1;
u32 first_address; /* host order; the last four bytes of an IPv6 address */
u32 number;

struct cycled_ipv4 {
	struct ethernet_header ethernet;
	struct ipv4_header ip;
	struct ports ports;
} __attribute__((packed));

struct cycled_ipv6 {
	struct ethernet_header ethernet;
	struct ipv6_header ip;
	struct ports ports;
} __attribute__((packed));

SEC("xdp")
int cycle(struct xdp_md *context)
{
	void *data = (void *)(long)context->data, *end = (void *)(long)context->data_end;
	struct cycled_ipv4 *four = data;
	struct cycled_ipv6 *six = data;
	u32 address, next;

	if (data + sizeof(*six) > end)
		return 0;
	next = number + 1;
	number = next < flows ? next : 0;
	address = bpf_htonl(first_address + number);
	if (four->ethernet.type == bpf_htons(ETHERTYPE_IPV4)) {
		four->ip.source = address;
		four->ports.source = bpf_htons(1024 + number);
	} else {
		six->ip.source[3] = address;
		six->ports.source = bpf_htons(1024 + number);
	}
	bpf_tail_call(context, &measured, 0);
	return 0;
}

/* What `cycle` itself takes. */
SEC("xdp")
int pass(struct xdp_md *context)
{
	return XDP_PASS;
}
