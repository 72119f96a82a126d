// SPDX-License-Identifier: Apache-2.0
// One session, asked everything by several threads at once, each beginning with another question: the answers are those that one
// thread gets, whoever comes first to load a dictionary.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/api/session.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kThreads = 4;

std::unique_ptr<Session> open_sample(const std::string& name) {
  const std::string file = std::string(SAMPLES_FOLDER "/") + name;
  return std::move(Session::open(std::span(&file, 1)).front());
}

// What the question answers, in words; empty where it takes something that this doesn't know.
std::string answer(const Question& question, const Session& session, const Asked& asked = {}) {
  Asked one = asked;
  const QuestionArgument& argument = question.takes.argument;
  if (!argument.values.empty())
    one.argument = argument.values.front();
  else if (!argument.type.empty() && !argument.optional)
    return {};
  std::string out;
  if (!question.print) return csv(ask(question, session, one));
  ask(question, session, one, Format::kCsv, [&](std::string_view piece) { out += piece; });
  return out;
}

std::map<std::string_view, std::string> all_answers(const Session& session, size_t first = 0, const Asked& asked = {}) {
  std::map<std::string_view, std::string> answers;
  const auto questions = all_questions();
  for (size_t i = 0; i < questions.size(); ++i) {
    const Question& question = *questions[(first + i) % questions.size()];
    answers[question.name] = answer(question, session, asked);
  }
  return answers;
}

TEST(QuestionsAtOnce, HaveTheAnswersOfOneThread) {
  for (const char* name : {"build.trace", "network.trace", "losses.trace"}) {
    SCOPED_TRACE(name);
    const auto expected = all_answers(*open_sample(name));
    const auto session = open_sample(name);
    std::vector<std::map<std::string_view, std::string>> answers(kThreads);
    {
      std::vector<std::jthread> threads;
      for (size_t i = 0; i < kThreads; ++i)
        threads.emplace_back([&, i] { answers[i] = all_answers(*session, i * all_questions().size() / kThreads); });
    }
    for (const auto& one : answers)
      for (const auto& [question, text] : one) EXPECT_EQ(text, expected.at(question)) << question;
  }
}

TEST(QuestionsAtOnce, MayBeStoppedWhileOthersGoOn) {
  const auto session = open_sample("build.trace");
  const auto expected = all_answers(*open_sample("build.trace"));
  std::stop_source stop;
  std::jthread stopped([&] {
    Asked asked;
    asked.stop = stop.get_token();
    asked.reading = Reading::kRows;
    asked.progress = [&](const Progress&) { stop.request_stop(); };
    for (int i = 0; i < 3; ++i)
      for (const Question* question : all_questions())
        if (question->takes.stop) answer(*question, *session, asked);
  });
  for (const auto& [question, text] : all_answers(*session)) EXPECT_EQ(text, expected.at(question)) << question;
}

}  // namespace
}  // namespace ebpftrace::analyzer
