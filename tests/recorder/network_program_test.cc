// SPDX-License-Identifier: Apache-2.0
// What the XDP program counts, decides and tells.
#include "tests/recorder/network_program.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "recorder/edge/socket_address.h"

namespace ebpftrace::recorder {
namespace {

void sleep_until(uint64_t boot_ns) {
  const timespec end{static_cast<time_t>(boot_ns / 1'000'000'000), static_cast<long>(boot_ns % 1'000'000'000)};
  while (::clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &end, nullptr) == EINTR) {
  }
}

// Every stack of headers that is understood, with what comes of it.
std::map<std::string, Bytes> stacks() {
  const Bytes plain4 = ethernet(ETH_P_IP), plain6 = ethernet(ETH_P_IPV6);
  const Bytes tagged4 = ethernet(ETH_P_8021Q) + vlan(5, ETH_P_IP),
              tagged6 = ethernet(ETH_P_8021Q) + vlan(5, ETH_P_IPV6);
  const Bytes twice4 = ethernet(ETH_P_8021AD) + vlan(6, ETH_P_8021Q) + vlan(7, ETH_P_IP);
  const Bytes twice6 = ethernet(ETH_P_8021AD) + vlan(6, ETH_P_8021Q) + vlan(7, ETH_P_IPV6);
  const std::map<std::string, std::pair<unsigned, Bytes>> transports = {{"tcp", {IPPROTO_TCP, tcp(1000, 80, 2, 3)}},
                                                                        {"udp", {IPPROTO_UDP, udp(1000, 53)}},
                                                                        {"sctp", {IPPROTO_SCTP, sctp(9, 10)}},
                                                                        {"gre", {IPPROTO_GRE, gre(0xb000, 0x800)}},
                                                                        {"esp", {IPPROTO_ESP, Bytes(16, uint8_t{1})}}};
  std::map<std::string, Bytes> all;
  auto add = [&](const std::string& name, unsigned protocol, const Bytes& payload, bool four, bool six) {
    if (four) {
      all["ipv4 " + name] = plain4 + ipv4(protocol, payload);
      all["ipv4 options " + name] = plain4 + ipv4(protocol, payload, "10.0.0.1", "10.0.0.2", 0, 10);
      all["ipv4 first fragment " + name] = plain4 + ipv4(protocol, payload, "10.0.0.1", "10.0.0.2", 0x2000);
      all["ipv4 fragment " + name] = plain4 + ipv4(protocol, payload, "10.0.0.1", "10.0.0.2", 0x2005);
      all["vlan ipv4 " + name] = tagged4 + ipv4(protocol, payload);
      all["qinq ipv4 " + name] = twice4 + ipv4(protocol, payload);
    }
    if (six) {
      all["ipv6 " + name] = plain6 + ipv6(protocol, payload);
      all["vlan ipv6 " + name] = tagged6 + ipv6(protocol, payload);
      all["qinq ipv6 " + name] = twice6 + ipv6(protocol, payload);
      all["ipv6 extensions " + name] = plain6 + ipv6(0, extension(43, 1) + extension(60) + extension(51, 2) +
                                                            authentication(44) + fragment(protocol, 0, true) + payload);
      all["ipv6 fragment " + name] = plain6 + ipv6(44, fragment(protocol, 100, true) + payload);
    }
  };
  for (const auto& [name, transport] : transports) add(name, transport.first, transport.second, true, true);
  add("icmp", IPPROTO_ICMP, icmp(8), true, false);
  add("icmpv6", IPPROTO_ICMPV6, icmp(128), false, true);
  all["arp"] = ethernet(ETH_P_ARP) + Bytes(28, uint8_t{0});
  all["other"] = ethernet(0x88cc) + Bytes(40, uint8_t{0});
  return all;
}

TEST_F(NetworkProgram, KnowsWhatItSees) {
  const Bytes plain4 = ethernet(ETH_P_IP), plain6 = ethernet(ETH_P_IPV6);
  for (const auto& [name, frame] : stacks()) {
    const int expected = name == "arp" || name == "other" ? NOT_IP
                         : name.find(" fragment") != std::string::npos && name.find("first") == std::string::npos
                             ? PARSED_FRAGMENT
                         : name.ends_with("esp") ? PARSED_UNKNOWN_PROTOCOL
                                                 : PARSED;
    EXPECT_EQ(outcome_of(frame), expected) << name;
  }
  Bytes bad = plain4 + ipv4(6, tcp(1, 2));
  bad[14] = 0x65;
  EXPECT_EQ(outcome_of(bad), BAD_IPV4);
  bad[14] = 0x44;
  EXPECT_EQ(outcome_of(bad), BAD_IPV4);
  bad[14] = 0x45;
  bad[16] = bad[17] = 0;
  EXPECT_EQ(outcome_of(bad), BAD_IPV4);
  bad = plain6 + ipv6(6, tcp(1, 2));
  bad[14] = 0x40;
  EXPECT_EQ(outcome_of(bad), BAD_IPV6);
  bad = plain4 + ipv4(6, tcp(1, 2));
  bad[14 + 20 + 12] = 0x40;
  EXPECT_EQ(outcome_of(bad), BAD_TCP);
  bad[14 + 20 + 12] = 0xf0;
  EXPECT_EQ(outcome_of(bad), BAD_TCP);
  EXPECT_EQ(outcome_of(plain4 + ipv4(47, gre(7, 1))), BAD_GRE);
  EXPECT_EQ(outcome_of(plain4 + ipv4(58, icmp(128))), PARSED_UNKNOWN_PROTOCOL);
  Bytes deep;
  for (int i = 0; i < 8; ++i) deep = deep + extension(i == 7 ? 6 : 60);
  EXPECT_EQ(outcome_of(plain6 + ipv6(60, deep + tcp(1, 2))), PARSED);
  deep.clear();
  for (int i = 0; i < 9; ++i) deep = deep + extension(i == 8 ? 6 : 60);
  EXPECT_EQ(outcome_of(plain6 + ipv6(60, deep + tcp(1, 2))), TOO_MANY_EXTENSIONS);
}

TEST_F(NetworkProgram, KeysAreWhatTheHeadersSay) {
  run(ethernet(ETH_P_8021AD) + vlan(0x6006, ETH_P_8021Q) + vlan(7, ETH_P_IP) + ipv4(6, tcp(1000, 80, 0x12)));
  const Flow flow = only_flow();
  EXPECT_EQ(address_text(flow.key.source, 4), "10.0.0.1");
  EXPECT_EQ(address_text(flow.key.destination, 4), "10.0.0.2");
  EXPECT_EQ(std::tuple(flow.key.source_port, flow.key.destination_port, flow.key.vlan, flow.key.inner_vlan),
            std::tuple(1000, 80, 6, 7));
  EXPECT_EQ(std::tuple(flow.key.protocol, flow.key.family, flow.value.tcp_flags, flow.value.packets),
            std::tuple(6, 4, 0x12, 1u));
  EXPECT_EQ(flow.value.bytes, 14u + 8 + 40);
}

TEST_F(NetworkProgram, AFlowsLatestPacketIsKnownToTheTick) {
  // The tick's own clock: as late as the tick itself, however late that is on a busy machine.
  auto tick_ns = [] {
    timespec coarse{}, exact{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &coarse);
    const uint64_t boot_ns = trace::read_clocks().boot_ns;
    ::clock_gettime(CLOCK_MONOTONIC, &exact);  // last: what passes between these readings makes the tick seem earlier
    const uint64_t late =
        static_cast<uint64_t>((exact.tv_sec - coarse.tv_sec) * 1'000'000'000 + exact.tv_nsec - coarse.tv_nsec);
    return boot_ns - late;
  };
  constexpr uint64_t kTick =
      1'000'000;  // what a tick itself takes, between the number that it counts and the clock that it sets
  const Bytes frame = ethernet(ETH_P_IP) + ipv4(6, tcp(1000, 80, 0x10));
  const uint64_t start = trace::read_clocks().boot_ns;
  for (int i = 0; i < 30; ++i) {
    const uint64_t before = tick_ns();
    run(frame, 3);
    const uint64_t after = trace::read_clocks().boot_ns;
    const flow_value flow = only_flow().value;
    EXPECT_GE(flow.first_ns, start);
    EXPECT_GE(flow.last_ns, flow.first_ns);
    EXPECT_GE(flow.last_ns + kTick, before);
    EXPECT_LE(flow.last_ns, after);
    std::this_thread::sleep_for(std::chrono::microseconds(1700));
  }
}

TEST_F(NetworkProgram, PassesEveryTruncationOfEveryStack) {
  uint64_t frames = 0;
  for (const auto& [name, frame] : stacks())
    for (size_t length = ETH_HLEN; length <= frame.size(); ++length, ++frames)
      ASSERT_EQ(run(Bytes(frame.begin(), frame.begin() + static_cast<long>(length))), kPass)
          << name << " cut to " << length;
  const edge_counters all = counters();
  uint64_t passed = 0, by_protocol = 0;
  for (const auto& outcome : all.outcomes) {
    passed += outcome[EDGE_PASS].packets;
    EXPECT_EQ(outcome[EDGE_DROP].packets + outcome[EDGE_WOULD_DROP].packets, 0u);
  }
  for (const packet_count& protocol : all.protocols) by_protocol += protocol.packets;
  EXPECT_EQ(passed, frames);
  EXPECT_EQ(by_protocol, frames);
  for (const parse_outcome cut : {SHORT_VLAN, SHORT_IPV4, SHORT_IPV6, SHORT_EXTENSION, SHORT_TCP, BAD_TCP, SHORT_UDP,
                                  SHORT_ICMP, SHORT_SCTP, SHORT_GRE})
    EXPECT_GT(outcome(cut), 0u) << cut;
  EXPECT_EQ(found(), "");
}

// Without a rule nothing is dropped, whatever comes.
TEST_F(NetworkProgram, PassesAnyNumberOfMalformedFrames) {
  std::vector<Bytes> seeds;
  for (auto& [name, frame] : stacks()) seeds.push_back(frame);
  std::mt19937 random(20261121);
  const char* given = std::getenv("EBPF_MALFORMED_FRAMES");  // fewer, for an emulated CPU
  const unsigned usual = std::getenv("LONG") ? 10'000'000 : 1'000'000;
  const unsigned kFrames = given ? static_cast<unsigned>(std::atoi(given)) : usual;
  unsigned dropped = 0;
  for (unsigned i = 0; i < kFrames; ++i) {
    Bytes frame = seeds[random() % seeds.size()];
    for (unsigned changes = 1 + random() % 6; changes; --changes)
      frame[12 + random() % (frame.size() - 12)] = static_cast<uint8_t>(random());
    if (random() % 2) frame.resize(ETH_HLEN + random() % (frame.size() - ETH_HLEN + 1));
    dropped += run(frame) != kPass;
  }
  EXPECT_EQ(dropped, 0u);
  const edge_counters all = counters();
  uint64_t passed = 0;
  for (const auto& outcome : all.outcomes) passed += outcome[EDGE_PASS].packets;
  EXPECT_EQ(passed, kFrames);
  EXPECT_EQ(found(), "");
}

TEST_F(NetworkProgram, ABlockedPrefixIsDroppedOverEveryStack) {
  auto loaded = rules({"block 10.0.0.0/24", "block fd00::1"});
  for (const auto& [name, frame] : stacks())
    EXPECT_EQ(run(frame), name == "arp" || name == "other" ? kPass : kDrop) << name;
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(6, tcp(1, 2), "10.0.1.1")), kPass);
  EXPECT_EQ(run(ethernet(ETH_P_IPV6) + ipv6(6, tcp(1, 2), "fd00::2")), kPass);
}

