// SPDX-License-Identifier: Apache-2.0
// Calls by numbers that the kernel does not have, with six arguments each, then by two that it does have although their
// upper halves are not 0: it looks at the lower 32 bits of the register only.
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static long call(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f) {
  register uint64_t r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}

int main(void) {
  static const char text[] = "x";
  const uint64_t numbers[] = {0x40000027, 0x10027, 0x30000, 0x30001, 0x40000203, 0x40000013, 600, 0xffffffff};
  for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; ++i)
    if (call(numbers[i], 11, 22, 33, 44, 55, 66) != -38) return 1;
  if (call(0xffffffffffffffff, 11, 22, 33, 44, 55, 66) != -38) return 2;
  if (call(0x700000027, 0, 0, 0, 0, 0, 0) != getpid()) return 3;
  if (call(0x700000001, 1, (uint64_t)text, 1, 0, 0, 0) != 1) return 4;
  return 0;
}
