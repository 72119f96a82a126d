// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/flow_owners.h"

#include <gtest/gtest.h>

#include "analyzer/dictionaries/use_log.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kTcp[] = " protocol=6 source=10.9.0.1:4000 destination=10.9.0.2:80";
constexpr char kUdp[] = " protocol=17 source=10.9.0.1:4000 destination=10.9.0.2:53";

std::string names(const Result& answer, size_t row) {
  const Cell processes = cell(answer, row, "processes");
  std::string out;
  if (processes != Cell())
    for (const ProcessCell& process : std::get<ProcessesCell>(processes))
      out += (out.empty() ? "" : " ") + process.name + ":" + std::to_string(process.pid);
  return out;
}

// Whose a flow from `first` to `last` is.
std::string owners(const std::string& world, const std::string& flow, const std::string& first, const std::string& last,
                   const std::string& more = " packets=2") {
  const trace::Trace trace =
      small_script(world + "row 100s flow first_ns=" + first + " last_ns=" + last + more + " bytes=60" + flow + "\n");
  EXPECT_TRUE(trace.complete());
  const Result answer = network(trace);
  return names(answer, answer.rows() - 1);
}
// Of one packet.
std::string owner(const std::string& world, const std::string& flow, const std::string& at) {
  return owners(world, flow, at, at, " packets=1");
}
std::string dropped(const std::string& world, const std::string& flow, const std::string& at) {
  return owners(world, flow, at, at, " packets=1 dropped=1 verdict=1");
}

std::string socket(const std::string& name, const std::string& local, const std::string& more = "") {
  return " file=socket:[" + name + "] type=socket local=" + local + (more.empty() ? "" : " " + more) + "\n";
}

TEST(FlowOwners, ARestartedServiceHasItsOwnFlows) {
  const std::string world = "1s first:10 bind fd=3 0" + socket("1", "10.9.0.2:53", "transport=udp") +
                            "1s first:10 recvfrom fd=3 1 dur=1s" + socket("1", "10.9.0.2:53", "transport=udp") +
                            "2500ms first:10 exit 0\n" + "3s second:11 bind fd=3 0" +
                            socket("2", "10.9.0.2:53", "transport=udp") + "3s second:11 recvfrom fd=3 1 dur=2s" +
                            socket("2", "10.9.0.2:53", "transport=udp") + "6s second:11 exit 0\n";
  EXPECT_EQ(owner(world, kUdp, "2s"), "first:10");
  EXPECT_EQ(owner(world, kUdp, "5s"), "second:11");
  EXPECT_EQ(owner(world, kUdp, "2700ms"), "");  // nobody had it then
  EXPECT_EQ(owner(world, kUdp, "500ms"), "");
  EXPECT_EQ(owner(world, kUdp, "7s"), "");
}

// As from inetd: the packet was there before the process.
TEST(FlowOwners, ASocketThatWasHandedOverMayHaveHadItsPacketBefore) {
  const std::string world = "2s served:10 recvfrom fd=3 1" + socket("1", "10.9.0.2:53", "transport=udp");
  EXPECT_EQ(owner(world, kUdp, "1500ms"), "served:10");
  EXPECT_EQ(owner(world, kUdp, "500ms"), "");
}

TEST(FlowOwners, WhoOnlyInheritsOwnsNothing) {
  for (const char* call :
       {"close 0", "fstat 0", "fcntl 0", "dup 4", "dup2 4", "epoll_ctl 0", "getsockname 0", "poll 1"}) {
    const std::string world = "1s server:10 bind fd=3 0" + socket("1", "10.9.0.2:53", "transport=udp") +
                              "2s server:10 fork helper:11\n3s helper:11 " + call +
                              socket("1", "10.9.0.2:53", "transport=udp") + "4s server:10 recvfrom fd=3 1" +
                              socket("1", "10.9.0.2:53", "transport=udp") + "5s helper:11 " + call +
                              socket("1", "10.9.0.2:53", "transport=udp");
    EXPECT_EQ(owner(world, kUdp, "3500ms"), "server:10") << call;
    EXPECT_EQ(dropped(world, kUdp, "4500ms"), "server:10") << call;
    EXPECT_EQ(dropped(world + "6s server:10 exit 0\n", kUdp, "7s"), "")
        << call;  // the child has it still, and does not use it
  }
}

