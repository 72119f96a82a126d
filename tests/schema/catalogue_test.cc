// SPDX-License-Identifier: Apache-2.0
#include "schema/catalogue.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include "schema/symbols.capnp.h"
#include "schema/syscalls.capnp.h"
#include "schema/value_words.h"
#include "schema/values.h"

namespace ebpftrace {
namespace {

TEST(Catalogue, EveryTypeStartsWithItsTimeAndHasAnIdOfItsOwn) {
  std::set<uint16_t> ids;
  std::set<std::string> names;
  for (const EventType& type : event_catalogue()) {
    EXPECT_TRUE(ids.insert(type.id).second) << type.name;
    EXPECT_TRUE(names.insert(type.name).second) << type.name;
    ASSERT_FALSE(type.columns.empty());
    EXPECT_EQ(type.columns[0].name, "timeNs") << type.name;
    EXPECT_FALSE(type.doc.empty()) << type.name;
    for (const ColumnType& column : type.columns) EXPECT_FALSE(column.doc.empty()) << type.name << '.' << column.name;
  }
}

// Ids are on disk for ever.
TEST(Catalogue, IdsAreThoseOfTheFirstRelease) {
  std::string ids;
  for (const EventType& type : event_catalogue())
    if (type.id <= 6) ids += type.name + "=" + std::to_string(type.id) + " ";
  EXPECT_EQ(ids, "syscall=1 fork=2 exec=3 exit=4 thread=5 file=6 ");
}

// docs/trace-format.md: what a coding depends on stands alone.
TEST(Catalogue, CodingsDependOnlyOnColumnsThatStandAlone) {
  for (const EventType& type : event_catalogue()) {
    auto alone = [&](unsigned column) {
      const auto coding = type.columns[column].coding;
      return type.columns[column].group == 0 &&
             (coding == schema::Coding::PACKED || coding == schema::Coding::DELTA || coding == schema::Coding::SIZED);
    };
    for (const ColumnType& column : type.columns) {
      if (column.coding == schema::Coding::AFTER_END) {
        ASSERT_TRUE(column.coding_of) << column.name;
        EXPECT_TRUE(alone(*column.coding_of)) << column.name;
      }
      if (column.coding == schema::Coding::BY_CALL || column.coding == schema::Coding::GROUPED) {
        ASSERT_TRUE(type.column("thread") && type.column("number")) << column.name;
        EXPECT_TRUE(alone(*type.column("thread")) && alone(*type.column("number")));
      }
    }
  }
}

TEST(Values, NamesAndNumbersAreUnambiguous) {
  std::set<std::string> sets, constants;
  for (const ValueSet& set : value_sets()) {
    EXPECT_TRUE(sets.insert(set.name).second) << set.name;
    EXPECT_FALSE(set.values.empty()) << set.name;
    std::set<std::string> names;
    std::set<uint64_t> values;
    uint64_t bits = 0;
    for (const NamedValue& value : set.values) {
      const std::string where = set.name + "." + value.name;
      EXPECT_TRUE(names.insert(value.name).second) << where;
      EXPECT_TRUE(values.insert(value.value).second) << where;
      // What readers take for a name.
      EXPECT_TRUE(!value.name.empty() && value.name.size() <= 64) << where;
      for (const char c : value.name) EXPECT_TRUE(c >= ' ' && c <= '~') << where;
      EXPECT_EQ(value.name.find_first_of("\"|,{}"), std::string::npos) << where;  // it stands in filters
      EXPECT_LE(value.doc.size(), 1024u) << where;
      if (set.is_flags) {
        EXPECT_NE(value.value, 0u) << where;
        EXPECT_EQ(bits & value.value, 0u) << where;
      }
      bits |= value.value;
      if (!value.constant.empty()) {
        EXPECT_TRUE(constants.insert(value.constant).second) << where;
        EXPECT_FALSE(value.doc.empty()) << where;
      }
    }
  }
}

TEST(Values, EveryColumnsSetExistsAndFitsIntoIt) {
  const auto sets = value_sets();
  std::set<std::string> used = {"traffic_protocol", "table_event"};  // by values of traffic_what
  for (const EventType& type : event_catalogue())
    for (const ColumnType& column : type.columns) {
      const std::string where = type.name + "." + column.name;
      EXPECT_TRUE(column.display != schema::Display::FLAGS || !column.values.empty()) << where;
      if (column.values.empty()) continue;
      used.insert(column.values);
      const auto set =
          std::find_if(sets.begin(), sets.end(), [&](const auto& one) { return one.name == column.values; });
      ASSERT_NE(set, sets.end()) << where << ": " << column.values;
      ASSERT_FALSE(column.is_text()) << where;
      for (const NamedValue& value : set->values)
        EXPECT_TRUE(column.bits == 64 || value.value >> column.bits == 0) << where << ": " << value.name;
    }
  EXPECT_EQ(used.size(), sets.size());
}

// Those that have no constants of ours are the kernel's.
TEST(Values, NumbersOfProtocolsAndSocketsAreTheKernels) {
  EXPECT_EQ(value_of(kIpProtocolWords, "tcp"), IPPROTO_TCP);
  EXPECT_EQ(value_of(kIpProtocolWords, "udp"), IPPROTO_UDP);
  EXPECT_EQ(value_of(kIpProtocolWords, "icmp"), IPPROTO_ICMP);
  EXPECT_EQ(value_of(kIpProtocolWords, "icmpv6"), IPPROTO_ICMPV6);
  EXPECT_EQ(value_of(kIpProtocolWords, "sctp"), IPPROTO_SCTP);
  EXPECT_EQ(value_of(kIpProtocolWords, "gre"), IPPROTO_GRE);
  EXPECT_EQ(value_of(kIpProtocolWords, "esp"), IPPROTO_ESP);
  EXPECT_EQ(value_of(kIpProtocolWords, "ah"), IPPROTO_AH);
  EXPECT_EQ(value_of(kIpProtocolWords, "igmp"), IPPROTO_IGMP);
  EXPECT_EQ(value_of(kIpProtocolWords, "hop-by-hop"), IPPROTO_HOPOPTS);
  EXPECT_EQ(value_of(kIpProtocolWords, "routing"), IPPROTO_ROUTING);
  EXPECT_EQ(value_of(kIpProtocolWords, "fragment"), IPPROTO_FRAGMENT);
  EXPECT_EQ(value_of(kIpProtocolWords, "destination-options"), IPPROTO_DSTOPTS);
  EXPECT_EQ(value_of(kIpProtocolWords, "mobility"), IPPROTO_MH);
  EXPECT_EQ(std::size(kIpProtocolWords), 14u);
  EXPECT_EQ(value_of(kSocketTypeWords, "stream"), SOCK_STREAM);
  EXPECT_EQ(value_of(kSocketTypeWords, "dgram"), SOCK_DGRAM);
  EXPECT_EQ(value_of(kSocketTypeWords, "raw"), SOCK_RAW);
  EXPECT_EQ(value_of(kSocketTypeWords, "rdm"), SOCK_RDM);
  EXPECT_EQ(value_of(kSocketTypeWords, "seqpacket"), SOCK_SEQPACKET);
  EXPECT_EQ(value_of(kSocketTypeWords, "dccp"), SOCK_DCCP);
  EXPECT_EQ(value_of(kSocketTypeWords, "packet"), SOCK_PACKET);
  EXPECT_EQ(value_of(kTcpFlagWords, "FIN"), TH_FIN);
  EXPECT_EQ(value_of(kTcpFlagWords, "SYN"), TH_SYN);
  EXPECT_EQ(value_of(kTcpFlagWords, "RST"), TH_RST);
  EXPECT_EQ(value_of(kTcpFlagWords, "PSH"), TH_PUSH);
  EXPECT_EQ(value_of(kTcpFlagWords, "ACK"), TH_ACK);
  EXPECT_EQ(value_of(kTcpFlagWords, "URG"), TH_URG);
}

TEST(Values, ConstantsAreTheNumbersAndBitNumbersAreOfTheFlags) {
  EXPECT_EQ(value_of(kVerdictWords, "would drop"), EDGE_WOULD_DROP);
  EXPECT_EQ(static_cast<unsigned>(EDGE_VERDICTS), 3u);
  EXPECT_EQ(value_of(kIpHeaderWords, "later"), 1u << CHAIN_LATER);
  EXPECT_EQ(word_of(kIpHeaderWords, 1u << CHAIN_AUTHENTICATION), "ah");
  EXPECT_EQ(word_of(kVerdictWords, 77), "77");
  EXPECT_EQ(value_of(kVerdictWords, "gone"), std::nullopt);
}

TEST(Catalogue, SnakeCase) {
  EXPECT_EQ(snake_case("timeNs"), "time_ns");
  EXPECT_EQ(snake_case("path2"), "path2");
}

template <typename Rows>
void check_calls(Rows rows) {
  std::set<uint16_t> numbers;
  for (auto row : rows) {
    const std::string name = row.getName().cStr();
    EXPECT_TRUE(numbers.insert(row.getNumber()).second) << name;
    EXPECT_LE(row.getArgs().size(), 6u) << name;
    if (row.getBytes() != schema::ByteFlow::NONE) {
      // Of several messages the result is their number; the recorder adds up their bytes.
      EXPECT_STREQ(row.getResult().cStr(), name.ends_with("mmsg") ? "count" : "bytes") << name;
    }
  }
}

template <typename Rows>
void check_arguments(Rows rows, const std::set<std::string>& symbol_sets) {
  const auto is_named = [](const std::string& type) { return type.starts_with("enum:") || type.starts_with("flags:"); };
  for (auto row : rows) {
    const std::string call = row.getName().cStr();
    std::set<std::string> names;
    for (auto argument : row.getArgs()) {
      const std::string name = argument.getName().cStr(), type = argument.getType().cStr();
      EXPECT_FALSE(name.empty() || type.empty()) << call;
      EXPECT_TRUE(names.insert(name).second) << call << " has two arguments " << name;
      EXPECT_FALSE(name.size() == 4 && name.starts_with("arg") && name[3] >= '0' && name[3] <= '9' && call != "prctl" &&
                   call != "keyctl" && call != "sysfs")
          << call << ": " << name << " is no name";
      if (is_named(type)) {
        EXPECT_TRUE(symbol_sets.contains(type)) << call << "." << name << ": " << type;
      }
    }
    if (const std::string result = row.getResult().cStr(); is_named(result)) {
      EXPECT_TRUE(symbol_sets.contains(result)) << call;
    }
  }
}

TEST(Syscalls, EveryArgumentHasANameAndEveryEnumAndFlagTypeItsSymbols) {
  std::set<std::string> sets;
  for (auto set : *schema::SYMBOLS) EXPECT_TRUE(sets.insert(set.getType().cStr()).second) << set.getType().cStr();
  check_arguments(*schema::SYSCALLS64, sets);
  check_arguments(*schema::SYSCALLS32, sets);
  for (auto set : *schema::SYMBOLS)
    for (auto symbol : set.getSymbols()) {
      EXPECT_NE(symbol.getName().size(), 0u) << set.getType().cStr();
      std::istringstream words(symbol.getRest().cStr());
      for (std::string type; words >> type;)
        if (type.starts_with("enum:") || type.starts_with("flags:")) {
          EXPECT_TRUE(sets.contains(type)) << symbol.getName().cStr() << ": " << type;
        }
    }
}

TEST(Syscalls, NumbersAreUniqueAndByteFlowsCountBytes) {
  check_calls(*schema::SYSCALLS64);
  check_calls(*schema::SYSCALLS32);
}

}  // namespace
}  // namespace ebpftrace
