// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/events.h"

#include <gtest/gtest.h>

#include "analyzer/questions/summary.h"
#include "analyzer/tables/event_json.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

TEST(Events, ShowsCallsWithTheirArgumentsAsTheTraceNamesThem) {
  const trace::Trace trace = script(
      "10us cat openat dfd=-100 filename=\"a\\\"b\" flags=0x80000 mode=0 3 file=/home/a\n"
      "20us cat read fd=3 buf=0x7ffc1000 count=4096 -EIO file=/home/a dur=2us cpu=2\n"
      "30us cat stat filename=nowhere -ENOENT\n"
      "40us cat stat filename=UNREADABLE -EFAULT\n"
      "50us cat stat filename=longlong... 0\n"
      "60us cat renameat2 olddfd=-100 oldname=x newdfd=5 newname=y flags=1 0\n"
      "70us cat exit_group error_code=1 unfinished\n"
      "80us cat syscall_999 0\n");
  EXPECT_EQ(event_lines(trace),
            "10000 0 100 100 cat openat 1000 3 AT_FDCWD, \"a\\\"b\", O_RDONLY|O_CLOEXEC /home/a -\n"
            "20000 2 100 100 cat read 2000 -5 3</home/a>, 0x7ffc1000, 4096 /home/a -\n"
            "30000 0 100 100 cat stat 1000 -2 \"nowhere\", NULL nowhere -\n"
            "40000 0 100 100 cat stat 1000 -14 0x7ffc0000, NULL - -\n"
            "50000 0 100 100 cat stat 1000 0 \"longlong\"..., NULL longlong... -\n"
            "60000 0 100 100 cat renameat2 1000 0 AT_FDCWD, \"x\", 5, \"y\", RENAME_NOREPLACE x -\n"
            "70000 0 100 100 cat exit_group 1000 - 1 - -\n"
            "80000 0 100 100 cat syscall_0x3e7 1000 0 - - -\n");
}

TEST(Events, SaysWhatIsNotKnownOfACall) {
  const trace::Trace trace = script(
      "10us cat read fd=3 buf=0x7ffc1000 count=4096 6 file=/home/a began-before dur=2us\n"
      "20us cat execve unfinished no-arguments dur=3us\n30us cat read fd=0 unfinished began-before dur=4us\n"
      "40us cat syscall_0x40000027 -ENOSYS dur=1us\n");
  std::string people, json;
  EventJson line;
  for_each_event(trace, SIZE_MAX, [&](const Event& event) {
    append_event_line(people, event);
    line.append(json, event);
    return true;
  });
  auto shows = [](const std::string& all, std::string_view text) {
    EXPECT_NE(all.find(text), std::string::npos) << text << " in\n" << all;
  };
  shows(people, "read(3</home/a>, 0x7ffc1000, 4096) = 6 <2.00µs, began before>\n");
  shows(people, "execve(?) = ? <3.00µs, unfinished>\n");
  shows(people, "<4.00µs, began before, unfinished>\n");
  shows(people, "x32:getpid() = -1 ENOSYS");
  shows(json, "\"count\": 4096}, \"began_before\": true}\n");
  shows(json, "\"arguments\": {}, \"arguments_unknown\": true}\n");
}

TEST(Events, ShowsProcessLife) {
  const trace::Trace trace =
      script("10us sh fork cat\n20us cat exec /bin/cat cat \"a b\"\n30us cat exit SIGKILL\n40us sh exit 1\n");
  EXPECT_EQ(event_lines(trace),
            "10000 0 100 100 sh fork - - clone_flags=0x11, child=101 - -\n"
            "20000 0 101 101 cat exec - - old_tid=101, comm=\"cat\", filename=\"/bin/cat\", argv=[\"cat\", \"a b\"] "
            "/bin/cat -\n"
            "30000 0 101 101 cat exit - - signal=SIGKILL, last_thread=1 - -\n"
            "40000 0 100 100 sh exit - - code=1, last_thread=1 - -\n");
}

TEST(Events, AnExecTellsWhatRanAndTheCallWhatWasAskedFor) {
  const trace::Trace trace = script(
      "10us sh execveat fd=5 filename=\"\" argv=0x10 envp=0x20 flags=0x1000 0 file=/srv/x.sh dur=2us\n"
      "11us sh exec exe=/usr/bin/dash cwd=/srv program=/srv/x.sh /dev/fd/5 /bin/sh /dev/fd/5 one\n"
      "20us sh execve filename=./job argv=0x10 envp=0x20 0 cwd=/srv dur=2us\n"
      "21us sh exec exe=/srv/job cwd=/srv ./job ./job\n");
  EXPECT_EQ(event_lines(trace),
            "10000 0 100 100 sh execveat 2000 0 5</srv/x.sh>, \"\", [\"/bin/sh\", \"/dev/fd/5\", \"one\"], 0x20, "
            "AT_EMPTY_PATH /srv/x.sh -\n"
            "11000 0 100 100 5 exec - - old_tid=100, comm=\"5\", filename=\"/dev/fd/5\", argv=[\"/bin/sh\", "
            "\"/dev/fd/5\", \"one\"], "
            "exe=\"/usr/bin/dash\", cwd=\"/srv\", program=\"/srv/x.sh\" /srv/x.sh -\n"
            "20000 0 100 100 5 execve 2000 0 \"./job\", [\"./job\"], 0x20 /srv/job -\n"
            "21000 0 100 100 job exec - - old_tid=100, comm=\"job\", filename=\"./job\", argv=[\"./job\"], "
            "exe=\"/srv/job\", cwd=\"/srv\" "
            "/srv/job -\n");
}