TEST_F(NetworkProgram, AllowedWinsOverEverything) {
  auto loaded = rules({"block 10.0.0.0/8", "allow 10.0.0.1", "drop tcp", "limit packets 1/s burst 1"});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(6, tcp(1, 2))), kPass);
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(17, udp(1, 2), "10.0.0.9")), kDrop);
}

TEST_F(NetworkProgram, PortsProtocolsAndFragments) {
  auto loaded = rules({"pass tcp port 22", "drop tcp port 1-100", "drop gre", "drop udp port 53"});
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(6, tcp(9, 22))), kPass);
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(6, tcp(9, 23))), kDrop);
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(6, tcp(23, 101))), kPass);
  EXPECT_EQ(run(ethernet(ETH_P_IPV6) + ipv6(17, udp(9, 53))), kDrop);
  EXPECT_EQ(run(ethernet(ETH_P_IPV6) + ipv6(44, fragment(17, 0, true) + udp(9, 53))), kDrop);
  EXPECT_EQ(run(ethernet(ETH_P_IPV6) + ipv6(44, fragment(17, 9, true) + udp(9, 53))), kPass);
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(47, gre(0, 0x800))), kDrop);
}

TEST_F(NetworkProgram, DryRunOnlyReports) {
  auto loaded = rules({"block 10.0.0.1", "drop udp"}, true);
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(6, tcp(1, 2))), kPass);
  EXPECT_EQ(run(ethernet(ETH_P_IPV6) + ipv6(17, udp(1, 2))), kPass);
  EXPECT_EQ(counters().outcomes[PARSED][EDGE_WOULD_DROP].packets, 2u);
  const auto all = findings();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].what, FOUND_FIRST_DROP);
  EXPECT_EQ(all[0].verdict, EDGE_WOULD_DROP);
}