TEST(FlowOwners, IoIsMoreThanWaitingAndWaitingMoreThanHavingMadeIt) {
  const std::string made = "1s maker:10 bind fd=3 0" + socket("1", "10.9.0.2:53", "transport=udp");
  EXPECT_EQ(owner(made, kUdp, "2s"), "maker:10");
  const std::string waits =
      made + "1500ms waiter:11 recvfrom fd=3 unfinished dur=9s" + socket("1", "10.9.0.2:53", "transport=udp");
  EXPECT_EQ(owner(waits, kUdp, "2s"), "waiter:11");
  const std::string again =
      made + "1999ms waiter:11 recvfrom fd=3 -EAGAIN dur=2ms" + socket("1", "10.9.0.2:53", "transport=udp");
  EXPECT_EQ(owner(again, kUdp, "2s"), "waiter:11");
  EXPECT_EQ(owner(waits + "2001ms reader:12 recvfrom fd=3 9" + socket("1", "10.9.0.2:53", "transport=udp"), kUdp, "2s"),
            "reader:12");
}

TEST(FlowOwners, SeveralThatUseASocketAreAllNamedByWhoCameFirst) {
  const std::string world = "1s a:10 recvfrom fd=3 9" + socket("1", "10.9.0.2:53", "transport=udp") +
                            "2s b:11 recvfrom fd=3 9" + socket("1", "10.9.0.2:53", "transport=udp") +
                            "3s c:12 sendto fd=3 9" + socket("1", "10.9.0.2:53", "transport=udp") +
                            "20s d:13 sendto fd=3 9" + socket("1", "10.9.0.2:53", "transport=udp");
  EXPECT_EQ(owners(world, kUdp, "900ms", "4s"), "a:10 b:11 c:12");
  EXPECT_EQ(owners(world, kUdp, "1500ms", "2500ms"), "b:11");
  EXPECT_EQ(owner(world, kUdp, "1500ms"), "b:11");  // who read next
  EXPECT_EQ(owner(world, kUdp, "3500ms"), "d:13");
  const trace::Trace trace =
      small_script(world + "row 100s flow first_ns=900ms last_ns=4s packets=2" + kUdp +
                   "\nrow 100s flow first_ns=90s packets=1 protocol=17 source=10.9.0.1:1 destination=10.9.0.2:9\n");
  const std::string objects = json(network(trace));
  EXPECT_NE(
      objects.find("\"pid\": 10, \"process\": \"a\", \"processes\": [{\"pid\": 10, \"process\": \"a\"}, {\"pid\": "
                   "11, \"process\": \"b\"}, {\"pid\": 12, \"process\": \"c\"}]"),
      std::string::npos)
      << objects;
  EXPECT_NE(objects.find("\"pid\": null, \"process\": null, \"processes\": null"), std::string::npos) << objects;
  EXPECT_NE(csv(network(trace), {"pid", "process", "processes"}).find("\n10,a,a 10; b 11; c 12\n"), std::string::npos);
  const std::string table = text(network(trace));
  EXPECT_NE(table.find(" 10  a +2\n"), std::string::npos) << table;
}

// Each worker of SO_REUSEPORT has a socket of its own; whom one reads from is in its calls.
TEST(FlowOwners, WorkersWithOneAddressAreToldApartByWhomTheyTalkTo) {
  const std::string at = "10.9.0.2:53";
  const std::string world = "1s a:10 bind fd=3 0" + socket("1", at, "transport=udp") + "1s b:11 bind fd=3 0" +
                            socket("2", at, "transport=udp") + "2001ms b:11 recvfrom fd=3 9" +
                            socket("2", at, "transport=udp peer=10.9.0.7:1") + "2500ms a:10 recvfrom fd=3 9" +
                            socket("1", at, "transport=udp peer=10.9.0.1:4000") + "2501ms a:10 sendto fd=3 9" +
                            socket("1", at, "transport=udp peer=10.9.0.1:4000");
  EXPECT_EQ(owner(world, kUdp, "2s"), "a:10");
  EXPECT_EQ(owner(world, " protocol=17 source=10.9.0.7:1 destination=10.9.0.2:53", "2s"), "b:11");
  EXPECT_EQ(owners(world, kUdp, "1900ms", "2600ms"), "a:10");
}

