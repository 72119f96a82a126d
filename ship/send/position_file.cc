// SPDX-License-Identifier: Apache-2.0
#include "ship/send/position_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "ship/kafka/record.h"

namespace ebpftrace::ship {
namespace {

constexpr std::string_view kFirstLine = "ebpf-ship positions 1";

[[noreturn]] void refuse(const std::string& path, const char* what) {
  throw PositionError(fmt::format("cannot {} the position file '{}': {}", what, path, std::strerror(errno)));
}

std::string text_of(const ShippedPositions& positions) {
  std::string text = std::string(kFirstLine) + "\n";
  const Counters& sum = positions.counters;
  text += fmt::format("counters {} {} {} {} {} {}\n", sum.frames, sum.rows, sum.bytes, sum.dropped_rows,
                      sum.taken_back_rows, sum.events);
  for (const auto& [recording, at] : positions.by_recording) {
    text += fmt::format("recording {} {} {} {} {}\n", hex(recording), at.part, at.offset, at.ended ? 1 : 0, at.frames);
    for (const auto& [type, rows] : at.earlier) text += fmt::format("earlier {} {}\n", type, rows);
    for (const auto& [type, rows] : at.earlier_lost) text += fmt::format("lost {} {}\n", type, rows);
    for (const auto& [type, rows] : at.rows) text += fmt::format("rows {} {}\n", type, rows);
  }
  return text + "end\n";
}

}  // namespace

PositionFile::PositionFile(std::string path) : path_(std::move(path)) {
  const std::string lock = path_ + ".lock";
  lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_ < 0) refuse(lock, "open");
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_);
    throw PositionError(fmt::format(
        "the position file '{}' is another ebpf-ship's that runs; stop that one, or name another with --position",
        path_));
  }
  read();
}

PositionFile::~PositionFile() { ::close(lock_); }

void PositionFile::read() {
  std::ifstream in(path_);
  if (!in) {
    if (errno == ENOENT) return;
    refuse(path_, "read");
  }
  std::string line;
  bool whole = false, sound = std::getline(in, line) && line == kFirstLine;
  ShippedPosition* at = nullptr;
  while (sound && !whole && std::getline(in, line)) {
    std::istringstream words(line);
    std::string what;
    words >> what;
    if (what == "counters") {
      Counters& sum = positions_.counters;
      words >> sum.frames >> sum.rows >> sum.bytes >> sum.dropped_rows >> sum.taken_back_rows >> sum.events;
    } else if (what == "recording") {
      std::string id;
      ShippedPosition one;
      words >> id >> one.part >> one.offset >> one.ended >> one.frames;
      const auto recording = id_of_hex(id);
      sound = recording.has_value();
      if (sound) at = &(positions_.by_recording[*recording] = std::move(one));
    } else if (what == "earlier" || what == "lost" || what == "rows") {
      uint16_t type = 0;
      uint64_t rows = 0;
      words >> type >> rows;
      sound = at != nullptr;
      if (sound) (what == "rows" ? at->rows : what == "lost" ? at->earlier_lost : at->earlier)[type] = rows;
    } else {
      whole = what == "end";
      sound = whole;
    }
    sound &= !words.fail();
  }
  if (!sound || !whole)
    throw PositionError(fmt::format(
        "'{}' is no position file of ebpf-ship, or damaged; move it away to ship all that is there again", path_));
}

void PositionFile::store(const ShippedPositions& positions) {
  if (positions == positions_) return;
  const std::string text = text_of(positions), beside = path_ + ".new";
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) refuse(beside, "write");
  const bool written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fdatasync(file) == 0;
  const int error = errno;
  ::close(file);
  errno = error;
  if (!written) refuse(beside, "write");
  if (::rename(beside.c_str(), path_.c_str()) != 0) refuse(path_, "replace");
  positions_ = positions;
}

}  // namespace ebpftrace::ship
