// SPDX-License-Identifier: Apache-2.0
#include "analyzer/cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <vector>

#include "analyzer/cli/completion.h"
#include "analyzer/cli/field_list.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kRankedRows = 20;  // of a ranked table, for people
constexpr std::string_view kQuestions = "Questions (one of them)";
constexpr std::string_view kChoice = "What of it";

constexpr char kExamples[] = R"(Examples:
  ebpf-analyze run.trace                             what is in it
  ebpf-analyze run.trace --top-io                    who did the I/O
  ebpf-analyze run.trace --top-files -n 5            which files moved most bytes
  ebpf-analyze run.trace --syscalls --format csv     every system call's count and latency, for a spreadsheet
  ebpf-analyze run.trace --tree                      what the job really ran, and how it ended
  ebpf-analyze run.trace --tree --filter 'exit_code > 0'                what failed
  ebpf-analyze run.trace --tree --from @exec:make --sort -user_ns --columns pid,command,user_ns
  ebpf-analyze run.trace --open-files                what the processes had open from the start
  ebpf-analyze run.trace --metrics --warn 'context-switches/s>50k'
  ebpf-analyze run.trace --verify                    is every byte of it as it was written?
  ebpf-analyze run.trace --events | grep ENOENT      each event, as strace shows it
  ebpf-analyze run.trace --events --format json | jq 'select(.event == "fsync") | .duration_ns'
  ebpf-analyze run.trace --syscalls --by process,syscall --filter 'failed && path ~ "^/etc"'
  ebpf-analyze run.trace --events --columns time,process,event,path,bytes --filter 'duration > 1ms'
  ebpf-analyze 'run.*.trace' --top-io --from -10s      the parts of a rotated recording, its last ten seconds
  ebpf-analyze run.trace --follow --top-io             while it is recorded
  ebpf-record -o - -- make | ebpf-analyze - --events --follow
  ebpf-analyze --fields tree                         what its filter can name

Exit status:
  0 answered   1 usage, or a file cannot be read   2 not a trace, or of an unknown version
  3 the trace is damaged or has no end: the answer is from what is readable   4 events were lost (--fail-on-loss)
  130 stopped by Ctrl-C: the answer is what was known by then)";

// CLI11's help, with our own first line.
class Help : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App*, std::string) const override {
    return "\nUsage: ebpf-analyze FILE... [QUESTION] [OPTIONS]\n";
  }
};

// Values of these may begin with a dash, which CLI11 takes for an option's: "--sort -bytes", "--from -2s".
constexpr std::array<std::string_view, 3> kTakesDash = {"--sort", "--from", "--to"};

// The arguments in the order in which CLI11 wants them: from the last to the first.
std::vector<std::string> arguments(int argc, char** argv) {
  std::vector<std::string> list;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--") {
      list.insert(list.end(), argv + i, argv + argc);
      break;
    }
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    if (std::find(kTakesDash.begin(), kTakesDash.end(), option) != kTakesDash.end() && value.starts_with('-') &&
        !value.starts_with("--")) {
      list.push_back(fmt::format("{}={}", option, value));
      ++i;
    } else {
      list.emplace_back(option);
    }
  }
  std::reverse(list.begin(), list.end());
  return list;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    parts.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return parts;
}

// The options, and what they set.
class Options {
 public:
  explicit Options(CommandLine& options) : options_(options) {
    app_.formatter(std::make_shared<Help>());
    app_.name("ebpf-analyze");
    app_.footer(kExamples);
    app_.set_help_flag("-h,--help", "Print this help");
    app_.set_version_flag("-V,--version", "ebpf-analyze " EBPFTRACE_VERSION, "Print the version");
    app_.add_option("FILE", options_.files,
                    "The trace; several, or a quoted pattern: parts of one recording are one, recordings stand side by "
                    "side; -: standard input")
        ->type_name("");
    add_questions();
    add_choice();
    add_output();
  }

  CLI::App& app() { return app_; }

  // Throws CLI::Error, AskError. True: there is nothing to ask, all is printed.
  bool parse(int argc, char** argv) {
    app_.parse(arguments(argc, argv));
    if (!completion_.empty()) {
      fmt::print("{}", completion_script(completion_, app_));
      return true;
    }
    if (*fields_) {
      fmt::print("{}", field_list(relation_));
      return true;
    }
    if (options_.files.empty()) throw CLI::RequiredError("FILE");
    if (questions_ > 1) throw CLI::ValidationError("ask one question at a time");
    if (!questions_) options_.question = all_questions().front();
    set_format();
    Asked& asked = options_.asked;
    if (!sort_.empty()) {
      asked.descending = sort_.starts_with('-');
      asked.sort = sort_.substr(asked.descending || sort_.starts_with('+') ? 1 : 0);
      if (asked.sort.empty()) throw CLI::ValidationError("--sort", "a column is missing");
    }
    asked.by = split(by_);
    asked.columns = split(columns_);
    set_limit();
    if (options_.question)
      check_asked(*options_.question, asked);
    else if (!by_.empty() || !sort_.empty() || !columns_.empty() || !asked.warn.empty())
      throw AskError(
          "--export pcapng goes without --by, --sort, --columns and --warn; with it go --filter, --from, --to");
    return false;
  }

