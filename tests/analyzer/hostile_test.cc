// SPDX-License-Identifier: Apache-2.0
// Frames that lie with valid checksums. Every question is asked of every one: no crash, no hang, bounded memory, and
// the damage is reported.
#include <capnp/message.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <random>

#include "bpf/records.h"
#include "recorder/event_columns.h"
#include "tests/analyzer/forgery.h"
#include "trace/write/block_encoder.h"
#include "trace/write/header_message.h"
#include "trace/write/index_frame.h"

namespace ebpftrace::analyzer {
namespace {

using Hostile = BoundedMemory;

TEST_F(Hostile, ColumnsThatAreNotAsLongAsTheirRows) {
  for (auto [width, data, rows] : {std::tuple(1u, 4u, 5u), {1u, 6u, 5u}, {8u, 7u, 1u}, {2u, 0u, 100u}, {0u, 9u, 9u}})
    EXPECT_TRUE(reports(Forgery().add_block(EVENT_SYSCALL, rows,
                                            [&, width = width, data = data](auto block) {
                                              set(block.getColumns()[syscall_columns::result], Encoding::PACKED, width,
                                                  data);
                                            }),
                        "column does not have the size of its rows"));
}

TEST_F(Hostile, WidthsAndEncodingsThatDoNotExist) {
  for (unsigned width : {9u, 64u, 255u})
    EXPECT_TRUE(
        reports(Forgery().add_block(EVENT_SYSCALL, 1,
                                    [&](auto block) { set(block.getColumns()[0], Encoding::PACKED, width, width); }),
                "column does not have"));
  for (unsigned encoding : {5u, 6u, 255u, 65535u})
    EXPECT_TRUE(reports(
        Forgery().add_block(EVENT_SYSCALL, 1,
                            [&](auto block) { set(block.getColumns()[0], static_cast<Encoding>(encoding), 1, 1); }),
        "column does not have"));
  for (unsigned layout : {3u, 255u, 65535u})
    EXPECT_TRUE(reports(Forgery().add_block(EVENT_SYSCALL, 1,
                                            [&](auto block) {
                                              set(block.getColumns()[0], Encoding::PACKED, 1, 1);
                                              block.getColumns()[0].setLayout(static_cast<schema::Layout>(layout));
                                            }),
                        "column does not have"));
  EXPECT_TRUE(reports(
      Forgery().add_block(EVENT_SYSCALL, 1, [&](auto block) { set(block.getColumns()[0], Encoding::CONSTANT, 1, 1); }),
      "column does not have"));
}

TEST_F(Hostile, ColumnsThatDependOnThemselvesOrOnWhatIsNotThere) {
  for (unsigned other : {0u, unsigned{syscall_columns::count}, 1000u, 65535u})
    EXPECT_TRUE(reports(Forgery().add_block(EVENT_SYSCALL, 1,
                                            [&](auto block) {
                                              set(block.getColumns()[0], Encoding::AFTER_END, 1, 1);
                                              block.getColumns()[0].setOther(static_cast<uint16_t>(other));
                                            }),
                        "depends on one that it may not"));
  EXPECT_TRUE(reports(Forgery().add_block(EVENT_SYSCALL, 1,
                                          [&](auto block) {
                                            set(block.getColumns()[syscall_columns::thread], Encoding::BY_CALL, 1, 1);
                                          }),
                      "depends on one that it may not"));
  EXPECT_TRUE(reports(
      Forgery().add_block(EVENT_FILE, 1, [&](auto block) { set(block.getColumns()[1], Encoding::BY_CALL, 1, 1); }),
      "depends on one that it may not"));
  for (auto [type, column] : {std::tuple(EVENT_SYSCALL, unsigned{syscall_columns::thread}),
                              {EVENT_SYSCALL, unsigned{syscall_columns::number}},
                              {EVENT_FILE, 1u}})
    EXPECT_TRUE(reports(Forgery().add_block(type, 2,
                                            [&, column = column](auto block) {
                                              set(block.getColumns()[column], Encoding::PACKED, 1, 2);
                                              block.getColumns()[column].setLayout(schema::Layout::GROUPED);
                                            }),
                        "depends on one that it may not"));
}

TEST_F(Hostile, SizedColumnsWhoseRowsAreNotThere) {
  for (unsigned data : {2u, 3u, 10u})  // every byte 0xff is no magnitude; fewer bytes than rows are no column
    EXPECT_TRUE(reports(Forgery().add_block(EVENT_SYSCALL, 3,
                                            [&](auto block) {
                                              auto column = block.getColumns()[syscall_columns::duration_ns];
                                              set(column, Encoding::PACKED, 8, 0);
                                              column.setLayout(schema::Layout::SIZED);
                                              for (auto& byte : column.initData(data)) byte = 0xff;
                                            }),
                        data < 3 ? "column does not have" : "cannot be decoded"));
}

TEST_F(Hostile, MoreRowsThanABlockMayHave) {
  for (uint32_t rows : {trace::kMaxRows + 1, 0x7fffffffu, 0xffffffffu})
    EXPECT_TRUE(reports(Forgery().add_block(EVENT_SYSCALL, rows, [](auto) {}), "claims more than a frame may hold"));
}

TEST_F(Hostile, AMillionRowsThatTakeNoBytes) {
  Forgery forgery;
  forgery.add_block(EVENT_SYSCALL, trace::kMaxRows, [](auto) {});
  const trace::Trace trace = trace_of(forgery.bytes());
  EXPECT_EQ(csv(syscalls(trace), {"syscall", "calls"}), "syscall,calls\nread,1048576\n");
  size_t events = 0;
  for_each_event(trace, SIZE_MAX, [&](const Event&) { return ++events < 300'000; });
  EXPECT_EQ(events, 300'000u);
}

TEST_F(Hostile, StringsThatAreNotThere) {
  EXPECT_TRUE(reports(Forgery().add_block(EVENT_SYSCALL, 3,
                                          [](auto block) {
                                            block.getColumns()[syscall_columns::path].setBase(1);
                                            block.getColumns()[syscall_columns::path2].setBase(UINT64_MAX);
                                            block.getColumns()[syscall_columns::number].setBase(82);
                                          }),
                      "refers to a string that is not there"));
  EXPECT_TRUE(reports(Forgery().add_block(EVENT_SYSCALL, 3,
                                          [](auto block) {
                                            block.getColumns()[syscall_columns::path].setBase(1);
                                            block.getColumns()[syscall_columns::number].setBase(82);
                                            block.initStrings().setCount(2);
                                            block.getStrings().initLength().setBase(UINT64_MAX);
                                            block.getStrings().initBytes(10);
                                          }),
                      "strings are longer than their bytes"));
  EXPECT_TRUE(
      reports(Forgery().add_block(EVENT_SYSCALL, 3, [](auto block) { block.initStrings().setCount(0xffffffff); }),
              "too many strings"));
  EXPECT_TRUE(reports(Forgery().add_block(EVENT_SYSCALL, 3,
                                          [](auto block) {
                                            block.initStrings().setCount(3);
                                            set(block.getStrings().initLength(), Encoding::BY_CALL, 1, 3);
                                          }),
                      "string table"));
}

TEST_F(Hostile, StringsThatShareWhatIsNotThere) {
  // Three strings of ten bytes that say they begin with what the one before has; the first one has none before it.
  for (uint64_t shared : {uint64_t{1}, uint64_t{11}, UINT64_MAX})
    EXPECT_TRUE(reports(Forgery().add_block(EVENT_SYSCALL, 3,
                                            [&](auto block) {
                                              block.getColumns()[syscall_columns::path].setBase(2);
                                              block.getColumns()[syscall_columns::number].setBase(82);
                                              block.initStrings().setCount(3);
                                              block.getStrings().initLength().setBase(10);
                                              block.getStrings().initShared().setBase(shared);
                                              block.getStrings().initBytes(30);
                                            }),
                        "strings are longer than their bytes"));
  // A million strings of 250 bytes, each the one before and nothing more.
  EXPECT_TRUE(reports(Forgery().add_block(EVENT_SYSCALL, 3,
                                          [&](auto block) {
                                            constexpr unsigned kCount = 1u << 20;
                                            block.getColumns()[syscall_columns::path].setBase(kCount);
                                            block.getColumns()[syscall_columns::number].setBase(82);
                                            auto strings = block.initStrings();
                                            strings.setCount(kCount);
                                            strings.initLength().setBase(250);
                                            set(strings.initShared(), Encoding::PACKED, 1, kCount);
                                            for (unsigned i = 1; i < kCount; ++i)
                                              strings.getShared().getData()[i] = 250;
                                            strings.initBytes(250);
                                          }),
                      "strings are longer than their bytes"));
}

TEST_F(Hostile, SizesThatLie) {
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::Block>();
  for (uint32_t raw : {0u, 7u, 8u, 17u, 24u, trace::kMaxRawBytes})
    EXPECT_TRUE(reports(
        Forgery().add(trace::FrameKind::kBlock, message, [&](trace::FrameHeader& h) { h.type = 1, h.raw_bytes = raw; }),
        "groups are not as large as the frame"));
  for (uint32_t raw : {trace::kMaxRawBytes + 8, 0xfffffff8u})
    EXPECT_TRUE(reports(
        Forgery().add(trace::FrameKind::kBlock, message, [&](trace::FrameHeader& h) { h.type = 1, h.raw_bytes = raw; }),
        "claims more than a frame may hold"));
  for (uint32_t stored : {1000000u, 0xffffffffu})
    EXPECT_TRUE(reports(Forgery().add(trace::FrameKind::kBlock, message,
                                      [&](trace::FrameHeader& h) { h.type = 1, h.stored_bytes = stored; }),
                        "cut off inside a frame"));
}

TEST_F(Hostile, GroupTablesThatLie) {
  const uint64_t words[2] = {uint64_t{1} << 32, 0};  // a message whose root is null
  std::vector<std::byte> stored(ZSTD_compressBound(sizeof words));
  stored.resize(ZSTD_compress(stored.data(), stored.size(), words, sizeof words, 1));
  auto lying = [&](const std::function<void(trace::GroupTable&)>& lie, uint32_t raw_bytes = sizeof words) {
    trace::FrameHeader header{};
    header.kind = static_cast<uint16_t>(trace::FrameKind::kBlock);
    header.type = EVENT_SYSCALL;
    header.count = 3;
    header.raw_bytes = raw_bytes;
    return std::move(Forgery().add_stored(header, one_group(stored, sizeof words, lie)));
  };
  EXPECT_TRUE(trace_of(lying([](trace::GroupTable&) {}).bytes()).damage().empty());
  EXPECT_TRUE(
      reports(lying([](trace::GroupTable& table) { table.groups = 2; }), "groups are not as large as the frame"));
  for (uint32_t groups : {trace::kMaxColumnGroups, trace::kMaxColumnGroups + 1, 0xffffffffu})
    EXPECT_TRUE(reports(lying([&](trace::GroupTable& table) { table.groups = groups; }), "whole group table"));
  EXPECT_TRUE(
      reports(lying([](trace::GroupTable& table) { table.groups = 0; }), "groups are not as large as the frame"));
  for (uint32_t bytes : {0u, 1u, 0x7fffffffu, 0xffffffffu})
    EXPECT_TRUE(reports(lying([&](trace::GroupTable& table) { table.entries[0].stored_bytes = bytes; }),
                        "groups are not as large"));
  for (uint32_t bytes : {1u, 15u, 4097u})
    EXPECT_TRUE(
        reports(lying([&](trace::GroupTable& table) { table.entries[0].raw_bytes = bytes; }, bytes), "makes no sense"));
  for (uint32_t raw : {0u, 8u, 24u, trace::kMaxRawBytes})
    EXPECT_TRUE(reports(lying([&](trace::GroupTable& table) { table.entries[0].raw_bytes = raw; }, raw),
                        "does not decompress to the size"));
  EXPECT_TRUE(
      reports(lying([](trace::GroupTable& table) { table.entries[0].checksum ^= 1; }), "frame payload damaged"));
}

TEST_F(Hostile, ADecompressionBombIsNotDecompressed) {
  // 1 GiB of zeros; the frame says 8 bytes, or what is allowed.
  const std::vector<char> zeros(64u << 20);
  std::vector<std::byte> bomb(1u << 20);
  bomb.resize(ZSTD_compress(bomb.data(), bomb.size(), zeros.data(), zeros.size(), 3));
  for (uint32_t raw : {8u, trace::kMaxRawBytes}) {
    trace::FrameHeader header{};
    header.kind = static_cast<uint16_t>(trace::FrameKind::kBlock);
    header.type = EVENT_SYSCALL;
    header.raw_bytes = raw;
    EXPECT_TRUE(reports(Forgery().add_stored(header, one_group(bomb, raw)), "does not decompress"));
  }
}

TEST_F(Hostile, PayloadsThatAreNoMessages) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 200; ++i) {
    std::vector<uint64_t> words(1 + random() % 64);
    for (uint64_t& word : words) word = random() >> random() % 64;
    if (i % 2) words[0] = (words.size() - 1) << 32;  // one segment of the right size
    std::vector<std::byte> stored(ZSTD_compressBound(words.size() * 8));
    stored.resize(ZSTD_compress(stored.data(), stored.size(), words.data(), words.size() * 8, 1));
    trace::FrameHeader header{};
    header.raw_bytes = static_cast<uint32_t>(words.size() * 8);
    header.count = 10;
    Forgery forgery;
    for (uint16_t kind = 1; kind <= 5; ++kind)
      for (uint16_t type = 0; type <= 7; ++type) {
        header.kind = kind;
        header.type = type;
        if (header.kind == static_cast<uint16_t>(trace::FrameKind::kBlock))
          forgery.add_stored(header, one_group(stored, header.raw_bytes));
        else
          forgery.add_stored(header, stored);
      }
    every_answer(trace_of(forgery.bytes()));
  }
}

TEST_F(Hostile, IdsAndTimesAtTheirLimits) {
  Forgery forgery;
  forgery.add_block(EVENT_THREAD, 3, [](auto block) {  // three rows of one id; then of the largest one
    for (unsigned i = 0; i < 10; ++i) block.getColumns()[i].setBase(1);
  });
  forgery.add_block(EVENT_THREAD, 3, [](auto block) {
    for (unsigned i = 0; i < 10; ++i) block.getColumns()[i].setBase(UINT64_MAX);
  });
  forgery.add_block(EVENT_FILE, 2, [](auto block) {
    for (unsigned i = 0; i < 9; ++i) block.getColumns()[i].setBase(UINT64_MAX);
  });
  for (uint64_t base : {uint64_t{0}, uint64_t{1}, UINT64_MAX, uint64_t{1} << 63, UINT64_MAX - 4000})
    for (uint16_t type = 1; type <= 4; ++type)
      forgery.add_block(type, 3, [&](auto block) {
        for (unsigned i = 0; i < block.getColumns().size(); ++i) block.getColumns()[i].setBase(base);
        for (unsigned i = 0; i < block.getColumns().size(); ++i)
          for (const EventType& known : event_catalogue())
            if (known.id == type && known.columns[i].is_text()) block.getColumns()[i].setBase(0);
      });
  const trace::Trace trace = trace_of(forgery.bytes());
  EXPECT_NE(every_answer(trace), "");
  EXPECT_FALSE(trace.complete());
}

TEST_F(Hostile, ATreeWithoutARoot) {
  Forgery forgery;
  forgery.add_block(EVENT_THREAD, 4, [](auto block) {
    auto columns = block.getColumns();
    for (unsigned i : {thread_columns::thread, thread_columns::tid, thread_columns::tgid}) {
      set(columns[i], Encoding::PACKED, 1, 4);
      for (unsigned k = 0; k < 4; ++k) columns[i].getData()[k] = static_cast<kj::byte>(k + 1);
    }
    columns[thread_columns::ppid].setBase(2);
  });
  forgery.add_block(EVENT_FORK, 4, [](auto block) {  // 1 forks 2, 2 forks 3, 3 forks 4, 4 forks 1
    auto columns = block.getColumns();
    set(columns[fork_columns::thread], Encoding::PACKED, 1, 4);
    set(columns[fork_columns::child], Encoding::PACKED, 1, 4);
    for (unsigned k = 0; k < 4; ++k) {
      columns[fork_columns::thread].getData()[k] = static_cast<kj::byte>(k + 1);
      columns[fork_columns::child].getData()[k] = static_cast<kj::byte>((k + 1) % 4 + 1);
    }
  });
  EXPECT_EQ(process_tree(trace_of(forgery.bytes())).rows(), 4u);
}

TEST_F(Hostile, AnIndexThatPointsElsewhere) {
  for (uint64_t offset : {uint64_t{1}, uint64_t{24}, uint64_t{1} << 40, UINT64_MAX})
    EXPECT_TRUE(reports(Forgery().add_end(offset), "index is missing"));
  EXPECT_FALSE(reports(Forgery().add_end(trace::kNoIndex), "index is missing"));
  Forgery forgery;
  const uint64_t offset = forgery.bytes().size();
  capnp::MallocMessageBuilder message;
  auto index = message.initRoot<schema::Index>();
  index.setFrames(0xffffffff);
  index.initOffset().setBase(UINT64_MAX);
  forgery.add(trace::FrameKind::kIndex, message).add_end(offset);
  EXPECT_TRUE(reports(forgery, "index is damaged"));
}

// A closed trace with another index, whose checksums hold.
std::vector<std::byte> with_index(const std::vector<std::byte>& sound,
                                  const std::function<void(std::vector<trace::FrameEntry>&)>& lie) {
  const trace::Trace trace = trace_of(sound);
  std::vector<trace::FrameEntry> entries;
  for (const trace::Frame frame : trace.frames()) {
    if (frame.is(trace::FrameKind::kIndex)) continue;
    auto& entry = entries.emplace_back();
    entry.offset = frame.offset;
    std::memcpy(&entry.header, sound.data() + frame.offset, sizeof entry.header);
  }
  lie(entries);
  const trace::Frame last = trace.frames().back();
  EXPECT_TRUE(last.is(trace::FrameKind::kIndex));
  trace::BlockEncoder encoder;
  const auto index = trace::encode_index(encoder, entries, 0);
  std::vector<std::byte> bytes(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(last.offset));
  bytes.insert(bytes.end(), index.bytes.begin(), index.bytes.end());
  const trace::EndMark mark = trace::make_end_mark(last.offset, bytes.size() + sizeof(trace::EndMark));
  const auto end = std::as_bytes(std::span(&mark, 1));
  bytes.insert(bytes.end(), end.begin(), end.end());
  return bytes;
}

// Nothing that an index says is believed against the frames.
TEST_F(Hostile, AnIndexThatLies) {
  const auto sound = script_bytes("10us a read 5\nflush\n20us a read 6\nflush\n30us b read 7\n");
  using Entries = std::vector<trace::FrameEntry>;
  auto damage_of = [](const trace::Trace& trace) {
    std::string all;
    for (const trace::Damage& damage : trace.damage().list()) all += damage.what + '\n';
    return all;
  };
  {
    const trace::Trace same = trace_of(with_index(sound, [](Entries&) {}));
    EXPECT_EQ(event_lines(same), event_lines(trace_of(sound)));
    EXPECT_EQ(damage_of(same), "");
  }
  // Places that aren't where the frames are: they are looked for.
  const std::function<void(Entries&)> places[] = {
      [](Entries& e) { e[2].offset += 1; },
      [](Entries& e) { e[2].header.stored_bytes -= 1; },
      [](Entries& e) { e.erase(e.begin() + 3); },
      [](Entries& e) { e.push_back(e.back()); },
      [](Entries& e) { std::swap(e[2], e[3]); },
      [](Entries& e) { e.clear(); },
      [](Entries& e) { e.back().offset = UINT64_MAX; },
  };
  for (const auto& lie : places) {
    const trace::Trace trace = trace_of(with_index(sound, lie));
    EXPECT_EQ(event_lines(trace), event_lines(trace_of(sound)));
    EXPECT_NE(damage_of(trace).find("index is damaged"), std::string::npos) << damage_of(trace);
  }
  // Something else of a frame: whoever reads it is told.
  const std::function<void(trace::FrameHeader&)> facts[] = {
      [](trace::FrameHeader& h) { ++h.last_ns; }, [](trace::FrameHeader& h) { --h.first_ns; },
      [](trace::FrameHeader& h) { ++h.count; }, [](trace::FrameHeader& h) { h.cpu = 77; },
      [](trace::FrameHeader& h) { ++h.raw_bytes; }};
  for (const auto& lie : facts) {
    const trace::Trace trace = trace_of(with_index(sound, [&](Entries& entries) {
      for (trace::FrameEntry& entry : entries)
        if (entry.header.type == EVENT_SYSCALL) return lie(entry.header);
    }));
    event_lines(trace);
    EXPECT_NE(damage_of(trace).find("not what the index"), std::string::npos) << damage_of(trace);
  }
}

TEST_F(Hostile, AStatusWithMoreCountsThanThereCanBe) {
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::Status>().initCounts(70'000);
  EXPECT_TRUE(reports(Forgery().add(trace::FrameKind::kStatus, message), "no sound message"));
}

TEST_F(Hostile, ACatalogueThatRepeatsOneLongText) {
  // 100,000 type names that are all the same 1 MiB: a copy would take 100 GB.
  std::vector<uint64_t> words;
  constexpr uint64_t kTypes = 1000, kTextWords = 1u << 17;
  const uint64_t struct_words = 2 + 4;  // EventType: 1 data word is enough for the test, 4 pointers
  words.push_back(0);                   // segment table, filled below
  words.push_back(uint64_t{4} << 48);   // root: struct at +0, no data, 4 pointers
  for (int i = 0; i < 4; ++i) words.push_back(0);
  const uint64_t list = words.size();
  words[2] = ((list - 2 - 1) << 2) | 1 | uint64_t{7} << 32 | (kTypes * struct_words) << 35;  // events
  words.push_back(kTypes << 2 | uint64_t{2} << 32 | uint64_t{4} << 48);
  const uint64_t text = list + 1 + kTypes * struct_words;
  for (uint64_t i = 0; i < kTypes; ++i) {
    words.insert(words.end(), {i, 0});
    for (int k = 0; k < 4; ++k)
      words.push_back(((text - words.size() - 1) << 2) | 1 | uint64_t{2} << 32 | (kTextWords * 8) << 35);
  }
  words.resize(text + kTextWords);
  words[0] = (words.size() - 1) << 32;
  std::vector<std::byte> stored(ZSTD_compressBound(words.size() * 8));
  stored.resize(ZSTD_compress(stored.data(), stored.size(), words.data(), words.size() * 8, 1));
  std::vector<std::byte> bytes(sizeof(trace::Preamble));
  const trace::Preamble preamble = trace::make_preamble();
  std::memcpy(bytes.data(), &preamble, sizeof preamble);
  trace::FrameHeader header{};
  header.kind = static_cast<uint16_t>(trace::FrameKind::kCatalogue);
  header.raw_bytes = static_cast<uint32_t>(words.size() * 8);
  header = trace::seal(header, stored);
  bytes.resize(sizeof(trace::Preamble) + sizeof header);
  std::memcpy(bytes.data() + sizeof(trace::Preamble), &header, sizeof header);
  bytes.insert(bytes.end(), stored.begin(), stored.end());
  const trace::Trace trace = trace_of(bytes);
  EXPECT_FALSE(trace.complete());
  every_answer(trace);
}

// Random changes inside of sound messages, with everything around them made right again.
TEST_F(Hostile, ChangedMessagesWithRightChecksums) {
  const auto whole = script_bytes(
      "small header\n10us sh fork cat\n11us cat exec /bin/cat cat \"a b\"\n20us cat open filename=x 3 file=/tmp/x\n"
      "30us cat read fd=3 count=100 100 file=/tmp/x dur=3us\n31us cat read fd=3 count=100 77 file=/tmp/x dur=9us "
      "cpu=1\n"
      "32us cat read fd=3 0\n33us sh read fd=4 5\n40us cat write fd=1 count=100 -EPIPE file=pipe:[1] type=fifo\n50us "
      "cat exit SIGPIPE\n");
  ask_after_changes(whole, 150);
}

}  // namespace
}  // namespace ebpftrace::analyzer
