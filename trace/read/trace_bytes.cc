// SPDX-License-Identifier: Apache-2.0
#include "trace/read/trace_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "trace/read/trace_error.h"

namespace ebpftrace::trace {
namespace {

class FileBytes : public TraceBytes {
 public:
  FileBytes(int fd, uint64_t size) : fd_(fd), size_(size) {}
  ~FileBytes() override { ::close(fd_); }

  uint64_t size() const override { return size_; }

  size_t read(uint64_t offset, std::span<std::byte> to) const override {
    if (offset >= size_) return 0;
    to = to.first(std::min<uint64_t>(to.size(), size_ - offset));
    size_t done = 0;
    while (done < to.size()) {
      const ssize_t got = ::pread(fd_, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

 private:
  int fd_;
  uint64_t size_;
};

class MemoryBytes : public TraceBytes {
 public:
  explicit MemoryBytes(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  uint64_t size() const override { return bytes_.size(); }

  size_t read(uint64_t offset, std::span<std::byte> to) const override {
    if (offset >= bytes_.size()) return 0;
    const size_t count = std::min<uint64_t>(to.size(), bytes_.size() - offset);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), count, to.begin());
    return count;
  }

 private:
  std::vector<std::byte> bytes_;
};

[[noreturn]] void unreadable(const std::string& path, const std::string& why) {
  throw TraceError(TraceError::Kind::kUnreadable, "cannot read '" + path + "': " + why);
}

}  // namespace

std::unique_ptr<TraceBytes> open_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) unreadable(path, std::strerror(errno));
  struct stat info;
  const bool known = ::fstat(fd, &info) == 0;
  if (!known || !S_ISREG(info.st_mode)) {
    ::close(fd);
    unreadable(path, "it is not a regular file");
  }
  return std::make_unique<FileBytes>(fd, static_cast<uint64_t>(info.st_size));
}

std::unique_ptr<TraceBytes> in_memory(std::vector<std::byte> bytes) {
  return std::make_unique<MemoryBytes>(std::move(bytes));
}

}  // namespace ebpftrace::trace
