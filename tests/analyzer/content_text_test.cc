// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/content_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

#include <random>
#include <string>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

// The content of one call, item by item.
class Items {
 public:
  Items& add(unsigned arg, std::string_view bytes, unsigned flags = 0, int64_t original = -1) {
    const content_item head{static_cast<u8>(arg), static_cast<u8>(flags), static_cast<u16>(bytes.size()),
                            static_cast<u32>(original < 0 ? static_cast<int64_t>(bytes.size()) : original)};
    column_.append(reinterpret_cast<const char*>(&head), sizeof head);
    column_ += bytes;
    return *this;
  }
  template <typename Struct>
  requires std::is_trivially_copyable_v<Struct> &&
      (!std::is_convertible_v<Struct, std::string_view>)Items& add(unsigned arg, const Struct& value,
                                                                   unsigned flags = 0) {
    return add(arg, std::string_view(reinterpret_cast<const char*>(&value), sizeof value), flags);
  }
  const std::string& column() const { return column_; }

 private:
  std::string column_;
};

const trace::Catalogue& catalogue() {
  static const trace::Catalogue catalogue = trace::built_in_catalogue();
  return catalogue;
}

const trace::SyscallType& call(std::string_view name) {
  for (const trace::SyscallType& type : catalogue().syscalls.types())
    if (type.name == name) return type;
  throw std::out_of_range(std::string(name));
}

std::string text(std::string_view name, unsigned arg, const Items& items, std::array<uint64_t, 6> args = {},
                 uint64_t result = 0) {
  std::string out;
  if (!args[arg]) args[arg] = 0x1000;
  append_content(out, call(name), arg, ContentItems(items.column()), args, result, catalogue().symbols);
  return out;
}

std::string result_text(std::string_view name, const Items& items, std::array<uint64_t, 6> args, uint64_t result) {
  std::string out;
  append_content_result(out, call(name), ContentItems(items.column()), args, result, catalogue().symbols);
  return out;
}

TEST(ContentText, StringsSayWhatIsMissing) {
  EXPECT_EQ(text("memfd_create", 0, Items().add(0, "a\"b\n")), "\"a\\\"b\\n\"");
  EXPECT_EQ(text("memfd_create", 0, Items().add(0, "abc", 0, 10)), "\"abc\"...");
  EXPECT_EQ(text("memfd_create", 0, Items().add(0, "", 0, 4)), "\"\"...");
  EXPECT_EQ(text("memfd_create", 0, Items().add(0, "", CONTENT_UNREADABLE)), "0x1000");
}

TEST(ContentText, AddressesOfSockets) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(80);
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(text("connect", 1, Items().add(1, in)),
            "{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"127.0.0.1\")}");

  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(99);
  in6.sin6_addr = in6addr_loopback;
  EXPECT_EQ(
      text("bind", 1, Items().add(1, in6)),
      "{sa_family=AF_INET6, sin6_port=htons(99), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"::1\", &sin6_addr), "
      "sin6_scope_id=0}");

  using namespace std::string_view_literals;
  EXPECT_EQ(text("connect", 1, Items().add(1, "\1\0/run/x\0\0\0"sv)), "{sa_family=AF_UNIX, sun_path=\"/run/x\"}");
  EXPECT_EQ(text("connect", 1, Items().add(1, "\1\0\0ab"sv)), "{sa_family=AF_UNIX, sun_path=@\"ab\"}");
  EXPECT_EQ(text("getsockname", 1, Items().add(1, "\1\0"sv)), "{sa_family=AF_UNIX}");
  EXPECT_EQ(text("bind", 1, Items().add(1, "\x10\0\0\0\7\0\0\0\2\0\0\0"sv)),
            "{sa_family=AF_NETLINK, nl_pid=7, nl_groups=00000002}");
  EXPECT_EQ(text("bind", 1, Items().add(1, "\2\0\0"sv)), "{sa_family=AF_INET, sa_data=\"\\0\"}");
  EXPECT_EQ(text("bind", 1, Items().add(1, "\2"sv)), "<damaged>");
  EXPECT_EQ(text("recvfrom", 4, Items().add(4, "")), "0x1000");
}

