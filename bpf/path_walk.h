/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a dentry up to the root, across mounts: the absolute path as the kernel's d_path() has it, leaf first. */
#pragma once

#define MAX_STEPS 512 /* components and mounts; more is a cut path */
#define NAMESPACE_KIND_BYTES 32

struct walk {
	struct dentry *dentry;
	struct vfsmount *mnt;
	u8 *to;		/* or NULL to hash only */
	u64 hash;
	u32 used;
	u16 done;
	u16 reached_root;
};

/* One component up. Returns the name's dentry, or NULL when there is none to give in this step. */
static __always_inline struct dentry *step_up(struct walk *w)
{
	/* BPF_CORE_READ would relocate a member of our own struct too: locals first. */
	struct dentry *dentry = w->dentry, *parent;
	struct vfsmount *mnt = w->mnt;
	struct mount *mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);

	if (dentry == look_at(mnt, mnt_root)) {
		struct mount *up = look_at(mount, mnt_parent);

		if (up == mount || !up) { /* the root of a mount namespace, or of a mount that is in none */
			w->done = true;
			w->reached_root = look_at(mount, mnt_ns) != NULL;
			return NULL;
		}
		w->dentry = look_at(mount, mnt_mountpoint);
		w->mnt = (void *)up + bpf_core_field_offset(struct mount, mnt);
		return NULL;
	}
	parent = look_at(dentry, d_parent);
	if (parent == dentry || !parent) { /* the root of a file system that is not mounted here */
		w->done = true;
		return dentry;
	}
	w->dentry = parent;
	return dentry;
}

static long copy_step(u32 i, struct walk *w)
{
	struct dentry *named = step_up(w);

	if (named) {
		u64 hash_len = look(named, d_name.hash_len);
		const unsigned char *name = look_at(named, d_name.name);
		u32 length = (hash_len >> 32) & 255, used = w->used;

		w->hash = w->hash * 31 + hash_len;
		if (used + length + 1 >= PATH_BYTES)
			return 1;
		used &= PATH_BYTES - 1; /* for the verifier */
		if (bpf_probe_read_kernel(w->to + used, length, name))
			return 1;
		w->to[used + length] = 0;
		w->used = used + length + 1;
	}
	return w->done & 1; /* the verifier wants 0 or 1 */
}

static long hash_step(u32 i, struct walk *w)
{
	struct dentry *named = step_up(w);

	if (named)
		w->hash = w->hash * 31 + look(named, d_name.hash_len);
	return w->done & 1; /* the verifier wants 0 or 1 */
}

/* w: the caller's, for all its walks: each of its own would be on the deepest stack that there is. */
static __always_inline void begin_walk(struct walk *w, const struct file_facts *facts, u8 *to)
{
	w->dentry = (struct dentry *)facts->dentry;
	w->mnt = (struct vfsmount *)facts->mnt;
	w->to = to;
	w->hash = 0;
	w->used = 0;
	w->done = 0;
	w->reached_root = 0;
}

/*
 * Writes the components to `to` (PATH_BYTES + 256 of room), leaf first, each ended by a zero byte; returns the bytes,
 * fewer than PATH_BYTES. flags: enum file_flag.
 */
static __always_inline u32 walk_path(struct walk *w, const struct file_facts *facts, u8 *to, u32 *flags)
{
	begin_walk(w, facts, to);
	bpf_loop(MAX_STEPS, copy_step, w, 0);
	*flags = w->done ? 0 : FILE_PATH_CUT;
	if (w->done && !w->reached_root)
		*flags |= FILE_UNREACHABLE;
	return w->used & (PATH_BYTES - 1);
}

/* linux/magic.h: all file systems whose files have names of their own making (d_dname) that don't end in " (deleted)". */
#define PIPEFS_MAGIC 0x50495045
#define SOCKFS_MAGIC 0x534f434b
#define ANON_INODE_FS_MAGIC 0x09041934
#define PID_FS_MAGIC 0x50494446
#define NSFS_MAGIC 0x6e736673
#define DMA_BUF_MAGIC 0x444d4142

/*
 * Whether d_path() says that the file is deleted. Files that never were in a directory are, too, if their name is made by
 * the kernel's simple_dname(): memfd, System V and other shared memory, memfd_secret.
 */
static __always_inline bool is_deleted(const struct file_facts *facts, u32 filesystem)
{
	struct dentry *dentry = (struct dentry *)facts->dentry;
	struct vfsmount *mnt = (struct vfsmount *)facts->mnt;
	bool root = facts->parent == facts->dentry; /* IS_ROOT() */
	const struct dentry_operations *operations = look_at(dentry, d_op);

	if (operations && look_at(operations, d_dname) && !(root && dentry == look_at(mnt, mnt_root)))
		return filesystem != PIPEFS_MAGIC && filesystem != SOCKFS_MAGIC && filesystem != ANON_INODE_FS_MAGIC &&
		       filesystem != PID_FS_MAGIC && filesystem != NSFS_MAGIC && filesystem != DMA_BUF_MAGIC;
	return facts->unlinked && !root;
}

/* The kind of a namespace as the only component: its file has no name. Bytes written, or 0. */
static __always_inline u32 namespace_kind(const struct file_facts *facts, u8 *to)
{
	struct inode *inode = (struct inode *)facts->inode;
	struct ns_common *namespace = look_at(inode, i_private);
	const char *name = BPF_CORE_READ(namespace, ops, name);
	long n = bpf_probe_read_kernel_str(to, NAMESPACE_KIND_BYTES, name);

	return n > 0 ? n & (NAMESPACE_KIND_BYTES - 1) : 0;
}

static __always_inline u64 hash_path(struct walk *w, const struct file_facts *facts)
{
	begin_walk(w, facts, NULL);
	bpf_loop(MAX_STEPS, hash_step, w, 0);
	return w->hash;
}
