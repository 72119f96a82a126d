// SPDX-License-Identifier: Apache-2.0
#include "trace/write/summary_builder.h"

#include <capnp/message.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "schema/syscalls.capnp.h"
#include "schema/values.h"

namespace ebpftrace::trace {
namespace {

// What is stored takes at most about this much: a row, one of its buckets, a long call. (bench/size: two thirds of it.)
constexpr double kRowBytes = 12, kBucketBytes = 1.1, kLongCallBytes = 20;
// Of the bytes of the blocks: of a unit's rows and long calls together, and of the total.
constexpr double kUnitShare = 0.026, kTotalShare = 0.012;
constexpr size_t kMostRows = 1024, kMostTotalRows = 4096;

}  // namespace

SummaryBuilder::SummaryBuilder() : counts_bytes_(2 << 16) {
  auto note = [&](capnp::List<schema::SyscallType>::Reader calls, size_t table) {
    for (auto call : calls) counts_bytes_[table << 16 | call.getNumber()] = call.getBytes() != schema::ByteFlow::NONE;
  };
  note(*schema::SYSCALLS64, 0);
  note(*schema::SYSCALLS32, 1);
}

// A number that is in no table counts none; an x32 call counts what the call that it stands for does.
bool SummaryBuilder::counts_bytes(uint64_t number, uint64_t flags) const {
  constexpr uint64_t kX32Bit = 0x40000000;
  if (number > 0xffff) {
    if (flags & SYSCALL_COMPAT || !(number & kX32Bit) || (number & ~kX32Bit) > 0xffff) return false;
    return true;  // their results are looked at by the reader's table
  }
  return counts_bytes_[(flags & SYSCALL_COMPAT) << 15 | number];
}

SummaryBuilder::Unit& SummaryBuilder::unit_for(size_t rows) {
  if (units_.empty() || units_.back().rows + rows > kUnitRows) {
    if (!units_.empty()) bound(units_.back());
    if (spare_.empty()) spare_.push_back({CallSums(kMostRows), {}});
    units_.push_back(std::move(spare_.back()));
    spare_.pop_back();
  }
  return units_.back();
}

// What would take too much of the file is left out.
void SummaryBuilder::bound(Unit& unit) {
  const double most = static_cast<double>(unit.stored_bytes) * kUnitShare;
  double bytes = kRowBytes * static_cast<double>(unit.sums.rows());
  if (bytes < most) bytes += kBucketBytes * static_cast<double>(unit.sums.buckets());
  if (unit.sums.given_up() || bytes > most) {
    unit.without_rows = true;
    bytes = 0;
  }
  if (bytes + kLongCallBytes * static_cast<double>(unit.long_calls.size()) > most) unit.mixed = true;
}

void SummaryBuilder::add(const OpenBlock& block, const FrameHeader& header, uint64_t offset) {
  if (!columns_) {
    const EventType& type = block.type();
    if (type.name != "syscall") return;
    auto at = [&](std::string_view name) { return type.column(name).value(); };
    columns_ = {at("timeNs"), at("durationNs"), at("result"), at("thread"), at("file"),
                at("number"), at("flags"),      at("moved"),  at("peeked")};
    type_ = type.id;
  }
  if (block.type().id != type_ || !block.rows()) return;
  Unit& unit = unit_for(block.rows());
  blocks_.push_back({offset, block.rows(), header.payload_checksum, units_.size() - 1});
  unit.rows += block.rows();
  unit.stored_bytes += header.stored_bytes;
  if (add_alike(unit, block)) return;
  auto column = [&](unsigned index) { return block.values(index).data(); };
  const uint64_t *const time = column(columns_->time), *const duration = column(columns_->duration),
                        *const result = column(columns_->result), *const thread = column(columns_->thread),
                        *const number = column(columns_->number), *const flags = column(columns_->flags),
                        *const moved = column(columns_->moved), *const peeked = column(columns_->peeked);
  uint64_t longest = 0;
  for (size_t i = 0; i < block.rows(); ++i) {
    unit.sums.add({thread[i], number[i], flags[i], result[i], duration[i], moved[i], peeked[i]},
                  [&] { return counts_bytes(number[i], flags[i]); });
    if (!(flags[i] & SYSCALL_UNFINISHED)) {
      unit.first_return_ns = std::min(unit.first_return_ns, time[i] + duration[i]);
      unit.last_return_ns = std::max(unit.last_return_ns, time[i] + duration[i]);
    }
    longest = std::max(longest, duration[i]);
  }
  if (longest >= kLongNs) add_long_calls(unit, block);
}

void SummaryBuilder::add_long_calls(Unit& unit, const OpenBlock& block) {
  const auto durations = block.values(columns_->duration);
  for (size_t i = 0; i < durations.size() && !unit.mixed; ++i) {
    if (durations[i] < kLongNs) continue;
    if (unit.long_calls.size() == kMostLongCalls) {
      unit.mixed = true;
      break;
    }
    auto of = [&](unsigned column) { return block.values(column)[i]; };
    unit.long_calls.push_back({of(columns_->time), durations[i], of(columns_->thread), of(columns_->number),
                               of(columns_->flags), of(columns_->result), of(columns_->file)});
  }
}

// A loop of one call. False: it is none, or one of calls that are not so simple; nothing was added.
bool SummaryBuilder::add_alike(Unit& unit, const OpenBlock& block) {
  const auto thread = block.same_value(columns_->thread), number = block.same_value(columns_->number),
             flags = block.same_value(columns_->flags);
  if (!thread || !number || !flags || *flags & (kNoDuration | SYSCALL_MOVED)) return false;
  if (block.same_value(columns_->moved) != 0 || block.same_value(columns_->peeked) != 0) return false;
  const auto times = block.values(columns_->time), durations = block.values(columns_->duration);
  const auto result = block.same_value(columns_->result);
  const std::span results = result ? std::span(&*result, 1) : block.values(columns_->result);
  uint64_t longest = 0;
  for (size_t i = 0; i < times.size(); ++i) {
    unit.first_return_ns = std::min(unit.first_return_ns, times[i] + durations[i]);
    unit.last_return_ns = std::max(unit.last_return_ns, times[i] + durations[i]);
    longest = std::max(longest, durations[i]);
  }
  unit.sums.add_alike({*thread, *number, *flags, 0, 0, 0, 0}, results, durations,
                      [&] { return counts_bytes(*number, *flags); });
  if (longest >= kLongNs) add_long_calls(unit, block);
  return true;
}

void SummaryBuilder::remove(uint64_t offset) {
  while (!blocks_.empty() && blocks_.back().offset >= offset) {
    // The unit's sums can't be taken apart again.
    Unit& unit = units_[blocks_.back().unit];
    unit.sums.give_up();
    unit.mixed = true;
    blocks_.pop_back();
  }
}

void SummaryBuilder::clear() {
  for (Unit& unit : units_) {
    unit.sums.clear();
    unit.long_calls.clear();
    unit.mixed = unit.without_rows = false;
    unit.rows = unit.stored_bytes = unit.last_return_ns = 0;
    unit.first_return_ns = UINT64_MAX;
    spare_.push_back(std::move(unit));
  }
  units_.clear();
  blocks_.clear();
}

void SummaryBuilder::write_index(schema::Summary::Builder to, BlockEncoder& encoder, const CallSums& total) {
  std::vector<uint64_t> values;
  auto of_blocks = [&](schema::Column::Builder builder, schema::Encoding encoding, uint64_t BlockEntry::*member) {
    values.clear();
    for (const BlockEntry& block : blocks_) values.push_back(block.*member);
    encoder.write_column(builder, values, {encoding});
  };
  to.setBlocks(static_cast<uint32_t>(blocks_.size()));
  of_blocks(to.initOffset(), schema::Encoding::DELTA, &BlockEntry::offset);
  of_blocks(to.initRows(), schema::Encoding::PACKED, &BlockEntry::rows);
  of_blocks(to.initUnit(), schema::Encoding::DELTA, &BlockEntry::unit);
  auto checksums = to.initChecksum(static_cast<unsigned>(8 * blocks_.size()));
  for (size_t i = 0; i < blocks_.size(); ++i) std::memcpy(checksums.begin() + 8 * i, &blocks_[i].checksum, 8);
  auto of_units = [&](schema::Column::Builder builder, schema::Encoding encoding, auto value_of) {
    values.clear();
    for (const Unit& unit : units_) values.push_back(value_of(unit));
    encoder.write_column(builder, values, {encoding});
  };
  to.setUnits(static_cast<uint32_t>(units_.size()));
  of_units(to.initHasRows(), schema::Encoding::PACKED, [](const Unit& unit) { return uint64_t{unit.has_rows()}; });
  of_units(to.initHasLongCalls(), schema::Encoding::PACKED, [](const Unit& unit) { return uint64_t{!unit.mixed}; });
  of_units(to.initFirstReturnNs(), schema::Encoding::DELTA,
           [](const Unit& unit) { return unit.last_return_ns ? unit.first_return_ns : 0; });
  of_units(to.initLastReturnNs(), schema::Encoding::DELTA, [](const Unit& unit) { return unit.last_return_ns; });
  to.setLongNs(kLongNs);
  to.setHasTotal(!total.given_up());
  if (!total.given_up()) {
    const CallSums* list[] = {&total};
    write_call_sums(to.initTotal(), encoder, list);
  }
}

void SummaryBuilder::write_long_calls(schema::LongCalls::Builder to, BlockEncoder& encoder) {
  std::vector<uint64_t> values;
  auto column = [&](schema::Column::Builder builder, schema::Encoding encoding, uint64_t LongCall::*member) {
    values.clear();
    for (const Unit& unit : units_)
      if (!unit.mixed)
        for (const LongCall& call : unit.long_calls) values.push_back(call.*member);
    encoder.write_column(builder, values, {encoding});
  };
  column(to.initStartNs(), schema::Encoding::DELTA, &LongCall::start_ns);
  column(to.initDurationNs(), schema::Encoding::PACKED, &LongCall::duration_ns);
  column(to.initThread(), schema::Encoding::PACKED, &LongCall::thread);
  column(to.initNumber(), schema::Encoding::PACKED, &LongCall::number);
  column(to.initFlags(), schema::Encoding::PACKED, &LongCall::flags);
  column(to.initResult(), schema::Encoding::PACKED, &LongCall::result);
  column(to.initFile(), schema::Encoding::PACKED, &LongCall::file);
  to.setCalls(static_cast<uint32_t>(values.size()));
  values.clear();
  for (size_t i = 0; i < units_.size(); ++i)
    if (!units_[i].mixed) values.insert(values.end(), units_[i].long_calls.size(), i);
  encoder.write_column(to.initUnit(), values, {schema::Encoding::DELTA});
}

std::optional<EncodedFrame> SummaryBuilder::take(BlockEncoder& encoder) {
  if (!units_.empty()) bound(units_.back());
  CallSums total(kMostTotalRows);
  uint64_t stored_bytes = 0;
  for (const Unit& unit : units_) {
    total.add(unit.sums);
    stored_bytes += unit.stored_bytes;
  }
  const double total_bytes =
      kRowBytes * static_cast<double>(total.rows()) + kBucketBytes * static_cast<double>(total.buckets());
  if (units_.size() == 1 || total_bytes > static_cast<double>(stored_bytes) * kTotalShare) total.give_up();
  const bool any = !total.given_up() || std::any_of(units_.begin(), units_.end(), [](const Unit& unit) {
    return unit.has_rows() || (!unit.mixed && !unit.long_calls.empty());
  });
  if (!any || blocks_.empty()) {
    clear();
    return std::nullopt;
  }

  capnp::MallocMessageBuilder index, rows, long_calls;
  write_index(index.initRoot<schema::Summary>(), encoder, total);
  auto unit_sums = rows.initRoot<schema::UnitSums>();
  std::vector<const CallSums*> lists;
  std::vector<uint64_t> unit_rows;
  for (const Unit& unit : units_) {
    unit_rows.push_back(unit.has_rows() ? unit.sums.rows() : 0);
    if (unit.has_rows()) lists.push_back(&unit.sums);
  }
  encoder.write_column(unit_sums.initUnitRows(), unit_rows);
  write_call_sums(unit_sums.initSums(), encoder, lists);
  const bool has_long_calls = std::any_of(units_.begin(), units_.end(),
                                          [](const Unit& unit) { return !unit.mixed && !unit.long_calls.empty(); });
  if (has_long_calls) write_long_calls(long_calls.initRoot<schema::LongCalls>(), encoder);

  FrameHeader header = plain_header(FrameKind::kSummary);
  capnp::MessageBuilder* groups[] = {&index, lists.empty() ? nullptr : &rows, has_long_calls ? &long_calls : nullptr};
  const EncodedFrame frame = encoder.encode_groups(header, groups);
  clear();
  return frame;
}

}  // namespace ebpftrace::trace
