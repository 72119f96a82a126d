// SPDX-License-Identifier: Apache-2.0
// The process may read its spool and write its position file, and nothing else of the file system (Landlock; Linux 5.13). What
// the network needs (resolver, certificates) stays readable.
#pragma once

#include <string>

#include "ship/send/shipper.h"

namespace ebpftrace::ship {

// For this thread and those that it makes. Empty: done. Else why not, for people; the process goes on as it was.
std::string confine_to_spool(const ShipChoice& choice, const Settings& settings);

}  // namespace ebpftrace::ship
