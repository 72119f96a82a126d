// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "analyzer/dictionaries/interface_names.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kTraffic[] =
    "row 1s interface interface=0 name=eth0 mode=1 state=1\n"
    "row 1s traffic what=1 key=6 packets=3 bytes=300 cpu=0\n"     // TCP
    "row 1s traffic what=1 key=6 packets=4 bytes=400 cpu=1\n"     // on another CPU
    "row 2s traffic what=1 key=6 packets=1 bytes=60 cpu=0\n"      // since the row before
    "row 2s traffic what=1 key=273 packets=2 bytes=2000 cpu=0\n"  // UDP over IPv6
    "row 2s traffic what=1 key=512 packets=1 bytes=42\n"
    "row 2s traffic what=1 key=514 packets=1 bytes=10\n"
    "row 2s traffic what=2 key=0 packets=10 bytes=2760\n"
    "row 2s traffic what=2 key=13 packets=1 bytes=52\n"
    "row 2s traffic what=3 key=0 packets=9 bytes=2712\n"
    "row 2s traffic what=3 key=2 packets=2 bytes=100\n"
    "row 2s traffic what=4 key=443 packets=8 bytes=760\n"
    "row 2s traffic what=5 key=53 packets=2 bytes=2000\n"
    "row 2s traffic what=6 key=1 packets=5\n"
    "row 2s traffic what=6 key=3 packets=1\n";

TEST(Network, SumsCountersOfAllCpusAndReadings) {
  const Result answer = network(small_script(kTraffic));
  EXPECT_EQ(csv(answer, {"by", "what", "packets", "bytes"}),
            "by,what,packets,bytes\n"
            "protocol,udp over ipv6,2,2000\nprotocol,tcp over ipv4,8,760\nprotocol,arp,1,42\nprotocol,unparsed,1,10\n"
            "parse,parsed,10,2760\nparse,short TCP,1,52\n"
            "verdict,pass,9,2712\nverdict,would drop,2,100\n"
            "port,udp 53,2,2000\nport,tcp 443,8,760\n"
            "table,flows begun,5,0\ntable,flows refused,1,0\n");
  EXPECT_EQ(answer.all_rows, 12u);
}

TEST(Network, ALimitIsOfEachRankingAndSaysWhatThereIs) {
  const Result answer = network(small_script(kTraffic), 1);
  EXPECT_EQ(csv(answer, {"by", "what"}),
            "by,what\nprotocol,udp over ipv6\nparse,parsed\nverdict,pass\nport,udp 53\ntable,flows begun\n");
  EXPECT_EQ(answer.all_rows, 12u);
}

TEST(InterfaceNames, WhatIsNotKeptIsAShortfall) {
  const trace::Trace known = small_script("row 1s interface interface=255 name=eth255 mode=1 state=1\n");
  EXPECT_EQ(InterfaceNames(known).name(255), "eth255");
  EXPECT_TRUE(known.shortfalls().list().empty());
  const trace::Trace more = small_script("row 1s interface interface=256 name=eth256 mode=1 state=1\n");
  EXPECT_EQ(InterfaceNames(more).name(256), "?");
  ASSERT_EQ(more.shortfalls().list().size(), 1u);
  EXPECT_NE(more.shortfalls().list()[0].find("more interfaces"), std::string::npos);
}

TEST(Network, CountersOfALaterVersionAreLeftOut) {
  EXPECT_EQ(csv(network(small_script(
                    "row 1s traffic what=0 key=1 packets=1\nrow 1s traffic what=9 key=1 packets=1\n"
                    "row 1s traffic what=1 key=515 packets=1\nrow 1s traffic what=2 key=21 packets=1 bytes=1\n"
                    "row 1s traffic what=3 key=3 packets=1 bytes=1\nrow 1s traffic what=4 key=65536 packets=1 bytes=1\n"
                    "row 1s traffic what=6 key=4 packets=1\nrow 1s traffic what=7 key=512 packets=1\nrow 1s traffic "
                    "what=8 key=21 packets=1\n")),
                {"by", "what"}),
            "by,what\n");
}

TEST(Network, HeadersBeforeTheTransportAndDropsByOutcome) {
  const Result answer = network(small_script(
      "row 1s traffic what=1 key=17 packets=5 bytes=500\nrow 1s traffic what=7 key=51 packets=2 bytes=200\n"
      "row 1s traffic what=7 key=307 packets=1 bytes=90\nrow 1s traffic what=7 key=300 packets=1 bytes=80\n"
      "row 1s traffic what=2 key=6 packets=4 bytes=400\nrow 2s traffic what=8 key=6 packets=3 bytes=300\n"
      "row 1s traffic what=2 key=20 packets=4 bytes=40\n"));
  EXPECT_EQ(csv(answer, {"by", "what", "packets", "bytes", "dropped"}),
            "by,what,packets,bytes,dropped\n"
            "protocol,udp over ipv4,5,500,\n"
            "header,ah over ipv4,2,200,\nheader,ah over ipv6,1,90,\nheader,fragment over ipv6,1,80,\n"
            "parse,too many VLAN tags,4,400,3\nparse,encapsulated,4,40,\n");
}

