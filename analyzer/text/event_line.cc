// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/event_line.h"

#include <fmt/format.h>

#include <cstring>

#include "analyzer/text/escape.h"
#include "analyzer/text/human.h"
#include "trace/format/frame.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kTimeWidth = 14, kCpuWidth = 2, kThreadWidth = 7, kProcessWidth = 15;

// A line's head in one piece: its numbers have at most 31 + 11 + 22 characters.
class Piece {
 public:
  void put(char c) { bytes_[size_++] = c; }
  void put(const fmt::format_int& number) { put(number.data(), number.size()); }
  void put(const char* bytes, size_t size) {
    std::memcpy(bytes_ + size_, bytes, size);
    size_ += size;
  }
  void pad(size_t has, size_t width) {
    for (; has < width; ++has) put(' ');
  }
  std::string_view text() const { return {bytes_, size_}; }

 private:
  char bytes_[96];
  size_t size_ = 0;
};

}  // namespace

void append_line_head(std::string& out, const EventLineFacts& facts) {
  Piece piece;
  constexpr uint64_t kSecond = 1'000'000'000;
  const bool before = facts.time_ns < 0;
  const uint64_t time = before ? 0 - static_cast<uint64_t>(facts.time_ns) : static_cast<uint64_t>(facts.time_ns);
  const fmt::format_int seconds(time / kSecond), rest(kSecond + time % kSecond);  // "1234567890": its 1 is the point
  piece.pad(before + seconds.size() + 10, kTimeWidth);
  if (before) piece.put('-');
  piece.put(seconds);
  piece.put('.');
  piece.put(rest.data() + 1, 9);
  piece.put(' ');
  if (facts.cpu == trace::kNoCpu) {
    piece.put(" -", 2);
  } else {
    const fmt::format_int cpu(facts.cpu);
    piece.pad(cpu.size(), kCpuWidth);
    piece.put(cpu);
  }
  piece.put(' ');
  const fmt::format_int pid(facts.pid), tid(facts.tid);
  const bool known = facts.pid || facts.tid, two = facts.pid != facts.tid;
  piece.pad((known ? pid.size() : 1) + (two ? 1 + tid.size() : 0), kThreadWidth);
  if (known)
    piece.put(pid);
  else
    piece.put('-');
  if (two) {
    piece.put('/');
    piece.put(tid);
  }
  piece.put(' ');
  out += piece.text();
  const size_t start = out.size();
  append_terminal(out, facts.pid ? facts.process : "-");
  if (out.size() - start < kProcessWidth) out.append(kProcessWidth - (out.size() - start), ' ');
  out += ' ';
}

void append_line_tail(std::string& out, const EventLineFacts& facts) {
  if (facts.call && (facts.timed || facts.unfinished || facts.is_32bit)) {
    out += " <";
    if (facts.timed)
      append_duration(out, facts.duration_ns);
    else
      out += '?';
    if (facts.began_before) out += ", began before";
    if (facts.unfinished) out += ", unfinished";
    if (facts.is_32bit) out += ", 32-bit";
    out += '>';
  }
  out += '\n';
}

}  // namespace ebpftrace::analyzer
