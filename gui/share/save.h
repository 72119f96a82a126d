// SPDX-License-Identifier: Apache-2.0
// What of a recording can be written to a file from the window, and the writing, for a worker thread. The file is there only once
// it is whole. No window.
#pragma once

#include <QString>
#include <optional>
#include <string>
#include <vector>

#include "gui/window/recording.h"
#include "gui/window/scope.h"
#include "gui/work/workers.h"

namespace ebpftrace::gui {

struct SaveForm {
  enum class Kind { kPicture, kTableCsv, kTableJson, kExport, kSlice, kRedactedSlice, kRedacted };
  Kind kind = Kind::kExport;
  QString title;   // "This table as CSV"
  QString help;    // what it is good for
  QString ending;  // ".csv"; empty: a folder
  std::string export_name;
  // Of the picture it is what is in view, of a whole redaction all there is.
  bool isOfSelection() const { return kind != Kind::kPicture && kind != Kind::kRedacted; }
};
// In the order in which they are offered.
std::vector<SaveForm> save_forms();

// The table that is in front, as it is asked.
struct SavedTable {
  const analyzer::Question* question = nullptr;
  analyzer::Asked asked;
};

struct SaveRequest {
  SaveForm form;
  std::shared_ptr<const Recording> recording;
  Inquiry inquiry;  // the filter, lanes and range that it is of; of a table, those are in its question
  SavedTable table;
  QString path;
};

// Not of a picture. What it says is what was left out, for people; nothing: it was stopped, and there is no file. Throws
// std::runtime_error: a line that names the path or what makes no sense.
std::optional<QString> save(const SaveRequest& request, const PoolJob::Task& task);

// "run.slice.trace": a name for it beside the recording.
QString proposed_name(const SaveForm& form, const std::string& recording_file, const QString& table);

}  // namespace ebpftrace::gui