 private:
  void add_questions() {
    for (const Question* question : all_questions())
      app_.add_flag_callback(
              option_name(*question),
              [this, question] {
                options_.question = question;
                ++questions_;
              },
              std::string(question->help))
          ->group(std::string(kQuestions));
    app_.add_option_function<std::string>(
            "--export",
            [this](const std::string& what) {
              if (what != "pcapng")
                throw CLI::ValidationError("--export", "'" + what + "' cannot be exported: pcapng can");
              options_.question = nullptr;
              ++questions_;
            },
            "pcapng: the recorded packets (ebpf-record --packets), on standard output")
        ->type_name("FORMAT")
        ->group(std::string(kQuestions));
  }

  void add_choice() {
    auto option = [&](const char* name, auto& to, const char* type, const char* help) {
      return app_.add_option(name, to, help)->type_name(type)->group(std::string(kChoice));
    };
    Asked& asked = options_.asked;
    option("--filter", asked.filter, "EXPR", "Only what this is true of, such as 'process == \"make\"'; see --fields");
    option("--from", asked.from, "MOMENT",
           "Only what began then or later: 1.5s after the start, -2s before the end, "
           "14:03:10, 2026-11-21T14:03:10Z, @exec:NAME, @mark:NAME");
    option("--to", asked.to, "MOMENT", "Only what began before");
    option("--by", by_, "KEYS", "Rows by this instead of the question's own; with --metrics: cpu");
    option("--sort", sort_, "[-]COLUMN", "In this order; with a -, the largest first");
    option("--columns", columns_, "A,B|all", "These columns, in this order; all: also those that tables leave out");
    option("-n", rows_, "N", "Rows at most; 0: all (default: 20 of a ranked table, else all)")
        ->check(CLI::NonNegativeNumber);
    option("--warn", asked.warn, "THRESHOLD",
           "With --metrics: warn where this holds, such as 'syscalls/s>10000'; may be repeated "
           "(default: lost>0, recorder>50, major-faults/s>1000)")
        ->allow_extra_args(false)
        ->take_all();
    fields_ = option("--fields", relation_, "[RELATION]", "List what --filter can name, instead of a question")
                  ->expected(0, 1);
  }

  void add_output() {
    app_.add_option("--format", format_, "table, json or csv")->type_name("FORMAT")->capture_default_str();
    app_.add_flag(
        "--follow", options_.follow,
        "Go on while the recorder writes: the answer anew each second; --events, --security and --metrics go on "
        "below what is there");
    app_.add_flag("--fail-on-loss", options_.fail_on_loss,
                  "Exit with 4 if events were lost that the answer could have held");
    app_.add_flag_callback(
        "--no-summaries", [this] { options_.asked.reading = Reading::kRows; },
        "Read every row, also where the trace holds sums of them; the answers are the same");
    app_.add_option("--completion", completion_, "Print what makes bash, zsh or fish complete these options")
        ->type_name("SHELL")
        ->group("");  // not in --help: for packages
  }

  void set_format() {
    static const std::map<std::string, Format> formats = {
        {"table", Format::kTable}, {"json", Format::kJson}, {"csv", Format::kCsv}};
    if (!formats.contains(format_))
      throw CLI::ValidationError("--format", "'" + format_ + "' is none of table, json and csv");
    options_.format = formats.at(format_);
  }

  void set_limit() {
    const bool ranked = options_.question && options_.question->ranked && options_.format == Format::kTable;
    const auto rows = rows_ ? static_cast<size_t>(*rows_) : ranked ? kRankedRows : 0;
    options_.asked.limit = rows ? rows : SIZE_MAX;
  }

  CommandLine& options_;
  CLI::App app_{"Answers questions about a trace that ebpf-record wrote. Needs no root and no particular kernel."};
  size_t questions_ = 0;
  std::string by_, sort_, columns_, relation_, completion_, format_ = "table";
  std::optional<int64_t> rows_;
  CLI::Option* fields_ = nullptr;
};

}  // namespace

std::string option_name(const Question& question) {
  std::string name = "--" + std::string(question.name);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

ParsedCommandLine parse_options(int argc, char** argv) {
  ParsedCommandLine parsed;
  Options options(parsed.options);
  auto usage_error = [&](const char* what) {
    fmt::print(stderr, "ebpf-analyze: {}\nTry 'ebpf-analyze --help'.\n", what);
    parsed.exit_status = kExitNoAnswer;
  };
  try {
    if (options.parse(argc, argv)) parsed.exit_status = 0;
  } catch (const CLI::Success& success) {
    options.app().exit(success);
    parsed.exit_status = 0;
  } catch (const CLI::Error& error) {
    usage_error(error.what());
  } catch (const AskError& error) {
    usage_error(error.what());
  }
  return parsed;
}

}  // namespace ebpftrace::analyzer
