// SPDX-License-Identifier: Apache-2.0
#include "analyzer/sql/relation_table.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>

#include "analyzer/query/group_rows.h"
#include "analyzer/query/sieve.h"
#include "analyzer/sql/constraints.h"
#include "analyzer/sql/grouped_rows.h"
#include "analyzer/sql/relation_plan.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

using predicate::FieldKind;

constexpr size_t kMostGroups = 1u << 19;

struct Table : sqlite3_vtab {
  RelationModule* module = nullptr;
};

// It is shown by a name, so it is a text.
bool has_names(const predicate::Field& field) {
  return field.kind == FieldKind::kEnum || field.kind == FieldKind::kFlags || field.kind == FieldKind::kSet;
}

// A number of a field as SQLite has it: one that is too large for its integers is a real, so that it stays larger.
void set_number(sqlite3_context* context, uint64_t number) {
  if (number > INT64_MAX)
    sqlite3_result_double(context, static_cast<double>(number));
  else
    sqlite3_result_int64(context, static_cast<int64_t>(number));
}

class Cursor : public sqlite3_vtab_cursor {
 public:
  explicit Cursor(RelationModule& module) : sqlite3_vtab_cursor{}, module_(module), scan_(module.scan) {}

  int filter(const RelationPlan& plan, int count, sqlite3_value** values) {
    choice_ = {};
    fields_.clear();
    places_.assign(module_.columns.size(), -1);
    group_order_.clear();
    workers_.clear();
    readers_.clear();
    end_ = false;
    grouped_ = false;
    if (!set_choice(plan, count, values)) {
      end_ = true;
      return SQLITE_OK;
    }
    positions_ = positions();
    // The columns to group by come first.
    for (const auto* list : {&plan.groups, &plan.used})
      for (const size_t column : *list)
        if (places_[column] < 0) {
          places_[column] = static_cast<int>(fields_.size());
          fields_.push_back(module_.columns[column].field);
        }
    if (!plan.groups.empty()) return read_groups(plan);
    payload_ = std::make_shared<trace::FramePayload>();
    sieve_.emplace(scan_.session, choice_, payload_);
    next_frame_ = 0;
    tile_ = tiles_ = 0;
    row_ = rows_.size();
    scan_.grouped = false;
    return next();
  }

  int next() {
    if (grouped_) return next_of_group();
    if (++row_ < rows_.size()) return SQLITE_OK;
    while (!next_tile())
      if (!next_block()) {
        end_ = true;
        return scan_.stop.stop_requested() ? SQLITE_INTERRUPT : SQLITE_OK;
      }
    scan_.rows_read += rows_.size();
    row_ = 0;
    return SQLITE_OK;
  }

  bool end() const { return end_; }

  int column(sqlite3_context* context, size_t column) {
    const int place = column < places_.size() ? places_[column] : -1;
    if (place < 0) return SQLITE_OK;  // NULL: it was said that nobody reads it
    const predicate::Field& field = fields_[static_cast<size_t>(place)];
    const KeyValue value = grouped_ ? grouped_value(static_cast<size_t>(place)) : value_of(static_cast<size_t>(place));
    if (value.present) set(context, field, static_cast<size_t>(place), value);
    return SQLITE_OK;
  }

  // SQLite tells rows apart by it where it looks for one of several conditions at a time.
  int64_t row_number() const {
    if (grouped_) return static_cast<int64_t>(scan_.rows_read);
    const size_t row = (tile_ - 1) * predicate::kTileRows + rows_[row_];
    return static_cast<int64_t>(uint64_t{position_} << 20 | row);
  }

 private:
  struct Cells {
    NumberColumn numbers;
    TextColumn texts;
    bool loaded = false;
  };
  struct Worker {
    Worker(Cursor& cursor, size_t keys)
        : payload(std::make_shared<trace::FramePayload>()),
          sieve(cursor.scan_.session, cursor.choice_, payload),
          rows(std::span(cursor.fields_).first(keys), cursor.fields_.size() - keys, kMostGroups) {}

    std::shared_ptr<trace::FramePayload> payload;
    Sieve sieve;
    std::map<uint16_t, std::unique_ptr<RowReader>> readers;
    GroupedRows rows;
  };