TEST(ContentText, Times) {
  EXPECT_EQ(text("nanosleep", 0, Items().add(0, timespec{1, 5})), "{tv_sec=1, tv_nsec=5}");
  EXPECT_EQ(text("gettimeofday", 0, Items().add(0, timeval{-1, 5})), "{tv_sec=-1, tv_usec=5}");
  const timespec both[2] = {{1, 2}, {3, 4}};
  EXPECT_EQ(text("utimensat", 2, Items().add(2, both)), "[{tv_sec=1, tv_nsec=2}, {tv_sec=3, tv_nsec=4}]");
  EXPECT_EQ(text("timerfd_settime", 2, Items().add(2, itimerspec{{0, 1}, {2, 3}})),
            "{it_interval={tv_sec=0, tv_nsec=1}, it_value={tv_sec=2, tv_nsec=3}}");
  EXPECT_EQ(text("nanosleep", 0, Items().add(0, "short")), "<damaged>");
}

TEST(ContentText, Files) {
  struct stat info {};
  info.st_mode = S_IFREG | 0644;
  info.st_size = 2996;
  EXPECT_EQ(text("fstat", 1, Items().add(1, std::string_view(reinterpret_cast<char*>(&info), 64), 0, 144)),
            "{st_mode=S_IFREG|0644, st_size=2996, ...}");
  info.st_mode = S_IFCHR | 0666;
  info.st_rdev = 0x103;
  EXPECT_EQ(text("newfstatat", 2, Items().add(2, std::string_view(reinterpret_cast<char*>(&info), 64), 0, 144)),
            "{st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3), ...}");
  info.st_mode = S_IFDIR | S_ISVTX | 0777;
  EXPECT_EQ(text("stat", 1, Items().add(1, std::string_view(reinterpret_cast<char*>(&info), 64), 0, 144)),
            "{st_mode=S_IFDIR|S_ISVTX|0777, st_size=2996, ...}");
  const int pair[2] = {3, 4};
  EXPECT_EQ(text("pipe2", 0, Items().add(0, pair)), "[3, 4]");
}

TEST(ContentText, Signals) {
  struct {
    uint64_t handler = 1, flags = 0, restorer = 0, mask = 1ull << (SIGCHLD - 1) | 1ull << 33;
  } action;
  EXPECT_EQ(text("rt_sigaction", 1, Items().add(1, action)).substr(0, 44),
            "{sa_handler=SIG_IGN, sa_mask=[CHLD RT_2], sa");
  EXPECT_EQ(text("rt_sigprocmask", 1, Items().add(1, uint64_t{0})), "[]");
  EXPECT_EQ(text("rt_sigprocmask", 1, Items().add(1, ~(1ull << (SIGKILL - 1)))), "~[KILL]");
  EXPECT_EQ(text("wait4", 1, Items().add(1, uint32_t{0x300})), "[{WIFEXITED(s) && WEXITSTATUS(s) == 3}]");
  EXPECT_EQ(text("wait4", 1, Items().add(1, uint32_t{SIGSEGV | 0x80})),
            "[{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}]");
}

TEST(ContentText, ArraysEndWhereTheyWereCut) {
  const pollfd two[2] = {{3, POLLIN, 0}, {-1, 0, 0}};
  const std::string all = text("poll", 0, Items().add(0, two));
  EXPECT_TRUE(all.starts_with("[{fd=3, events=")) << all;
  EXPECT_TRUE(all.ends_with("}, {fd=-1}]")) << all;
  const std::string_view bytes(reinterpret_cast<const char*>(two), 8);
  EXPECT_TRUE(text("poll", 0, Items().add(0, bytes, 0, 800)).ends_with("}, ...]"));
  EXPECT_EQ(text("poll", 0, Items().add(0, "")), "[]");
  EXPECT_EQ(text("poll", 0, Items().add(0, "123")), "[<damaged>]");
  const uint32_t groups[2] = {0, 27};
  EXPECT_EQ(text("getgroups", 1, Items().add(1, groups)), "[0, 27]");
}

