// SPDX-License-Identifier: Apache-2.0
#include "recorder/cli/options.h"

#include <fmt/format.h>
#include <grp.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <map>

#include "predicate/error.h"
#include "predicate/number.h"
#include "predicate/option_completion.h"
#include "predicate/wrapped.h"
#include "recorder/choice/config_file.h"
#include "recorder/choice/environment.h"
#include "recorder/cli/completion.h"
#include "recorder/drain/drain.h"
#include "recorder/run/marker_socket.h"
#include "recorder/version.h"

namespace ebpftrace::recorder {
namespace {

constexpr char kExamples[] = R"(Examples:
  sudo ebpf-record -o run.trace -- make -j4     record a command and all it starts; it runs as you
  sudo ebpf-record -p "812,930" -d 10           two running processes and their descendants, for ten seconds
  sudo ebpf-record -e trace=%file,close -- make   only these system calls, as with strace -e
  sudo ebpf-record --comm nginx -e openat --min-duration 1ms   slow ones, of all processes of that name
  sudo ebpf-record                              everything, until Ctrl-C
  sudo ebpf-record --xdp eth0 --rules edge.rules -v   what comes in through an interface, and what the rules say of it
  sudo ebpf-record -o - -d 60 | ssh host 'cat >run.trace'   keep the trace elsewhere
  ebpf-record --mark "tests begin" $PPID        in a script that is recorded: put a marker into the recording
  ebpf-analyze run.trace --top-io               ask the trace, without root
  ebpf-record --doctor                          can this machine record, and if not, why not?

Exit status: the command's own (128 + N after signal N, 126 cannot be executed, 127 not found); otherwise
    0  recorded, or the marker was taken
    2  usage
  117  the marker was not taken
  118  privileges could not be given up
  119  no such process
  120  privilege lacking
  121  kernel without BTF
  122  BPF refused
  123  output cannot be opened
  124  the trace is incomplete: it could not be written
  125  internal error)";

// Nothing: the recorder chooses.
std::optional<int> chosen_level(const std::string& text) {
  if (text == "auto") return std::nullopt;
  int level = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), level);
  if (error != std::errc() || end != text.data() + text.size() || level < 1 || level > 19)
    throw CLI::ValidationError("--level", fmt::format("'{}' is no level of zstd: 1 to 19, or auto", text));
  return level;
}

uint64_t chosen_ring_size(const std::string& text) {
  const auto wrong = [&] {
    return CLI::ValidationError("--ring-size", fmt::format("'{}' is no size from 64K to 1G, such as 4M", text));
  };
  try {
    const predicate::Number size = predicate::parse_number(text);
    const uint64_t factor = size.unit == predicate::UnitKind::kNone ? 1u << 20 : 1;  // MiB
    if (size.unit == predicate::UnitKind::kTime || size.value.negative ||
        size.value.magnitude > kMostRingBytes / factor || size.value.magnitude * factor < kFewestRingBytes)
      throw wrong();
    return size.value.magnitude * factor;
  } catch (const predicate::ExpressionError&) {
    throw wrong();
  }
}

constexpr double kShortestInterval = 0.01;  // a main loop pass waits up to 8 ms

// An option's values under a key of the filter; errors name the option.
void add_all(Filter& filter, const char* option, const char* key, const std::vector<std::string>& values) {
  for (const std::string& value : values) try {
      filter.add(key, value);
    } catch (const FilterError& error) {
      throw CLI::ValidationError(option, error.what());
    }
}

// The set in an expression of strace's: trace=SET, t=SET, or SET alone. A set has no '=' itself.
std::string set_of(const std::string& expression) {
  const size_t equals = expression.find('=');
  if (equals == std::string::npos) return expression;
  const std::string qualifier = expression.substr(0, equals);
  if (qualifier != "trace" && qualifier != "t")
    throw CLI::ValidationError("-e",
                               fmt::format("'{}=': of strace's expressions, this program has trace=SET", qualifier));
  return expression.substr(equals + 1);
}

}  // namespace

namespace {

// "eth0,eth1", and the option may be repeated.
std::vector<std::string> split_names(const std::vector<std::string>& lists) {
  std::vector<std::string> names;
  for (const std::string& list : lists)
    for (const std::string& name : CLI::detail::split(list, ','))
      if (!name.empty()) names.push_back(name);
  if (!lists.empty() && names.empty()) throw CLI::ValidationError("--xdp", "the list of interfaces is empty");
  return names;
}

// The value of --packets, empty if it was not given.
void choose_packets(const std::string& value, EdgeOptions& edge) {
  if (value.empty()) return;
  edge.packets = true;
  if (value == "headers") return;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), edge.snap_bytes);
  if (error != std::errc() || end != value.data() + value.size() || !edge.snap_bytes || edge.snap_bytes > 16383)
    throw CLI::ValidationError("--packets", "'" + value + "' is not a number of bytes from 1 to 16383");
}

