/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A thread's control group in the unified hierarchy: its id, which is the inode number of its directory in cgroupfs,
 * and its path, sent once per group.
 */
#pragma once

#define CGROUP_DEPTH 512 /* levels; a path of more is longer than PATH_MAX in all likelihood, and cut */

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u32); /* value of trace_part when it was described */
} known_cgroups SEC(".maps");

struct cgroup_scratch {
	u32 busy;
	u32 pad;
	struct cgroup_record record;
	u8 path[PATH_BYTES + 256]; /* right behind record: they are sent together */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_SLOTS);
	__type(key, u32);
	__type(value, struct cgroup_scratch);
} cgroup_texts SEC(".maps");

static __always_inline struct kernfs_node *cgroup_node(struct task_struct *task)
{
	struct css_set *set = look_at(task, cgroups);
	struct cgroup *group = look_at(set, dfl_cgrp);

	return look_at(group, kn);
}

/* 0: it has none. */
static __always_inline u64 cgroup_id(struct task_struct *task)
{
	struct kernfs_node *node = cgroup_node(task);

	return node ? look(node, id) : 0;
}

struct cgroup_walk {
	struct kernfs_node *node;
	u8 *to;
	u32 used;
	u32 done;
};

static long cgroup_step(u32 i, struct cgroup_walk *w)
{
	struct kernfs_node *node = w->node, *parent = parent_node(node);
	const char *name;
	u32 used = w->used;
	long n;

	if (!parent) {
		w->done = 1;
		return 1;
	}
	if (used >= PATH_BYTES - 256)
		return 1;
	used &= PATH_BYTES - 1; /* for the verifier */
	name = look_at(node, name);
	n = bpf_probe_read_kernel_str(w->to + used, 256, name);
	if (n <= 0)
		return 1;
	w->used = used + (n & 511);
	w->node = parent;
	return 0;
}

/* Sends the group's path (components as of a file: leaf first, each ended by a zero byte) unless that was done before. */
static __noinline void describe_cgroup(struct task_struct *task, u32 slot)
{
	struct kernfs_node *node = cgroup_node(task);
	struct cgroup_scratch *scratch;
	struct cgroup_record *record;
	struct cgroup_walk w = {};
	u32 path_bytes, part = current_part(), *known;
	u64 id;

	if (!node)
		return;
	id = look(node, id);
	known = bpf_map_lookup_elem(&known_cgroups, &id);
	if (known && *known == part)
		return;
	count_produced(EVENT_CGROUP);
	scratch = bpf_map_lookup_elem(&cgroup_texts, &slot);
	if (!scratch || __sync_lock_test_and_set(&scratch->busy, 1)) {
		count_lost(EVENT_CGROUP, LOST_NESTED);
		return;
	}
	w.node = node;
	w.to = scratch->path;
	bpf_loop(CGROUP_DEPTH, cgroup_step, &w, 0);
	path_bytes = w.used & (PATH_BYTES - 1);
	record = &scratch->record;
	record->head.type = EVENT_CGROUP;
	record->head.cpu = bpf_get_smp_processor_id();
	record->head.size = sizeof(*record) + path_bytes;
	record->time_ns = bpf_ktime_get_boot_ns();
	record->cgroup = id;
	record->path.stored = path_bytes;
	record->path.original = path_bytes | (w.done ? 0 : TEXT_AT_LEAST);
	if (bpf_ringbuf_output(&life_ring, record, sizeof(*record) + path_bytes, BPF_RB_NO_WAKEUP))
		count_lost(EVENT_CGROUP, LOST_RING_FULL);
	else
		bpf_map_update_elem(&known_cgroups, &id, &part, BPF_ANY);
	*(volatile u32 *)&scratch->busy = 0;
}
