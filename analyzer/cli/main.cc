// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>

#include "analyzer/cli/options.h"
#include "analyzer/cli/progress_line.h"
#include "analyzer/cli/stop.h"
#include "analyzer/exports/pcapng.h"
#include "analyzer/query/coverage.h"
#include "analyzer/tables/table.h"
#include "analyzer/text/escape.h"
#include "trace/read/trace.h"
#include "trace/read/trace_error.h"

namespace {

using namespace ebpftrace::analyzer;
namespace trace = ebpftrace::trace;

constexpr size_t kDamageLines = 5;  // that are printed one by one

// Whoever reads us has had enough (| head).
struct ReaderGone {};

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

size_t terminal_width() {
  winsize size{};
  return ::isatty(STDOUT_FILENO) && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// Its rows, with all that stands beside them: on standard output, but for what there is no room for.
Result answer(const trace::Trace& trace, const CommandLine& options) {
  const Question& question = *options.question;
  std::optional<StopOnInterrupt> interrupt;
  Asked asked = options.asked;
  if (question.takes.stop) asked.stop = interrupt.emplace().token();
  ProgressLine line;
  asked.progress = [&](const Progress& progress) { line.show(progress); };
  if (question.print) return ask(question, trace, asked, options.format, write_out);
  Result result = ask(question, trace, asked);
  line.clear();
  write_result(result, options.format, terminal_width(), write_out);
  return result;
}

Result export_packets(const trace::Trace& trace) {
  if (::isatty(STDOUT_FILENO))
    throw trace::TraceError(trace::TraceError::Kind::kUnreadable,
                            "pcapng is not for terminals: redirect it to a file or pipe");
  Result result;
  result.coverage = write_pcapng(trace, write_out);
  result.shortfalls = trace.shortfalls().list();
  return result;
}

void warn_of_damage(const trace::Trace& trace, const std::string& file) {
  const auto damage = trace.damage().list();
  for (size_t i = 0; i < std::min(damage.size(), kDamageLines); ++i)
    warn(fmt::format("{}: at byte {}: {}", shown(file), damage[i].offset, shown(damage[i].what)));
  if (damage.size() > kDamageLines)
    warn(fmt::format("{}: and {}{} more places", shown(file), damage.size() - kDamageLines,
                     trace.damage().more() ? " or" : ""));
  if (!damage.empty()) warn(fmt::format("{}: the trace is damaged; the answer is from what is readable", shown(file)));
  if (!trace.closed())
    warn(
        fmt::format("{}: the trace has no end: the recorder was stopped abruptly, or the file is cut off; "
                    "the answer is from what is there",
                    shown(file)));
}

int run(const CommandLine& options) {
  const trace::Trace trace(trace::open_file(options.file));
  const Question* question = options.question;
  Result result;
  bool reader_gone = false;
  try {
    result = question ? answer(trace, options) : export_packets(trace);
  } catch (const ReaderGone&) {
    reader_gone = true;
  }
  for (const std::string& warning : result.warnings()) warn("warning: " + warning);
  if (!question || question->name != "verify") warn_of_damage(trace, options.file);  // it has said it all
  if (reader_gone) return 0;
  // Where the answer has no room for it.
  const std::string lost = loss_line(result.coverage);
  if (!question || question->print || options.format == Format::kCsv) {
    if (!lost.empty() && question) warn(lost);
    for (const std::string& shortfall : result.shortfalls) warn("shortfall: " + shortfall);
    if (result.stopped) warn("stopped before the end; the answer is what was known by then");
  }
  if (result.stopped) return kExitStopped;
  if (!trace.complete()) return kExitDamaged;
  if (options.fail_on_loss && !lost.empty()) {
    warn("events were lost, and --fail-on-loss was given");
    return kExitLost;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto [options, exit_status] = parse_options(argc, argv);
  if (exit_status) return *exit_status;
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(options);
  } catch (const AskError& error) {
    warn(error.what());
    return kExitNoAnswer;
  } catch (const trace::TraceError& error) {
    if (error.kind == trace::TraceError::Kind::kUnreadable) {
      warn(shown(error.what()));
      return kExitNoAnswer;
    }
    warn(shown(options.file) + ": " + error.what());
    return kExitNotATrace;
  } catch (const std::exception& error) {
    warn(error.what());
    return kExitNoAnswer;
  }
}
