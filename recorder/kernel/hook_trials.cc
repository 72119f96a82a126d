// SPDX-License-Identifier: Apache-2.0
#include "recorder/kernel/hook_trials.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "recorder/kernel/kernel_btf.h"

namespace ebpftrace::recorder {
namespace {

constexpr char kFunction[] = "__x64_sys_getpid";
constexpr char kOtherFunction[] = "vfs_read";  // for kernels whose BTF leaves the entry points of calls away

struct Fd {
  int fd;
  explicit Fd(int fd) : fd(fd) {}
  Fd(const Fd&) = delete;
  ~Fd() {
    if (fd >= 0) ::close(fd);
  }
  bool bad() const { return fd < 0; }
};

// r0 = 0; exit
int load(bpf_prog_type type, bpf_prog_load_opts options) {
  const bpf_insn program[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
                              {.code = BPF_JMP | BPF_EXIT}};
  options.sz = sizeof options;
  return bpf_prog_load(type, "trial", "GPL", program, 2, &options);
}

// libbpf returns -errno, the kernel's own interfaces -1.
Trial failed(const char* doing, int result) { return {result < -1 ? -result : errno, doing}; }

Trial try_tracing(const KernelBtf* types, bpf_attach_type attach, const char* name, unsigned kind) {
  const int id = types ? btf__find_by_name_kind(types->types(), name, kind) : -ENOENT;
  if (id < 0) return {ENOENT, types ? fmt::format("finding {} in the BTF", name) : "without BTF"};
  bpf_prog_load_opts options{};
  options.expected_attach_type = attach;
  options.attach_btf_id = static_cast<unsigned>(id);
  const Fd program(load(BPF_PROG_TYPE_TRACING, options));
  if (program.bad()) return failed("loading", program.fd);
  const Fd link(bpf_raw_tracepoint_open(nullptr, program.fd));
  return link.bad() ? failed("attaching", link.fd) : Trial{};
}

int perf_event_open(perf_event_attr& attributes, int pid, int cpu) {
  attributes.size = sizeof attributes;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC));
}

}  // namespace

Trial try_tracepoint(const KernelBtf* types) {
  return try_tracing(types, BPF_TRACE_RAW_TP, "btf_trace_sys_enter", BTF_KIND_TYPEDEF);
}

Trial try_fentry(const KernelBtf* types) {
  const bool usual = !types || types->has_function(kFunction);
  return try_tracing(types, BPF_TRACE_FENTRY, usual ? kFunction : kOtherFunction, BTF_KIND_FUNC);
}

Trial try_kprobe() {
  unsigned type = 0;
  if (!(std::ifstream("/sys/bus/event_source/devices/kprobe/type") >> type))
    return {ENOENT, "this kernel has no kprobe events: /sys/bus/event_source/devices/kprobe"};
  const Fd program(load(BPF_PROG_TYPE_KPROBE, {}));
  if (program.bad()) return failed("loading", program.fd);
  perf_event_attr attributes{};
  attributes.type = type;
  attributes.kprobe_func = reinterpret_cast<uintptr_t>(kFunction);
  const Fd event(perf_event_open(attributes, -1, 0));
  if (event.bad()) return failed("perf_event_open", event.fd);
  if (::ioctl(event.fd, PERF_EVENT_IOC_SET_BPF, program.fd) != 0) return failed("attaching", -1);
  return {};
}

Trial try_kprobe_multi() {
  bpf_prog_load_opts options{};
  options.expected_attach_type = BPF_TRACE_KPROBE_MULTI;
  const Fd program(load(BPF_PROG_TYPE_KPROBE, options));
  if (program.bad()) return failed("loading", program.fd);
  const char* functions[] = {kFunction};
  bpf_link_create_opts link_options{};
  link_options.sz = sizeof link_options;
  link_options.kprobe_multi.syms = functions;
  link_options.kprobe_multi.cnt = 1;
  const Fd link(bpf_link_create(program.fd, 0, BPF_TRACE_KPROBE_MULTI, &link_options));
  return link.bad() ? failed("attaching", link.fd) : Trial{};
}

Trial try_cycle_counter() {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.config = PERF_COUNT_HW_CPU_CYCLES;
  const Fd event(perf_event_open(attributes, 0, -1));
  return event.bad() ? failed("perf_event_open", event.fd) : Trial{};
}

}  // namespace ebpftrace::recorder
