// SPDX-License-Identifier: Apache-2.0
// Rules mean the same over IPv4 and IPv6, and behind every chain of headers that is followed; what is not followed is
// counted, and a rule can decide it.
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <tuple>

#include "tests/recorder/network_program.h"

namespace ebpftrace::recorder {
namespace {

constexpr unsigned kHip = 139, kShim6 = 140;

struct Transport {
  std::string name;
  unsigned four, six;  // IPPROTO_*
  Bytes bytes;
  unsigned port;  // 0: has none
};
const std::vector<Transport> kTransports = {{"tcp", IPPROTO_TCP, IPPROTO_TCP, tcp(1000, 23, 0x10, 2), 23},
                                            {"udp", IPPROTO_UDP, IPPROTO_UDP, udp(1000, 7777), 7777},
                                            {"sctp", IPPROTO_SCTP, IPPROTO_SCTP, sctp(9, 2905), 2905},
                                            {"icmp", IPPROTO_ICMP, IPPROTO_ICMPV6, icmp(3), 0},
                                            {"gre", IPPROTO_GRE, IPPROTO_GRE, gre(0xb000, 0x800), 0},
                                            {"esp", IPPROTO_ESP, IPPROTO_ESP, Bytes(20, uint8_t{9}), 0}};

const std::map<std::string, unsigned> kHeaders = {
    {"hop-by-hop", 0},           {"routing", 43},   {"fragment", 44}, {"ah", 51},
    {"destination-options", 60}, {"mobility", 135}, {"hip", kHip},    {"shim6", kShim6}};

// Between IP and the transport. Over IPv4 "fragment" is a flag of the header and has to come first.
const std::vector<std::vector<std::string>> kChains = {
    {},
    {"ah"},
    {"ah", "ah", "ah"},
    {"fragment"},
    {"fragment", "ah"},
    {"hop-by-hop"},
    {"routing"},
    {"destination-options"},
    {"mobility"},
    {"hip"},
    {"shim6"},
    {"hop-by-hop", "destination-options", "routing", "fragment", "ah", "destination-options"},
    {"ah", "fragment"},
    {"destination-options", "ah"},
    std::vector<std::string>(8, "ah"),
    std::vector<std::string>(8, "destination-options")};

bool has(const std::vector<std::string>& chain, const std::string& header) {
  return std::find(chain.begin(), chain.end(), header) != chain.end();
}

// Whether IPv4 has such a chain: of authentication headers alone, all of them in a fragment or none.
bool is_ipv4(const std::vector<std::string>& chain) {
  for (size_t i = 0; i < chain.size(); ++i)
    if (chain[i] != "ah" && !(i == 0 && chain[i] == "fragment")) return false;
  return true;
}

Bytes header_of(const std::string& name, unsigned next, size_t place) {
  if (name == "ah") return authentication(next, 1 + static_cast<unsigned>(place % 5));
  if (name == "fragment") return fragment(next, 0, true);
  return extension(next, static_cast<unsigned>(place % 3));
}

Bytes packet_of(const std::vector<std::string>& chain, const Transport& transport, bool ipv6_packet) {
  unsigned next = ipv6_packet ? transport.six : transport.four;
  Bytes rest = transport.bytes;
  const size_t first = !ipv6_packet && has(chain, "fragment") ? 1 : 0;
  for (size_t i = chain.size(); i-- > first;) {
    rest = header_of(chain[i], next, i) + rest;
    next = kHeaders.at(chain[i]);
  }
  return ipv6_packet ? ipv6(next, rest)
                     : ipv4(next, rest, "10.0.0.1", "10.0.0.2", first ? 0x2000 : 0, chain.size() % 3);
}

// An Ethernet header with that many tags, of all types in turn.
Bytes link_of(unsigned tags, unsigned type) {
  static constexpr unsigned kTypes[] = {ETH_P_8021AD, ETH_P_8021Q, 0x9100};
  if (!tags) return ethernet(type);
  Bytes link = ethernet(kTypes[tags % 3]);
  for (unsigned i = 1; i <= tags; ++i) link = link + vlan(i, i == tags ? type : kTypes[(tags - i) % 3]);
  return link;
}

struct Frame {
  std::string name;
  std::vector<std::string> chain;
  const Transport* transport;
  bool six;
  Bytes bytes;
};

std::vector<Frame> all_frames() {
  std::vector<Frame> all;
  for (const auto& chain : kChains)
    for (const Transport& transport : kTransports)
      for (const bool six : {false, true}) {
        if (!six && !is_ipv4(chain)) continue;
        std::string name = six ? "ipv6" : "ipv4";
        for (const std::string& header : chain) name += " " + header;
        const unsigned tags = static_cast<unsigned>(all.size() % 9);
        all.push_back({name + " " + transport.name + " behind " + std::to_string(tags) + " tags", chain, &transport,
                       six, link_of(tags, six ? ETH_P_IPV6 : ETH_P_IP) + packet_of(chain, transport, six)});
      }
  return all;
}

// What a rule says in plain words, written down a second time.
bool matches(const std::string& rule, const Frame& frame) {
  std::istringstream words(rule);
  std::string action, protocol, word;
  unsigned port = 0;
  words >> action >> protocol >> word >> port;
  if (action == "block") return frame.six == (protocol.find(':') != std::string::npos);
  const bool transport =
      protocol == frame.transport->name || (protocol == "icmpv6" && frame.transport->name == "icmp" && frame.six);
  if (protocol == "icmp" && frame.six) return false;
  return (transport && (word.empty() || port == frame.transport->port)) || has(frame.chain, protocol);
}

class NetworkChain : public NetworkProgram {
 protected:
  // The verdict of the first rule that matches, over every frame.
  void expect_verdicts(const std::vector<std::string>& texts) {
    auto loaded = rules(texts);
    size_t dropped = 0;
    for (const Frame& frame : all_frames()) {
      unsigned expected = kPass;
      for (const std::string& rule : texts)
        if (matches(rule, frame)) {
          expected = rule.starts_with("pass") ? kPass : kDrop;
          break;
        }
      dropped += expected == kDrop;
      EXPECT_EQ(run(frame.bytes), expected) << texts[0] << ": " << frame.name;
      EXPECT_EQ(run(frame.bytes), expected) << texts[0] << ", by the flow's memory: " << frame.name;
    }
    EXPECT_GT(dropped, 0u) << texts[0];
  }
};

TEST_F(NetworkChain, EveryRuleMeansTheSameBehindEveryChainOverBothFamilies) {
  for (const char* rule :
       {"drop tcp", "drop udp", "drop sctp", "drop icmp", "drop icmpv6", "drop gre", "drop esp", "drop tcp port 23",
        "drop udp port 7777", "drop sctp port 2905", "drop ah", "drop hop-by-hop", "drop routing", "drop fragment",
        "drop destination-options", "drop mobility", "block 10.0.0.1", "block fd00::/16"})
    expect_verdicts({rule});
}

TEST_F(NetworkChain, TheFirstRuleDecidesWhicheverHeaderItNames) {
  expect_verdicts({"pass udp port 7777", "drop ah"});
  expect_verdicts({"drop ah", "pass udp port 7777", "drop udp"});
  expect_verdicts({"pass ah", "drop fragment", "drop tcp", "drop udp"});
  expect_verdicts({"pass fragment", "pass tcp port 23", "drop destination-options", "drop ah", "drop tcp"});
}

TEST_F(NetworkChain, TheOrderIsThatOfTheFileInForceNotOfWhatWasLoadedBefore) {
  const std::string path = testing::TempDir() + "/network_chain_" + std::to_string(::getpid());
  auto write = [&](const char* text) { std::ofstream(path) << text; };
  EdgeRules loaded = rules_of({path, {}, false});
  const Bytes frame = ethernet(ETH_P_IP) + packet_of({"ah"}, kTransports[1], false);
  write("drop udp\npass ah\n");
  loaded.load(trace::read_clocks().boot_ns);
  EXPECT_EQ(run(frame), kDrop);
  write("pass ah\ndrop udp\n");
  loaded.load(trace::read_clocks().boot_ns);
  EXPECT_EQ(run(frame), kPass);
  ::unlink(path.c_str());
}

TEST_F(NetworkChain, ByNumberIsTheSameAsByName) {
  auto loaded = rules({"drop 51", "drop 140"});
  for (const Frame& frame : all_frames())
    EXPECT_EQ(run(frame.bytes), has(frame.chain, "ah") || has(frame.chain, "shim6") ? kDrop : kPass) << frame.name;
}

TEST_F(NetworkChain, HeadersAreCountedAndAreInTheFlow) {
  std::map<std::string, uint64_t> expected[2];
  uint64_t frames = 0;
  for (const Frame& frame : all_frames()) {
    ASSERT_EQ(outcome_of(frame.bytes), frame.transport->name == "esp" ? PARSED_UNKNOWN_PROTOCOL : PARSED) << frame.name;
    ++frames;
    for (const auto& [name, number] : kHeaders) expected[frame.six][name] += has(frame.chain, name);
  }
  const edge_counters all = counters();
  for (unsigned header = 0; header < CHAIN_HEADERS; ++header)
    for (const auto& [name, number] : kHeaders) {
      if (number != chain_protocols[header]) continue;
      for (const bool six : {false, true})
        EXPECT_EQ(all.chain[six][header].packets, expected[six][name]) << name << (six ? " over IPv6" : " over IPv4");
    }
  uint64_t by_protocol = 0;
  for (const packet_count& protocol : all.protocols) by_protocol += protocol.packets;
  EXPECT_EQ(by_protocol, frames);
  EXPECT_EQ(all.protocols[IPPROTO_AH].packets + all.protocols[256 + IPPROTO_AH].packets,
            0u);  // the transport's is counted
}

TEST_F(NetworkChain, FlowsWithAndWithoutAHeaderAreApart) {
  auto loaded = rules({"drop ah"});
  const Transport& datagram = kTransports[1];
  for (const bool six : {false, true})
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(run(link_of(0, six ? ETH_P_IPV6 : ETH_P_IP) + packet_of({}, datagram, six)), kPass);
      EXPECT_EQ(run(link_of(0, six ? ETH_P_IPV6 : ETH_P_IP) + packet_of({"ah"}, datagram, six)), kDrop);
    }
  std::vector<std::tuple<int, int, int, int, uint64_t, uint64_t>> seen;
  for (const Flow& flow : flows())
    seen.emplace_back(flow.key.family, flow.key.chain, flow.key.protocol, flow.key.destination_port, flow.value.packets,
                      flow.value.dropped);
  std::sort(seen.begin(), seen.end());
  const int ah = 1 << CHAIN_AUTHENTICATION;
  EXPECT_EQ(seen,
            (decltype(seen){
                {4, 0, 17, 7777, 3, 0}, {4, ah, 17, 7777, 3, 3}, {6, 0, 17, 7777, 3, 0}, {6, ah, 17, 7777, 3, 3}}));
}

TEST_F(NetworkChain, LaterFragments) {
  const Bytes rest(16, uint8_t{0});
  const Bytes plain4 = ethernet(ETH_P_IP), plain6 = ethernet(ETH_P_IPV6);
  auto four = [&](unsigned protocol, unsigned fields) {
    return plain4 + ipv4(protocol, rest, "10.0.0.1", "10.0.0.2", fields);
  };
  auto six = [&](unsigned next, unsigned offset, bool more) {
    return plain6 + ipv6(44, fragment(next, offset, more) + rest);
  };
  for (const auto& [rule, protocol] : {std::pair("drop udp", 17u), std::pair("drop ah", 51u),
                                       std::pair("drop fragment", 17u), std::pair("drop esp", 50u)}) {
    auto loaded = rules({rule});
    for (const unsigned fields : {0x2005u, 5u}) EXPECT_EQ(run(four(protocol, fields)), kDrop) << rule;
    for (const bool more : {false, true}) EXPECT_EQ(run(six(protocol, 5, more)), kDrop) << rule;
  }
  auto loaded = rules({"drop udp port 0-65535", "drop tcp", "drop routing"});
  EXPECT_EQ(run(four(17, 5)), kPass);  // has no ports
  EXPECT_EQ(run(six(17, 5, false)), kPass);
  // an atomic fragment is whole, and has the header
  EXPECT_EQ(run(plain6 + ipv6(44, fragment(17, 0, false) + udp(1, 2))), kDrop);
  const auto all = flows();
  EXPECT_EQ(std::count_if(all.begin(), all.end(),
                          [](const Flow& flow) {
                            return flow.key.chain == 1 << CHAIN_FRAGMENT && flow.key.destination_port == 2;
                          }),
            1);
}

TEST_F(NetworkChain, AFlowOfPortZeroDoesNotDecideForLaterFragments) {
  auto loaded = rules({"drop udp port 0"});
  for (const bool later_first : {false, true})
    for (int i = 0; i < 2; ++i) {
      const Bytes zero = ethernet(ETH_P_IP) + ipv4(17, udp(0, 0), later_first ? "10.0.0.3" : "10.0.0.4");
      const Bytes later =
          ethernet(ETH_P_IP) + ipv4(17, udp(0, 0), later_first ? "10.0.0.3" : "10.0.0.4", "10.0.0.2", 5);
      if (later_first) {
        EXPECT_EQ(run(later), kPass);
      }
      EXPECT_EQ(run(zero), kDrop);
      EXPECT_EQ(run(later), kPass);
    }
}

TEST_F(NetworkChain, LaterFragmentsCountForTheLimitOfPackets) {
  auto loaded = rules({"limit packets 1/s burst 20 block 1h"});
  unsigned passed = 0;
  for (unsigned i = 0; i < 200; ++i)
    passed += run(ethernet(ETH_P_IP) + ipv4(17, Bytes(8, uint8_t{0}), "10.0.0.1", "10.0.0.2", 0x2001 + i)) == kPass;
  EXPECT_GE(passed, 20u);
  EXPECT_LT(passed, 200u);
  EXPECT_EQ(found().substr(0, 4), "5 1 ");
}

TEST_F(NetworkChain, AnyNumberOfTagsIsFollowedOrReported) {
  auto loaded = rules({"drop udp port 7777", "block fd00::1"});
  for (unsigned tags = 0; tags <= 20; ++tags)
    for (const bool six : {false, true}) {
      const Bytes frame = link_of(tags, six ? ETH_P_IPV6 : ETH_P_IP) + packet_of({"ah"}, kTransports[1], six);
      const uint64_t before = outcome(TOO_MANY_VLANS);
      EXPECT_EQ(run(frame), tags <= 8 ? kDrop : kPass) << tags;
      EXPECT_EQ(outcome(TOO_MANY_VLANS) - before, tags > 8) << tags;
    }
  auto stricter = rules({"drop unparsed"});
  EXPECT_EQ(run(link_of(8, ETH_P_IP) + packet_of({}, kTransports[1], false)), kPass);
  EXPECT_EQ(run(link_of(9, ETH_P_IP) + packet_of({}, kTransports[1], false)), kDrop);
}

TEST_F(NetworkChain, TheSecondTagIsTheInnerOneHoweverManyFollow) {
  for (const unsigned tags : {2u, 3u, 8u}) {
    run(link_of(tags, ETH_P_IP) + packet_of({}, kTransports[1], false));  // of one flow
    EXPECT_EQ(std::tuple(only_flow().key.vlan, only_flow().key.inner_vlan), std::tuple(1, 2)) << tags;
  }
}

TEST_F(NetworkChain, TooManyHeadersAreReportedAndWhatIsKnownOfThemCounts) {
  const std::vector<std::string> deep(9, "ah"), options(9, "destination-options");
  const Bytes four = link_of(0, ETH_P_IP) + packet_of(deep, kTransports[1], false),
              six = link_of(3, ETH_P_IPV6) + packet_of(options, kTransports[1], true);
  EXPECT_EQ(outcome_of(four), TOO_MANY_EXTENSIONS);
  EXPECT_EQ(outcome_of(six), TOO_MANY_EXTENSIONS);
  EXPECT_EQ(counters().protocols[COUNT_UNPARSED].packets, 2u);
  auto verdicts = [&](std::vector<std::string> texts) {
    auto loaded = rules(texts);
    return std::pair(run(four), run(six));
  };
  EXPECT_EQ(verdicts({"drop udp"}), std::pair(kPass, kPass));  // can't be seen
  EXPECT_EQ(verdicts({"drop unparsed"}), std::pair(kDrop, kDrop));
  EXPECT_EQ(verdicts({"drop ah"}), std::pair(kDrop, kPass));
  EXPECT_EQ(verdicts({"drop destination-options"}), std::pair(kPass, kDrop));
  EXPECT_EQ(verdicts({"pass ah", "drop unparsed"}), std::pair(kPass, kDrop));
  EXPECT_EQ(verdicts({"block 10.0.0.1"}), std::pair(kDrop, kPass));
  EXPECT_EQ(verdicts({"allow fd00::1", "drop unparsed"}), std::pair(kDrop, kPass));
}

// Every stack, cut at every length: what was not followed is what the rule drops, and nothing else.
TEST_F(NetworkChain, EveryTruncationIsWhatARuleForItDrops) {
  uint64_t frames = 0, unparsed = 0;
  for (const Frame& frame : all_frames())
    for (size_t length = ETH_HLEN; length < frame.bytes.size(); ++length, ++frames) {
      const Bytes cut(frame.bytes.begin(), frame.bytes.begin() + static_cast<long>(length));
      ASSERT_EQ(run(cut), kPass) << frame.name << " cut to " << length;
    }
  edge_counters before = counters();
  for (int outcome = 0; outcome < PARSE_OUTCOMES; ++outcome)
    if (IS_UNPARSED(outcome)) unparsed += before.outcomes[outcome][EDGE_PASS].packets;
  EXPECT_GT(unparsed, frames / 2);
  auto loaded = rules({"drop unparsed"});
  uint64_t dropped = 0;
  for (const Frame& frame : all_frames())
    for (size_t length = ETH_HLEN; length < frame.bytes.size(); ++length)
      dropped += run(Bytes(frame.bytes.begin(), frame.bytes.begin() + static_cast<long>(length))) == kDrop;
  EXPECT_EQ(dropped, unparsed);
  const edge_counters after = counters();
  for (int outcome = 0; outcome < PARSE_OUTCOMES; ++outcome) {
    EXPECT_EQ(after.outcomes[outcome][EDGE_DROP].packets,
              IS_UNPARSED(outcome) ? before.outcomes[outcome][EDGE_PASS].packets : 0)
        << outcome;
    EXPECT_EQ(after.outcomes[outcome][EDGE_PASS].packets,
              before.outcomes[outcome][EDGE_PASS].packets * (IS_UNPARSED(outcome) ? 1 : 2))
        << outcome;
  }
}

// A header that is named but cut is one: a rule on it needs no more than the header before.
TEST_F(NetworkChain, ACutHeaderIsStillThere) {
  auto loaded = rules({"drop ah"});
  for (const bool six : {false, true}) {
    const Bytes whole = ethernet(six ? ETH_P_IPV6 : ETH_P_IP) +
                        (six ? ipv6(51, authentication(17) + udp(1, 2)) : ipv4(51, authentication(17) + udp(1, 2)));
    const size_t ip = ETH_HLEN + (six ? 40 : 20);
    for (size_t length = ETH_HLEN; length <= whole.size(); ++length)
      EXPECT_EQ(run(Bytes(whole.begin(), whole.begin() + static_cast<long>(length))), length < ip ? kPass : kDrop)
          << length;
  }
}

// As small as a fragment can be: the ports, and the rest of the header in the next one.
TEST_F(NetworkChain, PortsInFrontOfACutHeaderCount) {
  const std::tuple<const char*, unsigned, Bytes> cases[] = {{"drop tcp port 23", 6u, tcp(1, 23)},
                                                            {"drop udp port 53", 17u, udp(1, 53)},
                                                            {"drop sctp port 9", 132u, sctp(1, 9)}};
  for (const auto& [rule, protocol, header] : cases) {
    auto loaded = rules({rule});
    for (size_t length = 0; length < 8; ++length) {
      const Bytes start(header.begin(), header.begin() + static_cast<long>(length));
      const unsigned expected = length >= 4 ? kDrop : kPass;
      EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(protocol, start, "10.0.0.1", "10.0.0.2", 0x2000)), expected)
          << rule << length;
      EXPECT_EQ(run(ethernet(ETH_P_IPV6) + ipv6(44, fragment(protocol, 0, true) + start)), expected) << rule << length;
      EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(51, authentication(protocol) + start)), expected) << rule << length;
    }
  }
  auto loaded = rules({"drop tcp"});  // the protocol is known without any
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(6, {})), kDrop);
  EXPECT_EQ(run(ethernet(ETH_P_IPV6) + ipv6(6, {})), kDrop);
  Bytes bad = tcp(1, 23);
  bad[12] = 0x10;
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(6, bad)), kDrop);
}

