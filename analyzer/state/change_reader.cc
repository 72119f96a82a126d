// SPDX-License-Identifier: Apache-2.0
#include "analyzer/state/change_reader.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/state/plain_path.h"
#include "analyzer/state/process_ids.h"
#include "analyzer/text/content_bytes.h"
#include "analyzer/text/content_items.h"
#include "schema/values.h"

namespace ebpftrace::analyzer {
namespace {

using What = Change::What;

constexpr uint32_t kAlways = UINT32_MAX;
constexpr size_t kMostPassed = 256;

enum Calls {
  kTime,
  kDuration,
  kResult,
  kThread,
  kFile,
  kNumber,
  kFlags,
  kMoved,
  kPeeked,
  kCwd,
  kFile2,
  kArg0,
  kArg1,
  kArg2,
  kArg3,
  kArg4,
  kArg5
};

const EventType& call_type(const trace::Trace& trace) {
  static const EventType none;
  const EventType* type = trace.catalogue().type("syscall");
  return type ? *type : none;
}

}  // namespace

ChangeReader::ChangeReader(const Session& session, const ProcessIds& ids, const CallEffects& effects, KeptTexts& texts,
                           const ChangeStretch& stretch)
    : files_(session.files()),
      trace_(session.trace()),
      ids_(ids),
      effects_(effects),
      texts_(texts),
      stretch_(stretch),
      payload_(std::make_shared<trace::FramePayload>()),
      calls_(trace_, call_type(trace_),
             std::array<std::string_view, 17>{"timeNs", "durationNs", "result", "thread", "file", "number", "flags",
                                              "moved", "peeked", "cwd", "file2", "arg0", "arg1", "arg2", "arg3", "arg4",
                                              "arg5"},
             payload_),
      call_texts_(trace_, call_type(trace_), std::array<std::string_view, 3>{"path", "path2", "content"}, payload_),
      forks_(trace_, "fork", {"timeNs", "thread", "child", "cloneFlags"}),
      execs_(trace_, "exec", {"timeNs", "thread", "exe", "cwd", "argv"}),
      exits_(trace_, "exit", {"timeNs", "thread", "flags"}),
      processes_(trace_, "process", {"timeNs", "tgid", "threads", "argv", "exe", "cwd"}),
      open_files_(trace_, "open_file", {"timeNs", "tgid", "fd", "file", "flags"}) {}

void ChangeReader::emit(Change change) {
  change.key.frame = frame_;
  change.key.row = row_;
  change.key.part = part_++;
  if (change.key.time_ns < stretch_.since_ns || change.key.time_ns > stretch_.up_to_ns) return;
  if (after_ && change.key <= *after_) return;
  if (change.key > limit_)
    earliest_left_ = std::min(earliest_left_, change.key);
  else
    changes.push_back(change);
}

void ChangeReader::read(uint32_t frame, const ChangeKey* after, const ChangeKey& limit) {
  after_ = after;
  limit_ = limit;
  earliest_left_ = kNoChange;
  read(frame);
  if (earliest_left_ != kNoChange) left.push_back({earliest_left_.time_ns, frame, 0});
}

void ChangeReader::read(uint32_t position) {
  frame_ = position;
  const trace::Frame frame = trace_.frames()[position];
  const std::string& type = trace_.catalogue().type(frame.type)->name;
  if (type == "syscall") return read_calls(frame);
  auto rows = [&](trace::Block& block, auto&& row) {
    if (!block.load(frame)) return;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        row_ = static_cast<uint32_t>(block.tile_start() + i);
        part_ = 0;
        row([&](unsigned column) { return block.column(column)[i]; });
      }
  };
  auto number = [](uint64_t value) { return static_cast<uint32_t>(value); };
  if (type == "fork") {
    rows(forks_, [&](auto&& value) {
      Change change;
      change.key.time_ns = value(0);
      change.thread = number(value(1));
      change.other = number(value(2));
      change.value = value(3);
      change.what = What::kForks;
      emit(change);
    });
  } else if (type == "exec") {
    rows(execs_, [&](auto&& value) {
      Change change;
      change.key.time_ns = value(0);
      change.thread = number(value(1));
      change.file = number(value(2));
      change.value = value(3);
      change.what = What::kExecs;
      const trace::BlockText argv = execs_.text(value(4));
      if (argv.present) change.text = texts_.keep(argv.bytes);
      change.value2 = argv.cut || argv.at_least || argv.unreadable;
      emit(change);
    });
  } else if (type == "exit") {
    rows(exits_, [&](auto&& value) {
      Change change;
      change.key.time_ns = value(0);
      change.thread = number(value(1));
      change.what = value(2) & EXIT_LAST_THREAD ? What::kEndsProcess : What::kExits;
      emit(change);
    });
  } else if (type == "process") {
    rows(processes_, [&](auto&& value) {
      Change change;
      change.key.time_ns = value(0);
      change.thread = ids_.holder(number(value(1)), value(0));
      if (!change.thread || !value(2)) return;  // it was not recorded: only its name was kept
      change.what = What::kRuns;
      const trace::BlockText argv = processes_.text(value(3));
      change.text = texts_.keep(argv.bytes);
      change.value2 = argv.cut || argv.at_least;
      change.text2 = texts_.keep(processes_.text(value(4)).bytes);
      change.text3 = texts_.keep(processes_.text(value(5)).bytes);
      emit(change);
    });
  } else {
    rows(open_files_, [&](auto&& value) {
      Change change;
      change.key.time_ns = value(0);
      change.thread = ids_.holder(number(value(1)), value(0));
      if (!change.thread) return;
      change.fd = number(value(2));
      change.file = number(value(3));
      change.value = value(4) & ~uint64_t{O_CLOEXEC};
      change.close_on_exec = value(4) & O_CLOEXEC;
      change.what = What::kIsOpen;
      emit(change);
    });
  }
}

