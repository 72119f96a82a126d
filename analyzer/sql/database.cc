// SPDX-License-Identifier: Apache-2.0
#include "analyzer/sql/database.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstring>

#include "analyzer/query/coverage.h"
#include "analyzer/questions/question_list.h"
#include "analyzer/sql/answer_table.h"
#include "analyzer/sql/relation_table.h"
#include "analyzer/tables/table.h"
#include "analyzer/text/escape.h"
#include "trace/read/reads.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

constexpr int kStepsBetweenLooks = 4096;         // of SQLite's machine, until somebody looks at the stop token
constexpr int kMostTextBytes = 64 << 20;         // of one value
constexpr int kMostStatementBytes = 1 << 20;     //
constexpr sqlite3_int64 kHeapBytes = 192 << 20;  // of SQLite's own
constexpr char kSettings[] = "PRAGMA cache_size = -65536; PRAGMA temp_store = FILE;";

int may_do(void* scan, int action, const char* table, const char* column, const char*, const char*) {
  switch (action) {
    case SQLITE_READ:
      if (table && column) static_cast<SqlScan*>(scan)->columns_read[table].insert(column);
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return column && (std::strcmp(column, "load_extension") == 0 || std::strcmp(column, "fts3_tokenizer") == 0)
                 ? SQLITE_DENY
                 : SQLITE_OK;
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    default:
      return SQLITE_DENY;
  }
}

// X REGEXP Y is regexp(Y, X); the pattern is kept for the statement.
void regexp(sqlite3_context* context, int, sqlite3_value** values) {
  if (sqlite3_value_type(values[0]) == SQLITE_NULL || sqlite3_value_type(values[1]) == SQLITE_NULL) return;
  auto text = [](sqlite3_value* value) {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return re2::StringPiece(bytes ? bytes : "", bytes ? static_cast<size_t>(sqlite3_value_bytes(value)) : 0);
  };
  auto* pattern = static_cast<RE2*>(sqlite3_get_auxdata(context, 0));
  std::unique_ptr<RE2> made;
  if (!pattern) {
    RE2::Options options(RE2::Latin1);
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    made = std::make_unique<RE2>(text(values[0]), options);
    if (!made->ok()) return sqlite3_result_error(context, ("REGEXP: " + made->error()).c_str(), -1);
    pattern = made.get();
  }
  sqlite3_result_int(context, RE2::PartialMatch(text(values[1]), *pattern));
  if (made) sqlite3_set_auxdata(context, 0, made.release(), [](void* kept) { delete static_cast<RE2*>(kept); });
}

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

SqlValue value_of(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_NULL:
      return {};
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const unsigned char*>(sqlite3_column_blob(statement, column));
      std::string text = "X'";
      for (int i = 0; i < sqlite3_column_bytes(statement, column); ++i) text += fmt::format("{:02X}", bytes[i]);
      return text + "'";
    }
    default: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text ? text : "", text ? static_cast<size_t>(sqlite3_column_bytes(statement, column)) : 0);
    }
  }
}

// Blanks, comments and semicolons only.
bool is_empty(std::string_view rest) {
  for (size_t at = 0; at < rest.size();) {
    if (rest.substr(at).starts_with("--")) {
      at = std::min(rest.find('\n', at), rest.size());
    } else if (rest.substr(at).starts_with("/*")) {
      const size_t end = rest.find("*/", at + 2);
      at = end == std::string_view::npos ? rest.size() : end + 2;
    } else if (std::isspace(static_cast<unsigned char>(rest[at])) || rest[at] == ';') {
      ++at;
    } else {
      return false;
    }
  }
  return true;
}

std::string real_text(double value) {
  if (value != value) return "null";
  return fmt::format("{:.15g}", value);
}

}  // namespace

struct SqlDatabase::State {
  State(const Session& session, std::stop_token stop) : scan{session, stop, {}} {}

  SqlScan scan;
  std::vector<SqlTable> tables;
  std::vector<std::unique_ptr<RelationModule>> relations;
  std::vector<std::unique_ptr<AnswerModule>> answers;
  std::unique_ptr<sqlite3, CloseDatabase> database;  // closed before what its tables are of

  void check(int rc) const {
    if (rc != SQLITE_OK) throw AskError(fmt::format("--sql: {}", sqlite3_errmsg(database.get())));
  }

  void add(const Relation& relation, const std::string& name, const std::string& doc) {
    RelationModule& module = *relations.emplace_back(std::make_unique<RelationModule>(scan, relation, name));
    check(module.create(database.get()));
    SqlTable& table = tables.emplace_back(SqlTable{name, doc, {}});
    for (const RelationColumn& column : module.columns)
      table.columns.push_back({column.field.name, sql_type(column.field.kind), column.field.doc, column.hidden});
  }
  void add(const Question& question) {
    AnswerModule& module = *answers.emplace_back(std::make_unique<AnswerModule>(scan.session, question, scan.stop));
    check(module.create(database.get()));
    SqlTable& table = tables.emplace_back(
        SqlTable{std::string(question.name), "The answer of this question: " + std::string(question.help), {}});
    for (const ResultColumn& column : module.columns)
      table.columns.push_back({column.name, sql_type(column.unit), column.doc, false});
  }
  bool has(std::string_view name) const {
    return std::any_of(tables.begin(), tables.end(), [&](const SqlTable& table) { return table.name == name; });
  }
};