TEST_F(NetworkChain, WhatIsNotIpHasRulesOfItsOwn) {
  const Bytes arp = ethernet(ETH_P_ARP) + Bytes(28, uint8_t{0}), lldp = link_of(2, 0x88cc) + Bytes(40, uint8_t{0}),
              llc = ethernet(38) + Bytes(38, uint8_t{0x42});
  std::vector<Bytes> carriers;
  for (const unsigned type : {0x8847u, 0x8848u, 0x8864u, 0x88e5u, 0x88e7u, 0x894fu, 0x22f3u, 0x9200u, 0x9300u}) {
    carriers.push_back(link_of(carriers.size() % 3, type) + Bytes(8, uint8_t{0}) + ipv4(17, udp(1, 7777)));
    EXPECT_EQ(outcome_of(carriers.back()), ENCAPSULATED) << type;
  }
  EXPECT_EQ(counters().protocols[COUNT_OTHER].packets, carriers.size());
  for (const Bytes& frame : {arp, lldp, llc}) EXPECT_EQ(outcome_of(frame), NOT_IP);
  auto verdicts = [&](std::vector<std::string> texts) {
    auto loaded = rules(texts);
    unsigned dropped = 0;
    for (const Bytes& frame : carriers) dropped += run(frame) == kDrop;
    EXPECT_TRUE(dropped == 0 || dropped == carriers.size()) << texts[0];
    return std::string(run(arp) == kDrop ? "arp " : "") + (run(lldp) == kDrop ? "lldp " : "") +
           (run(llc) == kDrop ? "llc " : "") + (dropped ? "carriers" : "");
  };
  EXPECT_EQ(verdicts({"drop udp", "drop tcp", "block 10.0.0.0/8"}), "");
  EXPECT_EQ(verdicts({"drop arp"}), "arp ");
  EXPECT_EQ(verdicts({"drop other"}), "lldp llc carriers");
  EXPECT_EQ(verdicts({"drop unparsed"}), "carriers");
  EXPECT_EQ(verdicts({"pass unparsed", "drop other"}), "lldp llc ");
  EXPECT_EQ(verdicts({"pass other", "drop unparsed"}), "");
}

