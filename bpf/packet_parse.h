/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a frame to its flow key. Never reads past the frame; what can't be parsed has its own outcome. All reads are
 * checked against data_end right before, as the verifier wants it. Whole and well-formed TCP and UDP over plain IP are parsed in
 * place: the call would take 9 of 88 ns (AMD EPYC virtual machine, bench/xdp). All else is for a global function: verified
 * once, on its own, as otherwise each of its thousands of paths would be followed through all that comes after.
 * Headers between IP and the transport are followed, over IPv4 and IPv6 alike; which ones there are is part of the key.
 */
#pragma once

#define MOST_VLANS 8
/* Powers of two, past what may be in front of IP and of the transport. */
#define LINK_BYTES 64
#define CHAIN_BYTES 32768
#define MOST_EXTENSIONS 8

struct packet {
	struct flow_key key;
	u64 time_ns;	/* 0: the clock was not read yet */
	u32 length;	/* of the frame */
	u32 headers;	/* bytes up to the end of the last header that was parsed */
	u32 protocol;	/* which counter: COUNT_* or IPPROTO_* (+ 256) */
	u8 tcp_flags;
	u8 has_ports;	/* although the transport header is cut or malformed */
	u8 pad[2];
};

/* Where parsing has got to. */
struct cursor {
	void *start;
	void *at;
	void *end;
};

#define HEADER_FITS(cursor, type) ((cursor)->at + sizeof(type) <= (cursor)->end)

/* To the verifier, all ways that lead to a place below `most` bytes become one and the same; nothing else changes. */
static __always_inline void forget_way(struct cursor *cursor, u32 most)
{
	u32 offset = cursor->at - cursor->start;

	barrier_var(offset);
	cursor->at = cursor->start + (offset & (most - 1));
}

static __always_inline void set_ipv4(u8 *to, u32 address)
{
	*(u32 *)to = 0;
	*(u32 *)(to + 4) = 0;
	*(u32 *)(to + 8) = bpf_htonl(0xffff);
	*(u32 *)(to + 12) = address;
}

/* Of a transport header that can't be taken as a whole: a fragment may be cut behind the ports, and be put together here. */
static __always_inline enum parse_outcome ports_only(struct cursor *cursor, struct packet *packet, enum parse_outcome outcome)
{
	struct ports *ports = cursor->at;

	if (HEADER_FITS(cursor, *ports)) {
		packet->key.source_port = bpf_ntohs(ports->source);
		packet->key.destination_port = bpf_ntohs(ports->destination);
		packet->has_ports = 1;
	}
	return outcome;
}

static __always_inline enum parse_outcome parse_tcp(struct cursor *cursor, struct packet *packet)
{
	struct tcp_header *tcp = cursor->at;
	u32 bytes;

	if (!HEADER_FITS(cursor, *tcp))
		return ports_only(cursor, packet, SHORT_TCP);
	bytes = (tcp->offset >> 4) * 4;
	if (bytes < sizeof(*tcp) || cursor->at + bytes > cursor->end)
		return ports_only(cursor, packet, BAD_TCP);
	packet->key.source_port = bpf_ntohs(tcp->ports.source);
	packet->key.destination_port = bpf_ntohs(tcp->ports.destination);
	packet->tcp_flags = tcp->flags;
	cursor->at += bytes;
	return PARSED;
}

static __always_inline enum parse_outcome parse_udp(struct cursor *cursor, struct packet *packet)
{
	struct udp_header *udp = cursor->at;

	if (!HEADER_FITS(cursor, *udp))
		return ports_only(cursor, packet, SHORT_UDP);
	packet->key.source_port = bpf_ntohs(udp->ports.source);
	packet->key.destination_port = bpf_ntohs(udp->ports.destination);
	cursor->at += sizeof(*udp);
	return PARSED;
}

static __always_inline enum parse_outcome parse_sctp(struct cursor *cursor, struct packet *packet)
{
	struct sctp_header *sctp = cursor->at;

	if (!HEADER_FITS(cursor, *sctp))
		return ports_only(cursor, packet, SHORT_SCTP);
	packet->key.source_port = bpf_ntohs(sctp->ports.source);
	packet->key.destination_port = bpf_ntohs(sctp->ports.destination);
	cursor->at += sizeof(*sctp);
	return PARSED;
}

