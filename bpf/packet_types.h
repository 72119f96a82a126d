/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The headers on the wire as far as they are looked into (IEEE 802.1Q, RFC 791, 8200, 9293, 768, 792, 4443, 9260, 2784,
 * 2890), and what the kernel's XDP interface is made of. Fields of more than one byte are in network order. */
#pragma once

enum {
	BPF_MAP_TYPE_LRU_PERCPU_HASH = 10,
	BPF_MAP_TYPE_LPM_TRIE = 11,
};
enum { XDP_DROP = 1, XDP_PASS = 2 };

struct xdp_md {
	u32 data;
	u32 data_end;
	u32 data_meta;
	u32 ingress_ifindex;
	u32 rx_queue_index;
	u32 egress_ifindex;
};


enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_QINQ = 0x88a8,
	ETHERTYPE_OLD_QINQ = 0x9100,
	/* these carry other packets and are not followed */
	ETHERTYPE_TRILL = 0x22f3,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_MULTICAST = 0x8848,
	ETHERTYPE_PPPOE_SESSION = 0x8864,
	ETHERTYPE_MACSEC = 0x88e5,
	ETHERTYPE_PROVIDER_BACKBONE = 0x88e7,
	ETHERTYPE_NSH = 0x894f,
	ETHERTYPE_OLD_QINQ_2 = 0x9200,
	ETHERTYPE_OLD_QINQ_3 = 0x9300,
};
enum {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_GRE = 47,
	PROTOCOL_AUTHENTICATION = 51,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_DESTINATION = 60,
	PROTOCOL_SCTP = 132,
	PROTOCOL_MOBILITY = 135,
	PROTOCOL_HIP = 139,
	PROTOCOL_SHIM6 = 140,
};
enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };
enum { ICMP_ECHO_REPLY = 0, ICMP_ECHO = 8, ICMPV6_ECHO = 128, ICMPV6_ECHO_REPLY = 129 };

struct ethernet_header {
	u8 destination[6];
	u8 source[6];
	__be16 type;
};
struct vlan_tag {
	__be16 tag;
	__be16 type;
};
struct ipv4_header {
	u8 version_length;
	u8 service;
	__be16 total_length;
	__be16 id;
	__be16 fragment; /* 3 flags, 13 offset */
	u8 ttl;
	u8 protocol;
	u16 checksum;
	u32 source;
	u32 destination;
};
struct ipv6_header {
	u8 version_class;
	u8 flow[3];
	__be16 payload_length;
	u8 next;
	u8 hops;
	u32 source[4];
	u32 destination[4];
};
struct ipv6_extension {
	u8 next;
	u8 length;
	__be16 fragment; /* of a fragment header: 13 offset, 2 reserved, 1 more */
	u32 rest;
};
struct ports {
	__be16 source;
	__be16 destination;
};
struct tcp_header {
	struct ports ports;
	u32 sequence;
	u32 acknowledged;
	u8 offset;
	u8 flags;
	u16 window;
	u16 checksum;
	u16 urgent;
};
struct udp_header {
	struct ports ports;
	__be16 length;
	u16 checksum;
};
struct sctp_header {
	struct ports ports;
	u32 tag;
	u32 checksum;
};
struct icmp_header {
	u8 type;
	u8 code;
	u16 checksum;
	__be16 id;
	u16 sequence;
};
struct gre_header {
	__be16 flags; /* C, R, K, S ... version in the low 3 bits */
	__be16 protocol;
};
