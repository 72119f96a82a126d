// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/working_directories.h"

#include <gtest/gtest.h>

#include "analyzer/questions/events.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

// The directories that openat calls of an absolute path show, in the order of their times; "?" where none is known.
std::string shown(const std::string& text, size_t limit = SIZE_MAX) {
  std::string out;
  for_each_event(script(text), limit, [&](const Event& event) {
    if (event.event != "openat") return true;
    const size_t from = event.args.find('<'), to = event.args.find('>');
    if (!out.empty()) out += ' ';
    out += from < event.args.find(',') ? event.args.substr(from + 1, to - from - 1) : "?";
    return true;
  });
  return out;
}
const std::string kOpen = " openat dfd=-100 filename=/x -ENOENT\n";

TEST(WorkingDirectories, AfterExecChdirAndFchdir) {
  EXPECT_EQ(shown("5us sh" + kOpen + "10us sh exec cwd=/a /bin/sh sh\n11us sh" + kOpen +
                  "20us sh chdir filename=/b file=/b type=dir 0\n21us sh" + kOpen + "22us sh" + kOpen +
                  "30us sh chdir filename=/c -ENOENT\n31us sh" + kOpen +
                  "40us sh fchdir fd=3 file=/d type=dir 0\n41us sh" + kOpen),
            "? /a /b /b /b /d");
}

TEST(WorkingDirectories, AChildBeginsWhereItsParentIsAndGoesItsOwnWay) {
  EXPECT_EQ(shown("10us sh exec cwd=/a /bin/sh sh\n20us sh fork kid\n21us kid" + kOpen +
                  "30us kid chdir filename=/b file=/b type=dir 0\n32us kid" + kOpen + "33us sh" + kOpen +
                  "40us sh chdir filename=/c file=/c type=dir 0\n42us kid" + kOpen + "43us sh" + kOpen),
            "/a /b /a /b /c");
}

TEST(WorkingDirectories, ThreadsGoTogetherUntilOneIsAlone) {
  EXPECT_EQ(shown("10us sh exec cwd=/a /bin/sh sh\n20us sh fork helper thread\n21us helper" + kOpen +
                  "30us helper chdir filename=/b file=/b type=dir 0\n32us sh" + kOpen +
                  "40us helper unshare unshare_flags=0x200 0\n"
                  "50us helper chdir filename=/c file=/c type=dir 0\n52us sh" +
                  kOpen + "53us helper" + kOpen),
            "/a /b /b /c");
}

TEST(WorkingDirectories, OfARunningProcessWhatProcSaysOrARelativePathTells) {
  EXPECT_EQ(shown("running pid=7 comm=a cwd=/proc/says\n0us a:7 getpid 7\n10us a:7" + kOpen + "20us b:8" + kOpen +
                  "30us b:8 openat dfd=-100 filename=rel cwd=/seen -ENOENT\n40us b:8" + kOpen),
            "/proc/says ? /seen /seen");
}

TEST(WorkingDirectories, AreTheSameWhateverIsAskedFor) {
  const std::string text = "10us sh exec cwd=/a /bin/sh sh\nflush\n20us sh" + kOpen +
                           "flush\n30us sh chdir filename=/b file=/b type=dir 0\nflush\n40us sh" + kOpen;
  EXPECT_EQ(shown(text, 2), "/a");
  EXPECT_EQ(shown(text), "/a /b");
}

TEST(WorkingDirectories, UnknownAfterALossIsSaidToBe) {
  EXPECT_EQ(shown("10us sh exec cwd=/a /bin/sh sh\n20us sh chdir filename=/b 0\n30us sh" + kOpen), "?");
  EXPECT_EQ(shown("10us sh exec cwd=/a /bin/sh sh\n20us sh setns fd=3 flags=0x20000 0\n30us sh" + kOpen), "?");
}

}  // namespace
}  // namespace ebpftrace::analyzer
