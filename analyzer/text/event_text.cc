// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/event_text.h"

#include <algorithm>
#include <array>
#include <optional>

#include "analyzer/dictionaries/absolute_path.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/tables/table.h"
#include "analyzer/text/call_text.h"
#include "analyzer/text/escape.h"
#include "analyzer/text/event_line.h"
#include "analyzer/text/human.h"
#include "analyzer/text/plain_text.h"
#include "schema/values.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMaxSources = 16;  // block readers that are kept; a catalogue may hold more types than that

void append_decimal(std::string& out, int64_t value) { out += std::to_string(value); }

}  // namespace

// A type's block reader with all its columns, and where the ones with a meaning of their own are.
struct EventTextWriter::Source {
  Source(const trace::Trace& trace, const EventType& event_type, std::vector<std::string_view> all,
         std::shared_ptr<trace::FramePayload> payload)
      : type(event_type),
        names(std::move(all)),
        block(trace, type, names, std::move(payload)),
        is_call(type.name == "syscall"),
        is_exit(type.name == "exit"),
        is_exec(type.name == "exec"),
        is_marker(type.name == "marker"),
        time(type.column("timeNs")),
        thread(type.column("thread")),
        cpu(type.column("cpu")),
        duration(type.column("durationNs")),
        result(type.column("result")),
        arg0(type.column("arg0")),
        file(type.column("file")),
        file2(type.column("file2")),
        number(type.column("number")),
        flags(type.column("flags")),
        path(type.column("path")),
        path2(type.column("path2")),
        content(type.column("content")),
        cwd(type.column("cwd")),
        exe(type.column("exe")),
        program(type.column("program")),
        moved(type.column("moved")),
        peeked(type.column("peeked")),
        status(type.column("status")),
        group_status(type.column("groupStatus")) {
    for (const ColumnType& column : type.columns) {
      snake_names.push_back(snake_case(column.name));
      values.push_back(&trace.catalogue().values.find(column.values));
    }
  }

  uint64_t get(std::optional<unsigned> column, size_t i) const { return column ? block.column(*column)[i] : 0; }
  trace::BlockText text(std::optional<unsigned> column, size_t i) {
    return column ? block.text(get(column, i)) : trace::BlockText{};
  }

  const EventType& type;
  std::vector<std::string_view> names;
  std::vector<std::string> snake_names;
  std::vector<const trace::ValueNames*> values;  // of each column
  trace::Block block;
  bool is_call, is_exit, is_exec, is_marker;
  std::optional<unsigned> time, thread, cpu, duration, result, arg0, file, file2, number, flags, path, path2, content,
      cwd, exe, program, moved, peeked, status, group_status;
};

// Of a tile of calls, and of every other type what those have, too; columns that the type lacks are 0.
struct EventTextWriter::Columns {
  explicit Columns(const Source& source) {
    static constexpr std::array<uint64_t, trace::Block::kTileRows> kNone{};
    auto of = [&](std::optional<unsigned> column) { return column ? source.block.column(*column) : kNone.data(); };
    time = of(source.time);
    thread = of(source.thread);
    cpu = of(source.cpu);
    if (!source.is_call) return;
    flags = of(source.flags);
    number = of(source.number);
    duration = of(source.duration);
    result = of(source.result);
    moved = of(source.moved);
    peeked = of(source.peeked);
    file = of(source.file);
    file2 = of(source.file2);
    cwd = of(source.cwd);
    path = of(source.path);
    path2 = of(source.path2);
    content = of(source.content);
    for (unsigned k = 0; k < args.size(); ++k) {
      const bool known = source.arg0 && *source.arg0 + k < source.type.columns.size();
      args[k] = of(known ? std::optional(*source.arg0 + k) : std::nullopt);
    }
  }
  const uint64_t *time, *thread, *cpu;
  const uint64_t *flags, *number, *duration, *result, *moved, *peeked, *file, *file2, *cwd, *path, *path2, *content;
  std::array<const uint64_t*, 6> args;
};

