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

/* The pointer stored at `address`, NULL if it can't be read. Any struct whose first member is a pointer would do. */
static __always_inline void *load_pointer(const void *address)
{
	void *value = NULL;

	if (have_rdonly_cast)
		return typed(list_head, address)->next;
	bpf_probe_read_kernel(&value, sizeof(value), address);
	return value;
}
