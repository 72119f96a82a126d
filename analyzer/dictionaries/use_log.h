// SPDX-License-Identifier: Apache-2.0
// Uses of sockets as they come, in any order, kept in a bounded space: uses of one kind that are close together become one.
// What is closer than that is linked, so the result does not depend on the order in which uses came or logs were joined -
// unless the space is short: then uses further apart become one, and if that doesn't do, peers are no longer told apart.
// One thread at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "analyzer/dictionaries/socket_uses.h"

namespace ebpftrace::analyzer {

struct LoggedUse {
  uint64_t first_ns, last_ns;
  uint32_t socket, peer, process;
  SocketUse how;
  auto key() const { return std::tuple(socket, peer, process, how); }
};

class UseLog {
 public:
  explicit UseLog(size_t most) : most_(std::max<size_t>(most, 64)) {}

  void add(const LoggedUse& use) {
    LoggedUse& recent =
        recent_[(use.socket ^ use.peer ^ use.process * 5 ^ static_cast<size_t>(use.how) * 3) % recent_.size()];
    if (recent.socket && recent.key() == use.key() && is_close(recent, use)) {
      recent.first_ns = std::min(recent.first_ns, use.first_ns);
      recent.last_ns = std::max(recent.last_ns, use.last_ns);
      return;
    }
    if (recent.socket) keep(recent);
    recent = use;
  }
  void join(UseLog&& other) {
    other.flush();
    for (const LoggedUse& use : other.uses_) keep(use);
    other.uses_ = {};
    coarser_ = std::max(coarser_, other.coarser_);
    without_peers_ |= other.without_peers_;
    full_ |= other.full_;
  }
  // In order of key, then time.
  const std::vector<LoggedUse>& finish() {
    flush();
    if (without_peers_) forget_peers();
    link();
    return uses_;
  }
  // Whether the space was short: times are less exact; peers aren't told apart; uses are missing.
  bool coarse() const { return coarser_ > 1; }
  bool without_peers() const { return without_peers_; }
  bool full() const { return full_; }

 private:
  static constexpr uint64_t kCloseNs = 100'000, kCloseWaitsNs = 1'000'000'000;
  static constexpr uint64_t kCoarsest = uint64_t{1} << 60;

  uint64_t close_ns(SocketUse how) const {
    if (how == SocketUse::kMoved) return coarser_ >= kCoarsest ? UINT64_MAX : kCloseNs * coarser_;
    return how == SocketUse::kWaited || how == SocketUse::kSetUp ? std::max(kCloseWaitsNs, close_ns(SocketUse::kMoved))
                                                                 : UINT64_MAX;
  }
  bool is_close(const LoggedUse& a, const LoggedUse& b) const {
    const uint64_t near = close_ns(a.how);
    return (b.first_ns <= a.last_ns || b.first_ns - a.last_ns <= near) &&
           (a.first_ns <= b.last_ns || a.first_ns - b.last_ns <= near);
  }

  void keep(const LoggedUse& use) {
    if (uses_.size() >= most_ && !make_room()) {
      full_ = true;
      return;
    }
    uses_.push_back(use);
  }
  void flush() {
    for (LoggedUse& recent : recent_)
      if (recent.socket) keep(std::exchange(recent, LoggedUse{}));
  }
  // False: there is none.
  bool make_room() {
    if (full_) return false;
    link();
    const size_t enough = most_ - most_ / 4;
    while (uses_.size() > enough && coarser_ < kCoarsest) {
      coarser_ = coarser_ < (1u << 20) ? coarser_ * 16 : kCoarsest;
      link();
    }
    if (uses_.size() > enough && !without_peers_) {
      without_peers_ = true;
      forget_peers();
      link();
    }
    return uses_.size() < most_;
  }
  void forget_peers() {
    std::erase_if(uses_, [](const LoggedUse& use) { return use.peer > SocketUses::kAnyPeer; });
    for (LoggedUse& use : uses_) use.peer = SocketUses::kUnknownPeer;
  }
  void link() {
    std::sort(uses_.begin(), uses_.end(), [](const LoggedUse& a, const LoggedUse& b) {
      return std::tuple_cat(a.key(), std::tuple(a.first_ns)) < std::tuple_cat(b.key(), std::tuple(b.first_ns));
    });
    size_t kept = 0;
    for (size_t i = 0; i < uses_.size(); ++i) {
      if (kept && uses_[kept - 1].key() == uses_[i].key() && is_close(uses_[kept - 1], uses_[i]))
        uses_[kept - 1].last_ns = std::max(uses_[kept - 1].last_ns, uses_[i].last_ns);
      else
        uses_[kept++] = uses_[i];
    }
    uses_.resize(kept);
  }

  const size_t most_;
  std::vector<LoggedUse> uses_;
  std::array<LoggedUse, 64> recent_{};  // not yet in uses_, by a hash of the key; socket 0: none
  uint64_t coarser_ = 1;
  bool without_peers_ = false, full_ = false;
};

}  // namespace ebpftrace::analyzer
