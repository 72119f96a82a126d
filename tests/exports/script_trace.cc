// SPDX-License-Identifier: Apache-2.0
// A trace from text (tests/script.h), for tests in other languages: script on standard input, trace on standard output.
#include <cstdio>
#include <exception>
#include <iostream>
#include <iterator>

#include "tests/script.h"

int main() {
  try {
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
    const std::vector<std::byte> bytes = ebpftrace::script_bytes(text);
    return fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "script_trace: %s\n", error.what());
    return 1;
  }
}
