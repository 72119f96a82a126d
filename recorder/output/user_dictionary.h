// SPDX-License-Identifier: Apache-2.0
// Names of the users that a recording mentions, as rows of type user, each once in a part. One thread.
// /etc/passwd is read whole when this is made, while files may still be opened, and nobody is asked later: a name
// service may take its time or want the network. A user that is not in the file has no row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace ebpftrace::recorder {

class UserDictionary {
 public:
  using Take = std::function<void(std::span<const std::byte>)>;  // a user_record with its text

  // A file that can't be read is one without users.
  explicit UserDictionary(Take take, const std::string& passwd = "/etc/passwd");

  // Something that is recorded has this user id.
  void mention(uint32_t uid);
  // The same of a record of any type: those that describe a thread or a process have one.
  void mention_user_of(std::span<const std::byte> record);
  // From now on each is written once more.
  void begin_part();

 private:
  const Take take_;
  std::unordered_map<uint32_t, std::string> names_;
  std::optional<uint32_t> last_;
  std::set<uint32_t> mentioned_;
  std::vector<std::byte> buffer_;
};

}  // namespace ebpftrace::recorder
