// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "analyzer/text/wall_clock.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kWorld[] =
    "1ms systemd:1 fork sshd:612\n"
    "2ms sshd:612 fork nginx:700\n"
    "3ms nginx:700 exec /usr/sbin/nginx nginx\n"
    "5ms nginx:700 read fd=7 10 file=socket:[7] type=socket local=[2001:db8::9]:80 remote=[2001:db8::1]:4000\n";

// Out of order, as CPUs are read one after the other.
constexpr char kFindings[] =
    "row 3s security what=5 severity=3 verdict=1 count_so_far=100 suppressed=41 protocol=17 source=192.0.2.7:1111 "
    "destination=192.0.2.9:53 rule=\"limit packets 100/s\"\n"
    "row 2s security what=3 severity=2 verdict=1 count_so_far=1 protocol=6 source=[2001:db8::1]:4000 "
    "destination=[2001:db8::9]:80 "
    "rule=\"drop tcp port 80\"\n"
    "row 4s security what=4 severity=3 verdict=2 count_so_far=20 protocol=1 source=192.0.2.7:0 destination=192.0.2.9:0 "
    "rule=\"scan 20 ports in 10s\"\n"
    "row 5s security what=7 severity=1 count_so_far=3 rule=\"3 rules are in force now\"\n"
    "row 6s security what=2 severity=1 count_so_far=17 source=192.0.2.7:0 rule=\"block 192.0.2.7 for 3s\"\n";

TEST(Security, ListsFindingsInOrderOfTime) {
  EXPECT_EQ(csv(security(small_script(kFindings)), {"time_ns", "severity", "event", "rule", "verdict", "source",
                                                    "destination", "protocol", "count", "suppressed"}),
            "time_ns,severity,event,rule,verdict,source,destination,protocol,count,suppressed\n"
            "2000000000,warning,drop,drop tcp port 80,drop,[2001:db8::1]:4000,[2001:db8::9]:80,tcp,1,0\n"
            "3000000000,alert,flood,limit packets 100/s,drop,192.0.2.7:1111,192.0.2.9:53,udp,100,41\n"
            "4000000000,alert,scan,scan 20 ports in 10s,would drop,192.0.2.7,192.0.2.9,icmp,20,0\n"
            "5000000000,info,rules replaced,3 rules are in force now,pass,,,,3,0\n"
            "6000000000,info,unblock,block 192.0.2.7 for 3s,pass,192.0.2.7,,,17,0\n");
}

TEST(Security, ALimitKeepsTheFirstAndSaysHowManyThereAre) {
  const Result answer = security(small_script(kFindings), 2);
  EXPECT_EQ(csv(answer, {"event"}), "event\ndrop\nflood\n");
  EXPECT_EQ(answer.all_rows, 5u);
}

TEST(Security, NamesTheProcessAndItsAncestry) {
  const Result answer = security(small_script(kWorld + std::string(kFindings)));
  EXPECT_EQ(csv(answer, {"event", "pid", "process", "ancestry"}),
            "event,pid,process,ancestry\n"
            "drop,700,nginx,systemd(1) > sshd(612) > nginx(700)\n"
            "flood,,,\nscan,,,\nrules replaced,,,\nunblock,,,\n");
  EXPECT_NE(json(answer).find(
                "\"source\": \"[2001:db8::1]:4000\", \"destination\": \"[2001:db8::9]:80\", \"protocol\": \"tcp\", "
                "\"count\": 1, "
                "\"suppressed\": 0, \"pid\": 700, \"process\": \"nginx\", \"ancestry\": \"systemd(1) > sshd(612) > "
                "nginx(700)\", \"processes\": [{\"pid\": 700, \"process\": \"nginx\"}], \"parse\": null}"),
            std::string::npos)
      << json(answer);
}

// A pid that comes again: the parent is whoever had it when the child began.
TEST(Security, AncestryIsOfTheTime) {
  const std::string world =
      "1ms old:50 fork web:60\n2ms web:60 exec /web web\n3ms web:60 read fd=7 10 file=socket:[7] type=socket "
      "local=10.0.0.9:80\n"
      "4ms old:50 exit 0\n5ms sh:1 fork new:50\n6ms new:50 exec /new new\n";
  EXPECT_EQ(csv(security(small_script(world +
                                      "row 2s security what=4 protocol=6 source=10.0.0.1:1 destination=10.0.0.9:80\n")),
                {"ancestry"}),
            "ancestry\nold(50) > web(60)\n");
}