  bool set_choice(const RelationPlan& plan, int count, sqlite3_value** values) {
    std::optional<predicate::Expression> all;
    for (size_t i = 0; i < plan.comparisons.size() && static_cast<int>(i) < count; ++i) {
      const RelationPlan::Comparison& one = plan.comparisons[i];
      std::vector<sqlite3_value*> with;
      if (one.is_list) {
        sqlite3_value* value = nullptr;
        std::vector<sqlite3_value*> copies;
        for (int rc = sqlite3_vtab_in_first(values[i], &value); rc == SQLITE_OK && value;
             rc = sqlite3_vtab_in_next(values[i], &value))
          copies.push_back(sqlite3_value_dup(value));
        const auto expression = copies.size() <= kMostOfList
                                    ? condition_of(scan_.session, module_.columns[one.column].field, one.op, copies)
                                    : std::nullopt;
        for (sqlite3_value* copy : copies) sqlite3_value_free(copy);
        if (copies.empty()) return false;
        if (expression) all = all ? both(*all, *expression) : *expression;
        continue;
      }
      with.push_back(values[i]);
      if (sqlite3_value_type(values[i]) == SQLITE_NULL) return false;  // nothing compares with it
      if (const auto expression = condition_of(scan_.session, module_.columns[one.column].field, one.op, with))
        all = all ? both(*all, *expression) : *expression;
    }
    if (all) choice_.filter = std::make_shared<const predicate::Expression>(std::move(*all));
    return true;
  }

  trace::Positions positions() const {
    const trace::Trace& trace = scan_.session.trace();
    trace::Positions::Builder all;
    for (const EventType* type : module_.relation.types())
      for (const uint32_t position : trace.blocks_of(type->name)) all.insert(position);
    return std::move(all).done();
  }

  RowReader& reader_of(std::map<uint16_t, std::unique_ptr<RowReader>>& readers, uint16_t type,
                       const std::shared_ptr<trace::FramePayload>& payload) {
    auto& reader = readers[type];
    if (!reader)
      reader =
          std::make_unique<RowReader>(scan_.session, *scan_.session.trace().catalogue().type(type), fields_, payload);
    return *reader;
  }

  // ---- row by row ----

  bool next_block() {
    while (next_frame_ < positions_.size()) {
      if (scan_.stop.stop_requested()) return false;
      position_ = positions_[next_frame_++];
      const trace::Frame frame = scan_.session.trace().frames()[position_];
      if (!sieve_->load(frame)) continue;
      reader_ = nullptr;
      if (!fields_.empty()) {
        reader_ = &reader_of(readers_, frame.type, payload_);
        if (!reader_->load(frame)) continue;
      }
      tile_ = 0;
      tiles_ = sieve_->tiles();
      return true;
    }
    return false;
  }

  bool next_tile() {
    for (; tile_ < tiles_; ++tile_) {
      selected_ = &sieve_->selected(tile_);
      if (selected_->none()) continue;
      if (reader_ && !reader_->go_to(tile_ * predicate::kTileRows)) {
        tiles_ = 0;
        return false;
      }
      rows_.clear();
      selected_->for_each([&](size_t row) { rows_.push_back(static_cast<uint32_t>(row)); });
      cells_.assign(fields_.size(), {});
      ++tile_;
      return true;
    }
    return false;
  }

  KeyValue value_of(size_t place) {
    Cells& cells = cells_[place];
    const bool is_text = fields_[place].kind == FieldKind::kText;
    if (!cells.loaded) {
      if (is_text)
        cells.texts = reader_->texts(place, *selected_);
      else
        cells.numbers = reader_->numbers(place, *selected_);
      cells.loaded = true;
    }
    const size_t row = rows_[row_];
    if (!is_text) {
      if (cells.numbers.present && !cells.numbers.present->test(row)) return {};
      return {true, cells.numbers.values[row], {}};
    }
    if (cells.texts.ids[row] >= cells.texts.texts->count()) return {};
    const auto text = cells.texts.texts->text(cells.texts.ids[row]);
    return text ? KeyValue{true, 0, *text} : KeyValue{};
  }

  // ---- group by group ----