void ChangeReader::read_calls(const trace::Frame& frame) {
  if (!calls_.load(frame)) return;
  uses_.fill({});
  places_.fill({});
  texts_loaded_ = texts_fail_ = false;
  while (calls_.next_tile())
    for (size_t i = 0; i < calls_.tile_rows(); ++i) {
      const uint64_t flags = calls_.column(kFlags)[i];
      if (!calls_.column(kCwd)[i] && !effects_.row(calls_.column(kNumber)[i], (flags & SYSCALL_COMPAT) != 0).relevant)
        continue;
      row_ = static_cast<uint32_t>(calls_.tile_start() + i);
      part_ = 0;
      read_call(i);
    }
}

// Of a row of the tile. The texts of a block are read if one of its rows needs one.
std::string_view ChangeReader::text_bytes(size_t i, unsigned column, bool* whole) {
  if (whole) *whole = false;
  if (texts_fail_) return {};
  if (!texts_loaded_) {
    texts_loaded_ = true;
    if (!call_texts_.load(calls_.frame()) || !call_texts_.next_tile()) texts_fail_ = true;
  }
  while (!texts_fail_ && call_texts_.tile_start() < calls_.tile_start())
    if (!call_texts_.next_tile()) texts_fail_ = true;
  if (texts_fail_ || call_texts_.tile_start() != calls_.tile_start() || i >= call_texts_.tile_rows()) return {};
  const trace::BlockText text = call_texts_.text(call_texts_.column(column)[i]);
  if (whole) *whole = text.present && !text.cut && !text.at_least && !text.unreadable;
  return text.bytes;
}

