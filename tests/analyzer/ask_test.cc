// SPDX-License-Identifier: Apache-2.0
// What is the same for all questions: filters over rows, ranges of time, order, columns, limits, and what is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "analyzer/text/wall_clock.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kJob[] =
    "running pid=1 ppid=0 comm=init argv=/sbin/init\n"
    "running pid=90 ppid=1 comm=sh argv=\"sh -i\" threads=1\n"
    "0us sh:90 read 1\n"
    "10us sh:90 fork make:101\n"
    "11us make:101 exec /usr/bin/make make all\n"
    "30us make:101 fork cc:102\n"
    "31us cc:102 exec /usr/bin/cc cc -O2 a.c\n"
    "40us cc:102 exit 0 user=3ms system=1ms rss=8192\n"
    "45us make:101 fork cc:103\n"
    "46us cc:103 exec /usr/bin/cc cc -O2 b.c\n"
    "48us cc:103 exit 1 user=1ms system=2ms rss=4096\n"
    "50us make:101 exit 2 user=9ms system=9ms rss=1048576\n";

const trace::Trace& job() {
  static const trace::Trace trace = script(kJob);
  return trace;
}

std::string pids(const Result& result) {
  std::string out;
  for (size_t row = 0; row < result.rows(); ++row)
    out += (out.empty() ? "" : " ") + std::to_string(std::get<uint64_t>(cell(result, row, "pid")));
  return out;
}
std::string tree(const Asked& asked) { return pids(ask(kTreeQuestion, job(), asked)); }
std::string filtered(const std::string& filter) { return tree({.filter = filter}); }

std::string refusal(const Question& question, const Asked& asked, const trace::Trace& trace = job()) {
  try {
    ask(question, trace, asked);
  } catch (const AskError& error) {
    return error.what();
  }
  return "";
}

TEST(Ask, FiltersRowsByAnyColumn) {
  EXPECT_EQ(filtered("pid == 102"), "102");
  EXPECT_EQ(filtered("proc.name == \"cc\""), "102 103");
  EXPECT_EQ(filtered("command ~ \"a\\.c$\""), "102");
  EXPECT_EQ(filtered("exit_code != 0 && exit_code >= 0"), "101 103");
  EXPECT_EQ(filtered("exit_code == 0"), "102");  // an absent one is no 0
  EXPECT_EQ(filtered("role == ancestor"), "1");
  EXPECT_EQ(filtered("user > 1ms && max_rss >= 8KiB"), "101 102");
  EXPECT_EQ(filtered("max_rss_bytes in {4096, 1MiB}"), "101 103");
  EXPECT_EQ(filtered("start >= 30us"), "102 103");
  EXPECT_EQ(filtered("end in 40us..50us"), "102 103");
  EXPECT_EQ(filtered("start_ns >= @exec:cc#2"), "");
  EXPECT_EQ(filtered("end_ns >= @exec:cc#2 && !(pid == 101)"), "103");
}

TEST(Ask, ExplainsWhatIsWrongWithAFilter) {
  EXPECT_EQ(refusal(kTreeQuestion, {.filter = "comand ~ \"x\""}),
            "--filter: column 1: unknown field 'comand', did you mean 'command'?\n  comand ~ \"x\"\n  ^^^^^^");
  EXPECT_NE(refusal(kTreeQuestion, {.filter = "start_ns > @mark:x"}).find("there is no such marker in this recording"),
            std::string::npos);
  EXPECT_NE(refusal(kTreeQuestion, {.filter = "role == ancester"}).find("did you mean 'ancestor'?"), std::string::npos);
}

TEST(Ask, AFilteredTreeKeepsWhoStartedWhom) {
  const Result result = ask(kTreeQuestion, job(), {.filter = "pid != 101"});
  EXPECT_EQ(pids(result), "1 90 102 103");
  EXPECT_EQ(result.depth(2), 2u);  // below sh, which started make
  EXPECT_EQ(result.parent(3), 1u);
  EXPECT_EQ(result.all_rows, 4u);
}

