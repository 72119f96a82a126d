// SPDX-License-Identifier: Apache-2.0
// Which files were slow? Prints the ten paths with most time in calls that took longer than a millisecond.
//   slow_files run.trace...
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/api/session.h"

using namespace ebpftrace::analyzer;

int main(int argc, char** argv) try {
  const auto sessions = Session::open(std::vector<std::string>(argv + 1, argv + argc));
  std::vector<const Session*> recordings;
  for (const auto& session : sessions) recordings.push_back(session.get());

  Asked asked;
  asked.filter = "duration > 1ms && path ~ \"\"";
  asked.by = {"path"};
  asked.columns = {"path", "calls", "total_ns"};
  asked.limit = 10;
  const Result result = ask(*find_question("syscalls"), recordings, asked);
  for (size_t row = 0; row < result.rows(); ++row)
    std::printf("%10llu us  %s\n", static_cast<unsigned long long>(std::get<uint64_t>(result.cell(row, 2)) / 1000),
                std::get<std::string>(result.cell(row, 0)).c_str());
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "slow_files: %s\n", error.what());
  return 1;
}
