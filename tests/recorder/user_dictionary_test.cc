// SPDX-License-Identifier: Apache-2.0
#include "recorder/output/user_dictionary.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "bpf/records.h"

namespace ebpftrace::recorder {
namespace {

namespace fs = std::filesystem;

class UserDictionaryTest : public testing::Test {
 protected:
  UserDictionaryTest() {
    std::string pattern = fs::temp_directory_path() / "user_dictionary_test.XXXXXX";
    EXPECT_TRUE(::mkdtemp(pattern.data()));
    folder_ = pattern;
  }
  ~UserDictionaryTest() override { fs::remove_all(folder_); }

  UserDictionary dictionary(const std::string& passwd) {
    std::ofstream(folder_ / "passwd") << passwd;
    return UserDictionary(
        [this](std::span<const std::byte> bytes) {
          user_record record;
          ASSERT_GE(bytes.size(), sizeof record);
          std::memcpy(&record, bytes.data(), sizeof record);
          EXPECT_EQ(record.head.size, bytes.size());
          EXPECT_EQ(record.name.stored, bytes.size() - sizeof record);
          EXPECT_EQ(record.name.original, record.name.stored);
          EXPECT_GT(record.time_ns, 0u);
          rows_ += std::to_string(record.uid) + "=" +
                   std::string(reinterpret_cast<const char*>(bytes.data()) + sizeof record, record.name.stored) + " ";
        },
        folder_ / "passwd");
  }

  fs::path folder_;
  std::string rows_;
};

TEST_F(UserDictionaryTest, WritesEachUserOnceInAPart) {
  UserDictionary users = dictionary("root:x:0:0::/root:/bin/sh\nalice:x:1000:1000:Alice,,,:/home/alice:/bin/sh\n");
  for (const uint32_t uid : {0u, 0u, 1000u, 0u, 1000u, 77u}) users.mention(uid);
  EXPECT_EQ(rows_, "0=root 1000=alice ");
  users.begin_part();
  users.mention(1000);
  EXPECT_EQ(rows_, "0=root 1000=alice 1000=alice ");
}

TEST_F(UserDictionaryTest, TakesTheFirstNameAndLeavesAloneWhatIsNoUser) {
  UserDictionary users = dictionary(
      "# a "
      "comment\n\nfirst:x:5:5:::\nsecond:x:5:5:::\n+nis\n:x:6:6:::\nshort:x\nnegative:x:-1:0:::\nwords:x:seven:0:::\n"
      "large:x:99999999999:0:::\nno_end:x:8\ntop:x:4294967294:0:::");
  for (uint32_t uid = 0; uid < 10; ++uid) users.mention(uid);
  users.mention(4294967295);
  users.mention(4294967294);
  EXPECT_EQ(rows_, "5=first 4294967294=top ");
}

TEST_F(UserDictionaryTest, WithoutAFileThereAreNoUsers) {
  UserDictionary users([](auto) { FAIL(); }, folder_ / "none");
  users.mention(0);
}

template <typename Record>
std::span<const std::byte> bytes_of(const Record& record) {
  return std::as_bytes(std::span(&record, 1));
}

TEST_F(UserDictionaryTest, KnowsWhichRecordsMentionAUser) {
  UserDictionary users = dictionary("a:x:1:1:::\nb:x:2:2:::\nc:x:3:3:::\nroot:x:0:0:::\n");
  users.mention_user_of(bytes_of(thread_record{.head = {EVENT_THREAD, 0, sizeof(thread_record)}, .uid = 1}));
  users.mention_user_of(
      bytes_of(process_record{.head = {EVENT_PROCESS, 0, sizeof(process_record)}, .uid = 2, .threads = 1}));
  // Of a process that is not recorded nothing but its name is kept: 0 is no user then.
  users.mention_user_of(bytes_of(process_record{.head = {EVENT_PROCESS, 0, sizeof(process_record)}}));
  users.mention_user_of(bytes_of(fork_record{.head = {EVENT_FORK, 0, sizeof(fork_record)}}));
  users.mention_user_of(bytes_of(thread_record{.head = {EVENT_THREAD, 0, 0}, .uid = 3}).first(20));
  users.mention_user_of({});
  EXPECT_EQ(rows_, "1=a 2=b ");
}

}  // namespace
}  // namespace ebpftrace::recorder