  int read_groups(const RelationPlan& plan) {
    const size_t keys = plan.groups.size();
    const trace::Trace& trace = scan_.session.trace();
    std::atomic<size_t> bytes{0};
    std::atomic<bool> too_many{false};
    const unsigned threads = worker_count(trace, positions_);
    for (unsigned i = 0; i < threads; ++i) workers_.push_back(std::make_unique<Worker>(*this, keys));
    share_out(threads, positions_.size(), [&](unsigned own) {
      return [&, &worker = *workers_[own]](size_t i) {
        if (too_many || scan_.stop.stop_requested()) return;
        const trace::Frame frame = trace.frames()[positions_[i]];
        if (!worker.sieve.load(frame)) return;
        RowReader& reader = reader_of(worker.readers, frame.type, worker.payload);
        if (!reader.load(frame)) return;
        const size_t before = worker.rows.bytes();
        for (size_t tile = 0; tile < worker.sieve.tiles(); ++tile) {
          const Selection& rows = worker.sieve.selected(tile);
          if (rows.none()) continue;
          if (!reader.go_to(tile * predicate::kTileRows)) break;
          if (!worker.rows.add(reader, rows)) too_many = true;
          if (too_many) return;
        }
        const size_t more = worker.rows.bytes() - before;
        if (bytes.fetch_add(more) + more > scan_.group_bytes) too_many = true;
      };
    });
    if (scan_.stop.stop_requested()) return SQLITE_INTERRUPT;
    if (too_many) {
      scan_.too_many_groups = true;
      workers_.clear();
      return SQLITE_ERROR;
    }
    // A group of any worker under its number among those of the first one.
    for (uint32_t group = 0; group < workers_[0]->rows.groups(); ++group) group_order_.push_back({{0, group}});
    for (unsigned i = 1; i < workers_.size(); ++i)
      for (uint32_t group = 0; group < workers_[i]->rows.groups(); ++group) {
        const uint32_t here = workers_[0]->rows.keys().group_like(workers_[i]->rows.keys(), group);
        if (here == KeyGroups::kOthers) {
          scan_.too_many_groups = true;
          return SQLITE_ERROR;
        }
        if (here >= group_order_.size()) group_order_.resize(here + 1);
        group_order_[here].push_back({i, group});
      }
    grouped_ = scan_.grouped = true;
    keys_ = keys;
    sort_groups(plan.descending);
    at_ = part_ = 0;
    group_values_.assign(fields_.size() - keys, {});
    group_reader_ = {};
    if (!sorted_.empty()) open_part();
    return next_of_group();
  }

  // As SQLite orders values: it does not ask again for an order that is the same as that of the groups.
  void sort_groups(const std::vector<bool>& descending) {
    const KeyGroups& keys = workers_[0]->rows.keys();
    sorted_.clear();
    for (uint32_t group = 0; group < group_order_.size(); ++group)
      if (!group_order_[group].empty()) sorted_.push_back(group);
    std::vector<std::map<uint64_t, std::string>> names(keys_);
    for (size_t key = 0; key < keys_; ++key)
      for (const uint32_t group : sorted_)
        if (const KeyValue value = keys.key(group, key); value.present && has_names(fields_[key]))
          names[key].try_emplace(value.number,
                                 std::get<std::string>(cell_of_value(scan_.session, fields_[key], value)));
    const auto compare = [&](size_t key, const KeyValue& a, const KeyValue& b) {
      if (a.present != b.present) return a.present ? 1 : -1;  // NULL comes first
      if (!a.present) return 0;
      if (fields_[key].kind == FieldKind::kText) return a.text.compare(b.text);
      if (a.number == b.number) return 0;
      if (has_names(fields_[key])) return names[key].at(a.number).compare(names[key].at(b.number));
      const bool is_signed = fields_[key].kind == FieldKind::kSigned || fields_[key].kind == FieldKind::kEitherSign;
      const bool less =
          is_signed ? static_cast<int64_t>(a.number) < static_cast<int64_t>(b.number) : a.number < b.number;
      return less ? -1 : 1;
    };
    std::sort(sorted_.begin(), sorted_.end(), [&](uint32_t a, uint32_t b) {
      for (size_t key = 0; key < keys_; ++key)
        if (const int order = compare(key, keys.key(a, key), keys.key(b, key)))
          return descending[key] ? order > 0 : order < 0;
      return a < b;
    });
  }

