// SPDX-License-Identifier: Apache-2.0
// The parts of a rotated recording as one trace: it answers as if it had been written to one file.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "tests/analyzer/every_question.h"
#include "tests/trace/growing_bytes.h"
#include "trace/read/block.h"
#include "trace/read/summaries.h"

namespace ebpftrace::trace {
namespace {

using namespace analyzer;
using Files = std::vector<std::vector<std::byte>>;

std::unique_ptr<Trace> joined(const Files& files) {
  std::vector<std::shared_ptr<const TraceBytes>> parts;
  for (size_t i = 0; i < files.size(); ++i) parts.push_back(named_bytes("part" + std::to_string(i + 1), files[i]));
  return std::make_unique<Trace>(std::move(parts));
}

std::string shown(const Trace& trace) {
  std::string out;
  for (const Damage& damage : trace.damage().list()) {
    const FilePlace place = trace.file_of(damage.offset);
    out += place.file + '@' + std::to_string(place.offset) + ": " + damage.what + '\n';
  }
  return out;
}

// What was there at the beginning; processes that begin and end in different parts; calls of both; one that crosses.
const std::string kFirst = R"(running pid=7 ppid=1 comm=sh argv="sh -i" cwd=/home
open pid=7 fd=3 file=/etc/passwd
10us sh:7 read fd=3 count=100 100 file=/etc/passwd
20us sh:7 fork cat:50
25us cat:50 cgroup /docker/1234
30us cat:50 exec /bin/cat cat file
40us cat:50 read 4096 file=/home/file dur=3us
50us cat:50 write -EPIPE file=pipe:[7] type=fifo cpu=1
lost cpu1 3
)";
const std::string kSecond = R"(45us sh:7 read 11 file=/etc/passwd dur=70us
120us cat:50 read 5000 file=/home/file
130us cat:50 comm meow
135us sh:7 fork late:60
140us late:60 openat filename=a 5 file=/home/a
lost cpu1 4 disk
lost cpu0 2 exit
)";
const std::string kThird = R"(210us cat:50 write 5000 file=pipe:[7] type=fifo cpu=1
220us cat:50 exit 1
230us late:60 exit SIGKILL
240us sh:7 read unfinished file=/etc/passwd
lost cpu1 5
)";
// Each part lists what runs and what is open when it begins.
const std::string kLater = R"(running pid=7 ppid=1 comm=sh argv="sh -i" cwd=/elsewhere
running pid=50 ppid=7 comm=cat argv="cat file" cwd=/home
open pid=7 fd=3 file=/etc/passwd
open pid=50 fd=9 file=/home/file
)";

Files three_parts() {
  static const Files parts =
      script_parts("small header\n" + kFirst + "rotate\n" + kLater + kSecond + "rotate\n" + kLater + kThird);
  return parts;
}

TEST(Parts, AnswerAsOneFile) {
  ASSERT_EQ(three_parts().size(), 3u);
  const auto parts = joined(three_parts());
  const Trace whole = small_script(kFirst + kSecond + kThird);
  EXPECT_EQ(shown(*parts), "");
  EXPECT_TRUE(parts->shortfalls().list().empty());
  EXPECT_TRUE(parts->complete() && whole.complete());
  EXPECT_EQ(csv(top_io(*parts)), csv(top_io(whole)));
  EXPECT_EQ(csv(top_files(*parts)), csv(top_files(whole)));
  EXPECT_EQ(csv(syscalls(*parts)), csv(syscalls(whole)));
  EXPECT_EQ(csv(process_tree(*parts)), csv(process_tree(whole)));
  EXPECT_EQ(csv(open_files(*parts)), csv(open_files(whole)));
  EXPECT_EQ(event_lines(*parts), event_lines(whole));
  const Summary one = summarise(whole), several = summarise(*parts);
  EXPECT_EQ(several.events, one.events);
  EXPECT_EQ(several.processes, one.processes);
  EXPECT_EQ(several.threads, one.threads);
  EXPECT_EQ(several.containers.size(), one.containers.size());
  EXPECT_EQ(several.duration_ns, one.duration_ns);
  EXPECT_EQ(several.file_bytes, three_parts()[0].size() + three_parts()[1].size() + three_parts()[2].size());
  EXPECT_EQ(parts->facts().part, 1u);
}