void ChangeReader::read_call(size_t i) {
  auto column = [&](unsigned wanted) { return calls_.column(wanted)[i]; };
  const uint64_t call_flags = column(kFlags), result = column(kResult), start_ns = column(kTime);
  const uint64_t end_ns = start_ns + std::min(column(kDuration), UINT64_MAX - start_ns);
  const bool unfinished = call_flags & SYSCALL_UNFINISHED, failed = unfinished || is_error(result);
  const CallEffects::Row& row = effects_.row(column(kNumber), (call_flags & SYSCALL_COMPAT) != 0);
  const uint64_t args[6] = {column(kArg0), column(kArg1), column(kArg2), column(kArg3), column(kArg4), column(kArg5)};
  const auto file = static_cast<uint32_t>(column(kFile)), file2 = static_cast<uint32_t>(column(kFile2));
  const auto cwd = static_cast<uint32_t>(column(kCwd));
  Change change;
  change.thread = static_cast<uint32_t>(column(kThread));
  change.key.time_ns = start_ns;
  if (cwd) {
    Use& place = places_[change.thread % places_.size()];
    if (place.thread != change.thread || place.file != cwd) {
      place = {change.thread, 0, cwd};
      Change is_at = change;
      is_at.file = cwd;
      is_at.what = What::kIsAt;
      emit(is_at);
    }
  }
  if (!row.relevant || (row.is_exec && !failed) || call_flags & SYSCALL_NO_ARGS) return;

  const uint32_t files[2] = {row.returns_fd ? file2 : file, row.returns_fd ? 0 : file2};
  for (unsigned j = 0; j < 2; ++j) {
    if (row.fd_arg[j] == CallEffects::kNoArg || !files[j]) continue;
    const uint64_t fd = args[row.fd_arg[j]];
    if (static_cast<int32_t>(fd) < 0 || (row.effect == CallEffect::kCloses && !failed)) continue;
    Use& use = uses_[(change.thread * 31 + fd) % uses_.size()];
    if (use.thread == change.thread && use.fd == static_cast<uint32_t>(fd) && use.file == files[j]) continue;
    use = {change.thread, static_cast<uint32_t>(fd), files[j]};
    Change used = change;
    used.fd = use.fd;
    used.file = files[j];
    emit(used);
  }

  const auto fd = static_cast<uint32_t>(args[0]);
  const uint64_t opening = row.flags_arg == CallEffects::kNoArg ? 0 : args[row.flags_arg];
  auto opens = [&](What what) {
    change.what = what;
    change.key.time_ns = end_ns;
    change.file = file;
    change.value = (opening & row.flags_mask & ~uint64_t{O_CLOEXEC}) | row.flags;
    change.close_on_exec = row.close_on_exec == kAlways || opening & row.close_on_exec;
  };
  auto at_end = [&](What what, uint64_t value = 0) {
    change.what = what;
    change.key.time_ns = end_ns;
    change.fd = fd;
    change.file = file;
    change.value = value;
    emit(change);
  };
  auto pair = [&](What what, unsigned arg) {
    const auto item = ContentItems(text_bytes(i, 2)).find(arg).next();
    if (!item || item->bytes.size() < 8) return;
    opens(what);
    change.fd = read_at<uint32_t>(item->bytes, 0);
    change.other = read_at<uint32_t>(item->bytes, 4);
    emit(change);
  };
  switch (row.effect) {
    case CallEffect::kNone:
      break;
    case CallEffect::kOpens: {
      if (failed) break;
      opens(What::kOpens);
      change.fd = static_cast<uint32_t>(result);
      if (row.fd_arg[0] != CallEffects::kNoArg && row.flags_arg != CallEffects::kNoArg && result == args[0] &&
          file == file2)
        break;  // signalfd of a descriptor that there was
      if (row.how_arg != CallEffects::kNoArg) {
        const auto item = ContentItems(text_bytes(i, 2)).find(row.how_arg).next();
        const uint64_t how = item ? read_at<uint64_t>(item->bytes, 0) : 0;
        change.value = how & ~uint64_t{O_CLOEXEC};
        change.close_on_exec = how & O_CLOEXEC;
      }
      if (row.gets) change.what = What::kReceives;
      emit(change);
      break;
    }
    case CallEffect::kAccepts:
      if (unfinished || !failed || 0 - result == 11) {  // who waits for one listens, too
        Change accepts = change;
        accepts.what = What::kAccepts;
        accepts.fd = fd;
        accepts.file = file2 ? file2 : file;
        emit(accepts);
      }
      if (failed) break;
      opens(What::kOpens);
      change.fd = static_cast<uint32_t>(result);
      change.connected = true;
      emit(change);
      break;
    case CallEffect::kDuplicates:
      if (failed || static_cast<uint32_t>(result) == fd) break;
      opens(What::kDuplicates);
      change.fd = fd;
      change.other = static_cast<uint32_t>(result);
      emit(change);
      break;
    case CallEffect::kFcntl:
      if (failed) break;
      if (args[1] == F_DUPFD || args[1] == F_DUPFD_CLOEXEC) {
        opens(What::kDuplicates);
        change.fd = fd;
        change.other = static_cast<uint32_t>(result);
        change.close_on_exec = args[1] == F_DUPFD_CLOEXEC;
        emit(change);
      } else if (args[1] == F_SETFD) {
        at_end(What::kSetsCloseOnExec, args[2] & FD_CLOEXEC);
      } else if (args[1] == F_SETFL) {
        at_end(What::kSetsFlags, args[2]);
      }
      break;
    case CallEffect::kIoctl:
      if (!failed && (args[1] == 0x5450 || args[1] == 0x5451))  // FIONCLEX, FIOCLEX
        at_end(What::kSetsCloseOnExec, args[1] == 0x5451);
      break;
    case CallEffect::kCloses:
      // One that returns an error has closed it all the same, unless it was none (fs/open.c).
      if (!unfinished && 0 - result == 9) break;
      change.what = What::kCloses;
      change.fd = fd;
      change.file = file;
      emit(change);
      if (start_ns <= stretch_.snapshot_to_ns && end_ns >= stretch_.snapshot_from_ns) {  // it was still listed
        change.key.time_ns = end_ns;
        emit(change);
      }
      break;
    case CallEffect::kClosesRange:
      if (failed) break;
      change.what = What::kClosesRange;
      change.fd = fd;
      change.other = static_cast<uint32_t>(args[1]);
      change.value = args[2];
      emit(change);
      break;
    case CallEffect::kMakesPipe:
      if (!failed) pair(What::kMakesPipe, 0);
      break;
    case CallEffect::kMakesSocketPair:
      if (!failed) pair(What::kMakesSockets, 3);
      break;
    case CallEffect::kReceivesMessages:
      if (failed) break;
      change.key.time_ns = end_ns;
      add_passed(change, text_bytes(i, 2),
                 row.message_flags_arg != CallEffects::kNoArg && args[row.message_flags_arg] & MSG_CMSG_CLOEXEC);
      break;
    case CallEffect::kConnects:
      change.fd = fd;
      change.file = file;
      change.what = What::kBeginsToConnect;
      emit(change);
      if (!unfinished) {
        const uint64_t error = 0 - result;
        if (!failed)
          at_end(What::kConnects);
        else if (error != 115 && error != 114 && error != 4 && error < 512)  // it goes on: EINPROGRESS, EALREADY, EINTR
          at_end(What::kFailsToConnect, error == 106);                       // EISCONN
      }
      break;
    case CallEffect::kBinds:
      if (!failed) at_end(What::kBinds);
      break;
    case CallEffect::kListens:
      if (!failed) at_end(What::kListens);
      break;
    case CallEffect::kShutsDown:
      if (!failed) at_end(What::kShutsDown, args[1]);
      break;
    case CallEffect::kSeeks:
      if (!failed) at_end(What::kSeeks, result);
      break;
    case CallEffect::kUnshares:
      if (!failed && args[0] & CLONE_FILES) at_end(What::kUnshares);
      break;
    case CallEffect::kChangesDirectory:
      if (!failed && file) {
        at_end(What::kIsAt);
        places_[change.thread % places_.size()] = {};
      }
      break;
    case CallEffect::kUnlinks:
    case CallEffect::kRenames:
      if (failed) break;
      change.key.time_ns = end_ns;
      add_path_change(change, row, i, args, file, file2, cwd);
      break;
  }
  if (row.flow & CallFlow::kMoves && !failed) {
    const uint8_t flow = CallFlow::directed(row.flow, call_flags);
    const CallBytes bytes = CallFlow::bytes(flow, call_flags, result, column(kMoved), column(kPeeked));
    const bool asked = row.size_arg == CallEffects::kNoArg || args[row.size_arg];
    Change move;
    move.thread = change.thread;
    move.key.time_ns = end_ns;
    if ((row.flow & CallFlow::kMoves) != CallFlow::kMoves)
      return add_move(move, row, 0, file, bytes, args,
                      flow & CallFlow::kReads && !result && asked && !(call_flags & SYSCALL_MOVED));
    const bool to_first = flow & CallFlow::kFileIsTarget;
    add_move(move, row, 0, file, to_first ? CallBytes{0, bytes.written} : CallBytes{bytes.read, 0}, args, false);
    add_move(move, row, 1, file2, to_first ? CallBytes{bytes.read, 0} : CallBytes{0, bytes.written}, args, false);
  }
}

