// SPDX-License-Identifier: Apache-2.0
// What is not a table when people read it: the summary, and the lines of --events.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "analyzer/tables/answer_tables.h"
#include "analyzer/text/call_text.h"
#include "analyzer/text/escape.h"

namespace ebpftrace::analyzer {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_terminal(out, text);
  return out;
}

std::string wall_clock(int64_t real_ns) {
  const std::time_t seconds = real_ns / 1'000'000'000;
  std::tm local{};
  if (real_ns <= 0 || !::localtime_r(&seconds, &local)) return "unknown";
  char text[64];
  const size_t size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z", &local);
  return std::string(text, size);
}

}  // namespace

void append_event_line(std::string& out, const Event& event) {
  std::string line = fmt::format("{:>14} ", human_time(event.time_ns));
  line += event.cpu ? fmt::format("{:>2} ", *event.cpu) : " - ";
  if (event.pid == event.tid)
    line += event.pid ? fmt::format("{:>7} ", event.pid) : "      - ";
  else
    line += fmt::format("{:>7} ", fmt::format("{}/{}", event.pid, event.tid));
  const std::string process = escaped(event.pid ? event.process : "-");
  line += process;
  if (process.size() < 15) line.append(15 - process.size(), ' ');
  line += ' ';
  append_terminal(line, event.event);
  if (event.duration_ns) {
    line += '(';
    append_terminal(line, event.args);
    line += ") = ";
    append_terminal(line, event.result_text);
    line += " <" + human_duration(*event.duration_ns);
    if (event.began_before) line += ", began before";
    if (event.unfinished && event.returns) line += ", unfinished";
    if (event.is_32bit) line += ", 32-bit";
    line += '>';
  } else {
    line += ' ';
    append_terminal(line, event.args);
  }
  out += line;
  out += '\n';
}

void write_summary(const Summary& summary, const Write& write) {
  std::string out;
  auto fact = [&](std::string_view name, std::string_view value) { out += fmt::format("{:<16} {}\n", name, value); };
  fact("recorded",
       fmt::format("{}, {} long", wall_clock(summary.facts.start_real_ns), human_duration(summary.duration_ns)));
  if (summary.facts.part) fact("part", fmt::format("{} of a recording in several files", summary.facts.part));
  std::string command;
  for (const std::string& word : summary.facts.command_line) command += (command.empty() ? "" : " ") + word;
  if (!command.empty()) fact("command", escaped(command));
  const std::string label = summary.facts.host_label.empty() ? "" : summary.facts.host_label + ": ";
  fact("host", escaped(label + summary.facts.kernel + " " + summary.facts.machine) +
                   fmt::format(", {} CPUs", summary.facts.possible_cpus));
  fact("probe", escaped(summary.facts.probe));
  if (!summary.facts.filter.empty()) fact("filter", escaped(summary.facts.filter));
  std::string by_type;
  for (const TypeCount& count : summary.by_type)
    by_type += fmt::format("{}{} {}", by_type.empty() ? "" : ", ", count.events, escaped(count.type));
  fact("events", fmt::format("{}{}", summary.events, by_type.empty() ? "" : " (" + by_type + ")"));
  fact("processes", fmt::format("{} with {} threads", summary.processes, summary.threads));
  if (!summary.containers.empty()) {
    constexpr size_t kNamed = 5;
    std::string names;
    for (size_t i = 0; i < std::min(kNamed, summary.containers.size()); ++i)
      names += fmt::format("{}{} ({} processes)", i ? ", " : "", escaped(summary.containers[i].container),
                           summary.containers[i].processes);
    fact("containers",
         fmt::format("{}: {}{}", summary.containers.size(), names, summary.containers.size() > kNamed ? ", ..." : ""));
  }
  fact("system calls", std::to_string(summary.syscalls));
  if (summary.began_before)
    fact("", fmt::format("{} of them began before {} recorded: {} at least as long as shown", summary.began_before,
                         summary.began_before == 1 ? "its thread was" : "their threads were",
                         summary.began_before == 1 ? "it took" : "they took"));
  fact("read", human_bytes(summary.read_bytes));
  fact("written", human_bytes(summary.write_bytes));
  if (summary.io_uring_processes)
    fact("not visible", fmt::format("what {} process{} did through io_uring", summary.io_uring_processes,
                                    summary.io_uring_processes == 1 ? "" : "es"));
  const std::string per_call =
      summary.syscalls ? fmt::format(", {:.2f} bytes per system call",
                                     static_cast<double>(summary.file_bytes) / static_cast<double>(summary.syscalls))
                       : "";
  fact("file", human_bytes(summary.file_bytes) + per_call);
  if (!summary.cost.stopped_by.empty()) fact("stopped by", escaped(summary.cost.stopped_by));
  if (summary.cost.cpu_ns)
    fact("recorder",
         fmt::format(
             "{} CPU time, {} memory{}", human_duration(summary.cost.cpu_ns), human_bytes(summary.cost.max_rss_bytes),
             summary.cost.bpf_runs ? fmt::format(", {} in BPF programs", human_duration(summary.cost.bpf_ns)) : ""));
  const Coverage& coverage = summary.coverage;
  if (!coverage.lost_known)
    fact("lost", coverage.lost ? fmt::format("at least {}; the trace has no closing account", coverage.lost)
                               : "unknown: the trace has no closing account");
  else
    fact("lost", coverage.lost ? std::to_string(coverage.lost) : "nothing");
  for (const LostEvents& lost : coverage.losses)
    fact("", fmt::format("{}: {} {} ({})", lost.cpu == trace::kNoCpu ? "CPU unknown" : fmt::format("CPU {}", lost.cpu),
                         lost.count, escaped(lost.type), lost.reason));
  if (!coverage.complete) fact("complete", "no: the trace is damaged or has no end");
  write(out);
}

}  // namespace ebpftrace::analyzer