EventTextWriter::EventTextWriter(const EventTextSources& sources, Form form)
    : trace_(sources.trace),
      threads_(sources.threads),
      files_(sources.files),
      execs_(sources.execs),
      directories_(sources.directories),
      network_(sources.network),
      users_(sources.users),
      flow_(trace_.catalogue()),
      form_(form),
      payload_(std::make_shared<trace::FramePayload>()) {}

EventTextWriter::~EventTextWriter() = default;

namespace {

EventArgument argument(const trace::SyscallType* type, size_t i, std::string_view text) {
  if (!type || i >= type->args.size()) return {{}, text, EventArgument::Form::kText};
  switch (type->args[i].how.kind) {
    case trace::ArgKind::kFd:
    case trace::ArgKind::kDirfd:
    case trace::ArgKind::kInt:
    case trace::ArgKind::kUint:
    case trace::ArgKind::kSize:
    case trace::ArgKind::kOffset:
    case trace::ArgKind::kId:
      return {type->args[i].name, text, EventArgument::Form::kNumber};
    default:
      return {type->args[i].name, text, EventArgument::Form::kText};
  }
}

}  // namespace

Event WrittenEvent::event(std::string_view texts, Arguments apart) const {
  Event event{};
  event.time_ns = time_ns;
  if (cpu != trace::kNoCpu) event.cpu = cpu;
  event.pid = pid;
  event.tid = tid;
  event.thread = thread;
  event.process = process;
  event.event = name.in(texts);
  event.is_call = call;
  if (call && timed) event.duration_ns = duration_ns;
  if (call && !unfinished) event.result = result;
  event.unfinished = unfinished;
  event.began_before = began_before;
  event.arguments_unknown = arguments_unknown;
  if (moves) event.bytes = bytes, event.peeked_bytes = peeked_bytes;
  event.returns = !type || type->result_kind != trace::ResultKind::kNone;
  event.args = args.in(texts);
  event.result_text = result_text.in(texts);
  event.is_32bit = is_32bit;
  for (size_t i = 0; call && apart == Arguments::kApart && i < arguments.size(); ++i)
    if (arguments[i].size) event.arguments[i] = argument(type, i, arguments[i].in(texts));
  if (has_path) event.path = path.in(texts);
  event.path_cut = path_cut;
  for (const auto& [piece, to] : {std::pair(&path2, &event.path2),
                                  {&cwd, &event.cwd},
                                  {&exe, &event.exe},
                                  {&program, &event.program},
                                  {&marker, &event.text}})
    if (piece->size) *to = piece->in(texts);
  event.path_deleted = path_deleted;
  return event;
}

EventTextWriter::Source& EventTextWriter::source_for(const EventType& type) {
  if (sources_.size() >= kMaxSources && !sources_.contains(type.id)) sources_.clear();
  auto& source = sources_[type.id];
  if (!source) {
    std::vector<std::string_view> names;
    for (const ColumnType& column : type.columns) names.push_back(column.name);
    source = std::make_unique<Source>(trace_, type, std::move(names), payload_);
  }
  return *source;
}

namespace {

EventLineFacts line_facts(const WrittenEvent& row) {
  return {.time_ns = row.time_ns,
          .cpu = row.cpu,
          .pid = row.pid,
          .tid = row.tid,
          .process = row.process,
          .call = row.call,
          .timed = row.timed,
          .duration_ns = row.duration_ns,
          .began_before = row.began_before,
          .unfinished = row.unfinished && (!row.type || row.type->result_kind != trace::ResultKind::kNone),
          .is_32bit = row.is_32bit};
}

// Whether what it shows depends on the directory that its process is in.
bool uses_directory(const trace::SyscallType* type) {
  return !type || std::any_of(type->args.begin(), type->args.end(), [](const trace::SyscallArg& arg) {
    return arg.how.kind == trace::ArgKind::kDirfd || arg.how.kind == trace::ArgKind::kPath;
  });
}

}  // namespace

// Most text is plain; what isn't is escaped when it is all there.
void EventTextWriter::finish_line(WrittenEvent& row, std::string& text) {
  const std::string_view written = std::string_view(text).substr(row.name.offset);
  if (plain_until<>(written, 0) != written.size()) {
    unescaped_ = written;
    text.resize(row.name.offset);
    append_terminal(text, unescaped_);
  }
  append_line_tail(text, line_facts(row));
}

