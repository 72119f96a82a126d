// SPDX-License-Identifier: Apache-2.0
// The ends of the questions that scan system calls: what they found -> a Result.
#pragma once

#include "analyzer/api/result.h"
#include "analyzer/questions/syscalls.h"
#include "analyzer/questions/top_files.h"
#include "analyzer/questions/top_io.h"

namespace ebpftrace::analyzer {

Result result_of(const TopIo& answer);
Result result_of(const TopFiles& answer);
Result result_of(const Syscalls& answer);

}  // namespace ebpftrace::analyzer
