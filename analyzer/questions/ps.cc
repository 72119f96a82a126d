// SPDX-License-Identifier: Apache-2.0
// The processes of a moment, as ps lists them: by process id.
#include "analyzer/questions/cells.h"
#include "analyzer/questions/moment_option.h"

namespace ebpftrace::analyzer {
namespace {

std::vector<ResultColumn> columns() {
  return {{"pid", Unit::kIdentity, "PID", "Process id."},
          {"ppid", Unit::kIdentity, "PPID",
           "Process id of its parent; nothing if that had ended: who took over is not known."},
          {"uid", Unit::kIdentity, "", "Effective user id then."},
          {"user", Unit::kText, "USER", "Its name, else the id."},
          {"start_ns", Unit::kTime, "START", "When the process began."},
          {"elapsed_ns", Unit::kDuration, "ELAPSED", "How long it had run.", Show::kIfRoom},
          {"threads", Unit::kNumber, "THREADS", "Threads that it had, as far as they are known.", Show::kIfRoom},
          {"call", Unit::kText, "CALL",
           "System call that it was in: its first thread, else another one. Nothing: in none that is recorded."},
          {"call_duration_ns", Unit::kDuration, "FOR",
           "How long it had been in that call; at least, if the call began before its thread was recorded."},
          {"calls", Unit::kNumber, "", "Threads that were in a call."},
          {"process", Unit::kText, "", "Command name then."},
          {"exe", Unit::kText, "", "Program file."},
          {"cwd", Unit::kText, "", "Working directory."},
          {"command", Unit::kText, "COMMAND", "", Show::kOnlyPeople},
          {"command", Unit::kText, "", "Arguments, quoted for a shell where they need it; nothing: not known."}};
}

Result answer(const Source& source, const Asked& asked) {
  const trace::ReadScope scope;
  const StateThen then = state_asked_for(source, asked);
  Result result("ps", columns());
  for (const ProcessThen& process : then.processes) {
    const CallThen* call = nullptr;
    for (const CallThen& one : process.calls)
      if (!call || one.tid == process.pid) call = &one;
    std::string command = with_cut_mark(process.command, process.command_cut);
    result.add({uint64_t{process.pid}, process.ppid ? Cell(uint64_t{*process.ppid}) : Cell(), uint64_t{process.uid},
                process.user.empty() ? std::to_string(process.uid) : process.user, process.start_ns,
                static_cast<uint64_t>(std::max<int64_t>(then.time_ns - process.start_ns, 0)), uint64_t{process.threads},
                call ? Cell(call->name) : Cell(),
                call ? Cell(static_cast<uint64_t>(std::max<int64_t>(then.time_ns - call->start_ns, 0))) : Cell(),
                uint64_t{process.calls.size()}, process.name, text_cell(process.exe), text_cell(process.cwd),
                command.empty() ? "[" + process.name + "]" : command, text_cell(command)});
  }
  finish(result, then, source, scope);
  return result;
}

}  // namespace

extern constinit const Question kPsQuestion{.name = "ps",
                                            .help = "Processes at a moment (--at), as ps lists them",
                                            .place = 52,
                                            .takes = {.stop = true, .options = kAtMoment},
                                            .columns = columns,
                                            .answer = answer};

}  // namespace ebpftrace::analyzer
