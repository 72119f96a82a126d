// SPDX-License-Identifier: Apache-2.0
#include "trace/write/trace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ebpftrace::trace {
namespace {

[[noreturn]] void refuse(const std::string& path, std::string_view why, std::string_view remedy) {
  throw OutputError(fmt::format("cannot write the trace to '{}': {}; {}", path, why, remedy));
}

constexpr uid_t kSameUser = static_cast<uid_t>(-1);

// Opens without following a link and without touching what is there, then makes sure that it is ours to replace.
int open_own_file(int folder, const std::string& name, const std::string& path, OutputOwner owner) {
  constexpr int kFlags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  int fd = ::openat(folder, name.c_str(), kFlags | O_CREAT | O_EXCL, 0600);
  const bool created = fd >= 0;
  if (!created && errno == EEXIST) fd = ::openat(folder, name.c_str(), kFlags);
  if (fd < 0) {
    if (errno == ELOOP) refuse(path, "it is a symbolic link", "name the file itself, or remove the link");
    refuse(path, std::strerror(errno), "choose another place with -o FILE");
  }
  struct stat info;
  if (::fstat(fd, &info) != 0) refuse(path, std::strerror(errno), "choose another place with -o FILE");
  if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode)) {
    ::close(fd);
    refuse(path, "it is neither a regular file nor a pipe", "choose another place with -o FILE");
  }
  if (info.st_uid != ::geteuid() && info.st_uid != owner.uid) {
    ::close(fd);
    refuse(path, fmt::format("it belongs to uid {} and we run as {}", info.st_uid, ::geteuid()),
           "remove it or choose another place with -o FILE");
  }
  if (S_ISREG(info.st_mode)) {
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      ::close(fd);
      refuse(path, "another recorder is writing to it", "choose another place with -o FILE");
    }
    if (info.st_nlink > 1) {
      ::close(fd);
      refuse(path, fmt::format("it has {} hard links", info.st_nlink),
             "remove it or choose another place with -o FILE");
    }
    // Only a file that we made is given to the invoking user: one of root's stays root's.
    const bool give = created && (owner.uid != ::geteuid() || owner.gid != ::getegid());
    // The group may read it once it is empty, and that group's.
    if (::fchmod(fd, 0600) != 0 || ::ftruncate(fd, 0) != 0 || (give && ::fchown(fd, owner.uid, owner.gid) != 0) ||
        (owner.readers && (::fchown(fd, kSameUser, *owner.readers) != 0 || ::fchmod(fd, 0640) != 0))) {
      const int error = errno;
      ::close(fd);
      refuse(path, std::strerror(error), "choose another place with -o FILE");
    }
  }
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  return fd;
}

}  // namespace

ssize_t OutputCalls::write(int fd, const void* bytes, size_t count) { return ::write(fd, bytes, count); }
int OutputCalls::ftruncate(int fd, off_t size) { return ::ftruncate(fd, size); }

TraceFile::TraceFile(std::string path, OutputOwner owner, OutputCalls& calls) : path_(std::move(path)), calls_(calls) {
  if (path_ == "-") {
    if (::isatty(STDOUT_FILENO)) refuse("-", "standard output is a terminal", "redirect it to a file or a pipe");
    fd_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (fd_ < 0) refuse("-", std::strerror(errno), "redirect standard output to a file or a pipe");
    seekable_ = false;
  } else {
    fd_ = open_own_file(AT_FDCWD, path_, path_, owner);
    seekable_ = ::lseek(fd_, 0, SEEK_CUR) >= 0;
  }
}

TraceFile::TraceFile(int folder, const std::string& folder_path, const std::string& name, OutputOwner owner,
                     OutputCalls& calls)
    : path_(folder_path == "." ? name : folder_path + "/" + name),
      calls_(calls),
      fd_(open_own_file(folder, name, path_, owner)) {
  seekable_ = ::lseek(fd_, 0, SEEK_CUR) >= 0;
}

TraceFile::~TraceFile() { ::close(fd_); }

bool TraceFile::write_all(std::span<const std::byte> bytes) {
  const uint64_t start = bytes_;
  while (!bytes.empty()) {
    const ssize_t written = calls_.write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      error_ = written < 0 ? errno : EIO;
      // Back to the end of the last whole frame. Should cutting off what follows fail too, what comes next is written over it,
      // and if nothing does, readers find half a frame at the end and say so.
      if (seekable_) {
        (void)calls_.ftruncate(fd_, static_cast<off_t>(start));
        ::lseek(fd_, static_cast<off_t>(start), SEEK_SET);
      }
      bytes_ = start;
      return false;
    }
    bytes_ += static_cast<uint64_t>(written);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return true;
}

bool TraceFile::append(const FrameHeader& header, std::span<const std::byte> frame) {
  if (error_) return false;
  if (bytes_ == 0) {
    const Preamble preamble = make_preamble();
    if (!write_all(std::as_bytes(std::span(&preamble, 1)))) return false;
  }
  const uint64_t offset = bytes_;
  if (!write_all(frame)) return false;
  frames_.push_back({offset, header});
  return true;
}

void TraceFile::end_segment() {
  segments_.push_back(frames_.back());
  frames_.clear();
}

bool TraceFile::remove_last(FrameEntry& removed) {
  if (!seekable_ || !indexed_) return false;
  if (segments_.empty() && frames_.size() <= 1) return false;  // the trace header stays
  auto& list = frames_.empty() ? segments_ : frames_;
  const FrameEntry last = list.back();
  if (calls_.ftruncate(fd_, static_cast<off_t>(last.offset)) != 0) return false;
  ::lseek(fd_, static_cast<off_t>(last.offset), SEEK_SET);
  bytes_ = last.offset;
  indexed_ = &list == &frames_;
  list.pop_back();
  removed = last;
  return true;
}

bool TraceFile::append_end_mark(uint64_t index_offset) {
  if (error_) return false;
  const EndMark mark = make_end_mark(index_offset, bytes_ + sizeof(EndMark));
  return write_all(std::as_bytes(std::span(&mark, 1)));
}

}  // namespace ebpftrace::trace