TEST(FlowOwners, WhoServesAConnectionOwnsIt) {
  const std::string listening = "1s inetd:10 listen fd=3 0" + socket("3", "0.0.0.0:80");
  const std::string accepted = listening + "2s inetd:10 accept fd=3 4 type2=socket file2=socket:[3]" +
                               socket("4", "10.9.0.2:80", "remote=10.9.0.1:4000");
  EXPECT_EQ(owners(accepted, kTcp, "2s", "9s"), "inetd:10");
  EXPECT_EQ(owners(accepted + "3s inetd:10 fork child:11\n3s inetd:10 close fd=4 0" +
                       socket("4", "10.9.0.2:80", "remote=10.9.0.1:4000") + "4s child:11 read fd=4 9" +
                       socket("4", "10.9.0.2:80", "remote=10.9.0.1:4000"),
                   kTcp, "2s", "9s"),
            "child:11");
  // Closed by its sender before it was accepted.
  EXPECT_EQ(owners(accepted + "3s inetd:10 read fd=4 9" + socket("4", "10.9.0.2:80", "remote=10.9.0.1:4000"), kTcp,
                   "1500ms", "1600ms"),
            "inetd:10");
  // Never accepted: it is who would have.
  const std::string other = " protocol=6 source=10.9.0.9:9 destination=10.9.0.2:80";
  EXPECT_EQ(owner(accepted, other, "5s"), "inetd:10");
  const std::string workers = listening +
                              "1s inetd:10 fork w1:21\n1s inetd:10 fork w2:22\n2s w1:21 accept fd=3 unfinished dur=90s "
                              "type=anon file2=socket:[3] type2=socket\n";
  EXPECT_EQ(owner(workers, other, "5s"), "w1:21");
  EXPECT_EQ(dropped(workers, other, "5s"), "w1:21");
}

TEST(FlowOwners, WhoWaitsByEpollIsWaiting) {
  const std::string listening = "1s master:10 listen fd=3 0" + socket("3", "0.0.0.0:80");
  std::string workers = listening;
  for (const std::string pid : {"21", "22", "23"})
    workers += "1s master:10 fork w:" + pid + "\n1s w:" + pid +
               " epoll_ctl epfd=7 op=1 fd=3 0 file=anon_inode:[eventpoll]" + (pid == "23" ? "" : " ") +
               " type=anon file2=socket:[3] type2=socket\n";
  // Each has an epoll file of its own in truth; here they share it, and two of them wait.
  workers +=
      "2s w:21 epoll_wait epfd=7 1 file=anon_inode:[eventpoll] type=anon dur=60s\n2s w:22 epoll_wait epfd=7 "
      "file=anon_inode:[eventpoll] type=anon unfinished dur=60s\n";
  EXPECT_EQ(owner(workers, kTcp, "5s"), "w:21 w:22");
  EXPECT_EQ(owner(workers, kTcp, "80s"), "master:10");
}

TEST(FlowOwners, APortThatIsUsedAgainHasTheProcessOfThen) {
  const std::string world = "1s curl:10 connect fd=3 0" + socket("1", "10.9.0.2:5000", "remote=10.9.0.1:80") +
                            "2s curl:10 read fd=3 9" + socket("1", "10.9.0.2:5000", "remote=10.9.0.1:80") +
                            "3s curl:10 close fd=3 0" + socket("1", "10.9.0.2:5000", "remote=10.9.0.1:80") +
                            "5s wget:11 connect fd=3 0" + socket("2", "10.9.0.2:5000", "remote=10.9.0.1:80") +
                            "6s wget:11 read fd=3 9" + socket("2", "10.9.0.2:5000", "remote=10.9.0.1:80");
  const std::string answer = " protocol=6 source=10.9.0.1:80 destination=10.9.0.2:5000";
  EXPECT_EQ(owners(world, answer, "1100ms", "3s"), "curl:10");
  EXPECT_EQ(owners(world, answer, "5100ms", "7s"), "wget:11");
  EXPECT_EQ(owner(world, answer, "3200ms"), "curl:10");  // the last ACK
  EXPECT_EQ(owner(world, answer, "95s"), "wget:11");     // is open still
  EXPECT_EQ(owner(world + "7s wget:11 exit 0\n", answer, "95s"), "");
}

