// SPDX-License-Identifier: Apache-2.0
#include "trace/write/block_encoder.h"

#include <capnp/serialize.h>

#include <algorithm>
#include <new>
#include <tuple>

namespace ebpftrace::trace {
namespace {

ColumnCoding coding_for(schema::Coding coding) {
  using schema::Encoding, schema::Layout;
  switch (coding) {
    case schema::Coding::DELTA:
      return {Encoding::DELTA};
    case schema::Coding::AFTER_END:
      return {Encoding::AFTER_END, Layout::SIZED};
    case schema::Coding::BY_CALL:
      return {Encoding::BY_CALL, Layout::GROUPED};
    case schema::Coding::GROUPED:
      return {Encoding::PACKED, Layout::GROUPED};
    case schema::Coding::SIZED:
      return {Encoding::PACKED, Layout::SIZED};
    default:
      return {};
  }
}

// The time span that a block's rows cover, ends of calls included.
std::pair<uint64_t, uint64_t> time_span(const OpenBlock& block) {
  const auto times = block.values(0);
  if (times.empty()) return {0, 0};
  uint64_t first = times[0], last = times[0];
  auto cover = [&](auto duration_of) {
    for (size_t i = 0; i < times.size(); ++i) {
      first = std::min(first, times[i]);
      last = std::max(last, times[i] + duration_of(i));
    }
  };
  if (const auto duration = block.type().column("durationNs"))
    cover([durations = block.values(*duration)](size_t i) { return durations[i]; });
  else
    cover([](size_t) { return uint64_t{0}; });
  return {first, last};
}

kj::Array<capnp::word> zeroed_words(size_t count) {
  auto words = kj::heapArray<capnp::word>(count);
  std::memset(words.asBytes().begin(), 0, words.asBytes().size());
  return words;
}

}  // namespace

BlockEncoder::BlockEncoder(int zstd_level)
    : zstd_(ZSTD_createCCtx()), segment_(zeroed_words((256u << 10) / sizeof(capnp::word))) {
  if (!zstd_) throw std::bad_alloc();
  set_level(zstd_level);
  ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_contentSizeFlag, 1);
  // Input and output stay where they are until a frame is done, so that zstd need not copy them when it is to end a block: a
  // quarter of its time. Experimental in zstd (stableInBuffer, stableOutBuffer): one that does not know it copies them.
  ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_experimentalParam9, 1);
  ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_experimentalParam10, 1);
}

void BlockEncoder::set_level(int zstd_level) {
  ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_compressionLevel, zstd_level);
  // From level 3 on zstd would take what three or four bytes repeat. In planes of small numbers that saves nothing that their
  // code doesn't, and costs time on both sides.
  constexpr int kFirst = 3, kLeastMatch = 5, kOfLevel = 0;
  ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_minMatch, zstd_level >= kFirst ? kLeastMatch : kOfLevel);
}

void BlockEncoder::write_column(schema::Column::Builder column, std::span<const uint64_t> values, ColumnCoding wanted,
                                const CodingContext& context, unsigned other) {
  const ColumnPlan plan = plan_column(values, wanted, context, transformed_);
  column.setEncoding(plan.encoding);
  column.setBase(plan.base);
  column.setLayout(plan.layout);
  column.setWidth(plan.width);
  if (plan.encoding == schema::Encoding::AFTER_END) column.setOther(static_cast<uint16_t>(other));
  if (!plan.width) return;
  const size_t bytes = store_column(plan, transformed_, stored_);
  column.setData({stored_.data(), bytes});
}

// Strings get their numbers when rows come. Stored are those of one column together, contents those of one call together: a
// path lies beside paths and a stat beside stats. new_numbers_ says where each went, ordered_ what is there.
void BlockEncoder::order_strings(const OpenBlock& block) {
  const auto entries = block.strings().entries();
  new_numbers_.assign(entries.size() + 1, 0);
  ordered_.clear();
  auto take = [&](uint64_t number) {
    if (number == 0 || new_numbers_[number]) return;
    ordered_.push_back(entries[number - 1]);
    new_numbers_[number] = ordered_.size();
  };
  for (unsigned i = 0; i < block.type().columns.size(); ++i) {
    const ColumnType& column = block.type().columns[i];
    if (column.bits || block.is_zero(i)) continue;
    const auto values = block.values(i);
    if (column.display == schema::Display::CONTENT && !places_.empty()) {
      mapped_.resize(values.size());
      for (size_t row = 0; row < values.size(); ++row) mapped_[places_[row]] = values[row];
      for (uint64_t number : mapped_) take(number);
    } else {
      for (uint64_t number : values) take(number);
    }
  }
}