TEST(Network, FlowsThatDifferByTheirHeadersAreApart) {
  const std::string flow =
      "row 1s flow first_ns=1ms packets=1 bytes=60 protocol=17 source=10.0.0.1:1 destination=10.0.0.2:2 headers=";
  EXPECT_EQ(
      csv(network(small_script(flow + "0\n" + flow + "8\n" + flow + "32772\n")), {"by", "what", "packets", "headers"}),
      "by,what,packets,headers\nsource,10.0.0.1,3,\nflow,udp 10.0.0.1:1 > 10.0.0.2:2,1,\nflow,udp 10.0.0.1:1 > "
      "10.0.0.2:2,1,ah\n"
      "flow,udp 10.0.0.1:1 > 10.0.0.2:2,1,fragment later\n");
}

// Two flows of one source, one of another; the first is read twice.
constexpr char kFlows[] =
    "row 1s interface interface=0 name=eth0 mode=1 state=1\n"
    "row 1s interface interface=1 name=eth1 mode=2 state=1\n"
    "row 1s flow first_ns=100ms last_ns=900ms packets=3 bytes=300 protocol=6 source=192.0.2.1:4000 "
    "destination=192.0.2.9:80 "
    "source_port=4000 destination_port=80\n"
    "row 2s flow first_ns=100ms last_ns=1900ms packets=10 bytes=1000 dropped=2 protocol=6 source=192.0.2.1:4000 "
    "destination=192.0.2.9:80 source_port=4000 destination_port=80\n"
    "row 2s flow first_ns=200ms last_ns=300ms packets=1 bytes=5000 protocol=17 source=192.0.2.1:53 "
    "destination=192.0.2.9:53 "
    "source_port=53 destination_port=53 interface=1 vlan=6 inner_vlan=7\n"
    "row 2s flow first_ns=400ms last_ns=500ms packets=7 bytes=70 protocol=58 source=[2001:db8::1]:0 "
    "destination=[2001:db8::2]:0 "
    "source_port=9 destination_port=32768 vlan=5\n";

TEST(Network, AFlowsLastRowIsTheWhole) {
  EXPECT_EQ(csv(network(small_script(kFlows)),
                {"by", "what", "packets", "bytes", "dropped", "first_ns", "last_ns", "interface"}),
            "by,what,packets,bytes,dropped,first_ns,last_ns,interface\n"
            "source,192.0.2.1,11,6000,2,,,\n"
            "source,2001:db8::1,7,70,0,,,\n"
            "flow,udp 192.0.2.1:53 > 192.0.2.9:53,1,5000,0,200000000,300000000,eth1.6.7\n"
            "flow,tcp 192.0.2.1:4000 > 192.0.2.9:80,10,1000,2,100000000,1900000000,eth0\n"
            "flow,icmpv6 2001:db8::1 > 2001:db8::2,7,70,0,400000000,500000000,eth0.5\n");
}

TEST(Network, TheSameAddressesAgainAreAnotherFlow) {
  EXPECT_EQ(
      csv(network(small_script(
              "row 1s flow first_ns=1ms packets=3 bytes=30 protocol=6 source=10.0.0.1:1 destination=10.0.0.2:2\n"
              "row 9s flow first_ns=8s packets=2 bytes=20 protocol=6 source=10.0.0.1:1 destination=10.0.0.2:2\n")),
          {"by", "what", "packets"}),
      "by,what,packets\nsource,10.0.0.1,5\nflow,tcp 10.0.0.1:1 > 10.0.0.2:2,3\nflow,tcp 10.0.0.1:1 > 10.0.0.2:2,2\n");
}

TEST(Network, PacketsOfABlockedSourceAreOneFlowWithoutItsPort) {
  EXPECT_EQ(csv(network(small_script("row 1s flow packets=9 bytes=540 dropped=9 verdict=1 protocol=6 source=10.0.0.1:0 "
                                     "destination=10.0.0.2:80\n")),
                {"what"}),
            "what\n10.0.0.1\ntcp 10.0.0.1 > 10.0.0.2:80\n");
}

constexpr char kSockets[] =
    "1ms systemd:1 fork sshd:612\n"
    "2ms sshd:612 fork nginx:700\n"
    "3ms nginx:700 exec /usr/sbin/nginx nginx\n"
    "4ms nginx:700 listen fd=6 0 file=socket:[6] type=socket local=0.0.0.0:80\n"
    "5ms nginx:700 read fd=7 10 file=socket:[7] type=socket local=192.0.2.9:80 remote=192.0.2.1:4000\n"
    "6ms curl:900 write fd=3 10 file=socket:[9] type=socket local=192.0.2.9:5000 remote=198.51.100.1:443\n"
    "7ms named:950 recvfrom fd=3 10 file=socket:[11] type=socket local=[::]:53 transport=udp\n"
    "8ms cups:960 listen fd=3 0 file=socket:[12] type=socket local=[2001:db8::9]:631\n";