static __always_inline enum parse_outcome parse_icmp(struct cursor *cursor, struct packet *packet)
{
	struct icmp_header *icmp = cursor->at;
	u8 type;

	if (!HEADER_FITS(cursor, *icmp))
		return SHORT_ICMP;
	type = icmp->type;
	packet->key.destination_port = type << 8 | icmp->code;
	if (packet->key.family == 4 ? type == ICMP_ECHO || type == ICMP_ECHO_REPLY
				    : type == ICMPV6_ECHO || type == ICMPV6_ECHO_REPLY)
		packet->key.source_port = bpf_ntohs(icmp->id);
	cursor->at += sizeof(*icmp);
	return PARSED;
}

/* What is carried inside is named (as the port), not looked into. */
static __always_inline enum parse_outcome parse_gre(struct cursor *cursor, struct packet *packet)
{
	struct gre_header *gre = cursor->at;
	u32 flags, bytes = sizeof(*gre);

	if (!HEADER_FITS(cursor, *gre))
		return SHORT_GRE;
	flags = bpf_ntohs(gre->flags);
	if ((flags & 7) > 1)
		return BAD_GRE;
	packet->key.destination_port = bpf_ntohs(gre->protocol);
	bytes += flags & 0xc000 ? 4 : 0; /* checksum or routing */
	bytes += flags & 0x2000 ? 4 : 0; /* key */
	bytes += flags & 0x1000 ? 4 : 0; /* sequence number */
	bytes += (flags & 0x87) == 0x81 ? 4 : 0; /* acknowledgement, of version 1 (RFC 2637) */
	if (cursor->at + bytes > cursor->end)
		return SHORT_GRE;
	cursor->at += bytes;
	return PARSED;
}

static __always_inline enum parse_outcome parse_transport(struct cursor *cursor, struct packet *packet)
{
	switch (packet->key.protocol) {
	case PROTOCOL_TCP:
		return parse_tcp(cursor, packet);
	case PROTOCOL_UDP:
		return parse_udp(cursor, packet);
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
		/* either one over the other's IP is nonsense */
		if ((packet->key.protocol == PROTOCOL_ICMP) != (packet->key.family == 4))
			return PARSED_UNKNOWN_PROTOCOL;
		return parse_icmp(cursor, packet);
	case PROTOCOL_SCTP:
		return parse_sctp(cursor, packet);
	case PROTOCOL_GRE:
		return parse_gre(cursor, packet);
	}
	return PARSED_UNKNOWN_PROTOCOL;
}

#define TRANSPORT_FOLLOWS PARSE_OUTCOMES /* inside the parser only */

/* Whether nothing but its own header tells what an IPv4 packet is: neither a fragment nor has it a chain of headers. */
static __always_inline bool is_plain_ipv4(const struct ipv4_header *ip)
{
	return !(bpf_ntohs(ip->fragment) & 0x3fff);
}

/* Without what follows. */
static __always_inline enum parse_outcome parse_ipv4_header(struct cursor *cursor, struct packet *packet)
{
	struct ipv4_header *ip = cursor->at;
	u32 bytes, total;

	if (!HEADER_FITS(cursor, *ip))
		return SHORT_IPV4;
	bytes = (ip->version_length & 15) * 4;
	total = bpf_ntohs(ip->total_length);
	if (ip->version_length >> 4 != 4 || bytes < sizeof(*ip) || total < bytes)
		return BAD_IPV4;
	if (cursor->at + bytes > cursor->end)
		return SHORT_IPV4;
	packet->key.family = 4;
	packet->key.protocol = ip->protocol;
	packet->protocol = ip->protocol;
	set_ipv4(packet->key.source, ip->source);
	set_ipv4(packet->key.destination, ip->destination);
	cursor->at += bytes;
	return TRANSPORT_FOLLOWS;
}

static __always_inline void set_protocol(struct packet *packet, u32 protocol)
{
	packet->key.protocol = protocol;
	packet->protocol = (packet->key.family == 4 ? 0 : 256) + protocol;
}

/* Without what follows: `next`. */
static __always_inline enum parse_outcome parse_ipv6_header(struct cursor *cursor, struct packet *packet, u32 *next)
{
	struct ipv6_header *ip = cursor->at;

	if (!HEADER_FITS(cursor, *ip))
		return SHORT_IPV6;
	if (ip->version_class >> 4 != 6)
		return BAD_IPV6;
	packet->key.family = 6;
	__builtin_memcpy(packet->key.source, ip->source, ADDRESS_BYTES);
	__builtin_memcpy(packet->key.destination, ip->destination, ADDRESS_BYTES);
	*next = ip->next;
	cursor->at += sizeof(*ip);
	return TRANSPORT_FOLLOWS;
}

