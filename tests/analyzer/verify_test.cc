// SPDX-License-Identifier: Apache-2.0
// --verify: sound traces are sound, and nothing that is wrong goes unnoticed or is taken for something else.
#include "analyzer/questions/verify.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/analyzer/forgery.h"
#include "trace/read/trace_error.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kSmall[] =
    "running pid=7 ppid=1 comm=sh argv=\"sh -i\" threads=1\n"
    "open pid=7 fd=3 file=/etc/passwd\n"
    "row 0s user uid=1000 name=alice\n"
    "10us cat read fd=3 count=4096 4096 file=/etc/passwd dur=3us\n"
    "12us cat openat filename=\"a b\" 3 file=/home/a cpu=1\n"
    "14us cat cgroup /docker/1234\n"
    "15us sh fork cat\n"
    "16us cat exec /bin/cat cat -n\n"
    "20us cat exit 0\n"
    "row 21us marker uid=1000 pid=9 cpu=1 text=\"phase one\"\n"
    "lost cpu1 3\n"
    "metrics 1s cpu=0 interval_ns=1s syscalls=100\n";

// "what of checked faults verdict" of the checks with these names.
std::string checks(const Verification& answer, std::string_view what) {
  std::string out;
  for (const Check& check : answer.checks) {
    if (check.what != what) continue;
    constexpr const char* kVerdicts[] = {"sound", "damaged", "unknown"};
    out += check.of + ":" + std::to_string(check.checked) + ":" + std::to_string(check.faults) + ":" +
           kVerdicts[static_cast<size_t>(check.verdict)] + " ";
  }
  return out;
}

bool all_sound(const Verification& answer) {
  return std::all_of(answer.checks.begin(), answer.checks.end(),
                     [](const Check& check) { return check.verdict == Check::Verdict::kSound && !check.faults; });
}

std::string faults(const Verification& answer) {
  std::string out;
  for (const trace::Damage& fault : answer.faults) out += fault.what + "\n";
  return out;
}

// The checks that are not sound.
std::string wrong(const Verification& answer) {
  std::string out;
  for (const Check& check : answer.checks)
    if (check.verdict == Check::Verdict::kDamaged) out += check.what + (check.of.empty() ? "" : " ") + check.of + "\n";
  return out;
}

TEST(Verify, ASoundTraceAndWhatWasLookedAt) {
  const trace::Trace trace = small_script(kSmall);
  const Verification answer = verify(trace);
  EXPECT_TRUE(all_sound(answer)) << wrong(answer);
  EXPECT_EQ(faults(answer), "");
  EXPECT_TRUE(trace.complete());
  EXPECT_EQ(checks(answer, "preamble"), ":1:0:sound ");
  EXPECT_EQ(
      checks(answer, "rows"),
      "syscall:2:0:sound fork:1:0:sound exec:1:0:sound exit:1:0:sound thread:5:0:sound file:2:0:sound "
      "cgroup:1:0:sound process:1:0:sound open_file:1:0:sound metrics:1:0:sound marker:1:0:sound user:1:0:sound ");
  EXPECT_EQ(checks(answer, "times"), ":18:0:sound ");
  // A call has a thread and a file, of the five descriptions of threads one has a control group, and so on.
  EXPECT_EQ(checks(answer, "ids"), "cgroup:1:0:sound file:3:0:sound thread:6:0:sound ");
  EXPECT_EQ(checks(answer, "account"),
            "syscall, CPU 0:1:0:sound syscall, CPU 1:4:0:sound fork:1:0:sound exec:1:0:sound exit:1:0:sound "
            "thread:5:0:sound file:2:0:sound cgroup:1:0:sound process:1:0:sound open_file:1:0:sound metrics:1:0:sound "
            "marker, CPU 1:1:0:sound user:1:0:sound ");
  EXPECT_EQ(checks(answer, "end mark"), ":1:0:sound ");
  const auto index = static_cast<long>(trace.frames().size()) - 1;
  EXPECT_EQ(checks(answer, "index"), ":" + std::to_string(index) + ":0:sound ");
}