TEST(Ask, RowsBelongWhereTheyBegan) {
  EXPECT_EQ(tree({.from = "10us"}), "101 102 103");
  EXPECT_EQ(tree({.from = "10us", .to = "45us"}), "101 102");
  EXPECT_EQ(tree({.to = "10us"}), "90");
  EXPECT_EQ(tree({.from = "-20us"}), "102 103");  // the end is at 50us
  EXPECT_EQ(tree({.from = "@exec:cc"}), "103");
  EXPECT_EQ(tree({.from = "1s"}), "");
  EXPECT_EQ(refusal(kTreeQuestion, {.from = "2us", .to = "1us"}), "--to 1us is not after --from 2us");
  EXPECT_EQ(refusal(kTreeQuestion, {.from = "@exec:ld"}),
            "--from @exec:ld: no such program was started in this recording");
  EXPECT_NE(refusal(kTreeQuestion, {.to = "tomorrow"}).find("--to: column 1: "), std::string::npos);
}

TEST(Ask, SortsByAColumnAndTiesKeepTheirOrder) {
  EXPECT_EQ(tree({.sort = "pid"}), "1 90 101 102 103");
  EXPECT_EQ(tree({.sort = "pid", .descending = true}), "103 102 101 90 1");
  // What has none comes last, either way.
  EXPECT_EQ(tree({.sort = "user"}), "103 102 101 1 90");
  EXPECT_EQ(tree({.sort = "user_ns", .descending = true}), "101 102 103 1 90");
  EXPECT_EQ(tree({.sort = "process"}), "102 103 1 101 90");
  EXPECT_EQ(tree({.sort = "process", .descending = true}), "90 101 1 102 103");
  EXPECT_EQ(ask(kTreeQuestion, job(), {.sort = "user"}).depth(0), 0u);  // the order is no tree's any more
  EXPECT_EQ(refusal(kTreeQuestion, {.sort = "usr_ns"}).substr(0, 78),
            "--sort: there is no column 'usr_ns', did you mean 'user_ns'?; the columns are ");
}

TEST(Ask, NumbersOfAnySizeAreInOrder) {
  const trace::Trace trace = small_script(
      "row 1s security what=1 count_so_far=18446744073709551615\nrow 2s security what=1 "
      "count_so_far=18446744073709551614\n"
      "row 3s security what=1 count_so_far=9007199254740993\nrow 4s security what=1 count_so_far=9007199254740992\n");
  EXPECT_EQ(csv(ask(kSecurityQuestion, trace, {.sort = "count"}), {"count"}),
            "count\n9007199254740992\n9007199254740993\n18446744073709551614\n18446744073709551615\n");
}

TEST(Ask, CutsWhatIsInOrder) {
  const Result result = ask(kTreeQuestion, job(), {.sort = "user_ns", .descending = true, .limit = 1});
  EXPECT_EQ(pids(result), "101");
  EXPECT_EQ(result.all_rows, 5u);
  EXPECT_EQ(ask(kTreeQuestion, job(), {.filter = "proc.name == \"cc\"", .limit = 1}).all_rows, 2u);
}

TEST(Ask, ChoosesColumnsInTheirOrder) {
  const Asked asked{.filter = "pid == 102", .columns = {"exit_code", "user", "pid"}};
  EXPECT_EQ(csv(ask(kTreeQuestion, job(), asked)), "exit_code,user_ns,pid\n0,3000000,102\n");
  EXPECT_EQ(text(ask(kTreeQuestion, job(), asked)), "EXIT    USER  PID\n   0  3.00ms  102\n");
  EXPECT_EQ(refusal(kTreeQuestion, {.columns = {"pid", "exitcode"}}).substr(0, 80),
            "--columns: there is no column 'exitcode', did you mean 'exit_code'?; the columns");
}

