// SPDX-License-Identifier: Apache-2.0
// What is answered from summaries is what the rows say, to the bit; and a summary that doesn't fit its blocks is not used.
#include "trace/read/summaries.h"

#include <capnp/serialize.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "analyzer/query/long_calls.h"
#include "analyzer/questions/syscalls.h"
#include "analyzer/questions/top_io.h"
#include "analyzer/questions/verify.h"
#include "tests/analyzer/forgery.h"
#include "tests/script.h"
#include "trace/write/summary_builder.h"

namespace ebpftrace::analyzer {
namespace {

std::string answers(const trace::Trace& trace, Reading reading) {
  std::string all = csv(top_io(trace, SIZE_MAX, reading)) + csv(syscalls(trace, SIZE_MAX, reading));
  for (const char* what : {"latency", "io-latency"})
    for (const std::vector<std::string>& by : {std::vector<std::string>{}, {"pid"}})
      all += csv(ask(kHistogramQuestion, trace, {.by = by, .reading = reading, .argument = what}));
  all += csv(ask(kSummaryQuestion, trace, {.reading = reading}),
             {"events", "duration_ns", "syscalls", "read_bytes", "write_bytes", "began_before", "peeked_bytes"});
  return all + csv(ask(kSlowestQuestion, trace, {.limit = 10, .reading = reading}));
}

// Of filters that only some blocks have something for, by what summaries say of long calls.
std::string answers_of_long_calls(const trace::Trace& trace, Reading reading) {
  std::string all;
  for (const char* filter : {"duration > 1ms", "duration >= 2ms && process == \"cat\"", "duration == 2ms",
                             "duration > 2ms", "failed and (duration > 1500us and syscall == write)",
                             "duration > 1h or bytes == 7", "not duration > 1ms and bytes < 3"}) {
    for (const Question* question : {&kTopIoQuestion, &kSyscallsQuestion, &kErrorsQuestion, &kSlowestQuestion})
      all += csv(ask(*question, trace, {.filter = filter, .limit = 20, .reading = reading}));
    ask(kEventsQuestion, trace, {.filter = filter, .reading = reading}, Format::kCsv,
        [&](std::string_view piece) { all += piece; });
  }
  return all;
}

size_t sums_in(const trace::Trace& trace) { return trace::plan_calls(trace, true).summed.size(); }

// Enough calls of few threads that sums pay, of every kind that is told apart.
std::string busy_script(unsigned calls, unsigned seed) {
  std::mt19937 random(seed);
  std::string text;
  uint64_t now = 1000;
  for (unsigned i = 0; i < calls; ++i) {
    const char* const who = random() % 50 ? "cat" : "dd";
    const unsigned took = random() % 1000 == 0 ? 2'000'000 : 200 + random() % 5000;
    text += fmt::format("{}ns {} ", now, who);
    switch (random() % 12) {
      case 0:
        text += fmt::format("write fd=1 count=10 {} dur={}ns\n", random() % 4 ? "10" : "-EPIPE", took);
        break;
      case 1:
        text += fmt::format("close fd=3 0 dur={}ns\n", took);
        break;
      case 2:
        text += fmt::format("vmsplice 5 reversed dur={}ns\n", took);
        break;
      case 3:
        text += fmt::format("recvmmsg 2 moved={} peeked=7 dur={}ns\n", random() % 100, took);
        break;
      case 4:
        text += random() % 100 ? fmt::format("sendfile {} dur={}ns\n", random() % 5000, took)
                               : fmt::format("read 6 began-before no-arguments dur={}ns\n", took);
        break;
      default:
        text += fmt::format("read fd=3 count=4096 {} dur={}ns\n", random() % 4096, took);
    }
    now += took + 100;
    if (random() % 3000 == 0) text += "flush\n";
  }
  return text;
}

TEST(Summaries, SayWhatTheRowsSay) {
  for (unsigned seed = 0; seed < 3; ++seed) {
    const auto trace = script("small header\n" + busy_script(40'000, seed));
    EXPECT_GT(sums_in(trace), 0u);
    EXPECT_EQ(answers(trace, Reading::kSummaries), answers(trace, Reading::kRows));
    EXPECT_TRUE(trace.damage().empty());
  }
}

TEST(Summaries, SayWhereThereAreNoLongCalls) {
  // Rare enough that there are blocks without one.
  std::string text = "small header\n";
  std::mt19937 random(11);
  for (unsigned i = 0; i < 30'000; ++i) {
    const char* const rest = i % 10'000 == 7'000   ? "write fd=1 count=7 -EPIPE dur=2ms"
                             : i % 10'000 == 7'001 ? "read fd=1 7 unfinished dur=3ms"
                                                   : "read fd=3 count=4096 7 dur=1us";
    text += fmt::format("{}us {} {}\n", 10 * i, random() % 3 ? "cat" : "dd", rest);
    if (i % 1500 == 0) text += "flush\n";
  }
  const auto trace = script(text);
  ASSERT_GT(sums_in(trace), 0u);
  const size_t blocks = trace.blocks_of("syscall").size();
  const Session session(trace);
  auto left_out = [&](const char* filter) {
    const Choice choice = without_short_blocks(choose(*session.relation("events"), filter, {}), trace);
    return choice.without ? choice.without->size() : 0;
  };
  EXPECT_GT(blocks, 10u);
  EXPECT_EQ(left_out("duration > 1h"), blocks);
  EXPECT_GE(left_out("duration >= 1ms"), blocks - 6);
  EXPECT_LT(left_out("duration >= 1ms"), blocks);
  EXPECT_EQ(left_out("duration >= 1us"), 0u);  // shorter than what summaries list
  EXPECT_EQ(left_out("duration >= 1ms or failed"), 0u);
  EXPECT_EQ(left_out("not duration >= 1ms"), 0u);
  EXPECT_EQ(left_out("duration < 1ms"), 0u);
  EXPECT_EQ(answers_of_long_calls(trace, Reading::kSummaries), answers_of_long_calls(trace, Reading::kRows));
  const auto busy = script("small header\n" + busy_script(6'000, 20));
  EXPECT_EQ(answers_of_long_calls(busy, Reading::kSummaries), answers_of_long_calls(busy, Reading::kRows));
}

TEST(Summaries, ATotalStandsForAllUnits) {
  std::string text = "small header\n";
  std::mt19937 random(9);
  for (unsigned i = 0; i < 60'000; ++i) {
    const char* const who = i % 1000 ? "cat" : "dd";
    text += fmt::format("{}ns {} read fd=3 count=4096 {} dur={}ns\n", i * 1000 + random() % 300, who, random() % 4096,
                        300 + random() % 400);
  }
  const auto trace = script(text);
  const auto plan = trace::plan_calls(trace, true);
  ASSERT_TRUE(plan.size());
  EXPECT_EQ(plan[0].unit, trace::CallWork::kTotal);
  EXPECT_EQ(answers(trace, Reading::kSummaries), answers(trace, Reading::kRows));
}

// What a total can't say, its units do, but for the one that must be read.
TEST(Summaries, SayHowManyCallsBeganBefore) {
  std::string text = "small header\n5us cat poll 0 began-before dur=3us\n6us dd poll 0 began-before dur=2us\n";
  std::mt19937 random(9);
  for (unsigned i = 0; i < 60'000; ++i)
    text += fmt::format("{}ns {} read fd=3 count=4096 {} dur={}ns\n", i * 1000 + 10'000 + random() % 300,
                        i % 1000 ? "cat" : "dd", random() % 4096, 300 + random() % 400);
  const std::string end = "70000us sh poll unfinished began-before\n70001us cat poll unfinished\n";
  for (const std::string& whole : {text, text + end}) {
    const auto trace = script(whole);
    EXPECT_EQ(trace::plan_calls(trace, true)[0].unit, trace::CallWork::kTotal);
    const Summary summary = summarise(trace);
    EXPECT_EQ(summary.began_before, whole == text ? 2u : 3u);
    EXPECT_EQ(csv(result_of(summary)), csv(ask(kSummaryQuestion, trace, {.reading = Reading::kRows})));
  }
}

TEST(Summaries, AreLeftOutWhereTheyWouldTakeTooMuch) {
  std::string text = "small header\n";
  for (unsigned i = 0; i < 3000; ++i) text += fmt::format("{}us p{} read fd=3 count=10 10 dur=1us\n", 10 * i, i);
  const auto trace = script(text);
  EXPECT_EQ(sums_in(trace), 0u);
  EXPECT_EQ(answers(trace, Reading::kSummaries), answers(trace, Reading::kRows));
}

// The blocks that a summary is of, changed behind its back.
TEST(Summaries, OfOtherBlocksAreNotUsed) {
  const auto sound = script_bytes("small header\n" + busy_script(30'000, 4));
  const auto trace = trace_of(sound);
  const std::string rows = answers(trace, Reading::kRows);
  ASSERT_GT(sums_in(trace), 0u);
  unsigned tried = 0, noticed = 0;
  for (size_t i = 0; i < trace.frames().size(); ++i) {
    const trace::Frame frame = trace.frames()[i];
    if (!frame.is(trace::FrameKind::kSummary)) continue;
    // Its own content, bit by bit in places: damage is noticed, and the answer is the rows'.
    for (uint64_t at = 0; at < frame.stored_bytes; at += 1 + frame.stored_bytes / 40, ++tried) {
      auto bytes = sound;
      bytes[frame.offset + sizeof(trace::FrameHeader) + at] ^= std::byte{4};
      const auto damaged = trace_of(std::move(bytes));
      EXPECT_EQ(answers(damaged, Reading::kSummaries), rows);
      noticed += !damaged.damage().empty();
    }
  }
  EXPECT_GT(tried, 20u);
  EXPECT_GT(noticed, tried / 4);  // groups that the answer does not need are not read
}

// Rewrites the first summary's messages, with right checksums.
std::vector<std::byte> with_summary(const std::vector<std::byte>& sound,
                                    const std::function<void(schema::Summary::Builder)>& lie,
                                    const std::function<void(schema::UnitSums::Builder)>& lie_of_units = {}) {
  const auto trace = trace_of(sound);
  for (const trace::Frame frame : trace.frames()) {
    if (!frame.is(trace::FrameKind::kSummary)) continue;
    trace::FramePayload payload;
    EXPECT_TRUE(payload.load_groups(trace.bytes(), frame, 7, trace.damage()));
    std::vector<std::unique_ptr<capnp::MallocMessageBuilder>> messages;
    std::vector<capnp::MessageBuilder*> groups;
    for (unsigned group = 0; group < 3; ++group) {
      const auto words = payload.group(group);
      if (words.empty()) {
        groups.push_back(nullptr);
        continue;
      }
      capnp::FlatArrayMessageReader reader(kj::arrayPtr(words.data(), words.size()));
      messages.push_back(std::make_unique<capnp::MallocMessageBuilder>());
      groups.push_back(messages.back().get());
      if (group == 0) {
        messages.back()->setRoot(reader.getRoot<schema::Summary>());
        lie(messages.back()->getRoot<schema::Summary>());
      } else if (group == 1) {
        messages.back()->setRoot(reader.getRoot<schema::UnitSums>());
        if (lie_of_units) lie_of_units(messages.back()->getRoot<schema::UnitSums>());
      } else {
        messages.back()->setRoot(reader.getRoot<schema::LongCalls>());
      }
    }
    trace::BlockEncoder encoder;
    const auto forged = encoder.encode_groups(trace::plain_header(trace::FrameKind::kSummary), groups);
    std::vector<std::byte> bytes(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(frame.offset));
    bytes.insert(bytes.end(), forged.bytes.begin(), forged.bytes.end());
    bytes.insert(bytes.end(), sound.begin() + static_cast<std::ptrdiff_t>(frame.end()), sound.end());
    return bytes;
  }
  ADD_FAILURE() << "no summary";
  return {};
}

// A summary was found to be wrong. (That the index no longer fits is reported as well.)
bool blamed(const trace::Trace& trace) {
  for (const trace::Damage& damage : trace.damage().list())
    if (damage.what.starts_with("the summary")) return true;
  return false;
}

TEST(Summaries, ThatLieAreNotUsed) {
  const auto sound = script_bytes("small header\n" + busy_script(30'000, 5));
  const std::string rows = answers(trace_of(sound), Reading::kRows);
  using Summary = schema::Summary::Builder;
  using Units = schema::UnitSums::Builder;
  auto units = [](Summary s) { s.setHasTotal(false); };  // whose sums are read only without a total
  {
    const auto trace = trace_of(with_summary(sound, units));
    EXPECT_EQ(answers(trace, Reading::kSummaries), rows);
    EXPECT_FALSE(blamed(trace));
  }
  auto constant = [](schema::Column::Builder column, uint64_t value) {
    column.setEncoding(schema::Encoding::CONSTANT);
    column.setWidth(0);
    column.setBase(value);
    column.initData(0);
  };
  const std::pair<const char*, std::vector<std::byte>> cases[] = {
      {"offset", with_summary(sound, [&](Summary s) { s.getOffset().setBase(s.getOffset().getBase() + 1); })},
      {"rows", with_summary(sound, [&](Summary s) { constant(s.getRows(), 5); })},
      {"checksum", with_summary(sound, [&](Summary s) { s.getChecksum()[3] ^= 1; })},
      {"blocks", with_summary(sound, [&](Summary s) { s.setBlocks(0xffffffff); })},
      {"units", with_summary(sound, [&](Summary s) { s.setUnits(0x7fffffff); })},
      {"unit", with_summary(sound, [&](Summary s) { constant(s.getUnit(), 3); })},
      {"calls", with_summary(sound, units, [&](Units u) { constant(u.getSums().getCalls(), 1); })},
      {"timed", with_summary(sound, units, [&](Units u) { constant(u.getSums().getTimed(), 1); })},
      {"sums", with_summary(sound, units, [&](Units u) { u.getSums().setRows(0xffffffff); })},
      {"buckets", with_summary(sound, units, [&](Units u) { u.getSums().setBucketCount(0xffffffff); })},
      {"bucket", with_summary(sound, units, [&](Units u) { constant(u.getSums().getBucket(), UINT64_MAX); })},
      {"count", with_summary(sound, units, [&](Units u) { constant(u.getSums().getCount(), UINT64_MAX / 2); })},
      {"unit rows", with_summary(sound, units, [&](Units u) { constant(u.getUnitRows(), UINT64_MAX); })},
  };
  for (const auto& [what, bytes] : cases) {
    const auto trace = trace_of(bytes);
    EXPECT_EQ(answers(trace, Reading::kSummaries), rows) << what;
    EXPECT_TRUE(blamed(trace)) << what;
  }
  // Twice the same summary: its blocks count once.
  const auto trace = trace_of(sound);
  for (const trace::Frame frame : trace.frames()) {
    if (!frame.is(trace::FrameKind::kSummary)) continue;
    auto bytes = sound;
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(frame.end()),
                 sound.begin() + static_cast<std::ptrdiff_t>(frame.offset),
                 sound.begin() + static_cast<std::ptrdiff_t>(frame.end()));
    const auto twice = trace_of(std::move(bytes));
    EXPECT_EQ(answers(twice, Reading::kSummaries), rows);
    EXPECT_TRUE(blamed(twice));
    break;
  }
}

// What nothing but the rows can show to be wrong: --verify compares them.
TEST(Summaries, ThatAddUpWronglyAreFoundByVerifying) {
  const auto sound = script_bytes("small header\n" + busy_script(30'000, 6));
  using Summary = schema::Summary::Builder;
  using Units = schema::UnitSums::Builder;
  auto faults = [](const std::vector<std::byte>& bytes) {
    for (const Check& check : verify(trace_of(bytes)).checks)
      if (check.what == "summaries") return check.faults;
    return uint64_t{12345};
  };
  auto nothing = [](Summary) {};
  auto higher = [](schema::Column::Builder column) { column.setBase(column.getBase() + 1); };
  EXPECT_EQ(faults(sound), 0u);
  EXPECT_EQ(faults(with_summary(sound, nothing)), 0u);
  EXPECT_GT(faults(with_summary(sound, nothing, [&](Units u) { higher(u.getSums().getBytes()); })), 0u);
  EXPECT_GT(faults(with_summary(sound, nothing, [&](Units u) { higher(u.getSums().getTotalNs()); })), 0u);
  EXPECT_GT(faults(with_summary(sound, nothing, [&](Units u) { higher(u.getSums().getThread()); })), 0u);
  EXPECT_GT(faults(with_summary(sound, nothing, [&](Units u) { higher(u.getSums().getPeekedBytes()); })), 0u);
  EXPECT_GT(faults(with_summary(sound, [&](Summary s) { higher(s.getLastReturnNs()); })), 0u);
  EXPECT_GT(faults(with_summary(sound, [&](Summary s) { s.setLongNs(s.getLongNs() * 10); })), 0u);
}

}  // namespace
}  // namespace ebpftrace::analyzer
