// SPDX-License-Identifier: Apache-2.0
// A small world in text: rows of a made-up relation with a field of every kind, for filters to choose from.
//
//   World world{"process  duration  result\n"
//               "cat      1500      -2\n"
//               "dd       -         4096\n"};   // -: absent
//   world.rows("duration > 1us") == "1"         // from 1
//
//   field      kind
//   time       time; the recording is from 1000 s to 1100 s of the clock
//   duration, moved, count, pid, result, amount (either sign), failed
//   process, path (texts), syscall (a text whose values read, write, openat may stand without quotes)
//   verdict    enum: pass 0, drop 1, rate-limited 2, deny 3; type: enum under masks: fifo 0x10, socket 0x30 of 0xf0
//   class      set: file 1, network 2, memory 4
//   mode       flags: r 4, w 2, x 1, rw 6
//   args.flags flags whose names differ by `call`: 1: CREATE 64, RDWR 2 of 3, SYNC 12; 2: CREATE 1; 3: none
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "predicate/evaluator.h"
#include "predicate/field_list.h"

namespace ebpftrace::predicate {

class WorldFields : public FieldList {
 public:
  WorldFields();
  std::optional<Field> find(std::string_view name) const override;
  std::vector<NameAndDoc> names() const override;
  std::vector<NameAndDoc> functions() const override;
  OrRefusal<Field> call(std::string_view function, const std::vector<Argument>& arguments) const override;
  std::vector<VariantValue> variant_values(const Field& field, std::string_view name) const override;
  std::vector<std::string> variant_names(const Field& field) const override;
  OrRefusal<uint64_t> moment(const Moment& moment) const override;
  std::vector<std::string> values(const Field& field, std::string_view prefix, size_t most) const override;
};
const WorldFields& world_fields();

struct Cell {
  bool present = false;
  bool negative = false;
  uint64_t number = 0;  // two's complement if negative
  std::string text;
};

class World : public BlockFacts {
 public:
  explicit World(std::string_view table);
  World() = default;
  // One more row; fields that it lacks are absent.
  void add(std::map<std::string, Cell> row);

  size_t size() const { return rows_.size(); }
  const Cell& cell(size_t row, const std::string& field) const;

  // The rows that pass, from 1: "1 3 4". All ways to ask must agree: tile by tile, with and without block decisions.
  std::string rows(std::string_view filter) const;
  std::vector<bool> passing(const Expression& expression) const;
  // What start_block says.
  BlockDecision decide(std::string_view filter) const;
  // ask(), with tiles and facts that are about this expression's fields.
  template <typename Ask>
  auto with(const Expression& expression, Ask ask) const {
    asked_ = &expression.fields;
    tables_.clear();
    auto answer = ask();
    asked_ = nullptr;
    return answer;
  }

  std::optional<Bounds> bounds(size_t field) const override;
  const Texts* texts(size_t field) const override;
  bool all_present(size_t field) const override;
  bool all_absent(size_t field) const override;

 private:
  friend class WorldTile;
  class Table;
  std::vector<bool> passing_both_ways(const Expression& expression) const;
  const Field& field(size_t index) const { return (*asked_)[index]; }

  std::vector<std::map<std::string, Cell>> rows_;
  mutable const std::vector<Field>* asked_ = nullptr;  // the expression's, while one is evaluated
  mutable std::map<std::string, std::shared_ptr<Table>> tables_;
};

// Rows of a world from `start` on. Cells that were not asked for are garbage.
class WorldTile : public TileSource {
 public:
  WorldTile(const World& world, size_t start);
  NumberColumn numbers(size_t field, const Selection& wanted) override;
  TextColumn texts(size_t field, const Selection& wanted) override;
  const uint64_t* variants(size_t field, const Selection& wanted) override;

  // "duration:1024 path:3 ": columns in the order in which they were asked for, and for how many rows.
  std::string asked;

 private:
  struct Column {
    std::vector<uint64_t> values, variants;
    Selection present, negative;
  };
  Column& column(size_t field, const Selection& wanted);
  const Cell* cell(size_t field, size_t row) const;

  const World& world_;
  size_t start_;
  std::map<size_t, Column> columns_;
};

}  // namespace ebpftrace::predicate
