// SPDX-License-Identifier: Apache-2.0
// What went through a file, pipe or socket: every call that moved bytes, of all processes that had it, in order of time, with the
// contents that were recorded (ebpf-record --data) and with gaps where they were not. Of a connection whose other end was recorded,
// too, both ends. Any thread; memory is bounded by constants.
//
//   const Stream stream = read_stream(session, "4711:3");
//   for (const StreamPiece& piece : stream.pieces) ...
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/api/result.h"
#include "analyzer/api/timeline.h"

namespace ebpftrace::analyzer {

struct Progress;

enum class StreamWay : uint8_t {
  kThrough,  // a pipe or a file: it has one way
  kOut,      // from the end that was asked for
  kIn,       // to it
};

// Why bytes that moved are not there.
enum class StreamGap : uint8_t {
  kNone,
  kNotRecorded,  // contents were not kept (ebpf-record --data), or in a way that they can't be
  kCut,          // more than the recorder keeps of a buffer (ebpf-record -s)
  kUnreadable,   // the memory could not be read
};
std::string_view stream_gap_name(StreamGap gap);  // "not recorded"; empty: none

// Bytes of one call that lie one behind the other: those that are there, or a gap.
struct StreamPiece {
  int64_t time_ns;  // since the trace's start: of a write when it began, of a read when it returned
  uint32_t pid, tid;
  std::string process;  // name then
  uint32_t fd;
  std::string call;
  StreamWay way;
  bool written;     // else read
  uint64_t offset;  // of all bytes that were written, or read, this way before
  uint64_t bytes;
  std::string data;  // all of them, or nothing if it is a gap
  StreamGap gap = StreamGap::kNone;
  std::string name;  // of the file then, as behind the descriptors of calls
  EventRef event;    // the call
};

struct Stream {
  std::string name;
  bool is_file = false;  // a regular file: what is read is not what was written before, in a row
  std::vector<StreamPiece> pieces;
  bool stopped = false;  // on request: it is what was known by then
};

struct StreamRange {
  uint64_t from_ns = 0, to_ns = UINT64_MAX;  // calls that began in [from, to)
  std::optional<uint64_t> at_ns;             // PID:FD is what the descriptor was then
};

// target: PID:FD, what that descriptor of that process stood for when it was last used (of a moment: up to then, else after
// it); or a socket's address, "10.0.0.1:80", "[::1]:80", "/run/x", "@abstract". Throws AskError.
Stream read_stream(const Session& session, std::string_view target, const StreamRange& range = {},
                   const std::stop_token& stop = {}, const std::function<void(const Progress&)>& progress = {});

// The descriptor that a call was about, of several the first. Nothing: of none, or the event is no call.
struct DescriptorOf {
  uint32_t pid, fd;
};
std::optional<DescriptorOf> descriptor_of(const Session& session, const EventRef& event);

// What moved bytes: a pipe or a file, or a connection with both its ends.
struct StreamTotal {
  std::string name;           // of the file, as behind the descriptors of calls
  bool is_file;               // a regular one
  uint32_t pid, fd;           // of the call that moved bytes last: with last_ns as the moment, it is followed
  int64_t first_ns, last_ns;  // since the trace's start: of those calls
  uint64_t written_bytes, read_bytes;
  ProcessesCell processes;  // whose calls; the first some
};
// The most bytes first, at most so many.
std::vector<StreamTotal> list_streams(const Session& session, size_t most, const std::stop_token& stop = {},
                                      const std::function<void(const Progress&)>& progress = {});

}  // namespace ebpftrace::analyzer
