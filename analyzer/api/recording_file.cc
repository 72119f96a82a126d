// SPDX-License-Identifier: Apache-2.0
#include "analyzer/api/recording_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

std::string recording_id(const Session& session) {
  const auto& id = session.trace().facts().recording_id;
  std::string text;
  if (!id) return text;
  for (const std::byte byte : *id) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[static_cast<unsigned>(byte) >> 4];
    text += kDigits[static_cast<unsigned>(byte) & 15];
  }
  return text;
}

std::vector<std::string> recorded_with(const Session& session) { return session.trace().facts().command_line; }

bool is_being_written(const std::string& file) {
  // Of a FIFO, opening for reading would wait, and there is no lock.
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return false;
  // Shared, and given back at once.
  const bool locked = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(fd);
  return locked;
}

bool is_being_written(const Session& session) {
  const std::string& file = session.trace().parts().back().file;
  return !file.empty() && is_being_written(file);
}

}  // namespace ebpftrace::analyzer
