// SPDX-License-Identifier: Apache-2.0
#include "recorder/kernel/program_loader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <string>
#include <string_view>

#include "recorder/kernel/probe_error.h"

namespace ebpftrace::recorder {
namespace {

constexpr char kLicense[] = "Dual BSD/GPL";  // as in bpf/ebpf_record.bpf.c
constexpr size_t kLogBytes = 16u << 20;

// r0 = 0; exit: good at every place.
constexpr bpf_insn kStandIn[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
                                 {.code = BPF_JMP | BPF_EXIT}};

ProgramLoader* g_collecting = nullptr;  // libbpf's hook has only a number for us

// Ways to hook, as sections name them.
struct Section {
  const char* name;
  bpf_prog_type type;
  bpf_attach_type attach;
};
constexpr Section kSections[] = {
    {"tp_btf+", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP}, {"iter+", BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER},
    {"fentry+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY}, {"fexit+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT},
    {"kprobe+", BPF_PROG_TYPE_KPROBE, bpf_attach_type{}}, {"kretprobe+", BPF_PROG_TYPE_KPROBE, bpf_attach_type{}},
};

size_t own_cpus() {
  cpu_set_t cpus;
  return ::sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? static_cast<size_t>(CPU_COUNT(&cpus)) : 1;
}

}  // namespace

ProgramLoader::ProgramLoader() {
  // For the life of the process: objects keep pointers to what is registered.
  static const bool registered = [] {
    libbpf_prog_handler_opts options{};
    options.sz = sizeof options;
    options.prog_prepare_load_fn = on_load;
    for (const Section& section : kSections)
      if (libbpf_register_prog_handler(section.name, section.type, section.attach, &options) < 0)
        refused(fmt::format("registering '{}' with libbpf", section.name), errno);
    return true;
  }();
  (void)registered;
  g_collecting = this;
}

ProgramLoader::~ProgramLoader() {
  g_collecting = nullptr;
  next_ = jobs_.size();
  for (std::thread& thread : threads_) thread.join();
}

void ProgramLoader::find_place(bpf_program* program) {
  const std::string_view section = bpf_program__section_name(program);
  const size_t slash = section.find('/');
  if (bpf_program__type(program) != BPF_PROG_TYPE_TRACING || slash == section.npos) return;
  const std::string place(section.substr(slash + 1));
  if (const int error = bpf_program__set_attach_target(program, 0, place.c_str()))
    refused(fmt::format("finding {} in the kernel's BTF", place), -error);
}

int ProgramLoader::on_load(bpf_program* program, bpf_prog_load_opts* options, long) {
  try {
    if (g_collecting) g_collecting->take(program, *options);
    return 0;
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

void ProgramLoader::take(bpf_program* program, bpf_prog_load_opts& options) {
  const bpf_insn* begin = bpf_program__insns(program);
  jobs_.push_back({program, {begin, begin + bpf_program__insn_cnt(program)}, options});
  jobs_.back().options.fd_array =
      nullptr;  // of functions in modules, which we call none of; gone when libbpf has loaded
  std::vector<bpf_insn> stand_in(std::begin(kStandIn), std::end(kStandIn));
  bpf_program__set_insns(program, stand_in.data(), stand_in.size());
  options.func_info = options.line_info = nullptr;
  options.func_info_cnt = options.line_info_cnt = 0;
}

int ProgramLoader::load(const Job& job, bpf_prog_load_opts options) {
  return bpf_prog_load(bpf_program__type(job.program), bpf_program__name(job.program), kLicense,
                       job.instructions.data(), job.instructions.size(), &options);
}

void ProgramLoader::work() {
  for (size_t i; (i = next_++) < jobs_.size();) {
    const int fd = load(jobs_[i], jobs_[i].options);
    jobs_[i].result = fd < 0 ? -errno : fd;
  }
}

void ProgramLoader::begin() {
  g_collecting = nullptr;
  // The longest first: the last ones to be loaded then end at about the same time.
  std::stable_sort(jobs_.begin(), jobs_.end(),
                   [](const Job& a, const Job& b) { return a.instructions.size() > b.instructions.size(); });
  const size_t wanted = std::min(own_cpus(), jobs_.size());
  for (size_t i = 1; i < wanted; ++i) threads_.emplace_back([this] { work(); });
}

int ProgramLoader::finish() {
  work();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  int error = 0;
  for (Job& job : jobs_) {
    if (job.result >= 0) {
      if (::dup3(job.result, bpf_program__fd(job.program), O_CLOEXEC) < 0 && !error) error = errno;
      ::close(job.result);
      continue;
    }
    if (error) continue;
    error = -job.result;
    std::string log(kLogBytes, '\0');
    job.options.log_buf = log.data();
    job.options.log_size = kLogBytes;
    job.options.log_level = 1;
    if (const int fd = load(job, job.options); fd >= 0) ::close(fd);
    log.resize(log.find('\0'));
    add_to_libbpf_log(fmt::format("program '{}': -- BEGIN PROG LOAD LOG --\n{}-- END PROG LOAD LOG --\n",
                                  bpf_program__name(job.program), log));
  }
  return error;
}

size_t ProgramLoader::instructions(const bpf_program* program) const {
  for (const Job& job : jobs_)
    if (job.program == program) return job.instructions.size();
  return 0;
}

}  // namespace ebpftrace::recorder
