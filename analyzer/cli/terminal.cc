// SPDX-License-Identifier: Apache-2.0
#include "analyzer/cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "analyzer/text/escape.h"
#include "trace/read/trace_error.h"

namespace ebpftrace::analyzer {
namespace {

winsize size_of_terminal() {
  winsize size{};
  if (!writes_to_terminal() || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return size;
}

}  // namespace

void write_out(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) throw ReaderGone();
    if (written < 0)
      throw trace::TraceError(trace::TraceError::Kind::kUnreadable,
                              fmt::format("cannot write the answer: {}", std::strerror(errno)));
    text.remove_prefix(static_cast<size_t>(written));
  }
}

void warn(const std::string& text) { fmt::print(stderr, "ebpf-analyze: {}\n", text); }

std::string shown(std::string_view text) {
  std::string out;
  append_terminal(out, text);
  return out;
}

bool writes_to_terminal() { return ::isatty(STDOUT_FILENO) != 0; }
bool reads_from_terminal() { return ::isatty(STDIN_FILENO) != 0; }
size_t terminal_width() { return size_of_terminal().ws_col; }
size_t terminal_height() { return size_of_terminal().ws_row; }

}  // namespace ebpftrace::analyzer