void add_network_options(CLI::App& app, Options& options, std::string& packets) {
  EdgeOptions& edge = options.edge;
  auto add = [&](CLI::Option* option) { return option->group("Network"); };
  auto* xdp =
      add(app.add_option_function<std::vector<std::string>>(
                 "--xdp", [&edge](const std::vector<std::string>& lists) { edge.interfaces = split_names(lists); },
                 "Observe what comes in through these interfaces; without COMMAND and -p no system calls are recorded")
              ->type_name("IFACE,...")
              ->allow_extra_args(false)
              ->take_all());
  static const std::map<std::string, XdpMode> kModes = {
      {"auto", XdpMode::kAuto}, {"native", XdpMode::kNative}, {"generic", XdpMode::kGeneric}};
  add(app.add_option_function<std::string>(
             "--xdp-mode",
             [&edge](const std::string& name) {
               if (!kModes.contains(name))
                 throw CLI::ValidationError("--xdp-mode", "'" + name + "' is none of auto, native and generic");
               edge.mode = kModes.at(name);
             },
             "auto: in the driver if it can, else generic; or native, generic")
          ->type_name("MODE"))
      ->needs(xdp);
  add(app.add_flag("--packets{headers}", packets,
                   "Record each packet: its headers, or with --packets=N its first N bytes"))
      ->needs(xdp);
  add(app.add_option("--rules", edge.rules.file, "Network rules (docs/network.md); SIGHUP reads them again")
          ->type_name("FILE"))
      ->needs(xdp);
  add(app.add_option("--rule", edge.rules.texts, "One network rule, as a line of a rules file; may be repeated")
          ->type_name("RULE")
          ->allow_extra_args(false)
          ->take_all())
      ->needs(xdp);
  add(app.add_flag("--dry-run", edge.rules.dry_run, "Drop nothing, only say what would be dropped"))->needs(xdp);
  add(app.add_option_function<double>(
             "--flow-interval",
             [&edge](double seconds) {
               edge.flow_interval = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
             },
             "Write flows and counters so often (default: 5)")
          ->type_name("SECONDS")
          ->check(CLI::Range(0.1, 3600.0)))
      ->needs(xdp);
  add(app.add_option("--flows", edge.flows, "Flows that are remembered at a time")
          ->type_name("N")
          ->check(CLI::Range(256u, 16u << 20))
          ->capture_default_str())
      ->needs(xdp);
  add(app.add_flag("--syscalls", options.machine_syscalls,
                   "With --xdp alone: the system calls of the whole machine too"))
      ->needs(xdp);
}

// A group by name or number.
gid_t group_named(const std::string& name) {
  gid_t id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  if (!name.empty() && error == std::errc() && end == name.data() + name.size()) return id;
  if (const group* known = ::getgrnam(name.c_str())) return known->gr_gid;
  throw CLI::ValidationError(
      "--group", fmt::format("there is no group '{}' (getent group lists them); a number is taken as it is", name));
}

// --mark TEXT PID: nothing else is on the line.
void choose_mark(const CLI::App& app, const CLI::Option& mark, Options& options) {
  for (const CLI::Option* other : app.get_options())
    if (other != &mark && other->count())
      throw CLI::ValidationError("--mark", "goes with the recorder's process id and nothing else: --mark TEXT PID");
  const std::vector<std::string> words = app.remaining();
  if (words.size() != 1)
    throw CLI::ValidationError("--mark", "takes the text and the recorder's process id: --mark TEXT PID");
  const std::string& pid = words.front();
  const auto [end, error] = std::from_chars(pid.data(), pid.data() + pid.size(), options.marked_recorder);
  if (error != std::errc() || end != pid.data() + pid.size() || options.marked_recorder <= 0)
    throw CLI::ValidationError("--mark", fmt::format("'{}' is not the process id of a recorder", pid));
  if (options.mark.empty()) throw CLI::ValidationError("--mark", "the text is empty");
  if (options.mark.size() > kMaxMarkBytes)
    throw CLI::ValidationError("--mark", fmt::format("the text is {} bytes long, and at most {} are taken",
                                                     options.mark.size(), kMaxMarkBytes));
}

}  // namespace

