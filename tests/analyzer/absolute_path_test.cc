// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/absolute_path.h"

#include <gtest/gtest.h>

#include "analyzer/questions/events.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

std::string joined(std::string_view directory, std::string_view path) {
  std::string out;
  append_joined(out, directory, path);
  return out;
}

TEST(AbsolutePath, LeavesOutWhatLeadsNowhereElse) {
  EXPECT_EQ(joined("/srv", "a"), "/srv/a");
  EXPECT_EQ(joined("/srv", "./a/./b//c/"), "/srv/a/b/c");
  EXPECT_EQ(joined("/", "a"), "/a");
  EXPECT_EQ(joined("/srv", "."), "/srv");
  EXPECT_EQ(joined("/", "."), "/");
  EXPECT_EQ(joined("/srv", "/etc//x"), "/etc//x");
  EXPECT_EQ(joined(".../deep", "a"), ".../deep/a");
}

TEST(AbsolutePath, KeepsDotDotWhichMayLeadThroughALink) {
  EXPECT_EQ(joined("/srv", "../a"), "/srv/../a");
  EXPECT_EQ(joined("/srv", "link/../a/.."), "/srv/link/../a/..");
  EXPECT_EQ(joined("/srv", "...a/.b"), "/srv/...a/.b");
}

// "path path2" of the only event.
std::string paths(const std::string& call) {
  std::string out;
  for_each_event(script("10us p " + call + "\n"), SIZE_MAX, [&](const Event& event) {
    out = std::string(event.path.value_or("-")) + " " + std::string(event.path2.value_or("-")) + " " +
          std::string(event.cwd.value_or("-"));
    return true;
  });
  return out;
}

TEST(AbsolutePath, BeginsAtTheWorkingDirectoryOrAtADescriptor) {
  EXPECT_EQ(paths("open filename=conf cwd=/srv -ENOENT"), "/srv/conf - /srv");
  EXPECT_EQ(paths("open filename=conf -ENOENT"), "conf - -");  // older traces
  EXPECT_EQ(paths("openat dfd=-100 filename=./conf cwd=/srv -ENOENT"), "/srv/conf - /srv");
  EXPECT_EQ(paths("openat dfd=5 filename=conf file2=/etc -ENOENT"), "/etc/conf - -");
  EXPECT_EQ(paths("openat dfd=5 filename=/conf file2=/etc -ENOENT"), "/conf - -");
  EXPECT_EQ(paths("unlinkat dfd=5 pathname=conf file=/etc 0"), "/etc/conf - -");
  EXPECT_EQ(paths("openat dfd=-100 filename=conf cwd=/srv file=/real 3"), "/real - /srv");
}

TEST(AbsolutePath, OfBothPaths) {
  EXPECT_EQ(paths("rename oldname=a newname=b cwd=/srv 0"), "/srv/a /srv/b /srv");
  EXPECT_EQ(paths("renameat2 olddfd=-100 oldname=a newdfd=5 newname=b cwd=/srv file2=/etc 0"), "/srv/a /etc/b /srv");
  EXPECT_EQ(paths("renameat2 olddfd=4 oldname=a newdfd=-100 newname=b cwd=/srv file=/etc 0"), "/etc/a /srv/b /srv");
}

TEST(AbsolutePath, WhatIsNotLookedUpStays) {
  EXPECT_EQ(paths("symlink oldname=../a newname=b cwd=/srv 0"), "../a /srv/b /srv");
  EXPECT_EQ(paths("symlinkat oldname=../a newdfd=5 newname=b file=/etc 0"), "../a /etc/b -");
  EXPECT_EQ(paths("mount dev_name=proc dir_name=p flags=0 cwd=/srv 0"), "proc /srv/p /srv");
  EXPECT_EQ(paths("mount dev_name=from dir_name=to flags=4096 cwd=/srv 0"), "/srv/from /srv/to /srv");
}

TEST(AbsolutePath, WhereAChangeOfDirectoryLedTo) {
  EXPECT_EQ(paths("chdir filename=../b cwd=/srv/a file=/srv/b type=dir 0"), "/srv/b - /srv/a");
  EXPECT_EQ(paths("chdir filename=../b cwd=/srv/a -ENOENT"), "/srv/a/../b - /srv/a");
}

}  // namespace
}  // namespace ebpftrace::analyzer
