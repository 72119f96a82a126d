// SPDX-License-Identifier: Apache-2.0
#include "recorder/kernel/probes.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <thread>

#include "bpf/ebpf_record.skel.h"
#include "bpf/records.h"
#include "recorder/kernel/call_table.h"
#include "recorder/kernel/kernel_btf.h"
#include "recorder/kernel/large_maps.h"
#include "recorder/kernel/settled_relocations.h"
#include "recorder/run/privileges.h"

namespace ebpftrace::recorder {
namespace {

bool is_call_program(std::string_view name) {
  return name.starts_with("on_sys_") || name == "on_kprobe" || name == "on_kretprobe" || name.starts_with("call_") ||
         name.starts_with("all_") || name.starts_with("effect_");
}
constexpr std::string_view kPrepareExec = "prepare_exec", kPrepareExecByKprobe = "exec_by_kprobe";
constexpr std::string_view kReturnsOnly = "on_sys_return";
// Of execs on their way at a time, beside those of each CPU: they may wait for a disk.
constexpr u32 kExecSlots = 64;
bool prepares_exec(std::string_view name) { return name == kPrepareExec || name == kPrepareExecByKprobe; }
bool is_at_return(std::string_view name) {
  return name == "on_sys_exit" || name == kReturnsOnly || name.find("kretprobe") != name.npos ||
         name.find("fexit") != name.npos;
}

// A program's name says what it produces: on_fork makes fork events, those at system calls together system calls.
std::optional<uint16_t> event_of(std::string_view program, const std::vector<EventType>& catalogue) {
  if (is_call_program(program)) return EVENT_SYSCALL;
  if (program == "on_rename") return EVENT_THREAD;
  for (const EventType& type : catalogue)
    if (program == "on_" + type.name) return type.id;
  return std::nullopt;
}

void* map_array(int fd, size_t bytes, std::string_view what) {
  void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (address == MAP_FAILED) refused(fmt::format("mapping the {}", what), errno);
  return address;
}

size_t whole_pages(size_t bytes) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

// The rings that libbpf maps are only known by what /proc/self/maps calls them. A child that had them all in its address
// space, if only until its exec, would have our size as its largest.
void keep_maps_from_children() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    uintptr_t from = 0, to = 0;
    if (line.find("bpf-map") == std::string::npos || std::sscanf(line.c_str(), "%lx-%lx", &from, &to) != 2) continue;
    ::madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTFORK);  // NOLINT(performance-no-int-to-ptr)
  }
}

}  // namespace

Probes::Probes(const ProbeOptions& options) {
  listen_to_libbpf(options.verbose);
  if (!options.system_calls) {
    possible_cpus_ = static_cast<uint32_t>(std::max(1, libbpf_num_possible_cpus()));
    return;
  }
  if (const std::string missing = missing_capabilities(); !missing.empty())
    throw ProbeError(
        ProbeError::Kind::kPrivilege,
        fmt::format("recording needs the capabilities that this process lacks: {}; run it with sudo, or give "
                    "it these capabilities",
                    missing));
  try {
    load(options);
  } catch (...) {
    if (skeleton_) ebpf_record__destroy(skeleton_);
    throw;
  }
}

Probes::~Probes() {
  detach();
  for (bpf_link* link : {introduce_, open_files_, run_queues_, unfinished_}) bpf_link__destroy(link);
  if (shared_) ring_buffer__free(shared_);
  if (controls_) ::munmap(controls_, controls_bytes_);
  if (chunks_) ::munmap(chunks_, chunks_bytes_);
  ebpf_record__destroy(skeleton_);
}

