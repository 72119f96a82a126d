// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/summary.h"

#include <capnp/message.h>
#include <gtest/gtest.h>

#include <cstring>

#include "tests/script.h"
#include "trace/write/block_encoder.h"
#include "trace/write/header_message.h"

namespace ebpftrace::analyzer {
namespace {

TEST(Summary, AddsUp) {
  const std::string lines =
      "10us sh fork cat\n20us cat read 100 dur=4us cpu=1\n30us cat write 30 dur=50us\n40us cat read -EIO\n"
      "50us cat read 4 unfinished\n60us cat sendfile 8\n70us cat exit 0\nlost cpu2 5\nlost cpu0 2 file\n";
  const auto bytes = script_bytes(lines);
  const Summary summary = summarise(trace_of(bytes));
  EXPECT_EQ(csv(summary, {"events", "duration_ns", "processes", "threads", "syscalls", "read_bytes", "write_bytes",
                          "lost", "probe"}),
            "events,duration_ns,processes,threads,syscalls,read_bytes,write_bytes,lost,probe\n"
            "7,70000,2,2,5,108,38,7,script\n");
  EXPECT_EQ(summary.file_bytes, bytes.size());
  EXPECT_TRUE(summary.coverage.complete);
  const std::string people = text(result_of(summary));
  EXPECT_NE(people.find("CPU 2: 5 syscall (ring full)"), std::string::npos) << people;
  EXPECT_NE(people.find("CPU 0: 2 file (ring full)"), std::string::npos) << people;
}

TEST(Summary, SaysHowManyCallsBeganBefore) {
  const Summary summary =
      summarise(script("10us cat read 6 began-before\n20us cat read 4\n30us cat poll unfinished began-before\n"));
  EXPECT_EQ(csv(summary, {"syscalls", "read_bytes", "began_before"}), "syscalls,read_bytes,began_before\n3,10,2\n");
  const std::string people = text(result_of(summary));
  EXPECT_NE(people.find("2 of them began before their threads were recorded"), std::string::npos) << people;
}

TEST(Summary, CountsContainers) {
  const std::string one(64, '1'), two(64, '2');
  const Summary summary = summarise(script("1us a cgroup /docker/" + one + "\n2us b cgroup /docker/" + two +
                                           "\n3us c cgroup /docker/" + two + "/init\n4us d read 1\n"));
  ASSERT_EQ(summary.containers.size(), 2u);
  EXPECT_EQ(summary.containers[0].container, "docker 222222222222");
  EXPECT_EQ(summary.containers[0].processes, 2u);
  const std::string people = text(result_of(summary));
  EXPECT_NE(people.find("docker 222222222222 (2 processes), docker 111111111111 (1 processes)"), std::string::npos)
      << people;
}

TEST(Summary, AnEmptyTraceIsComplete) {
  const Summary summary = summarise(script(""));
  EXPECT_TRUE(summary.coverage.complete);
  EXPECT_EQ(summary.events, 0u);
  EXPECT_EQ(summary.duration_ns, 0u);
}

TEST(Summary, NamesTheHostIfItWasGivenAName) {
  for (const std::string label : {"", "build\033[31m"}) {
    std::vector<std::byte> bytes(sizeof(trace::Preamble));
    const trace::Preamble preamble = trace::make_preamble();
    std::memcpy(bytes.data(), &preamble, sizeof preamble);
    capnp::MallocMessageBuilder message;
    trace::build_header(message, {.start = {1000, 1000}, .host = {.kernel = "6.1", .label = label}});
    trace::BlockEncoder encoder;
    const trace::EncodedFrame frame = encoder.encode(trace::plain_header(trace::FrameKind::kHeader), message);
    bytes.insert(bytes.end(), frame.bytes.begin(), frame.bytes.end());
    const Summary summary = summarise(trace_of(bytes));
    EXPECT_EQ(summary.facts.host_label, label);
    const std::string people = text(result_of(summary));
    EXPECT_NE(people.find(label.empty() ? "host             6.1" : "host             build\\x1b[31m: 6.1"),
              std::string::npos)
        << people;
  }
}

}  // namespace
}  // namespace ebpftrace::analyzer
