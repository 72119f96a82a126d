// SPDX-License-Identifier: Apache-2.0
// What a block's bounds and texts decide. That no decision is wrong, World checks with every filter that it is asked.
#include <gtest/gtest.h>

#include "predicate/evaluator.h"
#include "tests/predicate/world.h"

namespace ebpftrace::predicate {
namespace {

std::string decision(const World& world, std::string_view filter) {
  world.rows(filter);
  switch (world.decide(filter)) {
    case BlockDecision::kNone:
      return "none";
    case BlockDecision::kSome:
      return "some";
    case BlockDecision::kAll:
      return "all";
  }
  return "";
}

TEST(BlockDecisions, FollowsFromBounds) {
  const World world{
      "duration  result  amount  verdict\n"
      "10        -5      1       1\n"
      "20        7       2       1\n"};
  EXPECT_EQ(decision(world, "duration > 20ns"), "none");
  EXPECT_EQ(decision(world, "duration > 9ns"), "all");
  EXPECT_EQ(decision(world, "duration > 10ns"), "some");
  EXPECT_EQ(decision(world, "duration == 9ns"), "none");
  EXPECT_EQ(decision(world, "duration != 9ns"), "all");
  EXPECT_EQ(decision(world, "duration in {1ns, 9ns, 21ns}"), "none");
  EXPECT_EQ(decision(world, "duration in {1ns, 15ns}"), "some");
  EXPECT_EQ(decision(world, "result < -5"), "none");
  EXPECT_EQ(decision(world, "result <= 7"), "all");
  EXPECT_EQ(decision(world, "result < 0"), "some");
  EXPECT_EQ(decision(world, "result in {-6, 8}"), "none");
  EXPECT_EQ(decision(world, "amount < 100"), "some");
  EXPECT_EQ(decision(world, "verdict == drop"), "all");
  EXPECT_EQ(decision(world, "verdict ~ \"pass\""), "none");
  EXPECT_EQ(decision(world, "verdict & 1"), "all");
}

TEST(BlockDecisions, KnowsAbsentCells) {
  const World world{
      "duration  moved  process\n"
      "10        -      cat\n"
      "-         -      -\n"};
  EXPECT_EQ(decision(world, "duration > 1ns"), "some");
  EXPECT_EQ(decision(world, "duration < 1ns"), "none");
  EXPECT_EQ(decision(world, "duration != 1ns"), "all");
  EXPECT_EQ(decision(world, "moved >= 0"), "none");
  EXPECT_EQ(decision(world, "moved != 4"), "all");
  EXPECT_EQ(decision(world, "process ~ \"cat\""), "some");
  EXPECT_EQ(decision(world, "process ~ \"dog\""), "none");
  EXPECT_EQ(decision(world, "process !~ \"dog\""), "all");
}

TEST(BlockDecisions, FollowsFromTexts) {
  const World world{
      "process  path\n"
      "cat      /usr/a\n"
      "cat      /usr/b\n"};
  EXPECT_EQ(decision(world, "path ~ \"^/usr\""), "all");
  EXPECT_EQ(decision(world, "path ~ \"b\""), "some");
  EXPECT_EQ(decision(world, "path in {\"/usr/c\", \"/usr/d\"}"), "none");
  EXPECT_EQ(decision(world, "process != \"cat\""), "none");
}

TEST(BlockDecisions, IsJoined) {
  const World world{
      "duration  process\n"
      "10        cat\n"
      "20        cat\n"};
  EXPECT_EQ(decision(world, "duration > 15ns && process == \"cat\""), "some");
  EXPECT_EQ(decision(world, "duration > 15ns && process == \"dd\""), "none");
  EXPECT_EQ(decision(world, "duration > 15ns || process == \"cat\""), "all");
  EXPECT_EQ(decision(world, "duration > 5ns && process == \"cat\""), "all");
  EXPECT_EQ(decision(world, "duration > 25ns || process == \"dd\""), "none");
  EXPECT_EQ(decision(world, "!(duration > 25ns || process == \"dd\")"), "all");
  EXPECT_EQ(decision(world, "!(duration > 15ns)"), "some");
}

// What is decided for a block is not looked at in its tiles, and is forgotten with the block.
TEST(BlockDecisions, SparesColumns) {
  const World one{
      "duration  process\n"
      "10        cat\n"
      "20        dd\n"};
  const World other{
      "duration  process\n"
      "30        cat\n"
      "40        cat\n"};
  const Expression expression = parse("duration < 25ns && process == \"cat\"", world_fields());
  Evaluator evaluator(expression);
  const auto asked = [&](const World& world) {
    return world.with(expression, [&] {
      const BlockDecision decision = evaluator.start_block(world);
      WorldTile tile(world, 0);
      Selection rows = Selection::first(2);
      evaluator.select(tile, rows);
      return tile.asked + std::to_string(rows.count()) + (decision == BlockDecision::kNone ? " none" : "");
    });
  };
  EXPECT_EQ(asked(one), "process:2 1");
  EXPECT_EQ(asked(other), "0 none");
  EXPECT_EQ(asked(one), "process:2 1");
}

// A frame may not have been read: its texts are not looked at, and the tiles of a block are decided by the block alone.
TEST(BlockDecisions, OfAFrameIsNotRemembered) {
  class Frame : public BlockFacts {
   public:
    std::optional<Bounds> bounds(size_t) const override { return Bounds{100, 200}; }
    bool all_present(size_t) const override { return true; }
    const Texts* texts(size_t) const override {
      ADD_FAILURE() << "texts of a frame";
      return nullptr;
    }
  };
  const World world{
      "duration  process\n"
      "10        cat\n"};
  const Expression expression = parse("duration < 25ns && process == \"cat\"", world_fields());
  Evaluator evaluator(expression);
  EXPECT_EQ(evaluator.decide(Frame()), BlockDecision::kNone);
  const size_t passed = world.with(expression, [&] {
    WorldTile tile(world, 0);
    Selection rows = Selection::first(1);
    evaluator.select(tile, rows);
    return rows.count();
  });
  EXPECT_EQ(passed, 1u);
}

}  // namespace
}  // namespace ebpftrace::predicate
