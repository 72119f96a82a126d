// SPDX-License-Identifier: Apache-2.0
// How hard the compressor tries: as hard as pays while CPUs are idle, and less when what is recorded needs them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace ebpftrace::recorder {

// Of all CPUs since boot, in ticks of the kernel's accounting (/proc/stat, proc(5)).
struct IdleTime {
  uint64_t idle = 0, all = 0;
  uint32_t cpus = 0;  // online
};
// Nothing: that is no /proc/stat.
std::optional<IdleTime> parse_idle_time(std::string_view proc_stat);

// One thread.
class CompressionLevel {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr int kIdleLevel = 5, kBusyLevel = 2;
  // A machine with this much of a CPU to spare is idle.
  static constexpr double kIdleCpus = 0.5;
  // Of more rows a second the higher level would take a twentieth of a CPU itself.
  static constexpr double kManyRows = 300'000;
  static constexpr std::chrono::milliseconds kInterval{500}, kFirstInterval{100};

  // wanted: always that. Otherwise it depends on what idle_time() gives; nullptr: /proc/stat, opened now.
  explicit CompressionLevel(std::optional<int> wanted, std::function<std::optional<IdleTime>()> idle_time = nullptr);

  // For a block of that many rows. Looks at the machine once an interval, the second time soon; until then it takes the machine
  // for idle. Rows that are too many for the whole interval are so at once.
  int choose(Clock::time_point now, size_t rows);

 private:
  std::optional<int> wanted_;
  std::function<std::optional<IdleTime>()> idle_time_;
  std::optional<IdleTime> before_;
  Clock::time_point last_{}, next_{};
  uint64_t rows_ = 0;  // since last_
  int level_ = kIdleLevel;
};

// How many blocks were compressed at which level: "5", "2 in 80 % of the blocks, 5 in 20 %".
std::string describe_levels(const std::map<int, uint64_t>& blocks);

}  // namespace ebpftrace::recorder
