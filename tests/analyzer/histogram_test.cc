// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kCalls[] =
    "10us cat read fd=3 count=100 100 dur=1000ns\n"
    "20us cat read fd=3 count=100 60 dur=1023ns\n"
    "30us cat read fd=3 count=100 0 dur=1024ns\n"
    "40us cat read fd=3 count=100 -EIO dur=5000ns\n"
    "50us dd close fd=3 0 dur=0ns\n"
    "60us dd write fd=1 count=1 1 dur=3ns\n"
    "70us dd write fd=1 count=1 unfinished dur=9ms\n"
    "80us dd read 7 began-before no-arguments dur=9ms\n";

std::string of(const std::string& what, Asked asked = {}) {
  asked.argument = what;
  return csv(ask(kHistogramQuestion, script(kCalls), asked));
}

TEST(Histogram, LatencyOfAllCallsByPowersOfTwo) {
  const std::string of_all = ",1008,5000,5000,5000,5000\n";
  EXPECT_EQ(of("latency"), "low,high,count,p50,p90,p99,p99_9,max\n0,1,1" + of_all + "1,2,0" + of_all + "2,4,1" +
                               of_all + "4,8,0" + of_all + "8,16,0" + of_all + "16,32,0" + of_all + "32,64,0" + of_all +
                               "64,128,0" + of_all + "128,256,0" + of_all + "256,512,0" + of_all + "512,1024,2" +
                               of_all + "1024,2048,1" + of_all + "2048,4096,0" + of_all + "4096,8192,1" + of_all);
  EXPECT_EQ(of(""), of("latency"));
}

TEST(Histogram, LatencyOfIoByProcess) {
  // By process: those that read or write, failed ones included.
  EXPECT_EQ(of("io-latency", {.by = {"pid"}}),
            "pid,low,high,count,p50,p90,p99,p99_9,max\n"
            "100,512,1024,2,1008,5000,5000,5000,5000\n"
            "100,1024,2048,1,1008,5000,5000,5000,5000\n"
            "100,2048,4096,0,1008,5000,5000,5000,5000\n"
            "100,4096,8192,1,1008,5000,5000,5000,5000\n"
            "101,2,4,1,3,3,3,3,3\n");
}

TEST(Histogram, SizesOfWhatMoved) {
  const std::string of_all = ",7,100,100,100,100\n";
  EXPECT_EQ(of("size"), "low,high,count,p50,p90,p99,p99_9,max\n0,1,1" + of_all + "1,2,1" + of_all + "2,4,0" + of_all +
                            "4,8,1" + of_all + "8,16,0" + of_all + "16,32,0" + of_all + "32,64,1" + of_all +
                            "64,128,1" + of_all);
}

TEST(Histogram, ByKeysOfWhatIsAskedFor) {
  EXPECT_EQ(of("size", {.filter = "process == \"cat\"", .by = {"syscall", "failed"}}).substr(0, 70),
            "syscall,failed,low,high,count,p50,p90,p99,p99_9,max\nread,false,0,1,1,6");
  EXPECT_EQ(of("latency", {.from = "50us", .to = "60us"}), "low,high,count,p50,p90,p99,p99_9,max\n0,1,1,0,0,0,0,0\n");
  EXPECT_EQ(of("latency", {.filter = "pid == 1"}), "low,high,count,p50,p90,p99,p99_9,max\n");
  // -n is of groups, not of their rows.
  EXPECT_EQ(of("io-latency", {.by = {"pid"}, .limit = 1}).find("\n101,"), std::string::npos);
  EXPECT_NE(of("io-latency", {.by = {"pid"}, .limit = 1}).find("\n100,4096,"), std::string::npos);
}

TEST(Histogram, LargestValuesHaveARow) {
  EXPECT_EQ(
      csv(ask(kHistogramQuestion, script("10us cat getpid 1 dur=18446744073709551615ns\n")), {"low", "high", "count"}),
      "low,high,count\n9223372036854775808,18446744073709551615,1\n");
}

TEST(Histogram, IsDrawnForPeople) {
  const trace::Trace trace = script(kCalls);
  EXPECT_EQ(text(ask(kHistogramQuestion, trace, {.by = {"pid"}, .argument = "io-latency"}), 60),
            "pid 100, process cat\n"
            "4 calls, p50 1.01µs, p90 5.00µs, p99 5.00µs, p99.9 5.00µs, max 5.00µs\n"
            "     512ns ..  1.02µs            2  50.0 %  ████████████████\n"
            "    1.02µs ..  2.05µs            1  25.0 %  ████████\n"
            "    2.05µs ..  4.10µs            0   0.0 %\n"
            "    4.10µs ..  8.19µs            1  25.0 %  ████████\n"
            "\n"
            "pid 101, process dd\n"
            "1 calls, p50 3ns, p90 3ns, p99 3ns, p99.9 3ns, max 3ns\n"
            "       2ns ..     4ns            1 100.0 %  ████████████████\n");
  // In another order, or of some columns, it is a table.
  EXPECT_EQ(text(ask(kHistogramQuestion, trace, {.sort = "count", .columns = {"low", "count"}, .argument = "size"})),
            "FROM  COUNT\n  2B      0\n  8B      0\n 16B      0\n  0B      1\n  1B      1\n  4B      1\n 32B      1\n "
            "64B      1\n");
}

TEST(Histogram, SumsSayWhatRowsSay) {
  std::string lines = "small header\n";
  for (int i = 0; i < 30'000; ++i)
    lines += std::to_string(1000 * i) + "ns " + (i % 50 ? "cat" : "dd") + (i % 7 ? " read 5" : " getpid 1") +
             (i % 11 ? "" : " began-before") + " dur=" + std::to_string(100 + i % 700) + "ns\n";
  const trace::Trace trace = script(lines);
  for (const char* what : {"latency", "io-latency", "size"})
    for (const std::vector<std::string>& by : {std::vector<std::string>{}, {"pid"}, {"syscall"}})
      EXPECT_EQ(csv(ask(kHistogramQuestion, trace, {.by = by, .argument = what})),
                csv(ask(kHistogramQuestion, trace, {.by = by, .reading = Reading::kRows, .argument = what})));
}

}  // namespace
}  // namespace ebpftrace::analyzer