// The call that gives a socket its address has it still without.
TEST(FlowOwners, TheFirstSendBindsAClient) {
  const std::string world = "1s dig:10 socket 3" + socket("1", "\"raw:\\x02\\x00\"", "transport=udp") +
                            "2s dig:10 sendto fd=3 9" + socket("1", "\"raw:\\x02\\x00\"", "transport=udp") +
                            "4s dig:10 close fd=3 0" + socket("1", "0.0.0.0:5000", "transport=udp");
  const std::string answer = " protocol=17 source=10.9.0.1:53 destination=10.9.0.2:5000";
  EXPECT_EQ(owner(world, answer, "2100ms"), "dig:10");
  EXPECT_EQ(owner(world, answer, "1500ms"), "");
  EXPECT_EQ(owner(world, answer, "4100ms"), "");
}

TEST(FlowOwners, ANamespaceHasItsOwnAddresses) {
  const std::string world =
      "row 1s interface interface=0 name=a netns=70 state=1\nrow 1s interface interface=1 name=b netns=71 state=1\n"
      "1s inner:10 recvfrom fd=3 9" +
      socket("1", "10.9.0.2:53", "transport=udp netns=71") + "1s outer:11 recvfrom fd=3 9" +
      socket("2", "0.0.0.0:53", "transport=udp netns=70");
  EXPECT_EQ(owner(world, std::string(kUdp) + " interface=0", "900ms"), "outer:11");
  EXPECT_EQ(owner(world, std::string(kUdp) + " interface=1", "900ms"), "inner:10");
  EXPECT_EQ(owner(world, std::string(kUdp) + " interface=2", "900ms"), "inner:10");  // not known
  EXPECT_EQ(owner("row 1s interface interface=0 name=a netns=72 state=1\n" + world.substr(world.find("1s inner")),
                  std::string(kUdp) + " interface=0", "900ms"),
            "");
}

TEST(FlowOwners, AddressesAsTheKernelChoosesByThem) {
  const std::string world =
      "1s four:10 recvfrom fd=3 9" + socket("1", "0.0.0.0:53", "transport=udp") + "1s six:11 recvfrom fd=3 9" +
      socket("2", "[::]:53", "transport=udp") + "1s exact:12 recvfrom fd=3 9" +
      socket("3", "10.9.0.3:53", "transport=udp") + "1s mapped:13 recvfrom fd=3 9" +
      socket("4", "[::ffff:10.9.0.4]:53", "transport=udp") + "1s joined:14 recvfrom fd=3 9" +
      socket("5", "10.9.0.3:53", "remote=10.9.0.1:4000 transport=udp") + "1s multi:15 read fd=3 9" +
      socket("6", "10.9.0.2:80", "remote=10.9.0.1:4000 transport=mptcp");
  auto to = [&](const std::string& source, const std::string& address) {
    return owner(world, " protocol=17 source=" + source + " destination=" + address, "900ms");
  };
  EXPECT_EQ(to("10.9.0.1:4000", "10.9.0.2:53"), "four:10");
  EXPECT_EQ(to("[fd77::1]:4000", "[fd77::2]:53"), "six:11");
  EXPECT_EQ(to("10.9.0.1:4001", "10.9.0.3:53"), "exact:12");
  EXPECT_EQ(to("10.9.0.1:4000", "10.9.0.3:53"), "joined:14");
  EXPECT_EQ(to("10.9.0.1:4000", "10.9.0.4:53"), "mapped:13");
  EXPECT_EQ(to("10.9.0.1:4000", "10.9.0.4:54"), "");
  EXPECT_EQ(owner(world, kTcp, "900ms"), "multi:15");
}

// Somebody out there sends from a port that is open here, to one that is not.
TEST(FlowOwners, TheSendersPortIsNotOurs) {
  const std::string world = "1s named:10 recvfrom fd=3 9" + socket("1", "0.0.0.0:53", "transport=udp");
  EXPECT_EQ(owner(world, " protocol=17 source=10.9.0.1:53 destination=10.9.0.2:9999", "900ms"), "");
  EXPECT_EQ(owner(world, " protocol=17 source=127.0.0.1:53 destination=127.0.0.1:9999", "900ms"), "named:10");
}

