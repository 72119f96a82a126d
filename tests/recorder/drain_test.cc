// SPDX-License-Identifier: Apache-2.0
// The drain on rings that the test fills as the BPF programs do.
#include "recorder/drain/drain.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <deque>
#include <random>
#include <set>

#include "bpf/records.h"
#include "recorder/event_columns.h"

namespace ebpftrace::recorder {
namespace {

using What = schema::Count::What;

class Rings {
 public:
  explicit Rings(uint32_t cpus, uint32_t chunks_per_cpu = 2)
      : controls(cpus), chunks(std::make_unique<ring_chunk[]>(cpus * chunks_per_cpu)), chunks_per_cpu(chunks_per_cpu) {
    // As in a ring that has been around: what lies behind a record is not zero.
    std::memset(static_cast<void*>(chunks.get()), 0xaa, sizeof(ring_chunk) * cpus * chunks_per_cpu);
  }

  CpuRings view() {
    return {controls.data(), chunks.get(), static_cast<uint32_t>(controls.size()), chunks_per_cpu,
            uint64_t{chunks_per_cpu} * CHUNK_BYTES};
  }

  // As bpf/syscalls.h writes: contiguous, running into the chunk's slack if need be.
  void write(uint32_t cpu, syscall_record record, std::string_view path = {}, std::string_view content = {}) {
    u64& head = controls[cpu].head;
    uint8_t* to =
        chunks[cpu * chunks_per_cpu + (head >> CHUNK_SHIFT & (chunks_per_cpu - 1))].bytes + (head & (CHUNK_BYTES - 1));
    uint32_t size = SYSCALL_FIXED + record.nargs * 8u;
    if (!path.empty()) {
      const text_size text{static_cast<u32>(path.size()), static_cast<u32>(path.size())};
      std::memcpy(to + size, &text, sizeof text);
      std::memcpy(to + size + sizeof text, path.data(), path.size());
      size += static_cast<uint32_t>(sizeof text + (path.size() + 7) / 8 * 8);
      record.extras = EXTRA_PATH;
    }
    if (!content.empty()) {
      const u64 bytes = content.size();
      std::memcpy(to + size, &bytes, sizeof bytes);
      std::memcpy(to + size + sizeof bytes, content.data(), content.size());
      size += static_cast<uint32_t>(sizeof bytes + content.size());
      record.extras |= EXTRA_CONTENT;
    }
    if (record.extras & EXTRA_MOVED) {
      const u64 moved[2] = {size, record.time_ns};
      std::memcpy(to + size, moved, sizeof moved);
      size += sizeof moved;
    }
    record.size = static_cast<u16>(size);
    std::memcpy(to, &record, std::min<size_t>(sizeof record, SYSCALL_FIXED + record.nargs * 8u));
    head += size;
  }

  std::vector<ring_control> controls;
  std::unique_ptr<ring_chunk[]> chunks;
  uint32_t chunks_per_cpu;
};

struct World {
  explicit World(uint32_t cpus, BlockQueue::Limits limits = {})
      : catalogue(event_catalogue()), rings(cpus), queue(limits), drain(catalogue, rings.view(), queue, losses, [this] {
          while (!shared.empty()) {
            drain.add_shared(shared.front());
            shared.pop_front();
          }
        }) {}

  template <typename Record>
  void send(Record record, std::string_view texts = {}) {
    std::vector<std::byte> bytes(sizeof record + texts.size());
    record.head.size = static_cast<u32>(bytes.size());
    std::memcpy(bytes.data(), &record, sizeof record);
    std::copy(texts.begin(), texts.end(), reinterpret_cast<char*>(bytes.data() + sizeof record));
    shared.push_back(std::move(bytes));
  }

  std::vector<BlockPtr> blocks() {
    drain.flush();
    queue.close();
    std::vector<BlockPtr> all;
    while (BlockPtr block = queue.pop(std::chrono::milliseconds(0)).block) all.push_back(std::move(block));
    return all;
  }

