// SPDX-License-Identifier: Apache-2.0
#include "ship/load/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "trace/read/trace_error.h"

namespace ebpftrace::ship {
namespace {

constexpr size_t kFinishedKept = 1'000;  // parts that are remembered, so that what comes again is told from what is new

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string name_of(const PartKey& part) { return fmt::format("recording {}, part {}", hex(part.first), part.second); }

// The checksum that a record's frame, or end mark, has in the ledger.
uint64_t checksum_of(const FrameRecord& record, std::span<const std::byte> value) {
  if (record.kind == FrameRecord::Kind::kEnd && value.size() == sizeof(trace::EndMark)) {
    trace::EndMark mark;
    std::memcpy(&mark, value.data(), sizeof mark);
    return mark.checksum;
  }
  trace::FrameHeader header{};
  if (value.size() >= sizeof header) std::memcpy(&header, value.data(), sizeof header);
  return header.header_checksum;
}

}  // namespace

Loader::Loader(const ClickHouseAddress& address, LoadLimits limits, std::function<void(const std::string&)> tell,
               std::stop_token stop)
    : limits_(std::move(limits)),
      tell_(std::move(tell)),
      stop_(std::move(stop)),
      clickhouse_(address),
      ledger_(clickhouse_),
      inserter_(std::make_unique<Inserter>(address, limits_.inserters, tell_)) {
  until_taken(stop_, tell_, [&] { clickhouse_.make_tables(); });
}

Loader::~Loader() = default;

void Loader::know(LoadedPart& part, std::vector<Ledger::Entry> entries) {
  part.set_known(std::move(entries));
  for (const auto& [shard, batch] : part.begun_batches()) {
    if (begun_.contains(batch)) continue;
    BatchPlan plan;
    if (!until_taken(stop_, tell_, [&, shard = shard, batch = batch] { plan = ledger_.plan(shard, batch); })) return;
    if (plan.id() != batch)
      tell_(fmt::format("batch {} can't be made again: its plan is not as it was written", batch));
    else if (!is_superseded(part, plan))
      begun_.emplace(batch, std::move(plan));
  }
}

// A server may write a plan down after everybody has stopped waiting for it. Then another one has its frames.
bool Loader::is_superseded(const LoadedPart& part, const BatchPlan& plan) const {
  for (const PlannedFrame& frame : plan.frames) {
    if (PartKey(frame.recording, frame.part) == part.key() &&
        part.known(plan.table, frame.frame, frame.checksum) == LoadedPart::Known::kTaken)
      return true;
    for (const auto& [batch, other] : begun_)
      if (other.table == plan.table &&
          std::any_of(other.frames.begin(), other.frames.end(), [&](const PlannedFrame& one) {
            return one.recording == frame.recording && one.part == frame.part && one.frame == frame.frame &&
                   one.checksum == frame.checksum;
          }))
        return true;
  }
  return false;
}

LoadedPart* Loader::part_of(const FrameRecord& record, std::span<const std::byte> value, int32_t partition,
                            int64_t offset, std::optional<int64_t>& from) {
  const PartKey key(record.recording, record.part);
  const auto known = parts_.find(key);
  if (known != parts_.end()) return known->second.get();
  const uint64_t checksum = checksum_of(record, value);
  const bool is_first = record.kind == FrameRecord::Kind::kFrame && record.offset == sizeof(trace::Preamble);
  if (const auto finished = finished_.find(key); finished != finished_.end()) {
    if (finished->second.contains({record.offset, checksum}) || value.empty()) return nullptr;
    finished_.erase(finished);  // there is more of it after all
  }
  std::vector<Ledger::Entry> entries;
  if (!until_taken(stop_, tell_, [&] { entries = ledger_.entries(record.recording, record.part); })) return nullptr;
  if (!is_first && !sought_.contains(key)) {
    // A frame that was sent twice, of a part that is done; or the part's beginning was read by somebody else.
    Seen seen;
    bool all_taken = !entries.empty();
    for (const Ledger::Entry& entry : entries) {
      seen.emplace(entry.frame, entry.checksum);
      all_taken &= entry.taken;
    }
    if (all_taken && (seen.contains({record.offset, checksum}) || value.empty())) {
      finished_.emplace(key, std::move(seen));
      finished_order_.push_back(key);
      return nullptr;
    }
    int64_t first = -1;
    if (!until_taken(stop_, tell_, [&] { first = ledger_.first_offset(record.recording, record.part, partition); }))
      return nullptr;
    sought_.insert(key);
    if (first >= 0 && first < offset) {
      from = first;
      return nullptr;
    }
    tell_(fmt::format("{}: its beginning is not in the topic any more; names that it gave are missing in its rows",
                      name_of(key)));
  }
  auto part = std::make_unique<LoadedPart>(record, PartCopy(limits_.scratch), partition, offset);
  know(*part, std::move(entries));
  return parts_.emplace(key, std::move(part)).first->second.get();
}

// Its rows say themselves whether they are there.
bool Loader::take_dropped(const FrameRecord& record, std::span<const std::byte> value, int32_t partition) {
  const auto dropped = dropped_of({reinterpret_cast<const char*>(value.data()), value.size()});
  if (!dropped) {
    tell_(fmt::format("{}: a record of what was dropped can't be read; it is left out",
                      name_of({record.recording, record.part})));
    return true;
  }
  NativeBlock block(find_table(tables_, "dropped")->columns);
  RowMaker::append_dropped(*dropped, record, block);
  const size_t shard = static_cast<size_t>(partition) % clickhouse_.shards();
  return until_taken(stop_, tell_, [&] {
    const std::string there = clickhouse_.ask(
        shard,
        fmt::format(
            "SELECT count() FROM {{db}}.dropped WHERE recording = '{}' AND part = {} AND frame = {} AND to_part = {}",
            hex(record.recording), record.part, record.offset, dropped->to_part));
    if (std::strtoull(there.c_str(), nullptr, 10) == 0)
      clickhouse_.insert(
          shard, "dropped", block.bytes(),
          fmt::format("dropped-{}-{}-{}-{}", hex(record.recording), record.part, record.offset, dropped->to_part));
  });
}

std::optional<int64_t> Loader::take(const FrameRecord& record, std::span<const std::byte> value, int32_t partition,
                                    int64_t offset) {
  std::optional<int64_t> from;
  if (record.kind == FrameRecord::Kind::kDropped) {
    take_dropped(record, value, partition);
  } else if (record.kind == FrameRecord::Kind::kFrame || record.kind == FrameRecord::Kind::kEnd) {
    if (LoadedPart* const part = part_of(record, value, partition, offset, from)) {
      part->last_came_ms = now_ms();
      if (record.kind == FrameRecord::Kind::kEnd)
        part->end(record.offset, value, offset);
      else if (!part->add(record.offset, value, offset))
        ++counts_.known_frames;
    }
  }
  // What was given up because we stop is to be read again.
  if (!from && !stop_.stop_requested()) next_offset_[partition] = offset + 1;
  return from;
}

void Loader::take_file(const std::string& path) {
  std::shared_ptr<const trace::TraceBytes> bytes = trace::open_file(path);
  const auto facts = trace::peek_facts(*bytes);
  if (!facts || !facts->recording_id)
    throw trace::TraceError(trace::TraceError::Kind::kNotATrace,
                            "it has no sound header, so that nobody could tell what was loaded of it", path);
  const trace::Trace trace(bytes);
  FrameRecord first;
  first.recording = *facts->recording_id;
  first.host = facts->host_id.value_or(trace::Id{});
  first.boot = facts->boot_id.value_or(trace::Id{});
  first.part = facts->part;
  const PartKey key(first.recording, first.part);
  auto part = std::make_unique<LoadedPart>(first, PartCopy(bytes), kFromFile, 0);
  std::vector<Ledger::Entry> entries;
  if (!until_taken(stop_, tell_, [&] { entries = ledger_.entries(first.recording, first.part); })) return;
  know(*part, std::move(entries));
  part->add_all(trace.frames());
  std::vector<std::byte> mark(trace.closed() ? sizeof(trace::EndMark) : 0);
  if (!mark.empty()) bytes->read(bytes->size() - mark.size(), mark);
  part->end(trace.closed() ? bytes->size() - mark.size() : bytes->size(), mark, 0);
  part->settle();
  parts_[key] = std::move(part);
}

RowMaker& Loader::maker_of(LoadedPart& part, uint64_t known_to) {
  auto& maker = makers_[part.key()];
  if (!maker || maker->known_to() != known_to) maker = std::make_unique<RowMaker>(part, tables_, known_to);
  return *maker;
}

// False: there is nothing to do.
bool Loader::make_step(int32_t source, bool flush) {
  uint64_t ready = 0;
  bool any = false, pressing = flush;
  for (const auto& [key, part] : parts_) {
    if (part->source() != source || part->next >= part->settled()) continue;
    any = true;
    for (size_t i = part->next; i < part->settled() && ready < limits_.batch_rows; ++i)
      ready += part->frames()[i].frame.count;
  }
  if (!any) return false;
  const auto [last, is_first] = batched_ms_.try_emplace(source, 0);
  pressing |= is_first || ready >= limits_.batch_rows || now_ms() - last->second >= limits_.batch_ms;
  if (!pressing) return false;
  last->second = now_ms();

  struct Batch {
    BatchPlan plan;
    std::vector<std::pair<LoadedPart*, const ReceivedFrame*>> frames;
    const TableShape* table;
  };
  std::map<std::pair<std::string, uint16_t>, Batch> batches;
  LoadStep step;
  step.source = source;
  uint64_t rows = 0;
  for (auto& [key, owned] : parts_) {
    LoadedPart& part = *owned;
    if (part.source() != source || part.next >= part.settled() || rows >= limits_.batch_rows) continue;
    const uint64_t known_to = part.settled_to();
    const size_t shard = source == kFromFile ? std::to_integer<size_t>(part.first().host[0]) % clickhouse_.shards()
                                             : static_cast<size_t>(source) % clickhouse_.shards();
    bool has_rows = false;
    for (; part.next < part.settled() && rows < limits_.batch_rows; ++part.next) {
      const ReceivedFrame& one = part.frames()[part.next];
      rows += one.frame.count;
      ++counts_.frames;
      for (const TableShape* table : RowMaker::tables_of(tables_, one.frame)) {
        if (part.known(table->name, one.frame.offset, one.checksum) != LoadedPart::Known::kNo) {
          ++counts_.known_frames;
          continue;
        }
        const uint16_t day = part.day_of(one.frame);
        Batch& batch = batches[{table->name, day}];
        batch.table = table;
        batch.plan.table = table->name;
        batch.plan.day = day;
        batch.plan.shard = shard;
        batch.plan.frames.push_back({part.first().host, part.first().boot, part.first().recording, part.first().part,
                                     one.frame.offset, one.checksum, one.frame.kind, one.frame.type, 0, one.frame.count,
                                     known_to, source, one.source_offset, part.source_first()});
        batch.frames.emplace_back(&part, &one);
        has_rows = true;
      }
    }
    if (has_rows) step.parts.push_back(key);
  }
  for (auto& [key, batch] : batches) {
    NativeBlock& block = blocks_.try_emplace(batch.table, batch.table->columns).first->second;
    block.clear();
    const uint64_t id = batch.plan.id();
    for (size_t i = 0; i < batch.frames.size(); ++i) {
      LoadedPart& part = *batch.frames[i].first;
      batch.plan.frames[i].rows =
          maker_of(part, batch.plan.frames[i].known_to).append(*batch.table, *batch.frames[i].second, id, block);
    }
    if (!batch.table->relation.empty()) block.sort_by(kHostColumn, kTimeColumn);
    step.blocks.push_back(block.bytes());
    step.plans.push_back(std::move(batch.plan));
  }
  if (!step.plans.empty()) put(std::move(step));
  return true;
}

void Loader::put(LoadStep step) {
  for (const PartKey& key : step.parts) ++parts_.at(key)->pending;
  for (const std::string& block : step.blocks) counts_.bytes += block.size();
  inserter_->put(std::move(step));
}

bool Loader::is_begun(const PartKey& part) const {
  return std::any_of(begun_.begin(), begun_.end(), [&](const auto& one) {
    return std::any_of(one.second.frames.begin(), one.second.frames.end(),
                       [&](const PlannedFrame& frame) { return PartKey(frame.recording, frame.part) == part; });
  });
}

// Nothing: not all that it was made of is here yet.
std::optional<LoadStep> Loader::make_again(const BatchPlan& plan) {
  std::map<PartKey, uint64_t> known_to;
  for (const PlannedFrame& frame : plan.frames) {
    const PartKey key(frame.recording, frame.part);
    const auto part = parts_.find(key);
    if (part == parts_.end() || part->second->frames().empty() ||
        part->second->frames().back().frame.end() < frame.known_to)
      return std::nullopt;
    known_to[key] = frame.known_to;
  }
  const TableShape* table = find_table(tables_, plan.table);
  if (!table) return std::nullopt;
  LoadStep step;
  step.again = true;
  step.source = plan.frames.front().source;
  NativeBlock block(table->columns);
  std::map<PartKey, std::unique_ptr<RowMaker>> makers;
  for (const PlannedFrame& planned : plan.frames) {
    const PartKey key(planned.recording, planned.part);
    LoadedPart& part = *parts_.at(key);
    auto& maker = makers[key];
    if (!maker) maker = std::make_unique<RowMaker>(part, tables_, planned.known_to);
    const auto frame = std::find_if(part.frames().begin(), part.frames().end(), [&](const ReceivedFrame& one) {
      return one.frame.offset == planned.frame && one.checksum == planned.checksum;
    });
    if (frame == part.frames().end()) return std::nullopt;
    const uint32_t rows = maker->append(*table, *frame, plan.id(), block);
    if (rows != planned.rows)
      throw ClickHouseError(fmt::format("batch {} can't be made again: {} has {} rows at byte {} where {} were planned",
                                        plan.id(), name_of(key), rows, planned.frame, planned.rows),
                            false);
  }
  for (const auto& [key, to] : known_to) step.parts.push_back(key);
  if (!table->relation.empty()) block.sort_by(kHostColumn, kTimeColumn);
  step.blocks.push_back(block.bytes());
  step.plans.push_back(plan);
  return step;
}

void Loader::make_begun() {
  for (auto at = begun_.begin(); at != begun_.end();) {
    auto step = make_again(at->second);
    if (!step) {
      ++at;
      continue;
    }
    ++counts_.again;
    put(std::move(*step));
    at = begun_.erase(at);
  }
}

void Loader::finish_parts() {
  const int64_t now = now_ms();
  for (auto at = parts_.begin(); at != parts_.end();) {
    LoadedPart& part = *at->second;
    if (part.waits() && part.source() != kFromFile && now - part.last_came_ms > limits_.settle_ms) part.settle();
    const bool stale = part.source() != kFromFile && now - part.last_came_ms > limits_.stale_ms;
    if (!(part.ended() || stale) || part.pending || part.next < part.frames().size() || is_begun(at->first)) {
      ++at;
      continue;
    }
    Seen seen;
    for (const ReceivedFrame& one : part.frames()) seen.emplace(one.frame.offset, one.checksum);
    finished_[at->first] = std::move(seen);
    finished_order_.push_back(at->first);
    if (finished_order_.size() > kFinishedKept) {
      finished_.erase(finished_order_.front());
      finished_order_.pop_front();
    }
    sought_.erase(at->first);
    makers_.erase(at->first);
    at = parts_.erase(at);
  }
}

void Loader::work(bool flush) {
  for (const LoadStep& step : inserter_->done()) {
    for (const PartKey& key : step.parts)
      if (const auto part = parts_.find(key); part != parts_.end() && part->second->pending) --part->second->pending;
    for (const BatchPlan& plan : step.plans) {
      ++counts_.batches;
      if (const TableShape* table = find_table(tables_, plan.table); table && !table->relation.empty())
        counts_.rows += plan.rows();
    }
  }
  make_begun();
  std::set<int32_t> sources;
  for (const auto& [key, part] : parts_) sources.insert(part->source());
  for (const int32_t source : sources)
    if (!inserter_->full()) make_step(source, flush);
  finish_parts();
}

bool Loader::idle() const {
  return inserter_->idle() && std::all_of(parts_.begin(), parts_.end(), [](const auto& one) {
           return !one.second->pending && one.second->next >= one.second->settled();
         });
}

bool Loader::all_settled() const {
  return std::none_of(parts_.begin(), parts_.end(), [](const auto& one) { return one.second->waits(); });
}

int64_t Loader::offset_to_commit(int32_t partition) const {
  const auto next = next_offset_.find(partition);
  int64_t offset = next == next_offset_.end() ? -1 : next->second;
  for (const auto& [key, part] : parts_)
    if (part->source() == partition && (offset < 0 || part->source_first() < offset)) offset = part->source_first();
  return offset;
}

void Loader::forget(int32_t partition) {
  inserter_->give_up(partition);
  std::erase_if(makers_, [&](const auto& one) {
    return parts_.contains(one.first) && parts_.at(one.first)->source() == partition;
  });
  std::erase_if(begun_, [&](const auto& one) {
    return std::any_of(one.second.frames.begin(), one.second.frames.end(),
                       [&](const PlannedFrame& frame) { return frame.source == partition; });
  });
  std::erase_if(parts_, [&](const auto& one) { return one.second->source() == partition; });
  next_offset_.erase(partition);
  batched_ms_.erase(partition);
  sought_.clear();
}

}  // namespace ebpftrace::ship
