// SPDX-License-Identifier: Apache-2.0
// Rows of a block -> events with their texts. One per thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/dictionaries/exec_table.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/dictionaries/user_names.h"
#include "analyzer/dictionaries/working_directories.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/events.h"
#include "analyzer/text/call_args.h"
#include "analyzer/text/network_event_text.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {

// An event whose texts lie in the string that was handed to write().
struct WrittenEvent {
  int64_t time_ns = 0;
  uint64_t duration_ns = 0, bytes = 0, peeked_bytes = 0;
  int64_t result = 0;
  std::string_view process;                  // the thread table's
  const trace::SyscallType* type = nullptr;  // of a call that the catalogue knows
  uint32_t cpu = trace::kNoCpu, pid = 0, tid = 0, thread = 0;
  uint32_t start = 0;                                                         // of its texts
  TextPiece name, args, result_text, path, path2, cwd, exe, program, marker;  // the last five: size 0 if there is none
  ArgPieces arguments;
  bool call = false, timed = true, unfinished = false, began_before = false, arguments_unknown = false;
  bool is_32bit = false, has_path = false, path_cut = false, path_deleted = false, moves = false;

  enum class Arguments : uint8_t { kApart, kTogether };
  // Together: without Event::arguments.
  Event event(std::string_view texts, Arguments arguments = Arguments::kApart) const;
};

// What the texts are made from; all of it outlives whoever makes them.
struct EventTextSources {
  const trace::Trace& trace;
  const ThreadTable& threads;
  const FileTable& files;
  const ExecTable& execs;
  const WorkingDirectories& directories;
  const NetworkEventText& network;
  const UserNames& users;
};

class alignas(kApartBytes) EventTextWriter {
 public:
  using Rows = std::span<const std::pair<uint32_t, uint32_t>>;  // row of the block, what the caller calls it; by row
  // A row whose texts were appended to the string; the taker may take them out again. False: it wants no more.
  using Take = std::function<bool(uint32_t name, WrittenEvent& row)>;

  enum class Form : uint8_t {
    kPieces,  // name, arguments, result, paths: where WrittenEvent says
    kLine  // the line for people, from row.start to the string's end; no other texts, and paths only where they are in it
  };

  explicit EventTextWriter(const EventTextSources& sources, Form form = Form::kPieces);
  ~EventTextWriter();

  // False: the taker wanted no more. Of a damaged block there are no rows.
  bool write(const trace::Frame& frame, Rows rows, std::string& text, const Take& take);

 private:
  struct Source;
  struct Columns;

  Source& source_for(const EventType& type);
  void write_call(Source& source, const Columns& columns, size_t i, WrittenEvent& row, std::string& text);
  void finish_line(WrittenEvent& row, std::string& text);
  void write_other(Source& source, size_t i, WrittenEvent& row, std::string& text);
  void write_column(Source& source, unsigned column, size_t i, std::string& text, size_t start);
  void write_marker(Source& source, size_t i, WrittenEvent& row, std::string& text);
  void write_exit_status(Source& source, size_t i, std::string& text);
  static void set_path(WrittenEvent& row, const trace::BlockText& path, const File* directory, std::string& text);
  void set_exec_files(Source& source, size_t i, WrittenEvent& row, std::string& text);

  const trace::Trace& trace_;
  const ThreadTable& threads_;
  const FileTable& files_;
  const ExecTable& execs_;
  const WorkingDirectories& directories_;
  const NetworkEventText& network_;
  const UserNames& users_;
  const CallFlow flow_;
  const Form form_;
  std::shared_ptr<trace::FramePayload> payload_;
  std::string unescaped_;
  std::map<uint16_t, std::unique_ptr<Source>> sources_;
};

}  // namespace ebpftrace::analyzer
