// SPDX-License-Identifier: Apache-2.0
#include "recorder/choice/config_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ebpftrace::recorder {
namespace {

constexpr std::string_view kBlank = " \t\r";
constexpr size_t kLargest = 1 << 20;

struct Fd {
  int fd;
  ~Fd() {
    if (fd >= 0) ::close(fd);
  }
};

// The part without blanks around; its offset is added to `at`.
std::string_view trimmed(std::string_view text, size_t& at) {
  const size_t from = std::min(text.find_first_not_of(kBlank), text.size());
  at += from;
  text.remove_prefix(from);
  while (!text.empty() && kBlank.find(text.back()) != kBlank.npos) text.remove_suffix(1);
  return text;
}

}  // namespace

Filter parse_config(std::string_view text, std::string_view name) {
  Filter filter;
  size_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    size_t column = 0;
    const std::string_view content = trimmed(line, column);
    if (content.empty() || content.front() == '#') continue;
    auto refuse = [&](size_t offset, std::string_view what) {
      throw ConfigError(fmt::format("{}:{}:{}: {}", name, number, offset + 1, what));
    };
    const size_t equals = line.find('=');
    if (equals == line.npos) refuse(column, fmt::format("'{}' is not of the form key = value", content));
    size_t value_at = equals + 1;
    const std::string_view key = trimmed(line.substr(column, equals - column), column);
    const std::string_view value = trimmed(line.substr(equals + 1), value_at);
    if (value.empty()) refuse(value_at, fmt::format("'{}' has no value", key));
    try {
      if (!filter.add(key, value)) refuse(column, fmt::format("unknown key '{}'; the keys are {}", key, filter_keys()));
    } catch (const FilterError& error) {
      refuse(value_at + error.offset, error.what());
    }
  }
  return filter;
}

Filter read_config(const std::string& path) {
  auto refuse = [&](std::string_view why) { throw ConfigError(fmt::format("{}: {}", path, why)); };
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat status {};
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0) refuse(std::strerror(errno));
  if (!S_ISREG(status.st_mode)) refuse("it is not a regular file");
  std::string text;
  char part[4096];
  for (ssize_t n; (n = ::read(file.fd, part, sizeof part)) != 0;) {
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse(std::strerror(errno));
    text.append(part, static_cast<size_t>(n));
    if (text.size() > kLargest) refuse("it is larger than 1 MiB");
  }
  return parse_config(text, path);
}

}  // namespace ebpftrace::recorder
