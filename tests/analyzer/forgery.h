// SPDX-License-Identifier: Apache-2.0
// Traces whose checksums hold and whose content lies.
#pragma once

#include <capnp/message.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zstd.h>

#include <cstring>
#include <functional>
#include <random>

#include "analyzer/frame_payload.h"
#include "bpf/records.h"
#include "recorder/block_encoder.h"
#include "recorder/event_columns.h"
#include "recorder/header_message.h"
#include "tests/analyzer/every_question.h"

namespace ebpftrace {

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

// A trace that is put together frame by frame.
class Forgery {
 public:
  Forgery() {
    const Preamble preamble = make_preamble();
    append(&preamble, sizeof preamble);
    capnp::MallocMessageBuilder message;
    build_header(message, {.probe = "forged", .start = {1000, 1000}}, event_catalogue());
    add(FrameKind::kHeader, message);
  }

  Forgery& add(FrameKind kind, capnp::MessageBuilder& message, const std::function<void(FrameHeader&)>& lie = {}) {
    FrameHeader header{};
    header.kind = static_cast<uint16_t>(kind);
    header.cpu = kNoCpu;
    const EncodedFrame frame = encoder_.encode(header, message);
    return add_stored(frame.header, frame.bytes.subspan(sizeof(FrameHeader)), lie);
  }

  Forgery& add_stored(FrameHeader header, std::span<const std::byte> payload,
                      const std::function<void(FrameHeader&)>& lie = {}) {
    if (lie) lie(header);
    const uint32_t stored = header.stored_bytes;
    header = seal(header, payload);
    if (lie && stored != payload.size() && stored)
      header.stored_bytes = stored, header.header_checksum = checksum_of_front(header);
    append(&header, sizeof header);
    bytes_.insert(bytes_.end(), payload.begin(), payload.end());
    return *this;
  }

  // A block of one row, before what `lie` does to it.
  Forgery& add_block(uint16_t type, uint32_t rows, const std::function<void(schema::Block::Builder)>& fill) {
    capnp::MallocMessageBuilder message;
    auto block = message.initRoot<schema::Block>();
    unsigned columns = 0;
    for (const EventType& known : event_catalogue())
      if (known.id == type) columns = static_cast<unsigned>(known.columns.size());
    block.initColumns(columns);
    fill(block);
    return add(FrameKind::kBlock, message, [&](FrameHeader& header) {
      header.type = type;
      header.count = rows;
    });
  }

  Forgery& add_end(uint64_t index_offset) {
    const EndMark mark = make_end_mark(index_offset, bytes_.size() + sizeof(EndMark));
    append(&mark, sizeof mark);
    return *this;
  }

  std::vector<std::byte> bytes() const { return bytes_; }

 private:
  void append(const void* data, size_t size) {
    const auto* from = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), from, from + size);
  }

  BlockEncoder encoder_;
  std::vector<std::byte> bytes_;
};

inline bool reports(const Forgery& forgery, std::string_view what) {
  const Trace trace = trace_of(forgery.bytes());
  every_answer(trace);
  for (const Damage& damage : trace.damage().list())
    if (damage.what.find(what) != std::string::npos) return true;
  for (const Damage& damage : trace.damage().list()) ADD_FAILURE() << "instead: " << damage.what;
  return false;
}

inline void set(schema::Column::Builder column, schema::Encoding encoding, unsigned width, size_t data, uint64_t base = 0) {
  column.setEncoding(encoding);
  column.setWidth(static_cast<uint8_t>(width));
  column.setBase(base);
  if (data) column.initData(static_cast<unsigned>(data));
}

using schema::Encoding;

// Random changes inside of sound messages, with everything around them made right again.
inline void ask_after_changes(const std::vector<std::byte>& whole, int times) {
  const Trace sound = trace_of(whole);
  FramePayload payload;
  std::mt19937_64 random(99);
  for (const Frame& frame : sound.frames()) {
    DamageLog log;
    const auto words = payload.load(sound.bytes(), frame, log);
    const std::vector<capnp::word> original(words.begin(), words.end());
    for (int i = 0; i < times; ++i) {
      std::vector<capnp::word> changed = original;
      auto* raw = reinterpret_cast<unsigned char*>(changed.data());
      for (uint64_t k = 0; k <= random() % 4; ++k) {
        const size_t at = random() % (changed.size() * 8);
        raw[at] = static_cast<unsigned char>(random() % 3 == 0 ? 0xff : random());
      }
      std::vector<std::byte> stored(ZSTD_compressBound(changed.size() * 8));
      stored.resize(ZSTD_compress(stored.data(), stored.size(), changed.data(), changed.size() * 8, 1));
      FrameHeader header;
      std::memcpy(&header, whole.data() + frame.offset, sizeof header);
      header = seal(header, stored);
      std::vector<std::byte> bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(frame.offset));
      bytes.insert(bytes.end(), reinterpret_cast<std::byte*>(&header), reinterpret_cast<std::byte*>(&header + 1));
      bytes.insert(bytes.end(), stored.begin(), stored.end());
      bytes.insert(bytes.end(),
                   whole.begin() + static_cast<std::ptrdiff_t>(frame.offset + sizeof header + frame.stored_bytes),
                   whole.end());
      every_answer(trace_of(std::move(bytes)));
    }
  }
}

}  // namespace ebpftrace
