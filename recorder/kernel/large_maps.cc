// SPDX-License-Identifier: Apache-2.0
#include "recorder/kernel/large_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "recorder/kernel/probe_error.h"

namespace ebpftrace::recorder {

LargeMaps::LargeMaps(std::vector<bpf_map*> maps)
    : maps_(std::move(maps)), fds_(maps_.size(), -1), thread_([this] { make(); }) {}

LargeMaps::~LargeMaps() {
  if (thread_.joinable()) thread_.join();
  for (const int fd : fds_)
    if (fd >= 0) ::close(fd);
}

void LargeMaps::make() {
  for (size_t i = 0; i < maps_.size(); ++i) {
    const bpf_map* map = maps_[i];
    LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = bpf_map__map_flags(map));
    fds_[i] = bpf_map_create(bpf_map__type(map), bpf_map__name(map), bpf_map__key_size(map), bpf_map__value_size(map),
                             bpf_map__max_entries(map), &options);
  }
}

void LargeMaps::hand_over() {
  thread_.join();
  for (size_t i = 0; i < maps_.size(); ++i)
    if (fds_[i] >= 0 && bpf_map__reuse_fd(maps_[i], fds_[i]) != 0) refused("taking over a map", errno);
}

}  // namespace ebpftrace::recorder
