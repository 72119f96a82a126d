// SPDX-License-Identifier: Apache-2.0
#include "analyzer/cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <vector>

namespace ebpftrace::analyzer {
namespace {

constexpr char kExamples[] = R"(Examples:
  ebpf-analyze run.trace                             what is in it
  ebpf-analyze run.trace --top-io                    who did the I/O
  ebpf-analyze run.trace --top-files -n 5            which files moved most bytes
  ebpf-analyze run.trace --syscalls --format csv     every system call's count and latency, for a spreadsheet
  ebpf-analyze run.trace --tree                      what the job really ran, and how it ended
  ebpf-analyze run.trace --open-files                what the processes had open from the start
  ebpf-analyze run.trace --metrics --warn 'context-switches/s>50k'
  ebpf-analyze run.trace --verify                    is every byte of it as it was written?
  ebpf-analyze run.trace --events | grep ENOENT      each event, as strace shows it
  ebpf-analyze run.trace --events --format json | jq 'select(.event == "fsync") | .duration_ns'

Exit status:
  0 answered   1 usage, or a file cannot be read   2 not a trace, or of an unknown version
  3 the trace is damaged or has no end: the answer is from what is readable   4 events were lost (--fail-on-loss))";

// CLI11's help, with our own first line.
class Help : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App*, std::string) const override {
    return "\nUsage: ebpf-analyze FILE [QUESTION] [OPTIONS]\n";
  }
};

}  // namespace

ParsedCommandLine parse_options(int argc, char** argv) {
  ParsedCommandLine parsed;
  CommandLine& options = parsed.options;
  CLI::App app{"Answers questions about a trace that ebpf-record wrote. Needs no root and no particular kernel."};
  app.formatter(std::make_shared<Help>());
  app.name("ebpf-analyze");
  app.footer(kExamples);
  app.set_help_flag("-h,--help", "Print this help");
  app.set_version_flag("-V,--version", "ebpf-analyze " EBPFTRACE_VERSION, "Print the version");
  app.add_option("FILE", options.file, "The trace")->required()->type_name("");

  size_t questions = 0;
  auto question = [&](const char* name, Asks value, const char* help) {
    app.add_flag_callback(
           name,
           [&options, &questions, value] {
             options.question = value;
             ++questions;
           },
           help)
        ->group("Questions (one of them)");
  };
  question("--summary", Asks::kSummary, "The trace in numbers (default)");
  question("--top-io", Asks::kTopIo, "Reads and writes by process: calls, bytes, errors, time, 99th percentiles");
  question("--top-files", Asks::kTopFiles, "Opens, reads and writes by file");
  question("--syscalls", Asks::kSyscalls, "System calls by name: count, errors, latency");
  question("--tree", Asks::kTree, "Processes by who started whom: command, time, exit status, threads");
  question("--open-files", Asks::kOpenFiles, "What recorded processes had open when the recording began");
  question("--metrics", Asks::kMetrics, "The machine's counters by interval, and where they passed a threshold");
  question("--events", Asks::kEvents, "Every event in order of its start; JSON is one object per line");

  std::string by;
  app.add_option("--by", by, "With --metrics: cpu, a row for each CPU instead of the machine")->type_name("cpu");
  std::vector<std::string> warn;
  app.add_option("--warn", warn,
                 "With --metrics: warn where this holds, such as 'syscalls/s>10000'; may be repeated "
                 "(default: lost>0, recorder>50, major-faults/s>1000)")
      ->type_name("THRESHOLD")
      ->allow_extra_args(false)
      ->take_all();
  question("--network", Asks::kNetwork, "What came in (ebpf-record --xdp): by protocol, port, source and flow");
  question("--security", Asks::kSecurity, "What the network rules found, and the processes concerned");
  app.add_option_function<std::string>(
         "--export",
         [&](const std::string& what) {
           if (what != "pcapng")
             throw CLI::ValidationError("--export", "'" + what + "' cannot be exported: pcapng can");
           options.question = Asks::kPcapng;
           ++questions;
         },
         "pcapng: the recorded packets (ebpf-record --packets), on standard output")
      ->type_name("FORMAT")
      ->group("Questions (one of them)");

  question("--verify", Asks::kVerify,
           "Whether the file is whole and sound: every checksum, row, text, id and count; exit 3 if not");

  std::optional<int64_t> rows;
  app.add_option("-n", rows, "Rows at most; 0: all (default: 20 of a ranked table, else all)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  static const std::map<std::string, Format> formats = {
      {"table", Format::kTable}, {"json", Format::kJson}, {"csv", Format::kCsv}};
  std::string format = "table";
  app.add_option("--format", format, "table, json or csv")->type_name("FORMAT")->capture_default_str();
  app.add_flag("--fail-on-loss", options.fail_on_loss,
               "Exit with 4 if events were lost that the answer could have held");
  app.add_flag_callback(
      "--no-summaries", [&] { options.reading = Reading::kRows; },
      "Read every row, also where the trace holds sums of them; the answers are the same");
  try {
    app.parse(argc, argv);
    if (!formats.contains(format))
      throw CLI::ValidationError("--format", "'" + format + "' is none of table, json and csv");
    options.format = formats.at(format);
    if (rows) options.rows = static_cast<size_t>(*rows);
    if (questions > 1) throw CLI::ValidationError("ask one question at a time");
    if ((!by.empty() || !warn.empty()) && options.question != Asks::kMetrics)
      throw CLI::ValidationError(by.empty() ? "--warn" : "--by", "goes with --metrics");
    if (!by.empty() && by != "cpu") throw CLI::ValidationError("--by", "'" + by + "' is not cpu");
    options.metrics.by_cpu = !by.empty();
    if (!warn.empty()) options.metrics.thresholds.clear();
    for (const std::string& text : warn) {
      try {
        options.metrics.thresholds.push_back(parse_threshold(text));
      } catch (const std::invalid_argument& error) {
        throw CLI::ValidationError("--warn", error.what());
      }
    }
  } catch (const CLI::Success& success) {
    app.exit(success);
    parsed.exit_status = 0;
    return parsed;
  } catch (const CLI::Error& error) {
    fmt::print(stderr, "ebpf-analyze: {}\nTry 'ebpf-analyze --help'.\n", error.what());
    parsed.exit_status = kExitNoAnswer;
    return parsed;
  }
  return parsed;
}

}  // namespace ebpftrace::analyzer
