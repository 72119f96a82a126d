// SPDX-License-Identifier: Apache-2.0
// What each change does to what is open.
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sys/socket.h>

#include <algorithm>

#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/kept_texts.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/state/open_state.h"

namespace ebpftrace::analyzer {
namespace {

using What = Change::What;

constexpr uint32_t kSettable = O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME | O_NONBLOCK;  // by F_SETFL

}  // namespace

// What is used is open, whether it was seen to be opened or not.
void OpenState::learn_used(const Change& change, uint32_t files, Learned& learned) {
  if (!files || !change.file || used(files, change.fd, change.file, learned)) return;
  set(files, {change.fd, object_like(change.file), 0, false});
}

void OpenState::moves(Object& object, const Change& change) {
  if (facts_->of(object.file).socket) {
    object.received += change.value;
    object.sent += change.value2;
    if (object.socket & kConnecting) object.socket = (object.socket & ~kConnecting) | kConnected;
    return;
  }
  if (change.at_offset) return;
  if (change.value2 && (!object.flags_known || object.flags & O_APPEND))
    object.offset_known = false;  // it is at the file's end, wherever that is
  object.offset += change.value + change.value2;
}

// By an address that it got with the call: the one under which it was described next.
void OpenState::next_address(Object& object) const {
  const FileFact& fact = facts_->of(object.file);
  if (!fact.socket || !fact.next) return;
  object.file = fact.next;
}

void OpenState::renames(const Change& change) {
  if (!names_left_) return;
  names_left_ -= std::min<uint64_t>(names_left_, objects_.size());
  const bool exchange = change.what == What::kExchanges;
  const uint64_t to_hash = change.what == What::kUnlinks ? 0 : path_hash(change.text2);
  auto rename = [&](Object& object, std::string_view path) {
    object.name = path;
    object.hash = path_hash(path);
  };
  for (Object& object : objects_) {
    if (!object.hash || object.deleted) continue;
    if (object.hash == change.value) {
      if (change.what == What::kUnlinks)
        object.deleted = true;
      else
        rename(object, change.text2);
    } else if (to_hash && object.hash == to_hash) {
      if (exchange)
        rename(object, change.text);
      else
        object.deleted = true;
    }
  }
  if (change.what == What::kUnlinks) return;
  // What lies below a directory has another path as well.
  if (exchange) return;
  for (Object& object : objects_) {
    if (!object.hash || object.deleted) continue;
    const File* file = file_table_->find(object.file);
    const std::string_view path = !object.name.empty() ? object.name : file ? file->path : std::string_view();
    if (path.size() <= change.text.size() || !path.starts_with(change.text) || path[change.text.size()] != '/')
      continue;
    rename(object, texts_->keep(std::string(change.text2).append(path.substr(change.text.size()))));
  }
}

// A descriptor of it came from somewhere: which of those that are open it is, is not known.
void OpenState::mark_elsewhere(uint32_t file) {
  if (facts_->of(file).socket) return;
  names_left_ -= std::min<uint64_t>(names_left_, objects_.size());
  if (!names_left_) return;
  for (Object& object : objects_)
    if (object.file && facts_->same(object.file, file)) object.elsewhere = true;
}

void OpenState::apply(const Change& change, Learned& learned) {
  const uint64_t now = change.key.time_ns;
  ++changes_;
  if (change.what == What::kRuns) {
    Running& running = running_of(change.thread);
    files_[running.files].complete = running.files != 0;
    running.argv = change.text;
    running.argv_cut = change.value2;
    running.exe = running.cwd = 0;
    running.exe_text = change.text2;
    running.cwd_text = change.text3;
    return;
  }
  if (change.what == What::kIsOpen) {
    const uint32_t files = running_of(change.thread).files;
    files_[files].complete = files != 0;  // all of them are listed
    Object* known = used(files, change.fd, change.file, learned);
    if (!known) {
      const uint32_t object = object_like(change.file);
      if (!set(files, {change.fd, object, 0, change.close_on_exec})) return;
      known = &objects_[object];
    }
    known->flags = static_cast<uint32_t>(change.value);
    known->flags_known = true;
    return;
  }
  uint32_t& files = files_of(change.thread);
  auto opened = [&](uint32_t fd, uint32_t object) {
    Object& made = objects_[object];
    made.flags = static_cast<uint32_t>(change.value);
    made.flags_known = true;
    made.since_ns = now;
    made.offset_known = true;
    set(files, {fd, object, now, change.close_on_exec});
    return &made;
  };
  auto with = [&](auto&& then) {
    learn_used(change, files, learned);
    if (Object* object = used(files, change.fd, change.file, learned)) then(*object);
  };
  switch (change.what) {
    case What::kRuns:
    case What::kIsOpen:
      return;
    case What::kUses:
      return learn_used(change, files, learned);
    case What::kOpens: {
      const uint32_t object = new_object(change.file);
      if (!object) return;
      // The peer of a Unix socket has no address, as a rule: that it has one is known by how the socket came to be.
      opened(change.fd, object)->socket |= change.connected ? kStateKnown | kConnected : kStateKnown;
      return;
    }
    case What::kReceives: {
      const uint32_t object = object_like(change.file);
      mark_elsewhere(change.file);
      if (object) set(files, {change.fd, object, now, change.close_on_exec});
      return;
    }
    case What::kDuplicates: {
      learn_used(change, files, learned);
      const Entry* from = find(files, change.fd);
      const uint32_t object = from ? from->object : change.file ? object_like(change.file) : 0;
      if (object)
        set(files, {change.other, object, now, change.close_on_exec});
      else
        remove(files, change.other);
      return;
    }
    case What::kCloses:
      used(files, change.fd, change.file, learned);
      return remove(files, change.fd);
    case What::kClosesRange: {
      if (change.value & CLOSE_RANGE_UNSHARE && files && files_[files].holders > 1) {
        const uint32_t own = new_files(files_[files].entries, files_[files].complete);
        release(files);
        files = own;
      }
      if (!files || !files_[files].entries) return;
      std::vector<Entry>& entries = writable(files);
      if (change.value & CLOSE_RANGE_CLOEXEC) {
        for (Entry& entry : entries)
          if (entry.fd >= change.fd && entry.fd <= change.other) entry.close_on_exec = true;
      } else {
        entries_ -= std::erase_if(
            entries, [&](const Entry& entry) { return entry.fd >= change.fd && entry.fd <= change.other; });
      }
      return;
    }
    case What::kMakesPipe:
    case What::kMakesSockets:
      for (const uint32_t end : {1u, 2u}) {
        const Made made{now, change.thread, end};
        const uint32_t object = new_object(learned.file(made));
        if (!object) return;
        Object* one = opened(end == 1 ? change.fd : change.other, object);
        one->made = made;
        one->kind = change.what == What::kMakesPipe ? Kind::kPipe : Kind::kSocket;
        if (one->kind == Kind::kPipe)
          one->flags |= end == 1 ? O_RDONLY : O_WRONLY;
        else
          one->socket = kStateKnown | kConnected;
      }
      return;
    case What::kSetsCloseOnExec:
      learn_used(change, files, learned);
      if (const Entry* entry = find(files, change.fd)) {
        Entry changed = *entry;
        changed.close_on_exec = change.value;
        set(files, changed);
      }
      return;
    case What::kSetsFlags:
      return with([&](Object& object) {
        object.flags = (object.flags & ~kSettable) | (static_cast<uint32_t>(change.value) & kSettable);
      });
    case What::kSeeks:
      return with([&](Object& object) {
        object.offset = change.value;
        object.offset_known = true;
      });
    case What::kMoves: {
      // By the end of the call another thread may have closed it.
      if (Object* object = used(files, change.fd, change.file, learned)) moves(*object, change);
      return;
    }
    case What::kEnds:
      if (Object* object = used(files, change.fd, change.file, learned))
        if (facts_->socket(facts_->of(object->file)).type == SOCK_STREAM) object->socket |= kPeerEnded;
      return;
    case What::kBinds:
      return with([&](Object& object) { next_address(object); });
    case What::kBeginsToConnect:
      return with([&](Object& object) {
        if (!(object.socket & kConnected) && facts_->socket(facts_->of(object.file)).type == SOCK_STREAM)
          object.socket |= kConnecting;
      });
    case What::kConnects:
      return with([&](Object& object) {
        if (facts_->socket(facts_->of(object.file)).remote.empty()) next_address(object);
        object.socket = (object.socket & ~kConnecting) | kConnected;
      });
    case What::kFailsToConnect:
      return with([&](Object& object) {
        object.socket &= ~kConnecting;
        if (change.value) object.socket |= kConnected;
      });
    case What::kListens:
      return with([&](Object& object) {
        if (facts_->socket(facts_->of(object.file)).local.size() <= sizeof(sa_family_t)) next_address(object);
        object.socket |= kListening | kStateKnown;
      });
    case What::kAccepts:
      return with([&](Object& object) { object.socket |= kListening | kStateKnown; });
    case What::kShutsDown:
      return with([&](Object& object) {
        if (change.value != SHUT_RD) object.socket |= kWeEnded;
      });
    case What::kUnshares: {
      const uint32_t process = process_of(change.thread);
      if (!process || own_files_.contains(change.thread)) return;
      const bool alone = threads_->processes()[process].threads == 1;
      if (alone && files_[files].holders < 2) return;
      const uint32_t own = new_files(files_[files].entries, files_[files].complete);
      if (alone) {
        release(files);
        files = own;
      } else if (own_files_.size() < kMostFiles) {
        own_files_.emplace(change.thread, own);
      } else {
        release(own);
      }
      return;
    }
    case What::kForks: {
      const uint32_t parent = process_of(change.thread), child = process_of(change.other);
      if (!parent || !child) return;
      const uint32_t from = files;
      const bool shares = change.value & CLONE_FILES;
      if (parent == child) {
        if (from != running_of(parent).files || !shares) {
          const uint32_t its = shares ? hold(from) : new_files(files_[from].entries, files_[from].complete);
          if (!own_files_.try_emplace(change.other, its).second) release(its);
        }
        return;
      }
      const uint32_t its = shares ? hold(from) : new_files(files_[from].entries, files_[from].complete);
      Running copy = running_of(parent);
      copy.files = its;
      Running& running = running_[child];
      release(running.files);
      running = copy;
      return;
    }
    case What::kExecs: {
      const uint32_t process = process_of(change.thread);
      if (!process) return;
      const uint32_t its = new_files(files_[files].entries, files_[files].complete);
      if (const auto own = own_files_.find(change.thread); own != own_files_.end()) {
        release(own->second);
        own_files_.erase(own);
      }
      Running& running = running_of(process);
      release(running.files);
      running.files = its;
      if (its && files_[its].entries) {
        const auto& entries = *files_[its].entries;
        if (std::any_of(entries.begin(), entries.end(), [](const Entry& entry) { return entry.close_on_exec; }))
          entries_ -= std::erase_if(writable(its), [](const Entry& entry) { return entry.close_on_exec; });
      }
      running.exe = change.file;
      running.exe_text = {};
      if (change.value) {
        running.cwd = static_cast<uint32_t>(change.value);
        running.cwd_text = {};
      }
      running.argv = change.text;
      running.argv_cut = change.value2;
      return;
    }
    case What::kExits:
      if (const auto own = own_files_.find(change.thread); own != own_files_.end()) {
        release(own->second);
        own_files_.erase(own);
      }
      return;
    case What::kEndsProcess: {
      if (const auto own = own_files_.find(change.thread); own != own_files_.end()) {
        release(own->second);
        own_files_.erase(own);
      }
      const auto ended = running_.find(process_of(change.thread));
      if (ended == running_.end()) return;
      release(ended->second.files);
      running_.erase(ended);
      return;
    }
    case What::kIsAt:
      if (const uint32_t process = process_of(change.thread)) {
        Running& running = running_of(process);
        running.cwd = change.file;
        running.cwd_text = {};
      }
      return;
    case What::kUnlinks:
    case What::kRenames:
    case What::kExchanges:
      return renames(change);
  }
}

}  // namespace ebpftrace::analyzer