void BlockEncoder::write_strings(schema::Strings::Builder message, std::span<const char> bytes) {
  // Paths come in the order of a walk through folders: the front of one is often that of the one before. Worth it only
  // if it saves a good part; otherwise it takes repetitions away from zstd that it would have found.
  shared_.assign(ordered_.size(), 0);
  size_t saved = 0, all = 0;
  for (size_t i = 0; i < ordered_.size(); ++i) {
    all += ordered_[i].length;
    if (i == 0) continue;
    const auto text = bytes.subspan(ordered_[i].offset, ordered_[i].length);
    const auto before = bytes.subspan(ordered_[i - 1].offset, ordered_[i - 1].length);
    const auto differs = std::mismatch(text.begin(), text.end(), before.begin(), before.end());
    saved += shared_[i] = std::min<uint64_t>(255, static_cast<uint64_t>(differs.first - text.begin()));
  }
  if (saved * 3 < all) {
    shared_.assign(ordered_.size(), 0);
    saved = 0;
  }
  message.setCount(static_cast<uint32_t>(ordered_.size()));
  auto write_entries = [&](schema::Column::Builder column, uint32_t BlockStrings::Entry::*member) {
    lengths_.assign(ordered_.size(), 0);
    std::transform(ordered_.begin(), ordered_.end(), lengths_.begin(),
                   [&](const auto& entry) { return entry.*member; });
    write_column(column, lengths_);
  };
  write_entries(message.initLength(), &BlockStrings::Entry::length);
  write_entries(message.initCut(), &BlockStrings::Entry::cut);
  write_entries(message.initFlags(), &BlockStrings::Entry::flags);
  write_column(message.initShared(), shared_);
  auto to = message.initBytes(static_cast<unsigned>(all - saved)).begin();
  for (size_t i = 0; i < ordered_.size(); ++i) {
    const auto rest = bytes.subspan(ordered_[i].offset + shared_[i], ordered_[i].length - shared_[i]);
    to = reinterpret_cast<kj::byte*>(std::copy(rest.begin(), rest.end(), reinterpret_cast<char*>(to)));
  }
}

// Columns whose rows are all 0 at the end of a group, and groups of nothing else, are left out.
unsigned BlockEncoder::stored_columns(const OpenBlock& block, unsigned group) const {
  unsigned columns = 0, last = 0;
  for (unsigned i = 0; i < block.type().columns.size(); ++i) {
    if (block.type().columns[i].group != group) continue;
    ++columns;
    if (const auto same = block.same_value(i)) {
      if (*same) last = columns;
      continue;
    }
    const auto values = block.values(i);
    if (std::any_of(values.begin(), values.end(), [](uint64_t value) { return value != 0; })) last = columns;
  }
  return last;
}

void BlockEncoder::write_group(schema::Block::Builder root, const OpenBlock& block, unsigned group, unsigned count) {
  const EventType& type = block.type();
  const auto thread = type.column("thread"), number = type.column("number");
  auto columns = root.initColumns(count);
  for (unsigned i = 0, at = 0; at < count; ++i) {
    if (type.columns[i].group != group) continue;
    // As plan_column() would find: constant, and no data.
    if (const auto same = block.same_value(i); same && (type.columns[i].bits || !*same)) {
      columns[at++].setBase(*same);
      continue;
    }
    const ColumnCoding coding = coding_for(type.columns[i].coding);
    CodingContext context;
    if (type.columns[i].coding_of) context.other = block.values(*type.columns[i].coding_of);
    const bool by_call = coding.encoding == schema::Encoding::BY_CALL;
    context.one_thread = thread && block.same_value(*thread);
    if (thread && (by_call || !context.one_thread)) context.thread = block.values(*thread);
    if (number && by_call) context.number = block.values(*number);
    context.place = places_;
    auto values = block.values(i);
    if (type.columns[i].bits == 0) {
      mapped_.resize(values.size());
      std::transform(values.begin(), values.end(), mapped_.begin(),
                     [&](uint64_t number) { return new_numbers_[number]; });
      values = mapped_;
    }
    write_column(columns[at++], values, coding, context, type.columns[i].coding_of.value_or(0));
  }
  if (group == type.text_group() && !ordered_.empty()) write_strings(root.initStrings(), block.strings().bytes());
}

// Of calls; other types have no grouped columns. The rows of one thread and number are together as they are.
void BlockEncoder::group_rows(const OpenBlock& block) {
  const auto thread = block.type().column("thread"), number = block.type().column("number");
  const bool one_call = thread && number && block.same_value(*thread) && block.same_value(*number);
  places_.resize(thread && number && !one_call ? block.rows() : 0);
  if (places_.empty()) return;
  call_places_.all(block.values(*thread), block.values(*number), places_.data());
}

EncodedFrame BlockEncoder::encode(const OpenBlock& block) {
  const EventType& type = block.type();
  group_rows(block);
  order_strings(block);
  FrameHeader header{};
  header.kind = static_cast<uint16_t>(FrameKind::kBlock);
  header.type = type.id;
  header.cpu = block.cpu();
  header.count = static_cast<uint32_t>(block.rows());
  std::tie(header.first_ns, header.last_ns) = time_span(block);

  GroupTable table{};
  table.groups = type.groups();
  frame_.resize(sizeof header + table.bytes());
  for (unsigned group = 0; group < table.groups; ++group) {
    const unsigned columns = stored_columns(block, group);
    if (!columns) continue;
    if (segment_.size() < wanted_words_) segment_ = zeroed_words(wanted_words_);
    capnp::MallocMessageBuilder message(segment_);
    write_group(message.initRoot<schema::Block>(), block, group, columns);
    append_group(table.entries[group], message, header);
  }
  return seal_block(header, table);
}

