// SPDX-License-Identifier: Apache-2.0
#include "recorder/machine/process_snapshot.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "bpf/records.h"

namespace ebpftrace::recorder {
namespace {

namespace fs = std::filesystem;

constexpr auto kName = ProcessSnapshot::Detail::kName, kFull = ProcessSnapshot::Detail::kFull;

struct Taken {
  process_record record;
  std::string comm, exe, argv, cwd, cgroup;
};

// A /proc of our own making.
class FakeProc : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = fs::temp_directory_path() / "proc.XXXXXX";
    ASSERT_TRUE(::mkdtemp(folder.data()));
    proc_ = folder;
  }
  void TearDown() override { fs::remove_all(proc_); }

  void write(uint32_t pid, const std::string& name, const std::string& text) {
    fs::create_directories(proc_ / std::to_string(pid));
    std::ofstream(proc_ / std::to_string(pid) / name, std::ios::binary) << text;
  }
  void add(uint32_t pid, uint32_t ppid, bool of_kernel = false) {
    write(pid, "status",
          "Name:\tx\nTgid:\t" + std::to_string(pid) + "\nPPid:\t" + std::to_string(ppid) +
              "\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nNSpid:\t" + std::to_string(pid) + "\t9\n" +
              (of_kernel ? "" : "VmSize:\t 10 kB\n") + "Threads:\t3\n");
    write(pid, "comm", "name" + std::to_string(pid) + "\n");
    write(pid, "cmdline", std::string("prog\0a b\0", 9));
    write(pid, "cgroup", "9:name=systemd:/\n4:memory:/old/one\n0::/new\n");
    if (!of_kernel) fs::create_symlink("/bin/prog", proc_ / std::to_string(pid) / "exe");
  }

  ProcessSnapshot::Take take() {
    return [this](std::span<const std::byte> bytes) {
      Taken taken;
      ASSERT_GE(bytes.size(), sizeof taken.record);
      std::memcpy(&taken.record, bytes.data(), sizeof taken.record);
      EXPECT_EQ(taken.record.head.size, bytes.size());
      const auto* at = reinterpret_cast<const char*>(bytes.data()) + sizeof taken.record;
      for (const auto& [size, text] : {std::pair(&taken.record.comm, &taken.comm),
                                       {&taken.record.exe, &taken.exe},
                                       {&taken.record.argv, &taken.argv},
                                       {&taken.record.cwd, &taken.cwd},
                                       {&taken.record.cgroup, &taken.cgroup}}) {
        text->assign(at, size->stored);
        at += size->stored;
      }
      EXPECT_EQ(at, reinterpret_cast<const char*>(bytes.data() + bytes.size()));
      taken_.push_back(taken);
    };
  }

  fs::path proc_;
  std::vector<Taken> taken_;
};

TEST_F(FakeProc, ReadsAProcess) {
  add(70, 60);
  ProcessSnapshot(1, kName, take(), proc_).add(70);
  ASSERT_EQ(taken_.size(), 1u);
  const Taken& taken = taken_[0];
  EXPECT_EQ(taken.record.tgid, 70u);
  EXPECT_EQ(taken.record.ppid, 60u);
  EXPECT_EQ(taken.record.uid, 2u);
  EXPECT_EQ(taken.record.gid, 6u);
  EXPECT_EQ(taken.record.ns_pid, 9u);
  EXPECT_EQ(taken.record.threads, 3u);
  EXPECT_EQ(taken.comm, "name70");
  EXPECT_EQ(taken.exe, "/bin/prog");
  EXPECT_EQ(taken.argv, std::string("prog\0a b\0", 9));
  EXPECT_EQ(taken.cgroup, "/new");
  EXPECT_EQ(taken.record.cwd.original, TEXT_UNREADABLE);
}

TEST_F(FakeProc, TheFirstHierarchyThatNamesAGroup) {
  add(70, 60);
  write(70, "cgroup", "9:name=systemd:/\n4:memory:/old/one:x\n3:cpu:/other\n0::/\n");
  ProcessSnapshot(1, kName, take(), proc_).add(70);
  EXPECT_EQ(taken_.at(0).cgroup, "/old/one:x");
}