  void open_part() {
    const auto& [worker, group] = group_order_[sorted_[at_]][part_];
    group_reader_ = {workers_[worker]->rows, group};
  }

  int next_of_group() {
    while (!group_reader_.next(group_values_)) {
      if (at_ < sorted_.size() && ++part_ >= group_order_[sorted_[at_]].size()) {
        part_ = 0;
        ++at_;
      }
      if (at_ >= sorted_.size()) {
        end_ = true;
        return SQLITE_OK;
      }
      open_part();
    }
    ++scan_.rows_read;
    return SQLITE_OK;
  }

  KeyValue grouped_value(size_t place) {
    return place < keys_ ? workers_[0]->rows.keys().key(sorted_[at_], place) : group_values_[place - keys_];
  }

  // ---- values ----

  void set(sqlite3_context* context, const predicate::Field& field, size_t place, const KeyValue& value) {
    switch (field.kind) {
      case FieldKind::kText:
        return sqlite3_result_text64(context, value.text.data(), value.text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
      case FieldKind::kSigned:
      case FieldKind::kEitherSign:
        return sqlite3_result_int64(context, static_cast<int64_t>(value.number));
      case FieldKind::kTime: {
        const uint64_t start = scan_.session.trace().facts().start_boot_ns;
        if (value.number >= start) return set_number(context, value.number - start);
        return sqlite3_result_int64(context, scan_.session.trace().since_start(value.number));
      }
      case FieldKind::kBool:
        return sqlite3_result_int64(context, value.number != 0);
      case FieldKind::kEnum:
      case FieldKind::kFlags:
      case FieldKind::kSet: {
        const std::string& text = name_of(field, place, value);
        return sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
      }
      case FieldKind::kDecimal:
        return sqlite3_result_double(context, static_cast<double>(value.number) / 1000);
      default:
        return set_number(context, value.number);
    }
  }

  const std::string& name_of(const predicate::Field& field, size_t place, const KeyValue& value) {
    if (names_.size() < fields_.size()) names_.resize(fields_.size());
    auto& names = names_[place];
    if (names.size() > kMostNames) names.clear();
    const auto [found, is_new] = names.try_emplace({field.name, value.number});
    if (is_new) found->second = std::get<std::string>(cell_of_value(scan_.session, field, value));
    return found->second;
  }

  static constexpr size_t kMostNames = 4096, kMostOfList = 1000;

  RelationModule& module_;
  SqlScan& scan_;
  Choice choice_;
  std::vector<predicate::Field> fields_;
  std::vector<int> places_;  // by column: in fields_, or -1
  trace::Positions positions_;
  bool end_ = true, grouped_ = false;

  std::shared_ptr<trace::FramePayload> payload_;
  std::optional<Sieve> sieve_;
  std::map<uint16_t, std::unique_ptr<RowReader>> readers_;
  RowReader* reader_ = nullptr;
  size_t next_frame_ = 0, tile_ = 0, tiles_ = 0, row_ = 0;
  uint32_t position_ = 0;
  const Selection* selected_ = nullptr;
  std::vector<uint32_t> rows_;
  std::vector<Cells> cells_;

  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::vector<std::pair<unsigned, uint32_t>>> group_order_;  // by group: whose groups it is made of
  std::vector<uint32_t> sorted_;                                         // groups, in the order in which they come
  size_t keys_ = 0, at_ = 0, part_ = 0;
  GroupedRows::Reader group_reader_;
  std::vector<KeyValue> group_values_;

  std::vector<std::map<std::pair<std::string, uint64_t>, std::string>> names_;
};

std::string quoted_name(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

int connect(sqlite3* database, void* aux, int, const char* const*, sqlite3_vtab** table, char** error) {
  auto* const module = static_cast<RelationModule*>(aux);
  std::string declaration = "CREATE TABLE x(";
  for (const RelationColumn& column : module->columns) {
    if (&column != &module->columns.front()) declaration += ", ";
    declaration +=
        quoted_name(column.field.name) + " " + sql_type(column.field.kind) + (column.hidden ? " HIDDEN" : "");
  }
  const int rc = sqlite3_declare_vtab(database, (declaration + ")").c_str());
  if (rc != SQLITE_OK) {
    *error = sqlite3_mprintf("%s", sqlite3_errmsg(database));
    return rc;
  }
  auto* const made = new (std::nothrow) Table();
  if (!made) return SQLITE_NOMEM;
  made->module = module;
  *table = made;
  return SQLITE_OK;
}

// What is thrown within SQLite's calls must not pass through them.
template <typename Work>
int guarded(sqlite3_vtab* table, Work&& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  } catch (const std::exception& error) {
    sqlite3_free(table->zErrMsg);
    table->zErrMsg = sqlite3_mprintf("%s", error.what());
    return SQLITE_ERROR;
  }
}

Cursor& cursor_of(sqlite3_vtab_cursor* cursor) { return *static_cast<Cursor*>(cursor); }

const sqlite3_module kModule = [] {
  sqlite3_module module{};
  module.iVersion = 1;
  module.xConnect = connect;
  module.xBestIndex = [](sqlite3_vtab* table, sqlite3_index_info* info) {
    return guarded(table, [&] { return best_index(*static_cast<Table*>(table)->module, info); });
  };
  module.xDisconnect = [](sqlite3_vtab* table) {
    delete static_cast<Table*>(table);
    return SQLITE_OK;
  };
  module.xOpen = [](sqlite3_vtab* table, sqlite3_vtab_cursor** cursor) {
    return guarded(table, [&] {
      *cursor = new Cursor(*static_cast<Table*>(table)->module);
      return SQLITE_OK;
    });
  };
  module.xClose = [](sqlite3_vtab_cursor* cursor) {
    delete static_cast<Cursor*>(cursor);
    return SQLITE_OK;
  };
  module.xFilter = [](sqlite3_vtab_cursor* cursor, int, const char* plan, int count, sqlite3_value** values) {
    return guarded(cursor->pVtab, [&] { return cursor_of(cursor).filter(RelationPlan::from(plan), count, values); });
  };
  module.xNext = [](sqlite3_vtab_cursor* cursor) {
    return guarded(cursor->pVtab, [&] { return cursor_of(cursor).next(); });
  };
  module.xEof = [](sqlite3_vtab_cursor* cursor) { return static_cast<int>(cursor_of(cursor).end()); };
  module.xColumn = [](sqlite3_vtab_cursor* cursor, sqlite3_context* context, int column) {
    return guarded(cursor->pVtab, [&] { return cursor_of(cursor).column(context, static_cast<size_t>(column)); });
  };
  module.xRowid = [](sqlite3_vtab_cursor* cursor, sqlite3_int64* row) {
    *row = cursor_of(cursor).row_number();
    return SQLITE_OK;
  };
  return module;
}();

}  // namespace

