// SPDX-License-Identifier: Apache-2.0
// Where each thread was at any time, as far as the trace says it: at the beginning (/proc), from its parent at fork, at each exec,
// by chdir and fchdir, and where a call looked up a relative path. Threads that share a directory (CLONE_FS) change it together.
// A directory has the path that it had when it was described: a later rename shows in what was described since.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/id_index.h"
#include "analyzer/dictionaries/thread_table.h"
#include "trace/read/block.h"
#include "trace/read/frames_by_time.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

class WorkingDirectories {
 public:
  // All three must live as long as this.
  WorkingDirectories(const trace::Trace& trace, const ThreadTable& threads, const FileTable& files);

  // Reads the trace as far as it has rows from before that boot time. What is asked for later than that is not known yet.
  void read_up_to(uint64_t time_ns);
  // nullptr: not known.
  const File* at(uint32_t thread, uint64_t time_ns) const;

 private:
  enum class What : uint8_t { kFork, kIsAt, kLeft, kOwn };
  struct Change {
    uint64_t time_ns;
    uint32_t thread;
    uint32_t other;  // kFork: the child; kIsAt: id of the directory's description
    What what;
    bool shares = false;  // kFork: the child changes directory together with its parent
  };
  struct Stay {
    uint64_t from_ns;
    const File* directory;
  };
  // A struct fs_struct of the kernel.
  struct Place {
    std::vector<Stay> stays;  // by time
  };
  struct Member {
    std::vector<std::pair<uint64_t, uint32_t>> places;  // from when on the thread has which; by time
    uint32_t last_seen = 0;                             // the directory of its latest relative path
  };
  struct Calls {
    uint32_t chdir = UINT32_MAX, fchdir = UINT32_MAX, unshare = UINT32_MAX, setns = UINT32_MAX;
  };

  void begin_with_running();
  void read(const trace::Frame& frame);
  void read_calls(const trace::Frame& frame);
  void note(Change change);
  void apply(const Change& change);
  Member* member(uint32_t thread);
  uint32_t place_of(uint32_t thread);
  uint32_t new_place(const File* directory, uint64_t time_ns);
  void is_at(uint32_t place, const File* directory, uint64_t time_ns);

  const trace::Trace& trace_;
  const ThreadTable& threads_;
  const FileTable& files_;
  trace::Block forks_, execs_, calls_;
  Calls numbers_[2];            // of the 64-bit and the 32-bit table
  trace::FramesByTime frames_;  // that are still to be read
  std::vector<Change> pending_;
  uint64_t applied_ns_ = 0;
  size_t kept_ = 0;
  IdIndex index_;  // thread id -> position in members_
  std::vector<Member> members_{1};
  std::vector<Place> places_{1};
  std::vector<uint32_t> place_of_process_;  // by process: that of threads whose fork is not in the trace
  std::deque<std::string> texts_;
  std::deque<File> named_;  // directories that only /proc names
};

}  // namespace ebpftrace::analyzer
