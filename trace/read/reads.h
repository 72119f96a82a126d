// SPDX-License-Identifier: Apache-2.0
// Which event types were looked at while a scope was open, by whatever was called: what an answer was made from, and so
// which losses could have changed it. Blocks note their type when they are made, so a type of which every event was lost
// counts too.
//
//   const ReadScope scope;
//   ... read ...
//   scope.types()
//
// A scope is of its thread; threads that work for it open a ReadHelper with its reads(). Scopes may be nested.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace ebpftrace::trace {

class Reads {
 public:
  void note(std::string_view type) {
    std::lock_guard lock(mutex_);
    if (!types_.contains(type)) types_.emplace(type);
  }
  std::set<std::string, std::less<>> types() const {
    std::lock_guard lock(mutex_);
    return types_;
  }

  // Of the innermost scope of this thread; nullptr: there is none.
  static Reads*& current() {
    static thread_local Reads* reads = nullptr;
    return reads;
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> types_;
};

inline void note_read(std::string_view type) {
  if (Reads* reads = Reads::current()) reads->note(type);
}

class ReadScope {
 public:
  ReadScope() : before_(std::exchange(Reads::current(), &reads_)) {}
  ~ReadScope() {
    Reads::current() = before_;
    if (before_)
      for (const std::string& type : reads_.types()) before_->note(type);
  }
  ReadScope(const ReadScope&) = delete;

  std::set<std::string, std::less<>> types() const { return reads_.types(); }

 private:
  Reads reads_;
  Reads* before_;
};

class ReadHelper {
 public:
  explicit ReadHelper(Reads* reads) : before_(std::exchange(Reads::current(), reads)) {}
  ~ReadHelper() { Reads::current() = before_; }
  ReadHelper(const ReadHelper&) = delete;

 private:
  Reads* before_;
};

}  // namespace ebpftrace::trace
