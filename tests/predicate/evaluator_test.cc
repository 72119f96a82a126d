// SPDX-License-Identifier: Apache-2.0
#include "predicate/evaluator.h"

#include <gtest/gtest.h>

#include "tests/predicate/world.h"

namespace ebpftrace::predicate {
namespace {

TEST(Evaluator, ComparesNumbers) {
  const World world{
      "duration  result                moved\n"
      "1000      -2                    0\n"
      "1001      4096                  4096\n"
      "-         -                     -\n"
      "999       -9223372036854775808  18446744073709551615\n"
      "2000000   9223372036854775807   1\n"};
  EXPECT_EQ(world.rows("duration > 1us"), "2 5");
  EXPECT_EQ(world.rows("duration >= 1us"), "1 2 5");
  EXPECT_EQ(world.rows("duration <= 1us"), "1 4");
  EXPECT_EQ(world.rows("duration == 2ms"), "5");
  EXPECT_EQ(world.rows("duration != 2ms"), "1 2 3 4");
  EXPECT_EQ(world.rows("!(duration > 1us)"), "1 3 4");
  EXPECT_EQ(world.rows("duration in {1us, 2ms, 3s}"), "1 5");
  EXPECT_EQ(world.rows("result < 0"), "1 4");
  EXPECT_EQ(world.rows("result == -ENOENT"), "1");
  EXPECT_EQ(world.rows("result in {-EINTR, -ENOENT, 4K}"), "1 2");
  EXPECT_EQ(world.rows("result > -ENOENT"), "2 5");
  EXPECT_EQ(world.rows("result <= -9223372036854775808"), "4");
  EXPECT_EQ(world.rows("result < -9223372036854775808"), "");
  EXPECT_EQ(world.rows("result >= 9223372036854775807"), "5");
  EXPECT_EQ(world.rows("result > 9223372036854775807"), "");
  EXPECT_EQ(world.rows("result & 1"), "5");
  EXPECT_EQ(world.rows("result & -9223372036854775808"), "1 4");
  EXPECT_EQ(world.rows("moved < 0"), "");
  EXPECT_EQ(world.rows("moved >= 0"), "1 2 4 5");
  EXPECT_EQ(world.rows("moved > 18446744073709551614"), "4");
  EXPECT_EQ(world.rows("moved > 18446744073709551615"), "");
}

// A register is signed in one call and not in another: 18446744073709551615 is not -1.
TEST(Evaluator, ComparesNumbersOfEitherSign) {
  const World world{
      "amount\n"
      "-1\n"
      "18446744073709551615\n"
      "5\n"
      "-\n"
      "-100\n"};
  EXPECT_EQ(world.rows("amount < 0"), "1 5");
  EXPECT_EQ(world.rows("amount == -1"), "1");
  EXPECT_EQ(world.rows("amount == 18446744073709551615"), "2");
  EXPECT_EQ(world.rows("amount >= -1"), "1 2 3");
  EXPECT_EQ(world.rows("amount > 5"), "2");
  EXPECT_EQ(world.rows("amount <= 5"), "1 3 5");
  EXPECT_EQ(world.rows("amount in {-100, 5, 7}"), "3 5");
  EXPECT_EQ(world.rows("amount != -1"), "2 3 4 5");
  EXPECT_EQ(world.rows("amount & 2"), "1 2");
}

TEST(Evaluator, ComparesTexts) {
  const World world{
      "process  path            syscall\n"
      "cat      /usr/lib/a.so   read\n"
      "dd       /dev/null       write\n"
      "-        -               -\n"
      "cat      /usr/lib/aXso   openat\n"};
  EXPECT_EQ(world.rows("process == \"cat\""), "1 4");
  EXPECT_EQ(world.rows("process != \"cat\""), "2 3");
  EXPECT_EQ(world.rows("process > \"cat\""), "2");
  EXPECT_EQ(world.rows("process >= \"cat\" && process <= \"cat\""), "1 4");
  EXPECT_EQ(world.rows("process in {\"x\", \"dd\", \"cat\"}"), "1 2 4");
  EXPECT_EQ(world.rows("path ~ \"^/usr\""), "1 4");
  EXPECT_EQ(world.rows("path ~ \"\\.so$\""), "1");
  EXPECT_EQ(world.rows("path ~ \"\\\\.so$\""), "1");
  EXPECT_EQ(world.rows("path !~ \"^/usr\""), "2 3");
  EXPECT_EQ(world.rows("path ~ \"\""), "1 2 4");
  EXPECT_EQ(world.rows("syscall == openat || syscall == \"read\""), "1 4");
  EXPECT_EQ(world.rows("syscall in {read, write}"), "1 2");
}

TEST(Evaluator, PatternsAreForBytes) {
  World world;
  world.add({{"path", {true, false, 0, "/tmp/\xff\xfe"}}});
  world.add({{"path", {true, false, 0, "/tmp/\u00e4"}}});
  world.add({{"path", {true, false, 0, std::string("a\0b", 3)}}});
  world.add({{"path", {true, false, 0, ""}}});
  EXPECT_EQ(world.rows("path ~ \"\\xff\""), "1");
  EXPECT_EQ(world.rows("path == \"/tmp/\\xff\\xfe\""), "1");
  EXPECT_EQ(world.rows("path ~ \"^/tmp/..$\""), "1 2");
  EXPECT_EQ(world.rows("path ~ \"/\u00e4$\""), "2");
  EXPECT_EQ(world.rows("path ~ \"a\\x00b\""), "3");
  EXPECT_EQ(world.rows("path ~ \"^$\""), "4");
  EXPECT_EQ(world.rows("path == \"\""), "4");
}

TEST(Evaluator, KnowsNamesOfValues) {
  const World world{
      "verdict  type  class  mode\n"
      "0        0x11  1      7\n"
      "1        0x30  6      6\n"
      "2        0x01  0      4\n"
      "-        -     -      -\n"
      "9        0x31  3      2\n"};
  EXPECT_EQ(world.rows("verdict == drop"), "2");
  EXPECT_EQ(world.rows("verdict != \"drop\""), "1 3 4 5");
  EXPECT_EQ(world.rows("verdict >= drop"), "2 3 5");
  EXPECT_EQ(world.rows("verdict in {pass, rate-limited, 9}"), "1 3 5");
  EXPECT_EQ(world.rows("verdict ~ \"^(drop|deny)$\""), "2");
  EXPECT_EQ(world.rows("verdict !~ \"p\""), "3 4 5");
  EXPECT_EQ(world.rows("type == socket"), "2 5");
  EXPECT_EQ(world.rows("type in {fifo, 1}"), "1 3");
  EXPECT_EQ(world.rows("type ~ \"f\""), "1");
  EXPECT_EQ(world.rows("class == file"), "1 5");
  EXPECT_EQ(world.rows("class != file"), "2 3 4");
  EXPECT_EQ(world.rows("class in {file, memory}"), "1 2 5");
  EXPECT_EQ(world.rows("class ~ \"^(net|mem)\""), "2 5");
  EXPECT_EQ(world.rows("class & network"), "2 5");
  EXPECT_EQ(world.rows("mode & r"), "1 2 3");
  EXPECT_EQ(world.rows("mode & rw"), "1 2");
  EXPECT_EQ(world.rows("mode & 6"), "1 2 3 5");
  EXPECT_EQ(world.rows("mode == rw"), "2");
  EXPECT_EQ(world.rows("mode in {r, 2}"), "3 5");
  EXPECT_EQ(world.rows("mode != rw"), "1 3 4 5");
}

TEST(Evaluator, ResolvesNamesByRow) {
  const World world{
      "call  args.flags\n"
      "1     64\n"
      "1     1\n"
      "2     1\n"
      "2     64\n"
      "3     65\n"
      "1     -\n"
      "1     74\n"
      "1     12\n"
      "1     8\n"};
  EXPECT_EQ(world.rows("args.flags & CREATE"), "1 3 7");
  EXPECT_EQ(world.rows("!(args.flags & CREATE)"), "2 4 5 6 8 9");
  EXPECT_EQ(world.rows("args.flags & 64"), "1 4 5 7");
  EXPECT_EQ(world.rows("args.flags & RDWR"), "7");
  EXPECT_EQ(world.rows("args.flags & SYNC"), "8");
  EXPECT_EQ(world.rows("args.flags in {CREATE, 8}"), "1 3 7 9");
}

TEST(Evaluator, KnowsTimesTruthsAndFunctions) {
  const World world{
      "time           failed  descends_from(4)\n"
      "1000000000000  1       1\n"
      "1001500000000  0       0\n"
      "1098000000000  -       1\n"
      "1020000000000  2       0\n"};
  EXPECT_EQ(world.rows("time >= 1.5s"), "2 3 4");
  EXPECT_EQ(world.rows("time >= -2s"), "3");
  EXPECT_EQ(world.rows("time in 0s..1.5s"), "1");
  EXPECT_EQ(world.rows("time in 1.5s..-2s"), "2 4");
  EXPECT_EQ(world.rows("time in 2s..2s"), "");
  EXPECT_EQ(world.rows("time == @exec:make#2"), "4");
  EXPECT_EQ(world.rows("time in {0s, 20s}"), "1 4");
  EXPECT_EQ(world.rows("failed"), "1 4");
  EXPECT_EQ(world.rows("!failed"), "2 3");
  EXPECT_EQ(world.rows("failed == false"), "2");
  EXPECT_EQ(world.rows("failed != true"), "2 3");
  EXPECT_EQ(world.rows("failed == true"), "1 4");
  EXPECT_EQ(world.rows("descends_from(4) && failed"), "1");
}

// Which columns are asked for, and for how many rows.
std::string asked(const World& world, std::string_view filter) {
  const Expression expression = parse(filter, world_fields());
  Evaluator evaluator(expression);
  return world.with(expression, [&] {
    WorldTile tile(world, 0);
    Selection rows = Selection::first(world.size());
    evaluator.select(tile, rows);
    return tile.asked;
  });
}

TEST(Evaluator, AsksForWhatIsNeededOnly) {
  const World world{
      "duration  process  path\n"
      "1         cat      /a\n"
      "2         cat      /b\n"
      "3         dd       /c\n"
      "4         dd       /d\n"};
  // The cheap column first, the next ones for the rows that are left.
  EXPECT_EQ(asked(world, "path ~ \"a\" && process == \"cat\" && duration <= 3ns"), "duration_ns:4 process:3 path:2 ");
  EXPECT_EQ(asked(world, "path ~ \"a\" && duration > 4ns"), "duration_ns:4 ");
  EXPECT_EQ(asked(world, "path ~ \"a\" || duration < 5ns"), "duration_ns:4 ");
  EXPECT_EQ(asked(world, "path ~ \"a\" || duration < 3ns"), "duration_ns:4 path:2 ");
  // A column is asked for once, unless other rows need it.
  EXPECT_EQ(asked(world, "duration > 1ns && duration < 3ns && path != \"x\" && path != \"y\""),
            "duration_ns:4 path:1 ");
  EXPECT_EQ(asked(world, "(duration == 1ns && path ~ \"x\") || (duration == 2ns && path ~ \"x\")"),
            "duration_ns:4 path:1 path:2 ");
}

class CountedTexts : public Texts {
 public:
  explicit CountedTexts(std::vector<std::string> texts) : texts_(std::move(texts)) {}
  uint64_t count() const override { return texts_.size(); }
  std::optional<std::string_view> text(uint64_t id) const override {
    ++asked;
    return texts_[id];
  }
  void replace(std::vector<std::string> texts) {
    texts_ = std::move(texts);
    renew();
  }
  void append(std::string text) { texts_.push_back(std::move(text)); }

