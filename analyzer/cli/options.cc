// SPDX-License-Identifier: Apache-2.0
#include "analyzer/cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "analyzer/cli/completion.h"
#include "analyzer/cli/field_list.h"
#include "analyzer/cli/terminal.h"
#include "predicate/option_completion.h"
#include "predicate/wrapped.h"

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
  ebpf-analyze run.trace --errors --by process,error  who has which trouble
  ebpf-analyze run.trace --histogram io-latency --by pid
  ebpf-analyze run.trace --timeline --bucket 10ms --format csv
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
constexpr std::array<std::string_view, 4> kTakesDash = {"--sort", "--from", "--to", "--at"};

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

// "latency|size" of one that is one of these, else its type; in brackets if it may be left out.
std::string value_name(std::string_view type, std::span<const std::string_view> values, bool optional) {
  const std::string name = values.empty() ? std::string(type) : fmt::format("{}", fmt::join(values, "|"));
  return optional ? "[" + name + "]" : name;
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
      fmt::print("{}", predicate::wrapped(field_list(relation_), terminal_width()));
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
    else
      check_other();
    if (!options_.exported && !options_.output.empty()) throw AskError("-o goes with --export");
    return false;
  }

 private:
  void add_questions() {
    for (const Question* question : all_questions()) {
      const std::string group(kQuestions), name = option_name(*question), help(question->help);
      const QuestionArgument& argument = question->takes.argument;
      auto chosen = [this, question] {
        options_.question = question;
        ++questions_;
      };
      if (argument.type.empty()) {
        app_.add_flag_callback(name, chosen, help)->group(group);
        continue;
      }
      app_.add_option_function<std::vector<std::string>>(
              name,
              [this, chosen](const std::vector<std::string>& values) {
                chosen();
                if (!values.empty()) options_.asked.argument = values.front();
              },
              help)
          ->type_name(value_name(argument.type, argument.values, argument.optional))
          ->expected(argument.optional ? 0 : 1, 1)
          ->group(group);
    }
    add_options_of_questions();
    add_sql();
    add_rewriting();
    add_export();
  }

  // What is no question takes little of what they take.
  void check_other() const {
    const Asked& asked = options_.asked;
    const bool more =
        !by_.empty() || !sort_.empty() || !columns_.empty() || !asked.warn.empty() || options_.follow || rows_;
    if (options_.exported && more)
      throw AskError(fmt::format("--export {} takes --filter, --from, --to and -o only", options_.exported->name));
    if (options_.sql && (more || !asked.filter.empty() || !asked.from.empty() || !asked.to.empty()))
      throw AskError("--sql takes --format only: say in the statement what you want of it, WHERE and LIMIT");
    if (options_.slice && more) throw AskError("--slice takes --filter, --from and --to only");
    if (options_.redaction && (more || !asked.filter.empty() || !asked.from.empty() || !asked.to.empty()))
      throw AskError("--redact takes all of a trace: make a --slice of it first");
  }

  void add_sql() {
    app_.add_option_function<std::vector<std::string>>(
            "--sql",
            [this](const std::vector<std::string>& statement) {
              options_.sql = statement.empty() ? std::string() : statement.front();
              options_.question = nullptr;
              ++questions_;
            },
            "A SELECT of SQLite over tables of events and answers; without one, a prompt (.tables, .schema)")
        ->type_name("[SELECT]")
        ->expected(0, 1)
        ->group(std::string(kQuestions));
  }

  void add_rewriting() {
    auto option = [&](const char* name, std::optional<std::string>& to, const char* help) {
      app_.add_option_function<std::string>(
              name,
              [this, &to](const std::string& path) {
                to = path;
                options_.question = nullptr;
                ++questions_;
              },
              help)
          ->type_name("OUT.trace")
          ->group(std::string(kQuestions));
    };
    option("--slice", options_.slice,
           "A smaller trace: what --filter, --from and --to choose, and what that refers to");
    option("--redact", options_.redaction,
           "The trace without names: paths, addresses, arguments and names have pseudonyms, contents are dropped");
  }

  void add_export() {
    std::string help = "For other programs, on standard output or to -o PATH:";
    for (const Export* one : all_exports())
      help += fmt::format("{} {}, {}", one == all_exports().front() ? "" : ";", one->name, one->help);
    app_.add_option_function<std::string>(
            "--export",
            [this](const std::string& what) {
              options_.exported = find_export(what);
              if (!options_.exported) {
                std::string known;
                for (const Export* one : all_exports()) known += (known.empty() ? "" : ", ") + std::string(one->name);
                throw CLI::ValidationError("--export", fmt::format("'{}' is none of {}", what, known));
              }
              options_.question = nullptr;
              ++questions_;
            },
            help)
        ->type_name("FORMAT")
        ->group(std::string(kQuestions));
    app_.add_option("-o", options_.output,
                    "With --export: this file, or folder, which is there once it is whole; -: standard output")
        ->type_name("PATH")
        ->group(std::string(kQuestions));
  }

  // Each once, however many questions take it.
  void add_options_of_questions() {
    std::set<std::string_view> known;
    for (const Question* question : all_questions())
      for (const QuestionOption& option : question->takes.options) {
        if (!known.insert(option.name).second) continue;
        const std::string name = fmt::format("--{}", option.name), help(option.help);
        auto given = [this, key = std::string(option.name)](const std::string& value) {
          options_.asked.options[key] = value;
        };
        if (option.type.empty())
          app_.add_flag_callback(
                  name, [given] { given(""); }, help)
              ->group(std::string(kChoice));
        else
          app_.add_option_function<std::string>(name, given, help)
              ->type_name(value_name(option.type, option.values, false))
              ->group(std::string(kChoice));
      }
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
    app_.add_option_function<std::string>(
            "--color",
            [this](const std::string& when) {
              static const std::map<std::string, Colour> known = {
                  {"auto", Colour::kAuto}, {"always", Colour::kAlways}, {"never", Colour::kNever}};
              if (!known.contains(when))
                throw CLI::ValidationError("--color", "'" + when + "' is none of auto, always and never");
              options_.colour = known.at(when);
            },
            "auto, always or never: colours for people; auto: on a terminal, unless NO_COLOR is set")
        ->type_name("WHEN");
    app_.add_flag("--fail-on-loss", options_.fail_on_loss,
                  "Exit with 4 if events were lost that the answer could have held");
    app_.add_flag_callback(
        "--no-summaries", [this] { options_.asked.reading = Reading::kRows; },
        "Read every row, also where the trace holds sums of them; the answers are the same");
    predicate::add_completion_option(app_, completion_);
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

Painter painter_of_lines(const CommandLine& options) {
  const bool events = options.asked.columns.empty();
  return {options.format == Format::kTable && in_colour(options.colour),
          events ? Painter::Lines::kEvents : Painter::Lines::kTable, write_out};
}

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
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", predicate::wrapped(options.app().help(), terminal_width()));
    parsed.exit_status = 0;
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
