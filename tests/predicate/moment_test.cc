// SPDX-License-Identifier: Apache-2.0
#include "predicate/moment.h"

#include <gtest/gtest.h>

#include <ctime>
#include <random>

#include "predicate/error.h"

namespace ebpftrace::predicate {
namespace {

// Kind, value; or the error. What is printed must read back as the same.
std::string moment(std::string_view text) {
  static constexpr std::string_view kKinds[] = {"start+", "end-", "day ", "date ", "exec ", "mark "};
  try {
    const Moment moment = parse_moment(text);
    EXPECT_EQ(parse_moment(to_string(moment)), moment) << text << " -> " << to_string(moment);
    std::string out(kKinds[static_cast<size_t>(moment.kind)]);
    if (moment.kind >= Moment::Kind::kExec) return out + moment.name + " " + std::to_string(moment.ordinal);
    return out + std::to_string(moment.ns) + (moment.utc ? " utc" : "");
  } catch (const ExpressionError& error) {
    EXPECT_LE(error.offset + error.length, text.size());
    return error.what();
  }
}

TEST(Moment, CountsFromStartAndEnd) {
  EXPECT_EQ(moment("1.5s"), "start+1500000000");
  EXPECT_EQ(moment("0"), "start+0");
  EXPECT_EQ(moment("20"), "start+20");
  EXPECT_EQ(moment("-2s"), "end-2000000000");
  EXPECT_EQ(moment("-0s"), "end-0");
  EXPECT_EQ(moment("2min"), "start+120000000000");
}

TEST(Moment, IsATimeOfDay) {
  EXPECT_EQ(moment("14:03:10.5"), "day 50590500000000");
  EXPECT_EQ(moment("14:03"), "day 50580000000000");
  EXPECT_EQ(moment("00:00:00"), "day 0");
  EXPECT_EQ(moment("23:59:59.999999999"), "day 86399999999999");
  EXPECT_EQ(moment("24:00"), "'24:00': the hour is from 0 to 23");
  EXPECT_EQ(moment("1:30"), "'1:30': the hour has 2 digits");
  EXPECT_EQ(moment("12:60"), "'12:60': the minute is from 0 to 59");
  EXPECT_EQ(moment("12:30:1"), "'12:30:1': the second has 2 digits");
  EXPECT_EQ(moment("12:30:00."), "'12:30:00.': the second's decimals are missing");
  EXPECT_EQ(moment("12:30:00.1234567891"), "'12:30:00.1234567891': a second has at most nine decimals");
  EXPECT_EQ(moment("12:30Z"),
            "'12:30Z': a time of day is such as 14:03:10.5, a date goes before it: 2026-11-21T14:03:10Z");
}

TEST(Moment, IsADate) {
  EXPECT_EQ(moment("1970-01-01T00:00:00Z"), "date 0 utc");
  EXPECT_EQ(moment("2026-11-21T14:03:10.5Z"), "date 1795269790500000000 utc");
  EXPECT_EQ(moment("2026-11-21T14:03:10.5+02:00"), "date 1795262590500000000 utc");
  EXPECT_EQ(moment("2026-11-21T14:03:10-0330"), "date 1795282390000000000 utc");
  EXPECT_EQ(moment("2026-11-21T14:03:10+02"), "date 1795262590000000000 utc");
  EXPECT_EQ(moment("2026-11-21T14:03"), "date 1795269780000000000");
  EXPECT_EQ(moment("2026-11-21 14:03"), "date 1795269780000000000");
  EXPECT_EQ(moment("2026-11-21"), "date 1795219200000000000");
  EXPECT_EQ(moment("2024-02-29"), "date 1709164800000000000");
  EXPECT_EQ(moment("2023-02-29"), "'2023-02-29': the day of that month is from 1 to 28");
  EXPECT_EQ(moment("2100-02-29"), "'2100-02-29': the day of that month is from 1 to 28");
  EXPECT_EQ(moment("2023-13-01"), "'2023-13-01': the month is from 1 to 12");
  EXPECT_EQ(moment("2300-01-01"), "'2300-01-01': the year is from 1970 to 2261");
  EXPECT_EQ(moment("2023-1-01"), "'2023-1-01': the month has 2 digits");
  EXPECT_EQ(moment("2023-01-01Z"), "'2023-01-01Z': a time of day follows a date after 'T': 2026-11-21T14:03:10");
  EXPECT_EQ(moment("1970-01-01T00:00:00+01:00"), "'1970-01-01T00:00:00+01:00': that is before 1970");
  EXPECT_EQ(moment("2026-11-21T14:03:10X"),
            "'2026-11-21T14:03:10X': behind the time of day there is a zone, such as Z or +02:00, or nothing");
}

TEST(Moment, DatesAreThoseOfTheCLibrary) {
  for (int64_t day = 0; day < 106'000; day += 13) {
    const time_t seconds = day * 86'400 + 3661;
    char text[32];
    std::tm broken_down{};
    ASSERT_NE(gmtime_r(&seconds, &broken_down), nullptr);
    ASSERT_GT(std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &broken_down), 0u);
    const Moment moment = parse_moment(text);
    EXPECT_EQ(moment.ns, seconds * 1'000'000'000) << text;
    EXPECT_EQ(to_string(moment), text);
  }
}

TEST(Moment, IsAMarker) {
  EXPECT_EQ(moment("@exec:make"), "exec make 1");
  EXPECT_EQ(moment("@exec:make#2"), "exec make 2");
  EXPECT_EQ(moment("@exec:/usr/bin/cc-12"), "exec /usr/bin/cc-12 1");
  EXPECT_EQ(moment("@mark:\"two words\"#3"), "mark two words 3");
  EXPECT_EQ(moment("@mark:\"a..b\""), "mark a..b 1");
  EXPECT_EQ(moment("@mark:"), "'@mark:': a name is missing behind ':'");
  EXPECT_EQ(moment("@fork:x"), "'@fork:x': there are @exec:NAME and @mark:NAME");
  EXPECT_EQ(moment("@exec:make#0"), "'@exec:make#0': behind '#' there is which one it is, from 1");
  EXPECT_EQ(moment("@exec:make#"), "'@exec:make#': behind '#' there is which one it is, from 1");
  EXPECT_EQ(moment("@exec:make#99999999999999999999"),
            "'@exec:make#99999999999999999999': behind '#' there is which one it is, from 1");
  EXPECT_EQ(moment("@mark:\"x"), "'@mark:\"x': the name's '\"' is never closed");
  EXPECT_EQ(moment("@mark:a b"),
            "'@mark:a b': a name with other characters stands in double quotes: @mark:\"two words\"");
}

TEST(Moment, AnythingElseIsAnError) {
  const std::string forms =
      "; a moment is such as 1.5s (after the start), -2s (before the end), 14:03:10.5, 2026-11-21T14:03:10Z, "
      "@exec:NAME or "
      "@mark:NAME";
  EXPECT_EQ(moment(""), "a moment is missing" + forms);
  EXPECT_EQ(moment("noon"), "'noon' is no moment" + forms);
  EXPECT_EQ(moment("-"), "'-' is no moment" + forms);
  EXPECT_EQ(moment("4KiB"), "'4KiB' is no time" + forms);
  EXPECT_EQ(moment("10000000000000000000"), "'10000000000000000000' is more than 292 years");
}

TEST(Moment, RangesAreTwoOfThem) {
  EXPECT_EQ(parse_range("1.5s..-2s").to, parse_moment("-2s"));
  EXPECT_EQ(parse_range("14:03..14:04").from, parse_moment("14:03"));
  EXPECT_EQ(parse_range("@mark:\"a..b\"..@exec:x").from, parse_moment("@mark:\"a..b\""));
  EXPECT_EQ(parse_range("@mark:a..@mark:b").to, parse_moment("@mark:b"));
  const auto error = [](std::string_view text) {
    try {
      parse_range(text);
    } catch (const ExpressionError& error) {
      return std::to_string(error.offset) + " " + std::string(error.what()).substr(0, 30);
    }
    return std::string();
  };
  EXPECT_EQ(error("1s"), "0 '1s' is no range; a range is t");
  EXPECT_EQ(error("1s.."), "4 a moment is missing; a moment ");
  EXPECT_EQ(error("..1s"), "0 a moment is missing; a moment ");
  EXPECT_EQ(error("1s..2x"), "5 unknown unit 'x'; there are ns");
}

TEST(Moment, PrintedMarkersReadBack) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    Moment moment;
    moment.kind = random() % 2 == 0 ? Moment::Kind::kExec : Moment::Kind::kMark;
    for (size_t length = 1 + random() % 6; length > 0; --length)
      moment.name += random() % 2 == 0 ? "ab.#\"\\:/ \n"[random() % 10] : static_cast<char>(random());
    moment.ordinal = 1 + static_cast<uint32_t>(random() % 3);
    const std::string text = to_string(moment);
    ASSERT_EQ(parse_moment(text), moment) << text;
    ASSERT_EQ(marker_length(text + "..2s"), text.size()) << text;
    ASSERT_EQ(marker_length(text + " x"), text.size()) << text;
  }
}

}  // namespace
}  // namespace ebpftrace::predicate