  uint64_t lost(uint16_t type, What what) const {
    uint64_t sum = 0;
    for (const EventCount& count : losses.counts())
      if (count.type == type && count.what == what) sum += count.count;
    return sum;
  }

  std::vector<EventType> catalogue;
  Rings rings;
  BlockQueue queue;
  LossLedger losses;
  std::deque<std::vector<std::byte>> shared;
  Drain drain;
};

TEST(Drain, TakesEveryRecordOnceAcrossChunksAndWraps) {
  World world(1);
  uint64_t written = 0, taken = 0, next = 0;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 3000; ++i, ++written)
      world.rings.write(0, {.time_ns = written, .number = 0, .nargs = static_cast<u8>(written % 7)},
                        written % 5 == 0 ? std::string(written % 300, 'x') : "");
    taken += world.drain.pass();
  }
  EXPECT_EQ(taken, written);
  EXPECT_GT(world.rings.controls[0].head, 2u * 2 * CHUNK_BYTES);
  EXPECT_EQ(world.rings.controls[0].head, world.rings.controls[0].tail);
  for (const BlockPtr& block : world.blocks())
    for (const uint64_t time : block->values(syscall_columns::time_ns)) EXPECT_EQ(time, next++);
  EXPECT_EQ(next, written);
}

// Calls of all kinds by turns, through blocks that are used again and again: each row has what its record had, and nothing of
// the rows that stood there before.
TEST(Drain, RowsHaveNothingOfThoseBeforeThem) {
  using namespace syscall_columns;
  World world(1, {.syscall_rows = 100, .syscall_blocks = 2});
  std::minstd_rand random(3);
  std::deque<syscall_record> expected;
  size_t checked = 0;
  auto check = [&](const BlockPtr& block) {
    for (size_t row = 0; row < block->rows(); ++row, ++checked) {
      const syscall_record record = expected.front();
      expected.pop_front();
      auto value = [&](unsigned column) { return block->values(column)[row]; };
      ASSERT_EQ(value(time_ns), record.time_ns);
      ASSERT_EQ(value(duration_ns), record.duration_ns);
      ASSERT_EQ(value(result), static_cast<uint64_t>(record.result));
      ASSERT_EQ(value(thread), record.thread);
      ASSERT_EQ(value(file), record.file);
      ASSERT_EQ(value(number), record.number);
      ASSERT_EQ(value(flags), record.flags);
      for (unsigned i = 0; i < 6; ++i)
        ASSERT_EQ(value(arg0 + i), i < record.nargs ? record.args[i] : 0) << checked << ' ' << i;
      ASSERT_EQ(value(path) != 0, (record.extras & EXTRA_PATH) != 0) << checked;
      ASSERT_EQ(value(peeked), record.extras & EXTRA_MOVED ? record.time_ns : 0) << checked;
      for (const unsigned column : {file2, path2, content, cwd})
        ASSERT_EQ(value(column), 0u) << checked << ' ' << column;
    }
  };
  uint64_t time = 0;
  syscall_record before{};
  for (int round = 0; round < 600; ++round) {
    const unsigned kinds = 1 + random() % 3;
    const size_t calls = 1 + random() % 100;
    // How often a call is the one before once more: never, mostly, but for a value or two.
    const unsigned same = std::array{0u, 16u, 200u}[round / 3 % 3];
    for (size_t i = 0; i < calls; ++i) {
      if (random() % 40 == 0) world.drain.pass();
      if (same && i && random() % same) {
        syscall_record record = before;
        record.time_ns = ++time;
        if (random() % 2) record.duration_ns = random();
        if (random() % same == 0) record.result = static_cast<s64>(random() % 3) - 1;
        if (random() % same == 0) record.thread = static_cast<u32>(random() % 3);
        if (random() % same == 0) record.file = static_cast<u32>(random() % 3);
        if (random() % same == 0) record.args[random() % 6] = random() % 3;
        world.rings.write(0, record);
        expected.push_back(before = record);
        continue;
      }
      syscall_record record{.time_ns = ++time,
                            .duration_ns = random(),
                            .result = -5 + static_cast<s64>(random() % 10),
                            .thread = static_cast<u32>(random()),
                            .file = static_cast<u32>(random() % 3),
                            .number = static_cast<u16>(random() % 300),
                            .flags = static_cast<u16>(random() % 2),
                            .nargs = static_cast<u8>(round % 3 ? random() % 7 : round % 7)};
      for (u64& argument : record.args) argument = 1 + random();
      before = record;
      const unsigned kind = random() % kinds;
      if (kind == 1) record.extras = EXTRA_MOVED;
      world.rings.write(0, record, kind == 2 ? "/a/path" : "");
      if (kind == 2) record.extras = EXTRA_PATH;
      expected.push_back(record);
    }
    world.drain.pass();
    world.drain.flush();
    while (BlockPtr block = world.queue.pop(std::chrono::milliseconds(0)).block) {
      ASSERT_NO_FATAL_FAILURE(check(block));
      world.queue.give_back(std::move(block));
    }
  }
  EXPECT_TRUE(expected.empty());
  EXPECT_EQ(checked, time);
  EXPECT_EQ(world.lost(EVENT_SYSCALL, What::DAMAGED), 0u);
}

