/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All that depends on the kernel's version, with the commit it came with. The recorder sets the `have_` constants before
 * loading; the verifier then drops the branch that is not taken.
 */
#pragma once

/*
 * bpf_rdonly_cast (commit a35b9af4ec2c, Linux 6.2) types a bare pointer, so that reading through it is one load with a
 * fault handler instead of a helper call: on a CPU with return thunks a call costs about as much as a cache miss.
 */
extern void *bpf_rdonly_cast(const void *object, __u32 btf_id) __ksym __weak;
const volatile bool have_rdonly_cast;

#define typed(type, pointer) \
	((struct type *)bpf_rdonly_cast((const void *)(pointer), bpf_core_type_id_kernel(struct type)))

/*
 * For following pointers of a task, or of anything else that the verifier trusts. Since Linux 6.4 (commit 6fcd486b3a0a) it asks
 * of each pointer that is loaded through a trusted one whether that is to be trusted as well, by up to four searches through
 * all types of the kernel: 2 ms for each way that leads to the load, which was half of the time that our programs take to load.
 * Of what it does not trust it does not ask. Helpers that want a task still take the original.
 */
#define untrusted(type, pointer) (have_rdonly_cast ? typed(type, pointer) : (struct type *)(pointer))

/*
 * The pointer stored at `address`, NULL if it can't be read. To the verifier it is a number: one may calculate with it, and it is
 * no other state of a loop than that before it (pointers that were followed by their types made ours take twice as long to
 * load). Any struct whose first member is a number would do.
 */
static __always_inline void *load_pointer(const void *address)
{
	void *value = NULL;

	if (have_rdonly_cast)
		return (void *)typed(timespec64, address)->tv_sec;
	bpf_probe_read_kernel(&value, sizeof(value), address);
	return value;
}

/* The pointer that the member holds; likewise. */
#define look_at(pointer, member) \
	((typeof((pointer)->member))load_pointer((const void *)(pointer) + bpf_core_field_offset(typeof(*(pointer)), member)))

/* One value behind a bare pointer, by one load where the kernel lets us. */
#define peek(type, address, member) \
	(have_rdonly_cast ? typed(type, address)->member : BPF_CORE_READ((struct type *)(address), member))

/* The same through a pointer that has its type: a number. */
#define look(pointer, member)                                                          \
	({                                                                             \
		typeof(pointer) look_at_ = (pointer);                                  \
		have_rdonly_cast ? ((typeof(*look_at_) *)bpf_rdonly_cast((const void *)look_at_, bpf_core_type_id_kernel(typeof(*look_at_))))->member \
				 : BPF_CORE_READ(look_at_, member);                    \
	})

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpadded" /* relocated anyway */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* The resident pages of an address space by kind: an array of per-CPU counters since commit f1a7941243c1 (Linux 6.2). */
enum { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES, NR_MM_COUNTERS };
struct percpu_counter {
	s64 count;
};
struct mm_struct___percpu {
	struct percpu_counter rss_stat[NR_MM_COUNTERS];
};
struct mm_rss_stat {
	atomic_long_t count[NR_MM_COUNTERS];
};
struct mm_struct___before_6_2 {
	struct mm_rss_stat rss_stat;
};

/* parent until Linux 6.15: commit 633488947ef6 */
struct kernfs_node___rcu {
	struct kernfs_node *__parent;
};

#pragma clang attribute pop
#pragma clang diagnostic pop

/* What is added up is approximate, as in /proc/PID/statm. A constant index only: the element's size is relocated by it. */
#define READ_RSS(pages, mm, kind)                                                          \
	({                                                                                 \
		s64 n_ = 0;                                                                \
		if (bpf_core_field_exists(((struct mm_struct___percpu *)mm)->rss_stat))    \
			bpf_core_read(&n_, sizeof(n_),                                     \
				      &((struct mm_struct___percpu *)mm)->rss_stat[kind].count); \
		else                                                                       \
			bpf_core_read(&n_, sizeof(n_),                                     \
				      &((struct mm_struct___before_6_2 *)mm)->rss_stat.count[kind].counter); \
		pages += n_ > 0 ? n_ : 0;                                                  \
	})

static __always_inline u64 resident_pages(struct mm_struct *mm)
{
	u64 pages = 0;

	READ_RSS(pages, mm, MM_FILEPAGES);
	READ_RSS(pages, mm, MM_ANONPAGES);
	READ_RSS(pages, mm, MM_SHMEMPAGES);
	return pages;
}

static __always_inline struct kernfs_node *parent_node(struct kernfs_node *node)
{
	struct kernfs_node___rcu *later = (void *)node;

	if (bpf_core_field_exists(node->parent))
		return BPF_CORE_READ(node, parent);
	return BPF_CORE_READ(later, __parent);
}
