// SPDX-License-Identifier: Apache-2.0
// Which descriptions the rows of a slice need. Filled in two steps, events first; then it says which descriptions stay.
// Bounded: if there are too many ids to be told apart, all descriptions of that kind stay.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/dictionaries/id_set.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {

class References {
 public:
  explicit References(const Session& session) : session_(session) {}

  // A row of an event, which stays; the block reads all columns.
  void add(trace::Block& block, size_t row);
  // When all are added: descriptions refer to others.
  void follow();
  // Whether a description stays.
  bool keeps(trace::Block& block, size_t row) const;

 private:
  struct Ids {
    explicit Ids(IdPages& pages) : set(pages) {}
    IdSet set;
  };
  IdSet& ids(const std::string& of);
  bool has(const std::string& of, uint64_t id) const;
  void add_references(trace::Block& block, size_t row);
  bool keeps_process(uint64_t tgid) const { return has("(process)", tgid); }

  const Session& session_;
  IdPages pages_;
  std::map<std::string, std::unique_ptr<Ids>, std::less<>> ids_;
  std::vector<bool> processes_;  // by position in the thread table
};

}  // namespace ebpftrace::analyzer
