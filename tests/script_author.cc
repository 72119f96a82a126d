// SPDX-License-Identifier: Apache-2.0
#include "tests/script_author.h"

#include <stdlib.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "bpf/records.h"
#include "tests/script.h"
#include "trace/format/catalogue_message.h"
#include "trace/write/catalogue_frame.h"
#include "trace/write/header_message.h"

namespace ebpftrace {

using namespace recorder;
using namespace analyzer;

namespace fs = std::filesystem;

namespace {

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

}  // namespace

ScriptAuthor::ScriptAuthor(bool small, bool rotated, bool timed)
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

ScriptAuthor::~ScriptAuthor() {
  queue_.close();
  writer_.reset();
  fs::remove_all(folder_);
}

void ScriptAuthor::add_line(std::string_view line) {
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

std::vector<std::vector<std::byte>> ScriptAuthor::finish() {
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

void ScriptAuthor::build_header(capnp::MessageBuilder& message, unsigned part, bool timed) {
  trace::Id recording{};
  // Kinds of recordings are different ones.
  if (part) recording.fill(std::byte{7});
  if (!timed) recording.fill(std::byte{9});
  trace::build_header(message, {.probe = "script",
                                .filter = "all",
                                .command_line = {"script"},
                                .start = {kScriptStartNs, kScriptStartRealNs},
                                .possible_cpus = 4,
                                .part = part,
                                .recording_id = recording,
                                .no_durations = !timed});
}

void ScriptAuthor::rotate() {
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

fs::path ScriptAuthor::make_folder() {
  std::string folder = fs::temp_directory_path() / "script.XXXXXX";
  if (!::mkdtemp(folder.data())) throw std::runtime_error("no temporary folder");
  return folder;
}

const EventType& ScriptAuthor::type(uint16_t id) const {
  for (const EventType& type : catalogue_)
    if (type.id == id) return type;
  throw std::logic_error("no such type");
}

trace::OpenBlock& ScriptAuthor::rows(uint16_t id, uint32_t cpu) {
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

void ScriptAuthor::count(uint32_t cpu, uint16_t type, schema::Count::What what, uint64_t n) {
  std::lock_guard lock(mutex_);
  for (EventCount& count : counts_)
    if (count.cpu == cpu && count.type == type && count.what == what) {
      count.count += n;
      return;
    }
  counts_.push_back({cpu, type, what, n});
}

void ScriptAuthor::flush() {
  for (auto& [key, block] : open_)
    if (block && !block->empty()) queue_.push(std::move(block));  // whoever holds on to its place finds none there
}

}  // namespace ebpftrace
