// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "analyzer/cli/options.h"
#include "analyzer/exports/pcapng.h"
#include "analyzer/tables/answer_tables.h"
#include "analyzer/text/escape.h"
#include "trace/read/trace_error.h"

namespace {

using namespace ebpftrace::analyzer;
namespace trace = ebpftrace::trace;

constexpr size_t kRankedRows = 20;  // of a ranked table, for people
constexpr size_t kDamageLines = 5;  // that are printed one by one
constexpr size_t kOutputPiece = 1 << 16;

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

void print(const Table& table, Format format) {
  if (format == Format::kJson) return write_json(table, write_out);
  if (format == Format::kCsv) return write_csv(table, write_out);
  write_text(table, terminal_width(), write_out);
}

size_t row_limit(const CommandLine& options, bool ranked) {
  const size_t rows = options.rows.value_or(ranked && options.format == Format::kTable ? kRankedRows : 0);
  return rows ? rows : SIZE_MAX;
}

Coverage print_events(const trace::Trace& trace, const CommandLine& options) {
  const auto columns = event_columns();
  std::string out;
  if (options.format == Format::kCsv) append_csv_names(out, columns);
  std::vector<Cell> cells;
  const EventJson json;
  for_each_event(trace, row_limit(options, false), [&](const Event& event) {
    if (options.format == Format::kTable) {
      append_event_line(out, event);
    } else if (options.format == Format::kJson) {
      json.append(out, event);
    } else {
      event_cells(event, cells);
      append_csv_row(out, cells);
    }
    if (out.size() > kOutputPiece) {
      write_out(out);
      out.clear();
    }
    return true;
  });
  write_out(out);
  return coverage_of(trace);
}

Coverage answer(const trace::Trace& trace, const CommandLine& options) {
  auto show = [&](const auto& answer) {
    print(table_of(answer), options.format);
    return answer.coverage;
  };
  switch (options.question) {
    case Asks::kTopIo:
      return show(top_io(trace, row_limit(options, true), options.reading));
    case Asks::kTopFiles:
      return show(top_files(trace, row_limit(options, true)));
    case Asks::kSyscalls:
      return show(syscalls(trace, row_limit(options, true), options.reading));
    case Asks::kTree:
      return show(process_tree(trace, row_limit(options, false)));
    case Asks::kOpenFiles:
      return show(open_files(trace, row_limit(options, false)));
    case Asks::kMetrics: {
      const Metrics answer = metrics(trace, options.metrics, row_limit(options, false));
      print(table_of(answer), options.format);
      if (const std::string names = unavailable_metrics(answer); !names.empty() && options.format == Format::kTable)
        write_out("unavailable: " + names + "\n");
      for (const std::string& warning : answer.warnings) warn("warning: " + warning);
      return answer.coverage;
    }
    case Asks::kNetwork:
      return show(network(trace, row_limit(options, true)));
    case Asks::kSecurity:
      return show(security(trace, row_limit(options, false)));
    case Asks::kVerify: {
      const Verification answer = verify(trace);
      print(table_of(answer), options.format);
      if (options.format == Format::kTable && trace.complete())
        write_out("sound: all that was checked is as it was written\n");
      return answer.coverage;
    }
    case Asks::kPcapng:
      if (::isatty(STDOUT_FILENO))
        throw trace::TraceError(trace::TraceError::Kind::kUnreadable,
                                "pcapng is not for terminals: redirect it to a file or pipe");
      return write_pcapng(trace, write_out);
    case Asks::kEvents:
      return print_events(trace, options);
    case Asks::kSummary:
      break;
  }
  const Summary summary = summarise(trace);
  if (options.format != Format::kTable) return show(summary);
  write_summary(summary, write_out);
  return summary.coverage;
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
  Coverage coverage;
  bool reader_gone = false;
  try {
    coverage = answer(trace, options);
  } catch (const ReaderGone&) {
    reader_gone = true;
  }
  if (options.question != Asks::kVerify) warn_of_damage(trace, options.file);  // it has said it all
  if (reader_gone) return 0;
  // Where the answer has no room for it.
  const std::string lost = loss_line(coverage);
  if (!lost.empty() && (options.format == Format::kCsv || options.question == Asks::kEvents)) warn(lost);
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
