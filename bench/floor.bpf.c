// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The floor: the least that a BPF program can do and still hand a 64-byte record of every system call of one process
 * to user space. Nothing that records the same through the same hooks can cost less, so a recorder is judged by its
 * distance to these. floor.cc loads one exit program at a time, with its enter program if it has one.
 *
 *   empty      both hooks, which do nothing: what a process pays that is not recorded, at least
 *   exit64     sys_exit only: filter, clock, record
 *   storage64  sys_enter leaves the time in task storage, sys_exit adds the duration
 *
 * each through a BPF ring buffer per CPU without wake-ups, and through an own ring per CPU in an mmapable array that
 * overwrites what was not drained in time: no lock, no reserve and commit, so a lower bound and not a transport.
 */
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "floor.h"

/* uapi/linux/bpf.h */
enum {
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};
enum { BPF_F_NO_PREALLOC = 1U << 0, BPF_F_MMAPABLE = 1U << 10 };
enum { BPF_LOCAL_STORAGE_GET_F_CREATE = 1 };
enum { BPF_RB_NO_WAKEUP = 1 };

/* Only the fields that we read; CO-RE relocates them to the running kernel's layout. */
struct pt_regs {
	unsigned long dx, si, di, orig_ax;
} __attribute__((preserve_access_index));

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 traced_tgid = 0;
struct floor_cursor cursors[FLOOR_MAX_CPUS];

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} start_times SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* possible CPUs; set by the harness */
	__type(key, __u32);
	__type(value, struct floor_ring);
} own_rings SEC(".maps");

struct bpf_ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1); /* possible CPUs; set by the harness, which makes the rings, too */
	__type(key, __u32);
	__array(values, struct bpf_ring);
} bpf_rings SEC(".maps");

static __always_inline int is_traced(__u64 pid_tgid)
{
	return pid_tgid >> 32 == traced_tgid;
}

static __always_inline __u64 start_time(void)
{
	__u64 *start = bpf_task_storage_get(&start_times, bpf_get_current_task_btf(), 0, 0);

	return start ? *start : 0;
}

static __always_inline void fill(struct floor_record *record, __u64 pid_tgid, struct pt_regs *regs, long result,
				 __u64 start_ns)
{
	__u64 now_ns = bpf_ktime_get_ns();

	record->time_ns = start_ns ? start_ns : now_ns;
	record->pid_tgid = pid_tgid;
	record->result = result;
	record->number = regs->orig_ax;
	record->duration_ns = start_ns ? now_ns - start_ns : 0;
	record->args[0] = regs->di;
	record->args[1] = regs->si;
	record->args[2] = regs->dx;
}

static __always_inline int through_bpf_ring(__u64 pid_tgid, struct pt_regs *regs, long result, __u64 start_ns)
{
	__u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&bpf_rings, &cpu);
	struct floor_record *record;

	if (!ring)
		return 0;
	record = bpf_ringbuf_reserve(ring, sizeof(*record), 0);
	if (!record) {
		cursors[cpu & (FLOOR_MAX_CPUS - 1)].lost++;
		return 0;
	}
	fill(record, pid_tgid, regs, result, start_ns);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

/* Preemption is off in a tp_btf program and system calls do not nest, so this CPU's ring has one writer. */
static __always_inline int through_own_ring(__u64 pid_tgid, struct pt_regs *regs, long result, __u64 start_ns)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct floor_ring *ring = bpf_map_lookup_elem(&own_rings, &cpu);
	struct floor_cursor *cursor = &cursors[cpu & (FLOOR_MAX_CPUS - 1)];
	__u64 position = cursor->produced;

	if (!ring)
		return 0;
	fill(&ring->records[position & (FLOOR_RING_RECORDS - 1)], pid_tgid, regs, result, start_ns);
	barrier(); /* x86 keeps stores in order */
	cursor->produced = position + 1;
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(storage64_enter, struct pt_regs *regs, long number)
{
	__u64 *start;

	if (!is_traced(bpf_get_current_pid_tgid()))
		return 0;
	start = bpf_task_storage_get(&start_times, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (start)
		*start = bpf_ktime_get_ns();
	return 0;
}

#define EXIT_PROGRAM(name, transport, start_ns)                        \
	SEC("tp_btf/sys_exit")                                         \
	int BPF_PROG(name, struct pt_regs *regs, long result)          \
	{                                                              \
		__u64 pid_tgid = bpf_get_current_pid_tgid();           \
                                                                       \
		if (!is_traced(pid_tgid))                              \
			return 0;                                      \
		return transport(pid_tgid, regs, result, start_ns);    \
	}

SEC("tp_btf/sys_enter")
int BPF_PROG(empty_enter, struct pt_regs *regs, long number)
{
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(empty_own, struct pt_regs *regs, long result)
{
	return 0;
}

EXIT_PROGRAM(exit64_ringbuf, through_bpf_ring, 0)
EXIT_PROGRAM(exit64_own, through_own_ring, 0)
EXIT_PROGRAM(storage64_ringbuf, through_bpf_ring, start_time())
EXIT_PROGRAM(storage64_own, through_own_ring, start_time())
