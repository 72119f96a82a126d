// SPDX-License-Identifier: Apache-2.0
#include "tests/script.h"

#include <capnp/message.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "analyzer/text/call_text.h"
#include "bpf/records.h"
#include "recorder/event_columns.h"
#include "recorder/output/trace_writer.h"
#include "tests/script_words.h"
#include "trace/format/catalogue_message.h"
#include "trace/read/trace_bytes.h"
#include "trace/write/block_encoder.h"
#include "trace/write/catalogue_frame.h"
#include "trace/write/header_message.h"

namespace ebpftrace {

using namespace recorder;
using namespace analyzer;

namespace {

namespace fs = std::filesystem;

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

std::vector<EventType> catalogue(bool small) {
  std::vector<EventType> types = event_catalogue();
  for (EventType& type : types) {
    if (!small) break;
    type.doc.clear();
    type.hook.clear();
    for (ColumnType& column : type.columns) column.doc.clear();
  }
  return types;
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

struct Socket {
  std::string local, remote;
  unsigned protocol = 0;
  uint32_t netns = 0;
  bool is_raw = false;
  unsigned type = 0;
  bool operator==(const Socket&) const = default;
};

constexpr std::string_view kNoDurations = "no durations";

class Author {
 public:
  // rotated: into parts, which "rotate" begins. timed: its calls have durations.
  Author(bool small, bool rotated, bool timed)
      : timed_(timed),
        catalogue_(catalogue(small)),
        calls_(trace::built_in_catalogue().syscalls),
        folder_(make_folder()),
        queue_({}) {
    build_header(header_, rotated ? 1 : 0, timed);
    capnp::MallocMessageBuilder few_calls, described;
    trace::CatalogueParts parts = trace::catalogue_parts();
    capnp::Orphan<capnp::List<schema::SyscallType>> list;
    if (small) {
      list = few_calls.getOrphanage().newOrphan<capnp::List<schema::SyscallType>>(4);
      auto calls = list.get();
      for (unsigned i = 0; i < calls.size(); ++i) calls.setWithCaveats(i, parts.syscalls[i]);
      for (ValueSet& set : parts.values)
        for (NamedValue& value : set.values) value.doc.clear();
      parts = {catalogue_, calls.asReader(), {}, {}, parts.values};
    }
    trace::build_catalogue(described, parts);
    auto file =
        std::make_unique<trace::TraceFile>(path(), trace::OutputOwner{::geteuid(), ::getegid()}, calls_of_system_);
    file_ = file.get();
    writer_ = std::make_unique<TraceWriter>(
        std::move(file), queue_, losses_, header_,
        small ? trace::catalogue_frame(described) : trace::built_in_catalogue_frame(),
        [this] {
          if (finishing_.exchange(false)) write_clocks();
          std::lock_guard lock(mutex_);
          return StatusReport{counts_, {}};
        },
        1,
        [this] {
          std::lock_guard lock(mutex_);
          return clock_;
        });
    if (!rotated) return;
    writer_->go_on_with([this] {
      TraceWriter::NextFile next{std::make_unique<trace::TraceFile>(
                                     path(++parts_), trace::OutputOwner{::geteuid(), ::getegid()}, calls_of_system_),
                                 std::make_unique<capnp::MallocMessageBuilder>()};
      file_ = next.file.get();
      build_header(*next.header, parts_, timed_);
      return next;
    });
  }
  ~Author() {
    queue_.close();
    writer_.reset();
    fs::remove_all(folder_);
  }

  void add_line(std::string_view line) {
    words_ = words_of(line);
    if (words_.empty() || words_[0].starts_with('#')) return;
    if (words_[0] == "flush") return flush();
    if (words_[0] == "rotate") return rotate();
    if (words_[0] == "no" && words_.size() == 2 && words_[1] == "end") {
      no_end_ = true;
      return;
    }
    if (line == kNoDurations) return;  // known already
    if (words_[0] == "lost") return add_lost();
    if (words_[0] == "running") return add_running();
    if (words_[0] == "open") return add_open_file();
    if (words_[0] == "metrics") return add_metrics();
    if (words_[0] == "clock") return add_clock();
    if (words_[0] == "row") return add_row();
    now_ = kScriptStartNs + duration(words_.at(0));
    caller_ = thread(words_.at(1));
    const std::string verb = words_.at(2);
    words_.erase(words_.begin(), words_.begin() + 3);
    if (verb == "fork" && !words_.empty()) return add_fork();
    if (verb == "exec") return add_exec();
    if (verb == "comm") return describe(caller_, words_.at(0));
    if (verb == "cgroup") return add_cgroup();
    if (verb == "exit") return add_exit();
    add_call(verb);
  }

  // Each file.
  std::vector<std::vector<std::byte>> finish() {
    flush();
    finishing_ = true;
    queue_.close();
    writer_->finish("script");
    std::vector<std::vector<std::byte>> parts;
    for (unsigned part = 1; part <= parts_; ++part) {
      std::ifstream in(path(part), std::ios::binary);
      std::vector<char> chars((std::istreambuf_iterator<char>(in)), {});
      auto& bytes = parts.emplace_back(chars.size());
      std::memcpy(bytes.data(), chars.data(), chars.size());
    }
    if (no_end_) {
      const auto& frames = writer_->file().frames();
      parts.back().resize(frames.at(frames.size() - 2).offset);  // the last two are status and index
    }
    return parts;
  }

 private:
  struct Task {
    uint32_t id, pid, tid;
    uint64_t start_ns;
    std::string process;
    bool leader() const { return tid == pid; }
  };
  struct KnownFile {
    uint32_t id = 0;
    uint64_t inode = 0;
    Socket socket;
  };

  fs::path path(unsigned part = 1) const { return folder_ / ("script." + std::to_string(part) + ".trace"); }

  static void build_header(capnp::MessageBuilder& message, unsigned part, bool timed) {
    trace::Id recording{};
    if (part) recording.fill(std::byte{7});
    trace::build_header(message, {.probe = "script",
                                  .filter = "all",
                                  .command_line = {"script"},
                                  .start = {kScriptStartNs, kScriptStartRealNs},
                                  .possible_cpus = 4,
                                  .part = part,
                                  .recording_id = recording,
                                  .no_durations = !timed});
  }

  // What is known is described anew, as the recorder does.
  void rotate() {
    flush();
    queue_.push_mark();
    while (writer_->marks() != parts_before_) std::this_thread::yield();  // which reads counts_
    ++parts_before_;
    for (const auto& [path, id] : cgroups_) describe_cgroup(id, path);
    for (const auto& [name, task] : tasks_) describe(task, comm_[task.id]);
    for (const auto& [key, known] : files_) {
      const size_t end = key.find('\0');
      describe_file(key.substr(0, end), key.substr(end + 1), known);
    }
    flush();
  }

  static fs::path make_folder() {
    std::string folder = fs::temp_directory_path() / "script.XXXXXX";
    if (!::mkdtemp(folder.data())) throw std::runtime_error("no temporary folder");
    return folder;
  }

  const EventType& type(uint16_t id) const {
    for (const EventType& type : catalogue_)
      if (type.id == id) return type;
    throw std::logic_error("no such type");
  }

  trace::OpenBlock& rows(uint16_t id, uint32_t cpu = trace::kNoCpu) {
    const bool needs_none = id != EVENT_THREAD && id != EVENT_OPEN_FILE;  // of the descriptions
    BlockPtr& block = open_[{type(id).dictionary ? needs_none ? 0 : 1 : 2, id, cpu}];
    if (block && block->full()) flush();
    if (!block) {
      while (!(block = queue_.take(type(id), cpu))) std::this_thread::yield();
      block->start(cpu);
    }
    for (unsigned i = 0; i < type(id).columns.size(); ++i) block->set(i, 0);
    return *block;
  }

  void end_row(trace::OpenBlock& rows) {
    rows.end_row();
    count(rows.cpu(), rows.type().id, schema::Count::What::PRODUCED, 1);
  }

  void count(uint32_t cpu, uint16_t type, schema::Count::What what, uint64_t n) {
    std::lock_guard lock(mutex_);
    for (EventCount& count : counts_)
      if (count.cpu == cpu && count.type == type && count.what == what) {
        count.count += n;
        return;
      }
    counts_.push_back({cpu, type, what, n});
  }

  // What is referred to first: the map is ordered that way.
  void flush() {
    for (auto& [key, block] : open_)
      if (block && !block->empty()) queue_.push(std::move(block));  // whoever holds on to its place finds none there
  }

  void add_lost() {
    const auto cpu = static_cast<uint32_t>(number(std::string_view(words_.at(1)).substr(3)));
    const uint64_t n = number(words_.at(2));
    uint16_t id = EVENT_SYSCALL;
    auto reason = schema::Count::What::RING_FULL;
    for (size_t i = 3; i < words_.size(); ++i) {
      bool known = false;
      for (const EventType& event : catalogue_)
        if (event.name == words_[i]) id = event.id, known = true;
      if (words_[i] == "disk") reason = schema::Count::What::DISK, known = true;
      if (!known) throw std::invalid_argument("unknown: " + words_[i]);
    }
    count(cpu, id, schema::Count::What::PRODUCED, n);
    count(cpu, id, reason, n);
  }

  // What is given as NAME=VALUE behind the first `from` words.
  std::map<std::string, std::string> named_words(size_t from) {
    std::map<std::string, std::string> named;
    for (size_t i = from; i < words_.size(); ++i) {
      const size_t equals = words_[i].find('=');
      if (equals == std::string::npos) throw std::invalid_argument("not NAME=VALUE: " + words_[i]);
      named[words_[i].substr(0, equals)] = words_[i].substr(equals + 1);
    }
    return named;
  }
  static void take_number(std::map<std::string, std::string>& named, const std::string& name, trace::OpenBlock& to,
                          unsigned column, uint64_t otherwise = 0) {
    const auto given = named.extract(name);
    to.set(column, given ? duration(given.mapped()) : otherwise);
  }

  void add_running() {
    auto named = named_words(1);
    using namespace process_columns;
    trace::OpenBlock& to = rows(EVENT_PROCESS);
    to.set(time_ns, kScriptStartNs);
    for (const auto& [name, column] : {std::pair("pid", +tgid),
                                       {"ppid", +ppid},
                                       {"uid", +uid},
                                       {"gid", +gid},
                                       {"nspid", +ns_pid},
                                       {"threads", +threads}})
      take_number(named, name, to, column);
    std::string argv = named["argv"];
    std::replace(argv.begin(), argv.end(), ' ', '\0');
    if (!argv.empty()) argv += '\0';
    to.set_string(process_columns::comm, named["comm"]);
    to.set_string(exe, named["exe"]);
    to.set_string(process_columns::argv, argv);
    to.set_string(cwd, named["cwd"]);
    to.set_string(process_columns::cgroup, named["cgroup"]);
    end_row(to);
  }

  void add_open_file() {
    auto named = named_words(1);
    const std::string type = named.contains("type") ? named["type"] : "file";
    const Socket socket{named.contains("local") ? named["local"] : "", "", IPPROTO_TCP};
    const uint32_t id = named.contains("file") ? file(named["file"], type, socket) : 0;
    using namespace open_file_columns;
    trace::OpenBlock& to = rows(EVENT_OPEN_FILE);
    to.set(time_ns, kScriptStartNs);
    take_number(named, "pid", to, tgid);
    take_number(named, "fd", to, fd);
    take_number(named, "flags", to, open_file_columns::flags);
    to.set(open_file_columns::file, id);
    end_row(to);
  }

  // All counters are 0 but those that are given; one that is given as "-" is unavailable.
  void add_metrics() {
    const uint64_t time = kScriptStartNs + duration(words_.at(1));
    auto named = named_words(2);
    using namespace metrics_columns;
    trace::OpenBlock& to = rows(EVENT_METRICS);
    uint64_t missing = 0;
    for (unsigned column = 0; column < metrics_columns::count; ++column) {
      const auto given = named.extract(snake_case(type(EVENT_METRICS).columns[column].name));
      if (given && given.mapped() == "-") missing |= uint64_t{1} << column;
      to.set(column, given && given.mapped() != "-" ? duration(given.mapped()) : 0);
    }
    if (!named.empty()) throw std::invalid_argument("metrics has no " + named.begin()->first);
    to.set(time_ns, time);
    to.set(unavailable, missing);
    end_row(to);
  }

  // Boot and real time since the start.
  void add_clock() {
    std::lock_guard lock(mutex_);
    clock_ = {kScriptStartNs + duration(words_.at(1)),
              kScriptStartRealNs + static_cast<int64_t>(signed_duration(words_.at(2)))};
    clocks_.push_back(clock_);
  }
  static uint64_t signed_duration(std::string_view text) {
    return text.starts_with('-') ? 0 - duration(text.substr(1)) : duration(text);
  }

  // Called by the writer right before its last status, so that nothing else is written meanwhile.
  void write_clocks() {
    trace::BlockEncoder encoder(1);
    for (const trace::ClockReading& clock : clocks_) {
      capnp::MallocMessageBuilder message;
      auto pair = message.initRoot<schema::Status>().initClock();
      pair.setBootNs(clock.boot_ns);
      pair.setRealNs(clock.real_ns);
      trace::FrameHeader header{};
      header.kind = static_cast<uint16_t>(trace::FrameKind::kStatus);
      header.cpu = trace::kNoCpu;
      header.first_ns = header.last_ns = clock.boot_ns;
      const trace::EncodedFrame frame = encoder.encode(header, message);
      file_->append(frame.header, frame.bytes);
    }
  }

  // A row of any type: what is not given is 0, or no text.
  void add_row() {
    const uint64_t time = kScriptStartNs + duration(words_.at(1));
    auto named = named_words(3);
    const EventType* type = nullptr;
    for (const EventType& candidate : catalogue_)
      if (candidate.name == words_.at(2)) type = &candidate;
    if (!type) throw std::invalid_argument("no such type: " + words_[2]);
    const auto on = named.find("cpu");
    trace::OpenBlock& to =
        rows(type->id, on == named.end() ? trace::kNoCpu : static_cast<uint32_t>(number(on->second)));
    for (unsigned i = 0; i < type->columns.size(); ++i) {
      const ColumnType& column = type->columns[i];
      const auto given = named.extract(snake_case(column.name));
      if (column.name == "timeNs") to.set(i, time);
      if (!given) continue;
      const std::string& value = given.mapped();
      if (column.is_text())
        to.set_string(i, column.display == schema::Display::SOCKADDR ? sockaddr_of(value) : value);
      else
        to.set(i, column.display == schema::Display::TIME ? kScriptStartNs + duration(value) : duration(value));
    }
    if (!named.empty()) throw std::invalid_argument(type->name + " has no " + named.begin()->first);
    end_row(to);
  }

  // "name", "name:pid" or "name:pid.tid".
  Task& thread(const std::string& text, uint32_t ppid = 1) {
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

  Task& make_task(const std::string& key, std::string name, uint32_t pid, uint32_t tid, uint32_t ppid) {
    if (!process_start_.contains(pid)) process_start_[pid] = now_;
    Task& task = tasks_[key] = {next_thread_++, pid, tid, process_start_[pid], name};
    ppid_[pid] = ppid;
    describe(task, name);
    return task;
  }

  void describe(const Task& task, const std::string& comm) {
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

  void add_fork() {
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

  void add_exec() {
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

  void describe_cgroup(uint64_t id, const std::string& path) {
    using namespace cgroup_columns;
    trace::OpenBlock& to = rows(EVENT_CGROUP);
    to.set(time_ns, now_);
    to.set(cgroup_columns::cgroup, id);
    to.set_string(cgroup_columns::path, path);
    end_row(to);
  }

  // Moves the caller's process.
  void add_cgroup() {
    const auto [found, first] = cgroups_.try_emplace(words_.at(0), 5000 + cgroups_.size());
    if (first) describe_cgroup(found->second, words_[0]);
    cgroup_[caller_.pid] = found->second;
    describe(caller_, caller_.process);
  }

  void add_exit() {
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

  // A socket that got other addresses gets another id, as from the recorder; without any it keeps those that it has.
  uint32_t file(const std::string& path, const std::string& file_type, const Socket& socket = {},
                const std::string& was = {}) {
    const auto [found, first] = files_.try_emplace(path + '\0' + file_type);
    KnownFile& known = found->second;
    if (!first && (socket == known.socket || socket.local.empty())) return known.id;
    known.id = ++last_file_;
    if (first) known.inode = was.empty() ? 1000 + known.id : files_.at(was + '\0' + file_type).inode;
    known.socket = socket;
    describe_file(path, file_type, known);
    return known.id;
  }

  void describe_file(const std::string& path, const std::string& file_type, const KnownFile& known) {
    const Socket& socket = known.socket;
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

  void add_call(const std::string& name) {
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
    const Socket socket{named.contains("local") ? named["local"] : "",
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
        for (const std::string& fd : pieces_of(fds, ','))
          pair += bytes_of(static_cast<uint32_t>(ebpftrace::number(fd)));
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

  // Control data with descriptors, and the files behind them.
  std::string passed_items(uint8_t arg, const std::string& passes) {
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

  static uint64_t number_of_unknown(const std::string& name) { return ebpftrace::number(name.substr(8)); }

  const bool timed_;
  const std::vector<EventType> catalogue_;
  const trace::SyscallTable calls_;
  const fs::path folder_;
  trace::OutputCalls calls_of_system_;
  BlockQueue queue_;
  LossLedger losses_;
  capnp::MallocMessageBuilder header_;
  std::mutex mutex_;  // of what the writer's thread asks for each second: counts_, clock_
  std::vector<EventCount> counts_;
  trace::TraceFile* file_ = nullptr;  // the writer's
  std::unique_ptr<TraceWriter> writer_;

  std::map<std::tuple<int, uint16_t, uint32_t>, BlockPtr> open_;
  std::vector<std::string> words_;
  uint64_t now_ = kScriptStartNs;
  Task caller_{};
  std::map<std::string, Task> tasks_;
  std::map<uint32_t, uint64_t> process_start_;
  std::map<uint32_t, uint32_t> ppid_;
  std::map<std::string, KnownFile> files_;
  uint32_t last_file_ = 0;
  trace::ClockReading clock_{kScriptStartNs, kScriptStartRealNs};
  std::vector<trace::ClockReading> clocks_;
  std::atomic<bool> finishing_ = false;
  std::map<std::string, uint64_t> cgroups_;
  std::map<uint32_t, uint64_t> cgroup_;  // by pid
  uint32_t next_pid_ = 100, next_thread_ = 1;
  std::map<uint32_t, std::string> comm_;  // of threads, by id
  unsigned parts_ = 1;                    // the writer's, until it has come to a mark
  unsigned parts_before_ = 1;
  bool no_end_ = false;
};

}  // namespace

std::vector<std::vector<std::byte>> script_parts(std::string_view text) {
  constexpr std::string_view kSmall = "small header\n";
  const bool small = text.starts_with(kSmall);
  if (small) text.remove_prefix(kSmall.size());
  Author author(small, text.find("rotate\n") != std::string_view::npos,
                text.find(kNoDurations) == std::string_view::npos);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    try {
      author.add_line(line);
    } catch (const std::exception& error) {
      throw std::invalid_argument("script line '" + std::string(line) + "': " + error.what());
    }
  }
  return author.finish();
}

std::vector<std::byte> script_bytes(std::string_view text) {
  auto parts = script_parts(text);
  if (parts.size() != 1) throw std::invalid_argument("the script makes several files");
  return std::move(parts.front());
}

trace::Trace trace_of(std::vector<std::byte> bytes) { return trace::Trace(trace::in_memory(std::move(bytes))); }

trace::Trace script(std::string_view text) { return trace_of(script_bytes(text)); }

std::string csv(Result result, const std::vector<std::string>& columns) {
  std::vector<size_t> wanted;
  for (size_t i = 0; i < result.columns().size(); ++i)
    if (std::find(columns.begin(), columns.end(), result.columns()[i].name) != columns.end()) wanted.push_back(i);
  if (!columns.empty()) result.choose(wanted);
  std::string out;
  write_csv(result, [&](std::string_view piece) { out += piece; });
  std::erase(out, '\r');
  return out;
}

std::string json(const Result& result) {
  std::string out;
  write_json(result, [&](std::string_view piece) { out += piece; });
  return out;
}

std::string text(const Result& result, size_t width) {
  std::string out;
  write_text(result, width, [&](std::string_view piece) { out += piece; });
  return out;
}

std::string event_lines(const trace::Trace& trace, size_t limit) {
  std::string out;
  for_each_event(trace, limit, [&](const Event& event) {
    for_each_event_cell(
        event, [&](bool known, auto value) { out += (known ? std::to_string(value) : "-") + ' '; },
        [&](bool known, std::string_view value, bool cut) {
          out += known && !value.empty() ? value : std::string_view("-");
          out += cut ? "... " : " ";
        });
    out += '-';  // whether the path is deleted
    out += '\n';
    return true;
  });
  return out;
}

}  // namespace ebpftrace