TEST(Verify, WithoutAnEndTheAccountIsUnknownAndTheRestIsChecked) {
  const trace::Trace trace = small_script(std::string(kSmall) + "no end\n");
  const Verification answer = verify(trace);
  EXPECT_EQ(wrong(answer), "");
  EXPECT_EQ(checks(answer, "account"), ":0:0:unknown ");
  EXPECT_EQ(checks(answer, "end mark"), ":0:0:unknown ");
  EXPECT_EQ(checks(answer, "index"), ":0:0:unknown ");
  EXPECT_TRUE(checks(answer, "rows").starts_with("syscall:2:0:sound "));
  EXPECT_FALSE(trace.complete());
}

// Every place of a byte in an eight-byte word, and every bit of it, comes again and again.
TEST(Verify, NoByteIsWithoutACheck) {
  const std::vector<std::byte> whole = script_bytes("small header\n" + std::string(kSmall));
  for (size_t at = 0; at < whole.size(); at += 11) {
    auto bytes = whole;
    bytes[at] ^= std::byte(1 << at / 8 % 8);
    try {
      const trace::Trace trace = trace_of(std::move(bytes));
      const Verification answer = verify(trace);
      EXPECT_FALSE(trace.complete()) << at;
      EXPECT_FALSE(all_sound(answer)) << at;
    } catch (const trace::TraceError&) {
      EXPECT_LT(at, sizeof(trace::Preamble::magic));
    }
  }
}

// A flipped byte is found where it is.
TEST(Verify, DamageIsOfItsPlace) {
  const std::vector<std::byte> whole = script_bytes(kSmall);
  const trace::Trace sound = trace_of(whole);
  auto wrong_after = [&](uint64_t at) {
    auto bytes = whole;
    bytes[at] ^= std::byte{4};
    return wrong(verify(trace_of(std::move(bytes))));
  };
  auto frame_of = [&](trace::FrameKind kind) {
    for (const trace::Frame& frame : sound.frames())
      if (frame.is(kind)) return frame;
    throw std::logic_error("no such frame");
  };
  auto payload = [&](trace::FrameKind kind) {
    return wrong_after(frame_of(kind).offset + sizeof(trace::FrameHeader) + 5);
  };
  EXPECT_EQ(wrong_after(sizeof(trace::Preamble::magic) + 1), "preamble\n");
  EXPECT_EQ(payload(trace::FrameKind::kHeader), "frames header\n");
  EXPECT_EQ(payload(trace::FrameKind::kCatalogue), "frames catalogue\n");
  EXPECT_EQ(payload(trace::FrameKind::kStatus), "frames status\n");
  EXPECT_EQ(payload(trace::FrameKind::kIndex), "frames index\nindex\n");
  // A frame's header. The index still says what it was; of the index itself nothing does.
  EXPECT_EQ(wrong_after(frame_of(trace::FrameKind::kStatus).offset + 9), "frames status\n");
  EXPECT_EQ(wrong_after(frame_of(trace::FrameKind::kIndex).offset + 9), "bytes between frames\n");
  EXPECT_EQ(wrong_after(whole.size() - 3), "bytes between frames\n");  // the end mark

  // Each column group of a block, and the table before them.
  const trace::Frame block = sound.frames()[sound.blocks_of("syscall")[1]];
  trace::GroupTable table{};
  const uint64_t groups_at = block.offset + sizeof(trace::FrameHeader);
  std::memcpy(&table, whole.data() + groups_at, sizeof table);
  EXPECT_EQ(wrong_after(groups_at + 12), "frames block\nrows syscall\n");
  uint64_t at = groups_at + table.bytes();
  unsigned flipped = 0;
  for (unsigned group = 0; group < table.groups; ++group) {
    if (!table.entries[group].stored_bytes) continue;
    EXPECT_EQ(wrong_after(at + 7), "frames block\nrows syscall\n") << group;
    at += table.entries[group].stored_bytes;
    ++flipped;
  }
  EXPECT_GE(flipped, 3u);
}

// ---- content that lies, with checksums that are right ----

void one(schema::Block::Builder block, unsigned column, uint64_t value) { block.getColumns()[column].setBase(value); }

Forgery& add_fork(Forgery& forgery, uint64_t thread, uint64_t child) {
  return forgery.add_block(EVENT_FORK, 1, [&](auto block) {
    one(block, fork_columns::thread, thread);
    one(block, fork_columns::child, child);
  });
}

Forgery& add_thread(Forgery& forgery, uint64_t thread) {
  return forgery.add_block(EVENT_THREAD, 1, [&](auto block) { one(block, thread_columns::thread, thread); });
}

