// SPDX-License-Identifier: Apache-2.0
// Control data of a message (struct cmsghdr, what follows it, and so on), as strace prints it.
#pragma once

#include <string>

#include "analyzer/dictionaries/passed_files.h"
#include "analyzer/text/content_items.h"
#include "trace/read/symbols.h"

namespace ebpftrace::analyzer {

// [{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3</etc/passwd>]}]. False, and nothing is
// appended: it is too short for a header. Descriptors take their files from `files`, in the order in which the recorder
// notes them: of SCM_RIGHTS and SCM_PIDFD.
bool append_control(std::string& out, const ContentItem& control, PassedFiles& files, const trace::SymbolSets& symbols);

}  // namespace ebpftrace::analyzer