TEST_F(NetworkProgram, BlocksEndByBootTimeWithoutAnyonesHelp) {
  auto loaded = rules({"block 10.0.0.1 for 3s"});
  const uint64_t end = trace::read_clocks().boot_ns + 3'000'000'000;
  const Bytes frame = ethernet(ETH_P_IP) + ipv4(6, tcp(1, 2, 0x10));
  EXPECT_EQ(run(frame), kDrop);
  EXPECT_EQ(run(frame), kDrop);  // by the flow's memory
  sleep_until(end);
  EXPECT_EQ(run(frame), kPass);
}

TEST_F(NetworkProgram, ABlockedSourceHasOneFlowPerPortAndIsForgottenWhenTheBlockEnds) {
  auto loaded = rules({"block 10.0.0.1 for 3s"});
  const uint64_t end = trace::read_clocks().boot_ns + 3'000'000'000;
  auto frame = [](unsigned port) { return ethernet(ETH_P_IP) + ipv4(6, tcp(port, 80, 0x10)); };
  for (unsigned i = 1; i <= 20; ++i) EXPECT_EQ(run(frame(i)), kDrop);
  const Flow flow = only_flow();
  EXPECT_EQ(std::tuple(flow.key.source_port, flow.key.destination_port, flow.value.packets, flow.value.dropped),
            std::tuple(0, 80, 20u, 20u));
  sleep_until(end);
  for (unsigned i = 1; i <= 20; ++i) EXPECT_EQ(run(frame(i)), kPass);
  EXPECT_EQ(flows().size(), 21u);
  uint64_t blocked = 0;
  loaded.release(trace::read_clocks().boot_ns, false,
                 [&](const EdgeRules::Release& release) { blocked += release.packets; });
  EXPECT_EQ(blocked, 20u);
}

