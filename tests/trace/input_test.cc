// SPDX-License-Identifier: Apache-2.0
// Traces that come through pipes.
#include "trace/read/input.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

#include "tests/script.h"
#include "trace/read/trace_error.h"

namespace ebpftrace::trace {
namespace {

namespace fs = std::filesystem;

class Input : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    std::string pattern = fs::temp_directory_path() / "input_test.XXXXXX";
    ASSERT_TRUE(::mkdtemp(pattern.data()));
    folder = pattern;
    ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  }
  void TearDown() override { fs::remove_all(folder); }

  static size_t write_all(int fd, std::span<const std::byte> bytes) {
    size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t written = ::write(fd, bytes.data() + done, bytes.size() - done);
      if (written <= 0) break;
      done += static_cast<size_t>(written);
    }
    return done;
  }

  // Bytes written to the FIFO on another thread, as one who writes and goes.
  std::future<size_t> writer(std::vector<std::byte> bytes) const {
    return std::async(std::launch::async, [bytes = std::move(bytes), path = folder / "fifo"] {
      const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
      const size_t written = write_all(fd, bytes);
      ::close(fd);
      return written;
    });
  }

  static std::string why_not(const std::string& path) {
    try {
      open_input(path);
    } catch (const TraceError& error) {
      EXPECT_EQ(error.kind, TraceError::Kind::kUnreadable);
      EXPECT_EQ(error.file, path);
      return error.what();
    }
    return "";
  }

  fs::path folder;
  const std::vector<std::byte> bytes =
      script_bytes("small header\n10us a read 5 file=/x\nflush\n20us a write 6 file=/x\n");
};

TEST_F(Input, APipeIsReadToItsEnd) {
  auto written = writer(bytes);
  const Trace trace(open_input(folder / "fifo"));
  EXPECT_EQ(written.get(), bytes.size());
  EXPECT_TRUE(trace.complete());
  EXPECT_EQ(trace.bytes().size(), bytes.size());
  EXPECT_EQ(trace.parts()[0].file, folder / "fifo");
  EXPECT_EQ(event_lines(trace), event_lines(Trace(in_memory(bytes))));
}

TEST_F(Input, StandardInputMayBeAPipeOrAFile) {
  const int before = ::dup(STDIN_FILENO);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::dup2(ends[0], STDIN_FILENO);
  ::close(ends[0]);
  std::thread writer([&] {
    write_all(ends[1], bytes);
    ::close(ends[1]);
  });
  const Trace piped(open_input("-"));
  writer.join();
  EXPECT_TRUE(piped.complete());

  const fs::path path = folder / "file";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  write_all(file, bytes);  // and its offset is at its end
  ::dup2(file, STDIN_FILENO);
  ::close(file);
  const Trace redirected(open_input("-"));
  ::dup2(before, STDIN_FILENO);
  ::close(before);
  EXPECT_TRUE(redirected.complete());
  EXPECT_EQ(event_lines(redirected), event_lines(piped));
}

TEST_F(Input, FramesAreSeenAsTheyArrive) {
  std::promise<int> opened;
  std::thread opener([&] { opened.set_value(::open((folder / "fifo").c_str(), O_WRONLY | O_CLOEXEC)); });
  auto trace = std::make_unique<Trace>(open_input(folder / "fifo", Tail::kMayGrow), Tail::kMayGrow);
  const int fd = opened.get_future().get();
  opener.join();
  EXPECT_TRUE(trace->growing());
  EXPECT_FALSE(trace->begun());
  const Trace whole(in_memory(bytes));
  size_t sent = 0;
  auto until = [&](auto&& holds) {
    while (!holds()) {
      trace->wait(std::chrono::seconds(60));
      if (auto next = trace->refresh()) trace = std::move(next);
    }
  };
  for (const Frame frame : whole.frames()) {
    const size_t end = frame.end() - 1;  // a byte is missing: the frame is not there yet
    write_all(fd, std::span(bytes).subspan(sent, end - sent));
    sent = end;
    write_all(fd, std::span(bytes).subspan(sent, 1));
    ++sent;
    until([&] { return !trace->frames().empty() && trace->frames().back().offset == frame.offset; });
    EXPECT_TRUE(trace->damage().empty());
    EXPECT_TRUE(trace->growing());
  }
  write_all(fd, std::span(bytes).subspan(sent));
  ::close(fd);
  until([&] { return !trace->growing(); });
  EXPECT_TRUE(trace->complete());
  EXPECT_EQ(event_lines(*trace), event_lines(whole));
}

TEST_F(Input, APipeThatBreaksOffIsCutOff) {
  auto cut = bytes;
  cut.resize(cut.size() - 100);
  auto written = writer(cut);
  const Trace trace(open_input(folder / "fifo"));
  written.get();
  EXPECT_FALSE(trace.closed());
  EXPECT_FALSE(trace.damage().empty());
}

TEST_F(Input, WhatIsNoTraceIsNotReadToItsEnd) {
  constexpr size_t kMuch = 64 << 20;
  auto written = writer(std::vector<std::byte>(kMuch, std::byte{'x'}));
  try {
    const Trace trace(open_input(folder / "fifo"));
    FAIL();
  } catch (const TraceError& error) {
    EXPECT_EQ(error.kind, TraceError::Kind::kNotATrace);
  }
  EXPECT_LT(written.get(), kMuch);
}

TEST_F(Input, NobodyWaitsForAPipeThatNobodyLooksAt) {
  std::thread opener([&] {
    const int fd = ::open((folder / "fifo").c_str(), O_WRONLY | O_CLOEXEC);
    write_all(fd, std::span(bytes).first(100));
    while (write_all(fd, std::span(bytes).first(1)) == 1) std::this_thread::yield();  // until nobody reads
    ::close(fd);
  });
  open_input(folder / "fifo", Tail::kMayGrow).reset();
  opener.join();
}

TEST_F(Input, WithoutAFolderForItMemoryHasToDo) {
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before ? before : "";
  ::setenv("TMPDIR", "/nonexistent", 1);
  auto written = writer(bytes);
  const auto input = open_input(folder / "fifo");
  if (before)
    ::setenv("TMPDIR", kept.c_str(), 1);
  else
    ::unsetenv("TMPDIR");
  EXPECT_EQ(written.get(), bytes.size());
  EXPECT_TRUE(Trace(input).complete());
}

TEST_F(Input, WhatIsNeitherFileNorPipeIsRefused) {
  EXPECT_EQ(why_not(folder), "cannot read '" + folder.string() + "': it is a folder");
  EXPECT_EQ(why_not("/dev/null"), "cannot read '/dev/null': it is neither a regular file nor a pipe");
  EXPECT_EQ(why_not(folder / "none"), "cannot read '" + (folder / "none").string() + "': No such file or directory");
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(terminal, 0);
  const int before = ::dup(STDIN_FILENO);
  ::dup2(terminal, STDIN_FILENO);
  EXPECT_EQ(why_not("-"), "cannot read standard input: it is a terminal; pipe a trace into it, or name a FILE");
  ::dup2(before, STDIN_FILENO);
  ::close(before);
  ::close(terminal);
}

}  // namespace
}  // namespace ebpftrace::trace
