// SPDX-License-Identifier: Apache-2.0
// The ftrace peer: what `trace-cmd record -e raw_syscalls -F -c COMMAND` does, without the settings of the top-level
// tracer that some machines refuse. Records every system call of a command and its descendants, raw, a file per CPU:
//   ftrace_record DIRECTORY [--buffer-kb KB] -- COMMAND [ARGUMENT...]
//   ftrace_record: events=4000062 lost=0 bytes=392000000
// events and lost count sys_enter and sys_exit separately. Exits as the command did.
// A thread per CPU splices pages from the kernel's ring into its file; main waits for the command.
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gated_child.h"
#include "tracefs_instance.h"

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

class Fd {
 public:
  Fd(int fd, const std::string& what) : fd_(fd) {
    if (fd < 0) fail(what);
  }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  operator int() const { return fd_; }

 private:
  int fd_;
};

// Moves one CPU's buffer into a file until `stop` becomes readable, then what is left.
class CpuCopier {
 public:
  CpuCopier(const fs::path& cpu, const fs::path& directory)
      : input_(open((cpu / "trace_pipe_raw").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC), "open trace_pipe_raw"),
        output_(open((directory / cpu.filename()).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
                "create " + (directory / cpu.filename()).string()) {
    if (pipe2(pipe_, O_CLOEXEC) < 0) fail("pipe2");
    fcntl(pipe_[1], F_SETPIPE_SZ, 1 << 20);
  }
  CpuCopier(const CpuCopier&) = delete;
  CpuCopier& operator=(const CpuCopier&) = delete;
  ~CpuCopier() {
    close(pipe_[0]);
    close(pipe_[1]);
  }

  void run(int stop) {
    pollfd watched[] = {{input_, POLLIN, 0}, {stop, POLLIN, 0}};
    while (!failed_ && !(watched[1].revents & POLLIN)) {
      if (poll(watched, 2, -1) < 0 && errno != EINTR) break;
      copy_full_pages();
    }
    copy_full_pages();
    copy_last_page();
  }
  long bytes() const { return bytes_; }
  bool failed() const { return failed_; }

 private:
  void copy_full_pages() {
    ssize_t ready;
    while ((ready = splice(input_, nullptr, pipe_[1], nullptr, 1 << 16, SPLICE_F_MOVE | SPLICE_F_NONBLOCK)) > 0) {
      bytes_ += ready;
      while (ready > 0) {
        const ssize_t moved = splice(pipe_[0], nullptr, output_, nullptr, static_cast<size_t>(ready), SPLICE_F_MOVE);
        if (moved <= 0) {
          std::fprintf(stderr, "ftrace_record: write: %s\n", std::strerror(errno));
          failed_ = true;
          return;
        }
        ready -= moved;
      }
    }
  }

  // splice takes only full pages.
  void copy_last_page() {
    char page[1 << 16];
    ssize_t size;
    while (!failed_ && (size = read(input_, page, sizeof page)) > 0) {
      bytes_ += size;
      failed_ = write(output_, page, static_cast<size_t>(size)) != size;
    }
  }

  Fd input_, output_;
  int pipe_[2];
  long bytes_ = 0;
  bool failed_ = false;
};

// All CPUs' copiers and their threads, which end at finish() or, if it does not come to that, in the destructor.
class Copiers {
 public:
  Copiers(const std::vector<fs::path>& cpus, const fs::path& directory) {
    for (const auto& cpu : cpus) copiers_.push_back(std::make_unique<CpuCopier>(cpu, directory));
    for (auto& copier : copiers_) threads_.emplace_back([&copier, this] { copier->run(stop_); });
  }
  ~Copiers() { finish(); }

  void finish() {
    eventfd_write(stop_, 1);
    threads_.clear();
  }
  long bytes() const {
    return std::accumulate(copiers_.begin(), copiers_.end(), 0L, [](long sum, auto& c) { return sum + c->bytes(); });
  }
  bool failed() const {
    return std::any_of(copiers_.begin(), copiers_.end(), [](auto& c) { return c->failed(); });
  }

 private:
  Fd stop_{eventfd(0, EFD_CLOEXEC), "eventfd"};
  std::vector<std::unique_ptr<CpuCopier>> copiers_;
  std::vector<std::jthread> threads_;
};

struct Account {
  long events = 0, lost = 0;
};

Account account(const std::vector<fs::path>& cpus) {
  Account sum;
  for (const auto& cpu : cpus) {
    std::ifstream stats(cpu / "stats");
    for (std::string line; std::getline(stats, line);) {
      const auto colon = line.find(": ");
      if (colon == std::string::npos) continue;
      const std::string name = line.substr(0, colon);
      const long value = std::atol(line.c_str() + colon + 2);
      if (name == "read events") sum.events += value;
      if (name == "overrun" || name == "commit overrun" || name == "dropped events") sum.lost += value;
    }
  }
  return sum;
}

int record(const fs::path& directory, const std::string& buffer_kb, char** command) {
  GatedChild child(command);
  TracefsMount tracefs;
  TracefsInstance instance(tracefs);
  instance.write("tracing_on", "0");
  instance.write("buffer_size_kb", buffer_kb);
  instance.write("options/event-fork", "1");
  instance.write("set_event_pid", std::to_string(child.pid()));
  instance.write("set_event", "raw_syscalls:*");
  std::vector<fs::path> cpus;
  for (const auto& entry : fs::directory_iterator(instance.path() / "per_cpu")) cpus.push_back(entry.path());
  Copiers copiers(cpus, directory);

  instance.write("tracing_on", "1");
  child.open_gate();
  const int status = child.wait();
  instance.write("tracing_on", "0");
  copiers.finish();

  const Account sum = account(cpus);
  std::fprintf(stderr, "ftrace_record: events=%ld lost=%ld bytes=%ld\n", sum.events, sum.lost, copiers.bytes());
  return copiers.failed() ? 1 : status;
}

int usage() {
  std::fputs("usage: ftrace_record DIRECTORY [--buffer-kb KB] -- COMMAND [ARGUMENT...]\n", stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  int at = 2;
  std::string buffer_kb = "16384";
  if (argc > 4 && std::strcmp(argv[2], "--buffer-kb") == 0) {
    buffer_kb = argv[3];
    at = 4;
  }
  if (argc < at + 2 || std::strcmp(argv[at], "--") != 0) return usage();
  try {
    return record(argv[1], buffer_kb, argv + at + 1);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ftrace_record: %s\n", error.what());
    return 1;
  }
}
