// SPDX-License-Identifier: Apache-2.0
// Something that is made when it is first asked for. Any thread; if making it throws, the next one tries again.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "trace/read/reads.h"

namespace ebpftrace::analyzer {

template <typename T>
class Lazy {
 public:
  template <typename... Args>
  const T& get(Args&&... args) const {
    std::call_once(once_, [&] {
      const trace::ReadScope scope;
      value_ = std::make_unique<T>(std::forward<Args>(args)...);
      types_ = scope.types();
    });
    // Whoever uses it has been told what it was made from.
    if (trace::Reads::current())
      for (const std::string& type : types_) trace::note_read(type);
    return *value_;
  }

 private:
  mutable std::once_flag once_;
  mutable std::unique_ptr<T> value_;
  mutable std::set<std::string, std::less<>> types_;
};

}  // namespace ebpftrace::analyzer
