// SPDX-License-Identifier: Apache-2.0
#include "trace/write/call_sums.h"

#include <algorithm>

#include "trace/format/newer_cpus.h"
#include "trace/write/block_encoder.h"

namespace ebpftrace::trace {
namespace {

size_t hash(uint32_t thread, uint32_t number, uint8_t flags) {
  return ((uint64_t{thread} << 32 | number) * 0x9e3779b97f4a7c15u + flags * 0x85ebca6bu) >> 24;
}

struct Durations {
  uint64_t total = 0, least = UINT64_MAX, largest = 0;
};

FOR_NEWER_CPUS_TOO Durations durations_of(std::span<const uint64_t> durations) {
  Durations of;
  for (const uint64_t duration : durations) {
    of.total += duration;
    of.least = std::min(of.least, duration);
    of.largest = std::max(of.largest, duration);
  }
  return of;
}

FOR_NEWER_CPUS_TOO void buckets_of(std::span<const uint64_t> durations, uint16_t* buckets) {
  for (size_t i = 0; i < durations.size(); ++i) buckets[i] = static_cast<uint16_t>(bucket_of(durations[i]));
}

}  // namespace

void CallSums::clear() {
  given_up_ = false;
  rows_.clear();
  pages_.clear();
  std::fill(slots_.begin(), slots_.end(), 0);
  last_ = 0;
}

void CallSums::grow() {
  slots_.assign(slots_.size() * 2, 0);
  const size_t mask = slots_.size() - 1;
  for (uint32_t i = 0; i < rows_.size(); ++i) {
    size_t at = hash(rows_[i].thread, rows_[i].number, rows_[i].flags) & mask;
    while (slots_[at]) at = (at + 1) & mask;
    slots_[at] = i + 1;
  }
}

CallSums::Row* CallSums::row_of(uint32_t thread, uint32_t number, uint8_t flags, bool& made) {
  auto matches = [&](const Row& row) { return row.thread == thread && row.number == number && row.flags == flags; };
  const size_t mask = slots_.size() - 1;
  size_t at = hash(thread, number, flags) & mask;
  for (; slots_[at]; at = (at + 1) & mask) {
    if (!matches(rows_[slots_[at] - 1])) continue;
    last_ = slots_[at] - 1;
    return &rows_[last_];
  }
  if (rows_.size() == most_rows_) {
    given_up_ = true;
    return nullptr;
  }
  made = true;
  rows_.push_back({thread, number, flags});
  last_ = static_cast<uint32_t>(rows_.size() - 1);
  slots_[at] = last_ + 1;
  if (rows_.size() * 2 > slots_.size()) grow();
  return &rows_[last_];
}

void CallSums::add_page(Row& row, unsigned page) {
  pages_.emplace_back();
  row.page[page] = static_cast<uint32_t>(pages_.size());
}

void CallSums::add_durations(Row& row, std::span<const uint64_t> durations) {
  row.timed += durations.size();
  const Durations of = durations_of(durations);
  row.total_ns += of.total;
  row.min_ns = std::min(row.min_ns, of.least);
  row.max_ns = std::max(row.max_ns, of.largest);
  std::array<uint16_t, 256> buckets;
  while (!durations.empty()) {
    const auto some = durations.first(std::min(durations.size(), buckets.size()));
    buckets_of(some, buckets.data());
    for (size_t i = 0; i < some.size(); ++i) ++page_of(row, buckets[i] / kSubBuckets)[buckets[i] % kSubBuckets];
    durations = durations.subspan(some.size());
  }
}

void CallSums::add(const CallSums& other) {
  if (other.given_up_) given_up_ = true;
  for (const Row& from : other.rows_) {
    if (given_up_) return;
    bool made = false;
    Row* const row = row_of(from.thread, from.number, from.flags, made);
    if (!row) return;
    row->calls += from.calls;
    row->errors += from.errors;
    row->unfinished += from.unfinished;
    row->timed += from.timed;
    row->total_ns += from.total_ns;
    row->min_ns = std::min(row->min_ns, from.min_ns);
    row->max_ns = std::max(row->max_ns, from.max_ns);
    row->bytes += from.bytes;
    row->peeked += from.peeked;
    for (unsigned page = 0; page < kBucketPages; ++page) {
      if (!from.page[page]) continue;
      Page& to = page_of(*row, page);
      const Page& counts = other.pages_[from.page[page] - 1];
      for (unsigned sub = 0; sub < kSubBuckets; ++sub) to[sub] += counts[sub];
    }
  }
}

size_t CallSums::buckets() const {
  size_t sum = 0;
  for (const Page& page : pages_)
    sum += static_cast<size_t>(std::count_if(page.begin(), page.end(), [](uint32_t count) { return count != 0; }));
  return sum;
}

void write_call_sums(schema::CallSums::Builder to, BlockEncoder& encoder, std::span<const CallSums* const> lists) {
  std::vector<uint64_t> values, buckets, bucket, counts;
  auto column = [&](schema::Column::Builder builder, auto value_of) {
    values.clear();
    for (const CallSums* list : lists)
      for (const CallSums::Row& row : list->rows_) values.push_back(value_of(row));
    encoder.write_column(builder, values);
  };
  using Row = CallSums::Row;
  column(to.initThread(), [](const Row& row) { return uint64_t{row.thread}; });
  column(to.initNumber(), [](const Row& row) { return uint64_t{row.number}; });
  column(to.initFlags(), [](const Row& row) { return uint64_t{row.flags}; });
  column(to.initCalls(), [](const Row& row) { return row.calls; });
  column(to.initErrors(), [](const Row& row) { return row.errors; });
  column(to.initUnfinished(), [](const Row& row) { return row.unfinished; });
  column(to.initTimed(), [](const Row& row) { return row.timed; });
  column(to.initTotalNs(), [](const Row& row) { return row.total_ns; });
  column(to.initMinNs(), [](const Row& row) { return row.timed ? row.min_ns : 0; });
  column(to.initMaxNs(), [](const Row& row) { return row.max_ns; });
  column(to.initBytes(), [](const Row& row) { return row.bytes; });
  column(to.initPeekedBytes(), [](const Row& row) { return row.peeked; });
  for (const CallSums* list : lists) {
    for (const Row& row : list->rows_) {
      uint64_t held = 0, before = 0;
      for (unsigned page = 0; page < kBucketPages; ++page) {
        if (!row.page[page]) continue;
        const auto& of_page = list->pages_[row.page[page] - 1];
        for (unsigned sub = 0; sub < kSubBuckets; ++sub) {
          if (!of_page[sub]) continue;
          const uint64_t at = page * kSubBuckets + sub;
          bucket.push_back(at - before);
          counts.push_back(of_page[sub]);
          before = at;
          ++held;
        }
      }
      buckets.push_back(held);
    }
  }
  encoder.write_column(to.initBuckets(), buckets);
  encoder.write_column(to.initBucket(), bucket);
  encoder.write_column(to.initCount(), counts);
  to.setRows(static_cast<uint32_t>(buckets.size()));
  to.setBucketCount(static_cast<uint32_t>(bucket.size()));
}

}  // namespace ebpftrace::trace
