// SPDX-License-Identifier: Apache-2.0
// Paths that a call was given, as what they lead to from the mount namespace's root.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "analyzer/text/call_args.h"

namespace ebpftrace::analyzer {

// `path` from the directory on. Only "." and empty components are left out: what ".." leads to depends on symbolic links,
// which are not known. An absolute path stays what it is.
void append_joined(std::string& out, std::string_view directory, std::string_view path);

// A path was given and could be read.
bool is_named(const trace::BlockText& path);

// The file whose path is the call's: one that it has opened, gone to, or works on through a descriptor. A name next to a
// directory says more than that: nullptr, then the path is the first path argument.
const File* file_of_path(const CallRow& call);

// The directory from which the call looked up its first (0) or second (1) path argument, if that is relative. nullptr: it is
// not known, or the text is no path that is looked up.
const File* directory_of(const CallRow& call, unsigned path);

}  // namespace ebpftrace::analyzer
