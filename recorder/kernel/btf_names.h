// SPDX-License-Identifier: Apache-2.0
// Whether raw BTF has a type of a name, without taking all of it apart: a kernel has 150,000 types, and parsing them takes
// several milliseconds for each question that is answered so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ebpftrace::recorder {

// Does it begin as BTF of this machine's byte order does, with sections that lie within it?
bool is_btf(std::span<const std::byte> btf);

// A type of this kind (BTF_KIND_*) and name. False as well if the bytes are not BTF, or damaged before the type is met.
bool btf_has(std::span<const std::byte> btf, std::string_view name, uint32_t kind);

}  // namespace ebpftrace::recorder
