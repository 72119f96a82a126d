// SPDX-License-Identifier: Apache-2.0
#include "tracefs_instance.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace {

constexpr std::string_view name_prefix = "ebpf-bench-";  // and the process id of the owner

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

// A buffer that still has readers is busy for a moment after the last of them has closed it.
void remove_instance(const std::filesystem::path& path) {
  for (int attempt = 0; attempt < 50 && rmdir(path.c_str()) < 0; attempt++) {
    if (errno != EBUSY || attempt == 49) {
      std::fprintf(stderr, "cannot remove %s: %s\n", path.c_str(), std::strerror(errno));
      return;
    }
    usleep(20'000);
  }
}

void remove_orphans(const std::filesystem::path& instances) {
  for (const auto& entry : std::filesystem::directory_iterator(instances)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(name_prefix)) continue;
    pid_t owner = 0;
    std::from_chars(name.data() + name_prefix.size(), name.data() + name.size(), owner);
    if (owner > 0 && kill(owner, 0) < 0 && errno == ESRCH) remove_instance(entry.path());
  }
}

}  // namespace

TracefsMount::TracefsMount() {
  struct statfs about;
  if (statfs(path_.c_str(), &about) == 0 && about.f_type == TRACEFS_MAGIC) return;
  if (mount("nodev", path_.c_str(), "tracefs", 0, nullptr) < 0) fail("mount of tracefs at " + path_.string());
  mounted_here_ = true;
  std::fprintf(stderr, "mounted tracefs at %s for this run\n", path_.c_str());
}

TracefsMount::~TracefsMount() {
  if (mounted_here_ && umount(path_.c_str()) < 0)
    std::fprintf(stderr, "cannot unmount %s: %s\n", path_.c_str(), std::strerror(errno));
}

TracefsInstance::TracefsInstance(const TracefsMount& tracefs) {
  const auto instances = tracefs.path() / "instances";
  remove_orphans(instances);
  path_ = instances / (std::string(name_prefix) + std::to_string(getpid()));
  if (mkdir(path_.c_str(), 0700) < 0) fail("mkdir " + path_.string());
}

TracefsInstance::~TracefsInstance() { remove_instance(path_); }

void TracefsInstance::write(std::string_view file, std::string_view value) const {
  const auto path = path_ / file;
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) fail("open " + path.string());
  const ssize_t written = ::write(fd, value.data(), value.size());
  const int error = errno;
  close(fd);
  if (written < 0) {
    errno = error;
    fail("write '" + std::string(value) + "' to " + path.string());
  }
}