// What is the same in all of them is known without a look at them, wherever the drain's passes and the ring's chunks end.
TEST(Drain, ALoopOfOneCallIsKnownAsOne) {
  using namespace syscall_columns;
  World world(1, {.syscall_rows = 10'000});  // full elsewhere than where a chunk ends
  auto call = [](uint64_t i) {
    return syscall_record{.time_ns = 100 * i,
                          .duration_ns = 20 + i % 30,
                          .result = 1,
                          .thread = 7,
                          .file = 9,
                          .number = 1,
                          .size = SYSCALL_FIXED + 3 * 8,
                          .nargs = 3,
                          .args = {3, 0x1000, i % 2}};
  };
  // What lies behind a chunk's end and behind the head is such a call, too, and none of the recording.
  const syscall_record stale = call(1'000'000);
  for (size_t chunk = 0; chunk < 2; ++chunk)
    for (size_t at = 0; at + stale.size <= sizeof(ring_chunk); at += stale.size)
      std::memcpy(world.rings.chunks[chunk].bytes + at, &stale, stale.size);
  for (uint64_t i = 1; i <= 40'000; ++i) {
    world.rings.write(0, call(i));
    if (i % 1013 == 0) world.drain.pass();
  }
  world.drain.pass();
  uint64_t rows = 0;
  for (const BlockPtr& block : world.blocks()) {
    for (const auto& [column, value] : {std::pair{result, 1},
                                        {thread, 7},
                                        {file, 9},
                                        {number, 1},
                                        {flags, 0},
                                        {arg0, 3},
                                        {arg1, 0x1000},
                                        {arg3, 0},
                                        {path, 0}})
      EXPECT_EQ(block->same_value(column), value) << column;
    for (const unsigned column : {time_ns, duration_ns, arg2}) EXPECT_FALSE(block->same_value(column)) << column;
    for (size_t row = 0; row < block->rows(); ++row) {
      ++rows;
      ASSERT_EQ(block->values(time_ns)[row], 100 * rows);
      ASSERT_EQ(block->values(duration_ns)[row], 20 + rows % 30);
      ASSERT_EQ(block->values(arg2)[row], rows % 2);
      ASSERT_EQ(block->values(arg1)[row], 0x1000u);
    }
  }
  EXPECT_EQ(rows, 40'000u);
}

TEST(Drain, ArgumentsPastTheCallsOwnAreZero) {
  World world(1);
  world.rings.write(0, {.nargs = 6, .args = {1, 2, 3, 4, 5, 6}});
  world.rings.write(0, {.nargs = 2, .args = {7, 8}});
  world.drain.pass();
  const auto blocks = world.blocks();
  EXPECT_EQ(blocks.at(0)->values(syscall_columns::arg5)[0], 6u);
  EXPECT_EQ(blocks.at(0)->values(syscall_columns::arg1)[1], 8u);
  EXPECT_EQ(blocks.at(0)->values(syscall_columns::arg2)[1], 0u);
}

TEST(Drain, DescriptionsComeBeforeWhatRefersToThem) {
  World world(2, {.syscall_rows = 2});
  world.send(thread_record{.head = {EVENT_THREAD, 0, 0}, .thread = 1});
  world.send(file_record{.head = {EVENT_FILE, 0, 0}, .file = 9, .path = {6, 6}}, {"a\0tmp\0", 6});
  for (int i = 0; i < 5; ++i) world.rings.write(1, {.thread = 1, .file = 9});
  world.drain.pass();
  const auto blocks = world.blocks();
  ASSERT_GE(blocks.size(), 3u);
  EXPECT_EQ(blocks[0]->type().name, "thread");
  EXPECT_EQ(blocks[1]->type().name, "file");
  EXPECT_EQ(blocks[2]->type().name, "syscall");
  EXPECT_EQ(blocks[2]->cpu(), 1u);
  const auto bytes = blocks[1]->strings().bytes();
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "/tmp/a");
}

TEST(Drain, DescriptionsComeBeforeTheDescriptionsThatReferToThem) {
  World world(1, {.other_rows = 2});
  // Each second one of a type fills a block, which is pushed at the third.
  for (u32 i = 1; i <= 5; ++i) {
    world.send(cgroup_record{.head = {EVENT_CGROUP, 0, 0}, .cgroup = i});
    world.send(thread_record{.head = {EVENT_THREAD, 0, 0}, .thread = i, .cgroup = i});
    world.send(file_record{.head = {EVENT_FILE, 0, 0}, .file = i});
    world.send(open_file_record{.head = {EVENT_OPEN_FILE, 0, 0}, .file = i});
  }
  world.drain.pass();
  std::set<uint64_t> groups, files;
  size_t threads = 0, open_files = 0;
  for (const BlockPtr& block : world.blocks()) {
    const std::string& type = block->type().name;
    if (type == "cgroup")
      for (const uint64_t id : block->values(cgroup_columns::cgroup)) groups.insert(id);
    if (type == "file")
      for (const uint64_t id : block->values(file_columns::file)) files.insert(id);
    if (type == "thread")
      for (const uint64_t id : block->values(thread_columns::cgroup)) threads += groups.contains(id);
    if (type == "open_file")
      for (const uint64_t id : block->values(open_file_columns::file)) open_files += files.contains(id);
  }
  EXPECT_EQ(threads, 5u);
  EXPECT_EQ(open_files, 5u);
}

TEST(Drain, TurnsTheComponentsOfAControlGroupAround) {
  World world(1);
  world.send(cgroup_record{.head = {EVENT_CGROUP, 0, 0}, .cgroup = 7, .path = {9, 9}}, {"app\0user\0", 9});
  world.send(cgroup_record{.head = {EVENT_CGROUP, 0, 0}, .cgroup = 1, .path = {0, 0}});
  world.send(cgroup_record{.head = {EVENT_CGROUP, 0, 0}, .cgroup = 8, .path = {4, 4 | TEXT_AT_LEAST}}, {"app\0", 4});
  world.drain.pass();
  world.drain.flush();
  const auto blocks = world.blocks();
  ASSERT_EQ(blocks.size(), 1u);
  const auto bytes = blocks[0]->strings().bytes();
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "/user/app/.../app");
}

TEST(Drain, KeepsThePeakOfEachRing) {
  World world(2);
  world.rings.write(1, {});
  world.rings.write(1, {});
  world.drain.pass();
  EXPECT_EQ(world.drain.take_ring_peak(0), 0u);
  EXPECT_EQ(world.drain.take_ring_peak(1), world.drain.ring_peak_bytes());
  EXPECT_EQ(world.drain.take_ring_peak(1), 0u);
}

TEST(Drain, LeavesInTheRingWhatHasNoBlock) {
  World world(1, {.syscall_rows = 10, .syscall_blocks = 2});
  for (int i = 0; i < 25; ++i) world.rings.write(0, {});
  EXPECT_EQ(world.drain.pass(), 20u);
  EXPECT_LT(world.rings.controls[0].tail, world.rings.controls[0].head);
  world.queue.give_back(world.queue.pop(std::chrono::milliseconds(0)).block);
  EXPECT_EQ(world.drain.pass(), 5u);
  EXPECT_EQ(world.losses.total(), 0u);
}

TEST(Drain, CountsLifeRecordsThatItCannotKeep) {
  World world(1, {.other_rows = 2, .other_blocks = 1});
  for (int i = 0; i < 7; ++i) world.send(exit_record{.head = {EVENT_EXIT, 0, 0}});
  world.drain.pass();
  EXPECT_EQ(world.lost(EVENT_EXIT, What::QUEUE_FULL), 5u);
}

TEST(Drain, TakesANumberThatDoesNotFitFromBehindTheRecord) {
  World world(1);
  struct {
    record_head head{EVENT_SYSCALL, 0, 0};
    syscall_record call{
        .number = 0x0027, .size = sizeof(syscall_record) + 16, .nargs = 6, .extras = EXTRA_FILE2 | EXTRA_NUMBER};
    u64 file2 = 7, number = 0x10027;
  } record;
  world.send(record);
  record.call.size -= 8;  // it claims a number, and has none
  world.send(record);
  world.drain.pass();
  EXPECT_EQ(world.lost(EVENT_SYSCALL, What::DAMAGED), 1u);
  const auto blocks = world.blocks();
  ASSERT_EQ(blocks.size(), 1u);
  ASSERT_EQ(blocks[0]->rows(), 1u);
  EXPECT_EQ(blocks[0]->values(syscall_columns::number)[0], 0x10027u);
  EXPECT_EQ(blocks[0]->values(syscall_columns::file2)[0], 7u);
}

// An item as the programs write it, padded with garbage.
std::string item(u8 arg, std::string_view bytes, u32 original, u16 claimed) {
  const content_item head{arg, 0, claimed, original};
  std::string text(reinterpret_cast<const char*>(&head), sizeof head);
  text += bytes;
  text.resize((text.size() + 7) / 8 * 8, '\x55');
  return text;
}
std::string item(u8 arg, std::string_view bytes) {
  return item(arg, bytes, static_cast<u32>(bytes.size()), static_cast<u16>(bytes.size()));
}

TEST(Drain, KeepsContentWithoutItsPadding) {
  World world(1);
  world.rings.write(0, {.nargs = 2}, "/a", item(1, "abc") + item(2, "12345678"));
  world.drain.pass();
  const auto blocks = world.blocks();
  ASSERT_EQ(blocks.size(), 1u);
  const auto& strings = blocks[0]->strings();
  const auto number = blocks[0]->values(syscall_columns::content)[0];
  ASSERT_NE(number, 0u);
  const auto entry = strings.entries()[number - 1];
  const std::string kept(strings.bytes().data() + entry.offset, entry.length);
  EXPECT_EQ(kept, item(1, "abc").substr(0, 11) + item(2, "12345678"));
  EXPECT_EQ(world.losses.total(), 0u);
}

TEST(Drain, BytesThatMovedLieBehindTheContent) {
  World world(1);
  world.rings.write(0, {.time_ns = 7, .nargs = 2, .extras = EXTRA_MOVED}, {}, item(0, "12345678"));
  world.rings.write(0, {.time_ns = 8, .nargs = 0});
  world.rings.write(0, {.time_ns = 9, .nargs = 1, .extras = EXTRA_MOVED});
  syscall_record cut{.time_ns = 10, .nargs = 1, .extras = 0};
  world.rings.write(0, cut);
  reinterpret_cast<syscall_record*>(world.rings.chunks[0].bytes + world.rings.controls[0].head - SYSCALL_FIXED - 8)
      ->extras = EXTRA_MOVED;
  world.drain.pass();
  const auto blocks = world.blocks();
  ASSERT_EQ(blocks.size(), 1u);
  const auto column = [&](unsigned index) {
    const auto values = blocks[0]->values(index);
    return std::vector<uint64_t>(values.begin(), values.end());
  };
  EXPECT_EQ(column(syscall_columns::moved),
            (std::vector<uint64_t>{SYSCALL_FIXED + 2 * 8 + 8 + 16, 0, SYSCALL_FIXED + 8}));
  EXPECT_EQ(column(syscall_columns::peeked), (std::vector<uint64_t>{7, 0, 9}));
  EXPECT_EQ(world.lost(EVENT_SYSCALL, What::DAMAGED), 1u);
}

TEST(Drain, ContentThatOverrunsItsRecordIsDamage) {
  World world(4);
  world.rings.write(0, {.nargs = 1}, {}, item(0, "abc", 3, 4000));
  world.rings.write(1, {.nargs = 1}, {}, "1234");
  world.rings.write(2, {.nargs = 1}, {}, item(0, "abc") + std::string(4, '\0'));
  world.rings.write(3, {.nargs = 1}, {}, item(0, "abc"));
  reinterpret_cast<u64*>(world.rings.chunks[3 * world.rings.chunks_per_cpu].bytes + SYSCALL_FIXED + 8)[0] = 800;
  world.drain.pass();
  EXPECT_EQ(world.lost(EVENT_SYSCALL, What::DAMAGED), 4u);
  EXPECT_TRUE(world.blocks().empty());
}

TEST(Drain, OfAnEnvironmentOnlyWhatWasChosen) {
  World world(1);
  world.drain.keep_variables({"PATH", "HOME"});
  const std::string environment("A=1\0PATH=/bin\0PATHS=no\0HOME=\0novalue\0", 37);
  world.send(exec_record{.head = {EVENT_EXEC, 0, 0}, .comm = {2, 2}, .argv = {3, 3}, .env = {37, 100}},
             std::string("shsh\0\0", 5) + environment);
  world.drain.pass();
  world.drain.flush();
  const auto blocks = world.blocks();
  ASSERT_EQ(blocks.size(), 1u);
  const auto& strings = blocks[0]->strings();
  const auto entry = strings.entries()[blocks[0]->values(exec_columns::env)[0] - 1];
  EXPECT_EQ(std::string(strings.bytes().data() + entry.offset, entry.length), std::string("PATH=/bin\0HOME=\0", 16));
  EXPECT_EQ(entry.cut, 63u);
  EXPECT_EQ(std::string(strings.bytes().begin(), strings.bytes().end()).find("A=1"), std::string::npos);
}

TEST(Drain, SocketsKeepTheirAddressesBehindThePath) {
  World world(1);
  world.send(file_record{.head = {EVENT_FILE, 0, 0},
                         .inode = 7,
                         .file = 1,
                         .filesystem = 0x534f434b,
                         .path = {4, 4},
                         .socket_type = 1,
                         .local = {2, 2},
                         .remote = {3, 3}},
             {"TCP\0abxyz", 9});
  world.drain.pass();
  world.drain.flush();
  const auto blocks = world.blocks();
  ASSERT_EQ(blocks.size(), 1u);
  const auto bytes = blocks[0]->strings().bytes();
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "socket:[7]abxyz");
}

