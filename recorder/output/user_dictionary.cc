// SPDX-License-Identifier: Apache-2.0
#include "recorder/output/user_dictionary.h"

#include <charconv>
#include <cstring>
#include <fstream>
#include <string_view>

#include "recorder/drain/own_record.h"
#include "trace/format/clocks.h"
#include "trace/format/frame.h"

namespace ebpftrace::recorder {
namespace {

// A directory service's dump of a large company has some 100,000 lines.
constexpr size_t kMostUsers = 1u << 20;
constexpr size_t kLongestName = 256;

}  // namespace

UserDictionary::UserDictionary(Take take, const std::string& passwd) : take_(std::move(take)) {
  std::ifstream file(passwd);
  for (std::string line; names_.size() < kMostUsers && std::getline(file, line);) {
    // name:password:uid:...
    const size_t name_end = line.find(':'), uid_begin = line.find(':', name_end + 1);
    if (name_end == 0 || name_end > kLongestName || uid_begin == std::string::npos) continue;
    const size_t uid_end = line.find(':', uid_begin + 1);
    if (uid_end == std::string::npos) continue;
    uint32_t uid = 0;
    const char* const last = line.data() + uid_end;
    const auto [end, error] = std::from_chars(line.data() + uid_begin + 1, last, uid);
    if (error == std::errc() && end == last) names_.try_emplace(uid, line, 0, name_end);  // the first of an id counts
  }
}

void UserDictionary::mention(uint32_t uid) {
  if (last_ == uid) return;
  last_ = uid;
  const auto name = names_.find(uid);
  if (name == names_.end() || !mentioned_.insert(uid).second) return;
  user_record record{};
  record.time_ns = static_cast<uint64_t>(trace::clock_ns(CLOCK_BOOTTIME));
  record.uid = uid;
  record.name = size_of(name->second);
  write_own_record(buffer_, EVENT_USER, static_cast<uint16_t>(trace::kNoCpu), record, {name->second});
  take_(buffer_);
}

void UserDictionary::mention_user_of(std::span<const std::byte> bytes) {
  record_head head;
  if (bytes.size() < sizeof head) return;
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.type == EVENT_THREAD && bytes.size() >= sizeof(thread_record)) {
    thread_record thread;
    std::memcpy(&thread, bytes.data(), sizeof thread);
    mention(thread.uid);
  } else if (head.type == EVENT_PROCESS && bytes.size() >= sizeof(process_record)) {
    process_record process;
    std::memcpy(&process, bytes.data(), sizeof process);
    if (process.threads) mention(process.uid);  // without, its user was not kept
  }
}

void UserDictionary::begin_part() {
  last_.reset();
  mentioned_.clear();
}

}  // namespace ebpftrace::recorder
