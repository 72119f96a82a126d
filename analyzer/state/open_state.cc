// SPDX-License-Identifier: Apache-2.0
#include "analyzer/state/open_state.h"

#include <algorithm>

#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/kept_texts.h"
#include "analyzer/dictionaries/thread_table.h"

namespace ebpftrace::analyzer {

std::span<const OpenState::Entry> OpenState::entries(const Running& running) const {
  const Entries& entries = files_[running.files].entries;
  return entries ? std::span<const Entry>(*entries) : std::span<const Entry>();
}

bool OpenState::complete(const Running& running) const { return files_[running.files].complete; }

size_t OpenState::bytes() const {
  return objects_.size() * sizeof(Object) + entries_ * sizeof(Entry) + files_.size() * sizeof(Files) +
         running_.size() * (sizeof(Running) + 32) + own_files_.size() * 32;
}

uint32_t OpenState::process_of(uint32_t thread) const { return threads_->process_of(thread); }

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
  const File* file = file_table_->find(object.file);
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
    const File* known = file_table_->find(file);
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
  const File* known = file_table_->find(file);
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
