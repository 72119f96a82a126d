// SPDX-License-Identifier: Apache-2.0
// What is made on several threads is what one makes, whatever the frames.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/analyzer/exported.h"
#include "tests/script.h"
#include "trace/read/trace_bytes.h"

namespace {

std::atomic<unsigned> cpus{0};  // that there are said to be; 0: those that there are

}  // namespace

// Instead of the library's, so that the number of threads does not depend on the machine.
unsigned std::thread::hardware_concurrency() noexcept {
  return cpus ? cpus.load() : static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_ONLN));
}

namespace ebpftrace::analyzer {
namespace {

// Calls that overlap, in blocks of a few rows, with other events and paths between them, and more names than a byte numbers.
std::string many_small_frames() {
  std::string text = "metrics 1s cpu=0 interval_ns=1s syscalls=100\n";
  for (int i = 0; i < 4000; ++i) {
    const std::string at = std::to_string(50 + i * 3 - i % 7 * 5) + "us p" + std::to_string(i % 23);
    text += at;
    switch (i % 5) {
      case 0:
        text += " openat filename=\"f\\t" + std::to_string(i % 211) + "\" 3 file=/d/" + std::to_string(i % 97);
        break;
      case 1:
        text += " read fd=3 count=9 5 data=\"h\\145l\\001o\" file=pipe:[7] type=fifo";
        break;
      case 2:
        text += " write fd=4 count=9 5 file=pipe:[7] type=fifo";
        break;
      case 3:
        text += i % 2 ? " syscall_0x" + std::to_string(10000 + i % 400) + " 1" : " openat -ENOENT";
        break;
      default:
        text += i % 3 ? " close fd=3 0" : " read unfinished";
    }
    text += " cpu=" + std::to_string(i % 2) + " dur=" + std::to_string(1 + i % 40) + "us\n";
    if (i % 101 == 50) text += at + " exec /bin/x x " + std::to_string(i) + "\n";
    if (i % 3 != 1) text += "flush\n";
  }
  return text;
}

template <typename With>
void for_each_trace(With&& with) {
  for (const char* name : {"build", "file-io", "network", "killed", "losses"})
    with(trace::Trace(trace::open_file(std::string(SAMPLES_FOLDER "/") + name + ".trace")));
  with(script(many_small_frames()));
}

// make(trace), which is a text, on one thread and on four.
template <typename Make>
void expect_the_same(const trace::Trace& trace, std::string_view what, Make&& make) {
  cpus = 1;
  const std::string alone = make(trace);
  cpus = 4;
  EXPECT_TRUE(make(trace) == alone) << what;
  cpus = 0;
  EXPECT_FALSE(alone.empty()) << what;
}

TEST(Threads, MakeTheSameExports) {
  for_each_trace([](const trace::Trace& trace) {
    for (const char* name : {"chrome", "perfetto", "csv", "html"})
      for (const Asked& asked : {Asked{}, Asked{.filter = "duration > 2us", .from = "10us"}})
        expect_the_same(trace, name, [&](const trace::Trace& of) { return exported(of, name, asked); });
  });
}

TEST(Threads, MakeTheSameLines) {
  for_each_trace([](const trace::Trace& trace) {
    for (const Format format : {Format::kTable, Format::kJson, Format::kCsv})
      expect_the_same(trace, "events", [&](const trace::Trace& of) {
        std::string lines;
        ask(*find_question("events"), of, {}, format, [&](std::string_view piece) { lines += piece; });
        return lines;
      });
  });
}

TEST(Threads, FindTheSameStateAtAMoment) {
  for_each_trace([](const trace::Trace& trace) {
    for (const char* name : {"ps", "lsof", "ss"})
      for (const char* moment : {"5ms", "-1us"})
        expect_the_same(trace, name, [&](const trace::Trace& of) {
          return csv(ask(*find_question(name), of, {.options = {{"at", moment}}}));
        });
  });
}

}  // namespace
}  // namespace ebpftrace::analyzer