TEST(ContentText, VectorsAndMessages) {
  char a[] = "ab", b[] = "cde";
  const iovec vector[2] = {{a, 2}, {reinterpret_cast<void*>(0x2000), 3}};
  EXPECT_EQ(text("writev", 1, Items().add(1, vector).add(1, "ab", CONTENT_PART).add(1, "c", CONTENT_PART, 3)),
            "[{iov_base=\"ab\", iov_len=2}, {iov_base=\"c\"..., iov_len=3}]");
  EXPECT_TRUE(text("writev", 1, Items().add(1, vector)).ends_with(", {iov_base=0x2000, iov_len=3}]"));
  (void)b;

  msghdr message{};
  message.msg_name = a;
  message.msg_namelen = 4;
  message.msg_iov = const_cast<iovec*>(vector);
  message.msg_iovlen = 1;
  using namespace std::string_view_literals;
  const std::string whole = text("sendmsg", 1,
                                 Items()
                                     .add(1, message)
                                     .add(1, "\1\0\0x"sv, CONTENT_PART)
                                     .add(1, std::string_view(reinterpret_cast<const char*>(vector), 16), CONTENT_PART)
                                     .add(1, "ab", CONTENT_PART));
  EXPECT_EQ(whole,
            "{msg_name={sa_family=AF_UNIX, sun_path=@\"x\"}, msg_namelen=4, msg_iov=[{iov_base=\"ab\", iov_len=2}], "
            "msg_iovlen=1, msg_controllen=0, msg_flags=0}");
}

// Headers of messages with nothing but what is given: the addresses are never looked at.
msghdr header(bool name, size_t entries, size_t control = 0) {
  msghdr message{};
  if (name) message.msg_name = reinterpret_cast<void*>(0x100), message.msg_namelen = 3;
  if (entries) message.msg_iov = reinterpret_cast<iovec*>(0x200);
  message.msg_iovlen = entries;
  if (control) message.msg_control = reinterpret_cast<void*>(0x300);
  message.msg_controllen = control;
  return message;
}

constexpr unsigned kName = CONTENT_PART | CONTENT_NAME, kVector = CONTENT_PART | CONTENT_VECTOR,
                   kBuffer = CONTENT_PART | CONTENT_BUFFER, kControl = CONTENT_PART | CONTENT_CONTROL;

TEST(ContentText, EachOfSeveralMessagesHasItsOwnParts) {
  using namespace std::string_view_literals;
  mmsghdr messages[3] = {{header(true, 1), 1}, {header(true, 2), 5}, {header(false, 1), 9}};
  const iovec entries[2] = {{reinterpret_cast<void*>(0x400), 1}, {reinterpret_cast<void*>(0x500), 4}};
  const std::string_view one(reinterpret_cast<const char*>(entries), 16);
  const std::string tail = ", msg_controllen=0, msg_flags=0}";
  // Without data: the second message's name is not the first one's buffer.
  Items bare;
  bare.add(1, messages)
      .add(1, "\1\0a"sv, kName)
      .add(1, one, kVector)
      .add(1, "\1\0b"sv, kName)
      .add(1, entries, kVector)
      .add(1, one, kVector);
  EXPECT_EQ(
      text("sendmmsg", 1, bare, {3, 0, 3}, 2),
      "[{msg_hdr={msg_name={sa_family=AF_UNIX, sun_path=\"a\"}, msg_namelen=3, msg_iov=[{iov_base=0x400, iov_len=1}], "
      "msg_iovlen=1" +
          tail +
          ", msg_len=1}, {msg_hdr={msg_name={sa_family=AF_UNIX, sun_path=\"b\"}, msg_namelen=3, "
          "msg_iov=[{iov_base=0x400, iov_len=1}, {iov_base=0x500, iov_len=4}], msg_iovlen=2" +
          tail +
          ", msg_len=5}, "
          "{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=0x400, iov_len=1}], msg_iovlen=1" +
          tail + "}]");
  Items data;
  data.add(1, messages).add(1, "\1\0a"sv, kName).add(1, one, kVector).add(1, "x", kBuffer).add(1, "\1\0b"sv, kName);
  data.add(1, entries, kVector).add(1, "", kBuffer).add(1, "yz", kBuffer, 4).add(1, one, kVector).add(1, "w", kBuffer);
  const std::string all = text("sendmmsg", 1, data, {3, 0, 3}, 3);
  EXPECT_NE(all.find("[{iov_base=\"x\", iov_len=1}], msg_iovlen=1"), all.npos) << all;
  EXPECT_NE(all.find("[{iov_base=\"\", iov_len=1}, {iov_base=\"yz\"..., iov_len=4}], msg_iovlen=2"), all.npos) << all;
  EXPECT_TRUE(all.ends_with("[{iov_base=\"w\", iov_len=1}], msg_iovlen=1" + tail + ", msg_len=9}]")) << all;
}

