// SPDX-License-Identifier: Apache-2.0
#include "recorder/output/compression_level.h"

#include <gtest/gtest.h>

namespace ebpftrace::recorder {
namespace {

using std::chrono::milliseconds;

TEST(CompressionLevel, ReadsTheLineOfAllCpus) {
  const auto time = parse_idle_time(
      "cpu  100 20 30 4000 500 6 7 8 9 1\ncpu0 1 2 3 4 5 6 7 8 9 0\ncpu1 1 2 3 4 5 6 7 8 9 0\nintr 12 0\nctxt 5\n");
  ASSERT_TRUE(time);
  EXPECT_EQ(time->idle, 4500u);
  EXPECT_EQ(time->all, 4671u);  // guests' time is in the users' already
  EXPECT_EQ(time->cpus, 2u);
  EXPECT_FALSE(parse_idle_time(""));
  EXPECT_FALSE(parse_idle_time("cpu0 1 2 3 4 5 6 7 8\n"));
  EXPECT_FALSE(parse_idle_time("cpu  1 2 x\n"));
}

class Machine {
 public:
  // busy: of its CPUs, in ticks of 10 ms
  void pass(milliseconds time, double busy) {
    const auto ticks = static_cast<uint64_t>(time.count()) / 10 * now_.cpus;
    now_.all += ticks;
    now_.idle += ticks - static_cast<uint64_t>(static_cast<double>(ticks) * busy / now_.cpus);
    clock_ += time;
  }
  std::optional<IdleTime> idle_time() const { return now_; }
  CompressionLevel::Clock::time_point clock() const { return clock_; }

 private:
  IdleTime now_{1000, 5000, 2};
  CompressionLevel::Clock::time_point clock_ = CompressionLevel::Clock::time_point{} + std::chrono::hours{1};
};

TEST(CompressionLevel, FollowsHowBusyTheMachineIs) {
  Machine machine;
  CompressionLevel level({}, [&] { return machine.idle_time(); });
  EXPECT_EQ(level.choose(machine.clock(), 10), CompressionLevel::kIdleLevel);
  machine.pass(CompressionLevel::kFirstInterval, 2);
  EXPECT_EQ(level.choose(machine.clock(), 10), CompressionLevel::kBusyLevel);
  machine.pass(CompressionLevel::kInterval / 2, 0);  // too soon to look again
  EXPECT_EQ(level.choose(machine.clock(), 10), CompressionLevel::kBusyLevel);
  machine.pass(CompressionLevel::kInterval, 1.2);
  EXPECT_EQ(level.choose(machine.clock(), 10), CompressionLevel::kIdleLevel);
  machine.pass(CompressionLevel::kInterval, 1.8);
  EXPECT_EQ(level.choose(machine.clock(), 10), CompressionLevel::kBusyLevel);
}

TEST(CompressionLevel, IsLowForManyRows) {
  Machine machine;
  CompressionLevel level({}, [&] { return machine.idle_time(); });
  level.choose(machine.clock(), 0);
  for (const bool many : {true, false, true}) {
    machine.pass(CompressionLevel::kInterval, 0);
    EXPECT_EQ(level.choose(machine.clock(), many ? 160'000 : 140'000),
              many ? CompressionLevel::kBusyLevel : CompressionLevel::kIdleLevel);
  }
}

TEST(CompressionLevel, IsLowAsSoonAsThereAreMoreRowsThanTheIntervalMayHave) {
  Machine machine;
  CompressionLevel level({}, [&] { return machine.idle_time(); });
  EXPECT_EQ(level.choose(machine.clock(), 1'000'000), CompressionLevel::kIdleLevel)
      << "of what came before nothing is known";
  EXPECT_EQ(level.choose(machine.clock(), 29'000), CompressionLevel::kIdleLevel);
  EXPECT_EQ(level.choose(machine.clock(), 2'000), CompressionLevel::kBusyLevel) << "in a tenth of a second";
  machine.pass(CompressionLevel::kFirstInterval, 0);
  EXPECT_EQ(level.choose(machine.clock(), 0), CompressionLevel::kBusyLevel);
  machine.pass(CompressionLevel::kInterval, 0);
  EXPECT_EQ(level.choose(machine.clock(), 100), CompressionLevel::kIdleLevel);
  EXPECT_EQ(level.choose(machine.clock(), 149'000), CompressionLevel::kIdleLevel);
  EXPECT_EQ(level.choose(machine.clock(), 2'000), CompressionLevel::kBusyLevel) << "in half a second";
}

TEST(CompressionLevel, StaysWhereItCannotBeKnown) {
  Machine machine;
  bool known = true;
  CompressionLevel level({}, [&] { return known ? machine.idle_time() : std::nullopt; });
  level.choose(machine.clock(), 10);
  machine.pass(CompressionLevel::kInterval, 2);
  EXPECT_EQ(level.choose(machine.clock(), 10), CompressionLevel::kBusyLevel);
  known = false;
  machine.pass(CompressionLevel::kInterval, 0);
  EXPECT_EQ(level.choose(machine.clock(), 10), CompressionLevel::kBusyLevel);
}

TEST(CompressionLevel, IsTold) {
  EXPECT_EQ(describe_levels({}), "");
  EXPECT_EQ(describe_levels({{5, 7}}), "5");
  EXPECT_EQ(describe_levels({{2, 80}, {5, 20}}), "2 in 80 % of the blocks, 5 in 20 %");
}

TEST(CompressionLevel, IsWhatIsAskedFor) {
  CompressionLevel level(19, []() -> std::optional<IdleTime> { throw std::logic_error("nobody needs to look"); });
  EXPECT_EQ(level.choose({}, 10), 19);
}

}  // namespace
}  // namespace ebpftrace::recorder
