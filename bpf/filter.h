/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is to be recorded: of which processes, and of those which calls.
 *
 * A process matches if every kind of choice in use (processes, names, users, control groups) has a value that fits it.
 * Recorded are the processes that match and, if `follow`, all their descendants.
 *
 * A setting is one of two policies and the map entries that carry its number (filter_epoch). A new setting is written
 * beside the one in force, then filter_epoch is stored: it applies as a whole.
 */
#pragma once

#define ANCESTORS 64	  /* looked at when a thread is decided */
#define CGROUP_LEVELS 32  /* likewise, of control groups above a process's own */

struct filter_policy filter_policies[2]; /* by filter_epoch & 1; written by the recorder */
u32 filter_epoch;
u32 filter_generation; /* every change bumps it: all threads are decided anew */

/* The rules (enum filter_rule) that a policy of this recording may ever have: the verifier drops what serves others. */
const volatile u32 possible_rules;
const volatile u32 recorder_tgid;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct filter_number);
	__type(value, u32); /* enum target_mode */
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct filter_name);
	__type(value, u32);
} comms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct filter_number);
	__type(value, u32);
} users SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct filter_number);
	__type(value, u32);
} cgroups SEC(".maps");

static __always_inline const struct filter_policy *policy(u32 epoch)
{
	return &filter_policies[epoch & 1];
}

static __always_inline u32 current_epoch(void)
{
	return *(volatile u32 *)&filter_epoch;
}

/* For a rule that is not possible this is a constant. */
static __always_inline bool filters_by(u32 epoch, u32 rule)
{
	return (possible_rules & rule) && (policy(epoch)->rules & rule);
}

/* Is this call (row of the table, CALLS - 1 for numbers that it does not have) chosen? */
static __always_inline bool call_wanted(long number, u32 compat)
{
	const struct filter_policy *now;

	if (!(possible_rules & RULE_CALLS))
		return true;
	now = policy(current_epoch());
	if (!(now->rules & RULE_CALLS))
		return true;
	if ((u64)number >= CALLS)
		number = CALLS - 1;
	return now->wanted[compat & 1][(number & (CALLS - 1)) >> 6] >> (number & 63) & 1;
}

/* Is a finished call with this result and duration chosen? */
static __always_inline bool outcome_wanted(long result, u64 duration_ns)
{
	const struct filter_policy *now;
	bool failed;

	if (!(possible_rules & RULE_OUTCOME))
		return true;
	now = policy(current_epoch());
	failed = result < 0 && result >= -4095;
	if (now->rules & (failed ? RULE_SUCCESSFUL : RULE_FAILED))
		return false;
	return duration_ns >= now->min_duration_ns;
}

/* The same for a call that does not return. */
static __always_inline bool unfinished_wanted(u64 duration_ns)
{
	const struct filter_policy *now;

	if (!(possible_rules & RULE_OUTCOME))
		return true;
	now = policy(current_epoch());
	return !(now->rules & (RULE_SUCCESSFUL | RULE_FAILED)) && duration_ns >= now->min_duration_ns;
}

enum standing {
	STANDING_IN_SCOPE = 1, /* is among the chosen processes, or descends from one */
	STANDING_MATCHES = 2,  /* matches, or descends from one that does */
};

struct cgroup_search {
	struct cgroup *cgroup;
	u32 epoch;
	u32 found;
};

static long ask_cgroup(u32 level, struct cgroup_search *search)
{
	struct filter_number key = {.epoch = search->epoch};
	struct cgroup *cgroup = search->cgroup, *above;
	int depth = BPF_CORE_READ(cgroup, level);

	if (level > (u32)depth)
		return 1;
	above = (struct cgroup *)load_pointer((const u8 *)cgroup + bpf_core_field_offset(struct cgroup, ancestors) +
					      (u64)(level & (CGROUP_LEVELS - 1)) * sizeof(void *));
	key.number = BPF_CORE_READ(above, kn, id);
	search->found = bpf_map_lookup_elem(&cgroups, &key) != NULL;
	return search->found & 1;
}

static __noinline bool in_cgroups(struct task_struct *task, u32 epoch)
{
	struct cgroup_search search = {.epoch = epoch};

	search.cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	bpf_loop(CGROUP_LEVELS, ask_cgroup, &search, 0);
	return search.found;
}

/* Do the choices other than that of processes fit the process of this thread group leader? */
static __always_inline bool suits(struct task_struct *leader, struct task_struct *task, u32 epoch)
{
	if (filters_by(epoch, RULE_COMM)) {
		struct filter_name key = {.epoch = epoch};

		bpf_probe_read_kernel_str(key.name, sizeof(key.name), &leader->comm);
		if (!bpf_map_lookup_elem(&comms, &key))
			return false;
	}
	if (filters_by(epoch, RULE_USER)) {
		struct filter_number key = {.epoch = epoch};

		key.number = BPF_CORE_READ(task, cred, euid.val);
		if (!bpf_map_lookup_elem(&users, &key))
			return false;
	}
	if (filters_by(epoch, RULE_CGROUP) && !in_cgroups(leader, epoch))
		return false;
	return true;
}

struct ancestor_search {
	struct task_struct *at; /* the next to look at */
	u32 epoch;
	u32 standing; /* of the thread: enum standing; RULE_FOLLOW's bits so far */
	u32 suited;   /* `at` of this step or of one before it suits */
	u32 pad;
};

/*
 * One process up from the thread's own. It matches, and with it the thread, if it or one below suits, and it is among
 * the chosen processes: then the one below is, too, as a descendant.
 */
static long ask_ancestor(u32 i, struct ancestor_search *search)
{
	struct task_struct *task = search->at, *leader, *parent;
	u32 epoch = search->epoch, in_scope = true;

	leader = BPF_CORE_READ(task, group_leader);
	if (!search->suited && suits(leader, task, epoch))
		search->suited = true;
	if (filters_by(epoch, RULE_PROCESS)) {
		struct filter_number key = {.epoch = epoch};
		u32 *mode;

		key.number = (u32)BPF_CORE_READ(task, tgid);
		mode = bpf_map_lookup_elem(&targets, &key);
		in_scope = mode && *mode == TARGET_TRACED;
		if (in_scope)
			search->standing |= STANDING_IN_SCOPE;
		else if (i == 0)
			in_scope = search->standing & STANDING_IN_SCOPE;
	}
	if (in_scope && search->suited)
		search->standing |= STANDING_MATCHES;
	if (search->standing & STANDING_MATCHES || !(policy(epoch)->rules & RULE_FOLLOW))
		return 1;
	parent = BPF_CORE_READ(leader, real_parent);
	search->at = parent;
	return (!parent || parent == leader) & 1;
}

/* What the thread is by itself and by its living ancestors, and `inherited` from those it had when it was forked. */
static __noinline u32 standing_of(struct task_struct *task, u32 epoch, u32 inherited)
{
	struct ancestor_search search = {.at = task, .epoch = epoch, .standing = inherited};

	if (!(inherited & STANDING_MATCHES))
		bpf_loop(ANCESTORS, ask_ancestor, &search, 0);
	return search.standing;
}
