// SPDX-License-Identifier: Apache-2.0
// Rules from text to tables: what is understood, where an error is, and what the longest match then decides.
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <random>

#include "recorder/edge/rule_file.h"
#include "recorder/edge/rule_tables.h"
#include "recorder/edge/socket_address.h"

namespace ebpftrace::recorder {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

std::string error_of(const std::string& text) {
  try {
    RuleNumbers numbers;
    BlockEnds ends;
    make_rule_tables(parse_rules(text, "r"), false, 0, numbers, ends);
  } catch (const RuleError& error) {
    return error.what();
  }
  return "";
}

RuleTables tables_of(const std::string& text, uint64_t now = 0) {
  RuleNumbers numbers;
  BlockEnds ends;
  return make_rule_tables(parse_rules(text, "r"), false, now, numbers, ends);
}

std::string prefixes_of(const RuleTables& tables) {
  std::string all;
  for (const PrefixEntry& entry : tables.prefixes) {
    const bool four = entry.bits >= 96 && entry.address[10] == 0xff;
    all += (entry.allow ? "+" : "-") + address_text(entry.address.data(), four ? 4 : 6) + "/" +
           std::to_string(entry.bits - (four ? 96 : 0)) + " ";
  }
  return all;
}

TEST(NetworkRules, EveryKindIsUnderstood) {
  const auto rules = parse_rules(
      "# a comment\n\nallow 10.0.0.0/8\n block   2001:db8::/32  for 10m # why\nblock 192.0.2.1\n"
      "drop tcp port 23,6000-6063\npass udp\ndrop 47\nlimit syn 100/s burst 200 block 30s\nlimit packets 5/s "
      "report\nscan 20 ports in 500ms",
      "r");
  ASSERT_EQ(rules.size(), 9u);
  EXPECT_EQ(rules[1].text, "block 2001:db8::/32 for 10m");
  EXPECT_EQ(rules[1].ttl_ns, 600 * kSecond);
  EXPECT_EQ(rules[1].bits, 32u);
  EXPECT_EQ(rules[1].line, 4u);
  EXPECT_EQ(rules[2].bits, 128u);
  EXPECT_EQ(rules[3].ports, (std::vector<std::pair<uint16_t, uint16_t>>{{23, 23}, {6000, 6063}}));
  EXPECT_EQ(rules[5].protocol, IPPROTO_GRE);
  EXPECT_EQ(rules[6].burst, 200u);
  EXPECT_EQ(rules[6].block_ns, 30 * kSecond);
  EXPECT_EQ(rules[7].block_ns, 0u);
  EXPECT_EQ(rules[8].window_ns, kSecond / 2);
  EXPECT_EQ(rules[8].block_ns, 60 * kSecond);
}

TEST(NetworkRules, ErrorsNameTheirPlace) {
  EXPECT_EQ(error_of("allow 10.0.0.0/8\nblok 1.2.3.4"),
            "r:2:1: 'blok' is no rule: allow, block, drop, pass, limit or scan");
  EXPECT_EQ(error_of("block"), "r:1:6: an address or prefix is missing");
  EXPECT_EQ(error_of("block 1.2.3.4/33"), "r:1:15: '33' is not a prefix length from 0 to 32");
  EXPECT_EQ(error_of("block 1.2.3.4/24"), "r:1:7: '1.2.3.4/24' has bits set beyond its length of 24");
  EXPECT_EQ(error_of("block 1.2.3"), "r:1:7: '1.2.3' is neither an IPv4 nor an IPv6 address");
  EXPECT_EQ(error_of("block 1.2.3.4 for 10"),
            "r:1:19: '10' is not a time such as 500ms, 30s, 10m, 2h or 7d (at most 3650d)");
  EXPECT_EQ(error_of("drop tcp port 80,9-8"), "r:1:18: '9-8' is not a port or a range of ports from 0 to 65535");
  EXPECT_EQ(error_of("drop tcp port 80,"), "r:1:18: '' is not a port or a range of ports from 0 to 65535");
  EXPECT_EQ(error_of("drop icmp port 8"), "r:1:16: only tcp, udp and sctp have ports");
  EXPECT_EQ(error_of("drop tcp now"), "r:1:10: 'now' is not expected here");
  EXPECT_EQ(error_of("limit syn 0/s"), "r:1:11: '0/s' is not a rate such as 100/s (1 to 100000000)");
  EXPECT_EQ(error_of("limit syn 5/s\n\nlimit syn 6/s"), "r:3:1: 'limit syn 6/s': there is such a limit already");
  EXPECT_EQ(error_of("scan 65 ports in 1s"), "r:1:6: '65' is not a number of ports from 2 to 64");
  EXPECT_EQ(error_of("scan 9 in 1s"), "r:1:8: 'ports' is missing: scan N ports in TIME");
  EXPECT_EQ(
      error_of("drop 256"),
      "r:1:6: '256' is no protocol: tcp, udp, icmp, icmpv6, sctp, gre, esp, ah, igmp, hop-by-hop, routing, fragment, "
      "destination-options, mobility, arp, other, unparsed or 0 to 255");
  EXPECT_EQ(error_of("drop unparsed port 8"), "r:1:20: only tcp, udp and sctp have ports");
  EXPECT_EQ(error_of("pass arp now"), "r:1:10: 'now' is not expected here");
}

TEST(NetworkRules, RandomTextIsAnErrorOrRules) {
  std::mt19937 random(1);
  const std::string words[] = {"allow",    "block",
                               "drop",     "pass",
                               "limit",    "scan",
                               "tcp",      "port",
                               "1-2",      "10.0.0.0/8",
                               "::/0",     "for",
                               "1s",       "syn",
                               "9/s",      "burst",
                               "\xff\xfe", "#",
                               "\n",       "ports",
                               "in",       "99999999999999999999",
                               "-",        "/",
                               ","};
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (int k = 0; k < 6; ++k) text += words[random() % std::size(words)] + (random() % 8 ? " " : "");
    error_of(text);
  }
}