TEST_F(NetworkProgram, ASourceOverItsLimitIsBlockedAndReleasedAndNoOther) {
  auto loaded = rules({"limit syn 10/s burst 50 block 3s"});
  const uint64_t begin = trace::read_clocks().boot_ns;
  auto syn = [](const std::string& source, unsigned port) {
    return ethernet(ETH_P_IP) + ipv4(6, tcp(port, 80), source);
  };
  unsigned passed = 0;
  for (unsigned i = 0; i < 200; ++i) passed += run(syn("10.0.0.1", 1000 + i)) == kPass;
  const uint64_t end = trace::read_clocks().boot_ns;
  EXPECT_GE(passed, 50u);
  EXPECT_LE(passed, 50 + 1 + (end - begin) / 100'000'000);       // what trickles in meanwhile
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(1, icmp(8))), kDrop);  // the source as a whole
  for (unsigned i = 0; i < 50; ++i) EXPECT_EQ(run(syn("10.0.0.7", 1000 + i)), kPass);
  EXPECT_EQ(found().substr(0, 6), "5 1 3 ");
  sleep_until(end + 3'000'000'000);
  EXPECT_EQ(run(syn("10.0.0.1", 5)), kPass);
}

TEST_F(NetworkProgram, DistinctPortsAreAScanAndABusyPortIsNot) {
  auto loaded = rules({"scan 20 ports in 10s block 1s"});
  auto syn = [](const std::string& source, unsigned from, unsigned to) {
    return ethernet(ETH_P_IP) + ipv4(6, tcp(from, to), source);
  };
  for (unsigned i = 0; i < 2000; ++i) ASSERT_EQ(run(syn("10.0.0.1", i, 80 + i % 3)), kPass);
  EXPECT_EQ(found(), "");
  for (unsigned i = 0; i < 19; ++i) EXPECT_EQ(run(syn("10.0.0.9", 7, 1 + i * 3000)), kPass) << i;
  for (unsigned i = 0; i < 100; ++i) EXPECT_EQ(run(syn("10.0.0.9", 8, 1 + i % 19 * 3000)), kPass) << i;  // known ones
  EXPECT_EQ(run(syn("10.0.0.9", 7, 60000)), kDrop);
  EXPECT_EQ(found(), "4 1 3 ");
  for (unsigned i = 0; i < 100; ++i)
    EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(6, tcp(80, 3000 + i, 0x12), "10.0.0.3")), kPass);  // answers
}

