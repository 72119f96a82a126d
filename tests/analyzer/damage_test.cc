// SPDX-License-Identifier: Apache-2.0
// Whatever happens to a file by accident: the same answers, or damage that is reported. Never a silent difference.
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "tests/script.h"
#include "trace/read/trace_error.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kText[] =
    "small header\n"
    "10us sh fork cat\n"
    "11us cat exec /bin/cat cat \"a b\"\n"
    "20us cat open filename=x 3 file=/tmp/x\n"
    "30us cat read fd=3 count=100 100 file=/tmp/x dur=3us\n"
    "40us cat write fd=1 count=100 -EPIPE file=pipe:[1] type=fifo\n"
    "50us cat exit SIGPIPE\n";

std::multiset<std::string> lines(const std::string& text) {
  std::multiset<std::string> set;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) set.insert(line);
  return set;
}

TEST(Damage, EveryTruncationIsReportedAndInventsNothing) {
  const auto whole = script_bytes(kText);
  ASSERT_TRUE(trace_of(whole).complete());
  const auto all = lines(event_lines(trace_of(whole)));
  size_t most = 0;
  for (size_t size = 0; size < whole.size(); ++size) {
    try {
      const trace::Trace trace = trace_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
      const auto some = lines(event_lines(trace));
      EXPECT_FALSE(trace.complete()) << size;
      EXPECT_TRUE(std::includes(all.begin(), all.end(), some.begin(), some.end())) << size;
      EXPECT_GE(some.size(), most) << "a longer file gave fewer events, at " << size;
      most = some.size();
    } catch (const trace::TraceError& error) {
      EXPECT_LT(size, sizeof(trace::Preamble)) << error.what();
    }
  }
  EXPECT_EQ(most, all.size());
}

// Together they read every frame.
std::string answers_of(const trace::Trace& trace) {
  return event_lines(trace) + csv(top_io(trace)) + csv(summarise(trace));
}

TEST(Damage, EverySingleBitFlipIsReportedOrChangesNothing) {
  const auto whole = script_bytes(kText);
  const std::string expected = answers_of(trace_of(whole));
  size_t reported = 0, refused = 0, flipped = 0;
#ifdef __SANITIZE_ADDRESS__
  constexpr size_t kStep = 7;  // ten times slower: a bit of each byte, of some two, over all eight places
#else
  constexpr size_t kStep = 1;
#endif
  for (size_t bit = 0; bit < whole.size() * 8; bit += kStep, ++flipped) {
    auto bytes = whole;
    bytes[bit / 8] ^= std::byte(1 << bit % 8);
    try {
      const trace::Trace trace = trace_of(std::move(bytes));
      if (!trace.complete()) {  // noticed when opened
        event_lines(trace);
        ++reported;
        continue;
      }
      const std::string answers = answers_of(trace);
      if (trace.complete())
        EXPECT_EQ(answers, expected) << "bit " << bit;
      else
        ++reported;
    } catch (const trace::TraceError&) {
      ++refused;
    }
  }
  EXPECT_LE(refused, sizeof(trace::Preamble::magic) * 8);
  EXPECT_EQ(reported + refused, flipped);  // every byte is under some checksum
}

// Bytes lost or added in the middle: the frames behind are found again.
TEST(Damage, FramesBehindAHoleAreFound) {
  const auto whole = script_bytes("10us a read 1\nflush\n20us a read 2\nflush\n30us a read 3\n");
  const trace::Trace sound = trace_of(whole);
  const auto blocks = sound.blocks_of("syscall");
  ASSERT_EQ(blocks.size(), 3u);
  const auto at = static_cast<std::ptrdiff_t>(sound.frames()[blocks[1]].offset);
  for (int change = 0; change < 3; ++change) {
    auto bytes = whole;
    if (change == 0) bytes.erase(bytes.begin() + at + 10, bytes.begin() + at + 20);
    if (change == 1) bytes.insert(bytes.begin() + at, 12345, std::byte{0xe5});
    if (change == 2) bytes.erase(bytes.begin() + at, bytes.begin() + at + 64);
    const trace::Trace trace = trace_of(bytes);
    EXPECT_FALSE(trace.complete());
    EXPECT_EQ(lines(event_lines(trace)).size(), change == 1 ? 3u : 2u) << change;
  }
}

TEST(Damage, AFrameThatWasTakenOutIsMissed) {
  auto bytes = script_bytes("10us a read 1\nflush\n20us a read 2\n");
  const trace::Trace sound = trace_of(bytes);
  const trace::Frame frame = sound.frames()[sound.blocks_of("syscall")[1]];
  const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(frame.offset);
  bytes.erase(at, at + static_cast<std::ptrdiff_t>(sizeof(trace::FrameHeader) + frame.stored_bytes));
  const trace::Trace trace = trace_of(bytes);
  EXPECT_FALSE(trace.complete());
  bool said = false;
  for (const trace::Damage& damage : trace.damage().list())
    said |= damage.what == "1 syscall events are missing from the file";
  EXPECT_TRUE(said);
}

TEST(Damage, WithoutItsHeaderATraceIsReadWithTheBuiltInCatalogue) {
  auto bytes = script_bytes("10us a read 7\n");
  const trace::Frame header = trace_of(bytes).frames()[0];
  bytes[header.offset + sizeof(trace::FrameHeader) + 5] ^= std::byte{1};
  const trace::Trace trace = trace_of(bytes);
  EXPECT_FALSE(trace.complete());
  EXPECT_EQ(csv(top_io(trace), {"process", "read_bytes"}), "process,read_bytes\na,7\n");
}

TEST(Damage, BytesBehindTheEndAreReported) {
  auto bytes = script_bytes("10us a read 7\n");
  bytes.push_back(std::byte{0});
  EXPECT_FALSE(trace_of(bytes).complete());
}

}  // namespace
}  // namespace ebpftrace::analyzer
