// SPDX-License-Identifier: Apache-2.0
// What the recorded machine was like at a moment: processes, what they had open, their sockets. A Replayer finds it from what it
// remembers of earlier looks (a bounded number of states along the recording, made when a stretch is first read), or from the
// part of a recording that the moment lies in, not by reading from the start. Any thread may ask it; who asks waits for
// another one's answer.
//
//   const Replayer& replayer = session.replayer();
//   const StateThen state = replayer.at(replayer.boot_ns("@exec:make"));
//
// An open counts from its return, a close from its start. What the recording does not say is not there: nothing is guessed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ebpftrace::analyzer {

class Session;
struct Progress;

struct CallThen {
  uint32_t tid;
  std::string name;
  int64_t start_ns;           // since the trace's start
  bool began_before = false;  // that is when it was first known to be in progress
};

// How much of what a process had open is known.
enum class FilesKnown : uint8_t {
  kAll,
  kUsed,  // what it opened or used since it was recorded: what it had before, and did not use, is missing
  kNone,  // the recording lacks calls that it takes
};

struct ProcessThen {
  uint32_t pid = 0;
  std::optional<uint32_t> ppid;  // nothing: it ended, and who took over is not known
  uint32_t uid = 0;              // effective
  std::string user;              // its name; empty: not known
  std::string name;              // command name
  std::string command;           // arguments, quoted for a shell where they need it; empty: not known
  bool command_cut = false;
  std::string exe, cwd;         // empty: not known
  int64_t start_ns = 0;         // since the trace's start; negative: before
  uint32_t threads = 0;         // that are known of
  std::vector<CallThen> calls;  // of its threads that were in one, by thread
  FilesKnown files = FilesKnown::kAll;
};

struct FileThen {
  uint32_t process = 0;  // position in StateThen::processes
  uint32_t fd = 0;
  std::string type;   // "file", "dir", "socket" ...
  std::string path;   // the kernel's; empty: not known
  std::string shown;  // as behind a descriptor of a call: TCP:[127.0.0.1:1->127.0.0.1:2]
  bool deleted = false;
  bool close_on_exec = false;
  std::optional<uint32_t> flags;    // O_*
  std::optional<uint64_t> offset;   // of a regular file
  std::optional<int64_t> since_ns;  // nothing: it was there before the recording, or the part of it, began
  std::optional<uint64_t> inode;
  std::optional<uint32_t> device;  // of its file system, of a device node its own; major << 20 | minor
};

struct SocketThen {
  std::string protocol;  // as ss names it: "tcp", "udp", "u_str"
  std::string state;     // "ESTAB", as the processes could know it; empty: not known
  std::string local, peer;
  uint32_t netns = 0;
  uint64_t inode = 0;
  std::optional<uint64_t> received_bytes, sent_bytes;  // so far; nothing: the recording lacks calls that move bytes
  std::optional<int64_t> since_ns;                     // since then they are counted; nothing: since before it was seen
  struct Owner {
    uint32_t process;  // position in StateThen::processes
    uint32_t fd;
  };
  std::vector<Owner> owners;
};

struct StateThen {
  uint64_t boot_ns = 0;
  int64_t time_ns = 0;                 // since the trace's start
  std::vector<ProcessThen> processes;  // by pid
  std::vector<FileThen> files;         // by process, then descriptor
  std::vector<SocketThen> sockets;     // by protocol, local, peer
  std::string files_unknown;           // why nothing is known of files; empty: it is
  bool stopped = false;                // on request: it is what was known by then
};

class Replayer {
 public:
  static constexpr size_t kFirstSpacing = 1u
                                          << 17;  // changes of state from one remembered state to the next; more later

  // The session must outlive it.
  explicit Replayer(const Session& session, size_t first_spacing = kFirstSpacing);
  ~Replayer();
  Replayer(const Replayer&) = delete;

  // A moment as people write it ("1.5s", "-2s", "14:03", "@exec:make", "@mark:deploy"; nothing: the end), in boot time. Throws
  // AskError, which names `option`.
  uint64_t boot_ns(std::string_view moment, std::string_view option = "--at") const;

  StateThen at(uint64_t boot_ns, const std::stop_token& stop = {},
               const std::function<void(const Progress&)>& progress = {}) const;

  // Ids of files that are the two ends of one socketpair, as far as answers so far have shown it.
  std::vector<std::pair<uint32_t, uint32_t>> socket_pairs() const;
  // How many states it remembers.
  size_t checkpoints() const;

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace ebpftrace::analyzer