TEST(Ask, AllColumnsHaveHeadings) {
  for (const Question* question : all_questions()) {
    if (!question->answer) continue;
    if (const QuestionArgument& argument = question->takes.argument; !argument.type.empty() && !argument.optional)
      continue;
    const Result result = ask(*question, job(), {.columns = {"all"}});
    const std::string lines = text(result);
    const std::string heading = lines.substr(0, lines.find('\n'));
    size_t columns = 0;
    for (const ResultColumn& column : result.columns()) {
      if (column.only_people()) continue;
      ++columns;
      const bool shown = std::any_of(result.columns().begin(), result.columns().end(), [&](const ResultColumn& other) {
        return other.name == column.name && !other.heading.empty() && heading.find(other.heading) != std::string::npos;
      });
      EXPECT_TRUE(shown) << question->name << " " << column.name << "\n" << heading;
    }
    EXPECT_GE(columns, 4u);
    // Programs get all of them in any case.
    EXPECT_EQ(csv(result), csv(ask(*question, job()))) << question->name;
  }
}

TEST(Ask, EveryColumnIsDescribedAndNamedOnce) {
  for (const Question* question : all_questions()) {
    std::set<std::string> names;
    for (const ResultColumn& column : question->columns()) {
      if (column.only_people()) continue;
      EXPECT_TRUE(names.insert(column.name).second) << column.name;
      EXPECT_TRUE(column.doc.ends_with(".")) << question->name << " " << column.name;
    }
    EXPECT_EQ(find_question(question->name), question);
  }
  EXPECT_EQ(find_question("top-io"), &kTopIoQuestion);
  EXPECT_EQ(find_question("nonsense"), nullptr);
}

TEST(Ask, SaysWhatAQuestionTakes) {
  EXPECT_EQ(refusal(kOpenFilesQuestion, {.from = "1s"}),
            "--open-files goes without --from; with it go --filter, --sort, --columns, -n");
  EXPECT_EQ(refusal(kTreeQuestion, {.by = {"user"}}),
            "--tree goes without --by; with it go --filter, --from, --to, --sort, --columns, -n");
  EXPECT_EQ(refusal(kTreeQuestion, {.warn = {"lost>0"}}).substr(0, 26), "--tree goes without --warn");
  EXPECT_EQ(refusal(kSummaryQuestion, {.sort = "events"}).substr(0, 29), "--summary goes without --sort");
  EXPECT_EQ(refusal(kSummaryQuestion, {.by = {"path"}}).substr(0, 27), "--summary goes without --by");
}

TEST(Ask, MetricsBeganAnIntervalBefore) {
  const trace::Trace trace = script(
      "metrics 1s cpu=0 interval_ns=1s user_ns=505ms idle_ns=495ms\n"
      "metrics 2s cpu=0 interval_ns=1s user_ns=250ms idle_ns=750ms\n"
      "metrics 3s cpu=0 interval_ns=1s user_ns=0s idle_ns=1s\n");
  auto times = [&](const Asked& asked) { return csv(ask(kMetricsQuestion, trace, asked), {"time_ns"}); };
  EXPECT_EQ(times({.from = "1s", .to = "2s"}), "time_ns\n2000000000\n");
  EXPECT_EQ(times({.filter = "user_percent > 25"}), "time_ns\n1000000000\n");
  EXPECT_EQ(times({.filter = "user_percent >= 25"}), "time_ns\n1000000000\n2000000000\n");
  EXPECT_EQ(times({.filter = "user_percent in {50.5, 0}"}), "time_ns\n1000000000\n3000000000\n");
  EXPECT_EQ(times({.filter = "time == 2s"}), "time_ns\n2000000000\n");
  EXPECT_NE(refusal(kMetricsQuestion, {.filter = "user_percent > 1.0005"}, trace).find("at most three decimals"),
            std::string::npos);
}

