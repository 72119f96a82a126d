/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Addresses of sockets, as getsockname() and getpeername() would give them. They are part of a socket's identity: a socket
 * that was bound or connected since is described anew at its next use.
 */
#pragma once

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFREG 0100000
#define SOCKFS_MAGIC 0x534f434b /* linux/magic.h */
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define SOCKADDR_BYTES 128 /* of struct sockaddr_storage: more than any address that is written here */

u64 sockets_mount; /* address of the mount that all sockets are in; 0: none seen yet */

static __always_inline struct sock *sock_of(u64 inode)
{
	u64 socket = inode - bpf_core_field_offset(struct socket_alloc, vfs_inode);

	return peek(socket_alloc, socket, socket.sk);
}

static __always_inline u64 mixed(u64 hash, u64 value)
{
	return (hash ^ value) * 0x9e3779b97f4a7c15ull;
}

static __always_inline u64 mixed_address(u64 hash, const struct in6_addr *address)
{
	u64 halves[2];

	bpf_probe_read_kernel(halves, sizeof(halves), address);
	return mixed(mixed(hash, halves[0]), halves[1]);
}

/* A hash of the addresses of the socket with this inode; never 0. Global: see identify_file(). */
__noinline u64 socket_tuple(const u64 *inode)
{
	struct sock *sk;
	u64 hash = 1;
	u32 family;

	if (!inode)
		return 1;
	sk = sock_of(*inode);
	if (!sk)
		return 1;
	family = peek(sock, sk, __sk_common.skc_family);
	if (family == AF_INET || family == AF_INET6) {
		hash = mixed(hash, peek(sock, sk, __sk_common.skc_daddr));
		hash = mixed(hash, peek(sock, sk, __sk_common.skc_rcv_saddr));
		hash = mixed(hash, peek(sock, sk, __sk_common.skc_dport));
		/* not skc_num, which a connection that was reset loses */
		hash = mixed(hash, peek(inet_sock, sk, inet_sport));
		if (family == AF_INET6 && bpf_core_field_exists(struct sock_common, skc_v6_daddr)) {
			hash = mixed_address(hash, &sk->__sk_common.skc_v6_daddr);
			hash = mixed_address(hash, &sk->__sk_common.skc_v6_rcv_saddr);
		}
	} else if (family == AF_UNIX && bpf_core_type_exists(struct unix_sock)) {
		struct unix_sock *unix_sock = (struct unix_sock *)sk;

		/* not by peek(): the verifier lets nobody calculate with typed pointers */
		hash = mixed(hash, (u64)BPF_CORE_READ(unix_sock, addr));
		hash = mixed(hash, (u64)BPF_CORE_READ(unix_sock, peer));
	} else if (family == AF_NETLINK && bpf_core_type_exists(struct netlink_sock)) {
		hash = mixed(hash, peek(netlink_sock, sk, portid));
		hash = mixed(hash, peek(netlink_sock, sk, dst_portid));
	}
	return hash | 1;
}

