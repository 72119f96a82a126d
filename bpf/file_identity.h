/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Descriptor -> open file -> the 32-bit id of its description.
 *
 * A thread remembers the last files it used, by descriptor; the rest is in an LRU map. Both remember what they saw of
 * the file, and are believed only while all of it still holds: addresses of freed files, inodes and dentries are soon
 * given out again, also under the same descriptor. A name is part of the identity: a file that was renamed, or lies
 * under a directory that was, gets a new description with its new path at its next use.
 */
#pragma once

struct file_facts {
	u64 inode;	 /* address */
	u64 dentry;	 /* address */
	u64 mnt;	 /* address */
	u64 number;	 /* i_ino */
	u64 parent;	 /* address of the parent's dentry */
	u64 name_hash;	 /* hash and length of the last component */
	u32 generation;	 /* i_generation */
	u32 renames;	 /* value of rename_count when the path was last known to be right */
	u32 unlinked;	 /* no longer in its directory */
	u32 pad;
	u64 tuple;	 /* of a socket: a hash of its addresses */
};

struct known_file {
	struct file_facts facts;
	u64 path_hash;
	u32 id;
	u32 part; /* value of trace_part when it was described */
};

struct file_key {
	u64 inode, dentry, mnt;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct file_key);
	__type(value, struct known_file);
} known_files SEC(".maps");

/* A percpu value that one program at a time may use on a CPU; by enum scratch_slot. */
struct file_scratch {
	u32 busy;
	u32 pad;
	struct known_file known;
	struct file_record record;
	u8 texts[PATH_BYTES + 256]; /* right behind record: they are sent together */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_SLOTS);
	__type(key, u32);
	__type(value, struct file_scratch);
} file_scratches SEC(".maps");

/* Successful calls so far that may have changed paths; by any process. */
u32 rename_count;

/* The last ids that were given. In a cache line of their own: all that lies beside them is read at every call of every CPU. */
struct {
	u32 file, thread;
	u32 pad[14];
} last_ids __attribute__((aligned(64)));

/*
 * Counts the files that the recorder wrote, from 1: each needs descriptions of its own. The recorder adds one to
 * rename_count as well, so that what threads remember is looked at again.
 */
u32 trace_part; /* not 0: the recorder sets it before anything runs */
u32 last_former_file; /* ids up to here belong to former parts */

static __always_inline u32 current_part(void)
{
	return *(volatile u32 *)&trace_part;
}

#include "socket_address.h"

/* The file behind fd, or NULL. Its address is only compared and read through, never trusted. */
static __always_inline void *file_of_descriptor(struct task_struct *task, u32 fd)
{
	struct files_struct *files = untrusted(task_struct, task)->files;
	struct fdtable *table;

	if (!files)
		return NULL;
	table = files->fdt;
	if (!table || fd >= table->max_fds)
		return NULL;
	return load_pointer((const void *)((u64)table->fd + (u64)fd * sizeof(void *)));
}

/* What follows from these two. */
static __always_inline void read_inode_facts(struct inode *inode_at, struct dentry *dentry_at, struct file_facts *facts)
{
	facts->inode = (u64)inode_at;
	facts->dentry = (u64)dentry_at;
	if (have_rdonly_cast) {
		struct inode *inode = typed(inode, inode_at);
		struct dentry *dentry = typed(dentry, dentry_at);

		facts->number = inode->i_ino;
		facts->generation = inode->i_generation;
		facts->parent = (u64)dentry->d_parent;
		facts->unlinked = dentry->d_hash.pprev == NULL;
		facts->name_hash = dentry->d_name.hash_len;
	} else {
		facts->number = BPF_CORE_READ(inode_at, i_ino);
		facts->generation = BPF_CORE_READ(inode_at, i_generation);
		facts->parent = (u64)BPF_CORE_READ(dentry_at, d_parent);
		facts->unlinked = BPF_CORE_READ(dentry_at, d_hash.pprev) == NULL;
		facts->name_hash = BPF_CORE_READ(dentry_at, d_name.hash_len);
	}
}

static __always_inline void read_file_facts(void *file_address, struct file_facts *facts)
{
	struct file *file = file_address;

	facts->renames = *(volatile u32 *)&rename_count;
	facts->pad = 0;
	facts->mnt = (u64)look_at(file, f_path.mnt);
	read_inode_facts(look_at(file, f_inode), look_at(file, f_path.dentry), facts);
	/* All sockets are in the one mount of their file system, so that nothing else pays for them. */
	facts->tuple = facts->mnt == *(volatile u64 *)&sockets_mount ? socket_tuple(&facts->inode) : 0;
}

static __always_inline bool same_file(const struct file_facts *a, const struct file_facts *b)
{
	return a->inode == b->inode && a->dentry == b->dentry && a->mnt == b->mnt && a->number == b->number &&
	       a->generation == b->generation && a->parent == b->parent && a->name_hash == b->name_hash &&
	       a->unlinked == b->unlinked && a->tuple == b->tuple;
}

/*
 * Is this still the file with those facts? The same comparisons as read_file_facts() and same_file(), but each value is looked at
 * where it is, and the first that differs ends it: most calls use a file that the thread has used before. Not for sockets.
 */