TEST(Drain, CountsNonsenseInsteadOfBelievingIt) {
  World world(1);
  world.shared.push_back(std::vector<std::byte>(3));
  world.shared.push_back(std::vector<std::byte>(64));  // type 0
  fork_record longer{.head = {EVENT_FORK, 0, 4096}};
  const auto bytes = std::as_bytes(std::span(&longer, 1));
  world.shared.emplace_back(bytes.begin(), bytes.end());
  world.rings.write(0, {.nargs = 3});
  reinterpret_cast<syscall_record*>(world.rings.chunks[0].bytes)->size = 60000;
  world.drain.pass();
  EXPECT_EQ(world.losses.total(), 4u);
  EXPECT_EQ(world.lost(EVENT_SYSCALL, What::DAMAGED), 1u);
  EXPECT_TRUE(world.blocks().empty());
}

TEST(Drain, DescriptionsFromTheEndOfAPartAreCarriedOn) {
  World world(1);
  world.send(thread_record{.head = {.type = EVENT_THREAD}, .thread = 1});
  world.drain.pass();
  world.drain.begin_carrying();
  world.send(thread_record{.head = {.type = EVENT_THREAD}, .thread = 2});
  world.send(fork_record{.head = {.type = EVENT_FORK}, .thread = 2});
  world.rings.write(0, {.number = 0, .nargs = 0});
  world.drain.pass();
  EXPECT_TRUE(world.drain.caught_up());
  world.drain.end_part();
  world.send(thread_record{.head = {.type = EVENT_THREAD}, .thread = 3});
  world.drain.pass();
  world.drain.flush();
  std::vector<std::pair<uint16_t, bool>> seen;  // type, carried; 0: the mark
  for (auto item = world.queue.pop({}); item.block || item.mark; item = world.queue.pop({}))
    seen.emplace_back(item.mark ? 0 : item.block->type().id, item.block && item.block->carried());
  ASSERT_EQ(seen.size(), 6u);
  EXPECT_EQ(seen[0], std::pair(uint16_t{EVENT_THREAD}, false));
  EXPECT_TRUE((std::find(seen.begin(), seen.end(), std::pair(uint16_t{EVENT_THREAD}, true)) != seen.end()));
  EXPECT_TRUE((std::find(seen.begin(), seen.end(), std::pair(uint16_t{EVENT_FORK}, false)) != seen.end()));
  EXPECT_TRUE((std::find(seen.begin(), seen.end(), std::pair(uint16_t{EVENT_SYSCALL}, false)) != seen.end()));
  EXPECT_EQ(seen[4], std::pair(uint16_t{0}, false));
  EXPECT_EQ(seen[5], std::pair(uint16_t{EVENT_THREAD}, false));
}

