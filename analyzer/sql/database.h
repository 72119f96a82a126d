// SPDX-License-Identifier: Apache-2.0
// A trace as an SQLite database that can only be read: a virtual table for each relation, its columns named like the fields,
// and one for each answer of a question whose name no relation has. What a statement compares columns with is looked at
// where filters are, columns that it doesn't need are not decoded, and rows of a group by come group by group, as far as
// memory goes. Nothing is written but SQLite's own temporary files, which have no names. Of one thread.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/api/session.h"

namespace ebpftrace::analyzer {

// A value of a row: nothing is NULL.
using SqlValue = std::variant<std::monostate, int64_t, double, std::string>;

struct SqlTable {
  std::string name, doc;
  struct Column {
    std::string name, type, doc;  // "INTEGER", "TEXT", "REAL"
    bool hidden = false;          // not in SELECT *
  };
  std::vector<Column> columns;
};

class SqlDatabase {
 public:
  // stop ends a statement, and so does a take that returns false. The session must outlive it.
  explicit SqlDatabase(const Session& session, std::stop_token stop = {});
  ~SqlDatabase();
  SqlDatabase(const SqlDatabase&) = delete;

  void set_stop(std::stop_token stop);  // of the statements from now on

  const std::vector<SqlTable>& tables() const;

  // Runs one statement. begin: its columns, before the first row. Throws AskError with SQLite's message. False: stopped.
  using Begin = std::function<void(const std::vector<std::string>& columns)>;
  using Take = std::function<bool(const std::vector<SqlValue>& row)>;
  bool run(std::string_view statement, const Begin& begin, const Take& take);

  // Whether what is typed so far is whole statements.
  static bool is_complete(const std::string& text);

  // For tests: how many rows of relations were handed to SQLite since the database was made, and whether the last scan of a
  // relation delivered groups.
  uint64_t rows_read() const;
  void set_group_bytes(size_t most);  // that groups may take
  bool grouped() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Answers of it, in one of the forms that questions have; the Result has what they leave out.
Result print_sql(SqlDatabase& database, const Session& session, std::string_view statement, Format format, size_t width,
                 const Write& write);

}  // namespace ebpftrace::analyzer