void Probes::load(const ProbeOptions& options) {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus <= 0) refused("reading the number of possible CPUs", -cpus);
  possible_cpus_ = static_cast<uint32_t>(cpus);
  ring_bytes_ = std::bit_ceil(std::max(options.ring_bytes_per_cpu, kFewestRingBytes));
  chunks_per_cpu_ = static_cast<uint32_t>(std::max<uint64_t>(1, ring_bytes_ / CHUNK_BYTES));

  const KernelBtf kernel(options.btf_file);
  try {
    const auto clear = plan_whatever_the_kernel(options.back_end, options.calls, options.may_change);
    plan_ = clear ? *clear
                  : plan_probes(options.back_end, options.calls, options.may_change || options.rules & RULE_USER,
                                options.may_change, probe_kernel(kernel));
  } catch (const BackEndError& error) {
    throw ProbeError(ProbeError::Kind::kRefused, error.what());
  }
  listen_to_libbpf(options.verbose);  // what it said of attempts is forgotten
  bpf_object_open_opts open_options{};
  open_options.sz = sizeof open_options;
  open_options.btf_custom_path = kernel.relocation_file();
  open_object(kernel, open_options);
  skeleton_->rodata->recorder_tgid = static_cast<u32>(::getpid());
  skeleton_->rodata->possible_rules = options.may_change ? ~u32{0} : options.rules;
  skeleton_->rodata->preemptible = plan_.back_end == BackEnd::kFentry;
  skeleton_->rodata->returns_can_be_missed = plan_.back_end != BackEnd::kTracepoint;
  skeleton_->rodata->returns_only = options.returns_only;
  skeleton_->rodata->chunks_per_cpu = chunks_per_cpu_;
  skeleton_->rodata->ring_bytes = ring_bytes_;
  const u32 exec_slots = std::bit_ceil(kExecSlots + EXEC_SLOTS_OF_A_CPU * possible_cpus_);
  skeleton_->rodata->exec_slots = exec_slots;
  bpf_map__set_max_entries(skeleton_->maps.exec_calls, exec_slots);
  skeleton_->rodata->only_command = options.only_command;
  skeleton_->rodata->count_calls = counts_calls_ = options.count_calls && plan_.back_end == BackEnd::kTracepoint;
  skeleton_->rodata->have_rdonly_cast = kernel.has_function("bpf_rdonly_cast");
  const CallTables tables = make_call_tables(options.content, options.returns_only);
  static_assert(sizeof skeleton_->rodata->calls == sizeof tables.calls);
  static_assert(sizeof skeleton_->rodata->captures == sizeof tables.captures);
  static_assert(sizeof skeleton_->rodata->choices == sizeof tables.choices);
  std::memcpy(skeleton_->rodata->calls, tables.calls.data(), sizeof tables.calls);
  static_assert(sizeof skeleton_->rodata->path_starts == sizeof tables.path_starts);
  std::memcpy(skeleton_->rodata->path_starts, tables.path_starts.data(), sizeof tables.path_starts);
  std::memcpy(skeleton_->rodata->captures, tables.captures.data(), sizeof tables.captures);
  std::memcpy(skeleton_->rodata->choices, tables.choices.data(), sizeof tables.choices);
  skeleton_->rodata->keep_environment = options.keep_environment;
  skeleton_->rodata->data_limit = options.content.data ? options.content.bytes : 0;
  // A new thread starts undecided: its filter value, 0, must not be the current one.
  skeleton_->bss->filter_generation = 1;
  skeleton_->bss->trace_part = 1;
  // Until there is a setting, nobody is chosen where some will be.
  skeleton_->bss->filter_policies[0].rules = options.rules;
  // Its memory is taken at once. COMMAND's process is noted once more when it executes.
  if (options.processes) bpf_map__set_max_entries(skeleton_->maps.targets, static_cast<u32>(options.processes + 1));
  bpf_map__set_max_entries(skeleton_->maps.ring_controls, possible_cpus_);
  bpf_map__set_max_entries(skeleton_->maps.ring_chunks, possible_cpus_ * chunks_per_cpu_);
  LargeMaps large({skeleton_->maps.ring_chunks, skeleton_->maps.file_ring, skeleton_->maps.life_ring,
                   skeleton_->maps.known_files, skeleton_->maps.exec_calls});
  const auto choose_and_load = [&] {
    if (!skeleton_->rodata->have_rdonly_cast) search_modules_once();
    choose_programs(options, kernel.has("btf_trace_sched_prepare_exec", BTF_KIND_TYPEDEF));
    large.hand_over();
    return ebpf_record__load(skeleton_);
  };
  if (const int error = kernel.where_libbpf_finds_it(choose_and_load)) refused("loading the BPF programs", -error);
  loader_.begin();
  map_rings();  // meanwhile
  if (const int error = loader_.finish()) refused("loading the BPF programs", error);
  find_hooks();
}

