// SPDX-License-Identifier: Apache-2.0
#include "ship/send/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace ebpftrace::ship {
namespace {

constexpr uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
// All of the first version: later ones only add.
constexpr uint64_t kHandled = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
constexpr uint64_t kPosition =
    kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;

void allow(int rules, const std::string& path, uint64_t access) {
  const int at = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (at < 0) return;  // what isn't there need not be allowed
  struct stat info {};
  ::fstat(at, &info);
  if (!S_ISDIR(info.st_mode)) access &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
  const landlock_path_beneath_attr rule{access, at};
  ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  ::close(at);
}

std::string folder_of(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

}  // namespace

std::string confine_to_spool(const ShipChoice& choice, const Settings& settings) {
  const landlock_ruleset_attr attributes{kHandled};
  const int rules = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0));
  if (rules < 0) return std::string("this kernel has no Landlock: ") + std::strerror(errno);
  std::error_code error;
  for (const std::string& given : choice.spool) {
    // Of a pattern, the folder before the first sign that stands for others.
    std::string folder = given;
    if (const size_t sign = given.find_first_of("*?["); sign != std::string::npos) folder = given.substr(0, sign) + "x";
    allow(rules, std::filesystem::is_directory(folder, error) ? folder : folder_of(folder), kRead);
  }
  allow(rules, folder_of(choice.position), kPosition);
  for (const char* path : {"/etc", "/usr", "/lib", "/lib64", "/proc", "/sys", "/run", "/dev"})
    allow(rules, path, kRead);
  for (const auto& [name, value] : settings.values)
    if (name.ends_with(".location") || name.ends_with(".keytab")) allow(rules, value, kRead);
  const bool done =
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::syscall(SYS_landlock_restrict_self, rules, 0) == 0;
  const std::string why = done ? std::string() : std::string(std::strerror(errno));
  ::close(rules);
  return why;
}

}  // namespace ebpftrace::ship
