// SPDX-License-Identifier: Apache-2.0
// A session that goes on from the one before it knows and answers what a new one of the same trace does.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "analyzer/dictionaries/control_groups.h"
#include "analyzer/dictionaries/exec_table.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/questions/question_list.h"
#include "tests/script.h"
#include "tests/trace/growing_bytes.h"

namespace ebpftrace::analyzer {
namespace {

std::shared_ptr<trace::GrowingBytes::Source> sample(const std::string& name) {
  std::ifstream file(SAMPLES_FOLDER "/" + name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  auto source = std::make_shared<trace::GrowingBytes::Source>();
  source->bytes.resize(bytes.size());
  std::transform(bytes.begin(), bytes.end(), source->bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return source;
}

std::unique_ptr<trace::Trace> open(const std::shared_ptr<trace::GrowingBytes::Source>& source) {
  return std::make_unique<trace::Trace>(std::make_shared<trace::GrowingBytes>(source), trace::Tail::kMayGrow);
}

void expect_same_dictionaries(const Session& grown, const Session& fresh) {
  const ThreadTable &threads = grown.threads(), &wanted = fresh.threads();
  ASSERT_EQ(threads.threads().size(), wanted.threads().size());
  for (size_t i = 0; i < wanted.threads().size(); ++i) {
    const Thread &one = threads.threads()[i], &other = wanted.threads()[i];
    EXPECT_TRUE(one.id == other.id && one.tid == other.tid && one.process == other.process) << i;
    EXPECT_EQ(threads.position(other.id), wanted.position(other.id)) << i;
  }
  ASSERT_EQ(threads.processes().size(), wanted.processes().size());
  for (size_t i = 0; i < wanted.processes().size(); ++i) {
    const Process &one = threads.processes()[i], &other = wanted.processes()[i];
    EXPECT_TRUE(one.pid == other.pid && one.ppid == other.ppid && one.start_ns == other.start_ns &&
                one.threads == other.threads && one.uid == other.uid && one.name == other.name &&
                one.ns_pid == other.ns_pid && one.cgroup == other.cgroup)
        << i;
  }
  ASSERT_EQ(threads.states().size(), wanted.states().size());
  for (size_t i = 0; i < wanted.states().size(); ++i) {
    const ThreadTable::State &one = threads.states()[i], &other = wanted.states()[i];
    EXPECT_TRUE(one.time_ns == other.time_ns && one.process == other.process && one.uid == other.uid &&
                threads.name_of(one) == wanted.name_of(other) && threads.cgroup_of(one) == wanted.cgroup_of(other))
        << i;
    EXPECT_EQ(grown.cgroups().path(threads.cgroup_of(one)), fresh.cgroups().path(wanted.cgroup_of(other)));
  }
  ASSERT_EQ(grown.files().files().size(), fresh.files().files().size());
  for (size_t i = 0; i < fresh.files().files().size(); ++i) {
    const File &one = grown.files().files()[i], &other = fresh.files().files()[i];
    EXPECT_TRUE(one.path == other.path && one.shown == other.shown && one.mode == other.mode && one.cut == other.cut &&
                one.unlinked == other.unlinked)
        << i << ' ' << one.shown << ' ' << other.shown;
  }
  for (const Thread& thread : wanted.threads()) {
    const Exec *one = grown.execs().last(thread.id, UINT64_MAX), *other = fresh.execs().last(thread.id, UINT64_MAX);
    ASSERT_EQ(one == nullptr, other == nullptr) << thread.tid;
    if (!one) continue;
    EXPECT_TRUE(one->time_ns == other->time_ns && one->filename.bytes == other->filename.bytes &&
                one->argv.bytes == other->argv.bytes)
        << thread.tid;
  }
}

void expect_same_answers(const Session& grown, const Session& fresh) {
  for (const Question* question : all_questions()) {
    if (!question->answer || (!question->takes.argument.type.empty() && !question->takes.argument.optional)) continue;
    EXPECT_EQ(json(ask(*question, grown)), json(ask(*question, fresh))) << question->name;
  }
}

TEST(GrowingSession, GoesOnFromTheOneBefore) {
  for (const std::string name : {"build.trace", "network.trace", "losses.trace"}) {
    const auto source = sample(name);
    const uint64_t all = source->bytes.size();
    std::unique_ptr<trace::Trace> trace = open(source);
    auto session = std::make_unique<Session>(*trace);
    size_t refreshed = 0;
    for (uint64_t step = 1; step <= 30; ++step) {
      source->size = all * step / 30;
      auto grown = trace->refresh();
      if (!grown) continue;
      ++refreshed;
      session = std::make_unique<Session>(*grown, *session);
      trace = std::move(grown);
      if (step % 4 == 3) continue;  // nobody looked
      const auto whole = open(source);
      const Session fresh(*whole);
      expect_same_dictionaries(*session, fresh);
      if (step % 10 == 0) expect_same_answers(*session, fresh);
    }
    EXPECT_GT(refreshed, 2u) << name;
    EXPECT_GT(session->threads().threads().size(), 1u) << name;
  }
}

// What the recorder took back is forgotten.
TEST(GrowingSession, OfWhatWasTakenBackNothingIsKept) {
  const auto source = sample("build.trace");
  source->size = source->bytes.size() * 2 / 3;
  const auto trace = open(source);
  const Session session(*trace);
  const size_t files = session.files().files().size();
  source->size = source->bytes.size() / 3;
  const auto shorter = trace->refresh();
  ASSERT_TRUE(shorter);
  ASSERT_LT(shorter->frames_kept(), trace->frames().size());
  const Session after(*shorter, session);
  EXPECT_LT(after.files().files().size(), files);
  const auto whole = open(source);
  expect_same_dictionaries(after, Session(*whole));
}

// Two that go on from the same one, each on its thread, while the one before is still asked.
TEST(GrowingSession, SeveralGoOnFromOne) {
  const auto source = sample("build.trace");
  source->size = source->bytes.size() / 2;
  const auto trace = open(source);
  const Session session(*trace);
  const size_t files = session.files().files().size();
  source->size = source->bytes.size();
  std::vector<std::unique_ptr<Session>> sessions;
  for (int i = 0; i < 2; ++i) sessions.push_back(session.refresh());
  {
    std::vector<std::jthread> threads;
    for (const auto& next : sessions) threads.emplace_back([&] { next->files(), next->threads(), next->execs(); });
    threads.emplace_back([&] { EXPECT_EQ(session.files().files().size(), files); });
  }
  const auto whole = open(source);
  const Session fresh(*whole);
  for (const auto& next : sessions) expect_same_dictionaries(*next, fresh);
}

TEST(TextArena, CopiesGoOnApart) {
  TextArena arena(1u << 20);
  const auto before = arena.keep("before");
  TextArena one = arena, other = arena;
  std::vector<std::pair<std::string, std::string_view>> kept;
  for (int i = 0; i < 20'000; ++i)
    for (TextArena* of : {&one, &other, &arena}) {
      std::string text = std::to_string(i) + (of == &one ? " one" : of == &other ? " other" : " first");
      const auto at = of->keep(text);
      ASSERT_TRUE(at);
      kept.emplace_back(std::move(text), *at);
    }
  EXPECT_EQ(before, "before");
  for (const auto& [text, at] : kept) ASSERT_EQ(at, text);
  const TextArena full = [] {
    TextArena most(10);
    EXPECT_TRUE(most.keep("0123456789"));
    EXPECT_FALSE(most.keep("x"));
    return most;
  }();
  TextArena also_full = full;
  EXPECT_FALSE(also_full.keep("x"));
  EXPECT_TRUE(also_full.keep(""));
}

}  // namespace
}  // namespace ebpftrace::analyzer
