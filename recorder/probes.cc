// SPDX-License-Identifier: Apache-2.0
#include "recorder/probes.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>

#include "bpf/ebpf_record.skel.h"
#include "bpf/records.h"
#include "recorder/call_table.h"
#include "recorder/kernel_btf.h"
#include "recorder/options.h"
#include "recorder/privileges.h"

namespace ebpftrace {
namespace {

using What = schema::Count::What;

// libbpf's print hook has no user pointer, so what it says is collected here until someone explains a failure.
std::string g_libbpf_log;
bool g_libbpf_verbose = false;

int collect_log(libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG) return 0;
  va_list again;
  va_copy(again, arguments);
  const int n = vsnprintf(nullptr, 0, format, again);  // NOLINT(clang-analyzer-valist.Uninitialized): va_copy is unknown to it
  va_end(again);
  if (n <= 0) return n;
  std::string text(static_cast<size_t>(n) + 1, '\0');
  vsnprintf(text.data(), text.size(), format, arguments);
  text.resize(static_cast<size_t>(n));
  g_libbpf_log += text;  // bounded: libbpf's own log buffers are
  if (g_libbpf_verbose) fmt::print(stderr, "{}", text);
  return n;
}

std::string last_lines(std::string_view text, size_t wanted) {
  size_t from = text.size();
  for (size_t i = 0; i <= wanted && from != std::string_view::npos && from > 0; ++i) from = text.rfind('\n', from - 1);
  return std::string(text.substr(from == std::string_view::npos ? 0 : from));
}

[[noreturn]] void refused(std::string_view doing, int error) {
  using Kind = ProbeError::Kind;
  // The verifier then does not know the functions that read memory, which looks like a fault of ours.
  if (lockdown_mode() == "confidentiality")
    throw ProbeError(Kind::kRefused, fmt::format("{} was refused ({}){}", doing, std::strerror(error), describe_lockdown()));
  if (const auto end = g_libbpf_log.find("-- END PROG LOAD LOG --"); end != std::string::npos)
    throw ProbeError(Kind::kRejected, fmt::format("{}: the kernel's verifier rejected one ({}); its last words:{}\n(please "
                                                 "report this with the whole output of ebpf-record -v and of uname -r)",
                                                 doing, std::strerror(error),
                                                 last_lines(std::string_view(g_libbpf_log).substr(0, end), 8)));
  if (error == EPERM || error == EACCES) {
    if (const std::string missing = missing_capabilities(); !missing.empty())
      throw ProbeError(Kind::kPrivilege, fmt::format("{} was refused ({}): this process lacks {}; run it with sudo, or give "
                                                     "it these capabilities", doing, std::strerror(error), missing));
    throw ProbeError(Kind::kRefused,
                     fmt::format("{} was refused ({}) although the capabilities suffice{}", doing, std::strerror(error),
                                 describe_lockdown()));
  }
  if (error == ENOMEM)
    throw ProbeError(Kind::kRefused, fmt::format("{}: out of memory; try a smaller --ring-size", doing));
  throw ProbeError(Kind::kRefused, fmt::format("{} failed: {}; the kernel says:{}", doing, std::strerror(error),
                                               last_lines(g_libbpf_log, 12)));
}

bool is_call_program(std::string_view name) {
  return name.starts_with("on_sys_") || name == "on_kprobe" || name == "on_kretprobe" || name.starts_with("call_") ||
         name.starts_with("all_") || name.starts_with("effect_");
}
bool is_at_return(std::string_view name) {
  return name == "on_sys_exit" || name.find("kretprobe") != name.npos || name.find("fexit") != name.npos;
}

// A program's name says what it produces: on_fork makes fork events, those at system calls together system calls.
std::optional<uint16_t> event_of(std::string_view program, const std::vector<EventType>& catalogue) {
  if (is_call_program(program)) return EVENT_SYSCALL;
  if (program == "on_rename") return EVENT_THREAD;
  for (const EventType& type : catalogue)
    if (program == "on_" + type.name) return type.id;
  return std::nullopt;
}

// All 0 if the kernel won't say.
bpf_prog_info program_info(const bpf_program* program) {
  bpf_prog_info info{};
  u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) != 0) return {};
  return info;
}

// How often a kprobe could not run because another was running there (commit 3acd8ba3963f, Linux 6.7). The part of struct
// bpf_link_info that Debian 12's headers don't have.
struct KprobeLinkInfo {
  u32 type, id, prog_id, pad;
  u32 event_type, pad2;
  u64 function_name;
  u32 name_bytes, offset;
  u64 address, missed, cookie;
};

