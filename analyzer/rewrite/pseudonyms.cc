// SPDX-License-Identifier: Apache-2.0
#include "analyzer/rewrite/pseudonyms.h"

#include <netinet/in.h>
#include <sha2.h>
#include <sys/random.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kNameBytes = 6;  // 48 bits: among a million names, one pair of equal pseudonyms in 500 traces

// "pipe:[7]", "socket:[8]", "net:[4026531840]", "anon_inode:[eventfd]": the kernel's own words and inode numbers.
bool is_kernel_name(std::string_view path) {
  constexpr std::string_view kKinds[] = {"pipe",
                                         "socket",
                                         "net",
                                         "mnt",
                                         "uts",
                                         "ipc",
                                         "pid",
                                         "user",
                                         "time",
                                         "cgroup",
                                         "time_for_children",
                                         "pid_for_children"};
  constexpr std::string_view kAnonymous[] = {"[eventfd]",  "[eventpoll]", "[signalfd]",    "[timerfd]",
                                             "[pidfd]",    "[io_uring]",  "[userfaultfd]", "[perf_event]",
                                             "[fanotify]", "[bpf-map]",   "[bpf-prog]",    "inotify"};
  const size_t colon = path.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view kind = path.substr(0, colon), rest = path.substr(colon + 1);
  if (kind == "anon_inode")
    return std::find(std::begin(kAnonymous), std::end(kAnonymous), rest) != std::end(kAnonymous);
  if (std::find(std::begin(kKinds), std::end(kKinds), kind) == std::end(kKinds)) return false;
  return rest.size() > 2 && rest.size() < 23 && rest.front() == '[' && rest.back() == ']' &&
         rest.find_first_not_of("0123456789", 1) == rest.size() - 1;
}

template <typename Address>
Address read(std::string_view bytes) {
  Address address{};
  std::memcpy(&address, bytes.data(), std::min(bytes.size(), sizeof address));
  return address;
}

template <typename Address>
std::string bytes_of(const Address& address, size_t size) {
  return {reinterpret_cast<const char*>(&address), std::min(size, sizeof address)};
}

}  // namespace

Pseudonyms::Pseudonyms() {
  for (size_t got = 0; got < secret_.size();) {
    const ssize_t more = ::getrandom(secret_.data() + got, secret_.size() - got, 0);
    if (more < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
    got += static_cast<size_t>(std::max<ssize_t>(more, 0));
  }
}

// HMAC (RFC 2104) of SHA-256.
Pseudonyms::Digest Pseudonyms::digest(char kind, std::string_view text) const {
  std::array<uint8_t, 64> inner{}, outer{};
  for (size_t i = 0; i < inner.size(); ++i) {
    const uint8_t byte = i < secret_.size() ? secret_[i] : 0;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  Digest digest;
  SHA2_CTX context;
  SHA256Init(&context);
  SHA256Update(&context, inner.data(), inner.size());
  SHA256Update(&context, reinterpret_cast<const uint8_t*>(&kind), 1);
  SHA256Update(&context, reinterpret_cast<const uint8_t*>(text.data()), text.size());
  SHA256Final(digest.data(), &context);
  SHA256Init(&context);
  SHA256Update(&context, outer.data(), outer.size());
  SHA256Update(&context, digest.data(), digest.size());
  SHA256Final(digest.data(), &context);
  return digest;
}

std::string Pseudonyms::name(std::string_view name) {
  if (name.empty()) return {};
  std::string key(name);
  if (const auto known = names_.find(key); known != names_.end()) return known->second;
  const Digest made = digest('n', name);
  std::string pseudonym = "n";
  for (size_t i = 0; i < kNameBytes; ++i) {
    pseudonym += "0123456789abcdef"[made[i] >> 4];
    pseudonym += "0123456789abcdef"[made[i] & 15];
  }
  if (names_.size() >= kMostKept) names_.clear();
  if (key.size() <= 256) names_.emplace(std::move(key), pseudonym);
  return pseudonym;
}

std::string Pseudonyms::path(std::string_view path, bool by_kernel) {
  if (by_kernel && is_kernel_name(path)) return std::string(path);
  std::string out;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    out += part == "." || part == ".." || part == "..." ? std::string(part) : name(part);
    if (end < path.size()) out += '/';
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out;
}

std::string Pseudonyms::list(std::string_view texts) {
  std::string out;
  while (!texts.empty()) {
    const size_t end = std::min(texts.find('\0'), texts.size());
    out += name(texts.substr(0, end));
    out += '\0';
    texts.remove_prefix(std::min(end + 1, texts.size()));
  }
  return out;
}

std::string Pseudonyms::address(std::string_view sockaddr) {
  sa_family_t family = 0;
  if (sockaddr.size() < sizeof family) return {};
  std::memcpy(&family, sockaddr.data(), sizeof family);
  auto four = [&](const uint8_t* bytes, uint8_t* to) {
    const bool stays = bytes[0] == 127 || (!bytes[0] && !bytes[1] && !bytes[2] && !bytes[3]);
    if (stays) return void(std::memcpy(to, bytes, 4));
    const Digest made = digest('4', {reinterpret_cast<const char*>(bytes), 4});
    to[0] = 10;
    std::memcpy(to + 1, made.data(), 3);
  };
  if (family == AF_INET && sockaddr.size() >= offsetof(sockaddr_in, sin_addr) + 4) {
    auto address = read<sockaddr_in>(sockaddr);
    uint8_t bytes[4], made[4];
    std::memcpy(bytes, &address.sin_addr, 4);
    four(bytes, made);
    std::memcpy(&address.sin_addr, made, 4);
    std::memset(address.sin_zero, 0, sizeof address.sin_zero);
    return bytes_of(address, sockaddr.size());
  }
  if (family == AF_INET6 && sockaddr.size() >= offsetof(sockaddr_in6, sin6_addr) + 16) {
    auto address = read<sockaddr_in6>(sockaddr);
    uint8_t* const bytes = address.sin6_addr.s6_addr;
    address.sin6_flowinfo = 0;
    if (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr)) {
      uint8_t made[4];
      four(bytes + 12, made);
      std::memcpy(bytes + 12, made, 4);
    } else if (!IN6_IS_ADDR_UNSPECIFIED(&address.sin6_addr) && !IN6_IS_ADDR_LOOPBACK(&address.sin6_addr)) {
      const Digest made = digest('6', {reinterpret_cast<const char*>(bytes), 16});
      bytes[0] = 0xfd;
      std::memcpy(bytes + 1, made.data(), 15);
    }
    return bytes_of(address, sockaddr.size());
  }
  std::string out(sockaddr.substr(0, sizeof family));
  if (family != AF_UNIX) return out;
  std::string_view path = sockaddr.substr(sizeof family);
  const bool is_abstract = path.starts_with('\0') && path.size() > 1;
  if (is_abstract) {
    out += '\0';
    out += name(path.substr(1));
  } else if (path = path.substr(0, path.find('\0')); !path.empty()) {
    out += this->path(path, false);
    out += '\0';
  }
  return out.substr(0, sizeof(sockaddr_un));
}

std::array<std::byte, 16> Pseudonyms::id(const std::array<std::byte, 16>& id) {
  const Digest made = digest('i', {reinterpret_cast<const char*>(id.data()), id.size()});
  std::array<std::byte, 16> out;
  std::memcpy(out.data(), made.data(), out.size());
  return out;
}

}  // namespace ebpftrace::analyzer