TEST_F(FakeProc, CutsALongArgumentVectorAndSaysSo) {
  add(70, 60);
  write(70, "cmdline", std::string(100'000, 'a'));
  ProcessSnapshot(1, kName, take(), proc_).add(70);
  EXPECT_EQ(taken_.at(0).record.argv.stored, ARGV_BYTES - 1u);
  EXPECT_EQ(taken_.at(0).record.argv.original, 100'000u);
}

TEST_F(FakeProc, EverybodyOnceButTheRecorderAndTheKernel) {
  add(1, 0);
  add(2, 0, true);
  add(3, 2, true);
  add(50, 1);
  add(70, 50);
  write(80, "status", "");  // it is just going
  fs::create_directories(proc_ / "self");
  fs::create_directories(proc_ / "90");  // or gone
  ProcessSnapshot snapshot(50, kName, take(), proc_);
  snapshot.add_all();
  snapshot.add_all();
  snapshot.add(70);
  EXPECT_EQ(snapshot.taken(), 2u);
  std::set<uint32_t> pids;
  for (const Taken& taken : taken_) pids.insert(taken.record.tgid);
  EXPECT_EQ(pids, (std::set<uint32_t>{1, 70}));
}

TEST_F(FakeProc, AncestorsUpToTheFirstOne) {
  add(1, 0);
  add(2, 0, true);
  add(50, 1);
  add(60, 50);
  add(70, 60);
  ProcessSnapshot snapshot(60, kName, take(), proc_);
  snapshot.add_ancestors(70);
  snapshot.add_ancestors(70);
  snapshot.add_ancestors(71);  // gone
  std::vector<uint32_t> pids;
  for (const Taken& taken : taken_) pids.push_back(taken.record.tgid);
  EXPECT_EQ(pids, (std::vector<uint32_t>{60, 50, 1}));
}

void expect_name_only(const Taken& taken) {
  EXPECT_EQ(taken.comm, "name" + std::to_string(taken.record.tgid));
  EXPECT_EQ(taken.exe + taken.argv + taken.cwd + taken.cgroup, "");
  EXPECT_EQ(taken.record.uid | taken.record.gid | taken.record.ns_pid | taken.record.threads, 0u);
}

TEST_F(FakeProc, OfAncestorsTheNameUnlessMoreIsAskedFor) {
  add(1, 0);
  add(50, 1);
  add(70, 50);
  ProcessSnapshot snapshot(2, kName, take(), proc_);
  snapshot.add(70);
  snapshot.add_ancestors(70);
  ASSERT_EQ(taken_.size(), 3u);
  EXPECT_EQ(taken_[0].argv, std::string("prog\0a b\0", 9));
  EXPECT_EQ(taken_[1].record.ppid, 1u);
  expect_name_only(taken_[1]);
  expect_name_only(taken_[2]);
  taken_.clear();
  ProcessSnapshot(2, kFull, take(), proc_).add_ancestors(70);
  ASSERT_EQ(taken_.size(), 2u);
  EXPECT_EQ(taken_[0].argv, std::string("prog\0a b\0", 9));
  EXPECT_EQ(taken_[0].record.threads, 3u);
}

TEST_F(FakeProc, WhoIsNotRecordedIsKnownLater) {
  for (const uint32_t pid : {1u, 50u, 70u, 80u}) add(pid, pid == 1 ? 0 : 1);
  ProcessSnapshot snapshot(80, kName, take(), proc_);
  snapshot.hold();
  snapshot.add_all();
  EXPECT_TRUE(taken_.empty());
  snapshot.release({50, 99});
  ASSERT_EQ(taken_.size(), 3u);
  expect_name_only(taken_[0]);
  EXPECT_EQ(taken_[1].record.tgid, 50u);
  EXPECT_EQ(taken_[1].argv, std::string("prog\0a b\0", 9));
  expect_name_only(taken_[2]);
  snapshot.add(80);  // the recorder itself
  EXPECT_EQ(snapshot.taken(), 3u);
}

}  // namespace
}  // namespace ebpftrace::recorder