uint64_t missed_by(const bpf_link* link) {
  constexpr u32 kPerfEvent = 7, kKprobe = 3;  // BPF_LINK_TYPE_PERF_EVENT, BPF_PERF_EVENT_KPROBE
  KprobeLinkInfo info{};
  u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &size) != 0) return 0;
  return info.type == kPerfEvent && info.event_type == kKprobe ? info.missed : 0;
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

int exit_status_of(ProbeError::Kind kind) {
  using Kind = ProbeError::Kind;
  switch (kind) {
    case Kind::kPrivilege: return kExitPrivilege;
    case Kind::kNoBtf: return kExitNoBtf;
    case Kind::kNoSuchProcess: return kExitNoProcess;
    case Kind::kRejected: return kExitInternal;
    case Kind::kRefused: break;
  }
  return kExitRefused;
}

Probes::Probes(const ProbeOptions& options) {
  g_libbpf_log.clear();
  g_libbpf_verbose = options.verbose;
  libbpf_set_print(collect_log);
  if (!options.system_calls) {
    possible_cpus_ = static_cast<uint32_t>(std::max(1, libbpf_num_possible_cpus()));
    return;
  }
  if (const std::string missing = missing_capabilities(); !missing.empty())
    throw ProbeError(ProbeError::Kind::kPrivilege,
                     fmt::format("recording needs the capabilities that this process lacks: {}; run it with sudo, or give "
                                 "it these capabilities", missing));
  try {
    load(options);
    map_rings();
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
  chunks_per_cpu_ = static_cast<uint32_t>(
      std::bit_ceil(std::max<uint64_t>(1, (options.ring_bytes_per_cpu + CHUNK_BYTES - 1) / CHUNK_BYTES)));

  const KernelBtf kernel(options.btf_file);
  try {
    plan_ = plan_probes(options.back_end, options.calls, options.may_change || options.rules & RULE_USER, options.may_change,
                        probe_kernel(kernel));
  } catch (const BackEndError& error) {
    throw ProbeError(ProbeError::Kind::kRefused, error.what());
  }
  g_libbpf_log.clear();  // what it said of attempts
  bpf_object_open_opts open_options{};
  open_options.sz = sizeof open_options;
  open_options.btf_custom_path = kernel.relocation_file();
  skeleton_ = ebpf_record__open_opts(&open_options);
  if (!skeleton_) refused("opening the BPF object", errno);
  skeleton_->rodata->recorder_tgid = static_cast<u32>(::getpid());
  skeleton_->rodata->possible_rules = options.may_change ? ~u32{0} : options.rules;
  skeleton_->rodata->preemptible = plan_.back_end == BackEnd::kFentry;
  skeleton_->rodata->returns_can_be_missed = plan_.back_end != BackEnd::kTracepoint;
  skeleton_->rodata->chunks_per_cpu = chunks_per_cpu_;
  skeleton_->rodata->count_calls = counts_calls_ = options.count_calls && plan_.back_end == BackEnd::kTracepoint;
  skeleton_->rodata->have_rdonly_cast = kernel.has_function("bpf_rdonly_cast");
  const CallTables tables = make_call_tables(options.content);
  static_assert(sizeof skeleton_->rodata->calls == sizeof tables.calls);
  static_assert(sizeof skeleton_->rodata->captures == sizeof tables.captures);
  std::memcpy(skeleton_->rodata->calls, tables.calls.data(), sizeof tables.calls);
  std::memcpy(skeleton_->rodata->captures, tables.captures.data(), sizeof tables.captures);
  skeleton_->rodata->keep_environment = options.keep_environment;
  skeleton_->rodata->data_limit = options.content.data ? options.content.bytes : 0;
  // A new thread starts undecided: its filter value, 0, must not be the current one.
  skeleton_->bss->filter_generation = 1;
  // Until there is a setting, nobody is chosen where some will be.
  skeleton_->bss->filter_policies[0].rules = options.rules;
  bpf_map__set_max_entries(skeleton_->maps.ring_controls, possible_cpus_);
  bpf_map__set_max_entries(skeleton_->maps.ring_chunks, possible_cpus_ * chunks_per_cpu_);
  const auto choose_and_load = [&] {
    choose_programs(options);
    return ebpf_record__load(skeleton_);
  };
  if (const int error = kernel.where_libbpf_finds_it(choose_and_load))
    refused("loading the BPF programs", -error);
  find_hooks();
}

bpf_object* Probes::object() const { return skeleton_->obj; }

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
void Probes::choose_programs(const ProbeOptions& options) {
  const bool at_calls = !options.calls.empty() || options.may_change;
  bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(skeleton_->obj, program))) {
    const std::string_view name = bpf_program__name(program);
    bool wanted = true;
    if (name.starts_with("on_sys_")) wanted = at_calls && plan_.back_end == BackEnd::kTracepoint;
    else if (name == "on_kprobe" || name == "on_kretprobe") wanted = plan_.back_end == BackEnd::kKprobe;
    else if (is_call_program(name)) wanted = false;  // see place_fentry()
    bpf_program__set_autoload(program, wanted);
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
    if (!bpf_program__autoload(program) || !(name.starts_with("on_") || is_call_program(name))) continue;
    const bool at_call = is_call_program(name), at_return = is_at_return(name);
    // A return that the kernel skipped is counted by the thread's next entry: see bpf/syscalls.h, count_missed_return().
    programs_.push_back({program, event_of(name, catalogue), !at_return || plan_.back_end == BackEnd::kTracepoint});
    // Life first, so that a thread's birth is seen before its calls; entry last, so that no exit lacks one.
    const int order = at_return ? 1 : at_call ? 2 : 0;
    if (!at_call || plan_.back_end != BackEnd::kKprobe) {
      hooks_.push_back({program, order, {}, at_return});
      continue;
    }
    for (const CallFunction& function : plan_.functions)
      if (at_return ? function.returns : function.entry) hooks_.push_back({program, order, function.name, at_return});
    if (!plan_.compat_function.empty()) hooks_.push_back({program, order, plan_.compat_function, at_return});
  }
  std::stable_sort(hooks_.begin(), hooks_.end(), [](const Hook& a, const Hook& b) { return a.order < b.order; });
}

