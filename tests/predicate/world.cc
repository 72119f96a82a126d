// SPDX-License-Identifier: Apache-2.0
#include "tests/predicate/world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace ebpftrace::predicate {

namespace {

constexpr uint64_t kGarbage = 0xdeadbeefdeadbeef;
constexpr uint64_t kSecond = 1'000'000'000;

Field make(std::string name, FieldKind kind, std::string unit = "", uint8_t cost = 0) {
  Field field;
  field.doc = "The " + name + ".";
  field.name = std::move(name);
  field.kind = kind;
  field.unit = std::move(unit);
  field.cost = cost;
  return field;
}

Field named(Field field, std::vector<FieldValue> names) {
  field.names = std::move(names);
  return field;
}

Field args_flags() {
  Field field = make("args.flags", FieldKind::kFlags, "", 2);
  field.names_by_variant = true;
  return field;
}

}  // namespace

WorldFields::WorldFields() {
  add(make("time_ns", FieldKind::kTime, "ns"));
  add(make("duration_ns", FieldKind::kDuration, "ns"));
  add(make("moved_bytes", FieldKind::kBytes, "bytes"));
  add(make("count", FieldKind::kUnsigned));
  add(make("pid", FieldKind::kIdentity), {"proc.pid"});
  add(named(make("result", FieldKind::kSigned),
            {{"-ENOENT", static_cast<uint64_t>(-2)}, {"-EINTR", static_cast<uint64_t>(-4)}}));
  add(make("amount", FieldKind::kEitherSign));
  add(make("failed", FieldKind::kBool));
  add(make("process", FieldKind::kText, "", 1), {"proc.name"});
  add(make("path", FieldKind::kText, "", 3), {"fd.name"});
  add(named(make("syscall", FieldKind::kText), {{"read"}, {"write"}, {"openat"}}), {"evt.type"});
  add(named(make("verdict", FieldKind::kEnum),
            {{"pass", 0}, {"drop", 1}, {"rate-limited", 2}, {"deny", 3}, {"or", 4}}));
  add(named(make("type", FieldKind::kEnum), {{"fifo", 0x10, 0xf0}, {"socket", 0x30, 0xf0}}));
  add(named(make("class", FieldKind::kSet), {flag("file", 1), flag("network", 2), flag("memory", 4)}));
  add(named(make("mode", FieldKind::kFlags), {flag("r", 4), flag("w", 2), flag("x", 1), flag("rw", 6)}));
}

std::optional<Field> WorldFields::find(std::string_view name) const {
  if (name == "args.flags") return args_flags();
  return FieldList::find(name);
}

std::vector<NameAndDoc> WorldFields::names() const {
  auto names = FieldList::names();
  names.push_back({"args.flags", "The argument flags."});
  return names;
}

std::vector<NameAndDoc> WorldFields::functions() const {
  return {{"descends_from", "A process, or one of its children, and theirs."}};
}

OrRefusal<Field> WorldFields::call(std::string_view, const std::vector<Argument>& arguments) const {
  if (arguments.size() != 1) return Refusal{"takes a process: its id, or its name in double quotes"};
  Field field = make("descends_from", FieldKind::kBool, "", 4);
  field.can_be_absent = false;
  return field;
}

std::vector<VariantValue> WorldFields::variant_values(const Field&, std::string_view name) const {
  if (name == "CREATE") return {{1, 64, 64}, {2, 1, 1}};
  if (name == "RDWR") return {{1, 2, 3}};
  if (name == "SYNC") return {{1, 12, 12}};
  return {};
}

std::vector<std::string> WorldFields::variant_names(const Field&) const { return {"CREATE", "RDWR", "SYNC"}; }