constexpr char kMeet[] = "row 1s flow packets=1 bytes=60 protocol=";

TEST(Network, AFlowLeadsToTheSocketItReached) {
  auto owner = [](const std::string& flow) {
    const Result answer = network(small_script(kSockets + (kMeet + flow) + "\n"));
    const Cell processes = cell(answer, answer.rows() - 1, "processes");
    return processes == Cell() ? "" : processes_text(std::get<ProcessesCell>(processes));
  };
  EXPECT_EQ(owner("6 source=192.0.2.1:4000 destination=192.0.2.9:80"), "nginx 700");     // the connected one
  EXPECT_EQ(owner("6 source=192.0.2.77:1 destination=192.0.2.9:80"), "nginx 700");       // the listening one
  EXPECT_EQ(owner("6 source=198.51.100.1:443 destination=192.0.2.9:5000"), "curl 900");  // answers to a client
  EXPECT_EQ(owner("6 source=192.0.2.9:5000 destination=198.51.100.1:443"), "curl 900");  // over the loopback: its own
  EXPECT_EQ(owner("17 source=192.0.2.1:999 destination=192.0.2.9:53"), "named 950");     // IPv4 on [::]
  EXPECT_EQ(owner("17 source=[2001:db8::1]:999 destination=[2001:db8::9]:53"), "named 950");
  EXPECT_EQ(owner("6 source=[2001:db8::1]:999 destination=[2001:db8::9]:631"), "cups 960");
  EXPECT_EQ(owner("6 source=[2001:db8::1]:999 destination=[2001:db8::8]:631"), "");  // another address
  EXPECT_EQ(owner("17 source=192.0.2.1:4000 destination=192.0.2.9:80"), "");         // another protocol
  EXPECT_EQ(owner("6 source=192.0.2.1:4000 destination=192.0.2.9:81"), "");
  EXPECT_EQ(owner("6 source=198.51.100.2:443 destination=192.0.2.9:5000"), "");  // not its peer
}

TEST(Network, TheProcessHasTheNameOfTheFlowsTime) {
  const std::string world = std::string(kSockets) + "3s nginx:700 comm worker\n";
  const std::string flow =
      "row 9s flow packets=1 bytes=60 protocol=6 source=192.0.2.1:4000 destination=192.0.2.9:80 last_ns=";
  for (const auto& [last, name] : {std::pair("2s\n", "nginx"), {"4s\n", "worker"}}) {
    const Result answer = network(small_script(world + flow + last));
    EXPECT_EQ(cell(answer, answer.rows() - 1, "process"), Cell(std::string(name)));
  }
}

TEST(Network, JsonAndCsvSayTheSame) {
  const Result answer = network(small_script(kSockets + std::string(kFlows)), 1);
  EXPECT_EQ(csv(answer),
            "by,what,packets,bytes,dropped,first_ns,last_ns,interface,pid,process,processes,headers\n"
            "source,192.0.2.1,11,6000,2,,,,,,,\n"
            "flow,udp 192.0.2.1:53 > 192.0.2.9:53,1,5000,0,200000000,300000000,eth1.6.7,950,named,named 950,\n");
  const std::string text = json(answer);
  EXPECT_NE(text.find("{\"by\": \"source\", \"what\": \"192.0.2.1\", \"packets\": 11, \"bytes\": 6000, \"dropped\": 2, "
                      "\"first_ns\": null, "
                      "\"last_ns\": null, \"interface\": null, \"pid\": null, \"process\": null, \"processes\": null, "
                      "\"headers\": null}"),
            std::string::npos)
      << text;
  EXPECT_NE(
      text.find("{\"by\": \"flow\", \"what\": \"udp 192.0.2.1:53 > 192.0.2.9:53\", \"packets\": 1, \"bytes\": 5000, "
                "\"dropped\": 0, "
                "\"first_ns\": 200000000, \"last_ns\": 300000000, \"interface\": \"eth1.6.7\", \"pid\": 950, "
                "\"process\": \"named\", \"processes\": [{\"pid\": 950, \"process\": \"named\"}], \"headers\": null}"),
      std::string::npos)
      << text;
}

TEST(Network, LossesOfItsTypesAreSaidBeside) {
  const Result answer = network(small_script(
      "row 1s traffic what=1 key=6 packets=3 bytes=300\nlost cpu1 3 flow\nlost cpu0 4 traffic\nlost cpu0 9 syscall\n"));
  EXPECT_EQ(answer.coverage.lost, 7u);
}

}  // namespace
}  // namespace ebpftrace::analyzer