TEST_F(NetworkChain, DropsOfWhatIsUnparsedAreToldOnceASecondForEachReason) {
  auto loaded = rules({"drop unparsed"});
  const Bytes tags = link_of(9, ETH_P_IP), cut = ethernet(ETH_P_IP) + ipv4(6, Bytes(2, uint8_t{1}));
  const uint64_t start = trace::read_clocks().boot_ns;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(std::pair(run(tags), run(cut)), std::pair(kDrop, kDrop));
  const uint64_t seconds = (trace::read_clocks().boot_ns - start) / 1'000'000'000;
  const auto told = findings();
  EXPECT_LE(told.size(), 2 * (seconds + 1) * cpus_);
  std::map<unsigned, unsigned> by_outcome;
  for (const finding& one : told) {
    EXPECT_EQ(std::tuple(one.what, one.verdict, one.rule), std::tuple(FOUND_FIRST_DROP, EDGE_DROP, 1u));
    EXPECT_EQ(one.flow.family, one.outcome == SHORT_TCP ? 4 : 0);
    ++by_outcome[one.outcome];
  }
  ASSERT_EQ(by_outcome.size(), 2u);
  EXPECT_TRUE(by_outcome.contains(TOO_MANY_VLANS) && by_outcome.contains(SHORT_TCP));
  EXPECT_EQ(told[0].count, 1u);
  EXPECT_EQ(counters().outcomes[SHORT_TCP][EDGE_DROP].packets, 100u);
  EXPECT_EQ(flows().size(), 0u);
}

