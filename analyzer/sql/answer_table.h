// SPDX-License-Identifier: Apache-2.0
// Answers of questions as virtual tables of SQLite: asked when a statement first reads them, then kept.
#pragma once

#include <sqlite3.h>

#include <optional>
#include <stop_token>
#include <string>

#include "analyzer/api/question.h"
#include "analyzer/api/result.h"

namespace ebpftrace::analyzer {

const char* sql_type(Unit unit);

class AnswerModule {
 public:
  // stop: looked at when it is asked.
  AnswerModule(const Session& session, const Question& question, const std::stop_token& stop);
  int create(sqlite3* database);
  const Result& answer();

  const Question& question;
  const std::vector<ResultColumn> columns;  // those that programs get

 private:
  const Session& session_;
  const std::stop_token& stop_;
  std::optional<Result> answer_;
};

}  // namespace ebpftrace::analyzer