// One control message.
std::string control(int level, int type, std::string_view data) {
  const cmsghdr head{16 + data.size(), level, type};
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
  bytes += data;
  bytes.resize((bytes.size() + 7) & ~size_t{7});
  return bytes;
}
template <typename Struct>
std::string control_of(int level, int type, const Struct& value) {
  return control(level, type, std::string_view(reinterpret_cast<const char*>(&value), sizeof value));
}

std::string control_text(const std::string& bytes, int64_t original = -1) {
  const std::string whole =
      text("recvmsg", 1, Items().add(1, header(false, 0, bytes.size())).add(1, bytes, kControl, original), {3}, 1);
  const size_t from = whole.find("msg_control="), to = whole.find(", msg_controllen=");
  return from == whole.npos || to == whole.npos ? whole : whole.substr(from + 12, to - from - 12);
}

TEST(ContentText, ControlData) {
  using namespace std::string_view_literals;
  const int descriptors[2] = {3, 40};
  EXPECT_EQ(control_text(control_of(SOL_SOCKET, SCM_RIGHTS, descriptors)),
            "[{cmsg_len=24, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3, 40]}]");
  EXPECT_EQ(control_text(control_of(SOL_SOCKET, SCM_CREDENTIALS, ucred{7, 0, 1000})),
            "[{cmsg_len=28, cmsg_level=SOL_SOCKET, cmsg_type=SCM_CREDENTIALS, cmsg_data={pid=7, uid=0, gid=1000}}]");
  EXPECT_EQ(control_text(control_of(SOL_SOCKET, 4, 5)),
            "[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_PIDFD, cmsg_data=5}]");
  EXPECT_EQ(control_text(control_of(SOL_SOCKET, SO_TIMESTAMP, timeval{1, 2})),
            "[{cmsg_len=32, cmsg_level=SOL_SOCKET, cmsg_type=SO_TIMESTAMP_OLD, cmsg_data={tv_sec=1, tv_usec=2}}]");
  const timespec stamps[3] = {{1, 2}, {0, 0}, {3, 4}};
  EXPECT_EQ(control_text(control_of(SOL_SOCKET, SO_TIMESTAMPING, stamps)),
            "[{cmsg_len=64, cmsg_level=SOL_SOCKET, cmsg_type=SO_TIMESTAMPING_OLD, cmsg_data=[{tv_sec=1, tv_nsec=2}, "
            "{tv_sec=0, tv_nsec=0}, {tv_sec=3, tv_nsec=4}]}]");
  EXPECT_EQ(control_text(control_of(SOL_IP, IP_TTL, 64) + control(SOL_IP, IP_TOS, "\x10")),
            "[{cmsg_len=20, cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data=[64]}, "
            "{cmsg_len=17, cmsg_level=SOL_IP, cmsg_type=IP_TOS, cmsg_data=[0x10]}]");
  EXPECT_EQ(control_text(control_of(SOL_IP, IP_PKTINFO, in_pktinfo{1, {htonl(0x7f000001)}, {htonl(0x7f000002)}})),
            "[{cmsg_len=28, cmsg_level=SOL_IP, cmsg_type=IP_PKTINFO, cmsg_data={ipi_ifindex=1, "
            "ipi_spec_dst=inet_addr(\"127.0.0.1\"), ipi_addr=inet_addr(\"127.0.0.2\")}}]");
  EXPECT_EQ(
      control_text(
          control(SOL_IP, IP_RECVERR, "\x6f\0\0\0\2\3\3\0\0\0\0\0\0\0\0\0\2\0\0\0\x7f\0\0\1\0\0\0\0\0\0\0\0"sv)),
      "[{cmsg_len=48, cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=111, ee_origin=2, ee_type=3, "
      "ee_code=3, "
      "ee_info=0, ee_data=0, offender={sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr(\"127.0.0.1\")}}}]");
  EXPECT_EQ(control_text(control_of(SOL_IPV6, 50, 0)), "[{cmsg_len=20, cmsg_level=SOL_IPV6, cmsg_type=0x32}]");
  // Too short, cut, and lengths that are none.
  EXPECT_EQ(control_text("short"), "0x300");
  const std::string rights = control_of(SOL_SOCKET, SCM_RIGHTS, descriptors);
  EXPECT_EQ(control_text(rights.substr(0, 20), 24),
            "[{cmsg_len=24, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3]}, ...]");
  EXPECT_EQ(control_text(std::string(32, '\0')), "[{cmsg_len=0, cmsg_level=SOL_IP, cmsg_type=0}, ...]");
}