  mutable size_t asked = 0;

 private:
  std::vector<std::string> texts_;
};

class RepeatedTexts : public TileSource {
 public:
  explicit RepeatedTexts(const Texts& texts) : texts_(texts) {
    for (size_t row = 0; row < kTileRows; ++row) ids_.push_back(row % texts.count());
  }
  NumberColumn numbers(size_t, const Selection&) override { return {}; }
  TextColumn texts(size_t, const Selection&) override { return {ids_.data(), &texts_}; }
  const uint64_t* variants(size_t, const Selection&) override { return nullptr; }

 private:
  const Texts& texts_;
  std::vector<uint64_t> ids_;
};

TEST(Evaluator, LooksAtATextOnce) {
  CountedTexts texts({"/usr/a", "/dev/b", "/usr/c"});
  Evaluator evaluator(parse("path ~ \"^/usr\"", world_fields()));
  const auto passing = [&] {
    RepeatedTexts tile(texts);
    Selection rows = Selection::first(kTileRows);
    evaluator.select(tile, rows);
    return rows.count();
  };
  EXPECT_EQ(passing(), 683u);
  EXPECT_EQ(passing(), 683u);
  evaluator.start_block();
  EXPECT_EQ(passing(), 683u);
  EXPECT_EQ(texts.asked, 3u);
  // It grows.
  texts.append("/usr/d");
  EXPECT_EQ(passing(), 768u);
  EXPECT_EQ(texts.asked, 4u);
  // Its ids mean other texts.
  texts.replace({"/dev/a", "/dev/b", "/dev/c", "/dev/d"});
  EXPECT_EQ(passing(), 0u);
  EXPECT_EQ(texts.asked, 8u);
}

TEST(Evaluator, RemembersOtherTablesApart) {
  Evaluator evaluator(parse("path == \"a\"", world_fields()));
  for (int i = 0; i < 3; ++i) {
    // Likely at the same address each time.
    const CountedTexts texts({i == 1 ? "a" : "b"});
    RepeatedTexts tile(texts);
    Selection rows = Selection::first(10);
    evaluator.select(tile, rows);
    EXPECT_EQ(rows.count(), i == 1 ? 10u : 0u);
  }
}

// Ids beyond what fits into the memory for texts are compared row by row.
TEST(Evaluator, KeepsToItsMemoryForTexts) {
  class Many : public Texts {
   public:
    uint64_t count() const override { return ~uint64_t{0}; }
    std::optional<std::string_view> text(uint64_t id) const override { return id % 2 == 0 ? "even" : "odd"; }
  };
  class Tile : public TileSource {
   public:
    explicit Tile(const Texts& texts) : texts_(texts) {
      for (size_t row = 0; row < kTileRows; ++row) ids_.push_back(row == 0 ? 1 : ids_.back() * 3 + row % 2);
    }
    NumberColumn numbers(size_t, const Selection&) override { return {}; }
    TextColumn texts(size_t, const Selection&) override { return {ids_.data(), &texts_}; }
    const uint64_t* variants(size_t, const Selection&) override { return nullptr; }
    size_t even() const {
      size_t count = 0;
      for (const uint64_t id : ids_) count += id % 2 == 0 && id != ~uint64_t{0};
      return count;
    }

   private:
    const Texts& texts_;
    std::vector<uint64_t> ids_;
  };
  const Many texts;
  Tile tile(texts);
  Evaluator evaluator(parse("path == \"even\"", world_fields()));
  for (int i = 0; i < 2; ++i) {
    Selection rows = Selection::first(kTileRows);
    evaluator.select(tile, rows);
    EXPECT_EQ(rows.count(), tile.even());
  }
}

TEST(Selection, IsASetOfRows) {
  EXPECT_EQ(Selection::first(0).count(), 0u);
  EXPECT_EQ(Selection::first(64).count(), 64u);
  EXPECT_EQ(Selection::first(1000).count(), 1000u);
  EXPECT_TRUE(Selection::first(1000).test(999));
  EXPECT_FALSE(Selection::first(1000).test(1000));
  EXPECT_EQ(Selection::first(kTileRows).count(), kTileRows);
  EXPECT_TRUE(Selection::first(100).contains(Selection::first(99)));
  EXPECT_FALSE(Selection::first(100).contains(Selection::first(101)));
  Selection rows = Selection::first(70);
  rows -= Selection::first(68);
  std::vector<size_t> seen;
  rows.for_each([&](size_t row) { seen.push_back(row); });
  EXPECT_EQ(seen, (std::vector<size_t>{68, 69}));
}

}  // namespace
}  // namespace ebpftrace::predicate
