// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/ancestry.h"

#include <algorithm>
#include <string_view>

namespace ebpftrace::analyzer {

Ancestry::Ancestry(const trace::Trace& trace, const ThreadTable& threads) : threads_(threads), running_(trace) {
  const auto& all = threads.processes();
  for (uint32_t i = 1; i < all.size(); ++i) recorded_.emplace_back(all[i].pid, all[i].start_ns, i);
  std::sort(recorded_.begin(), recorded_.end());
  for (uint32_t i = 0; i < running_.list().size(); ++i) running_by_pid_.try_emplace(running_.list()[i].pid, i);
}

uint32_t Ancestry::parent(const Process& child) const {
  const auto later =
      std::upper_bound(recorded_.begin(), recorded_.end(), std::tuple(child.ppid, child.start_ns, UINT32_MAX));
  if (later == recorded_.begin() || std::get<0>(*std::prev(later)) != child.ppid) return 0;
  return std::get<2>(*std::prev(later));
}

std::string Ancestry::of(uint32_t process) const {
  std::vector<std::pair<std::string_view, uint32_t>> line;  // name, pid
  std::vector<uint32_t> seen;
  const auto& all = threads_.processes();
  uint32_t ppid = 0;
  for (uint32_t at = process; at && line.size() < kMost && std::find(seen.begin(), seen.end(), at) == seen.end();
       at = parent(all[at])) {
    seen.push_back(at);
    line.emplace_back(all[at].name, all[at].pid);
    ppid = all[at].ppid;
  }
  for (auto at = running_by_pid_.find(ppid); at != running_by_pid_.end() && line.size() < kMost;
       at = running_by_pid_.find(ppid)) {
    const RunningProcess& running = running_.list()[at->second];
    if (running.pid == line.back().second || running.pid == running.ppid) break;
    line.emplace_back(running.comm, running.pid);
    ppid = running.ppid;
  }
  std::string text;
  for (auto at = line.rbegin(); at != line.rend(); ++at) {
    if (!text.empty()) text += " > ";
    text += std::string(at->first.substr(0, 64)) + "(" + std::to_string(at->second) + ")";
  }
  return text;
}

}  // namespace ebpftrace::analyzer
