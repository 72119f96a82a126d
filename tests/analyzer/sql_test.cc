// SPDX-License-Identifier: Apache-2.0
// SQL over small traces: what is pushed down, what is grouped where, what is refused. tests/exports/sql_test.py compares
// answers with those of SQLite's own tables.
#include <gtest/gtest.h>

#include "analyzer/api/session.h"
#include "analyzer/sql/database.h"
#include "analyzer/sql/prompt.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

struct Database {
  explicit Database(const std::string& text) : trace(small_script(text)), session(trace), database(session) {}
  std::string ask(std::string_view statement) {
    std::string out;
    const bool whole = database.run(
        statement, [](const auto&) {},
        [&](const std::vector<SqlValue>& row) {
          for (size_t i = 0; i < row.size(); ++i) {
            out += i ? "|" : "";
            if (const auto* number = std::get_if<int64_t>(&row[i])) out += std::to_string(*number);
            if (const auto* text = std::get_if<std::string>(&row[i])) out += *text;
            if (const auto* real = std::get_if<double>(&row[i])) out += "~" + std::to_string(*real);
          }
          out += "\n";
          return true;
        });
    return whole ? out : out + "stopped";
  }
  std::string refusal(std::string_view statement) {
    try {
      ask(statement);
    } catch (const AskError& error) {
      return error.what();
    }
    return "";
  }
  trace::Trace trace;
  Session session;
  SqlDatabase database;
};

constexpr char kCalls[] =
    "10us a:1.1 read fd=3 count=4 4 file=/etc/passwd dur=1us\n20us a:1.1 write 5 dur=2us\n30us b:2.2 read 6 dur=3us\n"
    "40us b:2.2 read -EINTR dur=4us\n50us b:2.2 exit 0\n";

TEST(Sql, RowsOfRelations) {
  Database database(kCalls);
  EXPECT_EQ(database.ask("select process, syscall, duration_ns, result, error from syscalls"),
            "a|read|1000|4|\na|write|2000|5|\nb|read|3000|6|\nb|read|4000|-4|EINTR\n");
  EXPECT_EQ(database.ask("select event, time_ns from events where event not in ('read', 'write')"), "exit|50000\n");
  EXPECT_EQ(database.ask("select pid, exit_code from exits"), "2|0\n");
  EXPECT_EQ(database.ask("select path from syscalls where path is not null"), "/etc/passwd\n");
  EXPECT_EQ(database.ask("select \"args.count\" from syscalls limit 1"), "4\n");
  EXPECT_EQ(database.ask("select pid, command from tree where 0"), "");
}

TEST(Sql, ComparisonsArePushedDown) {
  Database database(kCalls);
  auto read = [&](std::string_view statement) {
    const uint64_t before = database.database.rows_read();
    database.ask(statement);
    return database.database.rows_read() - before;
  };
  EXPECT_EQ(read("select time_ns from syscalls"), 4u);
  for (const char* where : {"time_ns between 20000 and 20001", "duration_ns = 2000", "syscall = 'write'", "result = 5",
                            "process = 'a' and result > 4", "syscall in ('write', 'open')",
                            "process like 'A' and syscall glob 'w*'", "syscall regexp '^wr'"})
    EXPECT_EQ(read(std::string("select time_ns from syscalls where ") + where), 1u) << where;
  EXPECT_EQ(read("select time_ns from syscalls where error = 'EINTR'"), 1u);
  EXPECT_EQ(read("select time_ns from syscalls where failed = 1"), 1u);
  EXPECT_EQ(read("select time_ns from syscalls where pid = 2"), 2u);
  EXPECT_EQ(read("select time_ns from syscalls where process = null"), 0u);
}

