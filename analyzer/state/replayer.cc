// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "analyzer/api/moment.h"
#include "analyzer/api/question.h"
#include "analyzer/dictionaries/file_facts.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/dictionaries/user_names.h"
#include "analyzer/query/moments.h"
#include "analyzer/state/change_order.h"
#include "analyzer/state/open_state.h"
#include "analyzer/state/process_ids.h"
#include "analyzer/state/socket_words.h"
#include "analyzer/text/shell_quote.h"
#include "trace/read/reads.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostCheckpoints = 32, kMostCheckpointBytes = 32u << 20;
constexpr size_t kLookAhead = 1u << 20;  // changes behind the moment in which it may show what an end of a pipe is
constexpr size_t kMostProcesses = 1u << 17, kMostFiles = 1u << 18, kMostTextBytes = 48u << 20, kMostCalls = 1u << 17;
constexpr size_t kKeptTextBytes = 24u << 20;
constexpr uint64_t kEndingNs = 1'000'000'000;  // in which the recorder gives up on calls when it ends

// Where the state at a moment can be had from: what a part of the recording says of its beginning.
struct Origin {
  size_t first_frame = 0, end_frame = 0;
  uint64_t from_ns = 0, ready_ns = 0;  // when that was looked at
};

std::vector<Origin> origins(const trace::Trace& trace) {
  std::vector<Origin> found;
  const EventType *process = trace.catalogue().type("process"), *open_file = trace.catalogue().type("open_file");
  const auto& parts = trace.parts();
  for (size_t part = 0; part < parts.size(); ++part) {
    Origin origin{parts[part].first_frame,
                  part + 1 < parts.size() ? parts[part + 1].first_frame : trace.frames().size(), UINT64_MAX, 0};
    for (size_t i = origin.first_frame; i < origin.end_frame; ++i) {
      const trace::Frame frame = trace.frames()[i];
      if (!frame.is(trace::FrameKind::kBlock) || !process || !open_file) continue;
      if (frame.type != process->id && frame.type != open_file->id) continue;
      origin.from_ns = std::min(origin.from_ns, frame.first_ns);
      origin.ready_ns = std::max(origin.ready_ns, frame.last_ns);
    }
    const bool looked = origin.ready_ns || origin.from_ns != UINT64_MAX;
    if (part && !looked) continue;
    if (!looked) origin.from_ns = 0;
    found.push_back(origin);
  }
  return found;
}

}  // namespace

class Replayer::Work {
 public:
  Work(const Session& session, size_t first_spacing)
      : session_(session), trace_(session.trace()), spacing_(first_spacing) {}

  StateThen at(uint64_t boot_ns, const std::stop_token& stop, const std::function<void(const Progress&)>& progress) {
    std::lock_guard lock(mutex_);
    load();
    StateThen then;
    then.boot_ns = boot_ns;
    then.time_ns = trace_.since_start(boot_ns);
    then.files_unknown = unknown_.files;
    const OpenState state = state_at(boot_ns, stop, progress, then);
    const auto calls = calls_at(boot_ns);
    add_processes(then, state, calls);
    if (then.files_unknown.empty()) {
      if (!then.stopped) look_ahead(then, state, boot_ns, stop);
      add_files(then, state);
    }
    if (state.full()) report("more is open than this program keeps; the rest is missing");
    if (state.lost_names()) report("names of files change more often than this program follows; some names are old");
    if (texts_->full()) report("more names and command lines change than this program keeps; some are missing");
    return then;
  }

  size_t checkpoints() {
    std::lock_guard lock(mutex_);
    return checkpoints_.size();
  }

  std::vector<std::pair<uint32_t, uint32_t>> socket_pairs() {
    std::lock_guard lock(mutex_);
    return learned_.pairs();
  }

  const trace::Trace& trace() const { return trace_; }

 private:
  struct Checkpoint {
    size_t origin;
    ChangeKey key;  // the last change that it has seen
    OpenState state;
  };
  struct InCall {
    uint64_t start_ns;
    uint32_t number;
    uint64_t flags;
  };

