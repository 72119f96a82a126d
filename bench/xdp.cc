// SPDX-License-Identifier: Apache-2.0
// ns per packet of the XDP program (BPF_PROG_TEST_RUN, one CPU) beside Debian's xdp-filter (package xdp-tools) with comparable
// rules: some blocked addresses and a dropped port. Ours also keeps counters, flows, a limit and a scan detection.
// The two take turns, so that both meet the same machine. First the same packet again and again, then many flows in turn,
// each put into the frame by xdp_cycle.bpf.c. What that and the kernel's measuring take is within the figures, and told last.
// usage: xdp [PAIRS [REPEAT]], as root.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "bpf/edge_shared.h"
// keep order: the skeleton names its types
#include "bpf/ebpf_xdp.skel.h"
#include "recorder/edge/edge_rules.h"
#include "tests/recorder/frames.h"
#include "trace/format/clocks.h"
#include "xdp_cycle.skel.h"

namespace {

using namespace ebpftrace;
using namespace ebpftrace::recorder;

constexpr char kXdpFilter[] = "/usr/lib/x86_64-linux-gnu/bpf/xdpfilt_alw_all.o";
constexpr u32 kBlocked = 0xac100000, kBlockedForAnHour = 0xac110107, kOthers = 0x0a000000;
constexpr u64 kFilterSource = 1, kFilterTcp = 4, kFilterDestination = 2;  // xdp-filter's MAP_FLAG_*

[[noreturn]] void fail(const char* what) {
  fmt::print(stderr, "xdp: {}: {}\n", what, std::strerror(errno));
  std::exit(1);
}

// ns per packet, as the kernel measures it.
uint32_t run(int program, const Bytes& frame, int repeat, unsigned verdict) {
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data(), .data_size_in = static_cast<u32>(frame.size()),
              .repeat = repeat);
  if (bpf_prog_test_run_opts(program, &options) != 0) fail("BPF_PROG_TEST_RUN");
  if (options.retval != verdict) {
    fmt::print(stderr, "xdp: verdict {} instead of {}: the rule sets are not comparable\n", options.retval, verdict);
    std::exit(1);
  }
  return options.duration;
}

// The next of many flows with each repetition.
class Cycle {
 public:
  // program: what is measured; none: one that only passes
  explicit Cycle(std::optional<int> program) : skeleton_(xdp_cycle__open_and_load()) {
    const u32 first = 0;
    if (!skeleton_) fail("loading xdp_cycle");
    if (!program) program = passes();
    if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.measured), &first, &*program, BPF_ANY) != 0) fail("xdp_cycle");
  }
  int passes() const { return bpf_program__fd(skeleton_->progs.pass); }
  uint32_t run(const Bytes& frame, int repeat, unsigned verdict, u32 first_address, u32 flows) {
    skeleton_->bss->first_address = first_address;
    skeleton_->data->flows = flows;
    return ::run(bpf_program__fd(skeleton_->progs.cycle), frame, repeat, verdict);
  }

 private:
  xdp_cycle* skeleton_;
};

uint32_t median(std::vector<uint32_t> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int load_xdp_filter() {
  bpf_object* object = bpf_object__open(kXdpFilter);
  if (!object) fail(kXdpFilter);
  bpf_map* map = nullptr;
  while ((map = bpf_object__next_map(object, map))) bpf_map__set_pin_path(map, nullptr);
  if (bpf_object__load(object) != 0) fail("loading xdp-filter");
  const int cpus = libbpf_num_possible_cpus();
  auto set = [&](const char* name, const void* key, u64 flags) {
    const std::vector<u64> values(static_cast<size_t>(cpus), flags);
    const int fd = bpf_object__find_map_fd_by_name(object, name);
    if (fd < 0 || bpf_map_update_elem(fd, key, values.data(), BPF_ANY) != 0) fail(name);
  };
  auto block = [&](u32 address) {
    address = htonl(address);
    set("filter_ipv4", &address, kFilterSource);
  };
  for (u32 i = 0; i < 1000; ++i) block(kBlocked + i);
  block(kBlockedForAnHour);
  const u32 port = htons(23);
  set("filter_ports", &port, kFilterDestination | kFilterTcp);
  return bpf_program__fd(bpf_object__next_program(object, nullptr));
}

}  // namespace

