// SPDX-License-Identifier: Apache-2.0
#include "recorder/machine/process_snapshot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>

#include "bpf/records.h"
#include "trace/format/clocks.h"

namespace ebpftrace::recorder {
namespace {

constexpr size_t kCountedBytes = 4u << 20;  // how far the length of a longer argument vector is counted

// The front of a file, at most `most` bytes, and how long it is. Nothing if it can't be read.
struct Contents {
  std::string front;
  size_t size = 0;
  bool at_least = false;  // counting stopped
};
std::optional<Contents> read_file(const std::string& path, size_t most) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  Contents contents;
  char piece[16384];
  ssize_t n = 0;
  while ((n = ::read(fd, piece, sizeof piece)) != 0) {
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    contents.size += static_cast<size_t>(n);
    contents.front.append(piece, std::min(static_cast<size_t>(n), most - contents.front.size()));
    if (contents.size > kCountedBytes) {
      contents.at_least = true;
      break;
    }
  }
  ::close(fd);
  if (n < 0) return std::nullopt;
  return contents;
}

std::optional<std::string> read_link(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t n = ::readlink(path.c_str(), target, sizeof target);
  if (n < 0) return std::nullopt;
  return std::string(target, static_cast<size_t>(n));
}

// The words behind "key:" in /proc/PID/status.
std::string_view status_words(std::string_view status, std::string_view key) {
  for (size_t at = 0; at < status.size();) {
    const size_t end = std::min(status.find('\n', at), status.size());
    const std::string_view line = status.substr(at, end - at);
    if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == ':')
      return line.substr(key.size() + 1);
    at = end + 1;
  }
  return {};
}

uint32_t word(std::string_view words, size_t index, bool last = false) {
  uint32_t value = 0;
  size_t i = 0;
  for (size_t at = 0; at < words.size(); ++i) {
    at = words.find_first_of("0123456789", at);
    if (at == std::string_view::npos) break;
    const size_t end = std::min(words.find_first_of(" \t", at), words.size());
    if (last || i == index) std::from_chars(words.data() + at, words.data() + end, value);
    at = end;
  }
  return value;
}

// "0::/path", or of the first hierarchy that has one other than its root.
std::string cgroup_of(std::string_view lines) {
  std::string best = "/";
  for (size_t at = 0; at < lines.size();) {
    const size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string_view line = lines.substr(at, end - at);
    at = end + 1;
    const size_t second = line.find(':', line.find(':') + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view path = line.substr(second + 1);
    if (line.starts_with("0::") && path != "/") return std::string(path);
    if (best == "/") best = path;
  }
  return best;
}

// Fills the record's texts, which follow it in the order of its fields.
class Texts {
 public:
  void add(text_size& size, const std::optional<std::string>& text, size_t original = 0, bool at_least = false) {
    size.stored = text ? static_cast<u32>(text->size()) : 0;
    size.original =
        text ? static_cast<u32>(std::max(original, text->size())) | (at_least ? TEXT_AT_LEAST : 0) : TEXT_UNREADABLE;
    if (text) bytes_ += *text;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace

ProcessSnapshot::ProcessSnapshot(uint32_t own, Detail others, Take take, std::string proc)
    : own_(own), others_(others), take_(std::move(take)), proc_(std::move(proc)) {}

// False: it is gone, or a thread of the kernel.
bool ProcessSnapshot::look(uint32_t tgid, bool kernel_threads, Look& look) const {
  const std::string folder = fmt::format("{}/{}/", proc_, tgid);
  const auto status = read_file(folder + "status", 8192);
  if (!status || word(status_words(status->front, "Tgid"), 0) != tgid) return false;
  look.tgid = tgid;
  look.ppid = word(status_words(status->front, "PPid"), 0);
  // Threads of the kernel have no address space, and kthreadd for a parent.
  constexpr uint32_t kKthreadd = 2;
  const bool of_kernel = (tgid == kKthreadd || look.ppid == kKthreadd) && status_words(status->front, "VmSize").empty();
  if (of_kernel && !kernel_threads) return false;

  look.time_ns = static_cast<uint64_t>(trace::clock_ns(CLOCK_BOOTTIME));
  look.uid = word(status_words(status->front, "Uid"), 1);  // real, effective, saved, file system
  look.gid = word(status_words(status->front, "Gid"), 1);
  look.ns_pid = word(status_words(status->front, "NSpid"), 0, true);
  look.threads = word(status_words(status->front, "Threads"), 0);

  auto comm = read_file(folder + "comm", 64);
  if (comm && comm->front.ends_with('\n')) comm->front.pop_back();
  if (comm) look.comm = std::move(comm->front);
  look.exe = read_link(folder + "exe");
  if (auto argv = read_file(folder + "cmdline", ARGV_BYTES - 1)) {
    look.argv = std::move(argv->front);
    look.argv_bytes = argv->size;
    look.argv_at_least = argv->at_least;
  }
  look.cwd = read_link(folder + "cwd");
  if (const auto cgroup = read_file(folder + "cgroup", 64 << 10)) look.cgroup = cgroup_of(cgroup->front);
  return true;
}

void ProcessSnapshot::hand_over(const Look& look, Detail detail) {
  process_record record{};
  record.head.type = EVENT_PROCESS;
  record.time_ns = look.time_ns;
  record.tgid = look.tgid;
  record.ppid = look.ppid;
  Texts texts;
  texts.add(record.comm, look.comm);
  if (detail == Detail::kFull) {
    record.uid = look.uid;
    record.gid = look.gid;
    record.ns_pid = look.ns_pid;
    record.threads = look.threads;
    texts.add(record.exe, look.exe);
    texts.add(record.argv, look.argv, look.argv_bytes, look.argv_at_least);
    texts.add(record.cwd, look.cwd);
    texts.add(record.cgroup, look.cgroup);
  }
  std::vector<std::byte> bytes(sizeof record + texts.bytes().size());
  record.head.size = static_cast<u32>(bytes.size());
  std::memcpy(bytes.data(), &record, sizeof record);
  std::memcpy(bytes.data() + sizeof record, texts.bytes().data(), texts.bytes().size());
  take_(bytes);
  ++taken_;
}

void ProcessSnapshot::add(uint32_t tgid) {
  if (tgid == own_ || seen_.contains(tgid)) return;
  Look found;
  if (!look(tgid, false, found)) return;
  seen_.insert(tgid);
  if (holding_)
    held_.emplace(tgid, std::move(found));
  else
    hand_over(found, Detail::kFull);
}

void ProcessSnapshot::release(const std::set<uint32_t>& recorded) {
  holding_ = false;
  for (const auto& [tgid, found] : held_) hand_over(found, recorded.contains(tgid) ? Detail::kFull : others_);
  held_.clear();
}

void ProcessSnapshot::add_ancestors(uint32_t tgid) {
  // The process itself may be none of ours to describe: only its parent is asked for.
  const auto status = read_file(fmt::format("{}/{}/status", proc_, tgid), 8192);
  if (!status) return;
  uint32_t ancestor = word(status_words(status->front, "PPid"), 0);
  while (ancestor && seen_.insert(ancestor).second) {
    Look found;
    if (!look(ancestor, true, found)) return;
    hand_over(found, others_);
    ancestor = found.ppid;
  }
}

void ProcessSnapshot::add_all() {
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(proc_, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename();
    uint32_t tgid = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), tgid);
    if (bad == std::errc() && end == name.data() + name.size()) add(tgid);
  }
}

}  // namespace ebpftrace::recorder
