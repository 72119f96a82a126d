// SPDX-License-Identifier: Apache-2.0
#include "trace/write/trace_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace ebpftrace::trace {
namespace {

namespace fs = std::filesystem;

class TraceFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = fs::temp_directory_path() / "trace_file_test.XXXXXX";
    ASSERT_TRUE(::mkdtemp(pattern.data()));
    folder = pattern;
  }
  void TearDown() override { fs::remove_all(folder); }

  TraceFile open(const fs::path& path) { return {path, {::geteuid(), ::getegid()}, calls}; }

  static std::vector<std::byte> frame_of(std::string_view payload) {
    const auto bytes = std::as_bytes(std::span(payload));
    const FrameHeader header = seal({}, bytes);
    std::vector<std::byte> frame(sizeof header + bytes.size());
    std::memcpy(frame.data(), &header, sizeof header);
    std::copy(bytes.begin(), bytes.end(), frame.begin() + sizeof header);
    return frame;
  }

  fs::path folder;
  OutputCalls calls;
};

TEST_F(TraceFileTest, IsPrivateAndReplacesOnlyItsOwn) {
  const fs::path path = folder / "a.trace";
  std::ofstream(path) << "old";
  ::chmod(path.c_str(), 0644);
  { TraceFile file = open(path); }
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(info.st_size, 0);
}

// With a group, its members may read it; whatever group a file had that is replaced.
TEST_F(TraceFileTest, IsReadableByAGroup) {
  // One that we may give files to.
  const gid_t readers = ::geteuid() == 0 ? ::getegid() + 1 : ::getegid();
  const fs::path fresh = folder / "fresh.trace", old = folder / "old.trace";
  std::ofstream(old) << "old";
  for (const fs::path& path : {fresh, old}) {
    { TraceFile file(path, {::geteuid(), ::getegid(), readers}, calls); }
    struct stat info;
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0640u);
    EXPECT_EQ(info.st_gid, readers);
    EXPECT_EQ(info.st_uid, ::geteuid());
  }
}

TEST_F(TraceFileTest, NeverFollowsALink) {
  const fs::path target = folder / "target", link = folder / "link";
  std::ofstream(target) << "precious";
  fs::create_symlink(target, link);
  EXPECT_THROW(open(link), OutputError);
  fs::create_hard_link(target, folder / "hard");
  EXPECT_THROW(open(folder / "hard"), OutputError);
  EXPECT_EQ(fs::file_size(target), 8u);
}

TEST_F(TraceFileTest, RefusesWhatIsNoFileAndWhatIsInUse) {
  EXPECT_THROW(open(folder), OutputError);
  EXPECT_THROW(open("/dev/null"), OutputError);
  EXPECT_THROW(open(folder / "no" / "such"), OutputError);
  TraceFile first = open(folder / "a.trace");
  EXPECT_THROW(open(folder / "a.trace"), OutputError);
}

// Makes the n-th write fail, after it took `part` bytes.
class FailingCalls : public OutputCalls {
 public:
  FailingCalls(int nth, int error, size_t part) : nth(nth), error(error), part(part) {}
  ssize_t write(int fd, const void* bytes, size_t count) override {
    if (written++ == nth && part) return OutputCalls::write(fd, bytes, std::min(part, count));
    if (written > nth) {
      errno = error;
      return error ? -1 : 0;
    }
    return OutputCalls::write(fd, bytes, count);
  }
  int nth, error;
  size_t part;
  int written = 0;
};

TEST_F(TraceFileTest, EveryFailedWriteLeavesWholeFrames) {
  const auto frame = frame_of("some payload");
  FrameHeader header;
  std::memcpy(&header, frame.data(), sizeof header);
  for (int error : {ENOSPC, EDQUOT, EIO, 0})
    for (int nth = 0; nth < 5; ++nth)
      for (size_t part : {0, 1, 63}) {
        FailingCalls failing(nth, error, part);
        TraceFile file(folder / "a.trace", {::geteuid(), ::getegid()}, failing);
        int appended = 0;
        while (appended < 10 && file.append(header, frame)) ++appended;
        EXPECT_LT(appended, 5);
        EXPECT_EQ(file.error(), error ? error : EIO);
        const bool preamble = nth > 0 || part >= sizeof(Preamble);
        const size_t expected = preamble ? sizeof(Preamble) + static_cast<size_t>(appended) * frame.size() : 0;
        EXPECT_EQ(fs::file_size(folder / "a.trace"), expected) << nth << " " << part;
      }
}

TEST_F(TraceFileTest, InterruptedAndShortWritesGoOn) {
  class Interrupted : public OutputCalls {
    ssize_t write(int fd, const void* bytes, size_t count) override {
      if (++n % 2) {
        errno = EINTR;
        return -1;
      }
      return OutputCalls::write(fd, bytes, std::min<size_t>(count, 7));
    }
    int n = 0;
  } interrupted;
  const auto frame = frame_of("some payload");
  FrameHeader header;
  std::memcpy(&header, frame.data(), sizeof header);
  TraceFile file(folder / "a.trace", {::geteuid(), ::getegid()}, interrupted);
  ASSERT_TRUE(file.append(header, frame));
  EXPECT_EQ(fs::file_size(folder / "a.trace"), sizeof(Preamble) + frame.size());
}

TEST_F(TraceFileTest, GivesUpFramesFromTheEndButNotTheHeader) {
  const auto frame = frame_of("x");
  FrameHeader header;
  std::memcpy(&header, frame.data(), sizeof header);
  TraceFile file = open(folder / "a.trace");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(file.append(header, frame));
  FrameEntry removed;
  EXPECT_TRUE(file.remove_last(removed));
  EXPECT_TRUE(file.remove_last(removed));
  EXPECT_FALSE(file.remove_last(removed));
  EXPECT_EQ(fs::file_size(folder / "a.trace"), sizeof(Preamble) + frame.size());
}

TEST_F(TraceFileTest, RemembersFramesUpToTheLastSegmentOfTheIndex) {
  const auto frame = frame_of("x");
  FrameHeader header;
  std::memcpy(&header, frame.data(), sizeof header);
  TraceFile file = open(folder / "a.trace");
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(file.append(header, frame));
  file.end_segment();
  EXPECT_EQ(file.last_segment(), sizeof(Preamble) + 3 * frame.size());
  EXPECT_TRUE(file.frames().empty());
  ASSERT_TRUE(file.append(header, frame));
  FrameEntry removed;
  EXPECT_TRUE(file.remove_last(removed));
  EXPECT_TRUE(file.indexed());
  // The segment goes, and with it what it lists: no more can be given up, and there is no index.
  EXPECT_TRUE(file.remove_last(removed));
  EXPECT_EQ(removed.offset, sizeof(Preamble) + 3 * frame.size());
  EXPECT_FALSE(file.indexed());
  EXPECT_EQ(file.last_segment(), 0u);
  EXPECT_FALSE(file.remove_last(removed));
  EXPECT_EQ(fs::file_size(folder / "a.trace"), sizeof(Preamble) + 3 * frame.size());
}

}  // namespace
}  // namespace ebpftrace::trace
