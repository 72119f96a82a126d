// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/working_directories.h"

#include <linux/sched.h>

#include <algorithm>
#include <string_view>

#include "analyzer/dictionaries/running_processes.h"
#include "analyzer/query/call_flow.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostKept = 1u << 20;  // changes, places and stays, 16 to 32 bytes each

}  // namespace

WorkingDirectories::WorkingDirectories(const trace::Trace& trace, const ThreadTable& threads, const FileTable& files)
    : trace_(trace),
      threads_(threads),
      files_(files),
      forks_(trace, "fork", {"timeNs", "thread", "child", "cloneFlags"}),
      execs_(trace, "exec", {"timeNs", "thread", "cwd"}),
      calls_(trace, "syscall",
             {"timeNs", "durationNs", "thread", "number", "flags", "result", "file", "cwd", "arg0", "arg1"}),
      place_of_process_(threads.processes().size()) {
  for (unsigned compat = 0; compat < 2; ++compat) {
    Calls& numbers = numbers_[compat];
    for (const trace::SyscallType& type : trace.catalogue().table(compat).types()) {
      if (type.name == "chdir") numbers.chdir = type.number;
      if (type.name == "fchdir") numbers.fchdir = type.number;
      if (type.name == "unshare") numbers.unshare = type.number;
      if (type.name == "setns") numbers.setns = type.number;
    }
  }
  trace::Positions::Builder positions;
  for (const std::string_view type : {"fork", "exec", "syscall"})
    for (const uint32_t position : trace.blocks_of(type)) positions.insert(position);
  frames_ = trace::FramesByTime(trace, std::move(positions).done());
  begin_with_running();
}

// What /proc said of a process holds from the beginning on.
void WorkingDirectories::begin_with_running() {
  std::vector<std::pair<uint32_t, uint32_t>> by_pid;
  const auto& processes = threads_.processes();
  for (uint32_t i = 1; i < processes.size(); ++i) by_pid.emplace_back(processes[i].pid, i);
  std::sort(by_pid.begin(), by_pid.end());
  const RunningProcesses running(trace_);
  for (const RunningProcess& process : running.list()) {
    if (process.cwd.empty()) continue;
    uint32_t holder = 0;
    for (auto at = std::lower_bound(by_pid.begin(), by_pid.end(), std::pair(process.pid, 0u));
         at != by_pid.end() && at->first == process.pid; ++at)
      if (processes[at->second].start_ns <= process.time_ns &&
          (!holder || processes[at->second].start_ns > processes[holder].start_ns))
        holder = at->second;
    if (!holder || place_of_process_[holder]) continue;
    texts_.emplace_back(process.cwd);
    File file;
    file.path = texts_.back();
    texts_.push_back(shown_path(file.path));
    file.shown = texts_.back();
    named_.push_back(file);
    place_of_process_[holder] = new_place(&named_.back(), 0);
  }
}

void WorkingDirectories::read_up_to(uint64_t time_ns) {
  for (; !frames_.empty() && frames_.next().first <= time_ns; frames_.pop())
    read(trace_.frames()[frames_.next().second]);
  std::stable_sort(pending_.begin(), pending_.end(),
                   [](const Change& a, const Change& b) { return a.time_ns < b.time_ns; });
  auto next = pending_.begin();
  for (; next != pending_.end() && next->time_ns <= time_ns; ++next) apply(*next);
  kept_ -= static_cast<size_t>(next - pending_.begin());
  pending_.erase(pending_.begin(), next);
}

const File* WorkingDirectories::at(uint32_t thread, uint64_t time_ns) const {
  uint32_t place = 0;
  if (const uint32_t position = index_.find(thread); position && !members_[position].places.empty()) {
    const auto& places = members_[position].places;
    const auto later = std::upper_bound(places.begin(), places.end(), time_ns,
                                        [](uint64_t time, const auto& from) { return time < from.first; });
    if (later != places.begin()) place = std::prev(later)->second;
  } else {
    place = place_of_process_[threads_.process_of(thread)];
  }
  const auto& stays = places_[place].stays;
  const auto later = std::upper_bound(stays.begin(), stays.end(), time_ns,
                                      [](uint64_t time, const Stay& stay) { return time < stay.from_ns; });
  return later == stays.begin() ? nullptr : std::prev(later)->directory;
}

void WorkingDirectories::note(Change change) {
  if (kept_ >= kMostKept) {
    if (kept_++ == kMostKept)
      trace_.shortfalls().report(
          "working directories change more often than this program keeps; later ones may be wrong");
    return;
  }
  ++kept_;
  pending_.push_back(change);
}

void WorkingDirectories::read(const trace::Frame& frame) {
  const EventType* type = trace_.catalogue().type(frame.type);
  if (type->name == "syscall") return read_calls(frame);
  const bool fork = type->name == "fork";
  trace::Block& block = fork ? forks_ : execs_;
  if (!block.load(frame)) return;
  while (block.next_tile()) {
    for (size_t i = 0; i < block.tile_rows(); ++i) {
      const auto thread = static_cast<uint32_t>(block.column(1)[i]), other = static_cast<uint32_t>(block.column(2)[i]);
      if (!other) continue;
      const uint64_t time_ns = block.column(0)[i];
      if (fork)
        note({time_ns, thread, other, What::kFork, (block.column(3)[i] & CLONE_FS) != 0});
      else
        note({time_ns, thread, other, What::kIsAt});
    }
  }
}