bool EventTextWriter::write(const trace::Frame& frame, Rows rows, std::string& text, const Take& take) {
  const EventType* type = trace_.catalogue().type(frame.type);
  if (!type) return true;
  Source& source = source_for(*type);
  trace::Block& block = source.block;
  if (!block.load(frame)) return true;
  auto next = rows.begin();
  while (next != rows.end() && block.next_tile()) {
    const Columns columns(source);
    for (; next != rows.end() && next->first < block.tile_start() + block.tile_rows(); ++next) {
      const size_t i = next->first - block.tile_start();
      WrittenEvent row;
      const uint64_t time = columns.time[i];
      row.thread = static_cast<uint32_t>(columns.thread[i]);
      const Thread& thread = threads_.thread(row.thread);
      row.time_ns = trace_.since_start(time);
      row.cpu = frame.cpu == trace::kNoCpu && source.cpu ? static_cast<uint32_t>(columns.cpu[i]) : frame.cpu;
      row.pid = threads_.processes()[thread.process].pid;
      row.tid = thread.tid;
      row.process = threads_.name_at(thread.process, time);
      row.start = static_cast<uint32_t>(text.size());
      if (form_ == Form::kLine) append_line_head(text, line_facts(row));
      if (source.is_call)
        write_call(source, columns, i, row, text);
      else
        write_other(source, i, row, text);
      if (form_ == Form::kLine) finish_line(row, text);
      if (!take(next->second, row)) return false;
    }
  }
  return true;
}

namespace {

// directory: where a relative path begins; nullptr: it is not known.
TextPiece append_path(std::string& text, std::string_view path, const File* directory) {
  const auto start = static_cast<uint32_t>(text.size());
  if (directory && !directory->cut && directory->path.find('/') != std::string_view::npos)
    append_joined(text, directory->path, path);
  else
    text += path;
  return {start, static_cast<uint32_t>(text.size()) - start};
}

}  // namespace

void EventTextWriter::set_path(WrittenEvent& row, const trace::BlockText& path, const File* directory,
                               std::string& text) {
  if (!is_named(path)) return;
  row.has_path = true;
  row.path_cut = path.cut || path.at_least;
  row.path = append_path(text, path.bytes, directory);
}

