// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

std::string ss(const trace::Trace& trace, const std::string& at,
               const std::vector<std::string>& columns = {"state", "received_bytes", "sent_bytes", "local", "peer",
                                                          "pid", "fd"}) {
  Asked asked;
  asked.options["at"] = at;
  return csv(ask(kSsQuestion, trace, asked), columns);
}
constexpr char kHead[] = "state,received_bytes,sent_bytes,local,peer,pid,fd\n";

const std::string kServer =
    "running pid=7 ppid=1 threads=1 comm=srv\n"
    "0us srv:7 getpid 7\n"
    "10us srv:7 socket type=1 3 file=socket:[1] type=socket transport=stream\n"
    "20us srv:7 bind fd=3 0 file=socket:[1] type=socket transport=stream\n"
    "30us srv:7 listen fd=3 0 file=socket:[1] type=socket local=0.0.0.0:80 transport=stream\n"
    "40us srv:7 accept4 fd=3 4 file=socket:[2] type=socket local=10.0.0.1:80 remote=10.0.0.2:9 transport=stream "
    "file2=socket:[1] type2=socket dur=5us\n"
    "50us srv:7 read fd=4 count=100 10 file=socket:[2] type=socket transport=stream\n"
    "60us srv:7 fork worker:8\n"
    "70us worker:8 write fd=4 count=30 30 file=socket:[2] type=socket transport=stream\n"
    "80us worker:8 read fd=4 count=100 0 file=socket:[2] type=socket transport=stream\n"
    "90us worker:8 shutdown fd=4 how=1 0 file=socket:[2] type=socket transport=stream\n"
    "99us srv:7 getpid 7\n";

TEST(Ss, StatesAsTheProcessesCouldKnowThem) {
  const trace::Trace trace = script(kServer);
  EXPECT_EQ(ss(trace, "15us", {"state", "fd"}), "state,fd\nUNCONN,3\n");
  EXPECT_EQ(ss(trace, "35us"), std::string(kHead) + "LISTEN,0,0,0.0.0.0:80,,7,3\n");
  EXPECT_EQ(ss(trace, "55us"), std::string(kHead) +
                                   "LISTEN,0,0,0.0.0.0:80,,7,3\n"
                                   "ESTAB,10,0,10.0.0.1:80,10.0.0.2:9,7,4\n");
  EXPECT_EQ(ss(trace, "85us", {"state", "received_bytes", "sent_bytes", "processes"}),
            "state,received_bytes,sent_bytes,processes\n"
            "LISTEN,0,0,srv 7; worker 8\nCLOSE-WAIT,10,30,srv 7; worker 8\n");
  EXPECT_EQ(ss(trace, "95us", {"state", "since_ns"}), "state,since_ns\nLISTEN,11000\nCLOSING,45000\n");
}

TEST(Ss, AClientConnects) {
  const trace::Trace trace = script(
      "running pid=7 ppid=1 threads=1 comm=cli\n"
      "0us cli:7 getpid 7\n"
      "10us cli:7 socket type=1 3 file=socket:[1] type=socket local=0.0.0.0:0 transport=stream\n"
      "20us cli:7 connect fd=3 -EINPROGRESS file=socket:[1] type=socket\n"
      "40us cli:7 write fd=3 count=5 5 file=socket:[1] type=socket local=10.0.0.1:5 remote=10.0.0.9:80 "
      "transport=stream\n"
      "60us cli:7 getpid 7\n");
  EXPECT_EQ(ss(trace, "30us", {"state", "peer"}), "state,peer\nSYN-SENT,\n");
  EXPECT_EQ(ss(trace, "50us"), std::string(kHead) + "ESTAB,0,5,10.0.0.1:5,10.0.0.9:80,7,3\n");
}

TEST(Ss, AUnixSocketThatWasAcceptedIsConnectedThoughItsPeerHasNoAddress) {
  const trace::Trace trace = script(
      "running pid=7 ppid=1 threads=1 comm=srv\n"
      "0us srv:7 getpid 7\n"
      "10us srv:7 socket family=1 type=1 3 file=socket:[1] type=socket local=/run/x transport=stream\n"
      "20us srv:7 listen fd=3 0 file=socket:[1] type=socket\n"
      "30us srv:7 accept fd=3 4 file=socket:[2] type=socket local=/run/x remote=unix transport=stream "
      "file2=socket:[1] type2=socket dur=5us\n"
      "50us srv:7 getpid 7\n");
  EXPECT_EQ(ss(trace, "45us", {"protocol", "state", "local", "peer", "fd"}),
            "protocol,state,local,peer,fd\nu_str,LISTEN,/run/x,,3\nu_str,ESTAB,/run/x,,4\n");
}

TEST(Ss, OfWhatWasThereBeforeBytesAreSinceTheBeginning) {
  const trace::Trace trace = script(
      "running pid=7 ppid=1 threads=1 comm=cli\n"
      "open pid=7 fd=3 file=socket:[1] type=socket local=10.0.0.1:80\n"
      "0us cli:7 getpid 7\n"
      "40us cli:7 write fd=3 count=5 5 file=socket:[1] type=socket\n"
      "60us cli:7 getpid 7\n");
  EXPECT_EQ(ss(trace, "50us", {"protocol", "sent_bytes", "since_ns"}), "protocol,sent_bytes,since_ns\ntcp,5,\n");
}

}  // namespace
}  // namespace ebpftrace::analyzer
