// SPDX-License-Identifier: Apache-2.0
// What processes had open at a moment, as lsof lists it: by process id; the working directory, the program, then descriptors.
#include <fcntl.h>

#include "analyzer/questions/cells.h"
#include "analyzer/questions/moment_option.h"

namespace ebpftrace::analyzer {
namespace {

std::vector<ResultColumn> columns() {
  return {{"process", Unit::kText, "COMMAND", "Command name of the process then."},
          {"pid", Unit::kIdentity, "PID", "Process id."},
          {"user", Unit::kText, "USER", "Its effective user's name, else the id."},
          {"fd", Unit::kText, "FD", "", Show::kOnlyPeople},
          {"fd", Unit::kIdentity, "", "The descriptor; nothing if it is none."},
          {"role",
           Unit::kText,
           "",
           "What it is to the process: a descriptor, its working directory, its program, or what is not known.",
           Show::kAlways,
           {"fd", "cwd", "txt", "unknown"}},
          {"access", Unit::kText, "", "What it was opened for: r, w or u (both).", Show::kAlways, {"r", "w", "u"}},
          {"type", Unit::kText, "TYPE", "What kind of file it is.", Show::kAlways, file_types()},
          {"device", Unit::kText, "DEVICE", "Device of its file system, of a device node its own, as major,minor.",
           Show::kIfRoom},
          {"offset", Unit::kNumber, "OFFSET", "Where in a regular file it is, where that is known.", Show::kIfRoom},
          {"inode", Unit::kIdentity, "NODE", "Inode number.", Show::kIfRoom},
          {"since_ns", Unit::kTime, "SINCE",
           "Since when it was open; nothing: since before the recording began, or the part of it.", Show::kIfRoom},
          {"flags", Unit::kNumber, "", "O_* flags of the open file."},
          {"close_on_exec", Unit::kTruth, "", "An exec closes it."},
          {"path_deleted", Unit::kTruth, "", "It was no longer in its directory, or never was in one."},
          {"path", Unit::kText, "", "The kernel's path of it; nothing: not known."},
          {"name", Unit::kText, "NAME",
           "The path, or the addresses of a socket, as behind the descriptors of calls; of what is not known, why."}};
}

Cell access_of(const FileThen& file) {
  if (!file.flags || *file.flags & O_PATH) return {};
  static constexpr std::string_view kAccess[] = {"r", "w", "u", ""};
  return text_cell(kAccess[*file.flags & O_ACCMODE]);
}

Result answer(const Source& source, const Asked& asked) {
  const trace::ReadScope scope;
  const StateThen then = state_asked_for(source, asked);
  Result result("lsof", columns());
  auto next = then.files.begin();
  for (uint32_t i = 0; i < then.processes.size(); ++i) {
    const ProcessThen& process = then.processes[i];
    const std::string user = process.user.empty() ? std::to_string(process.uid) : process.user;
    auto other = [&](const char* role, const char* type, const std::string& path, const std::string& name) {
      result.add({process.name, uint64_t{process.pid}, user, std::string(role), Cell(), std::string(role), Cell(),
                  *type ? Cell(std::string(type)) : Cell(), Cell(), Cell(), Cell(), Cell(), Cell(), Cell(), Cell(),
                  text_cell(path), name});
    };
    if (!process.cwd.empty()) other("cwd", "dir", process.cwd, process.cwd);
    if (!process.exe.empty()) other("txt", "file", process.exe, process.exe);
    for (; next != then.files.end() && next->process == i; ++next) {
      const FileThen& file = *next;
      const Cell access = access_of(file);
      std::string fd = std::to_string(file.fd);
      if (const auto* letter = std::get_if<std::string>(&access)) fd += *letter;
      std::string name = file.shown;
      if (name.empty()) name = "not knowable: it was not used within the recording";
      if (file.deleted && !name.ends_with(')')) name += " (deleted)";
      result.add({process.name, uint64_t{process.pid}, user, fd, uint64_t{file.fd}, std::string("fd"), access,
                  file.type,
                  file.device ? Cell(fmt::format("{},{}", *file.device >> 20, *file.device & 0xfffff)) : Cell(),
                  cell_of(file.offset), file.inode ? Cell(*file.inode) : Cell(), cell_of(file.since_ns),
                  file.flags ? Cell(uint64_t{*file.flags}) : Cell(), file.close_on_exec, file.deleted,
                  text_cell(file.path), name});
    }
    if (process.files == FilesKnown::kNone)
      other("unknown", "", "", "not knowable: " + then.files_unknown);
    else if (process.files == FilesKnown::kUsed)
      other("unknown", "", "", "not knowable: what it had open before it was recorded and has not used since");
  }
  finish(result, then, source, scope);
  return result;
}

}  // namespace

extern constinit const Question kLsofQuestion{.name = "lsof",
                                              .help = "What processes had open at a moment (--at), as lsof lists it",
                                              .place = 53,
                                              .takes = {.stop = true, .options = kAtMoment},
                                              .columns = columns,
                                              .answer = answer};

}  // namespace ebpftrace::analyzer
