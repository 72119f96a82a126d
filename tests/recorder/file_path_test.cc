// SPDX-License-Identifier: Apache-2.0
#include "recorder/output/file_path.h"

#include <gtest/gtest.h>

namespace ebpftrace::recorder {
namespace {

using namespace std::literals;

std::string path_of(uint32_t filesystem, uint32_t flags, std::string_view components) {
  file_record record{};
  record.filesystem = filesystem;
  record.flags = flags;
  record.inode = 42;
  return display_path(record, std::as_bytes(std::span(components)));
}

constexpr uint32_t kExt4 = 0xef53;

TEST(FilePath, TurnsLeafFirstComponentsAround) {
  EXPECT_EQ(path_of(kExt4, 0, "passwd\0etc\0"sv), "/etc/passwd");
  EXPECT_EQ(path_of(kExt4, 0, ""sv), "/");
}

TEST(FilePath, MarksWhatIsMissing) {
  EXPECT_EQ(path_of(kExt4, FILE_UNLINKED, "x\0tmp\0"sv), "/tmp/x");  // its flags say so
  EXPECT_EQ(path_of(kExt4, 0, "x (deleted)\0tmp\0"sv), "/tmp/x (deleted)");
  EXPECT_EQ(path_of(kExt4, FILE_PATH_CUT, "x\0deep\0"sv), ".../deep/x");
}

TEST(FilePath, NamesWhatHasNoPathAsProcDoes) {
  EXPECT_EQ(path_of(0x50495045, 0, ""sv), "pipe:[42]");
  EXPECT_EQ(path_of(0x534f434b, 0, ""sv), "socket:[42]");
  EXPECT_EQ(path_of(0x6e736673, FILE_UNREACHABLE, "net\0"sv), "net:[42]");
  EXPECT_EQ(path_of(0x6e736673, FILE_UNREACHABLE, ""sv), "ns:[42]");
  EXPECT_EQ(path_of(0x50494446, FILE_UNREACHABLE, ""sv), "anon_inode:[pidfd]");
  EXPECT_EQ(path_of(0x09041934, FILE_UNREACHABLE, "[eventpoll]\0"sv), "anon_inode:[eventpoll]");
}

TEST(FilePath, KeepsBytesThatAreNoText) { EXPECT_EQ(path_of(kExt4, 0, "\xff\n\0tmp\0"sv), "/tmp/\xff\n"); }

TEST(FilePath, SurvivesComponentsWithoutAnEnd) {
  EXPECT_EQ(path_of(kExt4, 0, "abc"sv), "/abc");
  EXPECT_EQ(path_of(kExt4, 0, "\0\0\0"sv), "/");
}

}  // namespace
}  // namespace ebpftrace::recorder