OrRefusal<uint64_t> WorldFields::moment(const Moment& moment) const {
  const auto ns = static_cast<uint64_t>(moment.ns);
  if (moment.kind == Moment::Kind::kAfterStart) return 1000 * kSecond + ns;
  if (moment.kind == Moment::Kind::kBeforeEnd) return 1100 * kSecond - ns;
  if (moment.kind == Moment::Kind::kExec && moment.name == "make") return (1000 + 10 * moment.ordinal) * kSecond;
  return Refusal{"there is no such moment in this recording"};
}

std::vector<std::string> WorldFields::values(const Field& field, std::string_view prefix, size_t most) const {
  std::vector<std::string> values;
  if (field.name == "process")
    for (const std::string value : {"make", "mawk", "a \"b\"", "nginx"})
      if (value.starts_with(prefix) && values.size() < most) values.push_back(value);
  return values;
}

const WorldFields& world_fields() {
  static const WorldFields fields;
  return fields;
}

class World::Table : public Texts {
 public:
  explicit Table(const std::map<std::string, uint64_t>& ids) {
    texts_.resize(ids.size() + 1);
    for (const auto& [text, id] : ids) texts_[id] = text;
  }
  uint64_t count() const override { return texts_.size(); }
  std::optional<std::string_view> text(uint64_t id) const override {
    if (id == 0) return std::nullopt;
    return texts_[id];
  }
  uint64_t id(const std::string& text) const {
    return static_cast<uint64_t>(std::find(texts_.begin() + 1, texts_.end(), text) - texts_.begin());
  }

 private:
  std::vector<std::string> texts_;
};

World::World(std::string_view table) {
  std::istringstream lines{std::string(table)};
  std::string line, word;
  std::vector<std::string> columns;
  std::getline(lines, line);
  std::istringstream heads(line);
  while (heads >> word) {
    const auto field = world_fields().find(word);
    columns.push_back(field ? field->name : word);
  }
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::map<std::string, Cell> row;
    for (const std::string& column : columns) {
      words >> word;
      Cell cell;
      cell.present = word != "-";
      cell.text = word;
      cell.negative = cell.present && word.starts_with('-');
      if (cell.present && (cell.negative || (word[0] >= '0' && word[0] <= '9')))
        cell.number = cell.negative ? static_cast<uint64_t>(std::stoll(word)) : std::stoull(word, nullptr, 0);
      row[column] = cell;
    }
    add(row);
  }
}

void World::add(std::map<std::string, Cell> row) { rows_.push_back(std::move(row)); }

const Cell& World::cell(size_t row, const std::string& field) const {
  static const Cell absent;
  const auto found = rows_[row].find(field);
  return found == rows_[row].end() ? absent : found->second;
}

const Texts* World::texts(size_t index) const {
  const std::string& name = field(index).name;
  auto& table = tables_[name];
  if (table == nullptr) {
    std::map<std::string, uint64_t> ids;
    for (size_t row = 0; row < size(); ++row)
      if (cell(row, name).present) ids.emplace(cell(row, name).text, ids.size() + 1);
    table = std::make_shared<Table>(ids);
  }
  return table.get();
}

std::optional<Bounds> World::bounds(size_t index) const {
  const Field& asked = field(index);
  std::optional<Bounds> bounds;
  const uint64_t shift = is_signed(asked.kind) ? uint64_t{1} << 63 : 0;
  for (size_t row = 0; row < size(); ++row) {
    const Cell& at = cell(row, asked.name);
    if (!at.present) continue;
    if (!bounds) bounds = Bounds{at.number, at.number};
    if (at.number + shift < bounds->least + shift) bounds->least = at.number;
    if (at.number + shift > bounds->most + shift) bounds->most = at.number;
  }
  return bounds;
}

bool World::all_present(size_t index) const {
  for (size_t row = 0; row < size(); ++row)
    if (!cell(row, field(index).name).present) return false;
  return true;
}

bool World::all_absent(size_t index) const {
  for (size_t row = 0; row < size(); ++row)
    if (cell(row, field(index).name).present) return false;
  return true;
}

