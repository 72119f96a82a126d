// SPDX-License-Identifier: Apache-2.0
#include "recorder/edge/edge_links.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "bpf/edge_shared.h"
#include "recorder/kernel/probe_error.h"
#include "recorder/run/privileges.h"

namespace ebpftrace::recorder {
namespace {

using Kind = ProbeError::Kind;

// What is attached there, by any means: the kernel's answer over netlink, which only reads.
uint32_t program_on(uint32_t ifindex) {
  bpf_xdp_query_opts query{};
  query.sz = sizeof query;
  if (bpf_xdp_query(static_cast<int>(ifindex), 0, &query) != 0) return 0;
  for (const uint32_t id : {query.prog_id, query.drv_prog_id, query.skb_prog_id, query.hw_prog_id})
    if (id) return id;
  return 0;
}

std::string name_of_program(uint32_t id) {
  const int fd = bpf_prog_get_fd_by_id(id);
  if (fd < 0) return "";
  bpf_prog_info info{};
  u32 size = sizeof info;
  const bool known = bpf_obj_get_info_by_fd(fd, &info, &size) == 0;
  ::close(fd);
  return known ? fmt::format(" ('{}')", info.name) : "";
}

void refuse_foreign(const EdgeInterface& interface) {
  if (const uint32_t id = program_on(interface.ifindex))
    throw ProbeError(
        Kind::kRefused,
        fmt::format("interface '{}' has an XDP program already: id {}{}; it is left in place. See it with 'bpftool "
                    "prog show id {}', and take it off first if it is not needed",
                    interface.name, id, name_of_program(id), id));
}

int link_program(bpf_program* program, uint32_t ifindex, uint32_t flags) {
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = flags;
  return bpf_link_create(bpf_program__fd(program), static_cast<int>(ifindex), BPF_XDP, &options);
}

// The interface a link is on; 0: none any more.
uint32_t ifindex_of(int link, uint32_t* program) {
  bpf_link_info info{};
  u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(link, &info, &size) != 0) return 0;
  if (program) *program = info.prog_id;
  return info.xdp.ifindex;
}

// As net:[...] of /proc/self/ns; 0 where there is no such file (no CONFIG_NET_NS, no /proc).
uint32_t own_netns() {
  struct stat status {};
  return ::stat("/proc/thread-self/ns/net", &status) == 0 ? static_cast<uint32_t>(status.st_ino) : 0;
}

}  // namespace

EdgeLinks::EdgeLinks(const std::vector<std::string>& names) {
  const uint32_t netns = own_netns();
  for (const std::string& name : names) {
    EdgeInterface interface;
    interface.name = name;
    interface.netns = netns;
    interface.ifindex = ::if_nametoindex(name.c_str());
    if (!interface.ifindex)
      throw ProbeError(
          Kind::kRefused,
          fmt::format("there is no network interface '{}' (--xdp) in this network namespace; 'ip link' lists them",
                      name));
    const bool twice = std::any_of(interfaces_.begin(), interfaces_.end(),
                                   [&](const EdgeInterface& other) { return other.ifindex == interface.ifindex; });
    if (twice) throw ProbeError(Kind::kRefused, fmt::format("interface '{}' is named twice (--xdp)", name));
    interfaces_.push_back(std::move(interface));
  }
  if (interfaces_.size() > MOST_INTERFACES)
    throw ProbeError(Kind::kRefused, fmt::format("{} interfaces (--xdp) are more than the {} that can be observed",
                                                 interfaces_.size(), int{MOST_INTERFACES}));
  for (const EdgeInterface& interface : interfaces_) refuse_foreign(interface);
}

EdgeLinks::~EdgeLinks() { detach(); }

void EdgeLinks::attach(EdgeInterface& interface, bpf_program* program, XdpMode mode) {
  int error = 0;
  if (mode != XdpMode::kGeneric) {
    interface.link = link_program(program, interface.ifindex, XDP_FLAGS_DRV_MODE);
    error = interface.link < 0 ? errno : 0;
    if (error) interface.why_generic = std::strerror(error);
    if (!error) interface.mode = XdpMode::kNative;
  }
  if (interface.link < 0 && mode != XdpMode::kNative && error != EBUSY && error != EEXIST && error != EPERM) {
    interface.link = link_program(program, interface.ifindex, XDP_FLAGS_SKB_MODE);
    error = interface.link < 0 ? errno : 0;
    if (!error) interface.mode = XdpMode::kGeneric;
  }
  if (!error) {
    ifindex_of(interface.link, &interface.program);
    return;
  }
  interface.link = -1;
  refuse_foreign(interface);  // it came in between
  if (error == EPERM || error == EACCES)
    throw ProbeError(
        Kind::kPrivilege,
        fmt::format("attaching to interface '{}' was refused ({}){}; it takes CAP_NET_ADMIN in the network's "
                    "namespace besides CAP_BPF: run it with sudo",
                    interface.name, std::strerror(error),
                    missing_capabilities().empty() ? "" : ": this process lacks " + missing_capabilities()));
  throw ProbeError(Kind::kRefused,
                   fmt::format("attaching to interface '{}' {}failed: {}{}", interface.name,
                               mode == XdpMode::kNative    ? "in its driver (--xdp-mode native) "
                               : mode == XdpMode::kGeneric ? "(--xdp-mode generic) "
                                                           : "",
                               std::strerror(error), mode == XdpMode::kNative ? "; try --xdp-mode generic" : ""));
}

void EdgeLinks::attach(bpf_program* program, XdpMode mode) {
  try {
    for (EdgeInterface& interface : interfaces_) attach(interface, program, mode);
  } catch (...) {
    detach();
    throw;
  }
}

void EdgeLinks::detach() {
  for (EdgeInterface& interface : interfaces_)
    if (interface.link >= 0) ::close(std::exchange(interface.link, -1));
}

std::vector<size_t> EdgeLinks::find_vanished() {
  std::vector<size_t> gone;
  for (size_t i = 0; i < interfaces_.size(); ++i) {
    EdgeInterface& interface = interfaces_[i];
    if (interface.vanished || interface.link < 0 || ifindex_of(interface.link, nullptr) != 0) continue;
    interface.vanished = true;
    gone.push_back(i);
  }
  return gone;
}

bool EdgeLinks::all_vanished() const {
  return std::all_of(interfaces_.begin(), interfaces_.end(),
                     [](const EdgeInterface& interface) { return interface.vanished; });
}

}  // namespace ebpftrace::recorder
