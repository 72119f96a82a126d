// SPDX-License-Identifier: Apache-2.0
// The XDP program on its interfaces, held by bpf_link descriptors only: whatever ends this process takes it off. Never
// displaces a program that is there already.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct bpf_program;

namespace ebpftrace::recorder {

enum class XdpMode { kAuto, kNative, kGeneric };

struct EdgeInterface {
  std::string name;
  uint32_t ifindex = 0;
  uint32_t netns = 0;    // inode number of its network namespace, which is the recorder's; 0: not known
  uint32_t program = 0;  // id, once attached
  XdpMode mode = XdpMode::kAuto;
  std::string why_generic;  // what the driver said
  int link = -1;
  bool vanished = false;
};

class EdgeLinks {
 public:
  // Throws ProbeError if an interface does not exist, is named twice or are too many.
  explicit EdgeLinks(const std::vector<std::string>& names);
  ~EdgeLinks();
  EdgeLinks(const EdgeLinks&) = delete;

  // All or none. Throws ProbeError, naming the program that is in the way if one is.
  void attach(bpf_program* program, XdpMode mode);
  void detach();
  // Interfaces that are gone since the last call, by position.
  std::vector<size_t> find_vanished();
  bool all_vanished() const;

  const std::vector<EdgeInterface>& interfaces() const { return interfaces_; }

 private:
  void attach(EdgeInterface& interface, bpf_program* program, XdpMode mode);

  std::vector<EdgeInterface> interfaces_;
};

}  // namespace ebpftrace::recorder