TEST_F(NetworkChain, ADryRunOnlyReportsWhatIsUnparsedToo) {
  auto loaded = rules({"drop unparsed", "drop arp"}, true);
  EXPECT_EQ(run(link_of(9, ETH_P_IP)), kPass);
  EXPECT_EQ(run(ethernet(ETH_P_ARP) + Bytes(28, uint8_t{0})), kPass);
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(6, {})), kPass);
  const edge_counters all = counters();
  EXPECT_EQ(all.outcomes[TOO_MANY_VLANS][EDGE_WOULD_DROP].packets + all.outcomes[NOT_IP][EDGE_WOULD_DROP].packets +
                all.outcomes[SHORT_TCP][EDGE_WOULD_DROP].packets,
            3u);
  for (const finding& one : findings()) EXPECT_EQ(one.verdict, EDGE_WOULD_DROP);
}

TEST_F(NetworkChain, ASourceThatSendsWhatIsUnparsedIsLimitedAndBlocked) {
  auto loaded = rules({"limit packets 1/s burst 20 block 1h"});
  const Bytes cut = ethernet(ETH_P_IP) + ipv4(6, Bytes(2, uint8_t{1}));
  unsigned passed = 0;
  for (int i = 0; i < 200; ++i) passed += run(cut) == kPass;
  EXPECT_GE(passed, 20u);
  EXPECT_LT(passed, 200u);
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(17, udp(1, 2))), kDrop);  // the source as a whole
  EXPECT_EQ(run(ethernet(ETH_P_IP) + ipv4(6, Bytes(2, uint8_t{1}), "10.0.0.9")), kPass);
  EXPECT_EQ(found().substr(0, 4), "5 1 ");
}