void EventTextWriter::write_call(Source& source, const Columns& columns, size_t i, WrittenEvent& row,
                                 std::string& text) {
  const uint64_t flags = columns.flags[i], result = columns.result[i];
  const auto number = static_cast<uint32_t>(columns.number[i]);
  const trace::SyscallTable& table = trace_.catalogue().table(flags & SYSCALL_COMPAT);
  const trace::SyscallType* call = table.find(number);
  row.call = true;
  row.type = call;
  row.unfinished = flags & SYSCALL_UNFINISHED;
  row.timed = !(flags & SYSCALL_NO_DURATION);
  row.began_before = flags & SYSCALL_BEGAN_BEFORE;
  row.arguments_unknown = flags & SYSCALL_NO_ARGS;
  row.is_32bit = flags & SYSCALL_COMPAT;
  row.duration_ns = columns.duration[i];
  row.result = static_cast<int64_t>(result);
  if (const uint8_t flow = flow_.of(number, flags); flow & CallFlow::kMoves && !row.unfinished && row.result >= 0) {
    const CallBytes bytes = CallFlow::bytes(flow, flags, result, columns.moved[i], columns.peeked[i]);
    row.moves = true;
    row.bytes = std::max(bytes.read, bytes.written);
    row.peeked_bytes = bytes.peeked;
  }

  row.name.offset = static_cast<uint32_t>(text.size());
  if (call && !call->name.empty())
    text += call->name;
  else
    text += table.name(number);
  row.name.size = static_cast<uint32_t>(text.size()) - row.name.offset;

  CallRow values;
  values.type = call;
  for (unsigned k = 0; k < 6; ++k) values.args[k] = columns.args[k][i];
  values.result = result;
  values.unfinished = row.unfinished;
  values.file = files_.find(static_cast<uint32_t>(columns.file[i]));
  values.file2 = files_.find(static_cast<uint32_t>(columns.file2[i]));
  if (const uint64_t path = columns.path[i]) values.path = source.block.text(path);
  if (const uint64_t path = columns.path2[i]) values.path2 = source.block.text(path);
  values.began_at = files_.find(columns.cwd[i]);
  values.cwd = values.began_at        ? values.began_at
               : uses_directory(call) ? directories_.at(row.thread, columns.time[i])
                                      : nullptr;
  values.files = &files_;
  if (const uint64_t content = columns.content[i]) values.content = ContentItems(source.block.text(content).bytes);
  if (call && call->is_exec && !row.result) {
    const uint64_t start = columns.time[i];
    values.exec = row.timed ? execs_.find(row.thread, start, start + row.duration_ns) : execs_.last(row.thread, start);
  }
  const bool is_line = form_ == Form::kLine;
  if (is_line) text += '(';
  row.args.offset = static_cast<uint32_t>(text.size());
  if (row.arguments_unknown)
    text += '?';
  else
    append_call_args(text, row.arguments, values, trace_.catalogue().symbols);
  row.args.size = static_cast<uint32_t>(text.size()) - row.args.offset;
  if (is_line) text += ") = ";
  row.result_text.offset = static_cast<uint32_t>(text.size());
  append_call_result(text, values, trace_.catalogue().symbols);
  row.result_text.size = static_cast<uint32_t>(text.size()) - row.result_text.offset;
  if (is_line) return;

  if (const File* file = file_of_path(values)) {
    row.has_path = true;
    row.path_cut = file->cut;
    row.path_deleted = file->unlinked;
    row.path = {static_cast<uint32_t>(text.size()), static_cast<uint32_t>(file->path.size())};
    text += file->path;
  } else {
    set_path(row, values.path, directory_of(values, 0), text);
  }
  if (is_named(values.path2)) row.path2 = append_path(text, values.path2.bytes, directory_of(values, 1));
  if (values.began_at) row.cwd = append_path(text, values.began_at->path, nullptr);
}

// The files of an exec, and the absolute path of the program as it was named.
void EventTextWriter::set_exec_files(Source& source, size_t i, WrittenEvent& row, std::string& text) {
  auto file_of = [&](std::optional<unsigned> column) { return files_.find(source.get(column, i)); };
  auto append = [&](const File* file) { return file ? append_path(text, file->path, nullptr) : TextPiece(); };
  const File *exe = file_of(source.exe), *cwd = file_of(source.cwd), *program = file_of(source.program);
  row.exe = append(exe);
  row.cwd = append(cwd);
  row.program = append(program);
  if (program) {
    row.has_path = true;
    row.path = row.program;
    row.path_cut = program->cut;
  } else if (row.has_path && cwd) {
    const std::string named(row.path.in(text));
    row.path = append_path(text, named, cwd);
  }
}

// Fork, exec, exit and whatever a later catalogue adds: its columns by name, in its order.
void EventTextWriter::write_other(Source& source, size_t i, WrittenEvent& row, std::string& text) {
  row.name = {static_cast<uint32_t>(text.size()), static_cast<uint32_t>(source.type.name.size())};
  text += source.type.name;
  if (form_ == Form::kLine) text += ' ';
  row.args.offset = static_cast<uint32_t>(text.size());
  if (source.is_marker) return write_marker(source, i, row, text);
  const size_t start = text.size();
  if (source.is_exit) write_exit_status(source, i, text);
  network_.append(text, start, source.type, source.block, i);
  std::optional<unsigned> path;
  for (unsigned column = 0; column < source.type.columns.size(); ++column) {
    const ColumnType& type = source.type.columns[column];
    if (column == source.time || column == source.thread || column == source.cpu) continue;
    if (NetworkEventText::knows(source.type.name, type.name)) continue;
    if (source.is_exit && (column == source.status || column == source.group_status || column == source.flags))
      continue;
    if (!path && type.is_text() && type.display == schema::Display::PATH) path = column;
    write_column(source, column, i, text, start);
  }
  row.args.size = static_cast<uint32_t>(text.size()) - row.args.offset;
  if (form_ == Form::kLine) return;
  if (path) set_path(row, source.text(path, i), nullptr, text);
  if (source.is_exec) set_exec_files(source, i, row, text);
}