// With the plain relocations settled. As the skeleton's own function does it, but for the bytes.
void Probes::open_object(const KernelBtf& kernel, const bpf_object_open_opts& options) {
  size_t size = 0;
  const auto* bytes = static_cast<const std::byte*>(ebpf_record__elf_bytes(&size));
  std::vector<std::byte> object(bytes, bytes + size);
  settle_relocations(object, kernel.sysfs_bytes());
  skeleton_ = static_cast<ebpf_record*>(std::calloc(1, sizeof *skeleton_));
  if (!skeleton_ || ebpf_record__create_skeleton(skeleton_) != 0) refused("opening the BPF object", ENOMEM);
  skeleton_->skeleton->data = object.data();
  skeleton_->skeleton->data_sz = object.size();
  if (const int error = bpf_object__open_skeleton(skeleton_->skeleton, &options))
    refused("opening the BPF object", -error);
}

bpf_object* Probes::object() const { return skeleton_->obj; }

// For a weak function that the kernel lacks (bpf_rdonly_cast before Linux 6.2), libbpf 1.1 looks into the types of all modules.
// That takes CAP_SYS_ADMIN, and without it the object is not loaded at all. libbpf tries once for an object: if a search
// for something else has failed before, it is content with "not found".
void Probes::search_modules_once() {
  bpf_program__set_attach_target(skeleton_->progs.all_fentry_64, 0, "no_such_function");
}

void Probes::map_rings() {
  controls_bytes_ = whole_pages(sizeof(ring_control) * possible_cpus_);
  controls_ = static_cast<ring_control*>(
      map_array(bpf_map__fd(skeleton_->maps.ring_controls), controls_bytes_, "ring control"));
  chunks_bytes_ = whole_pages(sizeof(ring_chunk) * possible_cpus_ * chunks_per_cpu_);
  chunks_ = static_cast<ring_chunk*>(map_array(bpf_map__fd(skeleton_->maps.ring_chunks), chunks_bytes_, "rings"));
  shared_ = ring_buffer__new(bpf_map__fd(skeleton_->maps.life_ring), on_record, this, nullptr);
  if (!shared_) refused("mapping the process ring", errno);
  if (const int error = ring_buffer__add(shared_, bpf_map__fd(skeleton_->maps.file_ring), on_record, this))
    refused("mapping the file ring", -error);
  keep_maps_from_children();
}

// Only what this back end and this filter need is loaded.
void Probes::choose_programs(const ProbeOptions& options, bool tells_of_exec) {
  const bool at_calls = !options.calls.empty() || options.may_change;
  bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(skeleton_->obj, program))) {
    const std::string_view name = bpf_program__name(program);
    bool wanted = true;
    if (name.starts_with("on_sys_"))
      wanted = at_calls && plan_.back_end == BackEnd::kTracepoint && (name == kReturnsOnly) == options.returns_only;
    else if (name == "on_kprobe" || name == "on_kretprobe")
      wanted = plan_.back_end == BackEnd::kKprobe;
    else if (is_call_program(name))
      wanted = false;  // see place_fentry()
    else if (name == "running_threads")
      wanted = !options.only_command;
    else if (prepares_exec(name))
      wanted = at_calls && (name == kPrepareExec) == tells_of_exec;
    bpf_program__set_autoload(program, wanted);
    if (wanted) ProgramLoader::find_place(program);
  }
  if (plan_.back_end == BackEnd::kFentry) place_fentry();
}