// Tunnels are named; what is in them is another packet's business.
TEST_F(NetworkChain, TunnelsAreCountedByProtocolAndNotLookedInto) {
  const Bytes inner4 = ipv4(17, udp(1, 7777)), inner6 = ipv6(17, udp(1, 7777));
  const std::vector<std::pair<std::string, Bytes>> tunnels = {
      {"4", ethernet(ETH_P_IP) + ipv4(4, inner4)},
      {"41", ethernet(ETH_P_IP) + ipv4(41, inner6)},
      {"4", ethernet(ETH_P_IPV6) + ipv6(4, inner4)},
      {"41", ethernet(ETH_P_IPV6) + ipv6(60, extension(41) + inner6)},
      {"gre", ethernet(ETH_P_IP) + ipv4(47, gre(0, 0x800) + inner4)},
      {"udp port 4789",
       ethernet(ETH_P_IP) + ipv4(17, udp(9, 4789, 0) + Bytes(8, uint8_t{8}) + ethernet(ETH_P_IP) + inner4)}};
  for (const auto& [outer, frame] : tunnels) {
    auto inner = rules({"drop udp port 7777"});
    EXPECT_EQ(run(frame), kPass) << outer;
    auto loaded = rules({"drop " + outer});
    EXPECT_EQ(run(frame), kDrop) << outer;
  }
  EXPECT_EQ(counters().protocols[4].packets, 2u);
  EXPECT_EQ(counters().protocols[256 + 41].packets, 2u);
}

}  // namespace
}  // namespace ebpftrace::recorder
