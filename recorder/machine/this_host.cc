// SPDX-License-Identifier: Apache-2.0
#include "recorder/machine/this_host.h"

#include <sha2.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <system_error>

namespace ebpftrace::recorder {
namespace {

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::optional<trace::Id> boot_id() {
  std::string digits = first_line("/proc/sys/kernel/random/boot_id");
  std::erase(digits, '-');
  trace::Id id{};
  if (digits.size() != 2 * id.size()) return std::nullopt;
  for (size_t i = 0; i < id.size(); ++i) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(&digits[2 * i], &digits[2 * i] + 2, value, 16);
    if (error != std::errc() || end != &digits[2 * i] + 2) return std::nullopt;
    id[i] = static_cast<std::byte>(value);
  }
  return id;
}

std::optional<trace::Id> host_id() {
  const std::string machine = first_line("/etc/machine-id");
  if (machine.empty()) return std::nullopt;
  const std::string text = "ebpf-trace host " + machine;
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA2_CTX context;
  SHA256Init(&context);
  SHA256Update(&context, reinterpret_cast<const uint8_t*>(text.data()), text.size());
  SHA256Final(digest, &context);
  trace::Id id;
  std::memcpy(id.data(), digest, id.size());
  return id;
}

}  // namespace

trace::HostFacts this_host() {
  trace::HostFacts host;
  utsname names{};
  if (::uname(&names) == 0) {
    host.kernel = names.release;
    host.machine = names.machine;
  }
  host.page_size = static_cast<uint32_t>(::sysconf(_SC_PAGESIZE));
  host.memory_bytes = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * host.page_size;
  host.boot_id = boot_id();
  host.host_id = host_id();
  return host;
}

trace::Id new_recording_id() {
  trace::Id id;
  if (::getrandom(id.data(), id.size(), 0) != static_cast<ssize_t>(id.size()))
    throw std::system_error(errno, std::generic_category(), "getrandom");
  return id;
}

int32_t utc_offset_seconds() {
  const time_t now = ::time(nullptr);
  tm local{};
  return ::localtime_r(&now, &local) ? static_cast<int32_t>(local.tm_gmtoff) : 0;
}

}  // namespace ebpftrace::recorder
