// SPDX-License-Identifier: Apache-2.0
// The system calls that the recorders are measured with. Times itself from the inside, so that neither the start of a
// process nor the start of a recorder counts, and prints one line on stderr: "workload: 139.2 ns per unit".
//   workload read COUNT THREADS   unit = one read(2) of 1 byte of /dev/zero; COUNT in each thread
//   workload file COUNT PATH      unit = openat + fstat + read 4 KiB + close of PATH
//   workload fork COUNT           unit = fork + exec /bin/true + wait
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <latch>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "workload: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

double ns_per_unit(Clock::time_point start, long count) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count() / static_cast<double>(count);
}

double read_zeros(long count, std::latch& start_line) {
  const int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  if (zero < 0) fail("open /dev/zero");
  start_line.arrive_and_wait();
  const auto start = Clock::now();
  char byte;
  for (long i = 0; i < count; i++)
    if (read(zero, &byte, 1) != 1) fail("read /dev/zero");
  const double ns = ns_per_unit(start, count);
  close(zero);
  return ns;
}

// One thread stays the main thread: W1 is a single-threaded process, whose fd lookups need no reference count.
double read_in_threads(long count, int threads) {
  std::latch start_line(threads);
  std::vector<double> ns(static_cast<size_t>(threads));
  std::vector<std::thread> others;
  for (size_t i = 1; i < ns.size(); i++)
    others.emplace_back([&ns, &start_line, count, i] { ns[i] = read_zeros(count, start_line); });
  ns[0] = read_zeros(count, start_line);
  for (auto& other : others) other.join();
  return std::accumulate(ns.begin(), ns.end(), 0.0) / threads;
}

double open_and_read_file(long count, const char* path) {
  char block[4096];
  struct stat about;
  const auto start = Clock::now();
  for (long i = 0; i < count; i++) {
    const int file = openat(AT_FDCWD, path, O_RDONLY);
    if (file < 0 || fstat(file, &about) < 0 || read(file, block, sizeof block) != sizeof block) fail(path);
    close(file);
  }
  return ns_per_unit(start, count);
}

double fork_and_exec(long count) {
  const auto start = Clock::now();
  for (long i = 0; i < count; i++) {
    const pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      execl("/bin/true", "true", static_cast<char*>(nullptr));
      _exit(127);
    }
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) fail("/bin/true");
  }
  return ns_per_unit(start, count);
}

int usage() {
  std::fputs("usage: workload read COUNT THREADS | workload file COUNT PATH | workload fork COUNT\n", stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string kind = argc > 1 ? argv[1] : "";
  const long count = argc > 2 ? std::atol(argv[2]) : 0;
  if (count <= 0) return usage();
  double ns;
  if (kind == "read" && argc == 4 && std::atoi(argv[3]) > 0) {
    ns = read_in_threads(count, std::atoi(argv[3]));
  } else if (kind == "file" && argc == 4) {
    ns = open_and_read_file(count, argv[3]);
  } else if (kind == "fork" && argc == 3) {
    ns = fork_and_exec(count);
  } else {
    return usage();
  }
  std::fprintf(stderr, "workload: %.2f ns per unit\n", ns);
}