// Each row with its CPU and its texts, whatever block it is in.
TEST(Drain, CpusWithFewCallsShareABlock) {
  World world(4);
  for (int round = 0; round < 2; ++round) {  // the second one in blocks that were used before
    for (u64 i = 0; i < 10; ++i)
      world.rings.write(0, {.time_ns = i, .nargs = 1, .args = {100 + i}}, "path " + std::to_string(i % 3));
    for (u64 i = 0; i < 5; ++i)
      world.rings.write(2, {.time_ns = i, .nargs = 1, .args = {300 + i}}, "path " + std::to_string(i % 4));
    for (u64 i = 0; i < Drain::kOwnBlockRows; ++i) world.rings.write(3, {.time_ns = i, .nargs = 1, .args = {400}});
    world.drain.pass();
    world.drain.flush();
    std::vector<BlockPtr> blocks;
    while (BlockPtr block = world.queue.pop(std::chrono::milliseconds(0)).block) blocks.push_back(std::move(block));
    ASSERT_EQ(blocks.size(), 2u);
    EXPECT_EQ(blocks[0]->cpu(), 3u);
    EXPECT_EQ(blocks[0]->rows(), Drain::kOwnBlockRows);
    EXPECT_EQ(blocks[0]->values(syscall_columns::cpu)[7], 0u);
    const trace::OpenBlock& shared = *blocks[1];
    EXPECT_EQ(shared.cpu(), trace::kNoCpu);
    ASSERT_EQ(shared.rows(), 15u);
    const std::vector<std::pair<uint32_t, size_t>> expected = {{0, 10}, {2, 5}};
    EXPECT_EQ(shared.rows_by_cpu(), expected);
    for (size_t row = 0; row < 15; ++row) {
      const size_t own = row < 10 ? row : row - 10;
      EXPECT_EQ(shared.values(syscall_columns::arg0)[row], (row < 10 ? 100 : 300) + own);
      EXPECT_EQ(shared.values(syscall_columns::cpu)[row], row < 10 ? 0u : 2u);
      const auto& text = shared.strings().entries()[shared.values(syscall_columns::path)[row] - 1];
      EXPECT_EQ(std::string_view(shared.strings().bytes().data() + text.offset, text.length),
                "path " + std::to_string(own % (row < 10 ? 3 : 4)));
    }
    EXPECT_EQ(shared.strings().entries().size(), 4u);
    for (BlockPtr& block : blocks) world.queue.give_back(std::move(block));
    // Alone it keeps a block of its own.
    world.rings.write(1, {.time_ns = 1, .nargs = 1, .args = {7}});
    world.drain.pass();
    world.drain.flush();
    BlockPtr alone = world.queue.pop(std::chrono::milliseconds(0)).block;
    ASSERT_TRUE(alone);
    EXPECT_EQ(alone->cpu(), 1u);
    EXPECT_EQ(alone->rows(), 1u);
    EXPECT_EQ(alone->values(syscall_columns::cpu)[0], 0u);
    world.queue.give_back(std::move(alone));
  }
}

