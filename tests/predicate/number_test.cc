// SPDX-License-Identifier: Apache-2.0
#include "predicate/number.h"

#include <gtest/gtest.h>

#include "predicate/error.h"

namespace ebpftrace::predicate {
namespace {

// "negative magnitude unit" or the error.
std::string number(std::string_view text) {
  try {
    const Number number = parse_number(text);
    static constexpr std::string_view kKinds[] = {"", " time", " bytes", " count"};
    return (number.value.negative ? "-" : "") + std::to_string(number.value.magnitude) +
           std::string(kKinds[static_cast<size_t>(number.unit)]);
  } catch (const ExpressionError& error) {
    EXPECT_LE(error.offset + error.length, text.size());
    return std::to_string(error.offset) + "+" + std::to_string(error.length) + " " + error.what();
  }
}

TEST(Number, ReadsWhatPeopleWrite) {
  EXPECT_EQ(number("0"), "0");
  EXPECT_EQ(number("-0"), "0");
  EXPECT_EQ(number("-4095"), "-4095");
  EXPECT_EQ(number("0x40"), "64");
  EXPECT_EQ(number("-0X4a"), "-74");
  EXPECT_EQ(number("0755"), "493");
  EXPECT_EQ(number("00"), "0");
  EXPECT_EQ(number("7.0"), "7");
  EXPECT_EQ(number("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(number("-18446744073709551615"), "-18446744073709551615");
  EXPECT_EQ(number("0xffffffffffffffff"), "18446744073709551615");
  EXPECT_EQ(number("01777777777777777777777"), "18446744073709551615");
}

TEST(Number, CountsInThousandths) {
  auto thousandths = [](std::string_view text) { return parse_number(text, 0, kThousandths).value.magnitude; };
  EXPECT_EQ(thousandths("50"), 50'000u);
  EXPECT_EQ(thousandths("0.001"), 1u);
  EXPECT_EQ(thousandths("99.5000"), 99'500u);
  EXPECT_EQ(thousandths("0x10"), 16'000u);
  EXPECT_EQ(thousandths("1K"), 1'024'000u);
  EXPECT_EQ(thousandths("18446744073709551.615"), UINT64_MAX);
  for (const char* wrong : {"0.0005", "18446744073709551.616", "18446744073709552", "0xffffffffffffffff"})
    EXPECT_THROW(thousandths(wrong), ExpressionError) << wrong;
  EXPECT_EQ(decimal_text(99'500), "99.5");
  EXPECT_EQ(decimal_text(1), "0.001");
  EXPECT_EQ(decimal_text(100'000), "100");
  EXPECT_EQ(decimal_text(UINT64_MAX), "18446744073709551.615");
}

TEST(Number, KnowsEveryUnit) {
  EXPECT_EQ(number("7ns"), "7 time");
  EXPECT_EQ(number("1.5us"), "1500 time");
  EXPECT_EQ(number("2\u00b5s"), "2000 time");
  EXPECT_EQ(number("2\u03bcs"), "2000 time");
  EXPECT_EQ(number("0.000001ms"), "1 time");
  EXPECT_EQ(number("1s"), "1000000000 time");
  EXPECT_EQ(number("1min"), "60000000000 time");
  EXPECT_EQ(number("1.5h"), "5400000000000 time");
  EXPECT_EQ(number("1d"), "86400000000000 time");
  EXPECT_EQ(number("3B"), "3 bytes");
  EXPECT_EQ(number("3kB"), "3000 bytes");
  EXPECT_EQ(number("3KiB"), "3072 bytes");
  EXPECT_EQ(number("3MB"), "3000000 bytes");
  EXPECT_EQ(number("3MiB"), "3145728 bytes");
  EXPECT_EQ(number("3GB"), "3000000000 bytes");
  EXPECT_EQ(number("0.5GiB"), "536870912 bytes");
  EXPECT_EQ(number("1.5K"), "1536 count");
  EXPECT_EQ(number("1M"), "1048576 count");
  EXPECT_EQ(number("-1G"), "-1073741824 count");
}

TEST(Number, IsExactOrAnError) {
  EXPECT_EQ(number("18446744073709551616"),
            "0+20 '18446744073709551616' does not fit into 64 bits: at most 18446744073709551615");
  EXPECT_EQ(number("99999999999999999999999999"),
            "0+26 '99999999999999999999999999' does not fit into 64 bits: at most 18446744073709551615");
  EXPECT_EQ(number("0x10000000000000000"),
            "0+19 '0x10000000000000000' does not fit into 64 bits: at most 18446744073709551615");
  EXPECT_EQ(number("213503d"), "18446659200000000000 time");
  EXPECT_EQ(number("213504d"), "0+7 '213504d' does not fit into 64 bits: at most 18446744073709551615");
  EXPECT_EQ(number("17179869184G"), "0+12 '17179869184G' does not fit into 64 bits: at most 18446744073709551615");
  EXPECT_EQ(number("17179869183.999999999G"), "0+22 '17179869183.999999999G' is not a whole number");
  EXPECT_EQ(number("1.5ns"), "0+5 '1.5ns' is not a whole number of nanoseconds");
  EXPECT_EQ(number("0.3KiB"), "0+6 '0.3KiB' is not a whole number of bytes");
  EXPECT_EQ(number("1.5"), "0+3 '1.5' is not a whole number");
  EXPECT_EQ(number("1.0000000000000000001s"), "0+22 '1.0000000000000000001s' has more than 18 decimals");
}

TEST(Number, SaysWhatIsWrong) {
  EXPECT_EQ(number("1m"), "1+1 unknown unit 'm', did you mean 'ms' or 'min'?");
  EXPECT_EQ(number("4KB"), "1+2 unknown unit 'KB', did you mean 'kB' or 'KiB'?");
  EXPECT_EQ(number("4furlongs"),
            "1+8 unknown unit 'furlongs'; there are ns us ms s min h d, B kB MB GB KiB MiB GiB, and K M G");
  EXPECT_EQ(number("1e6"), "1+2 unknown unit 'e6'; there are ns us ms s min h d, B kB MB GB KiB MiB GiB, and K M G");
  EXPECT_EQ(number("10.0.0.1"), "0+8 '10.0.0.1' is not a number; a text stands in double quotes");
  EXPECT_EQ(number("0x"), "0+2 '0x' is hexadecimal (0x): digits 0 to 9 and a to f, without a unit");
  EXPECT_EQ(number("0x10KiB"), "0+7 '0x10KiB' is hexadecimal (0x): digits 0 to 9 and a to f, without a unit");
  EXPECT_EQ(number("089"), "0+3 '089' is octal (a leading 0): digits 0 to 7, without a unit");
  EXPECT_EQ(number("-"), "0+1 '-' is not a number");
  EXPECT_EQ(number(""), "0+0 '' is not a number");
  EXPECT_EQ(number("1."), "0+2 '1.' is not a number; a text stands in double quotes");
}

TEST(Number, IsWrittenAsItIsRead) {
  EXPECT_EQ(duration_text(0), "0ns");
  EXPECT_EQ(duration_text(1'500'000), "1500us");
  EXPECT_EQ(duration_text(90'000'000'000), "90s");
  EXPECT_EQ(bytes_text(4096), "4KiB");
  EXPECT_EQ(bytes_text(3'000'000), "3MB");
  EXPECT_EQ(bytes_text(4097), "4097B");
  for (uint64_t value = 1, last = 0; last < value; last = value, value = value * 7 + 3) {
    EXPECT_EQ(parse_number(duration_text(value)).value.magnitude, value);
    EXPECT_EQ(parse_number(bytes_text(value)).value.magnitude, value);
  }
  EXPECT_EQ(parse_number(duration_text(~uint64_t{0})).value.magnitude, ~uint64_t{0});
}

}  // namespace
}  // namespace ebpftrace::predicate
