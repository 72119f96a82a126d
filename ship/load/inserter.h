// SPDX-License-Identifier: Apache-2.0
// Steps on their way into ClickHouse, on threads of their own: the plans into the ledger, then each batch until it is accepted,
// then the ledger's mark. A batch that may be there already (a server that didn't answer, a crash) is looked for before it is
// sent again; replicated tables recognise it besides by its block's hash, newer servers by its token.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "ship/load/clickhouse.h"
#include "ship/load/loaded_part.h"
#include "ship/load/plan.h"

namespace ebpftrace::ship {

struct LoadStep {
  std::vector<BatchPlan> plans;
  std::vector<std::string> blocks;  // of the plans
  std::vector<PartKey> parts;       // whose frames they are of
  int32_t source = kFromFile;       // the partition that they came by
  bool again = false;               // the plans are in the ledger, the batches may be in their tables
};

class Inserter {
 public:
  Inserter(const ClickHouseAddress& address, unsigned threads, std::function<void(const std::string&)> tell);
  // Waits for what is under way, unless that can't be done now; what waits is given up.
  ~Inserter();
  Inserter(const Inserter&) = delete;

  // More than that many steps are not to wait.
  bool full() const;
  bool idle() const;
  void put(LoadStep step);
  // Steps that are marked, since the last call. Throws what ended a thread.
  std::vector<LoadStep> done();
  // Up to so long for something to be done.
  void wait(int ms);
  // What came by a partition is somebody else's now: what waits is given up, and when this returns nothing more of it is done.
  void give_up(int32_t source);
  // Gives up trying again.
  void stop();

 private:
  void run();
  bool carry_out(ClickHouse& clickhouse, const LoadStep& step, const std::stop_token& stop);
  bool insert(ClickHouse& clickhouse, const BatchPlan& plan, const std::string& block, bool again,
              const std::stop_token& stop);

  const ClickHouseAddress address_;
  const std::function<void(const std::string&)> tell_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<LoadStep> waiting_;
  std::vector<LoadStep> done_;
  std::exception_ptr failure_;
  std::multimap<int32_t, std::stop_source> working_;  // steps under way, by their source
  bool ended_ = false;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace ebpftrace::ship
