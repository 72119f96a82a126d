// SPDX-License-Identifier: Apache-2.0
// Today's catalogue against the ones that were released: what is on disk keeps its meaning.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "schema/catalogue.h"

namespace ebpftrace {
namespace {

// A line of a released catalogue: type id, type name, column position, column name, bits.
TEST(ReleasedCatalogue, KeepsEveryColumnOfVersion0_1) {
  std::ifstream file(RELEASED_CATALOGUES "/0.1.txt");
  ASSERT_TRUE(file);
  const auto catalogue = event_catalogue();
  int columns = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    unsigned id = 0, position = 0, bits = 0;
    std::string name, column;
    ASSERT_TRUE(words >> id >> name >> position >> column >> bits) << line;
    const EventType* type = nullptr;
    for (const EventType& candidate : catalogue)
      if (candidate.id == id) type = &candidate;
    ASSERT_TRUE(type) << "type " << id << " is gone";
    EXPECT_EQ(type->name, name);
    ASSERT_LT(position, type->columns.size()) << line;
    EXPECT_EQ(type->columns[position].name, column) << line;
    EXPECT_EQ(type->columns[position].bits, bits) << line;
    ++columns;
  }
  EXPECT_GT(columns, 40);
}

// A line of released names: set, value, name.
TEST(ReleasedCatalogue, KeepsEveryValueOfVersion0_1) {
  std::ifstream file(RELEASED_CATALOGUES "/0.1-values.txt");
  ASSERT_TRUE(file);
  const auto sets = value_sets();
  int values = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string set_name, name;
    uint64_t number = 0;
    ASSERT_TRUE(words >> set_name >> number >> std::ws && std::getline(words, name)) << line;
    const auto set = std::find_if(sets.begin(), sets.end(), [&](const ValueSet& one) { return one.name == set_name; });
    ASSERT_NE(set, sets.end()) << line;
    const auto value = std::find_if(set->values.begin(), set->values.end(),
                                    [&](const NamedValue& one) { return one.value == number; });
    ASSERT_NE(value, set->values.end()) << line;
    EXPECT_EQ(value->name, name);
    ++values;
  }
  EXPECT_GT(values, 60);
}

}  // namespace
}  // namespace ebpftrace
