// SPDX-License-Identifier: Apache-2.0
// Network rows as --events shows them.
#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

// What stands behind the name of the event.
std::string texts(const std::string& text) {
  std::string out;
  for_each_event(small_script("row 0s interface interface=0 name=eth0\nrow 0s interface interface=1 name=eth1\nrow 0s "
                              "rule rule=3 text=\"drop udp port 9\"\n" +
                              text),
                 SIZE_MAX, [&](const Event& event) {
                   out += std::string(event.event) + ": " + std::string(event.args) + "\n";
                   return true;
                 });
  return out;
}

TEST(NetworkEvents, AFlowHasAddressesAndWords) {
  EXPECT_EQ(texts("row 5s flow first_ns=1s last_ns=2s packets=3 bytes=180 dropped=1 interface=1 source_port=4000 "
                  "destination_port=80 vlan=5 inner_vlan=6 "
                  "protocol=6 tcp_flags=0x12 verdict=1 state=2 source=192.0.2.1:4000 destination=192.0.2.9:80 "
                  "rule=\"drop tcp port 80\"\n"
                  "row 6s flow packets=1 bytes=80 source_port=7 destination_port=9 protocol=17 state=3 verdict=2 "
                  "source=[2001:db8::1]:7 destination=[2001:db8::2]:9\n"),
            "flow: source=192.0.2.1:4000, destination=192.0.2.9:80, protocol=tcp, interface=eth1, vlan=5, "
            "inner_vlan=6, packets=3, bytes=180, dropped=1, "
            "tcp_flags=SYN|ACK, verdict=drop, rule=\"drop tcp port 80\", state=ended, first_ns=1000000000, "
            "last_ns=2000000000\n"
            "flow: source=[2001:db8::1]:7, destination=[2001:db8::2]:9, protocol=udp, interface=eth0, packets=1, "
            "bytes=80, dropped=0, verdict=would drop, "
            "state=idle, first_ns=-1000000000000, last_ns=-1000000000000\n");
}

TEST(NetworkEvents, WhatHasNoPortsSaysWhatItHas) {
  const std::string both =
      "source=192.0.2.1:0 destination=192.0.2.9:0 first_ns=1s last_ns=1s state=1 packets=1 bytes=60\n";
  const std::string rest =
      ", interface=eth0, packets=1, bytes=60, dropped=0, verdict=pass, state=active, first_ns=1000000000, "
      "last_ns=1000000000\n";
  auto flow = [](const std::string& protocol) {
    return "flow: source=192.0.2.1, destination=192.0.2.9, protocol=" + protocol;
  };
  EXPECT_EQ(texts("row 1s flow protocol=1 source_port=77 destination_port=2048 " + both),
            flow("icmp, id=77, type=8, code=0") + rest);
  EXPECT_EQ(texts("row 1s flow protocol=58 destination_port=257 " + both), flow("icmpv6, type=1, code=1") + rest);
  EXPECT_EQ(texts("row 1s flow protocol=47 destination_port=2048 " + both), flow("gre, carries=0x0800") + rest);
  EXPECT_EQ(texts("row 1s flow protocol=50 " + both), flow("esp") + rest);
  // Packets of a blocked source are counted together.
  EXPECT_EQ(texts("row 1s flow protocol=6 source=192.0.2.1:0 destination=192.0.2.9:80 first_ns=1s last_ns=1s state=4 "
                  "packets=1 bytes=60\n"),
            "flow: source=192.0.2.1, destination=192.0.2.9:80, protocol=tcp, interface=eth0, packets=1, bytes=60, "
            "dropped=0, verdict=pass, "
            "state=recording ended, first_ns=1000000000, last_ns=1000000000\n");
}

TEST(NetworkEvents, APacketHasItsRuleAndItsFirstBytes) {
  EXPECT_EQ(texts("row 1s packet length=60 interface=1 rule=3 verdict=1 data=\"\\x00\\xff\\x10a\" cpu=1\n"
                  "row 2s packet length=60 rule=9 outcome=13 data=0123456789abcdef0123456789abcdefg\nrow 3s packet "
                  "length=60\n"),
            "packet: interface=eth1, length=60, verdict=drop, rule=\"drop udp port 9\", parse=parsed, captured=4, "
            "data=00ff1061\n"
            "packet: interface=eth0, length=60, verdict=pass, rule=9, parse=short TCP, captured=33, "
            "data=3031323334353637383961626364656630313233343536373839616263646566...\n"
            "packet: interface=eth0, length=60, verdict=pass, parse=parsed, captured=0\n");
}

TEST(NetworkEvents, AFindingAndACounterAreWords) {
  EXPECT_EQ(
      texts("row 1s security what=5 severity=3 verdict=1 count_so_far=100 suppressed=7 until_ns=61s protocol=17 "
            "source=192.0.2.7:1 destination=192.0.2.9:53 "
            "rule=\"limit packets 100/s\"\nrow 2s security what=7 severity=1 count_so_far=3 rule=\"3 rules are in "
            "force now\"\n"
            "row 3s traffic what=1 key=6 packets=3 bytes=300\nrow 4s traffic what=4 key=443 packets=3 bytes=300 "
            "interface=0xffffffff\n"
            "row 5s traffic what=9 key=7 packets=3\nrow 6s security what=200 severity=9 verdict=9 source=raw:xx\n"),
      "security: what=flood, severity=alert, verdict=drop, source=192.0.2.7:1, destination=192.0.2.9:53, protocol=udp, "
      "rule=\"limit packets 100/s\", "
      "count_so_far=100, suppressed=7, until_ns=61000000000, interface=eth0\n"
      "security: what=rules replaced, severity=info, verdict=pass, rule=\"3 rules are in force now\", count_so_far=3, "
      "suppressed=0, interface=eth0\n"
      "traffic: protocol=tcp over ipv4, packets=3, bytes=300, interface=eth0\n"
      "traffic: port=tcp 443, packets=3, bytes=300\n"
      "traffic: what=9, key=7, packets=3, bytes=0, interface=eth0\n"
      "security: what=200, severity=9, verdict=9, source=?, count_so_far=0, suppressed=0, "
      "interface=eth0\n");
}

// The number 1 is one thing in findings and another in counters, whose field has another name among all events.
TEST(NetworkEvents, AWordIsThatOfItsType) {
  const trace::Trace trace =
      small_script("row 1s security what=1 severity=1\nrow 2s traffic what=1 key=6 packets=3 bytes=300\n");
  const auto shown = [&](const std::string& filter) {
    std::string text;
    ask(kEventsQuestion, Session(trace), {.filter = filter, .columns = {"event", "what", "traffic_what"}}, Format::kCsv,
        [&](std::string_view piece) { text += piece; });
    std::erase(text, '\r');
    return text;
  };
  EXPECT_EQ(shown(""), "event,what,traffic_what\nsecurity,block,\ntraffic,,protocol\n");
  EXPECT_EQ(shown("what == block"), "event,what,traffic_what\nsecurity,block,\n");
  EXPECT_EQ(shown("traffic_what == protocol"), "event,what,traffic_what\ntraffic,,protocol\n");
}

}  // namespace
}  // namespace ebpftrace::analyzer
