// SPDX-License-Identifier: Apache-2.0
#include "trace/read/block.h"

#include <capnp/serialize.h>

#include <algorithm>
#include <utility>

#include "schema/row_layout.h"
#include "trace/read/reads.h"

namespace ebpftrace::trace {

Block::Block(const Trace& trace, const EventType& type, std::span<const std::string_view> columns,
             std::shared_ptr<FramePayload> payload)
    : trace_(trace),
      type_(&type),
      payload_(std::move(payload)),
      groups_(kMaxColumnGroups),
      text_group_(type.text_group()),
      thread_slot_(type.column("thread")),
      number_slot_(type.column("number")) {
  note_read(type.name);
  const auto absent = static_cast<unsigned>(type.columns.size());
  for (unsigned i = 0; i < absent; ++i) groups_[type.columns[i].group % kMaxColumnGroups].push_back(i);
  for (std::string_view name : columns) {
    slots_.push_back(type.column(name).value_or(absent));
    if (slots_.back() != absent) wanted_groups_ |= 1u << type.columns[slots_.back()].group % kMaxColumnGroups;
  }
  stored_.resize(absent + 1);
  decoders_.resize(absent + 1);
  tiles_.resize(absent + 1);
  ordered_.resize(absent + 1);
}

namespace {
const EventType kNoType;
}

Block::Block(const Trace& trace, std::string_view type, std::initializer_list<std::string_view> columns)
    : Block(trace, trace.catalogue().type(type) ? *trace.catalogue().type(type) : kNoType, columns) {}

bool Block::fail(const char* what) {
  trace_.damage().report(frame_.offset, what);
  rows_ = 0;
  return false;
}

bool Block::load(const Frame& frame) {
  frame_ = frame;
  rows_ = next_row_ = tile_start_ = tile_rows_ = 0;
  text_count_ = 0;
  texts_indexed_ = false;
  strings_missed_ = false;
  if (!frame.is(FrameKind::kBlock) || frame.type != type_->id) return false;
  if (!payload_->load_groups(trace_.bytes(), frame, wanted_groups_, trace_.damage())) return false;
  rows_ = frame.count;
  if (rows_ > kMaxRows) return fail("block claims too many rows");
  std::fill(stored_.begin(), stored_.end(), StoredColumn{});
  text_columns_ = {};
  text_bytes_ = {};
  for (unsigned group = 0; group < kMaxColumnGroups; ++group)
    if (wanted_groups_ >> group & 1 && !read_group(group)) return false;
  return start_columns();
}

bool Block::read_group(unsigned group) {
  const auto words = payload_->group(group);
  if (words.empty()) return true;
  try {
    capnp::FlatArrayMessageReader message(kj::arrayPtr(words.data(), words.size()), FramePayload::limits(words));
    const auto root = message.getRoot<schema::Block>();
    return read_columns(group, root) && (group != text_group_ || read_strings(root.getStrings()));
  } catch (const kj::Exception&) {
    return fail("frame holds no sound message");
  }
}

// Every column is checked, also those that nobody asked for: a group is sound for every question or for none.
bool Block::read_columns(unsigned group, schema::Block::Reader message) {
  const auto columns = message.getColumns();
  const auto& known = groups_[group];
  for (unsigned i = 0; i < std::min<size_t>(columns.size(), known.size()); ++i) {
    const auto stored = StoredColumn::from(columns[i], rows_);
    if (!stored) return fail("column does not have the size of its rows");
    stored_[known[i]] = *stored;
  }
  return true;
}

bool Block::start_columns() {
  const auto known = static_cast<unsigned>(type_->columns.size());
  for (unsigned i = 0; i < known; ++i) {
    const StoredColumn& column = stored_[i];
    const auto encoding = column.plan.encoding;
    // What others depend on is in the first group, which is always there.
    auto may_need = [&](std::optional<unsigned> slot) {
      return slot && *slot < known && type_->columns[*slot].group == 0 && stored_[*slot].stands_alone();
    };
    if ((encoding == schema::Encoding::AFTER_END && (!may_need(column.other) || !may_need(thread_slot_))) ||
        (column.by_call() && (!may_need(thread_slot_) || !may_need(number_slot_))))
      return fail("column depends on one that it may not depend on");
  }
  order_.clear();
  std::fill(ordered_.begin(), ordered_.end(), 0);
  for (Tile& tile : tiles_) tile.filled_for_block = false;
  for (unsigned slot : slots_) need(slot, 0);
  for (unsigned slot : order_) {
    if (!tiles_[slot].values) {
      work_space_.push_back(std::make_unique<uint64_t[]>(kTileRows));
      tiles_[slot].values = work_space_.back().get();
    }
    if (!start(slot)) return fail("unknown encoding");
  }
  const bool grouped =
      std::any_of(order_.begin(), order_.end(), [&](unsigned slot) { return stored_[slot].grouped(); });
  return !grouped || count_calls() || fail("column cannot be decoded");
}

bool Block::start(unsigned slot) { return decoders_[slot].start(stored_[slot].plan, stored_[slot].bytes, rows_); }

// Where the rows of a call are stored depends on how many there are of the others: those two columns are read twice.
bool Block::count_calls() {
  call_places_.clear();
  for (size_t at = 0; at < rows_; at += kTileRows) {
    tile_rows_ = std::min(kTileRows, rows_ - at);
    if (!decode(*thread_slot_) || !decode(*number_slot_)) return false;
    call_places_.count(values_of(*thread_slot_), values_of(*number_slot_));
  }
  tile_rows_ = 0;
  call_places_.begin();
  return start(*thread_slot_) && start(*number_slot_);
}

std::optional<Block::Range> Block::range(unsigned wanted) const {
  const ColumnPlan& plan = stored_[slots_[wanted]].plan;
  if (plan.encoding == schema::Encoding::CONSTANT) return Range{plan.base, plan.base};
  if (plan.encoding != schema::Encoding::PACKED || plan.width >= 8) return std::nullopt;
  const uint64_t span = (uint64_t{1} << 8 * plan.width) - 1;
  if (plan.base > UINT64_MAX - span) return std::nullopt;  // it may wrap
  return Range{plan.base, plan.base + span};
}

// What a column depends on stands alone (checked before), so this goes one level deep.
void Block::need(unsigned slot, unsigned depth) {
  if (ordered_[slot]) return;
  const StoredColumn& column = stored_[slot];
  if (depth == 0 && column.plan.encoding == schema::Encoding::AFTER_END) {
    need(column.other, 1);
    need(*thread_slot_, 1);
  }
  if (depth == 0 && column.by_call()) {
    need(*thread_slot_, 1);
    need(*number_slot_, 1);
  }
  ordered_[slot] = 1;
  order_.push_back(slot);
}

bool Block::decode(unsigned slot) {
  const StoredColumn& stored = stored_[slot];
  Tile& tile = tiles_[slot];
  if (stored.constant()) {
    if (!tile.filled_for_block) std::fill_n(tile.values, std::min(rows_, kTileRows), stored.plan.base);
    tile.filled_for_block = true;
    return true;
  }
  CodingContext context;
  if (stored.plan.encoding == schema::Encoding::AFTER_END) {
    context.other = values_of(stored.other);
    context.thread = values_of(*thread_slot_);
  }
  if (stored.by_call()) {
    context.thread = values_of(*thread_slot_);
    context.number = values_of(*number_slot_);
    if (stored.grouped()) context.place = places();
  }
  return decoders_[slot].next(context, {tile.values, tile_rows_});
}

// Once for a tile, whichever column asks first.
std::span<const uint32_t> Block::places() {
  if (!places_known_) call_places_.next(tile_rows_, places_.data());
  places_known_ = true;
  return {places_.data(), tile_rows_};
}

bool Block::next_tile() {
  places_known_ = false;
  tile_start_ = next_row_;
  tile_rows_ = std::min(kTileRows, rows_ - next_row_);
  next_row_ += tile_rows_;
  if (!tile_rows_) return false;
  for (unsigned slot : order_)
    if (!decode(slot)) return fail("column cannot be decoded");
  return true;
}

bool Block::read_strings(schema::Strings::Reader strings) {
  text_count_ = strings.getCount();
  const schema::Column::Reader columns[] = {strings.getLength(), strings.getCut(), strings.getFlags(),
                                            strings.getShared()};
  for (size_t i = 0; i < std::size(columns); ++i) {
    const auto stored = StoredColumn::from(columns[i], text_count_);
    if (!stored || !stored->stands_alone()) return fail("string table does not have the size of its rows");
    text_columns_[i] = *stored;
  }
  const auto bytes = strings.getBytes();
  text_bytes_ = {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
  if (text_count_ > kMaxRows) return fail("block claims too many strings");
  return true;
}

// Only for those who ask for a text.
bool Block::index_texts() {
  texts_indexed_ = true;
  texts_.clear();
  texts_.reserve(text_count_);
  whole_texts_.clear();
  constexpr size_t kColumns = std::tuple_size_v<decltype(text_columns_)>;
  ColumnDecoder decoders[kColumns];
  for (size_t i = 0; i < kColumns; ++i)
    if (!decoders[i].start(text_columns_[i].plan, text_columns_[i].bytes, text_count_)) return false;
  size_t stored = 0, before = 0;  // next byte of text_bytes_; where the text before begins in whole_texts_
  uint64_t values[kColumns][256];
  for (size_t at = 0; at < text_count_;) {
    const size_t n = std::min(std::size(values[0]), text_count_ - at);
    for (size_t i = 0; i < kColumns; ++i)
      if (!decoders[i].next({}, std::span(values[i], n))) return false;
    for (size_t i = 0; i < n; ++i, ++at) {
      const uint64_t length = values[0][i], shared = values[3][i];
      const size_t offset = whole_texts_.size();
      // Shared fronts multiply what is stored: as a whole, texts may be as large as any frame's content.
      if (shared > length || shared > offset - before || length - shared > text_bytes_.size() - stored ||
          length > kMaxRawBytes - offset)
        return false;
      whole_texts_.resize(offset + length);
      std::copy_n(whole_texts_.data() + before, shared, whole_texts_.data() + offset);
      std::copy_n(text_bytes_.data() + stored, length - shared, whole_texts_.data() + offset + shared);
      stored += length - shared;
      before = offset;
      texts_.push_back({offset, static_cast<uint32_t>(length), static_cast<uint32_t>(values[1][i]),
                        static_cast<uint8_t>(values[2][i])});
    }
  }
  return true;
}

BlockText Block::text(uint64_t number) {
  if (number == 0) return {};
  if (!texts_indexed_ && !index_texts()) trace_.damage().report(frame_.offset, "strings are longer than their bytes");
  if (number > texts_.size()) {
    if (!std::exchange(strings_missed_, true))  // of thousands of rows it may be
      trace_.damage().report(frame_.offset, "row refers to a string that is not there");
    return {};
  }
  const Text& text = texts_[number - 1];
  return {{whole_texts_.data() + text.offset, text.length},
          text.cut,
          true,
          (text.flags & STRING_UNREADABLE) != 0,
          (text.flags & STRING_AT_LEAST) != 0};
}

}  // namespace ebpftrace::trace