TEST(Parts, EachKnowsWhereItIs) {
  const auto parts = joined(three_parts());
  ASSERT_EQ(parts->parts().size(), 3u);
  uint64_t base = 0;
  for (size_t i = 0; i < 3; ++i) {
    const TracePart& part = parts->parts()[i];
    EXPECT_EQ(part.number, i + 1);
    EXPECT_EQ(part.base, base);
    EXPECT_EQ(part.bytes, three_parts()[i].size());
    EXPECT_TRUE(part.closed);
    const Trace alone(named_bytes("alone", three_parts()[i]));
    for (size_t k = 0; k < alone.frames().size(); ++k)
      EXPECT_EQ(parts->frames()[part.first_frame + k].offset, base + alone.frames()[k].offset);
    EXPECT_EQ(parts->file_of(base).file, part.file);
    EXPECT_EQ(parts->file_of(base + part.bytes - 1).offset, part.bytes - 1);
    EXPECT_EQ(parts->is_first_part(part.first_frame), i == 0);
    base += part.bytes;
  }
  EXPECT_EQ(parts->bytes().size(), base);
}

TEST(Parts, LossesAreThoseOfAllOfThemOnce) {
  const auto parts = joined(three_parts());
  EXPECT_TRUE(parts->losses().known);
  std::map<std::pair<uint32_t, std::string>, uint64_t> lost;
  for (const Loss& loss : parts->losses().list)
    lost[{loss.cpu, parts->catalogue().type(loss.type)->name + ' ' + reason_name(loss.reason)}] += loss.count;
  EXPECT_EQ(lost,
            (decltype(lost){{{1, "syscall ring full"}, 8}, {{1, "syscall disk"}, 4}, {{0, "exit ring full"}, 2}}));
}

TEST(Parts, WithoutTheAccountOfOneLossesAreUnknown) {
  Files files = three_parts();
  const Trace second(named_bytes("", files[1]));
  for (const Frame frame : second.frames())
    if (frame.is(FrameKind::kStatus)) files[1][frame.offset + sizeof(FrameHeader)] ^= std::byte{1};
  const auto parts = joined(files);
  EXPECT_FALSE(parts->losses().known);
  EXPECT_NE(shown(*parts).find("part2@"), std::string::npos);
}

// What summaries say holds for their own file's blocks only.
TEST(Parts, SummariesAreBelievedInEachOfThem) {
  std::mt19937 random(3);
  std::string text = "small header\n";
  for (int part = 0, at = 0; part < 3; ++part) {
    if (part) text += "rotate\n";
    for (int call = 0; call < 3000; ++call, at += 10) {
      text += std::to_string(at) + "us p read " + std::to_string(random() % 5000) +
              " file=/f dur=" + std::to_string(200 + random() % 5000) + "ns cpu=" + std::to_string(call / 100 % 2) +
              "\n";
      if (call % 700 == 0) text += "flush\n";
    }
  }
  const Files files = script_parts(text);
  const auto parts = joined(files);
  std::set<size_t> with_sums;
  std::set<uint32_t> blocks;
  SummaryReader reader(*parts);
  const CallPlan plan = plan_calls(*parts, true);
  for (size_t piece = 0; piece < plan.size(); ++piece) {
    const CallWork work = plan[piece];
    if (work.unit != CallWork::kBlock) with_sums.insert(parts->part_of(parts->frames()[work.position].offset).number);
    EXPECT_EQ(reader.load(work), work.unit != CallWork::kBlock);
    for (const uint32_t block : reader.blocks()) EXPECT_TRUE(blocks.insert(block).second);
  }
  EXPECT_EQ(with_sums, (std::set<size_t>{1, 2, 3}));
  const auto all = parts->blocks_of("syscall");
  EXPECT_EQ(blocks, std::set<uint32_t>(all.begin(), all.end()));
  EXPECT_EQ(csv(top_io(*parts)), csv(top_io(*parts, SIZE_MAX, Reading::kRows)));
  EXPECT_EQ(csv(syscalls(*parts)), csv(syscalls(*parts, SIZE_MAX, Reading::kRows)));
  EXPECT_EQ(shown(*parts), "");

  // A summary of another part's blocks is none.
  const auto swapped = joined({files[0], files[2]});
  EXPECT_EQ(csv(syscalls(*swapped)), csv(syscalls(*swapped, SIZE_MAX, Reading::kRows)));
  EXPECT_EQ(shown(*swapped), "");
}

