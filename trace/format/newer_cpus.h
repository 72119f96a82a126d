// SPDX-License-Identifier: Apache-2.0
// Loops over columns are compiled twice, for any x86-64 and for those with AVX2, BMI2 and LZCNT (x86-64-v3), and the loader
// takes what the CPU has.
#pragma once

// Sanitizers and the ifunc resolvers behind target_clones don't go together.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define FOR_NEWER_CPUS_TOO __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define FOR_NEWER_CPUS_TOO
#endif
