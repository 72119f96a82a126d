// SPDX-License-Identifier: Apache-2.0
#include "ship/load/inserter.h"

#include <fmt/format.h>

#include <chrono>
#include <set>

#include "ship/load/ledger.h"

namespace ebpftrace::ship {
namespace {

constexpr unsigned kLooksForInsert = 100;  // at one that a server may still work on, 100 ms apart

}  // namespace

Inserter::Inserter(const ClickHouseAddress& address, unsigned threads, std::function<void(const std::string&)> tell)
    : address_(address), tell_(std::move(tell)) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

Inserter::~Inserter() {
  stop();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
}

bool Inserter::full() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size() >= threads_.size();
}

bool Inserter::idle() const {
  const std::lock_guard lock(mutex_);
  return waiting_.empty() && working_.empty() && done_.empty();
}

void Inserter::put(LoadStep step) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(step));
  }
  changed_.notify_all();
}

std::vector<LoadStep> Inserter::done() {
  const std::lock_guard lock(mutex_);
  if (failure_) std::rethrow_exception(failure_);
  return std::exchange(done_, {});
}

void Inserter::wait(int ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(ms), [&] { return !done_.empty() || failure_ != nullptr; });
}

void Inserter::give_up(int32_t source) {
  std::unique_lock lock(mutex_);
  std::erase_if(waiting_, [&](const LoadStep& step) { return step.source == source; });
  for (auto [at, end] = working_.equal_range(source); at != end; ++at) at->second.request_stop();
  changed_.wait(lock, [&] { return !working_.contains(source); });
  std::erase_if(done_, [&](const LoadStep& step) { return step.source == source; });
}

void Inserter::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (auto& [source, stop] : working_) stop.request_stop();
}

void Inserter::run() {
  ClickHouse clickhouse(address_);
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
    if (ended_) return;
    LoadStep step = std::move(waiting_.front());
    waiting_.pop_front();
    std::stop_source stop;
    if (stopping_) stop.request_stop();
    const auto own = working_.emplace(step.source, stop);
    lock.unlock();
    bool whole = false;
    std::exception_ptr failure;
    try {
      whole = carry_out(clickhouse, step, stop.get_token());
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    working_.erase(own);
    if (failure) failure_ = failure;
    if (whole) {
      step.blocks.clear();
      done_.push_back(std::move(step));
    }
    lock.unlock();
    changed_.notify_all();
  }
}

bool Inserter::carry_out(ClickHouse& clickhouse, const LoadStep& step, const std::stop_token& stop) {
  Ledger ledger(clickhouse);
  std::set<size_t> shards;
  for (const BatchPlan& plan : step.plans) shards.insert(plan.shard);
  for (const size_t shard : shards)
    if (!step.again && !until_taken(stop, tell_, [&] { ledger.write(step.plans, shard); })) return false;
  for (size_t i = 0; i < step.plans.size(); ++i)
    if (!insert(clickhouse, step.plans[i], step.blocks[i], step.again, stop)) return false;
  for (const size_t shard : shards)
    if (!until_taken(stop, tell_, [&] { ledger.mark(step.plans, shard); })) return false;
  return true;
}

bool Inserter::insert(ClickHouse& clickhouse, const BatchPlan& plan, const std::string& block, bool again,
                      const std::stop_token& stop) {
  if (!plan.rows()) return true;
  Ledger ledger(clickhouse);
  bool is_first = !again;
  return until_taken(stop, tell_, [&] {
    if (!std::exchange(is_first, false)) {
      // A server that nobody waits for any more may still be at it; only a replicated table would see through the second one.
      for (unsigned i = 0; address_.replicated.empty() && i < kLooksForInsert && ledger.is_under_way(plan); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      const uint64_t there = ledger.rows_there(plan);
      if (there == plan.rows()) return;
      if (there)
        throw ClickHouseError(
            fmt::format("table {}: batch {} has {} rows in it where {} were planned; somebody has changed the table",
                        plan.table, plan.id(), there, plan.rows()),
            false);
    }
    clickhouse.insert(plan.shard, plan.table, block, fmt::format("{:016x}", plan.id()));
  });
}

}  // namespace ebpftrace::ship