void Probes::place_fentry() {
  auto place = [](bpf_program* program, const std::string& function) {
    if (const int error = bpf_program__set_attach_target(program, 0, function.c_str()))
      refused(fmt::format("finding {} in the kernel's BTF", function), -error);
    bpf_program__set_autoload(program, true);
  };
  auto named = [&](const std::string& name) { return bpf_object__find_program_by_name(skeleton_->obj, name.c_str()); };
  if (plan_.every_call)
    for (const char* kind : {"fentry", "fexit"}) place(named(fmt::format("all_{}_64", kind)), "x64_sys_call");
  if (!plan_.compat_function.empty())
    for (const char* kind : {"fentry", "fexit"}) place(named(fmt::format("all_{}_32", kind)), plan_.compat_function);
  std::vector<bpf_program*> entries, returns, effects;
  bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(skeleton_->obj, program))) {
    const std::string_view name = bpf_program__name(program);
    if (name.starts_with("call_fentry_")) entries.push_back(program);
    if (name.starts_with("call_fexit_")) returns.push_back(program);
    if (name.starts_with("effect_fexit_")) effects.push_back(program);
  }
  size_t places = 0, effect_places = 0;
  for (const CallFunction& function : plan_.functions) {
    if (!function.entry) {
      place(effects.at(effect_places++), function.name);
      continue;
    }
    place(entries.at(places), function.name);
    if (function.returns) place(returns.at(places), function.name);
    ++places;
  }
}

void Probes::find_hooks() {
  const auto catalogue = event_catalogue();
  bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(skeleton_->obj, program))) {
    const std::string_view name = bpf_program__name(program);
    if (!bpf_program__autoload(program) || !(name.starts_with("on_") || prepares_exec(name) || is_call_program(name)))
      continue;
    const bool at_call = is_call_program(name), at_return = is_at_return(name);
    // A return that the kernel skipped is counted by the thread's next entry: see bpf/syscalls.h, count_missed_return().
    programs_.push_back({program, event_of(name, catalogue), !at_return || plan_.back_end == BackEnd::kTracepoint});
    // Life first, so that a thread's birth is seen before its calls; entry last, so that no exit lacks one.
    const int order = at_return ? 1 : at_call ? 2 : 0;
    if (name == kPrepareExecByKprobe) {
      hooks_.push_back({program, order, "begin_new_exec", false});
      continue;
    }
    if (!at_call || plan_.back_end != BackEnd::kKprobe) {
      hooks_.push_back({program, order, {}, at_return});
      continue;
    }
    for (const CallFunction& function : plan_.functions)
      if (at_return ? function.returns : function.entry)
        hooks_.push_back({program, order, function.name, at_return, !at_return});
    if (!plan_.compat_function.empty())
      hooks_.push_back({program, order, plan_.compat_function, at_return, !at_return});
  }
  std::stable_sort(hooks_.begin(), hooks_.end(), [](const Hook& a, const Hook& b) { return a.order < b.order; });
}

void Probes::attach(std::optional<uint32_t> command) {
  if (!skeleton_) return;
  // A kprobe takes two descriptors. COMMAND's process, if there is one, was made before and keeps its own limit.
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < 2 * hooks_.size() + 256) {
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, 2 * hooks_.size() + 256);
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  for (const Hook& hook : hooks_) {
    bpf_link* link = nullptr;
    if (hook.function.empty()) {
      link = bpf_program__attach_trace(hook.program);
    } else {
      LIBBPF_OPTS(bpf_kprobe_opts, options, .retprobe = hook.at_return);
      link = bpf_program__attach_kprobe_opts(hook.program, hook.function.c_str(), &options);
    }
    // A kernel without kprobes and without the tracepoint: what an exec was called with is told by what it led to.
    if (!link && bpf_program__name(hook.program) != kPrepareExecByKprobe)
      refused(fmt::format("attaching the BPF program '{}'{}{}", bpf_program__name(hook.program),
                          hook.function.empty() ? "" : " to ", hook.function),
              errno);
    links_.push_back(link);
  }
  // Made now, while we may, and read at the end.
  auto iterator = [](bpf_program* program, std::optional<uint32_t> process = {}) -> bpf_link* {
    if (!bpf_program__autoload(program)) return nullptr;
    bpf_iter_link_info about{};
    about.task.pid = process.value_or(0);
    LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &about, .link_info_len = sizeof about);
    bpf_link* link = bpf_program__attach_iter(program, process ? &options : nullptr);
    if (!link) refused(fmt::format("attaching the BPF program '{}'", bpf_program__name(program)), errno);
    return link;
  };
  introduce_ = iterator(skeleton_->progs.running_threads);
  open_files_ = iterator(skeleton_->progs.list_open_files, command);
  run_queues_ = iterator(skeleton_->progs.run_queues);
  unfinished_ = iterator(skeleton_->progs.still_in_call);
}

