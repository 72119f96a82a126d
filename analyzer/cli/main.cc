// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/cli/follow.h"
#include "analyzer/cli/options.h"
#include "analyzer/cli/progress_line.h"
#include "analyzer/cli/stop.h"
#include "analyzer/cli/terminal.h"
#include "analyzer/exports/pcapng.h"
#include "analyzer/query/coverage.h"
#include "analyzer/tables/table.h"
#include "trace/read/recordings.h"
#include "trace/read/trace_error.h"

namespace {

using namespace ebpftrace::analyzer;
namespace trace = ebpftrace::trace;

constexpr size_t kDamageLines = 5;  // that are printed one by one

using Traces = std::vector<std::unique_ptr<trace::Trace>>;

// Its rows, with all that stands beside them: on standard output, but for what there is no room for.
Result answer(const Traces& traces, const CommandLine& options, std::stop_token stop) {
  const Question& question = *options.question;
  Asked asked = options.asked;
  if (question.takes.stop) asked.stop = stop;
  ProgressLine line;
  asked.progress = [&](const Progress& progress) { line.show(progress); };
  if (question.print) {
    Result result;
    for (const auto& trace : traces) {
      Result one = ask(question, *trace, asked, options.format, write_out);
      one.stopped |= result.stopped;
      result = std::move(one);
    }
    return result;
  }
  std::vector<std::unique_ptr<Session>> sessions;
  std::vector<const Session*> sources;
  for (const auto& trace : traces) sources.push_back(sessions.emplace_back(std::make_unique<Session>(*trace)).get());
  Result result = ask(question, sources, asked);
  line.clear();
  write_result(result, options.format, terminal_width(), write_out);
  return result;
}

Result export_packets(const trace::Trace& trace, const Asked& asked) {
  if (writes_to_terminal())
    throw trace::TraceError(trace::TraceError::Kind::kUnreadable,
                            "pcapng is not for terminals: redirect it to a file or pipe");
  Result result;
  const Session session(trace);
  const Choice choice = choose(*session.relation("packets"), asked.filter, Moments(trace).range(asked.from, asked.to));
  result.coverage = write_pcapng(session, choice, write_out);
  result.shortfalls = trace.shortfalls().list();
  return result;
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
  if (options.follow || (question && question->takes.stop)) interrupt.emplace();
  const std::stop_token stop = interrupt ? interrupt->token() : std::stop_token();
  trace::Recordings recordings =
      trace::open_recordings(options.files, options.follow ? trace::Tail::kMayGrow : trace::Tail::kCutOff);
  for (const std::string& note : recordings.notes) warn(shown(note));
  if (recordings.traces.size() != 1 && (options.follow || !question))
    throw AskError(fmt::format("{} takes one recording, these are {}", question ? "--follow" : "--export pcapng",
                               recordings.traces.size()));
  Result result;
  bool reader_gone = false;
  try {
    result = !question        ? export_packets(*recordings.traces[0], options.asked)
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
    if (result.stopped) warn("stopped before the end; the answer is what was known by then");
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
