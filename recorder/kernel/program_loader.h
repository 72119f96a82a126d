// SPDX-License-Identifier: Apache-2.0
// Loads the programs of a BPF object on as many threads as there are CPUs for us: most of a start is the kernel's verifier,
// and what it does for one program has nothing to do with the next. libbpf (1.1) loads them one after the other, so it is handed
// a program of two instructions in the place of each, and the descriptor that it holds comes to mean the real one afterwards.
//
// One at a time in a process. Whoever attaches these programs says how (bpf_program__attach_trace() and the like): libbpf's
// bpf_program__attach() does not know sections that are handled here.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace ebpftrace::recorder {

class ProgramLoader {
 public:
  // Before the object is opened.
  ProgramLoader();
  // Waits for its threads.
  ~ProgramLoader();
  ProgramLoader(const ProgramLoader&) = delete;

  // Before the object is loaded: libbpf does not look for the place of a section that is handled here. Throws ProbeError if the
  // kernel does not have it.
  static void find_place(bpf_program* program);

  // After the object is loaded: the threads begin.
  void begin();
  // Every program is loaded when it returns; 0, or the errno of one that was refused, whose log is libbpf's (probe_error.h).
  int finish();
  // Of a program that was loaded here, 0 of any other: libbpf says 2.
  size_t instructions(const bpf_program* program) const;

 private:
  struct Job {
    bpf_program* program;
    std::vector<bpf_insn> instructions;
    bpf_prog_load_opts options;  // points to what the object owns
    int result = 0;              // a descriptor, or -errno
  };

  static int on_load(bpf_program* program, bpf_prog_load_opts* options, long cookie);
  static int load(const Job& job, bpf_prog_load_opts options);
  void take(bpf_program* program, bpf_prog_load_opts& options);
  void work();

  std::vector<Job> jobs_;
  std::atomic<size_t> next_{0};
  std::vector<std::thread> threads_;
};

}  // namespace ebpftrace::recorder
