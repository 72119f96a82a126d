// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>
#include <vector>

#include "analyzer/api/recording_file.h"
#include "analyzer/api/session.h"
#include "analyzer/cli/export_file.h"
#include "analyzer/cli/follow.h"
#include "analyzer/cli/options.h"
#include "analyzer/cli/progress_line.h"
#include "analyzer/cli/recording_marks.h"
#include "analyzer/cli/stop.h"
#include "analyzer/cli/terminal.h"
#include "analyzer/query/coverage.h"
#include "analyzer/rewrite/rewrite.h"
#include "analyzer/sql/prompt.h"
#include "analyzer/tables/table.h"
#include "trace/read/recordings.h"
#include "trace/read/trace_error.h"

namespace {

using namespace ebpftrace::analyzer;
namespace trace = ebpftrace::trace;

constexpr size_t kDamageLines = 5;  // that are printed one by one

using Traces = std::vector<std::unique_ptr<trace::Trace>>;

// Lines as they come, of one recording after the other; what stands beside them is of all.
Result print_each(const Traces& traces, const CommandLine& options, const Asked& asked) {
  const bool has_column = std::any_of(asked.columns.begin(), asked.columns.end(),
                                      [](const std::string& name) { return name == "recording" || name == "all"; });
  Painter painter = painter_of_lines(options);
  const Write to_painter = [&](std::string_view piece) { painter.write(piece); };
  RecordingMarks marks(options.format, has_column, to_painter);
  const Write to_marks = [&](std::string_view piece) { marks.write(piece); };
  Result all;
  Asked left = asked;
  for (const auto& trace : traces) {
    const Session session(*trace);
    if (traces.size() > 1) marks.begin(recording_id(session));
    const Result one = ask(*options.question, session, left, options.format, traces.size() > 1 ? to_marks : to_painter);
    all.add_remarks(one);
    if (asked.limit != SIZE_MAX) left.limit = asked.limit - std::min(asked.limit, marks.rows());
    if (one.stopped || !left.limit) break;
  }
  painter.finish();
  return all;
}

// Its rows, with all that stands beside them: on standard output, but for what there is no room for.
Result answer(const Traces& traces, const CommandLine& options, std::stop_token stop) {
  const Question& question = *options.question;
  Asked asked = options.asked;
  if (question.takes.stop) asked.stop = stop;
  ProgressLine line;
  // Where lines come as they are found, they say themselves how far it is.
  if (!question.print || !::isatty(STDOUT_FILENO))
    asked.progress = [&](const Progress& progress) { line.show(progress); };
  if (question.print) return print_each(traces, options, asked);
  std::vector<std::unique_ptr<Session>> sessions;
  std::vector<const Session*> sources;
  for (const auto& trace : traces) sources.push_back(sessions.emplace_back(std::make_unique<Session>(*trace)).get());
  Result result = ask(question, sources, asked);
  line.clear();
  print_result(result, options.format, options.colour);
  return result;
}

Result export_trace(const trace::Trace& trace, const CommandLine& options, std::stop_token stop) {
  ProgressLine line;
  Asked asked = options.asked;
  asked.stop = stop;
  asked.progress = [&](const Progress& progress) { line.show(progress); };
  Result result = export_to(*options.exported, Session(trace), asked, options.output);
  line.clear();
  return result;
}

Result rewrite_trace(const trace::Trace& trace, const CommandLine& options, std::stop_token stop) {
  ProgressLine line;
  Asked asked = options.asked;
  asked.stop = stop;
  asked.progress = [&](const Progress& progress) { line.show(progress); };
  Result result = options.slice ? write_slice(Session(trace), asked, *options.slice)
                                : write_redaction(Session(trace), asked, *options.redaction);
  line.clear();
  return result;
}

Result ask_sql(const trace::Trace& trace, const CommandLine& options, std::stop_token stop) {
  const Session session(trace);
  SqlDatabase database(session, stop);
  if (!options.sql->empty())
    return print_sql(database, session, *options.sql, options.format, terminal_width(), write_out);
  const bool from_terminal = reads_from_terminal();
  Result last;
  read_statements(
      database, from_terminal,
      [&](std::string_view statement) {
        // Each may be stopped; at a prompt, what is wrong with one is not the end.
        const StopOnInterrupt interrupt;
        database.set_stop(interrupt.token());
        try {
          last = print_sql(database, session, statement, options.format, terminal_width(), write_out);
          if (from_terminal && last.stopped) warn("stopped");
          if (from_terminal) last.stopped = false;
        } catch (const AskError& error) {
          if (!from_terminal) throw;
          warn(shown(error.what()));
        }
      },
      write_out);
  return last;
}

void warn_of_damage(const trace::Trace& trace) {
  const auto damage = trace.damage().list();
  for (size_t i = 0; i < std::min(damage.size(), kDamageLines); ++i) {
    const auto place = trace.file_of(damage[i].offset);
    warn(fmt::format("{}: at byte {}: {}", shown(place.file), place.offset, shown(damage[i].what)));
  }
  const std::string file = shown(trace.parts().empty() ? std::string() : trace.parts().back().file);
  if (damage.size() > kDamageLines)
    warn(fmt::format("{}: and {}{} more places", file, damage.size() - kDamageLines,
                     trace.damage().more() ? " or" : ""));
  if (!damage.empty()) warn(fmt::format("{}: the trace is damaged; the answer is from what is readable", file));
  if (!trace.closed() && !trace.growing())
    warn(
        fmt::format("{}: the trace has no end: the recorder was stopped abruptly, or the file is cut off; "
                    "the answer is from what is there",
                    file));
}

int run(const CommandLine& options) {
  const Question* question = options.question;
  std::optional<StopOnInterrupt> interrupt;
  const bool statements = options.sql && options.sql->empty();  // they have one each
  if (options.follow || (question ? question->takes.stop : !statements)) interrupt.emplace();
  const std::stop_token stop = interrupt ? interrupt->token() : std::stop_token();
  trace::Recordings recordings =
      trace::open_recordings(options.files, options.follow ? trace::Tail::kMayGrow : trace::Tail::kCutOff);
  for (const std::string& note : recordings.notes) warn(shown(note));
  if (recordings.traces.size() != 1 && (options.follow || !question))
    throw AskError(fmt::format("{} takes one recording, these are {}",
                               question            ? "--follow"
                               : options.sql       ? "--sql"
                               : options.slice     ? "--slice"
                               : options.redaction ? "--redact"
                                                   : "--export",
                               recordings.traces.size()));
  Result result;
  bool reader_gone = false;
  try {
    result = options.exported ? export_trace(*recordings.traces[0], options, stop)
             : options.sql    ? ask_sql(*recordings.traces[0], options, stop)
             : !question      ? rewrite_trace(*recordings.traces[0], options, stop)
             : options.follow ? follow(recordings.traces[0], options, stop)
                              : answer(recordings.traces, options, stop);
  } catch (const ReaderGone&) {
    reader_gone = true;
  }
  for (const std::string& warning : result.warnings()) warn("warning: " + warning);
  bool complete = true;
  for (const auto& trace : recordings.traces) {
    if (!question || question->name != "verify") warn_of_damage(*trace);  // it has said it all
    complete &= trace->complete() || (trace->growing() && trace->damage().empty());
  }
  if (reader_gone) return 0;
  // Where the answer has no room for it.
  const std::string lost = loss_line(result.coverage);
  if (!question || question->print || options.format == Format::kCsv) {
    if (!lost.empty() && question) warn(lost);
    for (const std::string& shortfall : result.shortfalls) warn("shortfall: " + shortfall);
    if (result.stopped)
      warn(question || options.sql ? "stopped before the end; the answer is what was known by then"
                                   : "stopped before the end; no file was made");
  }
  if (result.stopped) return kExitStopped;
  if (!complete) return kExitDamaged;
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
    warn(shown(error.file.empty() ? options.files[0] : error.file) + ": " + error.what());
    return kExitNotATrace;
  } catch (const std::exception& error) {
    warn(error.what());
    return kExitNoAnswer;
  }
}