TEST(ContentText, PassedDescriptorsHaveTheirFiles) {
  const trace::Trace trace = script("10us a read 1 file=/one\n11us a read 1 file=pipe:[7] type=fifo\n");
  const FileTable files(trace);
  ASSERT_EQ(files.files().size(), 3u);
  const int one[2] = {3, 4}, pidfd = 5, last = 6;
  const mmsghdr messages[2] = {{header(false, 0, 48), 1}, {header(false, 0, 24), 1}};
  const uint32_t ids[4] = {2, 9, 0, 1};  // 9 is not described, 0 was not there
  Items items;
  items.add(1, messages).add(1, control_of(SOL_SOCKET, SCM_RIGHTS, one) + control_of(SOL_SOCKET, 4, pidfd), kControl);
  items.add(1, control_of(SOL_SOCKET, SCM_RIGHTS, last), kControl)
      .add(4, timespec{1, 0})
      .add(1, ids, CONTENT_PART | CONTENT_FILES);
  std::string out;
  append_content(out, call("recvmmsg"), 1, ContentItems(items.column()), std::array<uint64_t, 6>{3, 1, 2}, 2,
                 catalogue().symbols, {}, &files);
  EXPECT_NE(out.find("cmsg_data=[3<pipe:[7]>, 4]}, {"), out.npos) << out;
  EXPECT_NE(out.find("cmsg_type=SCM_PIDFD, cmsg_data=5}]"), out.npos) << out;
  EXPECT_NE(out.find("cmsg_data=[6</one>]}]"), out.npos) << out;
}

TEST(ContentText, ArgumentsOfAnExecThatFailed) {
  using namespace std::string_view_literals;
  EXPECT_EQ(text("execve", 1, Items().add(1, "x\0y z\0\0"sv)), "[\"x\", \"y z\", \"\"]");
  EXPECT_EQ(text("execve", 1, Items().add(1, "x\0"sv, CONTENT_AT_LEAST)), "[\"x\", ...]");
}