struct Counted {
  uint32_t cpu;
  uint16_t type;
  schema::Count::What what;
  uint64_t count;
};
using What = schema::Count::What;

Forgery& add_end(Forgery& forgery, const std::vector<Counted>& counted) {
  capnp::MallocMessageBuilder message;
  auto status = message.initRoot<schema::Status>();
  status.setFinal(true);
  auto counts = status.initCounts(static_cast<unsigned>(counted.size()));
  for (unsigned i = 0; i < counted.size(); ++i) {
    counts[i].setCpu(counted[i].cpu);
    counts[i].setType(counted[i].type);
    counts[i].setWhat(counted[i].what);
    counts[i].setCount(counted[i].count);
  }
  return forgery.add(trace::FrameKind::kStatus, message).add_end(trace::kNoIndex);
}

Verification verified(const Forgery& forgery) { return verify(trace_of(forgery.bytes())); }

// Blocks that CPUs share say of each row whose it is; summaries are looked at group by group.
TEST(Verify, SharedBlocksAndSummaries) {
  std::string text = "small header\n";
  std::mt19937 random(3);
  for (int i = 0; i < 40'000; ++i)  // so different that sums of them are small beside them
    text += std::to_string(10 * i) + "us cat read fd=3 count=4096 " + std::to_string(random() % 4096) +
            " dur=" + std::to_string(200 + random() % 5000) + "ns\n";
  const std::vector<std::byte> whole = script_bytes(text);
  const trace::Trace trace = trace_of(whole);
  const Verification answer = verify(trace);
  EXPECT_TRUE(all_sound(answer)) << wrong(answer) << faults(answer);
  unsigned flipped = 0;
  for (const trace::Frame& frame : trace.frames()) {
    if (!frame.is(trace::FrameKind::kSummary)) continue;
    trace::GroupTable table{};
    const uint64_t groups_at = frame.offset + sizeof(trace::FrameHeader);
    std::memcpy(&table, whole.data() + groups_at, sizeof table);
    uint64_t at = groups_at + table.bytes();
    for (unsigned group = 0; group < table.groups; at += table.entries[group++].stored_bytes) {
      if (!table.entries[group].stored_bytes) continue;
      auto bytes = whole;
      bytes[at + 7] ^= std::byte{4};
      // Without group 0 nothing is known of what the summary is of.
      EXPECT_EQ(wrong(verify(trace_of(std::move(bytes)))),
                group ? "frames summary\nsummaries against rows\n" : "frames summary\n")
          << group;
      ++flipped;
    }
  }
  EXPECT_GE(flipped, 2u);

  Forgery shared;
  add_thread(shared, 5).add_block(EVENT_SYSCALL, 3, [](auto block) {
    one(block, syscall_columns::thread, 5);
    auto cpus = block.getColumns()[syscall_columns::cpu];
    cpus.setEncoding(Encoding::PACKED);
    cpus.setWidth(1);
    const uint8_t values[] = {0, 2, 2};
    cpus.setData(capnp::Data::Reader(values, 3));
  });
  add_end(shared, {{0, EVENT_SYSCALL, What::PRODUCED, 1},
                   {2, EVENT_SYSCALL, What::PRODUCED, 1},
                   {1, EVENT_SYSCALL, What::PRODUCED, 1},
                   {trace::kNoCpu, EVENT_THREAD, What::PRODUCED, 1}});
  EXPECT_EQ(checks(verify(trace_of(shared.bytes())), "account"),
            "syscall, CPU 0:1:0:sound syscall, CPU 1:1:1:damaged syscall, CPU 2:1:1:damaged thread:1:0:sound ");
}

TEST(Verify, IdsAreDescribedBeforeTheyAreUsed) {
  Forgery before;
  add_fork(add_thread(add_thread(before, 5), 6), 5, 6);
  EXPECT_EQ(faults(verified(before)), "");
  EXPECT_EQ(checks(verified(before), "ids"), "thread:2:0:sound ");

  Forgery after;
  add_thread(add_fork(add_thread(after, 5), 5, 6), 6);
  EXPECT_EQ(faults(verified(after)), "a row of fork refers to thread 6, which is not described before it\n");
  EXPECT_EQ(wrong(verified(after)), "ids thread\n");
  EXPECT_EQ(checks(verified(after), "ids"), "thread:2:1:damaged ");

  Forgery never;
  add_fork(never, 0, 77);  // 0 is no thread
  EXPECT_EQ(checks(verified(never), "ids"), "thread:1:1:damaged ");
}

TEST(Verify, ForInterfacesNoughtIsANumberLikeAnyOther) {
  auto packet = [](Forgery& forgery, uint64_t interface) -> Forgery& {
    return forgery.add_block(EVENT_PACKET, 1, [&](auto block) { one(block, packet_columns::interface, interface); });
  };
  Forgery undescribed, described, all;
  packet(undescribed, 0);
  EXPECT_EQ(checks(verified(undescribed), "ids"), "interface:1:1:damaged ");
  described.add_block(EVENT_INTERFACE, 1, [](auto) {});
  packet(described, 0);
  EXPECT_EQ(checks(verified(described), "ids"), "interface:1:0:sound ");
  packet(all, 0xffffffff);
  EXPECT_EQ(checks(verified(all), "ids"), "");
}

// Who refers to a description that is lost is not to blame.
TEST(Verify, LostDescriptionsAreNoFaultOfWhoRefersToThem) {
  Forgery forgery;
  add_end(add_fork(forgery, 5, 0), {{0, EVENT_FORK, What::PRODUCED, 1},
                                    {0, EVENT_THREAD, What::PRODUCED, 1},
                                    {0, EVENT_THREAD, What::RING_FULL, 1}});
  EXPECT_EQ(faults(verified(forgery)), "");
  EXPECT_EQ(checks(verified(forgery), "ids"), "thread:1:0:unknown ");
  EXPECT_EQ(checks(verified(forgery), "account"), "fork:1:0:sound thread:1:0:sound ");
}

TEST(Verify, CountsThatAreOffByOne) {
  for (const uint64_t produced : {0u, 1u, 3u}) {
    Forgery forgery;
    add_end(add_fork(add_fork(forgery, 0, 0), 0, 0), {{0, EVENT_FORK, What::PRODUCED, produced}});
    EXPECT_EQ(wrong(verified(forgery)), "account fork\n") << produced;
  }
  Forgery lost;
  add_end(add_fork(lost, 0, 0), {{0, EVENT_FORK, What::PRODUCED, 1}, {1, EVENT_FORK, What::RING_FULL, 1}});
  EXPECT_EQ(wrong(verified(lost)), "account fork\n");
  // What the status does not know of at all.
  Forgery unheard_of;
  add_end(add_fork(unheard_of, 0, 0), {});
  EXPECT_EQ(faults(verified(unheard_of)), "fork: 0 produced, 1 recorded, 0 lost\n");
}

// Two wrongs that add up to the right sum: of calls it is known which CPU they were made on.
TEST(Verify, CountsThatAreOffByOneOnEachOfTwoCpus) {
  auto forged = [](uint32_t second_cpu) {
    Forgery forgery;
    add_thread(forgery, 5);
    for (const uint32_t cpu : {0u, second_cpu})
      forgery.add_block(
          EVENT_SYSCALL, 1, [](auto block) { one(block, syscall_columns::thread, 5); },
          [cpu](trace::FrameHeader& header) { header.cpu = cpu; });
    return add_end(forgery, {{0, EVENT_SYSCALL, What::PRODUCED, 1},
                             {1, EVENT_SYSCALL, What::PRODUCED, 1},
                             {trace::kNoCpu, EVENT_SYSCALL, What::PRODUCED, 4},  // by programs that were skipped
                             {trace::kNoCpu, EVENT_SYSCALL, What::MISSED, 4},
                             {0, EVENT_THREAD, What::PRODUCED, 1}})
        .bytes();
  };
  EXPECT_EQ(wrong(verify(trace_of(forged(1)))), "");
  EXPECT_EQ(faults(verify(trace_of(forged(0)))),
            "syscall, CPU 0: 1 produced, 2 recorded, 0 lost\nsyscall, CPU 1: 1 produced, 0 recorded, 0 lost\n");
}

TEST(Verify, RowsLieInTheTimeOfTheirFrame) {
  struct Case {
    uint64_t time, duration;
    bool good;
  };
  for (const Case& row : {Case{10, 0, true},
                          {10, 10, true},
                          {20, 0, true},
                          {9, 1, false},
                          {20, 1, false},
                          {21, 0, false},
                          {15, UINT64_MAX, false}}) {
    Forgery forgery;
    add_thread(forgery, 5)
        .add_block(
            EVENT_SYSCALL, 1,
            [&](auto block) {
              one(block, syscall_columns::thread, 5);
              one(block, syscall_columns::time_ns, row.time);
              one(block, syscall_columns::duration_ns, row.duration);
            },
            [](trace::FrameHeader& header) { header.first_ns = 10, header.last_ns = 20; });
    EXPECT_EQ(wrong(verified(forgery)), row.good ? "" : "frames block\ntimes\n") << row.time << "+" << row.duration;
  }
}

// Rows that nobody asks for otherwise, and texts that no row has.
TEST(Verify, EveryTextIsLookedAt) {
  auto with_text = [](uint64_t number, uint64_t length) {
    Forgery forgery;
    forgery.add_block(EVENT_RULE, 1, [&](auto block) {
      one(block, rule_columns::text, number);
      auto strings = block.initStrings();
      strings.setCount(1);
      strings.initLength().setBase(length);
      strings.initBytes(4);
    });
    return forgery;
  };
  EXPECT_EQ(wrong(verified(with_text(1, 4))), "");
  EXPECT_EQ(wrong(verified(with_text(0, 4))), "");
  EXPECT_EQ(wrong(verified(with_text(2, 4))), "frames block\ntexts rule\n");
  EXPECT_EQ(wrong(verified(with_text(0, 5))), "frames block\ntexts rule\n");
}

TEST(Verify, FramesOfALaterVersion) {
  // Of a kind that is not known, only the checksum counts; so it is with the groups of columns that are not known.
  for (const bool flip : {false, true}) {
    Forgery forgery;
    trace::FrameHeader header{};
    header.kind = 99;
    const std::string payload = "anything";
    forgery.add_stored(header, std::as_bytes(std::span(payload)));
    auto bytes = forgery.bytes();
    if (flip) bytes.back() ^= std::byte{1};
    EXPECT_EQ(wrong(verify(trace_of(bytes))), flip ? "frames kind 99\n" : "");
  }
  for (const bool flip : {false, true}) {
    capnp::MallocMessageBuilder known, later;
    known.initRoot<schema::Block>();
    later.initRoot<schema::Block>();
    capnp::MessageBuilder* const groups[] = {&known, nullptr, nullptr, nullptr, nullptr, &later};
    trace::BlockEncoder encoder;
    trace::FrameHeader header{};
    header.kind = static_cast<uint16_t>(trace::FrameKind::kBlock);
    header.type = EVENT_FORK;
    header.cpu = trace::kNoCpu;
    const trace::EncodedFrame frame = encoder.encode_groups(header, groups);
    Forgery forgery;
    forgery.add_stored(frame.header, frame.bytes.subspan(sizeof header));
    auto bytes = forgery.bytes();
    if (flip) bytes.back() ^= std::byte{1};
    EXPECT_EQ(wrong(verify(trace_of(bytes))), flip ? "frames block\n" : "");
  }
}

TEST(Verify, ATypeThatIsNotDescribedCannotBeRead) {
  Forgery forgery;
  forgery.add_block(777, 3, [](auto) {});
  EXPECT_EQ(wrong(verified(forgery)), "frames block\nrows type 777\n");
}

using VerifyHostile = BoundedMemory;

// Ids all over the place: what there is no memory for is not known, instead of wrong.
TEST_F(VerifyHostile, IdsAnywhere) {
  constexpr uint32_t kRows = 100'000;
  std::mt19937_64 random(1);
  std::vector<uint8_t> ids(kRows * 8);
  for (uint8_t& byte : ids) byte = static_cast<uint8_t>(random());
  Forgery forgery;
  for (const uint16_t type : {EVENT_CGROUP, EVENT_THREAD})
    forgery.add_block(type, kRows, [&](auto block) {
      auto column = block.getColumns()[type == EVENT_CGROUP ? +cgroup_columns::cgroup : +thread_columns::cgroup];
      column.setEncoding(Encoding::PACKED);
      column.setWidth(8);
      column.setData(capnp::Data::Reader(ids.data(), ids.size()));
    });
  const Verification answer = verified(forgery);
  EXPECT_EQ(faults(answer), "");
  EXPECT_EQ(checks(answer, "ids"), "cgroup:100000:0:unknown ");
}

}  // namespace
}  // namespace ebpftrace::analyzer
