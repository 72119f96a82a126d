// SPDX-License-Identifier: Apache-2.0
// Filters, ranges and groups over events: what fields mean, and what is refused. That all of them together are right is
// tests/query's business.
#include <gtest/gtest.h>

#include "analyzer/query/call_rows.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

std::string calls(const trace::Trace& trace, const std::string& filter, std::vector<std::string> by = {"syscall"}) {
  Asked asked{.filter = filter, .by = by};
  asked.sort = by[0];
  by.emplace_back("calls");
  return csv(ask(kSyscallsQuestion, trace, asked), by);
}

std::string events(const trace::Trace& trace, const Asked& asked, Format format = Format::kCsv) {
  std::string out;
  ask(kEventsQuestion, trace, asked, format, [&](std::string_view piece) { out += piece; });
  std::erase(out, '\r');
  return out;
}

std::string refusal(const Question& question, const Asked& asked) {
  try {
    const trace::Trace trace = script("1us a read 1\n");
    if (question.print)
      ask(question, trace, asked, Format::kJson, [](std::string_view) {});
    else
      ask(question, trace, asked);
  } catch (const AskError& error) {
    return error.what();
  }
  return "";
}

TEST(Choice, ProcessIsTheNameAtTheEventsTime) {
  const trace::Trace trace = script("10us cat:7 read 1\n20us cat comm meow\n30us cat write 2\n40us cat close 0\n");
  EXPECT_EQ(calls(trace, "process == \"cat\""), "syscall,calls\nread,1\n");
  EXPECT_EQ(calls(trace, "process == \"meow\""), "syscall,calls\nclose,1\nwrite,1\n");
  EXPECT_EQ(calls(trace, "", {"process"}), "process,calls\ncat,1\nmeow,2\n");
}

TEST(Choice, CgroupAndContainerAreThoseOfTheEventsTime) {
  const std::string id(64, 'a');
  const trace::Trace trace = script("10us sh read 1\n20us sh cgroup /docker/" + id + "\n30us sh write 2\n");
  EXPECT_EQ(calls(trace, "container ~ \"docker\""), "syscall,calls\nwrite,1\n");
  EXPECT_EQ(calls(trace, "container == \"docker aaaaaaaaaaaa\""), "syscall,calls\nwrite,1\n");
}

TEST(Choice, AProcessIdThatIsUsedAgainIsAnotherGroup) {
  const trace::Trace trace = script(
      "10us sh:5 fork one:9\n11us one:9 read 1\n12us one:9 read 1\n13us one:9 exit 0\n20us sh:5 fork two:9\n"
      "21us two:9 read 1\n22us two:9 exit 0\n");
  EXPECT_EQ(calls(trace, "", {"pid"}), "pid,calls\n9,2\n9,1\n");
  EXPECT_EQ(calls(trace, "pid == 9", {"process"}), "process,calls\none,2\ntwo,1\n");
}

TEST(Choice, PathIsTheFilesElseTheArgumentMadeAbsolute) {
  const trace::Trace trace = script(
      "10us a read 5 file=/etc/passwd\n"
      "20us a open filename=../x cwd=/srv -ENOENT\n"
      "30us a open filename=/abs -ENOENT\n"
      "40us a getpid 7\n");
  EXPECT_EQ(events(trace, {.filter = "class == file or class == desc", .columns = {"path"}}),
            "path\n/etc/passwd\n/srv/../x\n/abs\n");
  EXPECT_EQ(calls(trace, "path != \"/abs\""), "syscall,calls\ngetpid,1\nopen,1\nread,1\n");  // no path is another path
  EXPECT_EQ(calls(trace, "path ~ \"^/srv\""), "syscall,calls\nopen,1\n");
  EXPECT_EQ(calls(trace, "args.filename == \"../x\""), "syscall,calls\nopen,1\n");
}

TEST(Choice, ArgumentsAreLookedUpByCall) {
  const trace::Trace trace = script(
      "10us a openat filename=/a flags=0x40 3\n20us a openat filename=/b flags=0 3\n30us a read count=64 5\n"
      "40us a mmap fd=-1 len=4096 0\n");
  EXPECT_EQ(calls(trace, "args.flags & O_CREAT"), "syscall,calls\nopenat,1\n");
  EXPECT_EQ(calls(trace, "args.count == 64"), "syscall,calls\nread,1\n");
  EXPECT_EQ(calls(trace, "args.fd == -1"), "syscall,calls\nmmap,1\n");
  EXPECT_NE(refusal(kSyscallsQuestion, {.filter = "args.flags & O_CREATE"}).find("O_CREAT"), std::string::npos);
}

TEST(Choice, WhatOtherEventsHaveCallsDontHave) {
  const trace::Trace trace = script("10us a read 5\n20us a exit 3\n");
  EXPECT_EQ(calls(trace, "exit_code == 3"), "syscall,calls\n");
  EXPECT_EQ(calls(trace, "exit_code != 3"), "syscall,calls\nread,1\n");
  EXPECT_EQ(events(trace, {.filter = "exit_code == 3", .columns = {"event", "exit_code"}}),
            "event,exit_code\nexit,3\n");
  EXPECT_EQ(events(trace, {.filter = "event != exit", .columns = {"event", "bytes"}}), "event,bytes\nread,5\n");
}

