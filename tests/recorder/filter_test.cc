// SPDX-License-Identifier: Apache-2.0
// Settings as option values and as lines of a configuration file; every refusal says where.
#include "recorder/choice/filter.h"

#include <gtest/gtest.h>

#include <fstream>

#include "recorder/choice/config_file.h"

namespace ebpftrace::recorder {
namespace {

Filter with(std::string_view key, std::string_view value) {
  Filter filter;
  EXPECT_TRUE(filter.add(key, value));
  return filter;
}

std::string refusal(std::string_view key, std::string_view value) {
  try {
    with(key, value);
  } catch (const FilterError& error) {
    return std::to_string(error.offset) + " " + error.what();
  }
  return "accepted";
}

std::string config_refusal(std::string_view text) {
  try {
    parse_config(text, "f");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Filter, ProcessIdsAsPsAndPgrepPrintThem) {
  EXPECT_EQ(with("pid", "1,2 3\n4").pids, (std::vector<uint32_t>{1, 2, 3, 4}));
  EXPECT_EQ(refusal("pid", "12,x"), "3 '12,x' is not a list of process ids such as \"12,34 56\"");
  EXPECT_EQ(refusal("pid", "0"), "0 '0' is not a list of process ids such as \"12,34 56\"");
  EXPECT_EQ(refusal("pid", "4294967296"), "0 '4294967296' is not a list of process ids such as \"12,34 56\"");
  EXPECT_EQ(refusal("pid", " ,"), "0 the list of process ids is empty");
}

TEST(Filter, NamesAreCutAsTheKernelCutsThem) {
  EXPECT_EQ(with("comm", "make, a-name-of-16-byt").comms, (std::vector<std::string>{"make", "a-name-of-16-by"}));
  EXPECT_EQ(refusal("comm", "make,/usr/bin/cc"),
            "5 '/usr/bin/cc' is a path; the kernel knows a process by its file's name alone: 'cc'");
  EXPECT_EQ(refusal("comm", ""), "0 the list of command names is empty");
}

TEST(Filter, UsersByNameAndNumber) {
  EXPECT_EQ(with("user", "root,1234").users, (std::vector<uint32_t>{0, 1234}));
  EXPECT_TRUE(refusal("user", "root,no such user").starts_with("5 there is no user 'no such user'"));
}

TEST(Filter, ControlGroupsThatAreNone) {
  EXPECT_TRUE(refusal("cgroup", "/tmp").starts_with("0 '/tmp' is no control group of the unified hierarchy"));
}

TEST(Filter, DurationsHaveAUnit) {
  EXPECT_EQ(with("min-duration", "250us").min_duration_ns, 250'000u);
  EXPECT_EQ(with("min-duration", "1.5ms").min_duration_ns, 1'500'000u);
  EXPECT_EQ(with("min-duration", "2s").min_duration_ns, 2'000'000'000u);
  EXPECT_EQ(with("min-duration", "7ns").min_duration_ns, 7u);
  for (const char* wrong : {"1", "ms", "-1ms", "1 ms", "1m", "inf s", "1e30s", "nans"})
    EXPECT_EQ(refusal("min-duration", wrong),
              std::string("0 '") + wrong + "' is not a duration such as 250us, 1.5ms or 2s");
}

TEST(Filter, RulesSayWhatTheKernelMustAsk) {
  EXPECT_EQ(Filter().rules(false), RULE_FOLLOW);
  EXPECT_EQ(Filter().rules(true), RULE_FOLLOW | RULE_PROCESS);
  Filter filter = with("trace", "open");
  filter.add("follow", "no");
  filter.add("status", "failed");
  EXPECT_EQ(filter.rules(false), uint32_t{RULE_CALLS | RULE_FAILED});
  EXPECT_EQ(with("trace", "all").rules(false), RULE_FOLLOW);
}

TEST(Filter, DescribesItself) {
  EXPECT_EQ(Filter().describe(""), "all");
  Filter filter = with("trace", "%file");
  filter.add("comm", "make,cc1");
  filter.add("follow", "no");
  filter.add("min-duration", "1us");
  EXPECT_EQ(filter.describe("make"),
            "command make; comm make,cc1; without descendants; trace %file; calls of 1000 ns and more");
}

TEST(ConfigFile, LinesAddUpAndCommentsAreSkipped) {
  const Filter filter =
      parse_config("# what we want\n\n  trace = open\r\ntrace=close\n comm =make\n# comm = cc\nfollow = no", "f");
  EXPECT_EQ(filter.calls, parse_syscall_set({"open,close"}));
  EXPECT_EQ(filter.comms, std::vector<std::string>{"make"});
  EXPECT_FALSE(filter.follow);
}

TEST(ConfigFile, AnEmptyOneLeavesNothingOut) { EXPECT_EQ(parse_config("", "f").describe(""), "all"); }

TEST(ConfigFile, ErrorsHaveLineAndColumn) {
  EXPECT_EQ(config_refusal("trace = open\n  trace = close, opnat\n"),
            "f:2:18: unknown system call 'opnat'; did you mean openat?");
  EXPECT_EQ(config_refusal("frace = open"), "f:1:1: unknown key 'frace'; the keys are " + std::string(filter_keys()));
  EXPECT_EQ(config_refusal("\n open,close\n"), "f:2:2: 'open,close' is not of the form key = value");
  EXPECT_EQ(config_refusal("pid = "), "f:1:7: 'pid' has no value");
  EXPECT_EQ(config_refusal("pid = 12 x"), "f:1:10: '12 x' is not a list of process ids such as \"12,34 56\"");
  EXPECT_EQ(config_refusal("follow = maybe"), "f:1:10: 'maybe' is none of yes, no");
}

TEST(ConfigFile, WhatCannotBeReadIsNamed) {
  EXPECT_THROW(
      try { read_config("/nonexistent/file"); } catch (const ConfigError& error) {
        EXPECT_STREQ(error.what(), "/nonexistent/file: No such file or directory");
        throw;
      },
      ConfigError);
  EXPECT_THROW(
      try { read_config("/"); } catch (const ConfigError& error) {
        EXPECT_STREQ(error.what(), "/: it is not a regular file");
        throw;
      },
      ConfigError);
}

}  // namespace
}  // namespace ebpftrace::recorder