TEST_F(NetworkProgram, OldPortsAreForgotten) {
  auto loaded = rules({"scan 10 ports in 200ms"});
  for (unsigned i = 0; i < 30; ++i) {
    EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(6, tcp(7, 100 + i))), kPass) << i;
    std::this_thread::sleep_for(std::chrono::milliseconds(40));  // 6 in any window, fewer if it takes longer
  }
  EXPECT_EQ(found(), "");
}

TEST_F(NetworkProgram, AFloodOfFindingsIsLimitedAndCounted) {
  auto loaded = rules({"drop tcp port 80"});
  const uint64_t begin = trace::read_clocks().boot_ns;
  for (unsigned i = 0; i < 1000; ++i) EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(6, tcp(1 + i, 80))), kDrop);
  const uint64_t lasted_ns = trace::read_clocks().boot_ns - begin;
  const auto told = findings();
  EXPECT_GE(told.size(), 10u);
  EXPECT_LE(told.size(), 10 + 1 + lasted_ns / 200'000'000);
  uint64_t suppressed = 0;
  for (const finding& one : told) suppressed += one.suppressed;
  source_key key{};
  std::memcpy(key.address, told.at(0).flow.source, ADDRESS_BYTES);
  source_value source{};
  ASSERT_EQ(bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.sources), &key, &source), 0);
  EXPECT_EQ(told.size() + suppressed + source.suppressed, 1000u);
}