void EventTextWriter::write_column(Source& source, unsigned column, size_t i, std::string& text, size_t start) {
  const ColumnType& type = source.type.columns[column];
  const uint64_t value = source.get(column, i);
  if (type.is_text()) {
    const trace::BlockText content = source.block.text(value);
    if (!content.present || (content.bytes.empty() && !content.unreadable)) return;
    append_name(text, start, source.snake_names[column]);
    if (content.bytes.find('\0') != std::string_view::npos)
      append_argv(text, content);
    else
      append_text(text, content);
    return;
  }
  if (source.is_exit && value == 0) return;  // a resource that was not used
  if (source.is_exit && (type.display == schema::Display::DURATION || type.display == schema::Display::BYTES)) {
    // A resource in the units that people use, which then are not in its name.
    std::string_view name = source.snake_names[column];
    name = name.substr(0, name.rfind('_'));
    append_name(text, start, name);
    text += type.display == schema::Display::BYTES ? human_bytes(value) : human_duration(value);
    return;
  }
  if (type.refers_to == "file" && !value) return;
  append_name(text, start, source.snake_names[column]);
  if (type.refers_to == "thread") {
    const Thread& thread = threads_.thread(static_cast<uint32_t>(value));
    text += std::to_string(thread.tid);
    return;
  }
  if (type.refers_to == "file") {
    const File* file = files_.find(static_cast<uint32_t>(value));
    append_text(text, {file ? file->path : "?", 0, true, false, file && file->cut});
    if (file && file->unlinked) text += "(deleted)";
    return;
  }
  if (!source.values[column]->empty()) {
    source.values[column]->append(text, value);
    return;
  }
  switch (type.display) {
    case schema::Display::HEX:
    case schema::Display::FLAGS:
      append_hex(text, value);
      break;
    case schema::Display::SIGNED:
      append_decimal(text, static_cast<int64_t>(value));
      break;
    case schema::Display::ERRNO:
      append_decimal(text, static_cast<int64_t>(value));
      if (is_error(value)) text += " " + errno_name(static_cast<unsigned>(0 - value));
      break;
    case schema::Display::SYSCALL:
      text += trace_.catalogue().syscalls.name(static_cast<uint32_t>(value));
      break;
    case schema::Display::TIME:
      append_decimal(text, trace_.since_start(value));
      break;
    default:
      text += std::to_string(value);
  }
}

// The text first; it is what somebody wanted to see.
void EventTextWriter::write_marker(Source& source, size_t i, WrittenEvent& row, std::string& text) {
  const size_t start = text.size();
  auto number = [&](std::string_view column) { return source.get(source.type.column(column), i); };
  const trace::BlockText content = source.text(source.type.column("text"), i);
  append_text(text, content);
  append_name(text, start, "pid");
  text += std::to_string(number("pid"));
  const uint64_t uid = number("uid");
  const std::string_view user = users_.name(uid);
  append_name(text, start, user.empty() ? "uid" : "user");
  text += user.empty() ? std::to_string(uid) : std::string(user);
  row.args.size = static_cast<uint32_t>(text.size()) - row.args.offset;
  if (form_ == Form::kPieces) row.marker = append_path(text, content.bytes, nullptr);
}

// The thread's own end, and the process's if it went with it.
void EventTextWriter::write_exit_status(Source& source, size_t i, std::string& text) {
  const size_t start = text.size();
  auto append = [&](uint64_t status) {
    if (status & 0x7f) {
      append_name(text, start, "signal");
      text += signal_name(static_cast<unsigned>(status & 0x7f));
      if (status & 0x80) text += ", core_dumped=1";
    } else {
      append_name(text, start, "code");
      text += std::to_string(status >> 8 & 0xff);
    }
  };
  const uint64_t flags = source.get(source.flags, i);
  append(flags & EXIT_GROUP_STATUS ? source.get(source.group_status, i) : source.get(source.status, i));
  if (flags & EXIT_LAST_THREAD) {
    append_name(text, start, "last_thread");
    text += '1';
  }
}

}  // namespace ebpftrace::analyzer