// More than one block holds, and none to be had: nothing is lost, nothing twice.
TEST(Drain, SharedBlocksAreAsLargeAsOthers) {
  for (const size_t most : {size_t{6}, size_t{64}}) {
    World world(6, {.syscall_rows = 10, .syscall_blocks = most});
    for (uint32_t cpu = 0; cpu < 6; ++cpu)
      for (u64 i = 0; i < 4; ++i) world.rings.write(cpu, {.time_ns = cpu * 10 + i});
    world.drain.pass();
    std::multiset<uint64_t> times;
    size_t blocks = 0;
    for (const BlockPtr& block : world.blocks()) {
      ++blocks;
      for (const uint64_t time : block->values(syscall_columns::time_ns)) times.insert(time);
    }
    EXPECT_EQ(blocks, most == 6 ? 6u : 3u);
    EXPECT_EQ(times.size(), 24u);
    EXPECT_EQ(std::set<uint64_t>(times.begin(), times.end()).size(), 24u);
  }
}

// Entries of two directories as getdents64(2) writes them, the last one cut anywhere.
TEST(Drain, WhereADirectorysNextEntryIsIsNotKept) {
  auto entry = [](u64 inode, u64 offset, std::string name) {
    name.resize((19 + name.size() + 8) / 8 * 8 - 19);
    const u16 length = static_cast<u16>(19 + name.size());
    std::string bytes;
    auto add = [&](const auto& value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); };
    add(inode), add(offset), add(length), add(u8{4});
    return bytes + name;
  };
  constexpr u64 kOffset = 0x1122334455667788;
  const std::string entries = entry(7, kOffset, ".") + entry(8, kOffset, "a longer name");
  const std::string expected = entry(7, 0, ".") + entry(8, 0, "a longer name");
  for (size_t cut = 0; cut <= entries.size(); ++cut) {
    const std::string content =
        item(1, entries.substr(0, cut), static_cast<u32>(entries.size()), static_cast<u16>(cut));
    World world(1);
    world.rings.write(0, {.number = SYS_getdents64}, {}, content);
    world.rings.write(0, {.number = SYS_getdents64, .flags = SYSCALL_COMPAT}, {}, content);
    world.rings.write(0, {.number = SYS_read}, {}, content);
    world.drain.pass();
    const auto blocks = world.blocks();
    auto kept = [&](size_t row) {
      const auto number = blocks.at(0)->values(syscall_columns::content)[row];
      const auto text = blocks.at(0)->strings().entries()[number - 1];
      return std::string(blocks.at(0)->strings().bytes().subspan(text.offset, text.length).data(), text.length)
          .substr(sizeof(content_item));
    };
    EXPECT_EQ(kept(0), expected.substr(0, cut));
    EXPECT_EQ(kept(1), entries.substr(0, cut));
    EXPECT_EQ(kept(2), entries.substr(0, cut));
  }
}

}  // namespace
}  // namespace ebpftrace::recorder
