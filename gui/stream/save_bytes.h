// SPDX-License-Identifier: Apache-2.0
// The bytes of one way of a stream as a file: those that were kept, each at its offset; where none were, the file has a hole (zeros).
// For a worker thread; no widget.
#pragma once

#include <QString>
#include <cstdint>
#include <stop_token>

#include "gui/stream/stream_story.h"

namespace ebpftrace::gui {

struct SavedBytes {
  uint64_t bytes = 0;    // of the file
  uint64_t missing = 0;  // of these: not kept
  bool stopped = false;  // on request: there is no file
};

// The file is there only once it is whole. Throws std::runtime_error: a line that names the path.
SavedBytes save_bytes(const StreamStory& story, StreamWay way, const QString& path, const std::stop_token& stop = {});

// "1,204 B saved, 30 of them not recorded: zeros": for people.
QString saved_text(const SavedBytes& saved);

}  // namespace ebpftrace::gui
