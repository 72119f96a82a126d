// SPDX-License-Identifier: Apache-2.0
#include "trace/read/input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "trace/read/trace_error.h"

namespace ebpftrace::trace {
namespace {

constexpr size_t kPieceBytes = 1 << 18;

[[noreturn]] void unreadable(const std::string& path, const std::string& why) {
  throw TraceError(TraceError::Kind::kUnreadable,
                   (path == "-" ? "cannot read standard input: " : "cannot read '" + path + "': ") + why, path);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::string temporary_folder() {
  const char* const named = std::getenv("TMPDIR");
  return named && *named ? named : "/tmp";
}

// Nobody else can open it, and it is gone when we are.
int open_nameless(const std::string& folder) {
  int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) {  // not every file system can
    std::string name = folder + "/ebpf-trace.XXXXXX";
    fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd >= 0) ::unlink(name.c_str());
  }
  if (fd < 0) fd = ::memfd_create("ebpf-trace", MFD_CLOEXEC);
  return fd;
}

// A pipe and the file that it is emptied into. read_piece() on one thread, the rest on any.
class Spool {
 public:
  Spool(int from, std::string name)
      : from_(from),
        name_(std::move(name)),
        folder_(temporary_folder()),
        to_(open_nameless(folder_)),
        stop_(::eventfd(0, EFD_CLOEXEC)) {
    if (to_.get() < 0 || stop_.get() < 0) unreadable(name_, std::strerror(errno));
  }
  ~Spool() {
    const uint64_t one = 1;
    if (thread_.joinable()) {
      [[maybe_unused]] const ssize_t written = ::write(stop_.get(), &one, sizeof one);  // of an eventfd it can't fail
      thread_.join();
    }
  }

  void start() {
    thread_ = std::thread([this] {
      while (read_piece()) {
      }
    });
  }

  // Waits for the pipe. False: that was all.
  bool read_piece() {
    pollfd waits[] = {{from_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0) return errno == EINTR || end(errno);
    if (waits[1].revents) return end(0);
    const ssize_t got = ::read(from_.get(), piece_.data(), piece_.size());
    if (got < 0) return errno == EINTR || errno == EAGAIN || end(errno);
    if (got == 0) return end(0);
    const uint64_t size = size_;  // only this thread changes it
    for (ssize_t kept = 0; kept < got;) {
      const ssize_t written =
          ::pwrite(to_.get(), piece_.data() + kept, static_cast<size_t>(got - kept), static_cast<off_t>(size) + kept);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0)
        return end(written < 0 ? errno : EIO,
                   "cannot keep it in '" + folder_ + "': ", "; set TMPDIR to a folder with more room");
      kept += written;
    }
    {
      std::lock_guard lock(mutex_);
      size_ = size + static_cast<uint64_t>(got);
    }
    more_.notify_all();
    return size >= sizeof kPreambleMagic || size_ < sizeof kPreambleMagic || is_trace() || end(0);
  }

  struct State {
    uint64_t size;
    bool ended;
  };
  // Throws TraceError if it ended because of an error.
  State state() const {
    std::lock_guard lock(mutex_);
    if (!error_.empty()) unreadable(name_, error_);
    return {size_, ended_};
  }
  void wait(uint64_t known_size, std::chrono::milliseconds time) const {
    std::unique_lock lock(mutex_);
    more_.wait_for(lock, time, [&] { return size_ != known_size || ended_; });
  }
  size_t read(uint64_t offset, std::span<std::byte> to) const {
    size_t done = 0;
    while (done < to.size()) {
      const ssize_t got = ::pread(to_.get(), to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }
  const std::string& name() const { return name_; }

 private:
  bool end(int error, const std::string& what = "", const char* remedy = "") {
    {
      std::lock_guard lock(mutex_);
      ended_ = true;
      if (error) error_ = what + std::strerror(error) + remedy;
    }
    more_.notify_all();
    return false;
  }
  bool is_trace() const {
    std::byte front[sizeof kPreambleMagic];
    return read(0, front) == sizeof front && std::memcmp(front, kPreambleMagic, sizeof front) == 0;
  }

  Descriptor from_;
  std::string name_, folder_;
  Descriptor to_, stop_;
  std::vector<std::byte> piece_ = std::vector<std::byte>(kPieceBytes);
  mutable std::mutex mutex_;
  mutable std::condition_variable more_;
  uint64_t size_ = 0;
  bool ended_ = false;
  std::string error_;
  std::thread thread_;
};

class SpooledBytes : public TraceBytes {
 public:
  explicit SpooledBytes(std::shared_ptr<const Spool> spool) : spool_(std::move(spool)), state_(spool_->state()) {}

  uint64_t size() const override { return state_.size; }
  size_t read(uint64_t offset, std::span<std::byte> to) const override {
    if (offset >= state_.size) return 0;
    return spool_->read(offset, to.first(std::min<uint64_t>(to.size(), state_.size - offset)));
  }
  std::string name() const override { return spool_->name(); }
  bool ended() const override { return state_.ended; }
  std::shared_ptr<const TraceBytes> again() const override {
    const Spool::State now = spool_->state();
    if (now.size == state_.size && now.ended == state_.ended) return nullptr;
    return std::make_shared<SpooledBytes>(spool_);
  }
  void wait(std::chrono::milliseconds time) const override {
    if (!state_.ended) spool_->wait(state_.size, time);
  }

 private:
  std::shared_ptr<const Spool> spool_;
  Spool::State state_;
};

}  // namespace

std::shared_ptr<const TraceBytes> open_input(const std::string& path, Tail tail) {
  struct stat info;
  Descriptor input(path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : -1);
  if (path == "-") {
    if (input.get() < 0 || ::fstat(input.get(), &info) != 0) unreadable(path, std::strerror(errno));
    if (::isatty(input.get())) unreadable(path, "it is a terminal; pipe a trace into it, or name a FILE");
  } else if (::stat(path.c_str(), &info) != 0) {
    unreadable(path, std::strerror(errno));
  }
  if (S_ISREG(info.st_mode)) return path == "-" ? file_of_descriptor(input.release(), path) : open_file(path);
  if (!S_ISFIFO(info.st_mode) && !S_ISSOCK(info.st_mode))
    unreadable(path, S_ISDIR(info.st_mode) ? "it is a folder" : "it is neither a regular file nor a pipe");
  // Of a FIFO that waits for somebody who writes.
  const int from = path == "-" ? input.release() : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (from < 0) unreadable(path, std::strerror(errno));
  auto spool = std::make_shared<Spool>(from, path);
  if (tail == Tail::kMayGrow)
    spool->start();
  else
    while (spool->read_piece()) {
    }
  return std::make_shared<SpooledBytes>(std::move(spool));
}

}  // namespace ebpftrace::trace