TEST(ContentText, NamesOfADirectory) {
  std::string entries;
  for (const std::string name : {".", "some"}) {
    const uint16_t length = 24;
    std::string entry(19, '\0');
    entry[0] = 5;
    std::memcpy(entry.data() + 16, &length, 2);
    entry += name;
    entry.resize(length);
    entries += entry;
  }
  EXPECT_EQ(text("getdents64", 1, Items().add(1, entries)), "[{d_ino=5, d_name=\".\"}, {d_ino=5, d_name=\"some\"}]");
  EXPECT_EQ(text("getdents64", 1, Items().add(1, entries.substr(0, 45), 0, 48)),
            "[{d_ino=5, d_name=\".\"}, {d_ino=5, d_name=\"so\"...}, ...]");
}

TEST(ContentText, WhatPollAndSelectFound) {
  const pollfd two[2] = {{3, POLLIN, POLLIN}, {4, POLLIN, 0}};
  const std::string polled = result_text("poll", Items().add(0, two), {0x1000, 2}, 1);
  EXPECT_TRUE(polled.starts_with(" ([{fd=3, revents=")) << polled;
  EXPECT_TRUE(polled.ends_with("}])")) << polled;
  EXPECT_EQ(result_text("poll", Items().add(0, two), {0x1000, 2}, 0), " (Timeout)");
  const uint64_t set = 1 << 3 | 1 << 5, found = 1 << 5;
  const Items items = Items().add(1, set, CONTENT_AT_ENTRY).add(1, found).add(4, timeval{0, 7});
  EXPECT_EQ(text("select", 1, items, {8}), "[3 5]");
  EXPECT_EQ(result_text("select", items, {8, 1, 0, 0, 1}, 1), " (in [5], left {tv_sec=0, tv_usec=7})");
  EXPECT_EQ(result_text("read", items, {8}, 1), "");
}

std::string chosen(std::string_view name, unsigned arg, const Items& items, std::string_view structure) {
  std::string out;
  append_content(out, call(name), arg, ContentItems(items.column()), std::array<uint64_t, 6>{1, 1, 1, 1, 1, 1}, 0,
                 catalogue().symbols, structure);
  return out;
}

TEST(ContentText, LocksAndWhatElseACommandDecides) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_END;
  lock.l_start = -5;
  lock.l_len = 10;
  lock.l_pid = 42;
  EXPECT_EQ(chosen("fcntl", 2, Items().add(2, lock), "flock"),
            "{l_type=F_WRLCK, l_whence=SEEK_END, l_start=-5, l_len=10}");
  EXPECT_EQ(chosen("fcntl", 2, Items().add(2, lock), "flock_found"),
            "{l_type=F_WRLCK, l_whence=SEEK_END, l_start=-5, l_len=10, l_pid=42}");
  EXPECT_EQ(chosen("fcntl", 2, Items().add(2, std::string_view("\1\0", 2)), "flock"), "0x1");
  EXPECT_EQ(chosen("ioctl", 2, Items().add(2, winsize{24, 80, 0, 0}), "winsize"),
            "{ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}");
  EXPECT_EQ(chosen("prctl", 1, Items().add(1, std::string_view("a\"b")), "string"), "\"a\\\"b\"");
}

TEST(ContentText, CapabilitySetsHaveAsManyWordsAsTheHeaderSays) {
  const uint32_t header[] = {0x20080522, 0}, old_header[] = {0x19980330, 7};
  const uint32_t sets[] = {1, 3, 0, 1 << 8, 0x80000000, 0};
  const Items items = Items().add(0, header).add(1, sets), old = Items().add(0, old_header).add(1, sets);
  EXPECT_EQ(text("capget", 0, items), "{version=_LINUX_CAPABILITY_VERSION_3, pid=0}");
  EXPECT_EQ(text("capget", 1, items),
            "{effective=1<<CAP_CHOWN|1<<CAP_CHECKPOINT_RESTORE, "
            "permitted=1<<CAP_CHOWN|1<<CAP_DAC_OVERRIDE|0x8000000000000000, inheritable=0}");
  EXPECT_EQ(text("capget", 1, old),
            "{effective=1<<CAP_CHOWN, permitted=1<<CAP_CHOWN|1<<CAP_DAC_OVERRIDE, inheritable=0}");
}