/* 0: a transport. */
static __always_inline u32 chain_bit(u32 protocol)
{
	switch (protocol) {
	case PROTOCOL_HOP_BY_HOP:
		return 1 << CHAIN_HOP_BY_HOP;
	case PROTOCOL_ROUTING:
		return 1 << CHAIN_ROUTING;
	case PROTOCOL_FRAGMENT:
		return 1 << CHAIN_FRAGMENT;
	case PROTOCOL_AUTHENTICATION:
		return 1 << CHAIN_AUTHENTICATION;
	case PROTOCOL_DESTINATION:
		return 1 << CHAIN_DESTINATION;
	case PROTOCOL_MOBILITY:
		return 1 << CHAIN_MOBILITY;
	case PROTOCOL_HIP:
		return 1 << CHAIN_HIP;
	case PROTOCOL_SHIM6:
		return 1 << CHAIN_SHIM6;
	}
	return 0;
}

/*
 * From the header behind IP's own, which is `next`, to the transport's. Over IPv4 only authentication headers form a chain.
 * A header that is named, but cut, counts as there.
 */
static __always_inline enum parse_outcome follow_chain(struct cursor *cursor, struct packet *packet, u32 next)
{
	bool ipv6 = packet->key.family == 6;
	u32 i;

	/* unrolled: Linux 6.1 finds the loop's edges to be in the wrong order */
#pragma unroll
	for (i = 0; i <= MOST_EXTENSIONS; i++) {
		struct ipv6_extension *extension = cursor->at;
		u32 bytes, bit = chain_bit(next);

		if (!bit || (!ipv6 && next != PROTOCOL_AUTHENTICATION)) {
			set_protocol(packet, next);
			return TRANSPORT_FOLLOWS;
		}
		packet->key.protocol = next;
		packet->key.chain |= bit;
		if (i == MOST_EXTENSIONS)
			break;
		if (!HEADER_FITS(cursor, *extension))
			return SHORT_EXTENSION;
		bytes = next == PROTOCOL_FRAGMENT	? 8
			: next == PROTOCOL_AUTHENTICATION ? (extension->length + 2) * 4
							  : (extension->length + 1) * 8;
		if (cursor->at + bytes > cursor->end)
			return SHORT_EXTENSION;
		if (next == PROTOCOL_FRAGMENT && bpf_ntohs(extension->fragment) & 0xfff8) {
			set_protocol(packet, extension->next);
			packet->key.chain |= chain_bit(extension->next) | 1 << CHAIN_LATER;
			cursor->at += bytes;
			return PARSED_FRAGMENT;
		}
		next = extension->next;
		cursor->at += bytes;
		forget_way(cursor, CHAIN_BYTES);
	}
	return TOO_MANY_EXTENSIONS;
}

static __always_inline enum parse_outcome parse_ip(struct cursor *cursor, struct packet *packet, u32 type)
{
	struct ipv4_header *ip = cursor->at;
	enum parse_outcome outcome;
	u32 next = 0;

	if (type == ETHERTYPE_IPV6) {
		outcome = parse_ipv6_header(cursor, packet, &next);
	} else {
		outcome = parse_ipv4_header(cursor, packet);
		if (outcome == TRANSPORT_FOLLOWS && !is_plain_ipv4(ip)) {
			packet->key.chain = 1 << CHAIN_FRAGMENT;
			if (bpf_ntohs(ip->fragment) & 0x1fff) {
				if (packet->key.protocol == PROTOCOL_AUTHENTICATION)
					packet->key.chain |= 1 << CHAIN_AUTHENTICATION;
				packet->key.chain |= 1 << CHAIN_LATER;
				return PARSED_FRAGMENT;
			}
		}
		next = packet->key.protocol;
	}
	if (outcome != TRANSPORT_FOLLOWS)
		return outcome;
	packet->protocol = COUNT_UNPARSED; /* until the transport is found */
	forget_way(cursor, CHAIN_BYTES);
	return follow_chain(cursor, packet, next);
}