static __always_inline bool still_the_file(void *file_address, const struct file_facts *facts)
{
	struct file *file = typed(file, file_address);
	struct inode *inode = file->f_inode;
	struct dentry *dentry = file->f_path.dentry;

	return facts->inode == (u64)inode && facts->dentry == (u64)dentry && facts->mnt == (u64)file->f_path.mnt &&
	       facts->renames == *(volatile u32 *)&rename_count && facts->number == inode->i_ino &&
	       facts->generation == inode->i_generation && facts->parent == (u64)dentry->d_parent &&
	       facts->name_hash == dentry->d_name.hash_len && facts->unlinked == (dentry->d_hash.pprev == NULL) &&
	       facts->mnt != *(volatile u64 *)&sockets_mount;
}

/* Facts of the thread's working directory. False: it has none any more, or another thread is just changing it. */
static __always_inline bool read_cwd_facts(struct task_struct *task, struct file_facts *facts)
{
	struct fs_struct *fs = untrusted(task_struct, task)->fs; /* NULL in a thread that ends */
	struct dentry *dentry;
	struct vfsmount *mnt;

	if (!fs)
		return false;
	mnt = *(struct vfsmount *volatile *)&fs->pwd.mnt;
	dentry = fs->pwd.dentry;
	if (!dentry || *(struct vfsmount *volatile *)&fs->pwd.mnt != mnt)
		return false;
	facts->renames = *(volatile u32 *)&rename_count;
	facts->pad = 0;
	facts->mnt = (u64)mnt;
	read_inode_facts(dentry->d_inode, dentry, facts);
	facts->tuple = 0;
	return true;
}

#include "path_walk.h"

/* Sends the file's description and remembers it. Returns its new id, or 0 if it could not be sent (counted). */
static __always_inline u32 describe_file(struct walk *walk, const struct file_facts *facts, u64 path_hash, const struct file_key *key,
					 u32 slot)
{
	u32 id, path_bytes, text_bytes, flags, part = current_part();
	struct file_scratch *scratch;
	struct file_record *record;
	struct inode *inode = (struct inode *)facts->inode;
	struct super_block *sb;

	count_produced(EVENT_FILE);
	scratch = bpf_map_lookup_elem(&file_scratches, &slot);
	if (!scratch || __sync_lock_test_and_set(&scratch->busy, 1)) {
		count_lost(EVENT_FILE, LOST_NESTED);
		return 0;
	}
	path_bytes = walk_path(walk, facts, scratch->texts, &flags);
	id = __sync_fetch_and_add(&last_ids.file, 1) + 1;

	record = &scratch->record;
	record->head.type = EVENT_FILE;
	record->head.cpu = bpf_get_smp_processor_id();
	record->time_ns = bpf_ktime_get_boot_ns() & ~0xfffffull; /* a millisecond will do: see events.capnp */
	record->inode = facts->number;
	record->file = id;
	sb = look_at(inode, i_sb);
	record->device = look(sb, s_dev);
	record->generation = facts->generation;
	record->mode = look(inode, i_mode);
	record->rdev = look(inode, i_rdev);
	record->filesystem = look(sb, s_magic);
	if (is_deleted(facts, record->filesystem))
		flags |= FILE_UNLINKED;
	if (record->filesystem == NSFS_MAGIC)
		path_bytes = namespace_kind(facts, scratch->texts);
	/* As stat(2) shows it: on Linux 6.18 these inodes have a type that nobody gets to see. */
	if (record->filesystem == ANON_INODE_FS_MAGIC || record->filesystem == PID_FS_MAGIC)
		record->mode &= ~S_IFMT;
	record->flags = flags;
	record->path.stored = path_bytes;
	record->path.original = path_bytes;
	text_bytes = (path_bytes & (PATH_BYTES - 1)) + describe_socket(facts, record, scratch->texts, path_bytes);
	record->head.size = sizeof(*record) + text_bytes;
	if (text_bytes > sizeof(scratch->texts) ||
	    bpf_ringbuf_output(&file_ring, record, sizeof(*record) + text_bytes, BPF_RB_NO_WAKEUP)) {
		count_lost(EVENT_FILE, LOST_RING_FULL);
		id = 0;
	} else {
		/* Not on the stack: files are identified at the end of the deepest one (512 bytes on Linux 6.1). */
		scratch->known.facts = *facts;
		scratch->known.path_hash = path_hash;
		scratch->known.id = id;
		scratch->known.part = part;
		bpf_map_update_elem(&known_files, key, &scratch->known, BPF_ANY);
	}
	*(volatile u32 *)&scratch->busy = 0;
	return id;
}

/*
 * The id of the description of the file with these facts; describes it if it has none yet. Global, so that the verifier
 * looks at it once and not once for every way that leads here.
 */
__noinline u32 identify_file(struct file_facts *facts, u32 slot)
{
	struct known_file *known;
	struct file_key key;
	struct walk walk;
	u64 path_hash;

	if (!facts)
		return 0;
	key.inode = facts->inode;
	key.dentry = facts->dentry;
	key.mnt = facts->mnt;
	find_sockets_mount(facts);
	known = bpf_map_lookup_elem(&known_files, &key);
	if (known && known->part == current_part() && same_file(&known->facts, facts)) {
		if (known->facts.renames == facts->renames)
			return known->id;
	} else {
		known = NULL;
	}
	path_hash = hash_path(&walk, facts);
	if (known && known->path_hash == path_hash) {
		known->facts.renames = facts->renames;
		return known->id;
	}
	return describe_file(&walk, facts, path_hash, &key, slot);
}
