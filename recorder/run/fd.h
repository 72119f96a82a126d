// SPDX-License-Identifier: Apache-2.0
// An owned descriptor; -1 if there is none.
#pragma once

#include <unistd.h>

#include <utility>

namespace ebpftrace::recorder {

struct Fd {
  int fd = -1;
  explicit Fd(int fd) : fd(fd) {}
  Fd(Fd&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd, other.fd);
    return *this;
  }
  ~Fd() {
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace ebpftrace::recorder
