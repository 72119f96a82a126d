// SPDX-License-Identifier: Apache-2.0
// Which parts of recordings lie in the spool: what ebpf-record --rotate --keep writes, and removes again. One thread; look() reads
// the folder, and the header of what is new there.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "trace/read/trace_facts.h"

namespace ebpftrace::ship {

struct SpoolPart {
  std::string path;
  trace::TraceFacts facts;  // has a recording id
};

class Spool {
 public:
  // Folders, whose *.trace are parts, and patterns (glob(7)).
  explicit Spool(std::vector<std::string> given) : given_(std::move(given)) {}

  // What is there now and has its header, the oldest recording first and its parts by number. What is no trace of ours is left
  // out and named once in notes(). Throws std::system_error if there is no room for open files.
  const std::vector<SpoolPart>& look();
  // Said since the last call, a line each.
  std::vector<std::string> notes() { return std::exchange(notes_, {}); }

 private:
  // A file that was removed leaves its number and even its name to others.
  struct Known {
    uint64_t device, inode;
    int64_t born_ns;
    bool begun;  // else it is empty so far, or not ours
    bool told;
    SpoolPart part;
  };

  std::vector<std::string> paths() const;

  std::vector<std::string> given_;
  std::map<std::string, Known> known_;  // by path
  std::vector<SpoolPart> parts_;
  std::vector<std::string> notes_;
};

}  // namespace ebpftrace::ship