void Probes::attach() {
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
      link = bpf_program__attach(hook.program);
    } else {
      LIBBPF_OPTS(bpf_kprobe_opts, options, .retprobe = hook.at_return);
      link = bpf_program__attach_kprobe_opts(hook.program, hook.function.c_str(), &options);
    }
    if (!link)
      refused(fmt::format("attaching the BPF program '{}'{}{}", bpf_program__name(hook.program),
                          hook.function.empty() ? "" : " to ", hook.function), errno);
    links_.push_back(link);
  }
  // Made now, while we may, and read at the end.
  auto iterator = [](bpf_program* program) {
    bpf_link* link = bpf_program__attach_iter(program, nullptr);
    if (!link) refused(fmt::format("attaching the BPF program '{}'", bpf_program__name(program)), errno);
    return link;
  };
  introduce_ = iterator(skeleton_->progs.running_threads);
  open_files_ = iterator(skeleton_->progs.list_open_files);
  run_queues_ = iterator(skeleton_->progs.run_queues);
  unfinished_ = iterator(skeleton_->progs.still_in_call);
}

namespace {

template <typename Key>
void choose(bpf_map* map, const Key& key, u32 value) {
  if (bpf_map_update_elem(bpf_map__fd(map), &key, &value, BPF_ANY) != 0)
    refused(fmt::format("adding to the filter's list of {}", bpf_map__name(map)), errno);
}

// Removes what does not belong to this setting.
template <typename Key>
void keep_only(bpf_map* map, uint32_t epoch) {
  const int fd = bpf_map__fd(map);
  std::vector<Key> others;
  Key key{}, next{};
  for (const Key* from = nullptr; bpf_map_get_next_key(fd, from, &next) == 0; key = next, from = &key)
    if (next.epoch != epoch) others.push_back(next);
  for (const Key& other : others) bpf_map_delete_elem(fd, &other);
}

void copy_bits(const std::bitset<CALLS>& from, u64 (&to)[CALLS / 64]) {
  for (auto& word : to) word = 0;
  for (size_t i = 0; i < CALLS; ++i) to[i / 64] |= u64{from.test(i)} << (i % 64);
}

}  // namespace

void Probes::remove_choices_but(uint32_t epoch) {
  keep_only<filter_number>(skeleton_->maps.targets, epoch);
  keep_only<filter_name>(skeleton_->maps.comms, epoch);
  keep_only<filter_number>(skeleton_->maps.users, epoch);
  keep_only<filter_number>(skeleton_->maps.cgroups, epoch);
}

