// SPDX-License-Identifier: Apache-2.0
// Pseudonyms; what slices keep. tests/exports/rewrite_test.py takes the files apart.
#include "analyzer/rewrite/rewrite.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "analyzer/rewrite/pseudonyms.h"
#include "tests/script.h"
#include "trace/read/input.h"
#include "trace/read/rewritten.h"

namespace ebpftrace::analyzer {
namespace {

constexpr Pseudonyms::Secret kSecret = {1, 2, 3};

TEST(Pseudonyms, AreTheSameForTheSameName) {
  Pseudonyms one(kSecret), other;
  EXPECT_EQ(one.name("make"), one.name("make"));
  EXPECT_NE(one.name("make"), one.name("Make"));
  EXPECT_NE(one.name("make"), other.name("make"));
  EXPECT_EQ(one.name(""), "");
  EXPECT_EQ(one.name("make").size(), 13u);
}

TEST(Pseudonyms, PathsKeepTheirShape) {
  Pseudonyms names(kSecret);
  EXPECT_EQ(names.path("/usr/../make", false), "/" + names.name("usr") + "/../" + names.name("make"));
  EXPECT_EQ(names.path("./a/", false), "./" + names.name("a") + "/");
  EXPECT_EQ(names.path("/", false), "/");
  EXPECT_EQ(names.path("pipe:[7]", true), "pipe:[7]");
  EXPECT_EQ(names.path("anon_inode:[eventfd]", true), "anon_inode:[eventfd]");
  for (const char* path : {"pipe:[7]x", "pipe:[secret]", "secret:[7]", "anon_inode:[secret]", "/memfd:secret"})
    EXPECT_EQ(names.path(path, true).find("secret"), std::string::npos) << path;
  // A program may pass such a name, too.
  EXPECT_EQ(names.path("pipe:[7]", false), names.name("pipe:[7]"));
}

TEST(Pseudonyms, ListsKeepTheirLength) {
  Pseudonyms names(kSecret);
  EXPECT_EQ(names.list(std::string("a\0\0b\0", 5)), names.name("a") + '\0' + '\0' + names.name("b") + '\0');
}

TEST(Pseudonyms, AddressesStayAddresses) {
  Pseudonyms names(kSecret);
  auto four = [](uint32_t address, uint16_t port) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    in.sin_addr.s_addr = htonl(address);
    return std::string(reinterpret_cast<const char*>(&in), sizeof in);
  };
  const std::string made = names.address(four(0xc000024d, 80));
  EXPECT_EQ(made.size(), sizeof(sockaddr_in));
  EXPECT_EQ(made.substr(0, 4), four(0, 80).substr(0, 4));  // family and port
  EXPECT_EQ(made[4], 10);
  EXPECT_EQ(names.address(four(0x7f000001, 80)), four(0x7f000001, 80));
  EXPECT_EQ(names.address(four(0, 80)), four(0, 80));
  EXPECT_EQ(names.address(made.substr(0, 2)), made.substr(0, 2));
  EXPECT_EQ(names.address("x"), "");
  const std::string unix_path = std::string("\x01\0", 2) + "/run/secret" + '\0' + "rest";
  EXPECT_EQ(names.address(unix_path).find("secret"), std::string::npos);
  EXPECT_EQ(names.address(unix_path).find("rest"), std::string::npos);
  EXPECT_EQ(names.address(std::string("\x11\0", 2) + "\x01\x02macaddress"), std::string("\x11\0", 2));
}

struct File {
  File() : path(std::filesystem::temp_directory_path() / ("rewrite_test." + std::to_string(::getpid()))) {}
  ~File() { std::filesystem::remove(path); }
  std::string path;
};

TEST(Slice, KeepsWhatItsEventsReferTo) {
  const trace::Trace source = small_script(
      "running pid=7 ppid=1 comm=sh\nopen pid=7 fd=3 file=/kept\nopen pid=8 fd=3 file=/gone\n"
      "10us sh:7.7 read 1 file=/used cwd=/dir\n20us other:8.8 read 1 file=/unused\n30us sh:7.7 getpid 7\nlost cpu0 "
      "5\n");
  const File file;
  write_slice(Session(source), {.filter = "process == \"sh\""}, file.path);
  const trace::Trace slice(trace::open_input(file.path));
  EXPECT_TRUE(slice.complete());
  const Session session(slice);
  EXPECT_EQ(event_lines(slice).find("other"), std::string::npos);
  EXPECT_EQ(csv(open_files(slice), {"pid", "path"}), "pid,path\n7,/kept\n");
  EXPECT_EQ(csv(process_tree(slice), {"pid"}), "pid\n7\n");
  const auto steps = trace::read_rewriting(slice);
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0].what, "slice");
  EXPECT_EQ(steps[0].choice, "--filter 'process == \"sh\"'");
  EXPECT_FALSE(steps[0].left_out.empty());
  uint64_t lost = 0;
  for (const trace::Loss& loss : slice.losses().list) lost += loss.count;
  EXPECT_EQ(lost, 5u);
  EXPECT_TRUE(slice.losses().known);
  EXPECT_TRUE(trace::read_rewriting(source).empty());
}

TEST(Slice, OfAnUnfinishedTraceHasUnknownLosses) {
  const trace::Trace source = small_script("10us sh:7.7 read 1\nno end\n");
  const File file;
  write_slice(Session(source), {}, file.path);
  const trace::Trace slice(trace::open_input(file.path));
  EXPECT_TRUE(slice.closed());
  EXPECT_FALSE(slice.losses().known);
}

TEST(Slice, PartsBecomeOneFile) {
  std::vector<std::shared_ptr<const trace::TraceBytes>> parts;
  for (auto& part : script_parts(
           "10us a:1.1 read 1 file=/x\nrotate\n20us a:1.1 read 2 file=/x\nrotate\n30us a:1.1 read 3 file=/y\n"))
    parts.push_back(trace::in_memory(std::move(part)));
  const trace::Trace source(parts);
  const File file;
  write_slice(Session(source), {.from = "15us"}, file.path);
  const trace::Trace slice(trace::open_input(file.path));
  EXPECT_EQ(slice.parts().size(), 1u);
  EXPECT_EQ(slice.facts().part, 0u);
  EXPECT_EQ(csv(syscalls(slice), {"calls"}), "calls\n2\n");
  EXPECT_EQ(csv(verify(slice, {})).find("damaged"), std::string::npos);
}

}  // namespace
}  // namespace ebpftrace::analyzer