TEST(Events, TheProcessHasTheNameOfItsTime) {
  const trace::Trace trace = script("10us sh read 1\n20us sh comm tool\n30us sh read 2\n15us sh read 3\n");
  std::string names;
  for_each_event(trace, SIZE_MAX, [&](const Event& event) {
    names += std::string(event.process) + " ";
    return true;
  });
  EXPECT_EQ(names, "sh sh tool ");
}

TEST(Events, StopsAtTheLimitAndWhenToldTo) {
  const trace::Trace trace = script("30us a read 3\n10us a read 1\nflush\n20us a read 2\n");
  EXPECT_EQ(event_lines(trace, 2),
            "10000 0 100 100 a read 1000 1 0, NULL, 0 - -\n20000 0 100 100 a read 1000 2 0, NULL, "
            "0 - -\n");
  int seen = 0;
  for_each_event(trace, SIZE_MAX, [&](const Event&) { return ++seen < 2; });
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(event_lines(trace, 0), "");
}

TEST(Events, JsonLineIsTheContract) {
  const trace::Trace trace =
      script("10us \"we\\x1bird\\xff\" openat dfd=-100 filename=x 3 file=\"/\\xe9\" dur=5ns cpu=1\n");
  std::string out;
  EventJson line;
  for_each_event(trace, SIZE_MAX, [&](const Event& event) {
    line.append(out, event);
    return true;
  });
  EXPECT_EQ(out,
            "{\"time_ns\": 10000, \"cpu\": 1, \"pid\": 100, \"tid\": 100, \"process\": \"we\\u001bird\\u00ff\", "
            "\"event\": \"openat\", \"duration_ns\": 5, \"result\": 3, "
            "\"args\": \"AT_FDCWD, \\\"x\\\", O_RDONLY\", \"path\": \"/\\u00e9\", "
            "\"arguments\": {\"dfd\": \"AT_FDCWD\", \"filename\": \"x\", \"flags\": \"O_RDONLY\"}}\n");
}

TEST(Events, JsonSaysWhatMoved) {
  const trace::Trace trace = script(
      "10us dns sendmmsg fd=3 2 moved=70\n20us dns recvfrom fd=3 500 peeked=40\n30us dns read fd=3 -EAGAIN\n40us dns "
      "write fd=3 5\n"
      "50us dns close fd=3 0\n60us dns read fd=3 unfinished\n70us dns tee fdin=3 fdout=4 9\n");
  std::string found;
  EventJson line;
  for_each_event(trace, SIZE_MAX, [&](const Event& event) {
    std::string out;
    line.append(out, event);
    const size_t from = out.find(", \"path\": null"), to = out.find(", \"arguments\"");
    found += std::string(event.event) + out.substr(from + 14, to - from - 14) + "\n";
    return true;
  });
  EXPECT_EQ(
      found,
      "sendmmsg, \"bytes\": 70\nrecvfrom, \"bytes\": 0, \"peeked_bytes\": 40\nread\nwrite, \"bytes\": 5\nclose\nread\n"
      "tee, \"bytes\": 9, \"peeked_bytes\": 9\n");
  EXPECT_EQ(csv(summarise(trace), {"read_bytes", "write_bytes", "peeked_bytes"}),
            "read_bytes,write_bytes,peeked_bytes\n0,84,49\n");
}

// A marker is of no thread; its text is there as it was given, and as it can be shown.
TEST(Events, MarkersHaveTheirTextAndWhoSentIt) {
  const trace::Trace trace = small_script(
      "row 0s user uid=1000 name=alice\n"
      "row 5us marker uid=1000 pid=77 cpu=1 text=\"phase \\\"one\\\"\\n\"\n"
      "row 6us marker uid=33 pid=78 text=\"\033[31m\"\n7us cat read 1\n");
  std::string lines, json;
  EventJson format;
  for_each_event(trace, 2, [&](const Event& event) {
    EXPECT_EQ(event.pid, 0u);
    append_event_line(lines, event);
    format.append(json, event);
    return true;
  });
  EXPECT_EQ(lines,
            "   0.000005000  1       - -               marker \"phase \\\"one\\\"\\n\", pid=77, user=alice\n"
            "   0.000006000  0       - -               marker \"\\33[31m\", pid=78, uid=33\n");
  EXPECT_NE(json.find("\"event\": \"marker\""), std::string::npos) << json;
  EXPECT_NE(json.find("\"text\": \"phase \\\"one\\\"\\u000a\"}\n"), std::string::npos) << json;
  EXPECT_NE(json.find("\"text\": \"\\u001b[31m\"}\n"), std::string::npos) << json;
}

}  // namespace
}  // namespace ebpftrace::analyzer
