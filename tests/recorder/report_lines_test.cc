// SPDX-License-Identifier: Apache-2.0
#include "recorder/run/report_lines.h"

#include <gtest/gtest.h>

namespace ebpftrace::recorder {
namespace {

TEST(ReportLine, ContinuesUnderItsBeginning) {
  EXPECT_EQ(report_line("ok", "term", "one two three", 40), "ok  term                  one two three\n");
  EXPECT_EQ(report_line("ok", "term", "one two three", 34),
            "ok  term                  one two\n"
            "                          three\n");
}

TEST(ReportLine, AWordThatIsTooLongIsNotCut) {
  EXPECT_EQ(report_line("-", "t", "/a/very/long/path then", 30),
            "-   t                     /a/very/long/path\n"
            "                          then\n");
}

TEST(ReportLine, NothingToSay) { EXPECT_EQ(report_line("-", "t", "", 30), "-   t\n"); }

}  // namespace
}  // namespace ebpftrace::recorder