SqlDatabase::SqlDatabase(const Session& session, std::stop_token stop)
    : state_(std::make_unique<State>(session, std::move(stop))) {
  sqlite3_hard_heap_limit64(kHeapBytes);
  sqlite3* opened = nullptr;
  const int rc = sqlite3_open_v2(":memory:", &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  state_->database.reset(opened);
  if (rc != SQLITE_OK) throw AskError(fmt::format("--sql: {}", opened ? sqlite3_errmsg(opened) : "out of memory"));
  state_->check(sqlite3_exec(opened, kSettings, nullptr, nullptr, nullptr));
  for (const RelationName& relation : relation_list())
    state_->add(*session.relation(relation.name), std::string(relation.name), std::string(relation.doc));
  // The name that the event type has.
  state_->add(*session.relation("counters"), "metrics", "The same as counters.");
  for (const Question* question : all_questions()) {
    const QuestionArgument& argument = question->takes.argument;
    if (question->answer && question->name != "verify" && argument.type.empty() && !state_->has(question->name))
      state_->add(*question);
  }
  state_->check(sqlite3_create_function_v2(opened, "regexp", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                           nullptr, regexp, nullptr, nullptr, nullptr));
  sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, kMostTextBytes);
  sqlite3_limit(opened, SQLITE_LIMIT_SQL_LENGTH, kMostStatementBytes);
  sqlite3_limit(opened, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  // Declaring a table is a CREATE TABLE, which nobody may do from here on.
  for (const SqlTable& table : state_->tables) {
    sqlite3_stmt* prepared = nullptr;
    state_->check(sqlite3_prepare_v2(opened, ("SELECT * FROM \"" + table.name + "\"").c_str(), -1, &prepared, nullptr));
    sqlite3_finalize(prepared);
  }
  sqlite3_set_authorizer(opened, may_do, &state_->scan);
  sqlite3_progress_handler(
      opened, kStepsBetweenLooks,
      [](void* scan) { return static_cast<int>(static_cast<SqlScan*>(scan)->stop.stop_requested()); }, &state_->scan);
}

SqlDatabase::~SqlDatabase() = default;

const std::vector<SqlTable>& SqlDatabase::tables() const { return state_->tables; }
void SqlDatabase::set_stop(std::stop_token stop) { state_->scan.stop = std::move(stop); }
uint64_t SqlDatabase::rows_read() const { return state_->scan.rows_read; }
void SqlDatabase::set_group_bytes(size_t most) { state_->scan.group_bytes = most; }
bool SqlDatabase::grouped() const { return state_->scan.grouped; }
bool SqlDatabase::is_complete(const std::string& text) { return sqlite3_complete(text.c_str()) != 0; }

bool SqlDatabase::run(std::string_view text, const Begin& begin, const Take& take) {
  SqlScan& scan = state_->scan;
  sqlite3* const database = state_->database.get();
  scan.may_group = true;
  for (bool again = true; again;) {
    again = false;
    scan.too_many_groups = false;
    scan.columns_read.clear();
    sqlite3_stmt* prepared = nullptr;
    const char* rest = nullptr;
    const int rc = sqlite3_prepare_v2(database, text.data(), static_cast<int>(text.size()), &prepared, &rest);
    const Statement statement(prepared);
    if (rc == SQLITE_AUTH)
      throw AskError(fmt::format("--sql: {}: only SELECT can be asked of a trace", sqlite3_errmsg(database)));
    state_->check(rc);
    if (!statement) throw AskError("--sql: there is no statement");
    if (!is_empty(text.substr(static_cast<size_t>(rest - text.data()))))
      throw AskError("--sql: one statement at a time");
    const int columns = sqlite3_column_count(prepared);
    std::vector<SqlValue> row(static_cast<size_t>(columns));
    bool any = false;
    for (;;) {
      const int step = sqlite3_step(prepared);
      if (step == SQLITE_ROW || (step == SQLITE_DONE && !any)) {
        if (!any) {
          std::vector<std::string> names;
          for (int i = 0; i < columns; ++i) {
            const char* name = sqlite3_column_name(prepared, i);
            names.emplace_back(name ? name : "");
          }
          begin(names);
          any = true;
        }
        if (step == SQLITE_DONE) break;
        for (int i = 0; i < columns; ++i) row[static_cast<size_t>(i)] = value_of(prepared, i);
        if (!take(row)) return false;
        continue;
      }
      if (step == SQLITE_DONE) break;
      if (step == SQLITE_INTERRUPT || scan.stop.stop_requested()) {
        if (!any) begin({});
        return false;
      }
      if (scan.too_many_groups && !any) {
        scan.may_group = false;  // SQLite sorts them, in temporary files
        again = true;
        break;
      }
      if (scan.too_many_groups)
        throw AskError("--sql: a group by within the statement has too many groups to keep; materialise it first");
      throw AskError(fmt::format("--sql: {}", sqlite3_errmsg(database)));
    }
  }
  return true;
}

namespace {

constexpr size_t kPiece = 64 << 10;

// JSON as the other answers have it, row by row; what is known only at the end stands behind the rows.
class JsonRows {
 public:
  explicit JsonRows(const Write& write) : write_(write) {}
  void begin(const std::vector<std::string>& columns) {
    out_ = R"({"table": "sql", "columns": [)";
    for (const std::string& column : columns) {
      std::string key;
      append_json(key, column);
      out_ += (keys_.empty() ? "" : ", ") + (R"({"name": )" + key + R"(, "unit": ""})");
      keys_.push_back((keys_.empty() ? "" : ", ") + key + ": ");
    }
    out_ += "], \"rows\": [";
  }
  void add(const std::vector<SqlValue>& row) {
    out_ += any_ ? ",\n  {" : "\n  {";
    any_ = true;
    for (size_t i = 0; i < row.size(); ++i) {
      out_ += keys_[i];
      if (const auto* text = std::get_if<std::string>(&row[i]))
        append_json(out_, *text);
      else if (const auto* number = std::get_if<int64_t>(&row[i]))
        out_ += fmt::format_int(*number).c_str();
      else if (const auto* real = std::get_if<double>(&row[i]))
        out_ += *real - *real == 0 ? real_text(*real) : "null";
      else
        out_ += "null";
    }
    out_ += '}';
    if (out_.size() > kPiece) flush();
  }
  void end(const Result& result) {
    out_ += any_ ? "\n]" : "]";
    out_ += result.coverage.complete && !result.stopped ? ", \"complete\": true" : ", \"complete\": false";
    out_ += ", \"lost\": " + (result.coverage.lost_known ? std::to_string(result.coverage.lost) : "null");
    for (const std::string& shortfall : result.shortfalls) {
      out_ += &shortfall == &result.shortfalls.front() ? ", \"shortfalls\": [" : ", ";
      append_json(out_, shortfall);
    }
    out_ += result.shortfalls.empty() ? "}\n" : "]}\n";
    flush();
  }

 private:
  void flush() {
    write_(out_);
    out_.clear();
  }
  const Write& write_;
  std::string out_;
  std::vector<std::string> keys_;
  bool any_ = false;
};

Cell cell_of(const SqlValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<int64_t>(&value)) return *number;
  if (const auto* real = std::get_if<double>(&value)) return real_text(*real);
  return {};
}

void complete(Result& result, const Session& session, const trace::ReadScope& scope, bool stopped) {
  result.stopped = stopped;
  result.coverage = coverage_of(session.trace(), scope);
  result.shortfalls = session.trace().shortfalls().list();
}

}  // namespace