void WorkingDirectories::read_calls(const trace::Frame& frame) {
  enum { kTime, kDuration, kThread, kNumber, kFlags, kResult, kFile, kCwd, kArg0, kArg1 };
  if (!calls_.load(frame)) return;
  const bool no_relative_path = calls_.constant(kCwd) == uint64_t{0};
  if (no_relative_path && calls_.constant(kNumber) && calls_.constant(kFlags)) {
    const Calls& numbers = numbers_[(*calls_.constant(kFlags) & SYSCALL_COMPAT) != 0];
    const uint64_t number = *calls_.constant(kNumber);
    if (number != numbers.chdir && number != numbers.fchdir && number != numbers.unshare && number != numbers.setns)
      return;
  }
  while (calls_.next_tile()) {
    const uint64_t *number = calls_.column(kNumber), *flags = calls_.column(kFlags), *cwd = calls_.column(kCwd);
    for (size_t i = 0, n = calls_.tile_rows(); i < n; ++i) {
      const auto thread = static_cast<uint32_t>(calls_.column(kThread)[i]);
      if (cwd[i]) {
        Member* of = member(thread);
        if (of && of->last_seen != cwd[i]) {
          of->last_seen = static_cast<uint32_t>(cwd[i]);
          note({calls_.column(kTime)[i], thread, of->last_seen, What::kIsAt});
        }
      }
      const Calls& numbers = numbers_[(flags[i] & SYSCALL_COMPAT) != 0];
      if (number[i] != numbers.chdir && number[i] != numbers.fchdir && number[i] != numbers.unshare &&
          number[i] != numbers.setns)
        continue;
      if (flags[i] & SYSCALL_UNFINISHED || calls_.column(kResult)[i]) continue;
      const uint64_t end_ns = calls_.column(kTime)[i] + calls_.column(kDuration)[i], arg0 = calls_.column(kArg0)[i],
                     arg1 = calls_.column(kArg1)[i];
      const auto file = static_cast<uint32_t>(calls_.column(kFile)[i]);
      if (number[i] ==
          numbers.unshare) {  // each of them takes the caller's own directory along (ksys_unshare() in kernel/fork.c)
        if (arg0 & (CLONE_FS | CLONE_NEWNS | CLONE_NEWUSER)) note({end_ns, thread, 0, What::kOwn});
      } else if (number[i] == numbers.setns) {  // to the root of a mount namespace
        const File* entered = files_.find(file);
        if (arg1 & CLONE_NEWNS || (!arg1 && entered && entered->path.starts_with("mnt:[")))
          note({end_ns, thread, 0, What::kLeft});
      } else {
        if (Member* of = member(thread)) of->last_seen = 0;
        note({end_ns, thread, file, file ? What::kIsAt : What::kLeft});
      }
    }
  }
}

// nullptr: of a thread that is not described.
WorkingDirectories::Member* WorkingDirectories::member(uint32_t thread) {
  if (const uint32_t position = index_.find(thread)) return &members_[position];
  if (!threads_.process_of(thread)) return nullptr;
  index_.set(thread, static_cast<uint32_t>(members_.size()));
  return &members_.emplace_back();
}

uint32_t WorkingDirectories::new_place(const File* directory, uint64_t time_ns) {
  if (kept_ >= kMostKept) return 0;  // the place of whom nothing is known
  ++kept_;
  places_.emplace_back();
  const auto place = static_cast<uint32_t>(places_.size() - 1);
  if (directory) is_at(place, directory, time_ns);
  return place;
}

uint32_t WorkingDirectories::place_of(uint32_t thread) {
  Member* of = member(thread);
  if (!of) return 0;
  if (of->places.empty()) {
    uint32_t& shared = place_of_process_[threads_.process_of(thread)];
    if (!shared) shared = new_place(nullptr, 0);
    of->places.emplace_back(0, shared);
  }
  return of->places.back().second;
}

void WorkingDirectories::is_at(uint32_t place, const File* directory, uint64_t time_ns) {
  auto& stays = places_[place].stays;
  if (!place || (stays.empty() ? !directory : stays.back().directory == directory)) return;
  if (kept_ >= kMostKept) return;
  ++kept_;
  stays.push_back({time_ns, directory});
}

void WorkingDirectories::apply(const Change& change) {
  applied_ns_ = std::max(applied_ns_, change.time_ns);  // whatever the trace says: stays are in order
  const uint32_t place = place_of(change.thread);
  const auto now = [&](uint32_t of) {
    return places_[of].stays.empty() ? nullptr : places_[of].stays.back().directory;
  };
  switch (change.what) {
    case What::kIsAt:
      return is_at(place, files_.find(change.other), applied_ns_);
    case What::kLeft:
      return is_at(place, nullptr, applied_ns_);
    case What::kOwn:
      if (Member* of = member(change.thread)) {
        const uint32_t own = new_place(now(place), applied_ns_);
        if (own != place) of->places.emplace_back(applied_ns_, own);
      }
      return;
    case What::kFork: {
      Member* child = member(change.other);
      if (!child || !child->places.empty()) return;
      const uint32_t its = change.shares && place ? place : new_place(now(place), applied_ns_);
      child->places.emplace_back(0, its);
      uint32_t& of_process = place_of_process_[threads_.process_of(change.other)];
      if (!of_process) of_process = its;
    }
  }
}

}  // namespace ebpftrace::analyzer