const char* sql_type(FieldKind kind) {
  switch (kind) {
    case FieldKind::kText:
    case FieldKind::kEnum:
    case FieldKind::kFlags:
    case FieldKind::kSet:
      return "TEXT";
    case FieldKind::kDecimal:
      return "REAL";
    default:
      return "INTEGER";
  }
}

std::vector<RelationColumn> relation_columns(const Relation& relation) {
  std::vector<RelationColumn> columns;
  for (const predicate::Field& field : relation.fields())
    if (field.name != kProcessIdentity) columns.push_back({field, false});
  // SQLite's names are the same in capitals: of such arguments the first one is a column.
  for (const predicate::NameAndDoc& argument : argument_names(relation)) {
    auto field = relation.find(argument.name);
    const bool is_new = std::none_of(columns.begin(), columns.end(), [&](const RelationColumn& column) {
      return sqlite3_stricmp(column.field.name.c_str(), argument.name.c_str()) == 0;
    });
    if (field && is_new) columns.push_back({std::move(*field), true});
  }
  return columns;
}

RelationModule::RelationModule(SqlScan& shared, const Relation& of, std::string table_name)
    : scan(shared), relation(of), name(std::move(table_name)), columns(relation_columns(of)) {}

int RelationModule::create(sqlite3* database) {
  return sqlite3_create_module_v2(database, name.c_str(), &kModule, this, nullptr);
}

}  // namespace ebpftrace::analyzer
