// SPDX-License-Identifier: Apache-2.0
// Something that is made when it is first asked for. Any thread; if making it throws, the next one tries again.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include "trace/read/reads.h"

namespace ebpftrace::analyzer {

template <typename T>
class Lazy {
 public:
  // It is of the same trace as `before`, which has frames behind those that `before` has seen. Not after the first get().
  void go_on_from(const Lazy& before) {
    std::lock_guard lock(before.mutex_);
    before_ = before.made_ ? before.made_ : before.before_;
  }

  // Made of the arguments, and of what was made before if a T can go on from another one.
  template <typename... Args>
  const T& get(Args&&... args) const {
    std::call_once(once_, [&] {
      const trace::ReadScope scope;
      auto made = std::make_shared<Made>();
      if constexpr (std::is_constructible_v<T, Args..., const T&>) {
        if (before_) {
          made->value = std::make_unique<T>(std::forward<Args>(args)..., *before_->value);
          made->types = before_->types;
        }
      }
      if (!made->value) made->value = std::make_unique<T>(std::forward<Args>(args)...);
      made->types.merge(scope.types());
      std::lock_guard lock(mutex_);
      made_ = std::move(made);
      before_.reset();
    });
    // Whoever uses it has been told what it was made from.
    if (trace::Reads::current())
      for (const std::string& type : made_->types) trace::note_read(type);
    return *made_->value;
  }

 private:
  struct Made {
    std::unique_ptr<T> value;
    std::set<std::string, std::less<>> types;  // that it was made from
  };

  mutable std::once_flag once_;
  mutable std::mutex mutex_;  // of changes of these, for go_on_from()
  mutable std::shared_ptr<const Made> made_, before_;
};

}  // namespace ebpftrace::analyzer
