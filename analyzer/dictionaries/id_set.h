// SPDX-License-Identifier: Apache-2.0
// Which ids were described: pages of bits, made where there are ids. The recorder counts most of its ids up from 1;
// those of control groups are inode numbers, and a hostile trace has them anywhere. All sets of an answer share one
// budget.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace ebpftrace::analyzer {

struct IdPages {
  size_t left = 64u << 10;  // of some 600 bytes with what the table takes
};

class IdSet {
 public:
  explicit IdSet(IdPages& pages) : pages_(pages) {}

  void add(uint64_t id) {
    Page* page = find(id >> kShift);
    if (!page) {
      if (!pages_.left) {
        full_ = true;
        return;
      }
      --pages_.left;
      page = table_.emplace(id >> kShift, std::make_unique<Page>()).first->second.get();
      last_ = page;
      last_number_ = id >> kShift;
    }
    (*page)[id >> 6 & (kWords - 1)] |= uint64_t{1} << (id & 63);
  }
  bool contains(uint64_t id) const {
    const Page* page = find(id >> kShift);
    return page && (*page)[id >> 6 & (kWords - 1)] >> (id & 63) & 1;
  }
  // Some were not kept: what it does not contain, is not known.
  bool full() const { return full_; }

 private:
  static constexpr unsigned kShift = 12, kWords = (1u << kShift) / 64;
  using Page = std::array<uint64_t, kWords>;

  Page* find(uint64_t number) const {
    if (last_ && number == last_number_) return last_;
    const auto found = table_.find(number);
    if (found == table_.end()) return nullptr;
    last_number_ = number;
    return last_ = found->second.get();
  }

  IdPages& pages_;
  std::unordered_map<uint64_t, std::unique_ptr<Page>> table_;
  mutable Page* last_ = nullptr;
  mutable uint64_t last_number_ = 0;
  bool full_ = false;
};

}  // namespace ebpftrace::analyzer