CpuRings Probes::rings() const {
  if (!controls_) return {};
  return {controls_, chunks_, possible_cpus_, chunks_per_cpu_, ring_bytes_};
}
uint64_t Probes::ring_bytes_per_cpu() const { return ring_bytes_; }

int Probes::on_record(void* self, void* data, size_t size) {
  static_cast<Probes*>(self)->handler_({static_cast<const std::byte*>(data), size});
  return 0;
}

void Probes::consume_shared() {
  if (shared_) ring_buffer__consume(shared_);
}

void Probes::detach() {
  std::lock_guard lock(links_mutex_);
  missed_entries_ = missed_entries();
  for (; !links_.empty(); links_.pop_back()) bpf_link__destroy(links_.back());
}

// The programs write a byte for each record that they send, so a read() ends after `batch` records.
void Probes::read_iterator(const bpf_link* link, size_t batch, bool once, const std::function<void()>& between) {
  if (!link) return;  // no system calls are recorded
  const int fd = bpf_iter_create(bpf_link__fd(link));
  if (fd < 0) return;
  std::vector<char> bytes(batch);
  while (true) {
    const ssize_t n = ::read(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR && errno != EAGAIN) break;  // EAGAIN: a million tasks or files without a record
    between();
    if (n == 0 || once) break;
  }
  ::close(fd);
}

void Probes::begin_part() {
  if (!skeleton_) return;
  std::atomic_ref(skeleton_->bss->trace_part).fetch_add(1);
  std::atomic_ref(skeleton_->bss->rename_count).fetch_add(1);
  std::atomic_ref(skeleton_->bss->last_former_file).store(std::atomic_ref(skeleton_->bss->last_ids.file).load());
}

// A thread's record with that of its control group takes at most 4.5 KiB of the 8 MiB of its ring, as a rule 0.1.
void Probes::introduce_threads(const std::function<void()>& between) {
  constexpr size_t kBatch = 1024;
  ::sched_yield();  // the scheduler looks at its clock, which the first program to run then compares with ours
  read_iterator(run_queues_, 1, true, [] {});
  read_iterator(introduce_, kBatch, false, between);
}

// A file with its description takes at most 4.5 KiB of the 16 MiB of its ring.
void Probes::list_open_files(const std::function<void()>& between) {
  constexpr size_t kBatch = 2048;
  read_iterator(open_files_, kBatch, false, between);
}

void Probes::sample_run_queues() {
  for (uint32_t cpu = 0; cpu < possible_cpus_; ++cpu) std::atomic_ref(controls_[cpu].runnable_known).store(0);
  const auto online = static_cast<size_t>(std::max(1, ::get_nprocs()));
  read_iterator(run_queues_, online, true, [] {});  // every CPU has a thread of its own among the first
}

namespace {

// Returns when no BPF program runs any more that began before: they run in RCU read-side sections, whose end this waits for
// (kernel/sched/membarrier.c). Where it does not wait (one CPU) or is refused (nohz_full), a program has ample time.
void wait_for_running_programs() {
  if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0 && ::get_nprocs() > 1) return;
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
}

}  // namespace

// If the iterator can't be had, the calls are missing from the trace: they had not returned.
void Probes::end_calls(const std::function<void()>& between) {
  constexpr size_t kBatch = 4096;  // a row takes 120 bytes of the 8 MiB of its ring
  if (!skeleton_) return;
  std::atomic_ref(skeleton_->bss->ending).store(1);
  std::atomic_ref(skeleton_->bss->filter_generation).fetch_add(1);
  wait_for_running_programs();
  read_iterator(unfinished_, kBatch, false, between);
}

}  // namespace ebpftrace::recorder
