/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a frame to its flow key. Never reads past the frame; what can't be parsed has its own outcome. All reads are
 * checked against data_end right before, as the verifier wants it. Whole and well-formed TCP and UDP over plain IP are parsed in
 * place: the call would take 9 of 88 ns (AMD EPYC virtual machine, bench/xdp). All else is for a global function: verified
 * once, on its own, as otherwise each of its thousands of paths would be followed through all that comes after.
 */
#pragma once

#define MOST_VLANS 2
#define MOST_EXTENSIONS 8

struct packet {
	struct flow_key key;
	u32 length;	/* of the frame */
	u64 time_ns;	/* 0: the clock was not read yet */
	u32 headers;	/* bytes up to the end of the last header that was parsed */
	u32 protocol;	/* which counter: COUNT_* or IPPROTO_* (+ 256) */
	u8 tcp_flags;
	u8 pad[7];
};

/* Where parsing has got to. */
struct cursor {
	void *start;
	void *at;
	void *end;
};

#define HEADER_FITS(cursor, type) ((cursor)->at + sizeof(type) <= (cursor)->end)

static __always_inline void set_ipv4(u8 *to, u32 address)
{
	*(u32 *)to = 0;
	*(u32 *)(to + 4) = 0;
	*(u32 *)(to + 8) = bpf_htonl(0xffff);
	*(u32 *)(to + 12) = address;
}

static __always_inline enum parse_outcome parse_tcp(struct cursor *cursor, struct packet *packet)
{
	struct tcp_header *tcp = cursor->at;
	u32 bytes;

	if (!HEADER_FITS(cursor, *tcp))
		return SHORT_TCP;
	bytes = (tcp->offset >> 4) * 4;
	if (bytes < sizeof(*tcp) || cursor->at + bytes > cursor->end)
		return BAD_TCP;
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
		return SHORT_UDP;
	packet->key.source_port = bpf_ntohs(udp->ports.source);
	packet->key.destination_port = bpf_ntohs(udp->ports.destination);
	cursor->at += sizeof(*udp);
	return PARSED;
}

static __always_inline enum parse_outcome parse_sctp(struct cursor *cursor, struct packet *packet)
{
	struct sctp_header *sctp = cursor->at;

	if (!HEADER_FITS(cursor, *sctp))
		return SHORT_SCTP;
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

static __always_inline enum parse_outcome parse_ipv4(struct cursor *cursor, struct packet *packet)
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
	if (bpf_ntohs(ip->fragment) & 0x1fff)
		return PARSED_FRAGMENT;
	return TRANSPORT_FOLLOWS;
}

static __always_inline void set_ipv6_protocol(struct packet *packet, u32 protocol)
{
	packet->key.protocol = protocol;
	packet->protocol = 256 + protocol;
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

static __always_inline enum parse_outcome parse_ipv6(struct cursor *cursor, struct packet *packet)
{
	u32 next = 0, i;
	enum parse_outcome outcome = parse_ipv6_header(cursor, packet, &next);

	if (outcome != TRANSPORT_FOLLOWS)
		return outcome;
	/* unrolled: Linux 6.1 finds the loop's edges to be in the wrong order */
#pragma unroll
	for (i = 0; i <= MOST_EXTENSIONS; i++) {
		struct ipv6_extension *extension = cursor->at;
		u32 bytes;

		switch (next) {
		case PROTOCOL_HOP_BY_HOP:
		case PROTOCOL_ROUTING:
		case PROTOCOL_DESTINATION:
		case PROTOCOL_MOBILITY:
		case PROTOCOL_HIP:
		case PROTOCOL_SHIM6:
		case PROTOCOL_AUTHENTICATION:
		case PROTOCOL_FRAGMENT:
			break;
		default:
			set_ipv6_protocol(packet, next);
			return TRANSPORT_FOLLOWS;
		}
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
			set_ipv6_protocol(packet, extension->next);
			cursor->at += bytes;
			return PARSED_FRAGMENT;
		}
		next = extension->next;
		cursor->at += bytes;
	}
	return TOO_MANY_EXTENSIONS;
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
		else
			packet->key.inner_vlan = bpf_ntohs(vlan->tag) & 0xfff;
		type = bpf_ntohs(vlan->type);
		cursor->at += sizeof(*vlan);
	}
	if (type == ETHERTYPE_IPV4)
		return parse_ipv4(cursor, packet);
	if (type == ETHERTYPE_IPV6)
		return parse_ipv6(cursor, packet);
	packet->protocol = type == ETHERTYPE_ARP ? COUNT_ARP : COUNT_OTHER;
	return NOT_IP;
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
			outcome = parse_ipv4(&cursor, packet);
		} else if (ethernet->type == bpf_htons(ETHERTYPE_IPV6)) {
			outcome = parse_ipv6_header(&cursor, packet, &next);
			set_ipv6_protocol(packet, next);
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
