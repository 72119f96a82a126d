// SPDX-License-Identifier: Apache-2.0
// The output file: whole frames appended, valid at every moment, never somebody else's file.
// One thread. Blocks on the disk. Errors are exceptions (OutputError) when opening, return values afterwards: a full
// disk must not stop the recorder from draining and counting.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "trace/format/frame.h"

namespace ebpftrace::trace {

// The output can't be used; what() names the file, the reason and the remedy.
struct OutputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The system calls that a test replaces to make them fail.
class OutputCalls {
 public:
  virtual ~OutputCalls() = default;
  virtual ssize_t write(int fd, const void* bytes, size_t count);
  virtual int ftruncate(int fd, off_t size);
};

// Whom the file is for: under sudo the invoking user, so that it can be read without root afterwards.
struct OutputOwner {
  uid_t uid;
  gid_t gid;
  std::optional<gid_t> readers{};  // a group that may read it, too, and then is the file's
};

struct FrameEntry {
  uint64_t offset;
  FrameHeader header;
};

class TraceFile {
 public:
  // path "-": standard output, which must not be a terminal. Otherwise the file is created with mode 0600 for `owner`
  // (0640 with readers),
  // or replaced if it is a regular file of that owner or of ours; never through a symbolic link. It is locked until
  // closed. Nothing is written yet: the preamble goes before the first frame.
  TraceFile(std::string path, OutputOwner owner, OutputCalls& calls);
  // The same for a file in an open folder; folder_path is for people.
  TraceFile(int folder, const std::string& folder_path, const std::string& name, OutputOwner owner, OutputCalls& calls);
  ~TraceFile();
  TraceFile(const TraceFile&) = delete;

  // Appends a whole frame; false once a write has failed (error() says why), and the file then ends with the last
  // whole frame. A pipe that nobody reads is such a failure.
  bool append(const FrameHeader& header, std::span<const std::byte> frame);
  // The last frame is a segment of the index: from now on frames() are those behind it.
  void end_segment();
  // Removes the last frame to make room (not on a pipe). False if there is none that may go. With the last segment of
  // the index, what it says is lost.
  bool remove_last(FrameEntry& removed);
  bool append_end_mark(uint64_t index_offset);

  int error() const { return error_; }  // errno, 0: none
  void clear_error() { error_ = 0; }
  bool seekable() const { return seekable_; }
  uint64_t bytes() const { return bytes_; }
  // Where the next frame goes.
  uint64_t next_offset() const { return bytes_ ? bytes_ : sizeof(Preamble); }
  const std::string& path() const { return path_; }
  // Since the last segment of the index.
  const std::vector<FrameEntry>& frames() const { return frames_; }
  // Offset of the last segment of the index; 0 if there is none.
  uint64_t last_segment() const { return segments_.empty() ? 0 : segments_.back().offset; }
  // Together with frames(), the segments list all frames.
  bool indexed() const { return indexed_; }

 private:
  bool write_all(std::span<const std::byte> bytes);

  std::string path_;
  OutputCalls& calls_;
  int fd_ = -1;
  int error_ = 0;
  bool seekable_ = true;
  uint64_t bytes_ = 0;
  std::vector<FrameEntry> frames_, segments_;
  bool indexed_ = true;
};

}  // namespace ebpftrace::trace