int main(int argc, char** argv) {
  const int pairs = argc > 1 ? std::atoi(argv[1]) : 11, repeat = argc > 2 ? std::atoi(argv[2]) : 200'000;
  libbpf_set_print([](libbpf_print_level, const char*, va_list) { return 0; });
  ebpf_xdp* ours = ebpf_xdp__open();
  if (!ours || ebpf_xdp__load(ours) != 0) fail("loading");
  // a limit that is watched, but out of the reach of a measurement
  std::vector<std::string> rules{"drop tcp port 23", "limit syn 100000000/s burst 100000", "scan 20 ports in 10s",
                                 "block 172.17.1.7 for 1h"};
  for (unsigned i = 0; i < 1000; ++i) rules.push_back(fmt::format("block 172.16.{}.{}", i >> 8, i & 255));
  EdgeRules loaded(
      {bpf_map__fd(ours->maps.prefixes), bpf_map__fd(ours->maps.port_tables), bpf_map__fd(ours->maps.blocks)},
      {ours->bss->configs, &ours->bss->active, &ours->data->epoch, &ours->bss->any_blocks}, {"", rules, false});
  loaded.load(trace::read_clocks().boot_ns);
  const int mine = bpf_program__fd(ours->progs.on_packet), theirs = load_xdp_filter();

  Cycle my_cycle(mine), their_cycle(theirs), no_cycle(std::nullopt);

  const Bytes rest(60, uint8_t{1});
  const Bytes tcp4 = ethernet(0x800) + ipv4(6, tcp(1000, 80, 0x10) + rest),
              tcp6 = ethernet(0x86dd) + ipv6(6, tcp(1000, 80, 0x10) + rest);
  const struct {
    const char* name;
    Bytes frame;
    unsigned verdict;
    u32 flows = 0, first_address = kOthers;
  } cases[] = {
      {"TCP over IPv4, passes", tcp4, 2},
      {"UDP over IPv4, passes", ethernet(0x800) + ipv4(17, udp(1000, 53, 60)), 2},
      {"TCP over IPv6, passes", tcp6, 2},
      {"TCP over IPv4, source blocked", ethernet(0x800) + ipv4(6, tcp(1000, 80, 0x10) + rest, "172.16.1.7"), 1},
      {"TCP over IPv4, port dropped", ethernet(0x800) + ipv4(6, tcp(1000, 23, 0x10) + rest), 1},
      {"TCP over IPv4, 64 flows", tcp4, 2, 64},
      {"TCP over IPv4, 4096 flows", tcp4, 2, 4096},
      {"TCP over IPv6, 64 flows", tcp6, 2, 64},
      {"TCP over IPv6, 4096 flows", tcp6, 2, 4096},
      {"TCP over IPv4, 64 blocked", tcp4, 1, 64, kBlocked},
      {"TCP over IPv4, 1000 blocked", tcp4, 1, 1000, kBlocked},
      {"TCP over IPv4, blocked for 1h", ethernet(0x800) + ipv4(6, tcp(1000, 80, 0x10) + rest, "172.17.1.7"), 1},
      // more than xdp-filter does: limit and scan detection; the table of flows with an insertion and an eviction per packet
      {"TCP over IPv4, SYN, passes", ethernet(0x800) + ipv4(6, tcp(1000, 80, 2) + rest), 2},
      {"TCP over IPv4, each a new flow", tcp4, 2, 400000},
  };
  fmt::print("{:<32}{:>14}{:>14}{:>10}\n", "ns per packet, median of turns", "ebpf-record", "xdp-filter", "ratio");
  for (const auto& one : cases) {
    std::vector<uint32_t> a, b;
    for (int i = 0; i < pairs; ++i) {
      a.push_back(one.flows ? my_cycle.run(one.frame, repeat, one.verdict, one.first_address, one.flows)
                            : run(mine, one.frame, repeat, one.verdict));
      b.push_back(one.flows ? their_cycle.run(one.frame, repeat, one.verdict, one.first_address, one.flows)
                            : run(theirs, one.frame, repeat, one.verdict));
    }
    const uint32_t our_ns = median(a), their_ns = median(b);
    fmt::print("{:<32}{:>14}{:>14}{:>10.2f}\n", one.name, our_ns, their_ns, static_cast<double>(our_ns) / their_ns);
  }
  std::vector<uint32_t> once, cycle;
  for (int i = 0; i < pairs; ++i) {
    once.push_back(run(no_cycle.passes(), tcp4, repeat, 2));
    cycle.push_back(no_cycle.run(tcp4, repeat, 2, kOthers, 64));
  }
  fmt::print("of these, the measurement itself: {}, with many flows {}\n", median(once), median(cycle));
  return 0;
}