  void report(const char* what) const { trace_.shortfalls().report(what); }

  void load() {
    if (ids_) {  // whoever asks is told what it is made from
      for (const std::string& type : types_) trace::note_read(type);
      return;
    }
    const trace::ReadScope scope;
    auto ids = std::make_unique<ProcessIds>(trace_, session_.threads());
    facts_ = std::make_unique<FileFacts>(trace_);
    effects_ = std::make_unique<CallEffects>(trace_.catalogue(), session_.flow());
    texts_ = std::make_unique<KeptTexts>(kKeptTextBytes);
    unknown_ = not_knowable(trace_);
    origins_ = origins(trace_);
    session_.files();
    types_ = scope.types();
    ids_ = std::move(ids);
  }

  ChangeStretch stretch(size_t which) const {
    const Origin& origin = origins_[which];
    ChangeStretch stretch;
    stretch.first_frame = origin.first_frame;
    stretch.snapshot_end = origin.end_frame;
    stretch.snapshot_from_ns = origin.from_ns;
    stretch.snapshot_to_ns = origin.ready_ns;
    if (which) stretch.since_ns = origin.from_ns;
    return stretch;
  }

  OpenState state_at(uint64_t boot_ns, const std::stop_token& stop,
                     const std::function<void(const Progress&)>& progress, StateThen& then) {
    size_t which = origins_.size() - 1;
    while (which && origins_[which].ready_ns > boot_ns) --which;
    ChangeStretch stretch = this->stretch(which);
    stretch.up_to_ns = boot_ns;
    const Checkpoint* nearest = nullptr;
    for (const Checkpoint& one : checkpoints_)
      if (one.origin == which && one.key.time_ns <= boot_ns && (!nearest || one.key > nearest->key)) nearest = &one;
    OpenState state = nearest ? nearest->state : OpenState(session_, *facts_, *texts_);
    if (nearest) {
      stretch.after = nearest->key;
      stretch.since_ns = nearest->key.time_ns;
    }
    ChangeOrder order(session_, *ids_, *effects_, *texts_, stretch);
    size_t applied = 0;
    for (auto changes = order.next(); !changes.empty(); changes = order.next()) {
      for (size_t i = 0; i < changes.size(); ++i) {
        state.apply(changes[i], learned_);
        if (i % 1024 == 0 && stop.stop_requested()) {
          then.stopped = true;
          return state;
        }
      }
      applied += changes.size();
      if (progress) progress({order.frames_read(), order.frames_in_all()});
      if (applied < spacing_) continue;
      applied = 0;
      remember(which, changes.back().key, state);
    }
    return state;
  }

  void remember(size_t origin, const ChangeKey& key, OpenState& state) {
    state.tidy();
    checkpoints_.push_back({origin, key, state});
    auto too_much = [&] {
      size_t bytes = 0;
      for (const Checkpoint& one : checkpoints_) bytes += one.state.bytes();
      return checkpoints_.size() > kMostCheckpoints || bytes > kMostCheckpointBytes;
    };
    while (!checkpoints_.empty() && too_much()) {
      std::sort(checkpoints_.begin(), checkpoints_.end(), [](const Checkpoint& a, const Checkpoint& b) {
        return a.origin != b.origin ? a.origin < b.origin : a.key < b.key;
      });
      std::vector<Checkpoint> left;
      for (size_t i = 1; i < checkpoints_.size(); i += 2) left.push_back(std::move(checkpoints_[i]));
      checkpoints_ = std::move(left);
      spacing_ *= 2;
    }
  }

