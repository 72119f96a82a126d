// SPDX-License-Identifier: Apache-2.0
#include "analyzer/state/open_state.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/kept_texts.h"
#include "analyzer/dictionaries/thread_table.h"

namespace ebpftrace::analyzer {
namespace {

using What = Change::What;

constexpr uint32_t kSettable = O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME | O_NONBLOCK;  // by F_SETFL

}  // namespace

std::span<const OpenState::Entry> OpenState::entries(const Running& running) const {
  const Entries& entries = files_[running.files].entries;
  return entries ? std::span<const Entry>(*entries) : std::span<const Entry>();
}

bool OpenState::complete(const Running& running) const { return files_[running.files].complete; }

size_t OpenState::bytes() const {
  return objects_.size() * sizeof(Object) + entries_ * sizeof(Entry) + files_.size() * sizeof(Files) +
         running_.size() * (sizeof(Running) + 32) + own_files_.size() * 32;
}

uint32_t OpenState::process_of(uint32_t thread) const { return session_->threads().process_of(thread); }

OpenState::Running& OpenState::running_of(uint32_t process) {
  Running& running = running_[process];
  if (!running.files) running.files = new_files(nullptr, false);
  return running;
}

// Position 0 takes what there is no room for, or what is of nobody who is known.
uint32_t& OpenState::files_of(uint32_t thread) {
  nobody_ = 0;
  if (const auto own = own_files_.find(thread); own != own_files_.end()) return own->second;
  const uint32_t process = process_of(thread);
  return process ? running_of(process).files : nobody_;
}

uint32_t OpenState::new_files(Entries entries, bool complete) {
  uint32_t at = 0;
  if (!free_files_.empty()) {
    at = free_files_.back();
    free_files_.pop_back();
  } else if (files_.size() < kMostFiles) {
    at = static_cast<uint32_t>(files_.size());
    files_.emplace_back();
  } else {
    full_ = true;
    return 0;
  }
  if (entries && entries_ + entries->size() > kMostEntries) {
    full_ = true;
    entries = nullptr;
    complete = false;
  }
  if (entries) entries_ += entries->size();
  files_[at] = {std::move(entries), 1, complete};
  return at;
}

uint32_t OpenState::hold(uint32_t files) {
  if (files) ++files_[files].holders;
  return files;
}

void OpenState::release(uint32_t files) {
  if (!files || --files_[files].holders) return;
  if (files_[files].entries) entries_ -= files_[files].entries->size();
  files_[files] = {};
  free_files_.push_back(files);
}

std::vector<OpenState::Entry>& OpenState::writable(uint32_t files) {
  Entries& entries = files_[files].entries;
  if (!entries)
    entries = std::make_shared<std::vector<Entry>>();
  else if (entries.use_count() != 1)
    entries = std::make_shared<std::vector<Entry>>(*entries);
  return *entries;
}

namespace {

template <typename Entries>
auto place_of(Entries& entries, uint32_t fd) {
  return std::lower_bound(entries.begin(), entries.end(), fd,
                          [](const auto& entry, uint32_t wanted) { return entry.fd < wanted; });
}

}  // namespace

// Valid until the next change; to be read only.
OpenState::Entry* OpenState::find(uint32_t files, uint32_t fd) {
  const Entries& entries = files_[files].entries;
  if (!entries) return nullptr;
  const auto at = place_of(*entries, fd);
  return at != entries->end() && at->fd == fd ? &*at : nullptr;
}

OpenState::Entry* OpenState::set(uint32_t files, const Entry& entry) {
  if (!files || !entry.object) return nullptr;
  std::vector<Entry>& entries = writable(files);
  const auto at = place_of(entries, entry.fd);
  if (at != entries.end() && at->fd == entry.fd) {
    *at = entry;
    return &*at;
  }
  if (entries_ >= kMostEntries) {
    full_ = true;
    return nullptr;
  }
  ++entries_;
  return &*entries.insert(at, entry);
}

void OpenState::remove(uint32_t files, uint32_t fd) {
  if (!find(files, fd)) return;
  std::vector<Entry>& entries = writable(files);
  entries.erase(place_of(entries, fd));
  --entries_;
}

void OpenState::set_path(Object& object) const {
  const File* file = session_->files().find(object.file);
  object.name = {};
  object.hash = file && !file->cut && file->path.starts_with('/') ? path_hash(file->path) : 0;
}

uint32_t OpenState::new_object(uint32_t file) {
  if (objects_.size() >= kMostObjects) {
    if (changes_ > kMostObjects / 8) tidy();
    if (objects_.size() >= kMostObjects) {
      full_ = true;
      return 0;
    }
  }
  Object object;
  object.file = file;
  if (file) {
    const File* known = session_->files().find(file);
    object.deleted = known && known->unlinked;
    set_path(object);
    if (const FileFact& fact = facts_->of(file); fact.socket && !facts_->socket(fact).remote.empty())
      object.socket = kConnected;
  }
  objects_.push_back(object);
  note_socket(static_cast<uint32_t>(objects_.size() - 1));
  return static_cast<uint32_t>(objects_.size() - 1);
}

void OpenState::note_socket(uint32_t object) {
  const FileFact& fact = facts_->of(objects_[object].file);
  if (fact.socket) sockets_[fact.same] = object;
}

// A socket is one object whoever has it; of another file it may be one of several.
uint32_t OpenState::object_like(uint32_t file) {
  const FileFact& fact = facts_->of(file);
  if (fact.socket)
    if (const auto known = sockets_.find(fact.same); known != sockets_.end()) return known->second;
  return new_object(file);
}

// It is under this id now.
void OpenState::is_file(Object& object, uint32_t file, Learned& learned) {
  if (!file) return;
  if (object.file == file) {
    // The name that was found in the arguments of a rename is not the one that the kernel has for it.
    if (!object.name.empty()) set_path(object);
    return;
  }
  if (!object.file) {
    learned.learn(object.made, file);
    if (object.kind == Kind::kPipe) {
      Made other = object.made;
      other.end = 3 - other.end;
      learned.learn(other, file);
    }
  }
  object.file = file;
  const File* known = session_->files().find(file);
  object.deleted = known && known->unlinked;
  set_path(object);
  note_socket(static_cast<uint32_t>(&object - objects_.data()));
  if (const FileFact& fact = facts_->of(file);
      fact.socket && !facts_->socket(fact).remote.empty() && !(object.socket & kConnecting))
    object.socket |= kConnected;
}

OpenState::Object* OpenState::used(uint32_t files, uint32_t fd, uint32_t file, Learned& learned) {
  Entry* entry = find(files, fd);
  if (!entry) return nullptr;
  Object& object = objects_[entry->object];
  if (object.file && file && !facts_->same(object.file, file)) return nullptr;
  is_file(object, file, learned);
  return &object;
}

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
    const File* file = session_->files().find(object.file);
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
      const bool alone = session_->threads().processes()[process].threads == 1;
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

void OpenState::tidy() {
  changes_ = 0;
  for (Object& object : objects_) object.used = false;
  for (const Files& files : files_)
    if (files.entries)
      for (const Entry& entry : *files.entries) objects_[entry.object].used = true;
  std::vector<uint32_t> moved(objects_.size());
  size_t left = 1;
  for (size_t i = 1; i < objects_.size(); ++i)
    if (objects_[i].used) {
      moved[i] = static_cast<uint32_t>(left);
      if (left != i) objects_[left] = objects_[i];
      ++left;
    }
  if (left == objects_.size()) return;
  objects_.resize(left);
  sockets_.clear();
  for (uint32_t i = 1; i < objects_.size(); ++i) note_socket(i);
  // Tables that copies of this share become its own: once, whoever shares them here.
  std::unordered_map<const void*, Entries> renumbered;
  for (Files& files : files_) {
    if (!files.entries) continue;
    Entries& own = renumbered[files.entries.get()];
    if (!own) {
      own = std::make_shared<std::vector<Entry>>(*files.entries);
      for (Entry& entry : *own) entry.object = moved[entry.object];
    }
    files.entries = own;
  }
}

}  // namespace ebpftrace::analyzer
