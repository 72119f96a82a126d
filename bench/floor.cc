// SPDX-License-Identifier: Apache-2.0
// Runs a command under one of the floor programs of floor.bpf.c and prints on stderr what came through:
//   floor empty|exit64|storage64 own|ringbuf -- COMMAND [ARGUMENT...]
//   floor: events=2000031 lost=0 consumer_ns=2.41 checksum=1f3c
// Only the command's own process is traced, all of its threads but not its children. Exits as the command did.
// Two threads: main waits for the command, the other drains every 2 ms.
#include "floor.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <memory>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>

#include "floor.skel.h"
#include "floor_reader.h"
#include "gated_child.h"

namespace {

// As the recorder's; shorter intervals cost the traced program's CPU time, longer ones need larger rings.
constexpr std::chrono::milliseconds drain_interval{2};

[[noreturn]] void fail(const std::string& what, int error) {
  throw std::system_error(error < 0 ? -error : error, std::generic_category(), what);
}

int print_warnings(libbpf_print_level level, const char* format, va_list arguments) {
  return level == LIBBPF_WARN ? std::vfprintf(stderr, format, arguments) : 0;
}

// The one or two programs of a mode and the maps that they need, loaded and, after attach(), running.
class Programs {
 public:
  Programs(const std::string& mode, const std::string& transport, pid_t traced, size_t cpus)
      : own_(transport == "own") {
    if (!skeleton_) fail("open of the BPF object", errno);
    const std::string exit_program = mode + "_" + transport;
    bpf_program* program;
    bpf_object__for_each_program(program, skeleton_->obj) {
      const std::string name = bpf_program__name(program);
      bpf_program__set_autoload(program, name == exit_program || name == mode + "_enter");
    }
    bpf_map__set_autocreate(own_ ? skeleton_->maps.bpf_rings : skeleton_->maps.own_rings, false);
    bpf_map__set_max_entries(skeleton_->maps.bpf_rings, static_cast<__u32>(cpus));
    bpf_map__set_max_entries(skeleton_->maps.own_rings, static_cast<__u32>(cpus));
    skeleton_->rodata->traced_tgid = static_cast<__u32>(traced);
    if (int error = floor_bpf__load(skeleton_.get())) fail("load of the BPF programs", error);
    if (own_) {
      reader_ = std::make_unique<OwnRingReader>(bpf_map__fd(skeleton_->maps.own_rings), skeleton_->bss->cursors, cpus);
    } else {
      reader_ = std::make_unique<BpfRingReader>(bpf_map__fd(skeleton_->maps.bpf_rings), cpus);
    }
  }

  void attach() {
    if (int error = floor_bpf__attach(skeleton_.get())) fail("attach of the BPF programs", error);
  }
  void detach() { floor_bpf__detach(skeleton_.get()); }
  FloorReader& reader() { return *reader_; }

  // What could not be stored, what was overwritten, and how often a program did not run as it was running already.
  __u64 lost() const {
    __u64 lost = reader_->overwritten();
    for (const floor_cursor& cursor : skeleton_->bss->cursors) lost += cursor.lost;
    bpf_program* program;
    bpf_object__for_each_program(program, skeleton_->obj) {
      bpf_prog_info info{};
      __u32 size = sizeof info;
      if (bpf_program__fd(program) >= 0 && bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0)
        lost += info.recursion_misses;
    }
    return lost;
  }

 private:
  struct Destroy {
    void operator()(floor_bpf* skeleton) const { floor_bpf__destroy(skeleton); }
  };
  bool own_;
  std::unique_ptr<floor_bpf, Destroy> skeleton_{floor_bpf__open()};
  std::unique_ptr<FloorReader> reader_;
};

// Drains until it is told to stop, then once more; returns the CPU time that this took.
double drain_until(std::stop_token stop, FloorReader& reader) {
  while (!stop.stop_requested()) {
    std::this_thread::sleep_for(drain_interval);
    reader.drain();
  }
  reader.drain();
  timespec cpu_time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu_time);
  return static_cast<double>(cpu_time.tv_sec) * 1e9 + static_cast<double>(cpu_time.tv_nsec);
}

int record(const std::string& mode, const std::string& transport, char** command) {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) fail("number of possible CPUs", cpus);
  if (cpus > FLOOR_MAX_CPUS) fail("more CPUs than FLOOR_MAX_CPUS", E2BIG);

  GatedChild child(command);
  Programs programs(mode, transport, child.pid(), static_cast<size_t>(cpus));
  double consumer_cpu_ns = 0;
  std::jthread consumer([&](std::stop_token stop) { consumer_cpu_ns = drain_until(stop, programs.reader()); });
  programs.attach();
  child.open_gate();
  const int status = child.wait();
  programs.detach();
  consumer.request_stop();
  consumer.join();

  const FloorReader& reader = programs.reader();
  std::fprintf(stderr, "floor: events=%llu lost=%llu consumer_ns=%.2f checksum=%llx\n", reader.events(),
               programs.lost(), reader.events() ? consumer_cpu_ns / static_cast<double>(reader.events()) : 0,
               reader.checksum());
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "", transport = argc > 2 ? argv[2] : "";
  if (argc < 5 || (mode != "empty" && mode != "exit64" && mode != "storage64") ||
      (transport != "own" && (transport != "ringbuf" || mode == "empty")) || std::strcmp(argv[3], "--") != 0) {
    std::fputs("usage: floor empty|exit64|storage64 own|ringbuf -- COMMAND [ARGUMENT...]\n", stderr);
    return 2;
  }
  libbpf_set_print(print_warnings);
  try {
    return record(mode, transport, argv + 4);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "floor: %s\n", error.what());
    return 1;
  }
}
