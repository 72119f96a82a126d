// SPDX-License-Identifier: Apache-2.0
#include "trace/read/summaries.h"

#include <capnp/serialize.h>
#include <kj/exception.h>

#include <algorithm>
#include <cstring>

#include "trace/format/latency_buckets.h"
#include "trace/read/catalogue_rows.h"
#include "trace/read/reads.h"

namespace ebpftrace::trace {

// Group 0 of a summary, with its blocks found.
struct SummaryIndex {
  std::vector<uint32_t> positions;
  std::vector<uint64_t> checksums;
  std::vector<uint32_t> unit_begin;  // in positions; one more at the end
  std::vector<uint64_t> unit_rows;
  std::vector<bool> has_rows;
  bool has_total = false;
  uint64_t long_ns = 0;
  std::vector<UnitFacts> facts;
};

namespace {

constexpr uint32_t kMaxBlocks = 1u << 16, kMaxSums = 1u << 20, kMaxBuckets = 1u << 22;

template <typename Root, typename Read>
bool read_group(const FramePayload& payload, unsigned group, Read&& read) {
  const auto words = payload.group(group);
  if (words.empty()) return false;
  try {
    capnp::FlatArrayMessageReader message(kj::arrayPtr(words.data(), words.size()), FramePayload::limits(words));
    return read(message.getRoot<Root>());
  } catch (const kj::Exception&) {
    return false;
  }
}

std::optional<uint32_t> position_at(const Frames& frames, uint64_t offset) {
  size_t low = 0, high = frames.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (frames[middle].offset < offset)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == frames.size() || frames[low].offset != offset) return std::nullopt;
  return static_cast<uint32_t>(low);
}

// Offsets count from the beginning of the file that the summary is in.
bool fill(const Trace& trace, uint16_t type, const TracePart& file, schema::Summary::Reader message,
          SummaryIndex& index) {
  const uint32_t blocks = message.getBlocks(), units = message.getUnits();
  if (!blocks || blocks > kMaxBlocks || !units || units > blocks) return false;
  const auto offsets = all_rows(message.getOffset(), blocks), rows = all_rows(message.getRows(), blocks),
             of_unit = all_rows(message.getUnit(), blocks), has_rows = all_rows(message.getHasRows(), units),
             has_long_calls = all_rows(message.getHasLongCalls(), units),
             first_return = all_rows(message.getFirstReturnNs(), units),
             last_return = all_rows(message.getLastReturnNs(), units);
  const auto checksums = message.getChecksum();
  if (checksums.size() != 8 * size_t{blocks}) return false;
  index = {};
  index.checksums.resize(blocks);
  std::memcpy(index.checksums.data(), checksums.begin(), checksums.size());
  for (uint32_t i = 0; i < blocks; ++i) {
    if (offsets[i] >= file.bytes) return false;
    const auto position = position_at(trace.frames(), file.base + offsets[i]);
    if (!position) return false;
    const Frame frame = trace.frames()[*position];
    if (!frame.is(FrameKind::kBlock) || frame.type != type || frame.count != rows[i]) return false;
    if (of_unit[i] + 1 != index.unit_begin.size()) {  // the next unit begins
      if (of_unit[i] != index.unit_begin.size()) return false;
      index.unit_begin.push_back(i);
      index.unit_rows.push_back(0);
    }
    index.unit_rows.back() += rows[i];
    index.positions.push_back(*position);
  }
  if (index.unit_begin.size() != units) return false;
  index.unit_begin.push_back(blocks);
  for (uint32_t i = 0; i < units; ++i) {
    index.has_rows.push_back(has_rows[i] != 0);
    index.facts.push_back({has_rows[i] != 0, has_long_calls[i] != 0, first_return[i], last_return[i]});
  }
  index.has_total = message.getHasTotal();
  index.long_ns = message.getLongNs();
  return true;
}

bool read_index(const Trace& trace, FramePayload& payload, uint32_t position, SummaryIndex& index) {
  const EventType* type = trace.catalogue().type("syscall");
  const Frame frame = trace.frames()[position];
  const TracePart& file = trace.part_of(frame.offset);
  if (!type || !payload.load_groups(trace.bytes(), frame, 1, trace.damage())) return false;
  const bool good = read_group<schema::Summary>(
      payload, 0, [&](schema::Summary::Reader message) { return fill(trace, type->id, file, message, index); });
  if (!good) trace.damage().report(frame.offset, "the summary does not fit the blocks of the trace; it is not used");
  return good;
}

// Throws kj::Exception.
bool decode(schema::CallSums::Reader message, std::vector<CallSum>& sums, std::vector<SumBucket>& buckets) {
  const uint32_t rows = message.getRows(), bucket_count = message.getBucketCount();
  if (rows > kMaxSums || bucket_count > kMaxBuckets) return false;
  const auto thread = all_rows(message.getThread(), rows), number = all_rows(message.getNumber(), rows),
             flags = all_rows(message.getFlags(), rows), calls = all_rows(message.getCalls(), rows),
             errors = all_rows(message.getErrors(), rows), unfinished = all_rows(message.getUnfinished(), rows),
             timed = all_rows(message.getTimed(), rows), total = all_rows(message.getTotalNs(), rows),
             least = all_rows(message.getMinNs(), rows), most = all_rows(message.getMaxNs(), rows),
             bytes = all_rows(message.getBytes(), rows), peeked = all_rows(message.getPeekedBytes(), rows),
             held = all_rows(message.getBuckets(), rows), bucket = all_rows(message.getBucket(), bucket_count),
             count = all_rows(message.getCount(), bucket_count);
  buckets.clear();
  buckets.reserve(bucket_count);
  sums.clear();
  sums.reserve(rows);
  for (uint32_t i = 0; i < rows; ++i) {
    const size_t first = buckets.size();
    if (held[i] > bucket_count - first) return false;
    uint64_t at = 0, counted = 0;
    for (uint64_t k = 0; k < held[i]; ++k) {
      const size_t source = buckets.size();
      if ((k && !bucket[source]) || bucket[source] >= kBuckets - at || count[source] > UINT32_MAX) return false;
      at += bucket[source];
      counted += count[source];
      buckets.push_back({static_cast<uint16_t>(at), static_cast<uint32_t>(count[source])});
    }
    if (counted != timed[i] || timed[i] > calls[i] || unfinished[i] > calls[i] ||
        errors[i] > calls[i] - unfinished[i] || thread[i] > UINT32_MAX || number[i] > UINT32_MAX || least[i] > most[i])
      return false;
    sums.push_back({static_cast<uint32_t>(thread[i]), static_cast<uint32_t>(number[i]), flags[i], calls[i], errors[i],
                    unfinished[i], timed[i], total[i], least[i], most[i], bytes[i], peeked[i],
                    std::span<const SumBucket>(buckets.data() + first, held[i])});
  }
  return buckets.size() == bucket_count;
}

uint64_t calls_of(std::span<const CallSum> sums) {
  uint64_t calls = 0;
  for (const CallSum& sum : sums) calls += sum.calls;
  return calls;
}

}  // namespace