/* Learns where sockets are from the first one that is described, and completes what is known of it. */
static __always_inline void find_sockets_mount(struct file_facts *facts)
{
	struct inode *inode = (struct inode *)facts->inode;
	struct super_block *sb;

	if (*(volatile u64 *)&sockets_mount || (BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFSOCK)
		return;
	sb = BPF_CORE_READ(inode, i_sb);
	if (BPF_CORE_READ(sb, s_magic) != SOCKFS_MAGIC)
		return; /* the name of a Unix socket, opened with O_PATH */
	*(volatile u64 *)&sockets_mount = facts->mnt;
	facts->tuple = socket_tuple(&facts->inode);
}

struct inet_address { /* struct sockaddr_in */
	u16 family;
	u16 port;
	u32 address;
	u64 zero;
};

struct inet6_address { /* struct sockaddr_in6 */
	u16 family;
	u16 port;
	u32 flow;
	u32 address[4];
	u32 scope;
};

struct netlink_address { /* struct sockaddr_nl */
	u16 family;
	u16 pad;
	u32 port;
	u32 groups;
};

/* Room for one end's address. */
struct socket_text {
	u8 bytes[SOCKADDR_BYTES];
};

/*
 * Each writes one end's address to `to`; returns its bytes, below SOCKADDR_BYTES, 0 if it has none. They build it in place: this
 * lies on the deepest stack that there is (512 bytes on Linux 6.1).
 */
static __always_inline u32 copy_inet(u8 *to, struct sock *sk, bool remote)
{
	struct inet_address *a = (struct inet_address *)to;
	u32 address;
	u16 port;

	if (remote) {
		port = BPF_CORE_READ(sk, __sk_common.skc_dport);
		address = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	} else {
		struct inet_sock *inet = (struct inet_sock *)sk;

		port = BPF_CORE_READ(inet, inet_sport);
		address = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		if (!address)
			address = BPF_CORE_READ(inet, inet_saddr);
	}
	if (!port && !address)
		return 0;
	a->family = AF_INET;
	a->port = port;
	a->address = address;
	a->zero = 0;
	return sizeof(*a);
}

static __always_inline u32 copy_inet6(u8 *to, struct sock *sk, bool remote)
{
	struct inet6_address *a = (struct inet6_address *)to;
	u16 port;

	if (!bpf_core_field_exists(struct sock_common, skc_v6_daddr))
		return 0;
	a->flow = 0;
	a->scope = 0;
	if (remote) {
		port = BPF_CORE_READ(sk, __sk_common.skc_dport);
		bpf_probe_read_kernel(a->address, sizeof(a->address), &sk->__sk_common.skc_v6_daddr);
	} else {
		struct inet_sock *inet = (struct inet_sock *)sk;

		port = BPF_CORE_READ(inet, inet_sport);
		bpf_probe_read_kernel(a->address, sizeof(a->address), &sk->__sk_common.skc_v6_rcv_saddr);
		if (!a->address[0] && !a->address[1] && !a->address[2] && !a->address[3]) {
			struct ipv6_pinfo *info = BPF_CORE_READ(inet, pinet6);

			bpf_probe_read_kernel(a->address, sizeof(a->address), &info->saddr);
		}
	}
	if (!port)
		return 0;
	a->family = AF_INET6;
	a->port = port;
	return sizeof(*a);
}

static __always_inline u32 copy_unix(u8 *to, struct sock *sk, bool remote)
{
	struct unix_sock *unix_sock = (struct unix_sock *)sk;
	struct unix_address *address;
	u32 length;

	if (!bpf_core_type_exists(struct unix_sock))
		return 0;
	if (remote) {
		unix_sock = (struct unix_sock *)BPF_CORE_READ(unix_sock, peer);
		if (!unix_sock)
			return 0;
	}
	address = BPF_CORE_READ(unix_sock, addr);
	if (!address)
		return 0;
	length = BPF_CORE_READ(address, len);
	barrier_var(length);
	length &= SOCKADDR_BYTES - 1;
	if (bpf_probe_read_kernel(to, length, (void *)address + bpf_core_field_offset(struct unix_address, name)))
		return 0;
	return length;
}

static __always_inline u32 copy_netlink(u8 *to, struct sock *sk, bool remote)
{
	struct netlink_address *a = (struct netlink_address *)to;
	struct netlink_sock *netlink = (struct netlink_sock *)sk;
	u32 port, groups = 0;

	if (!bpf_core_type_exists(struct netlink_sock))
		return 0;
	if (remote) {
		port = BPF_CORE_READ(netlink, dst_portid);
		groups = BPF_CORE_READ(netlink, dst_group);
	} else {
		port = BPF_CORE_READ(netlink, portid);
	}
	if (!port && !groups)
		return 0;
	a->family = AF_NETLINK;
	a->pad = 0;
	a->port = port;
	a->groups = groups;
	return sizeof(*a);
}

/* Global: see identify_file(). */
__noinline u32 copy_address(struct socket_text *to, u64 inode, u32 remote)
{
	struct sock *sk = sock_of(inode);

	if (!to || !sk)
		return 0;
	switch (BPF_CORE_READ(sk, __sk_common.skc_family)) {
	case AF_INET:
		return copy_inet(to->bytes, sk, remote);
	case AF_INET6:
		return copy_inet6(to->bytes, sk, remote);
	case AF_UNIX:
		return copy_unix(to->bytes, sk, remote);
	case AF_NETLINK:
		return copy_netlink(to->bytes, sk, remote);
	}
	return 0;
}

/* All but the addresses; returns the family. A function of its own: describe_socket() ends the deepest stack that there is. */
static __noinline u32 describe_kind(struct sock *sk, struct file_record *record)
{
	record->socket_type = BPF_CORE_READ(sk, sk_type);
	record->protocol = BPF_CORE_READ(sk, sk_protocol);
	if (bpf_core_field_exists(sk->__sk_common.skc_net.net))
		record->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	return BPF_CORE_READ(sk, __sk_common.skc_family);
}

/* Fills what a description says of sockets; their addresses go to `texts` behind `used` bytes. Returns the bytes. */
static __noinline u32 describe_socket(const struct file_facts *facts, struct file_record *record, u8 *texts, u32 used)
{
	u32 family, local = 0, remote = 0;
	struct sock *sk = NULL;

	record->socket_type = 0;
	record->protocol = 0;
	record->netns = 0;
	if (facts->tuple)
		sk = sock_of(facts->inode);
	if (sk) {
		family = describe_kind(sk, record);
		barrier_var(used);
		used &= PATH_BYTES - 1;
		local = copy_address((struct socket_text *)(texts + used), facts->inode, false) & (SOCKADDR_BYTES - 1);
		if (!local) { /* none yet: its family alone, as getsockname() has it for a Unix socket */
			*(u16 *)(texts + used) = family;
			local = sizeof(u16);
		}
		remote = copy_address((struct socket_text *)(texts + used + local), facts->inode, true) & (SOCKADDR_BYTES - 1);
	}
	record->local.stored = local;
	record->local.original = local;
	record->remote.stored = remote;
	record->remote.original = remote;
	return local + remote;
}