constexpr char kEdge[] =
    "row 1s traffic what=1 key=6 packets=3 bytes=300\n"
    "row 3s traffic what=1 key=6 packets=1 bytes=60\n"
    "row 3s traffic what=1 key=17 packets=9 bytes=50\n"
    "row 4s flow first_ns=1s last_ns=2s packets=3 bytes=300 protocol=6 source=192.0.2.1:4000 destination=192.0.2.9:80\n"
    "row 4s flow first_ns=3s last_ns=4s packets=5 bytes=50 protocol=6 source=192.0.2.1:4001 destination=192.0.2.9:80\n";

TEST(Ask, ARangeOfTheNetworkIsOfWhatWasCountedInIt) {
  const trace::Trace trace = small_script(kEdge);
  EXPECT_EQ(csv(ask(kNetworkQuestion, trace, {.from = "2s"}), {"by", "packets", "bytes"}),
            "by,packets,bytes\nprotocol,1,60\nprotocol,9,50\nsource,5,50\nflow,5,50\n");
  EXPECT_EQ(csv(ask(kNetworkQuestion, trace, {.filter = "by in {flow, source} && bytes > 60"}), {"by", "bytes"}),
            "by,bytes\nsource,350\nflow,300\n");
}

TEST(Ask, RankingsStayTogetherAndAreCutApart) {
  const trace::Trace trace = small_script(kEdge);
  EXPECT_EQ(csv(ask(kNetworkQuestion, trace, {.sort = "packets", .descending = true, .limit = 1}), {"by", "packets"}),
            "by,packets\nprotocol,9\nsource,8\nflow,5\n");
  EXPECT_EQ(ask(kNetworkQuestion, trace, {.limit = 1}).all_rows, 5u);
}

TEST(Ask, FiltersFindingsByNamesOfTheTrace) {
  const trace::Trace trace = small_script(
      "row 1s security what=3 severity=2 verdict=1 protocol=6 source=10.0.0.1:1 destination=10.0.0.2:2\n"
      "row 3s security what=4 severity=3 verdict=2 protocol=17 source=10.0.0.1:1 destination=10.0.0.2:2\n");
  auto events = [&](const Asked& asked) { return csv(ask(kSecurityQuestion, trace, asked), {"event"}); };
  EXPECT_EQ(events({.filter = "verdict == drop"}), "event\ndrop\n");
  EXPECT_EQ(events({.filter = "verdict != drop"}), "event\nscan\n");
  EXPECT_EQ(events({.filter = "severity in {alert} || protocol == tcp"}), "event\ndrop\nscan\n");
  EXPECT_EQ(events({.filter = "time >= 2s"}), "event\nscan\n");
  EXPECT_EQ(events({.from = "22:13:22"}), "event\nscan\n");  // the script's start is 22:13:20
  EXPECT_EQ(events({.to = "2023-11-14T22:13:22Z"}), "event\ndrop\n");
}

TEST(Ask, ManyRowsAreFilteredPieceByPiece) {
  std::string lines;
  for (int i = 0; i < 3000; ++i)
    lines += "open pid=7 fd=" + std::to_string(i) + " file=/f" + std::to_string(i % 10) + "\n";
  const trace::Trace trace = small_script(lines);
  const Result result = ask(kOpenFilesQuestion, trace, {.filter = "path == \"/f3\" && fd >= 1000 && type == file"});
  EXPECT_EQ(result.rows(), 200u);
  EXPECT_EQ(cell(result, 199, "fd"), Cell(uint64_t{2993}));
  EXPECT_EQ(result.all_rows, 200u);
}

