// SPDX-License-Identifier: Apache-2.0
// Which files belong together.
#include "trace/read/recordings.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/script.h"
#include "trace/read/part_names.h"
#include "trace/read/trace_error.h"

namespace ebpftrace::trace {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

class RecordingsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = fs::temp_directory_path() / "recordings_test.XXXXXX";
    ASSERT_TRUE(::mkdtemp(pattern.data()));
    folder = pattern;
    const auto parts = script_parts("small header\n10us a read 5\nrotate\n20us a read 6\nrotate\n30us a read 7\n");
    for (size_t i = 0; i < parts.size(); ++i) write("run.000" + std::to_string(i + 1) + ".trace", parts[i]);
    fs::copy_file(SAMPLES_FOLDER "/file-io.trace", folder / "other.trace");
  }
  void TearDown() override { fs::remove_all(folder); }

  void write(const std::string& name, const std::vector<std::byte>& bytes) const {
    std::ofstream(folder / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  Names paths(Names names) const {
    for (std::string& name : names) name = folder / name;
    return names;
  }
  std::vector<Names> groups(const Names& names) {
    notes.clear();
    std::vector<Names> found = group_files(paths(names), notes);
    for (Names& group : found)
      for (std::string& path : group) path = path.substr(folder.string().size() + 1);
    for (std::string& note : notes)
      if (const size_t at = note.find(folder.string() + '/'); at != std::string::npos)
        note.erase(at, folder.string().size() + 1);
    return found;
  }
  std::string refusal(const Names& names) {
    try {
      groups(names);
    } catch (const TraceError& error) {
      std::string what = error.what();
      for (size_t at; (at = what.find(folder.string() + '/')) != std::string::npos;)
        what.erase(at, folder.string().size() + 1);
      return what;
    }
    return "";
  }

  fs::path folder;
  Names notes;
};

TEST_F(RecordingsTest, PartsAreFoundByWhatTheirHeadersSay) {
  fs::rename(folder / "run.0002.trace", folder / "z");
  EXPECT_EQ(groups({"z", "run.0003.trace", "other.trace", "run.0001.trace"}),
            (std::vector<Names>{{"run.0001.trace", "z", "run.0003.trace"}, {"other.trace"}}));
  EXPECT_TRUE(notes.empty());
  const auto opened = open_recordings(paths({"other.trace", "run.0003.trace", "z"}));
  ASSERT_EQ(opened.traces.size(), 2u);
  EXPECT_EQ(opened.traces[0]->parts().size(), 2u);  // began in 2023
  EXPECT_EQ(opened.traces[0]->facts().part, 2u);
  EXPECT_EQ(opened.traces[1]->facts().part, 0u);
}

TEST_F(RecordingsTest, PatternsAreFilesInOrderOfTheirNames) {
  EXPECT_EQ(groups({"run.*.trace"}), (std::vector<Names>{{"run.0001.trace", "run.0002.trace", "run.0003.trace"}}));
  EXPECT_EQ(expand_patterns(paths({"run.000[13].trace", "other.trac?"})),
            paths({"run.0001.trace", "run.0003.trace", "other.trace"}));
  EXPECT_EQ(refusal({"nothing*"}), "cannot read 'nothing*': no file is called so, or as that pattern says");
  EXPECT_EQ(refusal({"nothing"}), "cannot read 'nothing': No such file or directory");
  fs::rename(folder / "other.trace", folder / "run.[*]");  // a file of that very name
  EXPECT_EQ(groups({"run.[*]"}), std::vector<Names>{{"run.[*]"}});
}

TEST_F(RecordingsTest, AFileIsReadOnce) {
  fs::create_symlink("run.0002.trace", folder / "link");
  EXPECT_EQ(groups({"run.*.trace", "link", "run.0001.trace"}),
            (std::vector<Names>{{"run.0001.trace", "run.0002.trace", "run.0003.trace"}}));
  EXPECT_EQ(notes,
            (Names{"'link' is given twice; it is read once", "'run.0001.trace' is given twice; it is read once"}));
}

TEST_F(RecordingsTest, ACopyIsRefused) {
  fs::copy_file(folder / "run.0002.trace", folder / "copy");
  fs::copy_file(folder / "other.trace", folder / "copy of other");
  EXPECT_EQ(refusal({"run.*.trace", "copy"}),
            "'run.0002.trace' and 'copy' are both part 2 of one recording; name one of them");
  EXPECT_EQ(refusal({"copy of other", "other.trace"}),
            "'copy of other' and 'other.trace' are the same recording; name one of them");
}

TEST_F(RecordingsTest, WhatIsNoTraceIsNamed) {
  std::ofstream(folder / "run.notes") << "of something else";
  try {
    open_recordings(paths({"run.*"}));
    FAIL();
  } catch (const TraceError& error) {
    EXPECT_EQ(error.kind, TraceError::Kind::kNotATrace);
    EXPECT_EQ(error.file, folder / "run.notes");
  }
}

TEST_F(RecordingsTest, APartThatWasNotBegunIsLeftOut) {
  write("run.0004.trace", {});
  EXPECT_EQ(groups({"run.*.trace"}), (std::vector<Names>{{"run.0001.trace", "run.0002.trace", "run.0003.trace"}}));
  EXPECT_EQ(notes, Names{"'run.0004.trace' is a part that the recorder had not begun to write; it is left out"});
  // Alone it is no trace.
  EXPECT_THROW(open_recordings(paths({"run.0004.trace"})), TraceError);
  // And one that is called otherwise is not of that recording.
  write("empty", {});
  EXPECT_THROW(open_recordings(paths({"run.*.trace", "empty"})), TraceError);
}

TEST_F(RecordingsTest, ManyFilesMayBeOpen) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_GT(before.rlim_max, 400u);
  rlimit few = before;
  few.rlim_cur = 64;
  const auto bytes = script_bytes("small header\n10us a read 5\n");
  for (int i = 0; i < 100; ++i) write("many." + std::to_string(i), bytes);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  EXPECT_EQ(open_recordings(paths({"many.*"})).traces.size(), 100u);  // without ids, each is a recording of its own
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(PartName, IsWhatTheRecorderGives) {
  struct Case {
    const char *path, *front, *back;
    uint32_t number;
  };
  for (const Case& one : {Case{"run.0001.trace", "run.", ".trace", 1},
                          {"/a.b/run.12345", "/a.b/run.", "", 12345},
                          {"a.0002.0003.trace", "a.0002.", ".trace", 3}}) {
    const auto name = part_name(one.path, one.number);
    ASSERT_TRUE(name) << one.path;
    EXPECT_EQ(name->front, one.front);
    EXPECT_EQ(name->back, one.back);
  }
  for (const char* other : {"run.trace", "run.0002.trace", "run.1.trace", "run0001.trace", "", "0001.trace"})
    EXPECT_FALSE(part_name(other, 1)) << other;
}

}  // namespace
}  // namespace ebpftrace::trace
