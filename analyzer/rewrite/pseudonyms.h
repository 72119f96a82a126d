// SPDX-License-Identifier: Apache-2.0
// Names that stand for names: the same for the same one, made with a random secret that lives as long as this and is written
// nowhere, so that nobody can find out what a pseudonym stands for by trying. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ebpftrace::analyzer {

class Pseudonyms {
 public:
  using Secret = std::array<uint8_t, 32>;

  Pseudonyms();  // throws std::system_error: there is no randomness
  explicit Pseudonyms(const Secret& secret) : secret_(secret) {}

  // "n3f09a1c52b7e"; "" of "".
  std::string name(std::string_view name);
  // Each part between slashes as a name; "." and "..", and what the kernel calls files that have no path (pipe:[7]), stay.
  std::string path(std::string_view path, bool by_kernel);
  // Texts with a zero byte behind each.
  std::string list(std::string_view texts);
  // A struct sockaddr: an internet address becomes one in 10.0.0.0/8 or fd00::/8, its port stays; 127.0.0.0/8, ::1 and the
  // addresses that mean any stay; the path of a Unix socket becomes a name. Of other families only the family is left.
  std::string address(std::string_view sockaddr);
  // 16 bytes for 16 bytes.
  std::array<std::byte, 16> id(const std::array<std::byte, 16>& id);

 private:
  using Digest = std::array<uint8_t, 32>;
  Digest digest(char kind, std::string_view text) const;

  static constexpr size_t kMostKept = 1u << 17;

  Secret secret_;
  std::unordered_map<std::string, std::string> names_;  // that were made already
};

}  // namespace ebpftrace::analyzer