TEST_F(NetworkProgram, TenThousandPrefixesWithExpiry) {
  std::vector<std::string> texts;
  for (unsigned i = 0; i < 10000; ++i)
    texts.push_back("block 172.16." + std::to_string(i >> 8) + "." + std::to_string(i & 255) +
                    (i % 2 ? " for 6s" : ""));
  auto loaded = rules(texts);
  const uint64_t end = trace::read_clocks().boot_ns + 6'000'000'000;
  auto dropped = [&] {
    unsigned count = 0;
    for (unsigned i = 0; i < 10000; i += 7)
      count += run(ethernet(ETH_P_IP) +
                   ipv4(6, tcp(1, 2), "172.16." + std::to_string(i >> 8) + "." + std::to_string(i & 255))) == kDrop;
    return count;
  };
  EXPECT_EQ(dropped(), 1429u);
  sleep_until(end);
  EXPECT_EQ(dropped(), 715u);
  unsigned released = 0;
  loaded.release(trace::read_clocks().boot_ns, false, [&](const EdgeRules::Release& release) {
    ++released;
    EXPECT_LE(release.packets, 1u);
  });
  EXPECT_EQ(released, 5000u);
}

TEST_F(NetworkProgram, AFullTableOfBlocksIsAFinding) {
  auto loaded = rules({"limit packets 1/s burst 1 block 1h"});
  const int blocks = bpf_map__fd(skeleton_->maps.blocks);
  const uint32_t room = bpf_map__max_entries(skeleton_->maps.blocks);
  block_value value{};
  value.until_ns = ~0ull;
  for (uint32_t i = 0; i < room; ++i) {
    source_key key{};
    std::memcpy(key.address, &i, sizeof i);
    key.address[15] = 1;
    ASSERT_EQ(bpf_map_update_elem(blocks, &key, &value, BPF_ANY), 0);
  }
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(17, udp(1, 2))), kPass);
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(17, udp(1, 2))), kPass);
  EXPECT_EQ(found(), "5 6 ");
  EXPECT_EQ(skeleton_->bss->blocks_refused, 1u);
}

TEST_F(NetworkProgram, ReloadingSwitchesAtOnceAndFlowsDecideAnew) {
  const Bytes frame = ethernet(ETH_P_IP) + ipv4(6, tcp(1, 80, 0x10));
  const std::string path = testing::TempDir() + "/network_rules_" + std::to_string(::getpid());
  auto write = [&](const char* text) { std::ofstream(path) << text; };
  write("pass tcp port 80\nblock 10.9.0.0/16\n");
  EdgeRules loaded(
      {bpf_map__fd(skeleton_->maps.prefixes), bpf_map__fd(skeleton_->maps.port_tables),
       bpf_map__fd(skeleton_->maps.blocks)},
      {skeleton_->bss->configs, &skeleton_->bss->active, &skeleton_->data->epoch, &skeleton_->bss->any_blocks},
      {path, {}, false});
  loaded.load(trace::read_clocks().boot_ns);
  EXPECT_EQ(run(frame), kPass);
  write("drop tcp port 80\n");
  loaded.load(trace::read_clocks().boot_ns);
  EXPECT_EQ(run(frame), kDrop);
  write("drop tcp prt 80\n");
  EXPECT_THROW(loaded.load(trace::read_clocks().boot_ns), RuleError);
  EXPECT_EQ(run(frame), kDrop);
  write("");
  loaded.load(trace::read_clocks().boot_ns);
  EXPECT_EQ(run(frame), kPass);
  ::unlink(path.c_str());
}

TEST_F(NetworkProgram, EvictedFlowsAreCountedExactly) {
  const unsigned kFlows = 20000;
  for (unsigned i = 0; i < kFlows; ++i) run(ethernet(ETH_P_IP) + ipv4(17, udp(1 + i, 2)));
  uint64_t rows = 0;
  RecordSink sink([&](std::span<const std::byte>) { ++rows; });
  RuleNumbers numbers;
  FlowSweeper sweeper(bpf_map__fd(skeleton_->maps.flows), cpus_, sink, numbers);
  EXPECT_EQ(counters().flows_begun, kFlows);
  sweeper.sweep(trace::read_clocks().boot_ns, counters().flows_begun, true);
  EXPECT_GT(rows, 1000u);
  EXPECT_EQ(sweeper.evicted() + rows, kFlows);
}

}  // namespace
}  // namespace ebpftrace::recorder
