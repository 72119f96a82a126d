// SPDX-License-Identifier: Apache-2.0
// An opened recording with what the window says of it at once. Opened on a worker thread; then immutable, any thread.
#pragma once

#include <QString>
#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/api/session.h"
#include "analyzer/api/timeline.h"
#include "gui/work/workers.h"

namespace ebpftrace::gui {

struct Recording {
  std::vector<std::string> files;  // as they were named
  std::shared_ptr<const analyzer::Session> session;
  analyzer::Result summary;  // facts, losses, damage, shortfalls
  uint64_t events = 0;
  int64_t duration_ns = 0;
  std::vector<std::string> notes;  // what was left out when it was opened
  bool growing = false;            // its recorder still writes
  size_t others = 0;               // recordings that the files hold besides this one

  QString title() const;     // "run.trace"
  QString subtitle() const;  // "207,581 events · 11.5 s · recorded 2026-11-26 06:03:27 +0000"

  uint64_t lost() const { return summary.coverage.lost; }
  bool lossKnown() const { return summary.coverage.lost_known; }
  // Numbers of events could be higher: some were lost, or may have been.
  bool countsAreLeast() const { return lost() > 0 || !lossKnown(); }
  // "none", "807,836 on CPU 0", "unknown"
  QString lossText() const;
};

// Throws std::runtime_error: one line that names the file. Of one that a recorder still writes it is what is there by now.
std::shared_ptr<const Recording> open_recording(const std::vector<std::string>& files, const PoolJob::Task& task);

// What is there by now, or, if its recorder is gone, that it has ended; nullptr: as before. Throws like open_recording().
std::shared_ptr<const Recording> grown_recording(const Recording& before, bool is_written, const PoolJob::Task& task);

// Of the recording, in order; both empty: all of it. Throws analyzer::AskError.
analyzer::TimeSpan moments_of(const Recording& recording, const std::string& from, const std::string& to);

// What a banner says: how bad it is, in one sentence, and what one can do about it.
struct Warning {
  QString headline;  // semi-bold
  QString text;
  QString action;  // a button's label; empty: none
  enum class Does : uint8_t { kNothing, kShowLosses, kShowDamage, kShowNotes, kOpenAgain } does = Does::kNothing;
};
// The most important one; nothing to say: an empty headline.
Warning warning_about(const Recording& recording);

}  // namespace ebpftrace::gui
