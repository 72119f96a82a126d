// SPDX-License-Identifier: Apache-2.0
// What went through a descriptor, or a socket of that address: call by call, both ways, contents and gaps.
#include "analyzer/api/stream.h"

#include <fmt/format.h>

#include <iterator>

#include "analyzer/api/question.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/moments.h"
#include "analyzer/questions/cells.h"
#include "analyzer/questions/moment_option.h"
#include "trace/read/reads.h"

namespace ebpftrace::analyzer {
namespace {

constexpr QuestionOption kOptions[] = {kAtMoment[0], {"hex", "", "Contents of --stream in hexadecimal"}};

std::vector<ResultColumn> columns() {
  return {
      {"time_ns", Unit::kTime, "TIME", "When it moved: a write when it began, a read when it returned."},
      {"pid", Unit::kIdentity, "PID", "Process that wrote or read it."},
      {"tid", Unit::kIdentity, "", "Its thread."},
      {"process", Unit::kText, "PROCESS", "Its name then."},
      {"fd", Unit::kIdentity, "FD", "Through this descriptor."},
      {"call", Unit::kText, "CALL", "By this system call.", Show::kIfRoom},
      {"way",
       Unit::kText,
       "WAY",
       "From the end that was asked for (out), to it (in), or through what has one way (a pipe, a file).",
       Show::kAlways,
       {"out", "in", "through"}},
      {"side", Unit::kText, "", "Whether it was written or read.", Show::kAlways, {"written", "read"}},
      {"offset_bytes", Unit::kNumber, "OFFSET", "Bytes that were written, or read, this way before.", Show::kIfRoom},
      {"bytes", Unit::kBytes, "BYTES", "Bytes of it."},
      {"gap", Unit::kText, "", "Why they are not there.", Show::kAlways, {"not recorded", "cut", "unreadable"}},
      {"data", Unit::kText, "", "What they are; nothing: see gap."},
      {"written", Unit::kText, "WRITTEN", "", Show::kOnlyPeople},
      {"read", Unit::kText, "READ", "", Show::kOnlyPeople},
      {"name", Unit::kText, "", "The file then, as behind the descriptors of calls."}};
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes)
    fmt::format_to(std::back_inserter(text), "{}{:02x}", text.empty() ? "" : " ", static_cast<uint8_t>(c));
  return text;
}

Result answer(const Source& source, const Asked& asked) {
  const trace::ReadScope scope;
  const TimeRange range = Moments(source.trace()).range(asked.from, asked.to);
  std::optional<uint64_t> at_ns;
  if (const auto at = asked.option("at")) at_ns = source.replayer().boot_ns(*at);
  const Stream stream =
      read_stream(source, asked.argument, {range.from_ns, range.to_ns, at_ns}, asked.stop, asked.progress);
  const bool as_hex = asked.option("hex").has_value();
  static constexpr std::string_view kWays[] = {"through", "out", "in"};
  Result result("stream", columns());
  bool gaps = false;
  for (const StreamPiece& piece : stream.pieces) {
    const bool gap = piece.gap != StreamGap::kNone;
    gaps |= piece.gap == StreamGap::kNotRecorded;
    const std::string data = as_hex ? hex(piece.data) : piece.data;
    const std::string shown = gap ? fmt::format("[{} bytes: {}]", piece.bytes, stream_gap_name(piece.gap)) : data;
    result.add({piece.time_ns, pid_cell(piece.pid), pid_cell(piece.tid), text_cell(piece.process), uint64_t{piece.fd},
                piece.call, std::string(kWays[static_cast<size_t>(piece.way)]),
                std::string(piece.written ? "written" : "read"), piece.offset, piece.bytes,
                text_cell(stream_gap_name(piece.gap)), gap ? Cell() : Cell(data), piece.written ? Cell(shown) : Cell(),
                piece.written ? Cell() : Cell(shown), text_cell(piece.name)});
  }
  result.all_rows = result.rows();
  result.stopped = stream.stopped;
  result.notes.push_back(stream.name);
  if (gaps) result.notes.emplace_back("contents are recorded with ebpf-record --data, and as long as -s says");
  result.coverage = coverage_of(source.trace(), scope);
  return result;
}

}  // namespace

extern constinit const Question kStreamQuestion{
    .name = "stream",
    .help = "What went through a descriptor of a process, or a socket of an address, both ways",
    .place = 56,
    .takes = {.time = Takes::Over::kEvents, .stop = true, .options = kOptions, .argument = {.type = "PID:FD|ADDRESS"}},
    .columns = columns,
    .answer = answer};

}  // namespace ebpftrace::analyzer