CallPlan plan_calls(const Trace& trace, bool use_summaries) {
  note_read("syscall");
  CallPlan plan;
  const EventType* type = trace.catalogue().type("syscall");
  if (!type) return plan;
  std::vector<bool> summed(use_summaries ? trace.frames().size() : 0);
  FramePayload payload;
  SummaryIndex index;
  for (uint32_t i = 0; use_summaries && i < trace.frames().size(); ++i) {
    if (!trace.frames()[i].is(FrameKind::kSummary) || !read_index(trace, payload, i, index)) continue;
    const auto mark = [&](uint32_t from, uint32_t to) {
      for (uint32_t k = from; k < to; ++k) summed[index.positions[k]] = true;
    };
    std::vector<uint32_t> sorted = index.positions;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end() ||
        std::any_of(sorted.begin(), sorted.end(), [&](uint32_t position) { return summed[position]; })) {
      trace.damage().report(trace.frames()[i].offset,
                            "the summary has a block that was summed up before; it is not used");
      continue;
    }
    if (index.has_total) {
      plan.summed.push_back({i, CallWork::kTotal});
      mark(0, static_cast<uint32_t>(index.positions.size()));
      continue;
    }
    for (uint32_t unit = 0; unit < index.has_rows.size(); ++unit) {
      if (!index.has_rows[unit]) continue;
      plan.summed.push_back({i, unit});
      mark(index.unit_begin[unit], index.unit_begin[unit + 1]);
    }
  }
  Positions::Builder blocks;
  for (uint32_t i = 0; i < trace.frames().size(); ++i)
    if (trace.frames().is_block_of(i, type->id) && !(use_summaries && summed[i])) blocks.insert(i);
  plan.blocks = std::move(blocks).done();
  return plan;
}

std::vector<CallWork> all_sums(const Trace& trace) {
  std::vector<CallWork> work;
  FramePayload payload;
  SummaryIndex index;
  for (uint32_t i = 0; i < trace.frames().size(); ++i) {
    if (!trace.frames()[i].is(FrameKind::kSummary) || !read_index(trace, payload, i, index)) continue;
    if (index.has_total) work.push_back({i, CallWork::kTotal});
    for (uint32_t unit = 0; unit < index.has_rows.size(); ++unit)
      if (index.has_rows[unit]) work.push_back({i, unit});
  }
  return work;
}

SummaryReader::SummaryReader(const Trace& trace) : trace_(trace) {}
SummaryReader::~SummaryReader() = default;

bool SummaryReader::load_summary(uint32_t position) {
  if (loaded_ == position) return true;
  loaded_ = UINT32_MAX;
  units_decoded_ = false;
  if (!index_) index_ = std::make_unique<SummaryIndex>();
  if (!read_index(trace_, payload_, position, *index_)) return false;
  loaded_ = position;
  return true;
}

// The headers of blocks(), of which the first is the summary's block number `first`.
bool SummaryReader::same_blocks(uint32_t first) const {
  for (const uint32_t position : blocks_) {
    const Frame frame = trace_.frames()[position];
    FrameHeader header;
    if (trace_.bytes().read(frame.offset, std::as_writable_bytes(std::span(&header, 1))) != sizeof header) return false;
    if (header.header_checksum != checksum_of_front(header) || header.count != frame.count ||
        header.payload_checksum != index_->checksums[first++])
      return false;
  }
  return true;
}

