// SPDX-License-Identifier: Apache-2.0
// That states are had from what was remembered, or from a part, just as by reading from the start.
#include <gtest/gtest.h>

#include <algorithm>
#include <stop_token>
#include <thread>

#include "analyzer/api/moment.h"
#include "tests/script.h"
#include "trace/read/trace_bytes.h"

namespace ebpftrace::analyzer {
namespace {

uint64_t after(uint64_t us) { return kScriptStartNs + us * 1000; }

// One line for each file, process and socket.
std::string said(const StateThen& state) {
  std::string text;
  for (const ProcessThen& process : state.processes) text += std::to_string(process.pid) + " " + process.command + "\n";
  for (const FileThen& file : state.files)
    text += std::to_string(state.processes[file.process].pid) + ":" + std::to_string(file.fd) + " " + file.path +
            (file.deleted ? " deleted" : "") + " " + (file.offset ? std::to_string(*file.offset) : "-") + " " +
            (file.since_ns ? std::to_string(*file.since_ns) : "-") + "\n";
  for (const SocketThen& socket : state.sockets)
    text += socket.local + " " + socket.state + " " + std::to_string(socket.sent_bytes.value_or(0)) + "\n";
  return text;
}

const std::string kBegin =
    "running pid=7 ppid=1 threads=1 comm=sh argv=\"sh -i\" cwd=/home exe=/bin/sh\n"
    "0us sh:7 getpid 7\n"
    "10us sh:7 openat filename=/a flags=2 3 file=/a\n"
    "20us sh:7 fork cat:8\n"
    "30us cat:8 read fd=3 count=9 9 file=/a\n"
    "40us cat:8 openat filename=/b 4 file=/b\n"
    "flush\n"
    "50us sh:7 unlink pathname=/a 0\n"
    "60us sh:7 socket 5 file=socket:[1] type=socket local=10.0.0.1:80 remote=10.0.0.2:9\n"
    "70us sh:7 write fd=5 count=9 9 file=socket:[1] type=socket\n"
    "80us cat:8 close fd=3 0 file=/a\n"
    "flush\n";
const std::string kEnd =
    "100us cat:8 openat filename=/c 6 file=/c\n"
    "110us cat:8 exit 0\n"
    "120us sh:7 read fd=3 count=1 1 file=/a\n"
    "130us sh:7 getpid 7\n";

TEST(Replayer, RememberedStatesAreThoseOfReadingFromTheStart) {
  const trace::Trace trace = script(kBegin + kEnd);
  const Session session(trace);
  const Replayer remembers(session, 1);
  for (const uint64_t us : {0, 15, 35, 45, 55, 75, 85, 105, 115, 125, 130, 60, 20, 85}) {
    const Replayer afresh(session);
    EXPECT_EQ(said(remembers.at(after(us))), said(afresh.at(after(us)))) << us;
    EXPECT_EQ(afresh.checkpoints(), 0u);
  }
  EXPECT_GT(remembers.checkpoints(), 3u);
  EXPECT_LE(remembers.checkpoints(), 32u);
}

TEST(Replayer, ForgetsEverySecondStateWhenThereAreTooMany) {
  const trace::Trace trace = script(kBegin + kEnd);
  const Session session(trace);
  const Replayer replayer(session, 1);
  for (uint64_t us = 10; us < 60; ++us) {
    replayer.at(after(us));
    EXPECT_LE(replayer.checkpoints(), 32u);
  }
  EXPECT_EQ(said(replayer.at(after(85))), said(Replayer(session).at(after(85))));
}

TEST(Replayer, APartBeginsWithWhatItSaysItself) {
  // What the second part lists is believed: it is not what reading the first one gives.
  std::vector<std::shared_ptr<const trace::TraceBytes>> parts;
  for (auto& bytes : script_parts(kBegin + "rotate\n90us sh:7 getpid 7\n" +
                                  "row 95us process tgid=7 ppid=1 threads=1 comm=sh argv=\"other\" exe=/bin/other\n"
                                  "row 95us open_file tgid=7 fd=9 file=1 flags=2\n" +
                                  kEnd))
    parts.push_back(trace::in_memory(std::move(bytes)));
  const trace::Trace trace(std::move(parts));
  const Session session(trace);
  const StateThen state = Replayer(session).at(after(130));
  EXPECT_EQ(said(state), "7 other\n7:3 /a - -\n7:9 /a - -\n");
  // And before that, the first part is what is read.
  EXPECT_EQ(said(Replayer(session).at(after(92))),
            "7 sh -i\n8 sh -i\n7:3 /a deleted 9 11000\n7:5 socket:[1] - 61000\n8:4 /b 0 41000\n10.0.0.1:80 ESTAB 9\n");
}

TEST(Replayer, StopsOnRequest) {
  const trace::Trace trace = script(kBegin + kEnd);
  const Session session(trace);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(session.replayer().at(after(130), stop.get_token()).stopped);
  EXPECT_FALSE(session.replayer().at(after(130)).stopped);
}

TEST(Replayer, AnyThreadMayAsk) {
  const trace::Trace trace = script(kBegin + kEnd);
  const Session session(trace);
  const std::string at_85 = said(Replayer(session).at(after(85)));
  std::vector<std::string> heard(4);
  {
    std::vector<std::jthread> threads;
    for (std::string& one : heard) threads.emplace_back([&] { one = said(session.replayer().at(after(85))); });
  }
  for (const std::string& one : heard) EXPECT_EQ(one, at_85);
}

TEST(Replayer, SaysWhatIsLostOrCanNotBeKnown) {
  const trace::Trace trace = script(kBegin + "lost cpu1 3\n");
  const Session session(trace);
  const StateThen state = session.replayer().at(after(35));
  ASSERT_EQ(state.files.size(), 2u);
  EXPECT_FALSE(state.files[0].offset);  // one of the lost calls may have moved it
}

}  // namespace
}  // namespace ebpftrace::analyzer
