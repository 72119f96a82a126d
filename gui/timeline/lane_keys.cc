// SPDX-License-Identifier: Apache-2.0
#include "gui/timeline/lane_keys.h"

#include <unordered_map>

namespace ebpftrace::gui {
namespace {

using analyzer::Lane;
using analyzer::LaneKind;

std::string key_of(const Lane& lane) {
  switch (lane.kind) {
    case LaneKind::kMachine:
      return "machine";
    case LaneKind::kChart:
      return "chart " + std::to_string(lane.number);
    case LaneKind::kCpu:
      return "cpu " + std::to_string(lane.number);
    case LaneKind::kProcesses:
      return "processes";
    case LaneKind::kProcess:
      return "process " + std::to_string(lane.pid);
    case LaneKind::kThread:
      return "thread " + std::to_string(lane.pid) + " " + std::to_string(lane.tid);
    case LaneKind::kNetwork:
      return "network";
    case LaneKind::kInterface:
      return "interface " + std::to_string(lane.number) + " " + lane.name;
    case LaneKind::kFindings:
      return "findings";
  }
  return "other";
}

}  // namespace

std::vector<std::string> lane_keys(const std::vector<Lane>& lanes) {
  std::vector<std::string> keys;
  keys.reserve(lanes.size());
  std::unordered_map<std::string, uint32_t> seen;  // process ids are used again
  for (const Lane& lane : lanes) {
    std::string key = key_of(lane);
    if (const uint32_t before = seen[key]++) key += " #" + std::to_string(before);
    keys.push_back(std::move(key));
  }
  return keys;
}

std::vector<uint32_t> lanes_now(const std::vector<Lane>& before, const std::vector<Lane>& now) {
  std::unordered_map<std::string, uint32_t> number_of;
  const std::vector<std::string> keys = lane_keys(now);
  for (uint32_t i = 0; i < keys.size(); ++i) number_of.emplace(keys[i], i);
  std::vector<uint32_t> numbers;
  numbers.reserve(before.size());
  for (const std::string& key : lane_keys(before)) {
    const auto found = number_of.find(key);
    numbers.push_back(found == number_of.end() ? analyzer::kNoLane : found->second);
  }
  return numbers;
}

}  // namespace ebpftrace::gui