TEST(Parts, AreVerifiedEach) {
  const auto parts = joined(three_parts());
  size_t accounts = 0;
  for (const Check& check : verify(*parts).checks) {
    EXPECT_EQ(check.faults, 0u) << check.what << ' ' << check.of << ' ' << check.note;
    EXPECT_EQ(check.verdict, Check::Verdict::kSound) << check.what;
    EXPECT_TRUE(check.what != "preamble" || check.checked == 3);
    accounts += check.what == "account";
  }
  EXPECT_GT(accounts, 3u);
}

TEST(Parts, AFrameThatWasTakenOutIsMissedInItsFile) {
  Files files = three_parts();
  const Trace second(named_bytes("", files[1]));
  const Frame frame = second.frames()[second.blocks_of("syscall")[0]];
  const auto at = files[1].begin() + static_cast<std::ptrdiff_t>(frame.offset);
  files[1].erase(at, at + static_cast<std::ptrdiff_t>(frame.end() - frame.offset));
  const auto parts = joined(files);
  EXPECT_FALSE(parts->complete());
  EXPECT_NE(shown(*parts).find(std::to_string(frame.count) + " syscall events are missing from the file"),
            std::string::npos)
      << shown(*parts);
  for (const Damage& damage : parts->damage().list()) EXPECT_EQ(parts->file_of(damage.offset).file, "part2");
  uint64_t faults = 0;
  for (const Check& check : verify(*parts).checks) faults += check.what == "account" ? check.faults : 0;
  EXPECT_EQ(faults, 1u);
}

TEST(Parts, DamageIsInTheFileThatHasIt) {
  Files files = three_parts();
  const Trace third(named_bytes("", files[2]));
  const Frame frame = third.frames()[third.blocks_of("exit")[0]];
  files[2][frame.offset + sizeof(FrameHeader) + frame.stored_bytes - 1] ^= std::byte{1};
  const auto parts = joined(files);
  process_tree(*parts);
  ASSERT_EQ(parts->damage().list().size(), 1u);
  const FilePlace place = parts->file_of(parts->damage().list()[0].offset);
  EXPECT_EQ(place.file, "part3");
  EXPECT_EQ(place.offset, frame.offset);
}

TEST(Parts, AMissingOneIsAShortfallAndNoDamage) {
  const Files files = three_parts();
  const auto parts = joined({files[0], files[2]});
  EXPECT_EQ(shown(*parts), "");
  EXPECT_TRUE(parts->complete());
  // 5 calls, forks and the like in the second part, which lacks 6.
  EXPECT_EQ(parts->shortfalls().list(),
            std::vector<std::string>{
                "part 2 of the recording is not here: 4 events are missing, besides 6 that were lost then"});
  uint64_t lost = 0;
  for (const Loss& loss : parts->losses().list) lost += loss.count;
  EXPECT_EQ(lost, 8u);
}

TEST(Parts, ThoseInFrontAreMissedIfThereAreSeveral) {
  const Files files = three_parts();
  const auto parts = joined({files[1], files[2]});
  EXPECT_EQ(parts->shortfalls().list(),
            std::vector<std::string>{
                "part 1 of the recording is not here: 5 events are missing, besides 3 that were lost then"});
  EXPECT_TRUE(joined({files[1]})->shortfalls().list().empty());
  // Then what was there when the second began counts.
  EXPECT_EQ(std::ranges::count(csv(open_files(*parts)), '\n'), 1 + 2);
}

TEST(Parts, WhatIsNoPartOfItIsLeftOut) {
  const Files files = three_parts();
  const std::string alone = event_lines(*joined({files[0]}));
  struct Case {
    const char* what;
    std::vector<std::byte> second;
  };
  const Case cases[] = {
      {"part2@0: this is a part of another recording; it is left out\n", script_bytes("small header\n10us a read 1\n")},
      {"part2@0: this part is there twice, or comes before the one in front of it; it is left out\n", files[0]},
      {"part2@0: the catalogue is not that of the part before; the part is left out\n",
       script_parts("10us a read 1\nrotate\n20us a read 2\n")[1]},
  };
  for (const Case& one : cases) {
    const auto parts = joined({files[0], one.second});
    EXPECT_EQ(shown(*parts), one.what);
    EXPECT_EQ(event_lines(*parts), alone) << one.what;
    EXPECT_TRUE(parts->losses().known);
    EXPECT_TRUE(parts->closed());
    // And what follows it is not.
    const auto three = joined({files[0], one.second, files[1]});
    EXPECT_EQ(three->frames().size(), joined({files[0], files[1]})->frames().size()) << one.what;
    EXPECT_NE(event_lines(*three), alone);
  }
}

