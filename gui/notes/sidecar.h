// SPDX-License-Identifier: Apache-2.0
// Where notes are kept: run.trace.view beside run.trace, or, where that can't be, a file of the user's that is named after the
// recording. What somebody else wrote there is neither believed nor overwritten. No window.
#pragma once

#include <QByteArray>
#include <QString>
#include <string>

#include "gui/notes/notebook.h"

namespace ebpftrace::gui {

// A file of notes is JSON of at most so many bytes.
inline constexpr qint64 kMostNoteBytes = 4 << 20;

QByteArray notes_json(const Notes& notes, const std::string& recording_id);
struct ReadNotes {
  Notes notes;
  QString error;  // a line that says what is wrong with it; then there are no notes
};
ReadNotes notes_of_json(const QByteArray& json, const std::string& recording_id);

class Sidecar {
 public:
  Sidecar() = default;
  // recording_id: empty if it has none; then it is named after the file.
  Sidecar(const std::string& recording_file, std::string recording_id);

  // What was kept; the message says what is there and was left alone. No file: no notes.
  struct Loaded {
    Notes notes;
    QString message;
  };
  Loaded load();
  // Why it can't be kept; empty: it is, at path(). Atomic: what was there before stays until all is written.
  QString save(const Notes& notes);
  QString path() const { return path_; }
  const std::string& recordingId() const { return recording_id_; }

 private:
  QString beside_, own_, path_;
  std::string recording_id_;
  bool beside_is_foreign_ = false;
};

}  // namespace ebpftrace::gui
