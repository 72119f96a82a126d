// SPDX-License-Identifier: Apache-2.0
// What threads of a script do: they fork, exec, call the kernel and exit.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <optional>
#include <stdexcept>
#include <utility>

#include "analyzer/text/call_text.h"
#include "bpf/records.h"
#include "recorder/event_columns.h"
#include "tests/script.h"
#include "tests/script_author.h"

namespace ebpftrace {

using namespace recorder;
using namespace analyzer;

namespace fs = std::filesystem;

namespace {

uint64_t result_of(std::string_view text) {
  if (!text.starts_with('-')) return number(text);
  text.remove_prefix(1);
  if (std::isdigit(static_cast<unsigned char>(text[0]))) return 0 - number(text);
  for (unsigned i = 1; i < 600; ++i)
    if (errno_name(i) == text) return 0 - uint64_t{i};
  throw std::invalid_argument("not an errno: " + std::string(text));
}

uint32_t mode_of(std::string_view type) {
  static const std::map<std::string_view, uint32_t> modes = {
      {"file", S_IFREG},    {"dir", S_IFDIR},   {"char", S_IFCHR}, {"fifo", S_IFIFO},
      {"socket", S_IFSOCK}, {"block", S_IFBLK}, {"anon", 0}};
  return modes.at(type);
}

unsigned protocol_of(std::string_view transport) {
  static const std::map<std::string_view, unsigned> protocols = {
      {"", IPPROTO_TCP},       {"tcp", IPPROTO_TCP},     {"stream", IPPROTO_TCP}, {"dgram", 0},
      {"udp", IPPROTO_UDP},    {"mptcp", IPPROTO_MPTCP}, {"ping", IPPROTO_ICMP},  {"rawicmp", IPPROTO_ICMP},
      {"rawtcp", IPPROTO_TCP}, {"ping6", IPPROTO_ICMPV6}};
  return protocols.at(transport);
}

// What an argument led to, as one item of the column `content`.
std::string item_of(uint8_t arg, std::string_view bytes, uint8_t flags = 0) {
  const content_item head{arg, flags, static_cast<uint16_t>(bytes.size()), static_cast<uint32_t>(bytes.size())};
  return std::string(reinterpret_cast<const char*>(&head), sizeof head).append(bytes);
}

template <typename Integer>
std::string bytes_of(Integer value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::vector<std::string> pieces_of(const std::string& text, char separator) {
  std::vector<std::string> pieces(1);
  for (const char c : text)
    if (c == separator)
      pieces.emplace_back();
    else
      pieces.back() += c;
  return pieces;
}

}  // namespace

ScriptAuthor::Task& ScriptAuthor::thread(const std::string& text, uint32_t ppid) {
  if (auto known = tasks_.find(text); known != tasks_.end()) return known->second;
  const size_t colon = text.find(':');
  std::string name = text.substr(0, colon);
  uint32_t pid = 0, tid = 0;
  if (colon == std::string::npos) {
    pid = tid = next_pid_++;
  } else {
    const std::string ids = text.substr(colon + 1);
    const size_t dot = ids.find('.');
    pid = tid = static_cast<uint32_t>(number(ids.substr(0, dot)));
    if (dot != std::string::npos) tid = static_cast<uint32_t>(number(ids.substr(dot + 1)));
  }
  return make_task(text, std::move(name), pid, tid, ppid);
}

ScriptAuthor::Task& ScriptAuthor::make_task(const std::string& key, std::string name, uint32_t pid, uint32_t tid,
                                            uint32_t ppid) {
  if (!process_start_.contains(pid)) process_start_[pid] = now_;
  Task& task = tasks_[key] = {next_thread_++, pid, tid, process_start_[pid], name};
  ppid_[pid] = ppid;
  describe(task, name);
  return task;
}

void ScriptAuthor::describe(const Task& task, const std::string& comm) {
  comm_[task.id] = comm;
  using namespace thread_columns;
  trace::OpenBlock& to = rows(EVENT_THREAD);
  to.set(time_ns, now_);
  to.set(start_ns, task.start_ns);
  to.set(process_start_ns, task.start_ns);
  to.set(thread_columns::thread, task.id);
  to.set(tid, task.tid);
  to.set(tgid, task.pid);
  to.set(ppid, ppid_[task.pid]);
  to.set(uid, 1000);
  to.set(gid, 1000);
  to.set(flags, 0);
  to.set(thread_columns::cgroup, cgroup_[task.pid]);
  to.set(ns_tid, task.tid);
  to.set(ns_pid, task.pid);
  to.set_string(thread_columns::comm, comm);
  end_row(to);
}

void ScriptAuthor::add_fork() {
  const std::string name = words_[0];
  const Task parent = caller_;
  const bool is_thread = words_.size() > 1 && words_[1] == "thread",
             shares = words_.size() > 1 && words_[1] == "sharing-files";
  tasks_.erase(name);
  Task* child = nullptr;
  if (is_thread) {
    child = &make_task(name, parent.process, parent.pid, next_pid_++, ppid_[parent.pid]);
  } else if (name.find(':') != std::string::npos) {
    process_start_.erase(static_cast<uint32_t>(number(name.substr(name.find(':') + 1))));
    child = &thread(name, parent.pid);
  } else {
    const uint32_t pid = next_pid_++;
    child = &make_task(name, parent.process, pid, pid, parent.pid);
  }
  using namespace fork_columns;
  trace::OpenBlock& to = rows(EVENT_FORK);
  to.set(time_ns, now_);
  to.set(clone_flags, is_thread ? 0x3d0f00 : shares ? 0x400 | 17 : 17);
  to.set(fork_columns::thread, parent.id);
  to.set(fork_columns::child, child->id);
  to.set(cpu, 0);
  end_row(to);
}

void ScriptAuthor::add_exec() {
  std::map<std::string, uint32_t> files;
  for (size_t equals; (equals = words_.at(0).find('=')) != std::string::npos; words_.erase(words_.begin()))
    files[words_[0].substr(0, equals)] =
        file(words_[0].substr(equals + 1), words_[0].starts_with("cwd=") ? "dir" : "file");
  std::string argv;
  for (size_t i = 1; i < words_.size(); ++i) argv += words_[i] + '\0';
  const std::string name = fs::path(words_.at(0)).filename();
  describe(caller_, name);
  using namespace exec_columns;
  trace::OpenBlock& to = rows(EVENT_EXEC);
  to.set(time_ns, now_);
  to.set(exec_columns::thread, caller_.id);
  to.set(old_tid, caller_.tid);
  to.set(cpu, 0);
  to.set_string(comm, name);
  to.set_string(filename, words_[0]);
  to.set_string(exec_columns::argv, argv);
  to.set(exec_columns::exe, files["exe"]);
  to.set(exec_columns::cwd, files["cwd"]);
  to.set(exec_columns::program, files["program"]);
  end_row(to);
}

void ScriptAuthor::describe_cgroup(uint64_t id, const std::string& path) {
  using namespace cgroup_columns;
  trace::OpenBlock& to = rows(EVENT_CGROUP);
  to.set(time_ns, now_);
  to.set(cgroup_columns::cgroup, id);
  to.set_string(cgroup_columns::path, path);
  end_row(to);
}

void ScriptAuthor::add_cgroup() {
  const auto [found, first] = cgroups_.try_emplace(words_.at(0), 5000 + cgroups_.size());
  if (first) describe_cgroup(found->second, words_[0]);
  cgroup_[caller_.pid] = found->second;
  describe(caller_, caller_.process);
}

void ScriptAuthor::add_exit() {
  const std::string& how = words_.at(0);
  uint64_t code = 0;
  if (how.starts_with("SIG")) {
    for (unsigned i = 1; i < 32; ++i)
      if (signal_name(i) == how) code = i;
  } else {
    code = number(how) << 8;
  }
  std::map<std::string, uint64_t> used;
  while (words_.size() > 1 && words_.back().find('=') != std::string::npos) {
    const size_t equals = words_.back().find('=');
    used[words_.back().substr(0, equals)] = duration(std::string_view(words_.back()).substr(equals + 1));
    words_.pop_back();
  }
  const bool last = words_.size() < 2 || words_[1] != "thread";
  using namespace exit_columns;
  trace::OpenBlock& to = rows(EVENT_EXIT);
  to.set(time_ns, now_);
  to.set(exit_columns::thread, caller_.id);
  to.set(status, code);
  to.set(group_status, words_.size() > 1 && words_[1] == "group" ? code : 0);
  to.set(flags, (last ? EXIT_LAST_THREAD : 0) | (words_.size() > 1 && words_[1] == "group" ? EXIT_GROUP_STATUS : 0));
  to.set(cpu, 0);
  for (const auto& [name, column] : {std::pair("user", +user_ns),
                                     {"system", +system_ns},
                                     {"rss", +max_rss_bytes},
                                     {"minor", +minor_faults},
                                     {"major", +major_faults},
                                     {"read", +read_bytes},
                                     {"written", +written_bytes},
                                     {"voluntary", +voluntary_switches},
                                     {"involuntary", +involuntary_switches}})
    to.set(column, used.contains(name) ? used.extract(name).mapped() : 0);
  if (!used.empty()) throw std::invalid_argument("exit has no " + used.begin()->first);
  end_row(to);
}

uint32_t ScriptAuthor::file(const std::string& path, const std::string& file_type, const ScriptSocket& socket,
                            const std::string& was) {
  const auto [found, first] = files_.try_emplace(path + '\0' + file_type);
  KnownFile& known = found->second;
  if (!first && (socket == known.socket || socket.local.empty())) return known.id;
  known.id = ++last_file_;
  if (first) known.inode = was.empty() ? 1000 + known.id : files_.at(was + '\0' + file_type).inode;
  known.socket = socket;
  describe_file(path, file_type, known);
  return known.id;
}

void ScriptAuthor::describe_file(const std::string& path, const std::string& file_type, const KnownFile& known) {
  const ScriptSocket& socket = known.socket;
  using namespace file_columns;
  trace::OpenBlock& to = rows(EVENT_FILE);
  to.set(time_ns, now_);
  to.set(inode, known.inode);
  to.set(file_columns::file, known.id);
  for (unsigned column : {device, generation, rdev, filesystem, flags}) to.set(column, 0);
  to.set(mode, mode_of(file_type) | 0644);
  to.set_string(file_columns::path, path);
  to.set(file_columns::protocol, socket.protocol);
  to.set(netns, socket.netns);
  to.set(socket_type, socket.is_raw ? unsigned{SOCK_RAW} : socket.type);
  if (!socket.local.empty()) to.set_string(file_columns::local, sockaddr_of(socket.local));
  if (!socket.remote.empty()) to.set_string(file_columns::remote, sockaddr_of(socket.remote));
  end_row(to);
}

void ScriptAuthor::add_call(const std::string& name) {
  const trace::SyscallType* call = nullptr;
  for (uint16_t i = 0; i < 512 && !call; ++i)
    if (const trace::SyscallType* candidate = calls_.find(i); candidate && candidate->name == name) call = candidate;
  if (!call && !name.starts_with("syscall_")) throw std::invalid_argument("no such call: " + name);

  std::map<std::string, std::string> named;
  uint64_t result = 0, call_flags = 0;
  for (const std::string& word : words_) {
    const size_t equals = word.find('=');
    if (word == "unfinished")
      call_flags |= SYSCALL_UNFINISHED;
    else if (word == "32bit")
      call_flags |= SYSCALL_COMPAT;
    else if (word == "began-before")
      call_flags |= SYSCALL_BEGAN_BEFORE;
    else if (word == "no-arguments")
      call_flags |= SYSCALL_NO_ARGS;
    else if (word == "reversed")
      call_flags |= SYSCALL_REVERSED;
    else if (equals == std::string::npos)
      result = result_of(word);
    else
      named[word.substr(0, equals)] = word.substr(equals + 1);
  }
  const std::string file_type = named.contains("type") ? named["type"] : "file";
  const ScriptSocket socket{named.contains("local") ? named["local"] : "",
                            named.contains("remote") ? named["remote"] : "",
                            protocol_of(named["transport"]),
                            named.contains("netns") ? static_cast<uint32_t>(number(named["netns"])) : 0,
                            named["transport"].starts_with("raw"),
                            named["transport"] == "stream"  ? unsigned{SOCK_STREAM}
                            : named["transport"] == "dgram" ? unsigned{SOCK_DGRAM}
                                                            : 0};
  const uint32_t file_id = named.contains("file") ? file(named["file"], file_type, socket, named["was"]) : 0;
  const uint32_t file2_id =
      named.contains("file2") ? file(named["file2"], named.contains("type2") ? named["type2"] : file_type) : 0;
  const uint32_t cwd_id = named.contains("cwd") ? file(named["cwd"], "dir") : 0;
  const uint32_t cpu = named.contains("cpu") ? static_cast<uint32_t>(number(named["cpu"])) : 0;
  auto bytes = [&](const char* which) { return named.contains(which) ? number(named[which]) : 0; };
  const uint64_t moved_bytes = bytes("moved"), peeked_bytes = bytes("peeked");
  if (named.contains("moved") || named.contains("peeked")) call_flags |= SYSCALL_MOVED;
  if (named.contains("peeked")) call_flags |= SYSCALL_PEEKED;
  const std::string peer = named["peer"], fds = named["fds"], passes = named["passes"];
  const std::optional<std::string> data = named.contains("data") ? std::optional(named["data"]) : std::nullopt;
  const uint64_t took = !timed_ ? 0 : named.contains("dur") ? duration(named["dur"]) : 1000;
  if (!timed_) call_flags |= SYSCALL_NO_DURATION;
  for (const char* known : {"type", "was", "file", "file2", "cwd", "cpu", "dur", "local", "remote", "transport",
                            "moved", "peeked", "netns", "type2", "peer", "fds", "passes", "data"})
    named.erase(known);

  using namespace syscall_columns;
  trace::OpenBlock& to = rows(EVENT_SYSCALL, cpu);
  for (unsigned column = 0; column < syscall_columns::count; ++column) to.set(column, 0);
  for (unsigned i = 0, paths = 0; i < 6; ++i) {
    to.set(arg0 + i, 0);
    if (!call || i >= call->args.size()) continue;
    const trace::SyscallArg& arg = call->args[i];
    const auto given = named.extract(arg.name);
    if (arg.type == "path") {
      const unsigned column = syscall_columns::path + paths++;
      if (given && column <= path2) {
        to.set(arg0 + i, 0x7ffc0000);
        if (given.mapped() == "UNREADABLE")
          to.set_string(column, "", 0, 1);
        else if (given.mapped().ends_with("..."))
          to.set_string(column, given.mapped().substr(0, given.mapped().size() - 3), 7);
        else
          to.set_string(column, given.mapped());
      }
    } else if (given) {
      to.set(arg0 + i, result_of(given.mapped()));
    }
  }
  if (!named.empty()) throw std::invalid_argument(name + " has no argument " + named.begin()->first);
  to.set(time_ns, now_);
  to.set(duration_ns, took);
  to.set(syscall_columns::result, result);
  to.set(syscall_columns::thread, caller_.id);
  to.set(syscall_columns::file, file_id);
  to.set(file2, file2_id);
  to.set(syscall_columns::cwd, cwd_id);
  std::string items;
  if (!peer.empty()) items += item_of(4, sockaddr_of(peer));
  for (uint8_t i = 0; call && i < call->args.size(); ++i) {
    const std::string& type = call->args[i].type;
    if (!fds.empty() && type == "fdpair") {
      std::string pair;
      for (const std::string& fd : pieces_of(fds, ',')) pair += bytes_of(static_cast<uint32_t>(ebpftrace::number(fd)));
      items += item_of(i, pair);
    }
    if (data && type == "pointer") items += item_of(i, *data);
    if (data && type == "iovec") {
      items += item_of(i, std::string(16 * pieces_of(*data, '/').size(), '\0'));
      for (const std::string& buffer : pieces_of(*data, '/'))
        items += item_of(i, buffer, CONTENT_PART | CONTENT_BUFFER);
    }
    if (type == "msghdr" && (data || !passes.empty())) {
      items += item_of(i, std::string(56, '\0'));
      if (data) items += item_of(i, *data, CONTENT_PART | CONTENT_BUFFER);
      if (!passes.empty()) items += passed_items(i, passes);
    }
  }
  if (!items.empty()) to.set_string(content, items);
  to.set(syscall_columns::number, call ? call->number : number_of_unknown(name));
  to.set(flags, call_flags);
  to.set(moved, moved_bytes);
  to.set(peeked, peeked_bytes);
  end_row(to);
}

std::string ScriptAuthor::passed_items(uint8_t arg, const std::string& passes) {
  std::string fds, ids;
  for (const std::string& one : pieces_of(passes, ',')) {
    const size_t colon = one.find(':');
    fds += bytes_of(static_cast<uint32_t>(number(one.substr(0, colon))));
    ids += bytes_of(file(one.substr(colon + 1), "file"));
  }
  const std::string control =
      bytes_of(uint64_t{16} + fds.size()) + bytes_of(int32_t{SOL_SOCKET}) + bytes_of(int32_t{SCM_RIGHTS}) + fds;
  return item_of(arg, control, CONTENT_PART | CONTENT_CONTROL) + item_of(arg, ids, CONTENT_PART | CONTENT_FILES);
}

}  // namespace ebpftrace