EncodedFrame BlockEncoder::encode_groups(FrameHeader header, std::span<capnp::MessageBuilder* const> groups) {
  GroupTable table{};
  table.groups = static_cast<uint32_t>(groups.size());
  frame_.resize(sizeof header + table.bytes());
  for (size_t group = 0; group < groups.size(); ++group)
    if (groups[group]) append_group(table.entries[group], *groups[group], header);
  return seal_block(header, table);
}

// One flat copy: zstd wants its input in one piece, and the copy runs at memory speed on what was just written.
void BlockEncoder::flatten(capnp::MessageBuilder& message) {
  auto segments = message.getSegmentsForOutput();
  const size_t words = capnp::computeSerializedSizeInWords(segments);
  raw_.resize(words * sizeof(capnp::word));
  kj::ArrayOutputStream flat(kj::arrayPtr(reinterpret_cast<kj::byte*>(raw_.data()), raw_.size()));
  capnp::writeMessage(flat, segments);
  // One segment should hold the next message too. Not resized here: this one still lies in it.
  if (segments.size() > 1) wanted_words_ = std::max(wanted_words_, words * 5 / 4);
}

// Where zstd shall begin a block of its own: around the bits of sized columns. They are noise; in one block with what
// packs well, they spoil its code for that and are unpacked with it, and alone they are stored as they are.
void BlockEncoder::find_noise(uint32_t rows) {
  constexpr size_t kLeast = 1024;  // a block has a header and a code of its own
  capnp::FlatArrayMessageReader message(
      kj::arrayPtr(reinterpret_cast<const capnp::word*>(raw_.data()), raw_.size() / sizeof(capnp::word)));
  for (const auto column : message.getRoot<schema::Block>().getColumns()) {
    const auto data = column.getData();
    if (column.getLayout() != schema::Layout::SIZED || data.size() < rows + kLeast) continue;
    const auto begin = static_cast<size_t>(reinterpret_cast<const std::byte*>(data.begin()) - raw_.data());
    cuts_.push_back(begin + rows);
    cuts_.push_back(begin + data.size());
  }
}

// raw_, compressed, to the end of frame_. Returns the bytes that were added.
size_t BlockEncoder::append_compressed() {
  const size_t before = frame_.size();
  constexpr size_t kBlockHeader = 3;
  frame_.resize(before + ZSTD_compressBound(raw_.size()) + cuts_.size() * kBlockHeader);
  // With room for the bound, memory is all that zstd can lack.
  auto check = [](size_t code) { return ZSTD_isError(code) ? throw std::bad_alloc() : code; };
  if (cuts_.empty()) {
    const size_t stored =
        check(ZSTD_compress2(zstd_.get(), frame_.data() + before, frame_.size() - before, raw_.data(), raw_.size()));
    frame_.resize(before + stored);
    return stored;
  }
  check(ZSTD_CCtx_setPledgedSrcSize(zstd_.get(), raw_.size()));
  ZSTD_outBuffer to{frame_.data() + before, frame_.size() - before, 0};
  ZSTD_inBuffer from{raw_.data(), 0, 0};
  auto append_until = [&](size_t end, ZSTD_EndDirective how) {
    from.size = end;
    while (check(ZSTD_compressStream2(zstd_.get(), &to, &from, how)) || from.pos < from.size)
      if (to.pos == to.size) throw std::bad_alloc();
  };
  for (size_t cut : cuts_) append_until(cut, ZSTD_e_flush);
  append_until(raw_.size(), ZSTD_e_end);
  cuts_.clear();
  frame_.resize(before + to.pos);
  return to.pos;
}

void BlockEncoder::append_group(GroupEntry& entry, capnp::MessageBuilder& message, const FrameHeader& header) {
  flatten(message);
  if (header.kind == static_cast<uint16_t>(FrameKind::kBlock)) find_noise(header.count);
  entry.raw_bytes = static_cast<uint32_t>(raw_.size());
  entry.stored_bytes = static_cast<uint32_t>(append_compressed());
  entry.checksum = checksum(frame_.data() + frame_.size() - entry.stored_bytes, entry.stored_bytes);
}

EncodedFrame BlockEncoder::seal_block(FrameHeader header, const GroupTable& table) {
  for (unsigned group = 0; group < table.groups; ++group) header.raw_bytes += table.entries[group].raw_bytes;
  std::memcpy(frame_.data() + sizeof header, &table, table.bytes());
  header = seal(header, std::span(frame_).subspan(sizeof header), table.bytes());
  std::memcpy(frame_.data(), &header, sizeof header);
  return {header, frame_};
}

EncodedFrame BlockEncoder::encode(FrameHeader header, capnp::MessageBuilder& message) {
  flatten(message);
  frame_.resize(sizeof header);
  append_compressed();
  header.raw_bytes = static_cast<uint32_t>(raw_.size());
  header = seal(header, std::span(frame_).subspan(sizeof header));
  std::memcpy(frame_.data(), &header, sizeof header);
  return {header, frame_};
}

}  // namespace ebpftrace::trace
