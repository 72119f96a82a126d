// SPDX-License-Identifier: Apache-2.0
// What processes have open, where they are and what runs in them, as far as the changes that it was told of say it: the kernel's
// files_struct (shared by threads, copied by fork) and struct file (shared by what was duplicated or inherited). A copy is
// cheap: tables of descriptors are shared until one of both changes. Memory is bounded by constants; what is past them is said
// by full(). Of one thread at a time, and so are its copies.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/dictionaries/file_facts.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/kept_texts.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/state/change.h"

namespace ebpftrace::analyzer {

class OpenState {
 public:
  // A call that returned two descriptors doesn't say which files they are; their first use does.
  struct Made {
    uint64_t time_ns = 0;
    uint32_t thread = 0;
    uint32_t end = 0;                               // 0: its file was known at once
    auto operator<=>(const Made&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
  };
  // What was found out of that, also later than a moment. Bounded.
  class Learned {
   public:
    void learn(const Made& made, uint32_t file) {
      if (made.end && files_.size() < kMost) files_.try_emplace(made, file);
    }
    uint32_t file(const Made& made) const {  // 0: not known
      const auto found = files_.find(made);
      return found == files_.end() ? 0 : found->second;
    }

    // Of each two ends of which both are known.
    std::vector<std::pair<uint32_t, uint32_t>> pairs() const {
      std::vector<std::pair<uint32_t, uint32_t>> found;
      for (auto at = files_.begin(); at != files_.end(); ++at)
        if (const auto next = std::next(at); at->first.end == 1 && next != files_.end())
          if (next->first.end == 2 && next->first.time_ns == at->first.time_ns &&
              next->first.thread == at->first.thread)
            found.emplace_back(at->second, next->second);
      return found;
    }

   private:
    static constexpr size_t kMost = 1u << 18;
    std::map<Made, uint32_t> files_;
  };

  enum SocketBits : uint8_t {
    kListening = 1,
    kConnecting = 2,
    kConnected = 4,
    kPeerEnded = 8,
    kWeEnded = 16,
    kStateKnown = 32,  // else it was there before, and the bits are what was seen since
  };
  enum class Kind : uint8_t { kFile, kPipe, kSocket };  // of what was made without a file

  // A struct file.
  struct Object {
    uint32_t file = 0;                // the latest id; 0: not known
    uint32_t flags = 0;               // O_*
    uint64_t offset = 0;              //
    uint64_t received = 0, sent = 0;  // of a socket
    Made made;
    uint64_t since_ns = 0;  // 0: it was there before it was seen
    std::string_view name;  // that it got since it was described
    uint64_t hash = 0;      // of its path
    uint8_t socket = 0;     // SocketBits
    Kind kind = Kind::kFile;
    bool flags_known = false, offset_known = false, deleted = false;
    bool elsewhere = false;  // it may be open under descriptors that are not known to be it: its offset may move unseen
    bool used = false;       // while it is decided what is still open
  };
  struct Entry {
    uint32_t fd, object;
    uint64_t since_ns;  // 0: it was there before
    bool close_on_exec;
  };
  struct Running {
    uint32_t files = 0;
    uint32_t cwd = 0, exe = 0;  // ids of files; 0: what the texts say
    std::string_view cwd_text, exe_text, argv;
    bool argv_cut = false;
  };

  // All must outlive it and its copies.
  OpenState(const Session& session, const FileFacts& facts, KeptTexts& texts)
      : threads_(&session.threads()), file_table_(&session.files()), facts_(&facts), texts_(&texts) {}

  void apply(const Change& change, Learned& learned);
  // Forgets objects that nobody has open any more.
  void tidy();

  const std::unordered_map<uint32_t, Running>& running() const { return running_; }  // by process
  std::span<const Entry> entries(const Running& running) const;
  bool complete(const Running& running) const;  // else only what was used since it was recorded is known
  const Object& object(const Entry& entry) const { return objects_[entry.object]; }
  bool full() const { return full_; }
  bool lost_names() const { return names_left_ == 0; }
  // About so much a copy of it takes, at most.
  size_t bytes() const;

 private:
  using Entries = std::shared_ptr<std::vector<Entry>>;
  struct Files {
    Entries entries;
    uint32_t holders = 0;
    bool complete = false;
  };
  static constexpr size_t kMostObjects = 1u << 18, kMostEntries = 1u << 20, kMostFiles = 1u << 16;

  uint32_t process_of(uint32_t thread) const;
  Running& running_of(uint32_t process);
  uint32_t& files_of(uint32_t thread);
  uint32_t new_files(Entries entries, bool complete);
  uint32_t hold(uint32_t files);
  void release(uint32_t files);
  std::vector<Entry>& writable(uint32_t files);
  Entry* find(uint32_t files, uint32_t fd);
  Entry* set(uint32_t files, const Entry& entry);
  void remove(uint32_t files, uint32_t fd);
  uint32_t new_object(uint32_t file);
  void note_socket(uint32_t object);
  uint32_t object_like(uint32_t file);
  void is_file(Object& object, uint32_t file, Learned& learned);
  // The object that fd is, if that is still this file; nullptr: it is another one.
  Object* used(uint32_t files, uint32_t fd, uint32_t file, Learned& learned);
  void learn_used(const Change& change, uint32_t files, Learned& learned);
  void moves(Object& object, const Change& change);
  void renames(const Change& change);
  void set_path(Object& object) const;
  void next_address(Object& object) const;
  void mark_elsewhere(uint32_t file);

  const ThreadTable* threads_;
  const FileTable* file_table_;
  const FileFacts* facts_;
  KeptTexts* texts_;
  std::unordered_map<uint32_t, Running> running_;
  std::unordered_map<uint32_t, uint32_t> own_files_;  // of threads that don't share their process's
  std::vector<Files> files_{1};
  std::vector<uint32_t> free_files_;
  std::vector<Object> objects_{1};
  size_t entries_ = 0;                              // of all tables, shared ones as often as they are shared
  size_t changes_ = 0;                              // since objects were tidied
  std::unordered_map<uint32_t, uint32_t> sockets_;  // by FileFact::same: the object
  uint32_t nobody_ = 0;
  uint64_t names_left_ = uint64_t{1} << 34;  // objects that may be compared with names that changed
  bool full_ = false;
};

}  // namespace ebpftrace::analyzer
