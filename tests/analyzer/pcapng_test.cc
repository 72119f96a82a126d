// SPDX-License-Identifier: Apache-2.0
// The export byte for byte, against blocks that are put together here by the words of draft-ietf-opsawg-pcapng.
#include "analyzer/exports/pcapng.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

std::string pcapng(const trace::Trace& trace) {
  std::string out;
  write_pcapng(trace, [&](std::string_view piece) { out += piece; });
  return out;
}

std::string u16(unsigned value) { return {static_cast<char>(value), static_cast<char>(value >> 8)}; }
std::string u32(uint64_t value) { return u16(value & 0xffff) + u16(value >> 16 & 0xffff); }
std::string to_4_bytes(std::string text) {
  while (text.size() % 4) text += '\0';
  return text;
}
std::string option(unsigned code, const std::string& value) {
  return u16(code) + u16(static_cast<unsigned>(value.size())) + to_4_bytes(value);
}
std::string block(uint32_t type, const std::string& body) {
  const std::string length = u32(12 + body.size());
  return u32(type) + length + body + length;
}
const std::string kEnd = u32(0);

const std::string kSection = block(0x0a0d0d0a, u32(0x1a2b3c4d) + u16(1) + u16(0) + u32(0xffffffff) + u32(0xffffffff) +
                                                   option(4, "ebpf-analyze") + kEnd);
std::string interface(const std::string& name) {
  return block(1, u16(1) + u16(0) + u32(0) + option(2, name) + option(9, "\x09") + kEnd);
}
std::string packet(uint32_t on, uint64_t real_ns, const std::string& data, uint32_t length,
                   const std::string& comment) {
  return block(6, u32(on) + u32(real_ns >> 32) + u32(real_ns) + u32(data.size()) + u32(length) + to_4_bytes(data) +
                      option(1, comment) + kEnd);
}

TEST(Pcapng, WithoutPacketsIsASectionAndTheInterfaces) {
  EXPECT_EQ(pcapng(small_script(
                "row 1s interface interface=0 name=eth0\nrow 1s interface interface=1 name=br-0123456789a\n")),
            kSection + interface("eth0") + interface("br-0123456789a"));
  EXPECT_EQ(pcapng(small_script("")), kSection + interface("?"));
}

TEST(Pcapng, PacketsHaveTheirLengthsTheirPaddingAndTheirVerdict) {
  const trace::Trace trace = small_script(
      "row 1s interface interface=0 name=eth0\nrow 1s interface interface=1 name=wlan0\n"
      "row 1s rule rule=0 text=\"\"\nrow 1s rule rule=3 text=\"drop tcp port 80\"\n"
      "row 1s packet data=abcd length=4\n"
      "row 1001ms packet data=abcde length=1500 interface=1 verdict=1 rule=3\n"
      "row 1002ms packet data=abcdef length=6 verdict=2 rule=3\n"
      "row 1003ms packet data=abcdefg length=7 outcome=13\n"
      "row 1004ms packet data=\"\\x00\\x01\\xff\" length=3 verdict=9 outcome=99 rule=77\n"
      "row 1005ms packet length=60\n");
  const uint64_t second = kScriptStartRealNs + 1'000'000'000, ms = 1'000'000;
  EXPECT_EQ(pcapng(trace), kSection + interface("eth0") + interface("wlan0") +
                               packet(0, second, "abcd", 4, "verdict: pass") +
                               packet(1, second + 1 * ms, "abcde", 1500, "verdict: drop; rule: drop tcp port 80") +
                               packet(0, second + 2 * ms, "abcdef", 6, "verdict: would drop; rule: drop tcp port 80") +
                               packet(0, second + 3 * ms, "abcdefg", 7, "verdict: pass; parse: short TCP") +
                               packet(0, second + 4 * ms, std::string("\0\1\xff", 3), 3, "verdict: 9; parse: 99") +
                               packet(0, second + 5 * ms, "", 60, "verdict: pass"));
}

TEST(Pcapng, TimesFollowTheWallClockOverAStep) {
  const trace::Trace trace = small_script(
      "row 1s interface interface=0 name=eth0\nclock 10s 3610s\n"
      "row 9s packet data=abcd length=4\nrow 11s packet data=abcd length=4\n");
  const uint64_t second = 1'000'000'000;
  EXPECT_EQ(pcapng(trace), kSection + interface("eth0") +
                               packet(0, kScriptStartRealNs + 9 * second, "abcd", 4, "verdict: pass") +
                               packet(0, kScriptStartRealNs + 3611 * second, "abcd", 4, "verdict: pass"));
}

TEST(Pcapng, LossesOfPacketsAreSaid) {
  EXPECT_EQ(write_pcapng(small_script("row 1s packet length=60\nlost cpu0 5 packet\nlost cpu0 3 flow\n"),
                         [](std::string_view) {})
                .lost,
            5u);
}

// What a reader relies on, of a trace that says nothing true.
TEST(Pcapng, HostileRowsMakeSoundBlocks) {
  const std::string long_text(70'000, 'x');
  const std::string out = pcapng(small_script(
      "row 1s interface interface=0 name=" + long_text + "\nrow 1s interface interface=3 name=\"\\x1b[31mred\\xff\"\n" +
      "row 1s interface interface=4294967295 name=far\nrow 1s rule rule=1 text=\"\\x1b[31m\\xff" + long_text + "\"\n" +
      "row 1s packet data=abcdefgh length=3 interface=2\nrow 1s packet data=abc length=3 rule=1 "
      "interface=4294967295\n"));
  size_t at = 0, interfaces = 0, packets = 0;
  auto word = [&](size_t offset) {
    uint32_t value = 0;
    std::memcpy(&value, out.data() + offset, sizeof value);
    return value;
  };
  while (at < out.size()) {
    ASSERT_LE(at + 12, out.size());
    const uint32_t type = word(at), length = word(at + 4);
    ASSERT_EQ(length % 4, 0u);
    ASSERT_LE(at + length, out.size());
    ASSERT_EQ(word(at + length - 4), length);
    size_t options = at + (type == 1 ? 16 : type == 6 ? 28 + (word(at + 20) + 3) / 4 * 4 : 24);
    if (type == 1) ++interfaces;
    if (type == 6) {
      ++packets;
      EXPECT_LT(word(at + 8), interfaces);
      EXPECT_LE(word(at + 20), word(at + 24)) << "longer than the packet was";
    }
    for (uint32_t code; (code = word(options) & 0xffff) != 0;) {
      const uint32_t size = word(options) >> 16;
      ASSERT_LE(options + 4 + size, at + length - 8);
      if (code != 9) {
        for (const char c : out.substr(options + 4, size))
          EXPECT_FALSE(c == 0x1b || static_cast<unsigned char>(c) == 0xff);
      }
      options += 4 + (size + 3) / 4 * 4;
    }
    EXPECT_EQ(options, at + length - 8);
    at += length;
  }
  EXPECT_EQ(at, out.size());
  EXPECT_EQ(interfaces, 4u);
  EXPECT_EQ(packets, 2u);
}

}  // namespace
}  // namespace ebpftrace::analyzer