TEST(FlowOwners, PingsAndRawSockets) {
  const std::string world = "1s ping:10 sendto fd=3 9" + socket("1", "0.0.0.0:77", "transport=ping") +
                            "1s mtr:11 recvfrom fd=3 9" + socket("2", "0.0.0.0:1", "transport=rawicmp") +
                            "1s tap:12 recvfrom fd=3 9" + socket("3", "0.0.0.0:6", "transport=rawtcp");
  const std::string icmp = " protocol=1 source=10.9.0.1:0 destination=10.9.0.2:0 source_port=";
  EXPECT_EQ(owner(world, icmp + "77 destination_port=0", "900ms"), "ping:10");
  EXPECT_EQ(owner(world, icmp + "78 destination_port=0", "900ms"), "mtr:11");
  EXPECT_EQ(owner(world, icmp + "0 destination_port=0x300", "900ms"), "mtr:11");                 // unreachable
  EXPECT_EQ(owner(world, icmp + "77 destination_port=0x800", "900ms"), "");                      // the kernel answers
  EXPECT_EQ(owner(world, " protocol=6 source=10.9.0.1:1 destination=10.9.0.2:6", "900ms"), "");  // 6 is not its port
}

TEST(FlowOwners, WhatWasOpenWhenTheRecordingBeganIsTheProcessThatAloneHasIt) {
  const std::string one =
      "open pid=10 fd=3 file=socket:[1] type=socket local=0.0.0.0:80\n1us idle:10 getpid 10\n1us other:11 getpid 11\n";
  EXPECT_EQ(owner(one, kTcp, "5s"), "idle:10");
  EXPECT_EQ(owner(one + "3s idle:10 exit 0\n", kTcp, "5s"), "");
  EXPECT_EQ(owner(one + "open pid=11 fd=3 file=socket:[1] type=socket\n", kTcp, "5s"), "");
}

TEST(FlowOwners, FindingsHaveTheSame) {
  const std::string world = "1s server:10 listen fd=3 0" + socket("1", "10.9.0.2:80") +
                            "1s server:10 exit 0\n2s next:11 listen fd=3 0" + socket("2", "10.9.0.2:80");
  auto of = [&](const std::string& finding) {
    return names(security(small_script(world + "row " + finding + "\n")), 0);
  };
  EXPECT_EQ(of("3s security what=3 verdict=1" + std::string(kTcp)), "next:11");
  EXPECT_EQ(of("1500ms security what=3 verdict=1" + std::string(kTcp)), "");
  EXPECT_EQ(of("3s security what=4 protocol=6 source=10.9.0.1:80 destination=10.9.0.2:81"), "");  // closed
}

// More than is kept: uses become coarser, then peers are one, and it is said.
TEST(FlowOwners, AnyNumberOfUsesFitsAndIsSaid) {
  UseLog log(256);
  for (uint32_t i = 0; i < 100'000; ++i)
    log.add({i * 1'000'000ull, i * 1'000'000ull, 1, i % 10 + 2, i % 3 + 1, SocketUse::kMoved});
  EXPECT_LE(log.finish().size(), 256u);
  EXPECT_TRUE(log.coarse());
  EXPECT_FALSE(log.full());
  UseLog peers(256);
  for (uint32_t i = 0; i < 100'000; ++i)
    peers.add({i * 1'000'000ull, i * 1'000'000ull, 1, i + 2, 1, SocketUse::kMoved});
  EXPECT_LE(peers.finish().size(), 256u);
  EXPECT_TRUE(peers.without_peers());
  UseLog sockets(256);
  for (uint32_t i = 0; i < 100'000; ++i) sockets.add({5, 5, i + 1, 0, 1, SocketUse::kMoved});
  EXPECT_LE(sockets.finish().size(), 256u);
  EXPECT_TRUE(sockets.full());
}

// The order in which uses come does not matter.
TEST(FlowOwners, LogsThatAreJoinedSayTheSameAsOne) {
  std::vector<LoggedUse> uses;
  for (uint64_t i = 0; i < 5000; ++i)
    uses.push_back({i * i * 7919 % 1'000'000'000, i * i * 7919 % 1'000'000'000 + i % 90'000,
                    static_cast<uint32_t>(i % 5 + 1), 0, static_cast<uint32_t>(i % 3 + 1), SocketUse::kMoved});
  UseLog one(100'000);
  for (const LoggedUse& use : uses) one.add(use);
  UseLog joined(100'000), left(100'000), right(100'000);
  for (size_t i = uses.size(); i-- > 0;) (i % 7 < 3 ? left : right).add(uses[i]);
  joined.join(std::move(left));
  joined.join(std::move(right));
  const auto &a = one.finish(), &b = joined.finish();
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(std::tuple_cat(a[i].key(), std::tuple(a[i].first_ns, a[i].last_ns)),
              std::tuple_cat(b[i].key(), std::tuple(b[i].first_ns, b[i].last_ns)));
}

}  // namespace
}  // namespace ebpftrace::analyzer
