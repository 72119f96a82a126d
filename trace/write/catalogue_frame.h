// SPDX-License-Identifier: Apache-2.0
// The frame that says what a trace's rows and numbers mean; second in every file.
#pragma once

#include <capnp/message.h>

#include <cstddef>
#include <vector>

namespace ebpftrace::trace {

// The frame with the catalogue that this program was built with.
std::vector<std::byte> built_in_catalogue_frame();
// With another one, for tests.
std::vector<std::byte> catalogue_frame(capnp::MessageBuilder& catalogue);

}  // namespace ebpftrace::trace