ParsedOptions parse_options(int argc, char** argv) {
  ParsedOptions parsed;
  Options& options = parsed.options;
  std::vector<std::string> pid_lists, traces, comms, users, cgroups, min_durations;
  bool no_follow = false, successful = false, failed = false;
  std::string probe = "auto";

  CLI::App app{
      "Usage: ebpf-record [OPTIONS] [--] [COMMAND [ARG...]]\n\n"
      "Records what processes do (system calls with their files, forks, execs, exits) into one trace file."};
  app.name("ebpf-record");
  app.footer(kExamples);
  app.set_version_flag("-V,--version", fmt::format("ebpf-record {}", kVersion));
  app.prefix_command();
  app.add_option("-o,--output", options.output, "Trace file; '-' is standard output")->capture_default_str();
  app.add_option("-p,--pid", pid_lists, "Record these processes and their descendants: \"1,2 3\"; may be repeated")
      ->type_name("PIDS")
      ->allow_extra_args(false)
      ->take_all();
  auto list_option = [&](const char* names, std::vector<std::string>& values, const char* type, const char* what) {
    return app.add_option(names, values, what)->type_name(type)->allow_extra_args(false)->take_all();
  };
  std::vector<std::string> rotate;
  list_option("--rotate", rotate, "SIZE|TIME",
              "Record in parts of this size (100M) or time (10min): run.0001.trace, run.0002.trace, ...; a new one "
              "on SIGUSR2, too");
  auto* keep = app.add_option("--keep", options.rotation.keep, "Keep so many parts; older ones are removed")
                   ->type_name("N")
                   ->check(CLI::Range(1u, 1'000'000u));
  list_option("-e,--trace", traces, "[trace=]SET",
              "Record these system calls: open,close  !read  %file  @open  /^epoll_  ?maybe; may be repeated");
  list_option("--comm", comms, "NAMES", "Record processes of these names, and their descendants");
  list_option("-u,--user", users, "USERS", "Record processes of these users (names or numbers), and their descendants");
  list_option("--cgroup", cgroups, "PATH",
              "Record processes in and below this control group, and their descendants; may be repeated");
  auto* no_follow_flag = app.add_flag("--no-follow", no_follow, "Leave descendants out, unless they fit themselves");
  auto* successful_flag = app.add_flag("-z,--successful-only", successful, "Record only calls that succeed");
  auto* failed_flag =
      app.add_flag("-Z,--failed-only", failed, "Record only calls that fail")->excludes(successful_flag);
  list_option("--min-duration", min_durations, "TIME", "Record only calls that take at least so long: 250us, 1.5ms, 2s")
      ->take_last();
  app.add_option("--config", options.config, "Read what to record from this file, and again on SIGHUP")
      ->type_name("FILE");
  app.add_option("--probe", probe, "How to get to system calls: auto, tracepoint, kprobe, fentry")
      ->type_name("BACKEND")
      ->check(CLI::IsMember({"auto", "tracepoint", "kprobe", "fentry"}))
      ->capture_default_str();
  auto* no_latency = app.add_flag("--no-latency", options.no_latency,
                                  "Look at calls when they return only: some 30 % cheaper; no durations, no files of "
                                  "close, nothing of calls that have not returned at the end");
  app.add_option("-d,--duration", options.seconds, "Stop after so many seconds; COMMAND is left running")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 1e9));
  app.add_option("-s,--string-limit", options.content.bytes,
                 "Keep at most so many bytes of a string or buffer; paths are kept whole")
      ->type_name("BYTES")
      ->check(CLI::Range(0u, ContentOptions::kMaxBytes))
      ->capture_default_str();
  app.add_flag("--data", options.content.data,
               "Keep what read, write, send and the like move, too (up to -s bytes of each buffer)");
  app.add_option("--env", options.environment, "Keep these variables of each program's environment; may be repeated")
      ->type_name("NAME,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->take_all();
  app.add_flag_callback(
      "--no-snapshot", [&options] { options.snapshot = false; },
      "Keep nothing of what already runs: no command lines, ancestors, open files");
  app.add_option_function<std::string>(
         "--ancestors", [&options](const std::string& detail) { options.full_ancestors = detail == "full"; },
         "What to keep of processes that are not recorded but lead to those that are: name (with pid and parent; the "
         "default), or "
         "full: their command lines too, with whatever secrets are in them")
      ->type_name("DETAIL")
      ->check(CLI::IsMember({"name", "full"}));
  app.add_option("--interval", options.interval_seconds, "Seconds between samples of the machine's counters; 0: none")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str();
  std::string ring_size = "16M";
  app.add_option("--ring-size", ring_size,
                 "Kernel ring per CPU, 64K to 1G, in MiB without a unit; rounded up to a power of two")
      ->type_name("SIZE")
      ->capture_default_str();
  std::string level = "auto";
  app.add_option("--level", level,
                 "zstd compression level, 1 to 19, or auto: 5 while CPUs are idle and calls are few, 2 otherwise")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--btf", options.btf_file,
                 "This kernel's type information, where /sys/kernel/btf/vmlinux is not visible")
      ->type_name("FILE");
  app.add_flag("--doctor", options.doctor, "Say what this machine permits and what is missing, and record nothing");
  app.add_flag("--inspect", options.inspect,
               "Show the BPF object inside this program and what the kernel makes of it (-v: more)");
  auto* quiet = app.add_flag("-q,--quiet", options.quiet, "Print errors only");
  app.add_option("--host-label", options.host_label,
                 "Name of this machine in the trace; without it, the trace has none")
      ->type_name("TEXT");
  std::string group;
  auto* readers = app.add_option("--group", group, "Let this group read the trace (mode 0640)")->type_name("NAME");
  auto* mark = app.add_option("--mark", options.mark,
                              "Put this text into the running recording of the recorder with the process id PID, as an "
                              "event of its own; nothing is recorded")
                   ->type_name("TEXT PID");
  app.add_flag("-v,--verbose", options.verbose, "Say what is done, and by which means")->excludes(quiet);

  std::string packets, shell;
  add_network_options(app, options, packets);
  predicate::add_completion_option(app, shell);

  try {
    app.parse(argc, argv);
    if (!shell.empty()) {
      fmt::print("{}", completion_of(app, shell));
      parsed.exit_status = 0;
      return parsed;
    }
    if (*mark) {
      choose_mark(app, *mark, options);
      return parsed;
    }
    for (const std::string& name : options.environment)
      if (!is_variable_name(name))
        throw CLI::ValidationError("--env",
                                   fmt::format("'{}' is not the name of an environment variable such as PATH", name));
    for (const std::string& limit : rotate) try {
        options.rotation.add(limit);
      } catch (const std::invalid_argument& error) {
        throw CLI::ValidationError("--rotate", error.what());
      }
    if (*keep && !options.rotation.wanted()) throw CLI::ValidationError("--keep", "there are parts only with --rotate");
    if (*readers && options.output == "-")
      throw CLI::ValidationError("--group", "there is a file that a group can read only with -o FILE");
    if (*readers) options.readers = group_named(group);
    options.back_end = back_end_named(probe);
    options.ring_bytes = chosen_ring_size(ring_size);
    if (*no_latency) {
      if (options.back_end.value_or(BackEnd::kTracepoint) != BackEnd::kTracepoint)
        throw CLI::ValidationError("--no-latency", fmt::format("takes --probe tracepoint or auto, not {}", probe));
      options.back_end = BackEnd::kTracepoint;
    }
    for (std::string& trace : traces) trace = set_of(trace);
    add_all(options.filter, "-e", "trace", traces);
    add_all(options.filter, "--pid", "pid", pid_lists);
    add_all(options.filter, "--comm", "comm", comms);
    add_all(options.filter, "--user", "user", users);
    add_all(options.filter, "--cgroup", "cgroup", cgroups);
    add_all(options.filter, "--min-duration", "min-duration", min_durations);
    if (no_follow) options.filter.follow = false;
    if (successful) options.filter.outcome = Filter::Outcome::kSuccessful;
    if (failed) options.filter.outcome = Filter::Outcome::kFailed;
    if (!options.config.empty()) {
      if (!traces.empty() || !pid_lists.empty() || !comms.empty() || !users.empty() || !cgroups.empty() ||
          !min_durations.empty() || *no_follow_flag || *successful_flag || *failed_flag)
        throw CLI::ValidationError("--config", "what to record comes from the file or from options, not from both");
      options.filter = read_config(options.config);
    }
    if (*no_latency && options.filter.min_duration_ns)
      throw CLI::ValidationError("--no-latency",
                                 "durations are not measured with it: leave away the least one "
                                 "(--min-duration, or min-duration of --config)");
    options.command = app.remaining();
    if (!options.command.empty() && options.command.front() == "--")
      options.command.erase(options.command.begin());
    else if (!options.command.empty() && options.command.front().starts_with('-'))
      throw CLI::ExtrasError({options.command.front()});
    options.level = chosen_level(level);
    choose_packets(packets, options.edge);
    options.edge.verbose = options.verbose;
    if (!options.command.empty() && !options.filter.pids.empty())
      throw CLI::ValidationError("--pid", "either processes (-p) or a COMMAND, not both");
    if (options.interval_seconds > 0 && options.interval_seconds < kShortestInterval)
      throw CLI::ValidationError("--interval", fmt::format("{} s is too short: 0, or at least {} s",
                                                           options.interval_seconds, kShortestInterval));
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", predicate::wrapped(app.help(), predicate::output_width()));
    parsed.exit_status = 0;
  } catch (const CLI::Success& success) {
    app.exit(success);
    parsed.exit_status = 0;
  } catch (const ConfigError& error) {
    fmt::print(stderr, "ebpf-record: {}\n", error.what());
    parsed.exit_status = kExitUsage;
  } catch (const CLI::Error& error) {
    fmt::print(stderr, "ebpf-record: {}\nTry 'ebpf-record --help'.\n", error.what());
    parsed.exit_status = kExitUsage;
  }
  return parsed;
}

}  // namespace ebpftrace::recorder
