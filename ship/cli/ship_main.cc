// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "analyzer/api/question.h"
#include "predicate/error.h"
#include "predicate/number.h"
#include "predicate/wrapped.h"
#include "ship/cli/completion.h"
#include "ship/cli/keep_memory.h"
#include "ship/cli/stop_signals.h"
#include "ship/send/confine.h"
#include "ship/send/shipper.h"
#include "trace/read/trace_error.h"

namespace {

using namespace ebpftrace::ship;

enum : int { kExitShipped = 0, kExitUsage = 1, kExitPosition = 2, kExitPending = 3 };

constexpr const char* kFooter =
    "Examples:\n"
    "  ebpf-record --rotate 60s --keep 20 -o /var/spool/ebpf/run.trace &\n"
    "  ebpf-ship /var/spool/ebpf --brokers kafka-1:9092 --position P\n"
    "  ebpf-ship /var/spool/ebpf --config /etc/ebpf-ship.conf --position P\n"
    "      TLS and SASL are settings of librdkafka\n"
    "  ebpf-ship 'run.*.trace' --brokers localhost:9092 --position P --once\n"
    "      what is there, and no more\n"
    "  ebpf-ship /var/spool/ebpf --brokers kafka-1:9092 --position P --once \\\n"
    "      --give-up 10min\n"
    "      the same from a timer, which must end\n"
    "  ebpf-ship /var/spool/ebpf --config C --position P --events ebpf.events\n"
    "\n"
    "Exit status:\n"
    "  0  stopped, or done (--once): all that was read is acknowledged\n"
    "  1  usage, or a setting that can't be used\n"
    "  2  the position file can't be used\n"
    "  3  stopped, or given up, before all that was read was acknowledged: it is\n"
    "     sent again\n";

std::chrono::nanoseconds time_of(const std::string& option, const std::string& text) {
  try {
    const auto number = ebpftrace::predicate::parse_number(text);
    const uint64_t ns = number.value.magnitude;
    if (number.unit == ebpftrace::predicate::UnitKind::kTime && !number.value.negative && ns && ns <= INT64_MAX)
      return std::chrono::nanoseconds(ns);
  } catch (const ebpftrace::predicate::ExpressionError&) {  // what would do is said below
  }
  throw CLI::ValidationError(option, fmt::format("'{}' is no length of time such as 90s, 10min", text));
}

int run(int argc, char** argv) {
  CLI::App app(
      "Sends what ebpf-record writes to Kafka, frame by frame as it is stored, and keeps account of what was "
      "acknowledged.");
  app.footer(kFooter);
  ShipChoice choice;
  std::string config, give_up;
  app.add_option("SPOOL", choice.spool, "Folders with the parts of recordings (*.trace), or quoted patterns")
      ->required()
      ->option_text("...");
  app.add_option("--brokers", choice.brokers, "Where Kafka is; or bootstrap.servers in the configuration")
      ->option_text("HOST:PORT,...");
  app.add_option("--config", config, "Settings of librdkafka, name=value; passwords are there and nowhere else")
      ->option_text("FILE");
  app.add_option("--position", choice.position, "How far was shipped: one file for each ebpf-ship")
      ->required()
      ->option_text("FILE");
  app.add_option("--topic", choice.frames_topic, "Where frames go")->option_text("TOPIC=ebpf.frames");
  app.add_option("--headers-topic", choice.headers_topic, "Where the headers of parts go; compacted")
      ->option_text("TOPIC=ebpf.headers");
  app.add_option("--events", choice.events_topic, "Instead of frames: one JSON object for each event goes there")
      ->option_text("TOPIC");
  app.add_option("--filter", choice.filter, "With --events: only what this is true of; ebpf-analyze --fields")
      ->option_text("EXPR");
  app.add_flag("--once", choice.once, "End when all that is there is acknowledged");
  app.add_option("--give-up", give_up,
                 "End when for so long (90s, 10min) nothing was acknowledged of what waits; else it waits on")
      ->option_text("TIME");
  app.set_version_flag("-V,--version", "ebpf-ship " EBPFTRACE_VERSION, "Print the version");
  app.get_option("--help")->description("Print this help");
  add_completion(app, "ebpf-ship");
  try {
    app.parse(argc, argv);
    if (!give_up.empty()) choice.give_up = time_of("--give-up", give_up);
    if (!choice.filter.empty() && choice.events_topic.empty())
      throw CLI::ValidationError("--filter",
                                 "chooses events: it goes with --events TOPIC; frames are sent as they are stored");
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", ebpftrace::predicate::wrapped(app.help(), ebpftrace::predicate::output_width()));
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::fprintf(stderr, "ebpf-ship: %s\nTry 'ebpf-ship --help'.\n", error.what());
    return kExitUsage;
  }
  const auto tell = [](const std::string& line) { tell_line("ebpf-ship", line); };
  Settings settings;
  if (!config.empty()) settings = read_settings(config);
  if (tells_secrets(settings)) tell(fmt::format("'{}' holds passwords and anybody may read it; chmod 600", config));
  need_brokers(settings, choice.brokers);
  StopSignals signals;
  if (const std::string why = confine_to_spool(choice, settings); !why.empty())
    tell(fmt::format("not confined to the spool: {}", why));
  Shipper shipper(choice, settings, tell);
  const bool all = shipper.run(signals.token());
  const Counters& sum = shipper.counters();
  tell(fmt::format(
      "acknowledged since the position file was made: {} frames, {} rows, {} bytes, {} events; dropped: {} rows",
      sum.frames, sum.rows, sum.bytes, sum.events, sum.dropped_rows));
  const Counters open = shipper.under_way();
  if (!all)
    tell(
        fmt::format("not acknowledged: {} frames, {} rows, {} events; dropped: {} rows. The next ebpf-ship with this "
                    "position file goes on before them",
                    open.frames, open.rows, open.events, open.dropped_rows));
  return all ? kExitShipped : kExitPending;
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory();
  int status = kExitUsage;
  std::string message;
  try {
    return run(argc, argv);
  } catch (const PositionError& error) {
    status = kExitPosition;
    message = error.what();
  } catch (const std::exception& error) {  // SettingsError, analyzer::AskError, trace::TraceError: one line each
    message = error.what();
  }
  tell_line("ebpf-ship", message);
  return status;
}
