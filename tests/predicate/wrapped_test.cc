// SPDX-License-Identifier: Apache-2.0
#include "predicate/wrapped.h"

#include <gtest/gtest.h>

namespace ebpftrace::predicate {
namespace {

TEST(Wrapped, GoesOnBelowTheLastColumn) {
  EXPECT_EQ(wrapped("  --name TYPE    What this is about, in some words more\n  -x             Short\n", 40),
            "  --name TYPE    What this is about, in\n"
            "                 some words more\n"
            "  -x             Short\n");
  EXPECT_EQ(wrapped("  --at MOMENT    When\n                 one two three four five six seven", 40),
            "  --at MOMENT    When\n"
            "                 one two three four five\n"
            "                 six seven");
}

TEST(Wrapped, WithoutColumnsBelowItsBeginning) {
  EXPECT_EQ(wrapped("one two three four five six seven eight nine ten eleven\n\nend", 40),
            "one two three four five six seven eight\nnine ten eleven\n\nend");
  EXPECT_EQ(wrapped("  one two three four five six seven eight nine ten", 40),
            "  one two three four five six seven\n  eight nine ten");
}

TEST(Wrapped, NeverBreaksAWordNorLosesOne) {
  const std::string word(60, 'x');
  EXPECT_EQ(wrapped(word, 40), word);
  EXPECT_EQ(wrapped("a " + word + " b", 40), "a\n" + word + "\nb");
  EXPECT_EQ(wrapped("  --option    " + word + " end", 40), "  --option    " + word + "\n              end");
}

TEST(Wrapped, NoTerminalOrAVeryNarrowOne) {
  const std::string text = "one two three four five six seven eight nine ten eleven\n";
  EXPECT_EQ(wrapped(text, 0), text);
  EXPECT_EQ(wrapped(text, 39), text);
}

}  // namespace
}  // namespace ebpftrace::predicate
