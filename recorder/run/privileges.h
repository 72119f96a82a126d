// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace ebpftrace::recorder {

// The capabilities that recording needs and this process does not have, as "CAP_BPF, CAP_PERFMON"; empty if none.
std::string missing_capabilities();

// "none", "integrity" or "confidentiality"; nothing where the kernel does not say.
std::optional<std::string> lockdown_mode();

// ", and lockdown is 'confidentiality'" or the like: what else on this machine may refuse BPF; may be empty.
std::string describe_lockdown();

}  // namespace ebpftrace::recorder