TEST(NetworkRules, AllowedAlwaysWins) {
  EXPECT_EQ(prefixes_of(tables_of(
                "block 10.1.0.0/16\nallow 10.0.0.0/8\nblock 11.0.0.0/8\nallow 11.2.3.4\nblock 10.1.0.0/16 for 5s")),
            "+10.0.0.0/8 -11.0.0.0/8 +11.2.3.4/32 ");
  EXPECT_EQ(prefixes_of(tables_of("allow ::/0\nblock 1.2.3.4\nblock 2001:db8::1")), "+::/0 ");
  EXPECT_EQ(prefixes_of(tables_of("allow 1.2.3.4\nblock 1.2.3.4")), "+1.2.3.4/32 ");
}

// The longest match has run out, but a shorter one has not.
TEST(NetworkRules, AShorterLivedBlockWithinALongerLivedIsLeftOut) {
  EXPECT_EQ(prefixes_of(tables_of("block 10.0.0.0/8 for 1h\nblock 10.1.0.0/16 for 1m\nblock 10.2.0.0/16 for 2h\nblock "
                                  "10.2.1.0/24 for 90m\nblock 10.3.0.0/16")),
            "-10.0.0.0/8 -10.2.0.0/16 -10.3.0.0/16 ");
}

TEST(NetworkRules, ReloadingDoesNotBeginABlockAnew) {
  RuleNumbers numbers;
  BlockEnds ends;
  const auto rules = parse_rules("block 1.2.3.4 for 10s", "r");
  EXPECT_EQ(make_rule_tables(rules, false, 5 * kSecond, numbers, ends).prefixes[0].until_ns, 15 * kSecond);
  const auto again = make_rule_tables(rules, false, 12 * kSecond, numbers, ends);
  EXPECT_EQ(again.prefixes[0].until_ns, 15 * kSecond);
  EXPECT_EQ(again.prefixes[0].rule, 1u);
  EXPECT_TRUE(make_rule_tables(rules, false, 16 * kSecond, numbers, ends).prefixes.empty());
}

TEST(NetworkRules, TheFirstRuleOfAPortDecides) {
  const RuleTables tables = tables_of("pass tcp port 22\ndrop tcp port 20-25\ndrop udp\npass udp port 53\ndrop gre");
  const auto& tcp = tables.ports[PORTS_TCP].rule;
  const auto& udp = tables.ports[PORTS_UDP].rule;
  EXPECT_EQ(tcp[22], RULE_CELL(1, 1, 0u));
  EXPECT_EQ(tcp[23], RULE_CELL(2, 2, 1u));
  EXPECT_EQ(tcp[26], 0u);
  EXPECT_EQ(udp[53], RULE_CELL(3, 3, 1u));
  EXPECT_EQ(tables.config.protocols[IPPROTO_UDP], RULE_CELL(3, 3, 1u));
  EXPECT_EQ(tables.config.protocols[IPPROTO_GRE], RULE_CELL(5, 5, 1u));
  EXPECT_EQ(tables.config.protocols[IPPROTO_TCP], 0u);
}

TEST(NetworkRules, HeadersBeforeTheTransportAndWhatIsNotIp) {
  const RuleTables tables = tables_of(
      "block 10.0.0.1\ndrop ah\npass 51\npass fragment\ndrop 140\ndrop arp\npass other\ndrop unparsed\npass unparsed");
  EXPECT_EQ(tables.config.chain[CHAIN_AUTHENTICATION], RULE_CELL(2, 2, 1u));
  EXPECT_EQ(tables.config.protocols[IPPROTO_AH], RULE_CELL(2, 2, 1u));  // a later fragment says no more
  EXPECT_EQ(tables.config.chain[CHAIN_FRAGMENT], RULE_CELL(4, 4, 0u));
  EXPECT_EQ(tables.config.chain[CHAIN_SHIM6], RULE_CELL(5, 5, 1u));
  EXPECT_EQ(tables.config.chain[CHAIN_ROUTING], 0u);
  EXPECT_EQ(tables.config.arp, RULE_CELL(6, 6, 1u));
  EXPECT_EQ(tables.config.other, RULE_CELL(7, 7, 0u));
  EXPECT_EQ(tables.config.unparsed, RULE_CELL(8, 8, 1u));
  EXPECT_EQ(tables_of("drop tcp").config.unparsed, 0u);
}

TEST(NetworkRules, AFullTableIsAnError) {
  std::string text;
  for (size_t i = 0; i <= kMostPrefixes; ++i)
    text += "block 10." + std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255) +
            "\n";
  EXPECT_EQ(error_of(text),
            "r:65537:1: the table of prefixes is full: it holds 65536; leave out the rest, or join neighbours to "
            "shorter prefixes");
}

}  // namespace
}  // namespace ebpftrace::recorder
