// SPDX-License-Identifier: Apache-2.0
// The BPF side as the recorder sees it: load, choose what is traced, attach, read rings and counters, detach.
// Throws ProbeError with one message that names what is refused, its value and the remedy. One thread, except counts().
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "recorder/choice/filter.h"
#include "recorder/drain/drain.h"
#include "recorder/drain/loss_ledger.h"
#include "recorder/kernel/back_end.h"
#include "recorder/kernel/call_table.h"
#include "recorder/kernel/probe_error.h"
#include "recorder/kernel/program_loader.h"
#include "recorder/output/trace_writer.h"

struct ebpf_record;  // the skeleton
struct ring_buffer;
struct bpf_link;
struct bpf_object;
struct bpf_program;

namespace ebpftrace::recorder {

class KernelBtf;

struct ProbeOptions {
  bool system_calls = true;         // false: nothing is loaded, and there is nothing to drain
  std::optional<BackEnd> back_end;  // nothing: the cheapest
  SyscallSet calls = SyscallSet::all();
  uint32_t rules = RULE_FOLLOW;  // enum filter_rule: those of the filter to come
  bool may_change = false;       // filters with other rules and calls may follow
  bool returns_only = false;     // no durations: calls are looked at when they return, at the tracepoint
  // Recorded is COMMAND with its descendants, which is held until attach() has returned, and nothing is introduced later on:
  // no thread that could be recorded is in a call when recording begins.
  bool only_command = false;
  size_t processes = 0;                     // most that are chosen by number; 0: any number
  uint64_t ring_bytes_per_cpu = 16u << 20;  // rounded up to a power of two, and to kFewestRingBytes
  ContentOptions content;
  bool keep_environment = false;  // exec records have the program's whole environment
  bool verbose = false;
  std::string btf_file;      // as given with --btf
  bool count_calls = false;  // of everybody, for struct ring_control's syscalls_made
};

class Probes {
 public:
  explicit Probes(const ProbeOptions& options);
  ~Probes();
  Probes(const Probes&) = delete;

  // Puts a setting into force, as a whole; before attach(), and again at any time if it may change. Needs no capability
  // (Linux 6.0, commit c8644cd0efe7). Throws if it is out of reach of what is attached or too large; the one before stays.
  struct Target {
    uint32_t tgid;
    target_mode mode;
  };
  void set_filter(const Filter& filter, std::span<const Target> processes);
  // command: with only_command, its process.
  void attach(std::optional<uint32_t> command = {});
  const ProbePlan& plan() const { return plan_; }

  // Sends the descriptions of all threads that are recorded, and of what their processes have open, to the shared rings.
  // After attach(); takes no privilege. between(): called often enough that it can empty the rings before they overflow.
  void introduce_threads(const std::function<void()>& between);
  void list_open_files(const std::function<void()>& between);
  // From now on whatever records refer to is described anew: for another file. introduce_threads() belongs after it: it does
  // the same for calls in progress.
  void begin_part();
  // Has struct ring_control's `runnable` set for every CPU where it can be had. After attach(); takes no privilege.
  void sample_run_queues();

  CpuRings rings() const;
  // Every system call of every process goes through our programs: syscalls_made counts.
  bool counts_all_calls() const { return counts_calls_; }
  uint64_t ring_bytes_per_cpu() const;
  // Loaded; for those who want to look at it (--inspect).
  bpf_object* object() const;
  size_t instructions(const bpf_program* program) const { return loader_.instructions(program); }
  uint32_t possible_cpus() const { return possible_cpus_; }
  void on_shared_record(std::function<void(std::span<const std::byte>)> handler) { handler_ = std::move(handler); }
  void consume_shared();

  // The moment at which recording ends: nothing that begins after it is recorded, and the calls that are in progress are
  // reported, through the shared ring, but those that return before it is their turn. Before detach().
  void end_calls(const std::function<void()>& between);
  // No new events after this; what is in the rings stays.
  void detach();

  // What the programs produced and lost so far. Any thread.
  std::vector<EventCount> counts() const;
  uint64_t lost() const;
  // Run time and count of the programs, where the kernel keeps them.
  void add_cost(RecorderCost& cost) const;

 private:
  struct Program {
    bpf_program* program;
    std::optional<uint16_t> type;  // of the events that it produces
    bool counts_skips = true;      // the kernel's count of skipped runs is one of events that were missed
  };
  struct Hook {
    bpf_program* program;
    int order;                 // of attaching
    std::string function;      // kprobes only
    bool at_return = false;    // likewise
    bool begins_call = false;  // likewise, and it is the entry of a call
  };

  static int on_record(void* self, void* data, size_t size);
  void load(const ProbeOptions& options);
  void open_object(const KernelBtf& kernel, const bpf_object_open_opts& options);
  void search_modules_once();
  void choose_programs(const ProbeOptions& options, bool tells_of_exec);
  void place_fentry();
  void map_rings();
  void find_hooks();
  void remove_choices_but(uint32_t epoch);
  uint64_t missed_entries() const;  // under links_mutex_

  ProgramLoader loader_;
  ebpf_record* skeleton_ = nullptr;
  ring_buffer* shared_ = nullptr;
  void read_iterator(const bpf_link* link, size_t batch, bool once, const std::function<void()>& between);

  ProbePlan plan_;
  std::vector<Program> programs_;  // those that were loaded and produce something
  std::vector<Hook> hooks_;        // in the order of attaching
  mutable std::mutex links_mutex_;
  std::vector<bpf_link*> links_;  // one for each hook
  uint64_t missed_entries_ = 0;   // of kprobes that are detached
  bool counts_calls_ = false;
  bpf_link* introduce_ = nullptr;
  bpf_link* open_files_ = nullptr;
  bpf_link* run_queues_ = nullptr;
  bpf_link* unfinished_ = nullptr;  // the iterator over calls in progress
  uint32_t possible_cpus_ = 0;
  uint32_t chunks_per_cpu_ = 1;
  uint64_t ring_bytes_ = CHUNK_BYTES;
  ring_control* controls_ = nullptr;
  ring_chunk* chunks_ = nullptr;
  size_t controls_bytes_ = 0, chunks_bytes_ = 0;
  std::function<void(std::span<const std::byte>)> handler_;
};

}  // namespace ebpftrace::recorder