void ChangeReader::add_move(Change change, const CallEffects::Row& row, unsigned which, uint32_t file, CallBytes bytes,
                            const uint64_t* args, bool ended) {
  const File* known = files_.find(file);
  if (!known || row.fd_arg[which] == CallEffects::kNoArg) return;
  const bool socket = S_ISSOCK(known->mode);
  if (!socket && !S_ISREG(known->mode)) return;
  change.fd = static_cast<uint32_t>(args[row.fd_arg[which]]);
  change.file = file;
  if (ended && socket) {
    change.what = What::kEnds;
    emit(change);
  }
  if (!bytes.read && !bytes.written) return;
  change.what = What::kMoves;
  change.value = bytes.read;
  change.value2 = bytes.written;
  const uint8_t offset = row.offset_arg[which], position = row.position_arg;
  change.at_offset = (row.at_offset && (position == CallEffects::kNoArg || args[position] != UINT64_MAX)) ||
                     (offset != CallEffects::kNoArg && args[offset]);
  emit(change);
}

// What came with messages: descriptors in control data, and the files behind them in the same order.
void ChangeReader::add_passed(Change change, std::string_view content, bool close_on_exec) {
  std::string_view files;
  if (const auto item = ContentItems(content).first(CONTENT_FILES)) files = item->bytes;
  if (files.empty()) return;
  change.what = What::kReceives;
  change.close_on_exec = close_on_exec;
  size_t passed = 0;
  for (ContentItems items(content);;) {
    const auto item = items.next();
    if (!item) return;
    if (!item->part || item->kind != CONTENT_CONTROL) continue;
    for (std::string_view rest = item->bytes; rest.size() >= 16;) {  // struct cmsghdr
      const uint64_t length = std::min<uint64_t>(read_at<uint64_t>(rest, 0), rest.size());
      const auto level = read_at<int32_t>(rest, 8), type = read_at<int32_t>(rest, 12);
      constexpr int32_t kScmPidfd = 4;
      if (length < 16) break;
      if (level == SOL_SOCKET && (type == SCM_RIGHTS || type == kScmPidfd))
        for (uint64_t at = 16; at + 4 <= length && passed < kMostPassed; at += 4, ++passed) {
          change.fd = read_at<uint32_t>(rest, at);
          change.file = read_at<uint32_t>(files, 4 * passed);
          if (change.file && static_cast<int32_t>(change.fd) >= 0) emit(change);
        }
      rest.remove_prefix(std::min<uint64_t>((length + 7) & ~uint64_t{7}, rest.size()));
    }
  }
}