std::vector<bool> World::passing(const Expression& expression) const {
  return with(expression, [&] { return passing_both_ways(expression); });
}

std::vector<bool> World::passing_both_ways(const Expression& expression) const {
  Evaluator evaluator(expression);
  std::vector<bool> passes(size());
  const BlockDecision of_frame = evaluator.decide(*this);
  for (const bool with_facts : {false, true}) {
    const BlockDecision decision = with_facts ? evaluator.start_block(*this) : BlockDecision::kSome;
    if (!with_facts) evaluator.start_block();
    for (size_t start = 0; start < size(); start += kTileRows) {
      WorldTile tile(*this, start);
      const size_t count = std::min(kTileRows, size() - start);
      Selection rows = Selection::first(count);
      evaluator.select(tile, rows);
      for (size_t row = 0; row < kTileRows; ++row) {
        if (row >= count) {
          EXPECT_FALSE(rows.test(row));
          continue;
        }
        if (with_facts) {
          EXPECT_EQ(passes[start + row], rows.test(row))
              << "row " << start + row << " is decided by what the block says";
        }
        passes[start + row] = rows.test(row);
        for (const BlockDecision said : {decision, of_frame})
          if (said != BlockDecision::kSome) {
            EXPECT_EQ(rows.test(row), said == BlockDecision::kAll) << to_string(expression) << " row " << start + row;
          }
      }
    }
  }
  return passes;
}

std::string World::rows(std::string_view filter) const {
  const std::vector<bool> passes = passing(parse(filter, world_fields()));
  std::string out;
  for (size_t row = 0; row < passes.size(); ++row)
    if (passes[row]) out += (out.empty() ? "" : " ") + std::to_string(row + 1);
  return out;
}

BlockDecision World::decide(std::string_view filter) const {
  const Expression expression = parse(filter, world_fields());
  return with(expression, [&] { return Evaluator(expression).start_block(*this); });
}

WorldTile::WorldTile(const World& world, size_t start) : world_(world), start_(start) {}

const Cell* WorldTile::cell(size_t field, size_t row) const {
  if (start_ + row >= world_.size()) return nullptr;
  return &world_.cell(start_ + row, world_.field(field).name);
}

WorldTile::Column& WorldTile::column(size_t field, const Selection& wanted) {
  asked += world_.field(field).name + ":" + std::to_string(wanted.count()) + " ";
  EXPECT_FALSE(wanted.none());
  Column& column = columns_[field];
  column = {};
  column.values.assign(kTileRows, kGarbage);
  column.variants.assign(kTileRows, kGarbage);
  return column;
}

NumberColumn WorldTile::numbers(size_t field, const Selection& wanted) {
  Column& filled = column(field, wanted);
  wanted.for_each([&](size_t row) {
    const Cell* at = cell(field, row);
    ASSERT_NE(at, nullptr) << "a row that there is not";
    if (!at->present) return;
    filled.values[row] = at->number;
    filled.present.set(row);
    if (at->negative) filled.negative.set(row);
  });
  return {filled.values.data(), &filled.present, &filled.negative};
}

TextColumn WorldTile::texts(size_t field, const Selection& wanted) {
  const auto* table = static_cast<const World::Table*>(world_.texts(field));
  Column& filled = column(field, wanted);
  wanted.for_each([&](size_t row) {
    const Cell* at = cell(field, row);
    ASSERT_NE(at, nullptr) << "a row that there is not";
    filled.values[row] = at->present ? table->id(at->text) : row % 2 == 0 ? 0 : kGarbage;
  });
  return {filled.values.data(), table};
}

const uint64_t* WorldTile::variants(size_t field, const Selection& wanted) {
  Column& filled = columns_[field];
  EXPECT_FALSE(filled.variants.empty());
  wanted.for_each([&](size_t row) { filled.variants[row] = world_.cell(start_ + row, "call").number; });
  return filled.variants.data();
}

}  // namespace ebpftrace::predicate
