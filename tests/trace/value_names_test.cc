// SPDX-License-Identifier: Apache-2.0
// Names of values as a trace says them, whatever it says.
#include "trace/read/value_names.h"

#include <capnp/message.h>
#include <gtest/gtest.h>

#include "schema/values.h"
#include "trace/format/catalogue_message.h"
#include "trace/read/trace_catalogue.h"

namespace ebpftrace::trace {
namespace {

ValueSets read(const std::vector<ValueSet>& sets) {
  capnp::MallocMessageBuilder message;
  build_catalogue(message, {.values = sets});
  return ValueSets(message.getRoot<schema::Catalogue>().asReader().getValues());
}

TEST(ValueNames, OfTheBuiltInCatalogueAreThoseOfTheSchema) {
  const Catalogue catalogue = built_in_catalogue();
  const auto sets = value_sets();
  ASSERT_EQ(catalogue.values.all().size(), sets.size());
  for (const ValueSet& set : sets) {
    const ValueNames& read = catalogue.values.find(set.name);
    EXPECT_EQ(read.is_flags(), set.is_flags) << set.name;
    ASSERT_EQ(read.values().size(), set.values.size()) << set.name;
    for (const NamedValue& value : set.values) {
      EXPECT_EQ(read.text(value.value), value.name) << set.name;
      const auto same = std::find_if(read.values().begin(), read.values().end(),
                                     [&](const auto& v) { return v.value == value.value; });
      ASSERT_NE(same, read.values().end());
      EXPECT_EQ(same->doc, value.doc);
    }
  }
  for (const EventType& type : event_catalogue())
    for (const ColumnType& column : type.columns)
      EXPECT_EQ(catalogue.values_of(type.name, column.name).name(), column.values) << type.name << '.' << column.name;
}

TEST(ValueNames, AValueWithoutANameIsItsNumber) {
  const Catalogue catalogue = built_in_catalogue();
  const ValueNames& verdicts = catalogue.values_of("packet", "verdict");
  EXPECT_EQ(verdicts.text(EDGE_WOULD_DROP), "would drop");
  EXPECT_EQ(verdicts.text(EDGE_VERDICTS), "3");
  EXPECT_EQ(verdicts.text(UINT64_MAX), "18446744073709551615");
  EXPECT_EQ(verdicts.find(EDGE_VERDICTS), std::nullopt);
  for (const auto& [type, column] : {std::pair("packet", "length"), {"packet", "gone"}, {"gone", "verdict"}})
    EXPECT_EQ(catalogue.values_of(type, column).text(1), "1");
}

TEST(ValueNames, FlagsAreNamedOnceEachAndTheRestIsANumber) {
  const Catalogue catalogue = built_in_catalogue();
  const ValueNames& headers = catalogue.values_of("flow", "headers");
  EXPECT_EQ(headers.text(1 << CHAIN_FRAGMENT | 1 << CHAIN_LATER, " "), "fragment later");
  EXPECT_EQ(headers.text(1 << CHAIN_FRAGMENT | 0x100), "fragment|0x100");
  EXPECT_EQ(headers.text(0), "0");
  EXPECT_EQ(headers.text(0x100), "0x100");
  const ValueSets odd = read({{"odd", true, {{0, "nothing", ""}, {3, "both", ""}, {1, "one", ""}, {1, "again", ""}}}});
  EXPECT_EQ(odd.find("odd").text(3), "both");
  EXPECT_EQ(odd.find("odd").text(5), "one|0x4");
  EXPECT_EQ(odd.find("odd").text(2), "0x2");
}

TEST(ValueNames, TheFirstOfTwoNamesAndOfTwoSetsCounts) {
  const ValueSets sets =
      read({{"set", false, {{7, "seven", ""}, {1, "one", ""}, {7, "also", ""}}}, {"set", false, {{7, "other", ""}}}});
  EXPECT_EQ(sets.find("set").text(7), "seven");
  EXPECT_EQ(sets.find("set").text(1), "one");
}

TEST(ValueNames, WhatCouldDoHarmOnATerminalIsNoName) {
  for (const std::string& name :
       {std::string(), std::string("\x1b[2J"), std::string("a\nb"), std::string("\xff"), std::string(65, 'a')}) {
    EXPECT_EQ(read({{"set", false, {{1, name, ""}, {2, "two", ""}}}}).find("set").text(1), "1");
    EXPECT_EQ(read({{"set", true, {{1, name, ""}, {2, "two", ""}}}}).find("set").text(3), "two|0x1");
    EXPECT_TRUE(read({{name, false, {{1, "one", ""}}}}).all().empty());
  }
  EXPECT_EQ(read({{"set", false, {{1, std::string(64, 'a'), ""}}}}).find("set").text(1), std::string(64, 'a'));
}

TEST(ValueNames, MoreThanThereCanBeAreRefused) {
  EXPECT_EQ(read(std::vector<ValueSet>(256, {"set", false, {}})).all().size(), 256u);
  EXPECT_THROW(read(std::vector<ValueSet>(257, {"set", false, {}})), kj::Exception);
  const std::vector<NamedValue> half(2048, {1, "one", ""});
  EXPECT_EQ(read({{"a", true, half}, {"b", true, half}}).all().size(), 2u);
  EXPECT_THROW(read({{"a", true, half}, {"b", true, half}, {"c", true, {{1, "one", ""}}}}), kj::Exception);
}

// However many flags a trace has for it, the text of a value has at most one for each of its bits.
TEST(ValueNames, ATextIsShort) {
  std::vector<NamedValue> flags;
  for (uint64_t i = 0; i < 4096; ++i) flags.push_back({uint64_t{1} << i % 64, std::string(64, 'a'), ""});
  EXPECT_EQ(read({{"set", true, flags}}).find("set").text(UINT64_MAX).size(), 64u * 65 - 1);
}

}  // namespace
}  // namespace ebpftrace::trace