bool SummaryReader::load_sums(const CallWork& work) {
  const Frame frame = trace_.frames()[work.position];
  if (work.unit == CallWork::kTotal) {
    units_decoded_ = false;
    if (!payload_.load_groups(trace_.bytes(), frame, 1, trace_.damage()) ||
        !read_group<schema::Summary>(
            payload_, 0, [&](schema::Summary::Reader message) { return decode(message.getTotal(), sums_, buckets_); }))
      return false;
    first_ = 0;
    count_ = sums_.size();
    uint64_t rows = 0;
    for (const uint64_t of_unit : index_->unit_rows) rows += of_unit;
    return calls_of(sums()) == rows;
  }
  if (!units_decoded_) {
    const size_t units = index_->has_rows.size();
    if (!payload_.load_groups(trace_.bytes(), frame, 2, trace_.damage()) ||
        !read_group<schema::UnitSums>(payload_, 1, [&](schema::UnitSums::Reader message) {
          const auto rows = all_rows(message.getUnitRows(), units);
          if (!decode(message.getSums(), sums_, buckets_)) return false;
          unit_start_.assign(1, 0);
          for (const uint64_t count : rows) {
            if (count > sums_.size() - unit_start_.back()) return false;
            unit_start_.push_back(unit_start_.back() + count);
          }
          return unit_start_.back() == sums_.size();
        }))
      return false;
    units_decoded_ = true;
  }
  first_ = unit_start_[work.unit];
  count_ = unit_start_[work.unit + 1] - first_;
  return calls_of(sums()) == index_->unit_rows[work.unit];
}

bool SummaryReader::load(const CallWork& work) {
  count_ = 0;
  blocks_.assign(1, work.position);
  if (work.unit == CallWork::kBlock) return false;
  if (!load_summary(work.position)) {
    blocks_.clear();  // it was sound when it was planned: the file changes while it is read, and that is reported
    return false;
  }
  const uint32_t units = static_cast<uint32_t>(index_->has_rows.size());
  const uint32_t from = work.unit == CallWork::kTotal ? 0 : index_->unit_begin[std::min(work.unit, units)];
  const uint32_t to =
      work.unit == CallWork::kTotal ? index_->unit_begin.back() : index_->unit_begin[std::min(work.unit + 1, units)];
  blocks_.assign(index_->positions.begin() + from, index_->positions.begin() + to);
  if (same_blocks(from) && load_sums(work)) return true;
  count_ = 0;
  units_decoded_ = false;
  trace_.damage().report(trace_.frames()[work.position].offset,
                         "the summary does not fit its blocks; they are read instead");
  return false;
}

std::span<const UnitFacts> SummaryReader::units() const { return index_->facts; }
bool SummaryReader::unchanged(uint32_t unit) {
  const auto blocks = blocks_of_unit(unit);
  blocks_.assign(blocks.begin(), blocks.end());
  return same_blocks(index_->unit_begin[unit]);
}
std::span<const uint32_t> SummaryReader::blocks_of_unit(uint32_t unit) const {
  const uint32_t from = index_->unit_begin[unit];
  return std::span(index_->positions).subspan(from, index_->unit_begin[unit + 1] - from);
}
uint64_t SummaryReader::long_ns() const { return index_->long_ns; }

bool SummaryReader::load_facts(uint32_t summary) {
  long_calls_.clear();
  units_decoded_ = false;
  if (!load_summary(summary)) return false;
  const Frame frame = trace_.frames()[summary];
  if (!payload_.load_groups(trace_.bytes(), frame, 4, trace_.damage())) return false;
  if (payload_.group(2).empty()) return true;
  const bool good = read_group<schema::LongCalls>(payload_, 2, [&](schema::LongCalls::Reader message) {
    const uint32_t calls = message.getCalls();
    if (calls > kMaxSums) return false;
    const schema::Column::Reader columns[] = {message.getUnit(),   message.getStartNs(), message.getDurationNs(),
                                              message.getThread(), message.getNumber(),  message.getFlags(),
                                              message.getResult(), message.getFile()};
    constexpr uint64_t LongCall::*kMembers[] = {&LongCall::unit,   &LongCall::start_ns, &LongCall::duration_ns,
                                                &LongCall::thread, &LongCall::number,   &LongCall::flags,
                                                &LongCall::result, &LongCall::file};
    long_calls_.resize(calls);
    for (size_t i = 0; i < std::size(columns); ++i) {
      const auto values = all_rows(columns[i], calls);
      for (uint32_t k = 0; k < calls; ++k) long_calls_[k].*kMembers[i] = values[k];
    }
    return std::all_of(long_calls_.begin(), long_calls_.end(),
                       [&](const LongCall& call) { return call.unit < index_->facts.size(); });
  });
  if (good) return true;
  long_calls_.clear();
  trace_.damage().report(frame.offset, "the summary's long calls are not sound");
  return false;
}

}  // namespace ebpftrace::trace
