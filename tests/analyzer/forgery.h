// SPDX-License-Identifier: Apache-2.0
// Traces whose checksums hold and whose content lies.
#pragma once

#include <capnp/message.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <random>

#include "bpf/records.h"
#include "recorder/event_columns.h"
#include "recorder/output/trace_writer.h"
#include "tests/analyzer/every_question.h"
#include "trace/format/catalogue_message.h"
#include "trace/read/frame_payload.h"
#include "trace/write/block_encoder.h"
#include "trace/write/catalogue_frame.h"
#include "trace/write/header_message.h"

namespace ebpftrace::analyzer {

// Whatever a trace says, answering takes less than 256 MiB. (A process for each test, as ctest runs them.)
class BoundedMemory : public testing::Test {
 protected:
  void TearDown() override {
#ifndef __SANITIZE_ADDRESS__
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    EXPECT_LT(usage.ru_maxrss, 256 * 1024);
#endif
  }
};

// The payload of a block of one group.
inline std::vector<std::byte> one_group(std::span<const std::byte> stored, uint32_t raw_bytes,
                                        const std::function<void(trace::GroupTable&)>& lie = {}) {
  trace::GroupTable table{};
  table.groups = 1;
  table.entries[0] = {static_cast<uint32_t>(stored.size()), raw_bytes, trace::checksum(stored.data(), stored.size())};
  std::vector<std::byte> payload(table.bytes());
  if (lie) lie(table);
  std::memcpy(payload.data(), &table, payload.size());
  payload.insert(payload.end(), stored.begin(), stored.end());
  return payload;
}

// A trace that is put together frame by frame.
class Forgery {
 public:
  Forgery() {
    begin();
    const auto catalogue = trace::built_in_catalogue_frame();
    append(catalogue.data(), catalogue.size());
  }
  // With a catalogue of its own.
  explicit Forgery(const trace::CatalogueParts& parts) {
    begin();
    capnp::MallocMessageBuilder message;
    trace::build_catalogue(message, parts);
    add(trace::FrameKind::kCatalogue, message);
  }

  Forgery& add(trace::FrameKind kind, capnp::MessageBuilder& message,
               const std::function<void(trace::FrameHeader&)>& lie = {}) {
    trace::FrameHeader header{};
    header.kind = static_cast<uint16_t>(kind);
    header.cpu = trace::kNoCpu;
    capnp::MessageBuilder* const only = &message;
    const trace::EncodedFrame frame = kind == trace::FrameKind::kBlock ? encoder_.encode_groups(header, {&only, 1})
                                                                       : encoder_.encode(header, message);
    return add_stored(frame.header, frame.bytes.subspan(sizeof(trace::FrameHeader)), lie);
  }

  Forgery& add_stored(trace::FrameHeader header, std::span<const std::byte> payload,
                      const std::function<void(trace::FrameHeader&)>& lie = {}) {
    if (lie) lie(header);
    const uint32_t stored = header.stored_bytes;
    header = trace::seal(header, payload, checked_bytes(header, payload));
    if (lie && stored != payload.size() && stored)
      header.stored_bytes = stored, header.header_checksum = trace::checksum_of_front(header);
    append(&header, sizeof header);
    bytes_.insert(bytes_.end(), payload.begin(), payload.end());
    return *this;
  }

  // A block as if all its columns were in one message, whose columns and strings `fill` sets.
  Forgery& add_block(uint16_t type, uint32_t rows, const std::function<void(schema::Block::Builder)>& fill,
                     const std::function<void(trace::FrameHeader&)>& lie = {}) {
    const auto catalogue = event_catalogue();
    const auto known =
        std::find_if(catalogue.begin(), catalogue.end(), [&](const EventType& event) { return event.id == type; });
    const EventType none;
    const EventType& event = known == catalogue.end() ? none : *known;
    capnp::MallocMessageBuilder whole;
    auto block = whole.initRoot<schema::Block>();
    block.initColumns(static_cast<unsigned>(event.columns.size()));
    fill(block);

    std::vector<std::unique_ptr<capnp::MallocMessageBuilder>> messages;
    std::vector<capnp::MessageBuilder*> groups;
    for (unsigned group = 0; group < event.groups(); ++group) {
      messages.push_back(std::make_unique<capnp::MallocMessageBuilder>());
      groups.push_back(messages.back().get());
      auto part = messages.back()->initRoot<schema::Block>();
      std::vector<unsigned> own;
      for (unsigned i = 0; i < block.getColumns().size(); ++i)
        if ((i < event.columns.size() ? event.columns[i].group : 0) == group) own.push_back(i);
      auto columns = part.initColumns(static_cast<unsigned>(own.size()));
      for (unsigned i = 0; i < own.size(); ++i) columns.setWithCaveats(i, block.getColumns()[own[i]].asReader());
      if (group == event.text_group() && block.hasStrings()) part.setStrings(block.getStrings().asReader());
    }
    trace::FrameHeader header{};
    header.kind = static_cast<uint16_t>(trace::FrameKind::kBlock);
    header.cpu = trace::kNoCpu;
    header.type = type;
    header.count = rows;
    if (lie) lie(header);
    const trace::EncodedFrame frame = encoder_.encode_groups(header, groups);
    append(frame.bytes.data(), frame.bytes.size());
    return *this;
  }

  Forgery& add_end(uint64_t index_offset) {
    const trace::EndMark mark = trace::make_end_mark(index_offset, bytes_.size() + sizeof(trace::EndMark));
    append(&mark, sizeof mark);
    return *this;
  }

  std::vector<std::byte> bytes() const { return bytes_; }

