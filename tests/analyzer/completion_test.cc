// SPDX-License-Identifier: Apache-2.0
// --help, the manual page and the shells' completion say the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "analyzer/api/question.h"

namespace ebpftrace::analyzer {
namespace {

std::string output(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string out;
  char piece[4096];
  for (size_t got; (got = fread(piece, 1, sizeof piece, pipe)) > 0;) out.append(piece, got);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return out;
}

std::set<std::string> found(const std::string& text, const char* pattern) {
  std::set<std::string> all;
  const std::regex regex(pattern);
  for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) all.insert((*at)[1]);
  return all;
}

// "-top-io", "n": as the manual's Fl has them.
std::set<std::string> options_of_help() {
  const std::string help = output(EBPF_ANALYZE " --help");
  return found(help.substr(0, help.find("Examples:")), R"((?:^|\n|,)(?: {2})?-(-?[a-zA-Z][a-z-]*))");
}

TEST(Manual, HasTheOptionsOfHelp) {
  std::ifstream in(MANUAL_FOLDER "/ebpf-analyze.1");
  const std::string manual(std::istreambuf_iterator<char>(in), {});
  const std::set<std::string> in_manual = [&] {
    std::set<std::string> all;
    for (const std::string& line : found(manual, R"(\.It (Fl [^\n]*)\n)"))
      for (const std::string& option : found(line, R"(Fl (-?[a-zA-Z][a-z-]*))")) all.insert(option);
    for (const std::string& line : found(manual, R"(\.It Fl ([^\n]*)\n)"))
      for (const std::string& option : found(line, R"( , (-?[a-zA-Z][a-z-]*))")) all.insert(option);
    return all;
  }();
  EXPECT_EQ(options_of_help(), in_manual);
}

TEST(Manual, HasTheColumnsOfEveryQuestion) {
  std::ifstream in(MANUAL_FOLDER "/ebpf-analyze.1");
  std::string manual(std::istreambuf_iterator<char>(in), {});
  manual.erase(0, manual.find(".Sh JSON"));
  for (const Question* question : all_questions()) {
    const size_t at = manual.find(".It " + std::string(question->name) + "\n");
    ASSERT_NE(at, std::string::npos) << question->name;
    std::string list = manual.substr(at, manual.find("\n.It ", at + 1) - at);
    std::replace(list.begin(), list.end(), '\n', ' ');
    std::string columns;
    for (const ResultColumn& column : question->columns())
      if (!column.only_people()) columns += " " + column.name;
    EXPECT_NE(list.find(columns), std::string::npos) << question->name << columns << "\n" << list;
  }
}

TEST(Help, HasAllQuestions) {
  const std::set<std::string> options = options_of_help();
  for (const Question* question : all_questions()) {
    std::string option = "-" + std::string(question->name);
    std::replace(option.begin(), option.end(), '_', '-');
    EXPECT_TRUE(options.contains(option)) << option;
  }
}

TEST(Completion, HasTheOptionsOfHelp) {
  for (const auto& [shell, pattern] : {std::pair("bash", R"([' ]-(-?[a-zA-Z][a-z-]*)(?=[ '\)]))"),
                                       {"zsh", R"(\n  '-(-?[a-zA-Z][a-z-]*)\[)"},
                                       {"fish", R"(ebpf-analyze (-l [a-z-]+|-s [a-zA-Z]))"}}) {
    std::set<std::string> options;
    for (std::string option : found(output(std::string(EBPF_ANALYZE " --completion ") + shell), pattern)) {
      if (option.starts_with("-l ")) option = "-" + option.substr(3);
      if (option.starts_with("-s ")) option = option.substr(3);
      options.insert(option);
    }
    for (const std::string& option : options_of_help()) EXPECT_TRUE(options.contains(option)) << shell << " " << option;
  }
}

std::string bash_completes(const std::string& words, int word) {
  return output("bash -c 'source <(" EBPF_ANALYZE " --completion bash); COMP_WORDS=(ebpf-analyze " + words +
                "); COMP_CWORD=" + std::to_string(word) + "; _ebpf_analyze; echo \"${COMPREPLY[@]}\"'");
}

TEST(Completion, BashCompletesOptionsAndTheirValues) {
  EXPECT_EQ(bash_completes("x --top", 2), "--top-io --top-files\n");
  EXPECT_EQ(bash_completes("x --format \"\"", 3), "table json csv\n");
  EXPECT_EQ(bash_completes("x --format c", 3), "csv\n");
  EXPECT_EQ(bash_completes("x --filter \"\"", 3), "\n");
  EXPECT_EQ(bash_completes("--fields tre", 2), "tree\n");
}

TEST(Completion, AnotherShellIsAUsageError) {
  FILE* pipe = ::popen(EBPF_ANALYZE " --completion tcsh 2>&1", "r");
  char text[200] = {};
  EXPECT_GT(fread(text, 1, sizeof text - 1, pipe), 0u);
  EXPECT_EQ(WEXITSTATUS(::pclose(pipe)), 1);
  EXPECT_NE(std::string(text).find("'tcsh' is none of bash, zsh and fish"), std::string::npos) << text;
}

}  // namespace
}  // namespace ebpftrace::analyzer
