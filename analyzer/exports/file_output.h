// SPDX-License-Identifier: Apache-2.0
// An export's file or folder, which is there only once it is whole: it is written under a temporary name beside it, which is
// removed if it can't be finished.
#pragma once

#include <memory>
#include <string>

#include "analyzer/exports/export.h"

namespace ebpftrace::analyzer {

class WholeOutput : public ExportOutput {
 public:
  // All is written: it gets its name. Throws TraceError.
  virtual void finish() = 0;
};

// What a link leads to is replaced, not the link; a pipe or a device is written to. Throws TraceError (kUnreadable), which
// names the path and the reason.
std::unique_ptr<WholeOutput> open_file_output(const Export& what, const std::string& path);

}  // namespace ebpftrace::analyzer
