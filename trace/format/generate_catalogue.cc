// SPDX-License-Identifier: Apache-2.0
// Build-time generator: the catalogue as the second frame of every trace has it, as a C++ source.
// usage: generate_catalogue > FILE
#include <capnp/serialize.h>
#include <fmt/core.h>
#include <zstd.h>

#include <cstdio>
#include <exception>
#include <vector>

#include "trace/format/catalogue_message.h"

int main() try {
  capnp::MallocMessageBuilder message;
  ebpftrace::trace::build_catalogue(message, ebpftrace::trace::catalogue_parts());
  const auto words = capnp::messageToFlatArray(message);
  const auto raw = words.asBytes();
  std::vector<unsigned char> stored(ZSTD_compressBound(raw.size()));
  const size_t bytes = ZSTD_compress(stored.data(), stored.size(), raw.begin(), raw.size(), ZSTD_maxCLevel());
  if (ZSTD_isError(bytes)) {
    fmt::print(stderr, "generate_catalogue: {}\n", ZSTD_getErrorName(bytes));
    return 1;
  }
  fmt::print(
      "// SPDX-License-Identifier: Apache-2.0\n// Generated from schema/*.capnp.\n#include "
      "\"trace/format/catalogue_message.h\"\n\n"
      "namespace ebpftrace::trace {{\n\nBuiltInCatalogue built_in_catalogue_message() {{\n"
      "  static constexpr unsigned char kStored[] = {{");
  for (size_t i = 0; i < bytes; ++i) fmt::print("{}{},", i % 32 ? "" : "\n", stored[i]);
  fmt::print("\n}};\n  return {{std::as_bytes(std::span(kStored)), {}}};\n}}\n\n}}  // namespace ebpftrace\n",
             raw.size());
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "generate_catalogue: {}\n", error.what());
  return 1;
}