// systemd made no call, but was there when the recording began.
TEST(Security, AncestryGoesOnWithWhatWasRunning) {
  EXPECT_EQ(csv(security(small_script("running pid=1 ppid=0 comm=systemd\nrunning pid=700 ppid=1 comm=nginx\n"
                                      "1us nginx:700 read fd=7 0\n2us nginx:700 fork worker:701\n"
                                      "3us worker:701 read fd=7 10 file=socket:[7] type=socket local=10.0.0.9:80\n"
                                      "row 2s security what=4 protocol=6 source=10.0.0.1:1 destination=10.0.0.9:80\n")),
                {"ancestry"}),
            "ancestry\nsystemd(1) > nginx(700) > worker(701)\n");
}

TEST(Security, ValuesThatHaveNoNameAreNumbers) {
  EXPECT_EQ(csv(security(small_script("row 1s security what=99 severity=99 verdict=99 protocol=200 source=10.0.0.1:1 "
                                      "destination=10.0.0.2:2\n")),
                {"severity", "event", "verdict", "source", "destination", "protocol"}),
            "severity,event,verdict,source,destination,protocol\n99,99,99,10.0.0.1,10.0.0.2,200\n");
}

TEST(Security, AddressesOfAnotherLengthOrFamilyAreNone) {
  for (const char* address :
       {"raw:", "\"raw:\\x02\"", "\"raw:\\x02\\x00\\x00\\x50\\x0a\"", "\"raw:\\x01\\x00/run/socket\"",
        "\"raw:\\x0a\\x00\\x00\\x50aaaa\"", "\"raw:\\xff\\xff\\x00\\x50aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""})
    EXPECT_EQ(csv(security(small_script(std::string("row 1s security what=4 protocol=6 source=") + address +
                                        " destination=" + address + "\n")),
                  {"event", "source", "destination", "protocol"}),
              "event,source,destination,protocol\nscan,,,\n")
        << address;
}

TEST(Security, LossesOfFindingsAreSaidBeside) {
  EXPECT_EQ(security(small_script("row 1s security what=4\nlost cpu1 3 security\nlost cpu0 4 flow\n")).coverage.lost,
            3u);
}

TEST(Security, WallClockFollowsAStepOfTheClock) {
  // An hour ahead 10 s after the start, back by two hours at 20 s, and a suspend that boot time counts on its own.
  const trace::Trace trace = small_script(
      "clock 1s 1s\nclock 10s 3610s\nclock 20s -3580s\n"
      "row 0s security what=7\nrow 9999ms security what=7\nrow 10s security what=7\nrow 15500ms security what=7\nrow "
      "25s security what=7\n");
  EXPECT_EQ(csv(security(trace), {"time_ns", "time"}),
            "time_ns,time\n"
            "0,2023-11-14T22:13:20.000000000Z\n"
            "9999000000,2023-11-14T22:13:29.999000000Z\n"
            "10000000000,2023-11-14T23:13:30.000000000Z\n"
            "15500000000,2023-11-14T23:13:35.500000000Z\n"
            "25000000000,2023-11-14T21:13:45.000000000Z\n");
}

TEST(WallClock, IsByTheLatestPairThatIsNotLater) {
  const trace::Trace trace = small_script("clock 20s 1020s\nclock 10s 110s\n");  // whatever order they are in
  const WallClock clock(trace);
  auto at = [&](int64_t seconds) {
    return (clock.real_ns(kScriptStartNs + static_cast<uint64_t>(seconds) * 1'000'000'000) - kScriptStartRealNs) /
           1'000'000'000;
  };
  EXPECT_EQ(at(-5), -5);  // from before the start
  EXPECT_EQ(at(0), 0);
  EXPECT_EQ(at(9), 9);
  EXPECT_EQ(at(10), 110);
  EXPECT_EQ(at(19), 119);
  EXPECT_EQ(at(20), 1020);
  EXPECT_EQ(at(3600), 4600);
}

TEST(WallClock, BeforeTheEpochIsWritten) {
  EXPECT_EQ(WallClock(small_script("clock 5s -1700000001s\n")).text(kScriptStartNs + 5'250'000'000),
            "1969-12-31T23:59:59.250000000Z");
}

}  // namespace
}  // namespace ebpftrace::analyzer