Result print_sql(SqlDatabase& database, const Session& session, std::string_view statement, Format format, size_t width,
                 const Write& write) {
  const trace::ReadScope scope;
  if (format == Format::kJson) {
    JsonRows rows(write);
    Result result("sql", {});
    const bool whole = database.run(
        statement, [&](const auto& columns) { rows.begin(columns); },
        [&](const auto& row) {
          rows.add(row);
          return true;
        });
    complete(result, session, scope, !whole);
    rows.end(result);
    return result;
  }
  if (format == Format::kCsv) {
    Result result("sql", {});
    std::string out;
    std::vector<Cell> cells;
    const bool whole = database.run(
        statement,
        [&](const auto& columns) {
          for (const std::string& column : columns) cells.emplace_back(column);
          append_csv_row(out, cells);
        },
        [&](const auto& row) {
          cells.clear();
          for (const SqlValue& value : row) cells.push_back(cell_of(value));
          append_csv_row(out, cells);
          if (out.size() > kPiece) {
            write(out);
            out.clear();
          }
          return true;
        });
    write(out);
    complete(result, session, scope, !whole);
    return result;
  }
  // For people, widths depend on all rows: as many as an answer holds. Numbers stand to the right if the first row's do.
  std::vector<std::string> names;
  std::optional<Result> table;
  std::vector<Cell> cells;
  bool room = true;
  auto make = [&](const std::vector<SqlValue>& first) {
    std::vector<ResultColumn> columns;
    for (size_t i = 0; i < names.size(); ++i) {
      const bool number = i < first.size() && std::holds_alternative<int64_t>(first[i]);
      columns.push_back({names[i], number ? Unit::kIdentity : Unit::kText, names[i], ""});
    }
    table.emplace("sql", std::move(columns));
  };
  const bool whole = database.run(
      statement, [&](const auto& columns) { names = columns; },
      [&](const auto& row) {
        if (!table) make(row);
        cells.clear();
        for (const SqlValue& value : row) cells.push_back(cell_of(value));
        room = table->add(cells);
        return room;
      });
  if (!table) make({});
  table->close();
  complete(*table, session, scope, !whole && room);
  if (!room) table->shortfalls.emplace_back("a table for people holds no more rows; --format csv and json have all");
  write_text(*table, width, write);
  return std::move(*table);
}

}  // namespace ebpftrace::analyzer