 private:
  void begin() {
    const trace::Preamble preamble = trace::make_preamble();
    append(&preamble, sizeof preamble);
    capnp::MallocMessageBuilder message;
    trace::build_header(message, {.probe = "forged", .start = {1000, 1000}});
    add(trace::FrameKind::kHeader, message);
  }
  static size_t checked_bytes(const trace::FrameHeader& header, std::span<const std::byte> payload) {
    trace::GroupTable table{};
    if (header.kind != static_cast<uint16_t>(trace::FrameKind::kBlock) ||
        payload.size() < offsetof(trace::GroupTable, entries))
      return payload.size();
    std::memcpy(&table, payload.data(), std::min(sizeof table, payload.size()));
    return std::min(table.bytes(), payload.size());
  }
  void append(const void* data, size_t size) {
    const auto* from = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), from, from + size);
  }

  trace::BlockEncoder encoder_;
  std::vector<std::byte> bytes_;
};

inline bool reports(const Forgery& forgery, std::string_view what) {
  const trace::Trace trace = trace_of(forgery.bytes());
  every_answer(trace);
  for (const trace::Damage& damage : trace.damage().list())
    if (damage.what.find(what) != std::string::npos) return true;
  for (const trace::Damage& damage : trace.damage().list()) ADD_FAILURE() << "instead: " << damage.what;
  return false;
}

inline void set(schema::Column::Builder column, schema::Encoding encoding, unsigned width, size_t data,
                uint64_t base = 0) {
  column.setEncoding(encoding);
  column.setWidth(static_cast<uint8_t>(width));
  column.setBase(base);
  if (data) column.initData(static_cast<unsigned>(data));
}

using schema::Encoding;

// The bytes of a trace with one frame replaced.
inline std::vector<std::byte> with_frame(const std::vector<std::byte>& whole, const trace::Frame& frame,
                                         std::span<const std::byte> replacement) {
  const auto at = static_cast<std::ptrdiff_t>(frame.offset);
  std::vector<std::byte> bytes(whole.begin(), whole.begin() + at);
  bytes.insert(bytes.end(), replacement.begin(), replacement.end());
  bytes.insert(bytes.end(),
               whole.begin() + at + static_cast<std::ptrdiff_t>(sizeof(trace::FrameHeader) + frame.stored_bytes),
               whole.end());
  return bytes;
}

// The frame with some bytes of one of its messages changed and everything around them made right again.
class ChangedFrame {
 public:
  ChangedFrame(const std::vector<std::byte>& whole, const trace::Trace& sound, const trace::Frame& frame)
      : frame_(frame) {
    trace::DamageLog log;
    std::memcpy(&header_, whole.data() + frame.offset, sizeof header_);
    if (frame.is(trace::FrameKind::kBlock)) {
      payload_.load_groups(sound.bytes(), frame, 0xff, log);
      std::memcpy(&table_, whole.data() + frame.offset + sizeof header_,
                  std::min<size_t>(sizeof table_, frame.stored_bytes));
      const std::byte* stored = whole.data() + frame.offset + sizeof header_ + table_.bytes();
      for (unsigned group = 0; group < table_.groups; ++group) {
        messages_.push_back(payload_.group(group));
        stored_.emplace_back(stored, stored + table_.entries[group].stored_bytes);
        stored += table_.entries[group].stored_bytes;
      }
    } else {
      messages_.push_back(payload_.load(sound.bytes(), frame, log));
    }
  }

  std::vector<std::byte> changed(std::mt19937_64& random) {
    const size_t which = random() % messages_.size();
    if (messages_[which].empty()) return {};
    std::vector<capnp::word> message(messages_[which].size());
    std::memcpy(message.data(), messages_[which].data(), message.size() * sizeof(capnp::word));
    auto* raw = reinterpret_cast<unsigned char*>(message.data());
    for (uint64_t k = 0; k <= random() % 4; ++k)
      raw[random() % (message.size() * 8)] = static_cast<unsigned char>(random() % 3 == 0 ? 0xff : random());
    std::vector<std::byte> stored(ZSTD_compressBound(message.size() * 8));
    stored.resize(ZSTD_compress(stored.data(), stored.size(), message.data(), message.size() * 8, 1));
    std::vector<std::byte> payload = stored;
    size_t checked = stored.size();
    if (frame_.is(trace::FrameKind::kBlock)) {
      trace::GroupTable table = table_;
      table.entries[which].stored_bytes = static_cast<uint32_t>(stored.size());
      table.entries[which].checksum = trace::checksum(stored.data(), stored.size());
      payload.resize(checked = table.bytes());
      std::memcpy(payload.data(), &table, checked);
      for (size_t group = 0; group < stored_.size(); ++group)
        payload.insert(payload.end(), (group == which ? stored : stored_[group]).begin(),
                       (group == which ? stored : stored_[group]).end());
    }
    const trace::FrameHeader header = trace::seal(header_, payload, checked);
    payload.insert(payload.begin(), reinterpret_cast<const std::byte*>(&header),
                   reinterpret_cast<const std::byte*>(&header + 1));
    return payload;
  }

 private:
  const trace::Frame& frame_;
  trace::FrameHeader header_{};
  trace::GroupTable table_{};
  trace::FramePayload payload_;
  std::vector<std::span<const capnp::word>> messages_;
  std::vector<std::vector<std::byte>> stored_;  // of the groups
};

inline void ask_after_changes(const std::vector<std::byte>& whole, int times) {
  const trace::Trace sound = trace_of(whole);
  std::mt19937_64 random(99);
  for (const trace::Frame& frame : sound.frames()) {
    ChangedFrame changes(whole, sound, frame);
    for (int i = 0; i < times; ++i)
      if (const auto changed = changes.changed(random); !changed.empty())
        every_answer(trace_of(with_frame(whole, frame, changed)));
  }
}

}  // namespace ebpftrace::analyzer
