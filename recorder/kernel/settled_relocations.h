// SPDX-License-Identifier: Apache-2.0
// CO-RE relocations that are plain are settled before libbpf sees the object. libbpf (1.1) walks all types of the kernel once for
// every struct that our programs look into, which was most of what a recording's start takes in user space; here they are walked
// once. Plain is: one struct of that name in the kernel, members by name, the same kind and size on both sides. All else, and
// everything that is missing, stays libbpf's, so the programs come out the same.
#pragma once

#include <cstddef>
#include <span>

namespace ebpftrace::recorder {

struct Settled {
  size_t settled = 0, left = 0;  // relocations
};

// Changes the object (ELF, as clang makes it) in place. Of one that it does not understand it changes nothing.
Settled settle_relocations(std::span<std::byte> object, std::span<const std::byte> kernel_btf);

}  // namespace ebpftrace::recorder
