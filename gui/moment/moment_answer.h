// SPDX-License-Identifier: Apache-2.0
// What there was at the playhead: processes, open files, sockets, as --ps, --lsof and --ss answer it. Made on a worker thread; no
// widget.
#pragma once

#include <QString>
#include <cstdint>
#include <optional>

#include "analyzer/api/question.h"
#include "gui/window/recording.h"
#include "gui/window/scope.h"

namespace ebpftrace::gui {

enum class MomentTable : uint8_t { kProcesses, kFiles, kSockets };
inline constexpr MomentTable kMomentTables[] = {MomentTable::kProcesses, MomentTable::kFiles, MomentTable::kSockets};
const analyzer::Question& question_of(MomentTable table);

struct MomentAsked {
  Inquiry inquiry;              // with a moment
  std::optional<uint32_t> pid;  // files and sockets of this process only
  bool operator==(const MomentAsked&) const = default;
};

// What is asked for a table, as a question and as a command line.
struct MomentQuestion {
  analyzer::Asked asked;
  QString left_out;  // of the filter, in words
};
MomentQuestion moment_question(const analyzer::Session& session, MomentTable table, const MomentAsked& asked);

struct MomentAnswer {
  std::optional<analyzer::Result> processes;  // nothing: they were not asked for
  analyzer::Result files, sockets;
  QString left_out;
};
MomentAnswer moment_answer(const Recording& recording, const MomentAsked& asked, bool with_processes,
                           const PoolJob::Task& task);

// "3, with 5 threads; 2 in a call", "12 descriptors", "3": of an answer.
QString moment_counts(MomentTable table, const analyzer::Result& answer);

}  // namespace ebpftrace::gui
