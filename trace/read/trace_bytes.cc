// SPDX-License-Identifier: Apache-2.0
#include "trace/read/trace_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "trace/read/trace_error.h"

namespace ebpftrace::trace {
namespace {

// A view of so many bytes; later views share the descriptor.
class FileBytes : public TraceBytes {
 public:
  struct File {
    int fd;
    std::string name;
    File(int descriptor, std::string called) : fd(descriptor), name(std::move(called)) {}
    File(const File&) = delete;
    ~File() { ::close(fd); }
  };

  explicit FileBytes(std::shared_ptr<const File> file) : file_(std::move(file)), size_(size_now(*file_)) {}

  uint64_t size() const override { return size_; }
  std::string name() const override { return file_->name; }

  size_t read(uint64_t offset, std::span<std::byte> to) const override {
    if (offset >= size_) return 0;
    to = to.first(std::min<uint64_t>(to.size(), size_ - offset));
    size_t done = 0;
    while (done < to.size()) {
      const ssize_t got = ::pread(file_->fd, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

  bool ended() const override { return false; }
  std::shared_ptr<const TraceBytes> again() const override {
    return size_now(*file_) == size_ ? nullptr : std::make_shared<FileBytes>(file_);
  }
  void wait(std::chrono::milliseconds time) const override {
    if (size_now(*file_) == size_) std::this_thread::sleep_for(time);
  }

 private:
  static uint64_t size_now(const File& file) {
    struct stat info;
    return ::fstat(file.fd, &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
  }

  std::shared_ptr<const File> file_;
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
  return file_of_descriptor(fd, path);
}

std::unique_ptr<TraceBytes> file_of_descriptor(int fd, std::string name) {
  return std::make_unique<FileBytes>(std::make_shared<const FileBytes::File>(fd, std::move(name)));
}

std::unique_ptr<TraceBytes> in_memory(std::vector<std::byte> bytes) {
  return std::make_unique<MemoryBytes>(std::move(bytes));
}

}  // namespace ebpftrace::trace