void Probes::set_filter(const Filter& filter, std::span<const Target> processes) {
  if (((filter.calls.native & ~plan_.reach.native) | (filter.calls.compat & ~plan_.reach.compat)).any() &&
      plan_.back_end != BackEnd::kTracepoint && !links_.empty())
    throw ProbeError(ProbeError::Kind::kRefused,
                     fmt::format("the set has calls that {} was not attached to; --probe tracepoint can change to any set",
                                 name_of(plan_.back_end)));
  const u32 before = skeleton_->bss->filter_epoch, epoch = before + 1;
  filter_policy& policy = skeleton_->bss->filter_policies[epoch & 1];
  policy.rules = filter.rules(!processes.empty());
  policy.min_duration_ns = filter.min_duration_ns;
  copy_bits(filter.calls.native, policy.wanted[0]);
  copy_bits(filter.calls.compat, policy.wanted[1]);
  try {
    for (const Target& process : processes) choose(skeleton_->maps.targets, filter_number{epoch, 0, process.tgid}, process.mode);
    for (const std::string& comm : filter.comms) {
      filter_name key{epoch, {}};
      comm.copy(key.name, sizeof key.name - 1);
      choose(skeleton_->maps.comms, key, 1);
    }
    for (const uint32_t user : filter.users) choose(skeleton_->maps.users, filter_number{epoch, 0, user}, 1);
    for (const Filter::Cgroup& cgroup : filter.cgroups) choose(skeleton_->maps.cgroups, filter_number{epoch, 0, cgroup.id}, 1);
  } catch (const ProbeError&) {
    remove_choices_but(before);
    throw;
  }
  std::atomic_ref(skeleton_->bss->filter_epoch).store(epoch);
  std::atomic_ref(skeleton_->bss->filter_generation).fetch_add(1);
  remove_choices_but(epoch);
}

CpuRings Probes::rings() const {
  if (!controls_) return {};
  return {controls_, chunks_, possible_cpus_, chunks_per_cpu_};
}
uint64_t Probes::ring_bytes_per_cpu() const { return uint64_t{chunks_per_cpu_} * CHUNK_BYTES; }

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

uint64_t Probes::missed_entries() const {
  uint64_t missed = missed_entries_;
  for (size_t i = 0; i < links_.size(); ++i)
    if (!hooks_[i].function.empty() && !hooks_[i].at_return) missed += missed_by(links_[i]);
  return missed;
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
  std::atomic_ref(skeleton_->data->trace_part).fetch_add(1);
  std::atomic_ref(skeleton_->bss->rename_count).fetch_add(1);
  std::atomic_ref(skeleton_->bss->last_former_file).store(std::atomic_ref(skeleton_->bss->last_file_id).load());
}

// A thread's record with that of its control group takes at most 4.5 KiB of the 8 MiB of its ring, as a rule 0.1.
void Probes::introduce_threads(const std::function<void()>& between) {
  constexpr size_t kBatch = 1024;
  ::sched_yield();  // the scheduler looks at its clock, which the first program to run then compares with ours
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

// If it can't be had, the calls are missing from the trace: they had not returned.
void Probes::report_unfinished() {
  read_iterator(unfinished_, 64, false, [] {});
}

std::vector<EventCount> Probes::counts() const {
  constexpr What kReasons[LOST_REASONS] = {What::RING_FULL, What::NESTED, What::MAP_FULL, What::MISSED};
  std::vector<EventCount> counts;
  auto add = [&](uint32_t cpu, uint16_t type, What what, uint64_t count) {
    if (count) counts.push_back({cpu, type, what, count});
  };
  auto read = [](u64& counter) { return std::atomic_ref(counter).load(std::memory_order_relaxed); };
  for (uint32_t cpu = 0; controls_ && cpu < possible_cpus_; ++cpu) {
    ring_control& ring = controls_[cpu];
    for (uint16_t type = 0; type < EVENT_TYPES; ++type) {
      const bool hot = type == EVENT_SYSCALL;
      add(cpu, type, What::PRODUCED, read(ring.produced[type]) + (hot ? read(ring.syscalls_produced) : 0));
      for (unsigned reason = 0; reason < LOST_REASONS; ++reason)
        add(cpu, type, kReasons[reason],
            read(ring.lost[type][reason]) + (hot && reason == LOST_RING_FULL ? read(ring.syscalls_ring_full) : 0));
    }
  }
  // A program that the kernel skipped saw no event that it could have counted, and does not know whether its filter
  // would have let it pass: an upper bound.
  std::array<uint64_t, EVENT_TYPES> missed{};
  for (const Program& program : programs_)
    if (program.type && program.counts_skips) missed[*program.type] += program_info(program.program).recursion_misses;
  {
    std::lock_guard lock(links_mutex_);
    missed[EVENT_SYSCALL] += missed_entries();
  }
  for (uint16_t type = 0; type < EVENT_TYPES; ++type) {
    add(kNoCpu, type, What::PRODUCED, missed[type]);
    add(kNoCpu, type, What::MISSED, missed[type]);
  }
  return counts;
}

uint64_t Probes::lost() const {
  uint64_t sum = 0;
  for (const EventCount& count : counts())
    if (count.what != What::PRODUCED) sum += count.count;
  return sum;
}

void Probes::add_cost(RecorderCost& cost) const {
  for (const Program& program : programs_) {
    const bpf_prog_info info = program_info(program.program);
    cost.bpf_ns += info.run_time_ns;
    cost.bpf_runs += info.run_cnt;
  }
}

}  // namespace ebpftrace
