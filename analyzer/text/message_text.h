// SPDX-License-Identifier: Apache-2.0
// Vectors of buffers and message headers, with what they point to, as strace prints them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analyzer/dictionaries/passed_files.h"
#include "analyzer/text/content_items.h"
#include "trace/read/symbols.h"

namespace ebpftrace::analyzer {

// [{iov_base="ab", iov_len=2}, ...] from the vector's item; its buffers are the parts at the front of `parts` (fewer or
// none where they were not recorded), which are taken away.
void append_vector(std::string& out, const ContentItem& vector, ContentItems& parts);

// {msg_name=..., msg_namelen=16, msg_iov=[...], msg_iovlen=1, msg_controllen=0, msg_flags=0} from the header's bytes
// and the parts behind it. `files` are those of the call.
void append_message(std::string& out, std::string_view header, ContentItems& parts, PassedFiles& files,
                    const trace::SymbolSets& symbols);

// [{msg_hdr={...}, msg_len=3}, ...]; the length only of the first `moved` messages.
void append_messages(std::string& out, const ContentItem& messages, uint64_t moved, ContentItems& parts,
                     PassedFiles& files, const trace::SymbolSets& symbols);

}  // namespace ebpftrace::analyzer