TEST(Ask, ProcessesAreATextInAFilter) {
  const trace::Trace trace = small_script(
      "5ms nginx:700 read fd=7 10 file=socket:[7] type=socket local=192.0.2.9:80 remote=192.0.2.1:4000\n"
      "row 1s flow packets=1 bytes=60 protocol=6 source=192.0.2.1:4000 destination=192.0.2.9:80\n"
      "row 1s flow packets=1 bytes=60 protocol=6 source=192.0.2.1:4000 destination=192.0.2.9:81\n");
  EXPECT_EQ(ask(kNetworkQuestion, trace, {.filter = "processes ~ \"^nginx 700$\""}).rows(), 1u);
  EXPECT_EQ(ask(kNetworkQuestion, trace, {.filter = "by == flow && processes !~ \"nginx\""}).rows(), 1u);
}

// Whatever worker met it first: groups that are equal are in the order of their keys.
TEST(Ask, EqualGroupsAreInTheOrderOfTheirKeys) {
  const trace::Trace trace = small_script(
      "10us b read fd=3 count=9 7 file=/z dur=1us\nflush\n20us c read fd=3 count=9 7 file=/a dur=1us\nflush\n"
      "30us a read fd=3 count=9 7 file=/m dur=1us\nflush\n40us a read fd=3 count=9 8 file=/q dur=1us\n");
  for (const Question* question : {&kTopIoQuestion, &kSyscallsQuestion, &kErrorsQuestion, &kHistogramQuestion}) {
    Asked asked{.by = {"path"}};
    if (question == &kHistogramQuestion) asked.argument = "latency";
    const std::string rows = csv(ask(*question, trace, asked), {"path"});
    EXPECT_EQ(rows, question == &kErrorsQuestion  ? "path\n"
                    : question == &kTopIoQuestion ? "path\n/q\n/a\n/m\n/z\n"
                                                  : "path\n/a\n/m\n/q\n/z\n")
        << question->name;
  }
}

TEST(Ask, VerifyStopsAndSaysSo) {
  std::stop_source source;
  source.request_stop();
  const Result result = ask(kVerifyQuestion, job(), {.stop = source.get_token()});
  EXPECT_TRUE(result.stopped);
  EXPECT_FALSE(result.coverage.complete);
  EXPECT_NE(text(result).find("incomplete: stopped before the end\n"), std::string::npos);
  // These look for the processes of flows in all calls first.
  for (const Question* question : {&kNetworkQuestion, &kSecurityQuestion}) {
    EXPECT_TRUE(ask(*question, job(), {.stop = source.get_token()}).stopped) << question->name;
    EXPECT_FALSE(ask(*question, job()).stopped) << question->name;
  }
  EXPECT_EQ(text(result).find("sound: all"), std::string::npos);
  EXPECT_NE(json(result).find("\"complete\": false"), std::string::npos);
}

// With a filter that nothing passes, too, which would else be found out at the end only.
TEST(Ask, EventsStopBeforeTheFirstThatPasses) {
  std::stop_source source;
  source.request_stop();
  std::string printed;
  auto write = [&](std::string_view piece) { printed += piece; };
  for (const std::vector<std::string>& columns : {std::vector<std::string>{}, {"time_ns", "pid"}}) {
    const Result result =
        ask(kEventsQuestion, job(), {.filter = "duration > 1h", .columns = columns, .stop = source.get_token()},
            Format::kJson, write);
    EXPECT_TRUE(result.stopped);
    EXPECT_EQ(printed, "");
  }
  const Result all = ask(kEventsQuestion, job(), {.stop = source.get_token()}, Format::kJson, write);
  EXPECT_TRUE(all.stopped);
  EXPECT_EQ(printed, "");
}

TEST(Fields, AreListedWithKindAndDoc) {
  bool found = false;
  for (const RelationFields& relation : all_fields()) {
    EXPECT_NE(relation.doc, "");
    for (const FieldInfo& field : relation.fields) {
      EXPECT_NE(field.kind, "") << field.name;
      EXPECT_NE(field.doc, "") << field.name;
      found |= relation.relation == "tree" && field.name == "max_rss_bytes" && field.unit == "bytes";
    }
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace ebpftrace::analyzer