/* What is not IP: whether it may carry IP. */
static __always_inline enum parse_outcome name_other(struct packet *packet, u32 type)
{
	packet->protocol = COUNT_OTHER;
	switch (type) {
	case ETHERTYPE_ARP:
		packet->protocol = COUNT_ARP;
		return NOT_IP;
	case ETHERTYPE_TRILL:
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MULTICAST:
	case ETHERTYPE_PPPOE_SESSION:
	case ETHERTYPE_MACSEC:
	case ETHERTYPE_PROVIDER_BACKBONE:
	case ETHERTYPE_NSH:
	case ETHERTYPE_OLD_QINQ_2:
	case ETHERTYPE_OLD_QINQ_3:
		return ENCAPSULATED;
	}
	return NOT_IP;
}

static __always_inline enum parse_outcome parse_link(struct cursor *cursor, struct packet *packet)
{
	struct ethernet_header *ethernet = cursor->at;
	u32 type, i;

	if (!HEADER_FITS(cursor, *ethernet))
		return SHORT_ETHERNET;
	type = bpf_ntohs(ethernet->type);
	cursor->at += sizeof(*ethernet);
#pragma unroll
	for (i = 0; i <= MOST_VLANS; i++) {
		struct vlan_tag *vlan = cursor->at;

		if (type != ETHERTYPE_VLAN && type != ETHERTYPE_QINQ && type != ETHERTYPE_OLD_QINQ)
			break;
		if (i == MOST_VLANS)
			return TOO_MANY_VLANS;
		if (!HEADER_FITS(cursor, *vlan))
			return SHORT_VLAN;
		if (i == 0)
			packet->key.vlan = bpf_ntohs(vlan->tag) & 0xfff;
		else if (i == 1)
			packet->key.inner_vlan = bpf_ntohs(vlan->tag) & 0xfff;
		type = bpf_ntohs(vlan->type);
		cursor->at += sizeof(*vlan);
	}
	forget_way(cursor, LINK_BYTES);
	if (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6)
		return parse_ip(cursor, packet, type);
	return name_other(packet, type);
}

static __always_inline struct cursor start_of(struct xdp_md *context)
{
	struct cursor cursor = {
		.start = (void *)(long)context->data,
		.at = (void *)(long)context->data,
		.end = (void *)(long)context->data_end,
	};

	return cursor;
}

/* Begins anew: whatever has addresses has all of the key that is filled in before set again. */
__noinline u32 parse_any_packet(struct xdp_md *context, struct packet *packet)
{
	struct cursor cursor = start_of(context);
	u32 outcome;

	if (!packet)
		return SHORT_ETHERNET;
	packet->length = cursor.end - cursor.start;
	packet->protocol = COUNT_UNPARSED;
	outcome = parse_link(&cursor, packet);
	if (outcome == TRANSPORT_FOLLOWS)
		outcome = parse_transport(&cursor, packet);
	packet->headers = cursor.at - cursor.start;
	return outcome;
}

/* Fills `packet`, which is all zeros; returns an enum parse_outcome. */
static __always_inline u32 parse_packet(struct xdp_md *context, struct packet *packet)
{
	struct cursor cursor = start_of(context);
	struct ethernet_header *ethernet = cursor.at;
	u32 outcome = NOT_IP, next = 0;

	if (HEADER_FITS(&cursor, *ethernet)) {
		cursor.at += sizeof(*ethernet);
		if (ethernet->type == bpf_htons(ETHERTYPE_IPV4)) {
			const struct ipv4_header *ip = cursor.at;

			outcome = parse_ipv4_header(&cursor, packet);
			if (outcome == TRANSPORT_FOLLOWS && !is_plain_ipv4(ip))
				outcome = PARSED_FRAGMENT; /* not here */
		} else if (ethernet->type == bpf_htons(ETHERTYPE_IPV6)) {
			outcome = parse_ipv6_header(&cursor, packet, &next);
			packet->key.protocol = next;
			packet->protocol = 256 + next;
		}
	}
	if (outcome == TRANSPORT_FOLLOWS && packet->key.protocol == PROTOCOL_TCP)
		outcome = parse_tcp(&cursor, packet);
	else if (outcome == TRANSPORT_FOLLOWS && packet->key.protocol == PROTOCOL_UDP)
		outcome = parse_udp(&cursor, packet);
	if (outcome != PARSED)
		return parse_any_packet(context, packet);
	packet->length = cursor.end - cursor.start;
	packet->headers = cursor.at - cursor.start;
	return PARSED;
}
