// SPDX-License-Identifier: Apache-2.0
// What the texts of events are made from, and the events in order of their start: a window of rows after the other, for a
// RowRenderer whose writers make what somebody wants of them on all threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/dictionaries/working_directories.h"
#include "analyzer/query/event_order.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/query/sieve.h"
#include "analyzer/text/event_text.h"
#include "analyzer/text/network_event_text.h"

namespace ebpftrace::analyzer {

class OrderedEvents {
 public:
  // At most `limit` of the events that the choice lets through, in frames from that position on. watch: who is told how far it
  // is in time, and may want it to stop. Session and watch must outlive it.
  OrderedEvents(const Session& session, const Choice& choice, size_t limit, size_t first_frame = 0,
                const Watch* watch = nullptr)
      : session_(session),
        order_(session, choice, limit, first_frame),
        directories_(session.trace(), session.threads(), session.files()),
        network_(session.trace()),
        left_(limit) {
    if (watch) order_.watch(*watch);
  }

  // One for each thread that is worth it, each made of `first` and the sources of texts, which are this object's.
  template <typename Writer>
  std::vector<std::unique_ptr<Writer>> writers(const auto&... first) const {
    const EventTextSources sources = {session_.trace(), session_.threads(), session_.files(), session_.execs(),
                                      directories_,     network_,           session_.users()};
    std::vector<std::unique_ptr<Writer>> all;
    for (unsigned i = 0; i < std::max(order_.workers(), 1u); ++i)
      all.push_back(std::make_unique<Writer>(first..., sources));
    return all;
  }

  // hand_over(keys) for one window after the other, until there are no more or it wants no more.
  template <typename HandOver>
  void for_each_window(HandOver&& hand_over) {
    for (std::span<const EventKey> keys; left_ && !(keys = order_.next_window()).empty();) {
      const auto wanted = keys.first(std::min(left_, keys.size()));
      directories_.read_up_to(wanted.back().time_ns);
      if (!hand_over(wanted)) return;
      left_ -= wanted.size();
    }
  }

 private:
  const Session& session_;
  EventOrder order_;
  WorkingDirectories directories_;
  NetworkEventText network_;
  size_t left_;
};

}  // namespace ebpftrace::analyzer
