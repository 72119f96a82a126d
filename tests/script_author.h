// SPDX-License-Identifier: Apache-2.0
// Writes what a script (tests/script.h) says into trace files, a line at a time, by the recorder's own writer. One thread.
#pragma once

#include <capnp/message.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "recorder/output/trace_writer.h"
#include "tests/script.h"
#include "tests/script_words.h"
#include "trace/read/trace_catalogue.h"

namespace ebpftrace {

struct ScriptSocket {
  std::string local, remote;
  unsigned protocol = 0;
  uint32_t netns = 0;
  bool is_raw = false;
  unsigned type = 0;
  bool operator==(const ScriptSocket&) const = default;
};

class ScriptAuthor {
 public:
  static constexpr std::string_view kNoDurations = "no durations";

  // rotated: into parts, which "rotate" begins. timed: its calls have durations.
  ScriptAuthor(bool small, bool rotated, bool timed);
  ~ScriptAuthor();
  void add_line(std::string_view line);

  // Each file.
  std::vector<std::vector<std::byte>> finish();

 private:
  struct Task {
    uint32_t id, pid, tid;
    uint64_t start_ns;
    std::string process;
    bool leader() const { return tid == pid; }
  };
  struct KnownFile {
    uint32_t id = 0;
    uint64_t inode = 0;
    ScriptSocket socket;
  };

  using Path = std::filesystem::path;
  Path path(unsigned part = 1) const { return folder_ / ("script." + std::to_string(part) + ".trace"); }

  static void build_header(capnp::MessageBuilder& message, unsigned part, bool timed);

  // What is known is described anew, as the recorder does.
  void rotate();
  static Path make_folder();

  const EventType& type(uint16_t id) const;

  trace::OpenBlock& rows(uint16_t id, uint32_t cpu = trace::kNoCpu);

  void end_row(trace::OpenBlock& rows) {
    rows.end_row();
    count(rows.cpu(), rows.type().id, schema::Count::What::PRODUCED, 1);
  }

  void count(uint32_t cpu, uint16_t type, schema::Count::What what, uint64_t n);

  // What is referred to first: the map is ordered that way.
  void flush();
  void add_lost();

  // What is given as NAME=VALUE behind the first `from` words.
  std::map<std::string, std::string> named_words(size_t from);
  static void take_number(std::map<std::string, std::string>& named, const std::string& name, trace::OpenBlock& to,
                          unsigned column, uint64_t otherwise = 0);
  void add_running();
  void add_open_file();

  // All counters are 0 but those that are given; one that is given as "-" is unavailable.
  void add_metrics();

  // Boot and real time since the start.
  void add_clock();
  static uint64_t signed_duration(std::string_view text) {
    return text.starts_with('-') ? 0 - duration(text.substr(1)) : duration(text);
  }

  // Called by the writer right before its last status, so that nothing else is written meanwhile.
  void write_clocks();

  // A row of any type: what is not given is 0, or no text.
  void add_row();

  // "name", "name:pid" or "name:pid.tid".
  Task& thread(const std::string& text, uint32_t ppid = 1);
  Task& make_task(const std::string& key, std::string name, uint32_t pid, uint32_t tid, uint32_t ppid);
  void describe(const Task& task, const std::string& comm);
  void add_fork();
  void add_exec();
  void describe_cgroup(uint64_t id, const std::string& path);

  // Moves the caller's process.
  void add_cgroup();
  void add_exit();

  // A socket that got other addresses gets another id, as from the recorder; without any it keeps those that it has.
  uint32_t file(const std::string& path, const std::string& file_type, const ScriptSocket& socket = {},
                const std::string& was = {});
  void describe_file(const std::string& path, const std::string& file_type, const KnownFile& known);
  void add_call(const std::string& name);

  // Control data with descriptors, and the files behind them.
  std::string passed_items(uint8_t arg, const std::string& passes);

  static uint64_t number_of_unknown(const std::string& name) { return ebpftrace::number(name.substr(8)); }

  const bool timed_;
  const std::vector<EventType> catalogue_;
  const trace::SyscallTable calls_;
  const Path folder_;
  trace::OutputCalls calls_of_system_;
  recorder::BlockQueue queue_;
  recorder::LossLedger losses_;
  capnp::MallocMessageBuilder header_;
  std::mutex mutex_;  // of what the writer's thread asks for each second: counts_, clock_
  std::vector<recorder::EventCount> counts_;
  trace::TraceFile* file_ = nullptr;  // the writer's
  std::unique_ptr<recorder::TraceWriter> writer_;

  std::map<std::tuple<int, uint16_t, uint32_t>, recorder::BlockPtr> open_;
  std::vector<std::string> words_;
  uint64_t now_ = kScriptStartNs;
  Task caller_{};
  std::map<std::string, Task> tasks_;
  std::map<uint32_t, uint64_t> process_start_;
  std::map<uint32_t, uint32_t> ppid_;
  std::map<std::string, KnownFile> files_;
  uint32_t last_file_ = 0;
  trace::ClockReading clock_{kScriptStartNs, kScriptStartRealNs};
  std::vector<trace::ClockReading> clocks_;
  std::atomic<bool> finishing_ = false;
  std::map<std::string, uint64_t> cgroups_;
  std::map<uint32_t, uint64_t> cgroup_;  // by pid
  uint32_t next_pid_ = 100, next_thread_ = 1;
  std::map<uint32_t, std::string> comm_;  // of threads, by id
  unsigned parts_ = 1;                    // the writer's, until it has come to a mark
  unsigned parts_before_ = 1;
  bool no_end_ = false;
};

}  // namespace ebpftrace
