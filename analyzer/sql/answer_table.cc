// SPDX-License-Identifier: Apache-2.0
#include "analyzer/sql/answer_table.h"

#include <algorithm>
#include <new>

namespace ebpftrace::analyzer {
namespace {

struct Table : sqlite3_vtab {
  AnswerModule* module = nullptr;
};

struct Cursor : sqlite3_vtab_cursor {
  const Result* answer = nullptr;
  size_t row = 0;
};

AnswerModule& module_of(sqlite3_vtab* table) { return *static_cast<Table*>(table)->module; }
Cursor& cursor_of(sqlite3_vtab_cursor* cursor) { return *static_cast<Cursor*>(cursor); }

std::vector<ResultColumn> data_columns(const Question& question) {
  std::vector<ResultColumn> columns = question.columns();
  std::erase_if(columns, [](const ResultColumn& column) { return column.only_people(); });
  return columns;
}

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

void set(sqlite3_context* context, const Cell& cell) {
  auto text = [&](const std::string& value) {
    sqlite3_result_text64(context, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  };
  if (const auto* value = std::get_if<std::string>(&cell)) text(*value);
  if (const auto* value = std::get_if<ProcessesCell>(&cell)) text(processes_text(*value));
  if (const auto* value = std::get_if<bool>(&cell)) sqlite3_result_int64(context, *value);
  if (const auto* value = std::get_if<double>(&cell)) sqlite3_result_double(context, *value);
  if (const auto* value = std::get_if<int64_t>(&cell)) sqlite3_result_int64(context, *value);
  if (const auto* value = std::get_if<uint64_t>(&cell)) {
    if (*value > INT64_MAX)
      sqlite3_result_double(context, static_cast<double>(*value));
    else
      sqlite3_result_int64(context, static_cast<int64_t>(*value));
  }
}

int connect(sqlite3* database, void* aux, int, const char* const*, sqlite3_vtab** table, char**) {
  auto* const module = static_cast<AnswerModule*>(aux);
  std::string declaration = "CREATE TABLE x(";
  for (const ResultColumn& column : module->columns) {
    if (&column != &module->columns.front()) declaration += ", ";
    declaration += "\"" + column.name + "\" " + sql_type(column.unit);
  }
  const int rc = sqlite3_declare_vtab(database, (declaration + ")").c_str());
  if (rc != SQLITE_OK) return rc;
  auto* const made = new (std::nothrow) Table();
  if (!made) return SQLITE_NOMEM;
  made->module = module;
  *table = made;
  return SQLITE_OK;
}

const sqlite3_module kModule = [] {
  sqlite3_module module{};
  module.iVersion = 1;
  module.xConnect = connect;
  module.xBestIndex = [](sqlite3_vtab*, sqlite3_index_info* info) {
    info->estimatedCost = 100000;
    info->estimatedRows = 10000;
    return SQLITE_OK;
  };
  module.xDisconnect = [](sqlite3_vtab* table) {
    delete static_cast<Table*>(table);
    return SQLITE_OK;
  };
  module.xOpen = [](sqlite3_vtab* table, sqlite3_vtab_cursor** cursor) {
    return guarded(table, [&] {
      *cursor = new Cursor();
      return SQLITE_OK;
    });
  };
  module.xClose = [](sqlite3_vtab_cursor* cursor) {
    delete static_cast<Cursor*>(cursor);
    return SQLITE_OK;
  };
  module.xFilter = [](sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
    return guarded(cursor->pVtab, [&] {
      cursor_of(cursor).answer = &module_of(cursor->pVtab).answer();
      cursor_of(cursor).row = 0;
      return SQLITE_OK;
    });
  };
  module.xNext = [](sqlite3_vtab_cursor* cursor) {
    ++cursor_of(cursor).row;
    return SQLITE_OK;
  };
  module.xEof = [](sqlite3_vtab_cursor* cursor) {
    return static_cast<int>(cursor_of(cursor).row >= cursor_of(cursor).answer->rows());
  };
  module.xColumn = [](sqlite3_vtab_cursor* cursor, sqlite3_context* context, int column) {
    return guarded(cursor->pVtab, [&] {
      const Cursor& at = cursor_of(cursor);
      const std::string& name = module_of(cursor->pVtab).columns[static_cast<size_t>(column)].name;
      if (const auto place = at.answer->column(name)) set(context, at.answer->cell(at.row, *place));
      return SQLITE_OK;
    });
  };
  module.xRowid = [](sqlite3_vtab_cursor* cursor, sqlite3_int64* row) {
    *row = static_cast<sqlite3_int64>(cursor_of(cursor).row);
    return SQLITE_OK;
  };
  return module;
}();

}  // namespace

const char* sql_type(Unit unit) {
  switch (unit) {
    case Unit::kText:
    case Unit::kProcesses:
      return "TEXT";
    case Unit::kDecimal:
      return "REAL";
    default:
      return "INTEGER";
  }
}

AnswerModule::AnswerModule(const Session& session, const Question& asked, const std::stop_token& stop)
    : question(asked), columns(data_columns(asked)), session_(session), stop_(stop) {}

int AnswerModule::create(sqlite3* database) {
  return sqlite3_create_module_v2(database, std::string(question.name).c_str(), &kModule, this, nullptr);
}

const Result& AnswerModule::answer() {
  // What was stopped is asked anew the next time.
  if (!answer_ || answer_->stopped)
    answer_ = ask(question, session_, {.stop = question.takes.stop ? stop_ : std::stop_token()});
  return *answer_;
}

}  // namespace ebpftrace::analyzer
