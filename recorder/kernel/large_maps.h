// SPDX-License-Identifier: Apache-2.0
// Maps whose memory the kernel takes and clears when they are made, which for our rings takes 20 ms: they are made on a thread of
// their own, while places for the programs are looked for. What could not be made is left to libbpf, which says why.
#pragma once

#include <thread>
#include <vector>

struct bpf_map;

namespace ebpftrace::recorder {

class LargeMaps {
 public:
  // Of an object that is opened and not loaded, with their sizes. The thread begins.
  explicit LargeMaps(std::vector<bpf_map*> maps);
  // Waits for the thread.
  ~LargeMaps();
  LargeMaps(const LargeMaps&) = delete;

  // Waits, and gives them to the object. Once, before that is loaded. Throws ProbeError.
  void hand_over();

 private:
  void make();

  std::vector<bpf_map*> maps_;
  std::vector<int> fds_;
  std::thread thread_;
};

}  // namespace ebpftrace::recorder