TEST(Sql, GroupsComeWithoutSorting) {
  Database database(kCalls);
  EXPECT_EQ(database.ask("select process, count(*), sum(duration_ns) from syscalls group by process"),
            "a|2|3000\nb|2|7000\n");
  EXPECT_TRUE(database.database.grouped());
  EXPECT_EQ(database.ask("select distinct syscall from syscalls"), "read\nwrite\n");
  EXPECT_TRUE(database.database.grouped());
  EXPECT_EQ(database.ask("select error, count(*), min(result) from syscalls group by error order by 2 desc"),
            "|3|4\nEINTR|1|-4\n");
  // Texts besides the keys are not kept by group.
  EXPECT_EQ(database.ask("select syscall, max(path) from syscalls group by syscall"), "read|/etc/passwd\nwrite|\n");
  EXPECT_FALSE(database.database.grouped());
}

TEST(Sql, TooManyGroupsAreSorted) {
  std::string calls;
  for (int i = 0; i < 300; ++i)
    calls += std::to_string(10 + i) + "us a:1.1 getpid 1 dur=" + std::to_string(1 + i % 100) + "us\n";
  Database database(calls);
  database.database.set_group_bytes(1024);
  const std::string some =
      database.ask("select duration_ns, count(*) from syscalls group by duration_ns order by duration_ns limit 2");
  EXPECT_FALSE(database.database.grouped());
  EXPECT_EQ(some, "1000|3\n2000|3\n");
}

TEST(Sql, LargeNumbersStayLarge) {
  Database database("row 10us flow packets=18446744073709551615 bytes=9223372036854775807\n");
  EXPECT_EQ(database.ask("select packets > 9223372036854775807, frame_bytes from flows"), "1|9223372036854775807\n");
  EXPECT_EQ(database.ask("select count(*) from flows where packets > 5"), "1\n");
  EXPECT_EQ(database.ask("select count(*) from flows where packets < 5"), "0\n");
}

TEST(Sql, NothingButSelect) {
  Database database(kCalls);
  for (const char* statement :
       {"create table x(a)", "attach 'x' as y", "pragma journal_mode", "begin", "create view v as select 1",
        "create temp table t as select 1", "explain select 1; select 2"})
    EXPECT_NE(database.refusal(statement), "") << statement;
  EXPECT_NE(database.refusal("insert into syscalls(pid) values (1)"), "");
  EXPECT_EQ(database.refusal("select nought from syscalls"), "--sql: no such column: nought");
  EXPECT_EQ(database.refusal("select 1; select 2"), "--sql: one statement at a time");
  EXPECT_EQ(database.refusal(" -- only a comment"), "--sql: there is no statement");
  EXPECT_EQ(database.refusal("select 1; -- and a comment"), "");
  EXPECT_NE(database.refusal("select 'a' regexp '('").find("REGEXP"), std::string::npos);
}

TEST(Sql, StopEndsEndlessStatements) {
  Database database(kCalls);
  std::stop_source stop;
  stop.request_stop();
  database.database.set_stop(stop.get_token());
  EXPECT_EQ(database.ask("with recursive x(n) as (select 1 union all select n + 1 from x) select count(*) from x"),
            "stopped");
}

TEST(Sql, PromptCommands) {
  Database database(kCalls);
  std::string out;
  const Write write = [&](std::string_view text) { out += text; };
  EXPECT_TRUE(do_command(database.database, " .tables ", write));
  EXPECT_NE(out.find("\nsyscalls "), std::string::npos) << out;
  out.clear();
  EXPECT_TRUE(do_command(database.database, ".schema exits", write));
  EXPECT_NE(out.find("exit_code INTEGER"), std::string::npos) << out;
  EXPECT_TRUE(do_command(database.database, ".schema \x1b[31m", write));
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
  EXPECT_FALSE(do_command(database.database, ".quit", write));
  EXPECT_TRUE(SqlDatabase::is_complete("select ';';"));
  EXPECT_FALSE(SqlDatabase::is_complete("select ';"));
}

}  // namespace
}  // namespace ebpftrace::analyzer
