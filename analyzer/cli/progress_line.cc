// SPDX-License-Identifier: Apache-2.0
#include "analyzer/cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace ebpftrace::analyzer {
namespace {

constexpr std::chrono::milliseconds kFirst{1000}, kBetween{100};

}  // namespace

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) == 1), next_(Clock::now() + kFirst) {}

void ProgressLine::show(const Progress& progress) {
  const auto now = Clock::now();
  if (!terminal_ || now < next_ || !progress.all) return;
  next_ = now + kBetween;
  shown_ = true;
  fmt::print(stderr, "\r{:3} %",
             static_cast<unsigned>(100.0 * static_cast<double>(progress.done) / static_cast<double>(progress.all)));
  if (progress.passes > 1) fmt::print(stderr, " (pass {} of {})", progress.pass, progress.passes);
  std::fflush(stderr);
}

void ProgressLine::clear() {
  if (!shown_) return;
  shown_ = false;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
}

}  // namespace ebpftrace::analyzer