TEST(ContentText, SetsOfCpusAndNodes) {
  const uint64_t words[] = {3, 5};
  EXPECT_EQ(text("sched_setaffinity", 2, Items().add(2, words)), "[0 1 64 66]");
  EXPECT_EQ(text("sched_setaffinity", 2, Items().add(2, uint64_t{0})), "[]");
  const uint64_t nodes[] = {1, 0};
  EXPECT_EQ(text("set_mempolicy", 1, Items().add(1, nodes)), "[0x00000000000001, 0000000000000000]");
  const int32_t status[] = {0, -ENOENT, -EFAULT};
  EXPECT_EQ(text("move_pages", 4, Items().add(4, status)), "[0, -ENOENT, -EFAULT]");
  EXPECT_EQ(text("move_pages", 3, Items().add(3, status, 0)), "[0, -2, -14]");
}

TEST(ContentText, SignalStacksSchedulingAndSemaphores) {
  stack_t stack{};
  stack.ss_flags = SS_DISABLE;
  stack.ss_size = 65536;
  EXPECT_EQ(text("sigaltstack", 0, Items().add(0, stack)), "{ss_sp=NULL, ss_flags=SS_DISABLE, ss_size=65536}");
  const struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t times[3];
    uint32_t least, most;
  } attributes{48, 6, 3, -1, 7, {1, 2, 3}, 8, 9};
  EXPECT_EQ(
      text("sched_setattr", 1, Items().add(1, attributes)),
      "{size=48, sched_policy=SCHED_DEADLINE, sched_flags=SCHED_FLAG_RESET_ON_FORK|SCHED_FLAG_RECLAIM, sched_nice=-1, "
      "sched_priority=7, sched_runtime=1, sched_deadline=2, sched_period=3}");
  const uint16_t operations[] = {0, 0xffff, 0x1000, 1, 1, 0x800};
  EXPECT_EQ(text("semop", 1, Items().add(1, operations)),
            "[{sem_num=0, sem_op=-1, sem_flg=SEM_UNDO}, {sem_num=1, sem_op=1, sem_flg=IPC_NOWAIT}]");
}

// What no recorder writes: must be text of bounded length, never a crash (the sanitizers watch).
TEST(ContentText, AnyBytesAtAllAreText) {
  std::mt19937 random(1);
  for (const trace::SyscallType& type : catalogue().syscalls.types()) {
    for (unsigned round = 0; round < 20; ++round) {
      Items items;
      for (unsigned n = random() % 6; n; --n) {
        std::string bytes(random() % 3 ? random() % 600 : random() % 20, '\0');
        for (char& byte : bytes) byte = random() % 3 ? static_cast<char>(random()) : '\0';
        items.add(random() % 7, bytes, random() % 128, random() % 2 ? -1 : static_cast<int64_t>(random() % 100000));
      }
      std::string column = items.column();
      if (!column.empty()) column.resize(column.size() - random() % std::min<size_t>(column.size(), 30));
      std::array<uint64_t, 6> args;
      for (auto& value : args) value = random();
      static constexpr std::string_view kChosen[] = {"",          "flock_found", "msqid",  "shmid",
                                                     "semid_set", "sock_fprog",  "string", "winsize"};
      for (unsigned arg = 0; arg < 7; ++arg) {
        std::string out;
        append_content(out, type, arg, ContentItems(column), args, 0, catalogue().symbols,
                       kChosen[random() % std::size(kChosen)]);
        EXPECT_LT(out.size(), 20'000u) << type.name;
      }
      std::string out;
      append_content_result(out, type, ContentItems(column), args, random() % 3, catalogue().symbols);
    }
  }
}

}  // namespace
}  // namespace ebpftrace::analyzer
