// SPDX-License-Identifier: Apache-2.0
// Something that is made when it is first asked for. Any thread; if making it throws, the next one tries again.
#pragma once

#include <memory>
#include <mutex>

namespace ebpftrace::analyzer {

template <typename T>
class Lazy {
 public:
  template <typename... Args>
  const T& get(Args&&... args) const {
    std::call_once(once_, [&] { value_ = std::make_unique<T>(std::forward<Args>(args)...); });
    return *value_;
  }

 private:
  mutable std::once_flag once_;
  mutable std::unique_ptr<T> value_;
};

}  // namespace ebpftrace::analyzer
