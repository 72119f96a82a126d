// SPDX-License-Identifier: Apache-2.0
// What an export writes, as one text.
#pragma once

#include <string>
#include <string_view>

#include "analyzer/exports/export.h"

namespace ebpftrace::analyzer {

struct KeptExport final : ExportOutput {
  void write(std::string_view piece) override { text += piece; }
  void begin_file(std::string_view name) override { text += "--- " + std::string(name) + "\n"; }
  std::string text;
};

inline std::string exported(const trace::Trace& trace, std::string_view what, const Asked& asked = {}) {
  KeptExport kept;
  run_export(*find_export(what), Session(trace), asked, kept);
  return kept.text;
}

}  // namespace ebpftrace::analyzer