TEST(Parts, ACatalogueThatIsDamagedIsTakenFromAnother) {
  Files files = three_parts();
  const std::string sound = event_lines(*joined(files));
  for (const size_t damaged : {0, 1}) {
    Files some = files;
    const Trace alone(named_bytes("", some[damaged]));
    some[damaged][alone.frames()[1].offset + sizeof(FrameHeader) + 9] ^= std::byte{1};
    const auto parts = joined(some);
    EXPECT_FALSE(parts->complete());
    EXPECT_EQ(event_lines(*parts), sound) << damaged;
    EXPECT_EQ(parts->catalogue().syscalls.types().size(), 4u);
  }
}

TEST(Parts, OneThatEndsTooEarlyIsDamaged) {
  Files files = three_parts();
  const Trace first(named_bytes("", files[0]));
  files[0].resize(first.frames().back().offset);  // without index and end mark
  const auto parts = joined(files);
  EXPECT_NE(shown(*parts).find("part1@" + std::to_string(files[0].size() - 1) + ": the file has no end mark, although"),
            std::string::npos);
  EXPECT_FALSE(parts->complete());
  EXPECT_TRUE(parts->closed());
}

TEST(Parts, OfTheSampleHaveEveryCallOnce) {
  std::vector<std::shared_ptr<const TraceBytes>> files;
  std::map<std::string, uint64_t> alone;
  std::string lines;
  for (const char* number : {"1", "2", "3"}) {
    const std::string path = std::string(SAMPLES_FOLDER "/parts/run.000") + number + ".trace";
    files.push_back(open_file(path));
    const Trace part(open_file(path));
    for (const auto& type : part.catalogue().types)
      if (type.is_event())
        for (const uint32_t position : part.blocks_of(type.name)) alone[type.name] += part.frames()[position].count;
  }
  const Trace parts(std::move(files));
  EXPECT_TRUE(parts.shortfalls().list().empty());
  std::map<std::string, uint64_t> together;
  for (const auto& row : summarise(parts).by_type) together[row.type] = row.events;
  EXPECT_EQ(together, alone);
  std::set<std::string> paths;
  uint64_t writes = 0;
  for (const FileIo& row : top_files(parts).rows) {
    if (!row.path) continue;
    EXPECT_TRUE(paths.insert(*row.path + row.type).second) << *row.path;
    if (row.path->ends_with("/pipe-of-names")) writes += row.writes;
  }
  EXPECT_GT(writes, 3u);
  for (const Check& check : verify(parts).checks) EXPECT_EQ(check.faults, 0u) << check.what << ' ' << check.of;
  EXPECT_EQ(csv(top_io(parts)), csv(top_io(parts, SIZE_MAX, Reading::kRows)));
  EXPECT_EQ(csv(syscalls(parts)), csv(syscalls(parts, SIZE_MAX, Reading::kRows)));
  EXPECT_TRUE(parts.complete());
}

// A call that goes on while a part ends is in the part in which it returned, and only there.
TEST(Parts, OfTheSampleHaveCallsThatCrossThemOnce) {
  std::vector<std::shared_ptr<const TraceBytes>> files;
  std::vector<uint64_t> starts;
  for (const char* number : {"1", "2", "3"}) {
    const std::string path = std::string(SAMPLES_FOLDER "/parts/run.000") + number + ".trace";
    files.push_back(open_file(path));
    starts.push_back(peek_facts(*files.back())->start_boot_ns);
  }
  const Trace parts(std::move(files));
  std::set<std::tuple<uint64_t, uint64_t, uint64_t>> calls;
  size_t crossing = 0;
  Block block(parts, "syscall", {"timeNs", "durationNs", "thread", "number"});
  for (const uint32_t position : parts.blocks_of("syscall")) {
    const Frame frame = parts.frames()[position];
    const uint64_t start = starts[parts.part_of(frame.offset).number - 1];
    ASSERT_TRUE(block.load(frame));
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        const uint64_t time = block.column(0)[i], end = time + block.column(1)[i];
        EXPECT_TRUE(calls.emplace(block.column(2)[i], time, block.column(3)[i]).second);
        crossing += time < start && end > start;
      }
  }
  EXPECT_GT(crossing, 0u);
}

}  // namespace
}  // namespace ebpftrace::trace