TEST(Choice, AnEventBelongsWhereItBegan) {
  const trace::Trace trace = script("10us a read 1 dur=50us\n30us a write 2 dur=1us\n40us a close 0 dur=1us\n");
  EXPECT_EQ(events(trace, {.from = "20us", .columns = {"event"}}), "event\nwrite\nclose\n");
  EXPECT_EQ(events(trace, {.to = "30us", .columns = {"event"}}), "event\nread\n");
  EXPECT_EQ(events(trace, {.filter = "time in 30us..40us", .columns = {"event"}}), "event\nwrite\n");
  EXPECT_EQ(csv(ask(kTopIoQuestion, trace, {.from = "10us", .to = "30us"}), {"reads", "writes"}),
            "reads,writes\n1,0\n");
  EXPECT_EQ(csv(ask(kSummaryQuestion, trace, {.filter = "event == write"}), {"events", "syscalls", "write_bytes"}),
            "events,syscalls,write_bytes\n1,1,2\n");
}

TEST(Choice, DescendsFromIncludesTheProcessItself) {
  const trace::Trace trace = script(
      "5us sh:5 read 1\n10us sh:5 fork make:6\n11us make:6 write 1\n12us make:6 fork cc:7\n13us cc:7 close 0\n"
      "14us sh:5 fork ls:8\n15us ls:8 read 1\n");
  EXPECT_EQ(calls(trace, "descends_from(\"make\")"), "syscall,calls\nclose,1\nwrite,1\n");
  EXPECT_EQ(calls(trace, "descends_from(5)", {"process"}), "process,calls\ncc,1\nls,1\nmake,1\nsh,1\n");
  EXPECT_NE(refusal(kSyscallsQuestion, {.filter = "descends_from(\"nobody\")"}), "");
}

TEST(Choice, BytesOfACallBetweenTwoFilesAreInBothDirections) {
  const trace::Trace trace = script("10us a sendfile 80 file=/to file2=/from\n20us a read 5 file=/from\n");
  EXPECT_EQ(events(trace, {.columns = {"bytes", "read_bytes", "write_bytes"}}),
            "bytes,read_bytes,write_bytes\n80,80,80\n5,5,\n");
  EXPECT_EQ(
      csv(ask(kTopFilesQuestion, trace, {.by = {"process"}}), {"process", "read_bytes", "write_bytes", "processes"}),
      "process,read_bytes,write_bytes,processes\na,85,80,1\n");
}

TEST(Choice, GroupsWithoutAKeyAreToldFromEmptyOnes) {
  const trace::Trace trace = script("10us a read 5 file=/f\n20us a read 5\n30us a read -EIO\n");
  EXPECT_EQ(csv(ask(kTopIoQuestion, trace, {.by = {"path", "error"}}), {"path", "error", "reads"}),
            "path,error,reads\n/f,,1\n,,1\n,EIO,1\n");
}

TEST(Choice, GroupsPastTheLimitAreOne) {
  const trace::Trace trace = script("10us a read 1\n20us a read 2\n30us a read 3\n");
  const Session session(trace);
  const std::vector<predicate::Field> by = {*session.relation("syscalls")->find("result")};
  KeyGroups two(by, 2);
  RowReader reader(session, *trace.catalogue().type("syscall"), by, std::make_shared<trace::FramePayload>());
  ASSERT_TRUE(reader.load(trace.frames()[trace.blocks_of("syscall")[0]]));
  ASSERT_TRUE(reader.next_tile());
  uint32_t groups[predicate::kTileRows];
  two.groups(reader, Selection::first(3), groups);
  EXPECT_EQ(std::vector<uint32_t>(groups, groups + 3), (std::vector<uint32_t>{0, 1, KeyGroups::kOthers}));
  EXPECT_TRUE(two.full());
  EXPECT_EQ(two.key(1, 0).number, 2u);
}

TEST(Choice, LossesOfWhatWasReadCount) {
  const trace::Trace trace = script("10us a read 5 file=/f\nlost cpu0 3 syscall\nlost cpu0 5 file\nlost cpu0 7 flow\n");
  EXPECT_EQ(ask(kSyscallsQuestion, trace).coverage.lost, 3u);
  EXPECT_EQ(ask(kSyscallsQuestion, trace, {.filter = "path == \"/f\""}).coverage.lost, 8u);
  EXPECT_EQ(ask(kTopFilesQuestion, trace).coverage.lost, 8u);
}

TEST(Choice, SaysWhatIsWrongAndWhatWouldDo) {
  const std::string unknown = refusal(kTopIoQuestion, {.filter = "pth == \"x\""});
  EXPECT_NE(unknown.find("column 1: unknown field 'pth', did you mean 'path'?"), std::string::npos) << unknown;
  EXPECT_EQ(refusal(kTopIoQuestion, {.by = {"proces"}}),
            "--by: unknown field 'proces', did you mean 'process'?; --fields syscalls lists all");
  EXPECT_EQ(refusal(kTopIoQuestion, {.by = {"path", "path"}}), "--by: 'path' is there twice");
  EXPECT_NE(refusal(kEventsQuestion, {.columns = {"tme"}}).find("did you mean 'time'"), std::string::npos);
}

TEST(Choice, EventsAsJsonHaveWhatTheyHave) {
  const trace::Trace trace = script("10us a:3 read 5 file=\"/a \\\"b\\\"\"\n");
  EXPECT_EQ(events(trace, {.columns = {"path", "bytes", "error", "failed", "time"}}, Format::kJson),
            "{\"path\": \"/a \\\"b\\\"\", \"bytes\": 5, \"error\": null, \"failed\": false, \"time_ns\": 10000}\n");
  const std::string all = events(trace, {.columns = {"all"}}, Format::kJson);
  EXPECT_EQ(all.find("null"), std::string::npos) << all;
  EXPECT_NE(all.find("\"class\": \"desc\""), std::string::npos) << all;
}

}  // namespace
}  // namespace ebpftrace::analyzer