void ChangeReader::add_path_change(Change change, const CallEffects::Row& row, size_t i, const uint64_t* args,
                                   uint32_t file, uint32_t file2, uint32_t cwd) {
  const unsigned paths = row.effect == CallEffect::kRenames ? 2 : 1;
  std::string path[2];
  for (unsigned j = 0; j < paths; ++j) {
    bool whole;
    const std::string_view given = text_bytes(i, j, &whole);
    if (!whole || given.empty()) return;
    uint32_t from = cwd;
    if (row.path_dir[j] != CallEffects::kNoArg && static_cast<int32_t>(args[row.path_dir[j]]) != AT_FDCWD)
      from = row.path_dir[j] == row.fd_arg[0] ? file : file2;
    const File* directory = files_.find(from);
    if (!append_plain_path(path[j], directory && !directory->cut ? directory->path : std::string_view(), given)) return;
  }
  change.value = path_hash(path[0]);
  change.what = What::kUnlinks;
  if (row.effect == CallEffect::kRenames) {
    constexpr uint64_t kExchange = 2;  // RENAME_EXCHANGE
    change.what = row.rename_flags_arg != CallEffects::kNoArg && args[row.rename_flags_arg] & kExchange
                      ? What::kExchanges
                      : What::kRenames;
    change.text = texts_.keep(path[0]);
    change.text2 = texts_.keep(path[1]);
  }
  emit(change);
}

}  // namespace ebpftrace::analyzer