  // What an end of a pipe or socket pair is, shows when it is first used: perhaps only after the moment.
  void look_ahead(const StateThen& then, const OpenState& at_moment, uint64_t boot_ns, const std::stop_token& stop) {
    std::vector<OpenState::Made> open;
    for (const auto& [process, running] : at_moment.running())
      for (const OpenState::Entry& entry : at_moment.entries(running)) {
        const OpenState::Object& object = at_moment.object(entry);
        if (!object.file && object.made.end && !learned_.file(object.made)) open.push_back(object.made);
      }
    std::sort(open.begin(), open.end());
    open.erase(std::unique(open.begin(), open.end()), open.end());
    if (open.empty() || then.stopped) return;
    OpenState state = at_moment;
    ChangeStretch stretch;
    stretch.since_ns = boot_ns == UINT64_MAX ? boot_ns : boot_ns + 1;
    ChangeOrder order(session_, *ids_, *effects_, *texts_, stretch);
    size_t left = kLookAhead;
    for (auto changes = order.next(); !changes.empty() && left && !stop.stop_requested(); changes = order.next()) {
      for (const Change& change : changes.first(std::min(left, changes.size()))) state.apply(change, learned_);
      left -= std::min(left, changes.size());
      std::erase_if(open, [&](const OpenState::Made& made) { return learned_.file(made) != 0; });
      if (open.empty()) return;
    }
  }

