// SPDX-License-Identifier: Apache-2.0
#include "analyzer/exports/file_output.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "trace/read/trace_error.h"

namespace ebpftrace::analyzer {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw trace::TraceError(trace::TraceError::Kind::kUnreadable, fmt::format("cannot write '{}': {}", path, why));
}

mode_t permissions(mode_t wanted) {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return wanted & ~mask;
}

void write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) refuse(path, std::strerror(errno));
    text.remove_prefix(static_cast<size_t>(written));
  }
}

// A pipe or a device: what is written is gone.
class OpenOutput final : public WholeOutput {
 public:
  explicit OpenOutput(const std::string& path) : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CLOEXEC)) {
    if (fd_ < 0) refuse(path, std::strerror(errno));
  }
  ~OpenOutput() override { ::close(fd_); }
  void write(std::string_view piece) override { write_all(fd_, piece, path_); }
  void begin_file(std::string_view) override {}
  void finish() override {}

 private:
  std::string path_;
  int fd_;
};

class FileOutput final : public WholeOutput {
 public:
  explicit FileOutput(const std::string& path) : path_(path), temporary_(path + ".XXXXXX") {
    fd_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
    if (fd_ < 0) refuse(path, std::strerror(errno));
    ::fchmod(fd_, permissions(0666));
  }
  ~FileOutput() override {
    ::close(fd_);
    if (!finished_) ::unlink(temporary_.c_str());
  }
  void write(std::string_view piece) override { write_all(fd_, piece, path_); }
  void begin_file(std::string_view) override {}
  void finish() override {
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) refuse(path_, std::strerror(errno));
    finished_ = true;
  }

 private:
  std::string path_, temporary_;
  int fd_;
  bool finished_ = false;
};

class FolderOutput final : public WholeOutput {
 public:
  explicit FolderOutput(const std::string& path) : path_(path), temporary_(path + ".XXXXXX") {
    while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
    temporary_ = path_ + ".XXXXXX";
    if (!is_free()) refuse(path_, "it is there already, and no empty folder: name another one, or remove it");
    if (!::mkdtemp(temporary_.data())) refuse(path_, std::strerror(errno));
    ::chmod(temporary_.c_str(), permissions(0777));
  }
  ~FolderOutput() override {
    close();
    if (finished_) return;
    for (const std::string& name : names_) ::unlink((temporary_ + "/" + name).c_str());
    ::rmdir(temporary_.c_str());
  }
  void write(std::string_view piece) override {
    if (fd_ >= 0) write_all(fd_, piece, path_ + "/" + names_.back());
  }
  void begin_file(std::string_view name) override {
    close();
    names_.emplace_back(name);
    fd_ = ::open((temporary_ + "/" + names_.back()).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0) refuse(path_ + "/" + names_.back(), std::strerror(errno));
  }
  void finish() override {
    close();
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) refuse(path_, std::strerror(errno));
    finished_ = true;
  }

 private:
  bool is_free() const {
    struct stat info {};
    if (::lstat(path_.c_str(), &info) != 0) return errno == ENOENT;
    DIR* folder = S_ISDIR(info.st_mode) ? ::opendir(path_.c_str()) : nullptr;
    if (!folder) return false;
    bool empty = true;
    while (const dirent* entry = ::readdir(folder)) {
      const std::string_view name = entry->d_name;
      empty &= name == "." || name == "..";
    }
    ::closedir(folder);
    return empty;
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  std::string path_, temporary_;
  std::vector<std::string> names_;
  int fd_ = -1;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<WholeOutput> open_file_output(const Export& what, const std::string& path) {
  if (what.form == Export::Form::kFolder) return std::make_unique<FolderOutput>(path);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::make_unique<FileOutput>(path);
  if (S_ISDIR(info.st_mode)) refuse(path, "it is a folder");
  if (!S_ISREG(info.st_mode)) return std::make_unique<OpenOutput>(path);
  // What a link leads to is replaced, not the link.
  char* const real = ::realpath(path.c_str(), nullptr);
  const std::string target = real ? real : path;
  ::free(real);
  return std::make_unique<FileOutput>(target);
}

}  // namespace ebpftrace::analyzer
