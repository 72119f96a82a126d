// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/escape.h"

#include <gtest/gtest.h>

namespace ebpftrace::analyzer {
namespace {

std::string json(std::string_view text) {
  std::string out;
  append_json(out, text);
  return out;
}
std::string csv(std::string_view text) {
  std::string out;
  append_csv(out, text);
  return out;
}
std::string terminal(std::string_view text) {
  std::string out;
  append_terminal(out, text);
  return out;
}

TEST(Escape, Json) {
  EXPECT_EQ(json("plain"), "\"plain\"");
  EXPECT_EQ(json("a\"b\\c\n\x01\x7f"), "\"a\\\"b\\\\c\\u000a\\u0001\\u007f\"");
  EXPECT_EQ(json("é€😀"), "\"é€😀\"");
  EXPECT_EQ(json("\xe9t\xe9"), "\"\\u00e9t\\u00e9\"");
  EXPECT_EQ(json("\xc2\x9b"), "\"\\u009b\"");                    // C1
  EXPECT_EQ(json("\xe2\x80\xae"), "\"\\u202e\"");                // right-to-left override
  EXPECT_EQ(json("\xed\xa0\x80"), "\"\\u00ed\\u00a0\\u0080\"");  // a surrogate is not UTF-8
  EXPECT_EQ(json("\xc0\xaf"), "\"\\u00c0\\u00af\"");             // overlong
  EXPECT_EQ(json("\xf3\xa0\x80\x81"), "\"\\udb40\\udc01\"");     // a tag character
  EXPECT_EQ(json("\xe2\x82"), "\"\\u00e2\\u0082\"");             // cut
  EXPECT_EQ(json(std::string_view("\0", 1)), "\"\\u0000\"");
}

TEST(Escape, Csv) {
  EXPECT_EQ(csv("plain"), "plain");
  EXPECT_EQ(csv("a,b"), "\"a,b\"");
  EXPECT_EQ(csv("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(csv("a\nb"), "\"a\nb\"");
  for (const char* formula : {"=1+1", "+1", "-1", "@x", "\tx"}) EXPECT_EQ(csv(formula), std::string("'") + formula);
  EXPECT_EQ(csv("\rx"), "\"'\rx\"");
  EXPECT_EQ(csv("=a,b"), "\"'=a,b\"");
  EXPECT_EQ(csv("\x1b[2J\xff"), "\\x1b[2J\\xff");
  EXPECT_EQ(csv(""), "");
}

TEST(Escape, Terminal) {
  EXPECT_EQ(terminal("plain \\ é"), "plain \\ é");
  EXPECT_EQ(terminal("\x1b]0;x\x07\r\n\t"), "\\x1b]0;x\\x07\\x0d\\x0a\\x09");
  EXPECT_EQ(terminal("\xc2\x9b"
                     "31m"),
            "\\u{9b}31m");
  EXPECT_EQ(terminal("\xe2\x80\xae"
                     "cod.exe"),
            "\\u{202e}cod.exe");
  EXPECT_EQ(terminal("\xff"), "\\xff");
}

// All byte strings up to two bytes and what follows a lead byte: nothing that a terminal obeys gets through.
TEST(Escape, NothingThatATerminalObeysGetsThrough) {
  for (unsigned a = 0; a < 256; ++a) {
    for (unsigned b = 0; b < 256; ++b) {
      const char bytes[] = {static_cast<char>(a), static_cast<char>(b)};
      for (const std::string& out : {terminal({bytes, 2}), json({bytes, 2})}) {
        for (size_t i = 0; i < out.size(); ++i) {
          const auto c = static_cast<unsigned char>(out[i]);
          EXPECT_TRUE(c >= 0x20 && c != 0x7f) << a << ' ' << b;
          if (c >= 0x80 && c < 0xc0) {
            const auto lead = static_cast<unsigned char>(out[i - 1]);
            EXPECT_FALSE(lead == 0xc2 && c < 0xa0) << a << ' ' << b;
          }
        }
      }
    }
  }
}

TEST(Escape, CutsByColumns) {
  auto cut = [](std::string text, size_t columns) {
    const size_t used = cut_to_columns(text, columns);
    return text + "|" + std::to_string(used);
  };
  EXPECT_EQ(cut("abc", 3), "abc|3");
  EXPECT_EQ(cut("abcd", 3), "ab…|3");
  EXPECT_EQ(cut("日本語", 4), "日…|3");
  EXPECT_EQ(cut("ééé", 3), "ééé|3");
  EXPECT_EQ(cut("abc", 0), "|0");
}

TEST(Escape, CutsTheMiddleByColumns) {
  auto cut = [](std::string text, size_t columns) {
    const size_t used = cut_middle_to_columns(text, columns);
    return text + "|" + std::to_string(used);
  };
  EXPECT_EQ(cut("/abc", 4), "/abc|4");
  EXPECT_EQ(cut("/usr/lib/libc.so", 10), "/us…ibc.so|10");
  EXPECT_EQ(cut("/日本語/日本語.txt", 10), "/日…語.txt|10");
  EXPECT_EQ(cut("/日本語/日本語txt", 10), "/日…語txt|9");
  EXPECT_EQ(cut("/abc", 2), "/…|2");
  EXPECT_EQ(cut("/abc", 0), "|0");
  // What has no width stays with what it belongs to.
  EXPECT_EQ(cut("/aaae\u0301e\u0301e\u0301e\u0301", 5), "/…e\u0301e\u0301e\u0301|5");
}

}  // namespace
}  // namespace ebpftrace::analyzer