  // By position of the thread.
  std::map<uint32_t, InCall> calls_at(uint64_t boot_ns) const {
    std::map<uint32_t, InCall> calls;
    bool full = false;
    enum { kTime, kDuration, kThread, kNumber, kFlags };
    trace::Block block(trace_, "syscall", {"timeNs", "durationNs", "thread", "number", "flags"});
    for (const uint32_t position : trace_.blocks_of("syscall")) {
      const trace::Frame frame = trace_.frames()[position];
      if (frame.first_ns > boot_ns || frame.last_ns < boot_ns - std::min(boot_ns, kEndingNs)) continue;
      if (!block.load(frame)) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i) {
          const uint64_t start = block.column(kTime)[i], duration = block.column(kDuration)[i];
          if (start > boot_ns) continue;
          // One that was given up on went on, if its thread did.
          const uint64_t flags = block.column(kFlags)[i];
          if (start + std::min(duration, UINT64_MAX - start) <= boot_ns && !(flags & SYSCALL_UNFINISHED)) continue;
          const uint32_t thread = session_.threads().position(block.column(kThread)[i]);
          if (!thread || !ids_->thread_alive(thread, boot_ns)) continue;
          const auto known = calls.find(thread);
          if (known == calls.end() && calls.size() >= kMostCalls) {
            full = true;
            continue;
          }
          if (known != calls.end() && known->second.start_ns >= start) continue;
          calls[thread] = {start, static_cast<uint32_t>(block.column(kNumber)[i]), flags};
        }
    }
    if (full) report("more calls were in progress than this program keeps; the rest are missing");
    return calls;
  }

  bool has_room(const std::string& text) {
    if (text.size() > text_bytes_left_) return false;
    text_bytes_left_ -= text.size();
    return true;
  }

  void add_processes(StateThen& then, const OpenState& state, const std::map<uint32_t, InCall>& calls) {
    text_bytes_left_ = kMostTextBytes;
    position_of_.clear();
    const ThreadTable& threads = session_.threads();
    const FileTable& files = session_.files();
    const auto& processes = threads.processes();
    std::vector<std::pair<uint32_t, uint32_t>> alive;  // pid, process
    for (uint32_t i = 1; i < processes.size(); ++i)
      if (ids_->alive(i, then.boot_ns)) alive.emplace_back(processes[i].pid, i);
    std::sort(alive.begin(), alive.end());
    bool full = alive.size() > kMostProcesses;
    alive.resize(std::min(alive.size(), kMostProcesses));
    for (const auto& [pid, process] : alive) position_of_.emplace(process, then.processes.size() + position_of_.size());
    auto path_of = [&](uint32_t id, std::string_view otherwise) {
      const File* file = files.find(id);
      return std::string(file ? file->path : otherwise);
    };
    for (const auto& [pid, process] : alive) {
      const Process& known = processes[process];
      ProcessThen row;
      row.pid = pid;
      row.ppid = known.ppid;
      // Its parent's children went to somebody else if it ended.
      if (const uint32_t parent = ids_->holder(known.ppid, known.start_ns);
          parent && !ids_->alive(parent, then.boot_ns))
        row.ppid.reset();
      const ThreadTable::StateSpan span = threads.state_at(process, then.boot_ns);
      row.uid = span.state == UINT32_MAX ? known.uid : threads.states()[span.state].uid;
      row.user = session_.users().name(row.uid);
      row.name = threads.name_at(process, then.boot_ns);
      row.start_ns = trace_.since_start(known.start_ns);
      row.files = FilesKnown::kUsed;
      if (const auto found = state.running().find(process); found != state.running().end()) {
        const OpenState::Running& running = found->second;
        row.command = quote_argv(running.argv);
        row.command_cut = running.argv_cut;
        row.exe = path_of(running.exe, running.exe_text);
        row.cwd = path_of(running.cwd, running.cwd_text);
        if (state.complete(running)) row.files = FilesKnown::kAll;
      }
      if (!then.files_unknown.empty()) row.files = FilesKnown::kNone;
      if (!has_room(row.command)) {
        row.command = {};
        full = true;
      }
      then.processes.push_back(std::move(row));
    }
    for (uint32_t i = 1; i < threads.threads().size(); ++i)
      if (const auto at = position_of_.find(threads.threads()[i].process);
          at != position_of_.end() && ids_->thread_alive(i, then.boot_ns))
        ++then.processes[at->second].threads;
    for (const auto& [thread, call] : calls)
      if (const auto at = position_of_.find(threads.threads()[thread].process); at != position_of_.end())
        then.processes[at->second].calls.push_back(
            {threads.threads()[thread].tid, trace_.catalogue().table(call.flags & SYSCALL_COMPAT).name(call.number),
             trace_.since_start(call.start_ns), (call.flags & SYSCALL_BEGAN_BEFORE) != 0});
    for (ProcessThen& row : then.processes)
      std::sort(row.calls.begin(), row.calls.end(), [](const CallThen& a, const CallThen& b) { return a.tid < b.tid; });
    if (full) report("more processes ran then than this program keeps; some, or their arguments, are missing");
  }

  static std::string state_of(const OpenState::Object& object, const SocketFact& socket) {
    using State = OpenState;
    const unsigned bits = object.socket;
    if (bits & State::kListening) return "LISTEN";
    if (bits & State::kConnecting) return "SYN-SENT";
    if (bits & State::kConnected) {
      if (socket.type != SOCK_STREAM) return "ESTAB";
      if (bits & State::kWeEnded) return bits & State::kPeerEnded ? "CLOSING" : "FIN-WAIT";
      return bits & State::kPeerEnded ? "CLOSE-WAIT" : "ESTAB";
    }
    return bits & State::kStateKnown || socket.type != SOCK_STREAM ? "UNCONN" : "";
  }

  void add_files(StateThen& then, const OpenState& state) {
    const FileTable& files = session_.files();
    std::map<const OpenState::Object*, size_t> socket_at;
    bool full = false;
    std::vector<std::pair<size_t, uint32_t>> in_order;  // position, process
    for (const auto& [process, position] : position_of_) in_order.emplace_back(position, process);
    std::sort(in_order.begin(), in_order.end());
    const bool offsets = lost_no_calls() && !unknown_.offsets && !state.lost_names();
    for (const auto& [position, process] : in_order) {
      const auto found = state.running().find(process);
      if (found == state.running().end()) continue;
      for (const OpenState::Entry& entry : state.entries(found->second)) {
        const OpenState::Object& object = state.object(entry);
        const uint32_t id = object.file ? object.file : learned_.file(object.made);
        const File* file = files.find(id);
        const FileFact& fact = facts_->of(id);
        FileThen row;
        row.process = static_cast<uint32_t>(position);
        row.fd = entry.fd;
        row.type = file                                      ? file_type_name(file->mode)
                   : object.kind == OpenState::Kind::kPipe   ? "fifo"
                   : object.kind == OpenState::Kind::kSocket ? "socket"
                                                             : "unknown";
        if (file) {
          row.path = object.name.empty() ? file->path : object.name;
          if (object.name.empty() && file->cut) row.path += "...";
          row.shown = object.name.empty() ? std::string(file->shown) : shown_path(object.name);
        }
        row.deleted = object.deleted;
        row.close_on_exec = entry.close_on_exec;
        if (object.flags_known) row.flags = object.flags;
        if (file && S_ISREG(file->mode) && object.offset_known && object.since_ns && !object.elsewhere && offsets)
          row.offset = object.offset;
        if (entry.since_ns) row.since_ns = trace_.since_start(entry.since_ns);
        if (fact.same) {
          row.inode = fact.inode;
          row.device = fact.device;
        }
        if (then.files.size() >= kMostFiles || !has_room(row.path) || !has_room(row.shown)) {
          full = true;
          continue;
        }
        then.files.push_back(std::move(row));
        if (fact.socket || object.kind == OpenState::Kind::kSocket) {
          const auto [at, first] = socket_at.try_emplace(&object, then.sockets.size());
          if (first) add_socket(then, object, fact);
          then.sockets[at->second].owners.push_back({static_cast<uint32_t>(position), entry.fd});
        }
      }
    }
    std::stable_sort(then.sockets.begin(), then.sockets.end(), [](const SocketThen& a, const SocketThen& b) {
      return std::tie(a.protocol, a.local, a.peer, a.inode) < std::tie(b.protocol, b.local, b.peer, b.inode);
    });
    if (full) report("more was open then than this program keeps; the rest is missing");
  }

  void add_socket(StateThen& then, const OpenState::Object& object, const FileFact& fact) {
    const SocketFact& socket = facts_->socket(fact);
    SocketThen row;
    row.protocol = socket_protocol(socket);
    row.state = state_of(object, socket);
    row.local = socket_address(socket.local);
    row.peer = socket_address(socket.remote);
    row.netns = socket.netns;
    row.inode = fact.inode;
    if (unknown_.bytes.empty()) {
      row.received_bytes = object.received;
      row.sent_bytes = object.sent;
    }
    if (object.since_ns) row.since_ns = trace_.since_start(object.since_ns);
    then.sockets.push_back(std::move(row));
  }

  bool lost_no_calls() const {
    if (!trace_.losses().known) return false;
    const EventType* call = trace_.catalogue().type("syscall");
    return std::none_of(trace_.losses().list.begin(), trace_.losses().list.end(),
                        [&](const trace::Loss& loss) { return call && loss.type == call->id; });
  }

  const Session& session_;
  const trace::Trace& trace_;
  std::mutex mutex_;  // of all that follows
  std::unique_ptr<const ProcessIds> ids_;
  std::unique_ptr<const FileFacts> facts_;
  std::unique_ptr<const CallEffects> effects_;
  std::unique_ptr<KeptTexts> texts_;
  NotKnowable unknown_;
  std::vector<Origin> origins_;
  std::set<std::string, std::less<>> types_;
  OpenState::Learned learned_;
  std::vector<Checkpoint> checkpoints_;
  size_t spacing_;                                    // changes from one checkpoint to the next
  std::unordered_map<uint32_t, size_t> position_of_;  // process -> position in the answer
  size_t text_bytes_left_ = 0;
};

Replayer::Replayer(const Session& session, size_t first_spacing)
    : work_(std::make_unique<Work>(session, first_spacing)) {}
Replayer::~Replayer() = default;

uint64_t Replayer::boot_ns(std::string_view moment, std::string_view option) const {
  return Moments(work_->trace()).moment(option, moment);
}

StateThen Replayer::at(uint64_t boot_ns, const std::stop_token& stop,
                       const std::function<void(const Progress&)>& progress) const {
  return work_->at(boot_ns, stop, progress);
}

std::vector<std::pair<uint32_t, uint32_t>> Replayer::socket_pairs() const { return work_->socket_pairs(); }

size_t Replayer::checkpoints() const { return work_->checkpoints(); }

}  // namespace ebpftrace::analyzer
