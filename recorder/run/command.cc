// SPDX-License-Identifier: Apache-2.0
#include "recorder/run/command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace ebpftrace::recorder {
namespace {

std::optional<unsigned> environment_number(const char* name) {
  const char* text = std::getenv(name);
  unsigned value = 0;
  if (!text || std::from_chars(text, text + std::strlen(text), value).ec != std::errc()) return std::nullopt;
  return value;
}

bool regular(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

// The file that a shell would run. One execve of the right file then is all that the trace shows of the start.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (regular(name)) return name;
    if (::access(name.c_str(), F_OK) == 0)
      throw CommandError(126, fmt::format("cannot run '{}': not a regular file", name));
    throw CommandError(127, fmt::format("cannot run '{}': {}", name, std::strerror(errno)));
  }
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "/usr/local/bin:/usr/bin:/bin";
  std::string found;
  while (true) {
    const auto colon = rest.find(':');
    const std::string_view folder = rest.substr(0, colon);
    std::string file = fmt::format("{}/{}", folder.empty() ? "." : folder, name);
    if (regular(file)) {
      if (::access(file.c_str(), X_OK) == 0) return file;
      found = file;
    }
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  if (!found.empty()) throw CommandError(126, fmt::format("cannot run '{}': {} is not executable", name, found));
  throw CommandError(127, fmt::format("cannot run '{}': command not found in PATH", name));
}

}  // namespace

std::optional<InvokingUser> invoking_user() {
  if (::geteuid() != 0) return std::nullopt;
  const auto uid = environment_number("SUDO_UID"), gid = environment_number("SUDO_GID");
  if (uid && gid) return InvokingUser{*uid, *gid};
  // pkexec says the user only.
  const auto caller = environment_number("PKEXEC_UID");
  const passwd* entry = caller ? ::getpwuid(*caller) : nullptr;
  if (!entry) return std::nullopt;
  return InvokingUser{*caller, entry->pw_gid};
}

SignalSettings signal_settings() {
  SignalSettings settings{};
  ::sigprocmask(SIG_SETMASK, nullptr, &settings.blocked);
  ::sigaction(SIGPIPE, nullptr, &settings.pipe);
  return settings;
}

Command::Command(std::vector<std::string> words, std::optional<InvokingUser> user, const SignalSettings& signals)
    : words_(std::move(words)), file_(find_program(words_.at(0))), user_(user), signals_(signals) {}

void Command::start() {
  int go[2], error[2];
  if (::pipe2(go, O_CLOEXEC) != 0 || ::pipe2(error, O_CLOEXEC) != 0)
    throw CommandError(126, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  pid_ = ::fork();
  if (pid_ < 0) throw CommandError(126, fmt::format("cannot fork: {}", std::strerror(errno)));
  if (pid_ == 0) {
    ::close(go[1]);
    ::close(error[0]);
    child(go[0], error[1]);
  }
  ::close(go[0]);
  ::close(error[1]);
  go_fd_ = go[1];
  error_fd_ = error[0];
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (::pipe2(signal_pipe_, O_CLOEXEC | O_NONBLOCK) != 0 || ::fcntl(signal_pipe_[0], F_SETOWN, pid_) != 0 ||
      ::fcntl(signal_pipe_[0], F_SETFL, O_NONBLOCK | O_ASYNC) != 0)
    throw CommandError(126, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
}

void Command::child(int go_fd, int error_fd) {
  ::sigaction(SIGPIPE, &signals_.pipe, nullptr);
  ::sigprocmask(SIG_SETMASK, &signals_.blocked, nullptr);
  auto fail = [&] {
    const int error = errno;
    (void)!::write(error_fd, &error, sizeof error);
    ::_exit(127);
  };
  if (user_) {
    const passwd* entry = ::getpwuid(user_->uid);
    const int groups = entry ? ::initgroups(entry->pw_name, user_->gid) : ::setgroups(0, nullptr);
    if (groups != 0 || ::setgid(user_->gid) != 0 || ::setuid(user_->uid) != 0) fail();
  }
  if (leaves_output_ && ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) fail();
  std::vector<char*> words;
  for (std::string& word : words_) words.push_back(word.data());
  words.push_back(nullptr);
  // What the trace shows of it before its execve is already called what it will be.
  ::prctl(PR_SET_NAME, file_.substr(file_.rfind('/') + 1).c_str());
  char byte;
  if (::read(go_fd, &byte, 1) != 1) ::_exit(127);  // the recorder gave up
  ::execv(file_.c_str(), words.data());
  fail();
  ::_exit(127);
}

Command::~Command() {
  if (go_fd_ >= 0) {
    ::close(go_fd_);  // its read ends, and so does it
    int status;
    ::waitpid(pid_, &status, 0);
  }
  if (error_fd_ >= 0) ::close(error_fd_);
  for (const int fd : {pidfd_, signal_pipe_[0], signal_pipe_[1]})
    if (fd >= 0) ::close(fd);
}

void Command::go() {
  const char byte = 1;
  (void)!::write(go_fd_, &byte, 1);
  ::close(go_fd_);
  go_fd_ = -1;
  int error = 0;
  ssize_t n;
  while ((n = ::read(error_fd_, &error, sizeof error)) < 0 && errno == EINTR) {
  }
  ::close(error_fd_);
  error_fd_ = -1;
  if (n == sizeof error) {
    int status;
    ::waitpid(pid_, &status, 0);
    throw CommandError(126, fmt::format("cannot run '{}': {}", words_[0], std::strerror(error)));
  }
}

std::optional<int> Command::exit_status() {
  int status;
  if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_)
    status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return status_;
}

void Command::send_signal(int signal) {
  if (status_ || ::kill(pid_, signal) == 0 || errno != EPERM) return;
  // It runs as another user by now, and we have no CAP_KILL any more. What is written to a pipe is announced to its owner
  // with a signal of choice, and whether that is permitted is asked of who set the owner (fcntl(2), F_SETOWN).
  const char byte = 1;
  if (::fcntl(signal_pipe_[0], F_SETSIG, signal) == 0) (void)!::write(signal_pipe_[1], &byte, 1);
}

}  // namespace ebpftrace::recorder
