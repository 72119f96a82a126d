// SPDX-License-Identifier: Apache-2.0
// Rows by group, kept in memory as a few bytes each: the keys once for a group, and of each row the numbers of some more
// columns. Filled by one thread; those of several are read one after the other.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analyzer/query/key_groups.h"

namespace ebpftrace::analyzer {

class GroupedRows {
 public:
  // A reader's first fields are the keys, then come the values.
  GroupedRows(std::span<const predicate::Field> keys, size_t values, size_t most_groups)
      : keys_(keys, most_groups), first_value_(keys.size()), values_(values) {}

  // False: too many groups.
  bool add(RowReader& reader, const Selection& rows);
  // That it takes, more or less.
  size_t bytes() const { return bytes_; }
  KeyGroups& keys() { return keys_; }
  size_t groups() const { return groups_.size(); }

  // Takes the rows of a group, in the order in which they were added.
  class Reader {
   public:
    Reader() = default;
    Reader(const GroupedRows& rows, uint32_t group)
        : bytes_(&rows.groups_[group].bytes), left_(rows.groups_[group].rows) {}
    // False: there are no more.
    bool next(std::span<KeyValue> values);

   private:
    const std::string* bytes_ = nullptr;
    size_t at_ = 0;
    uint64_t left_ = 0;
  };

 private:
  struct Group {
    uint64_t rows = 0;
    std::string bytes;  // for each row and value: 0 or 1 whether it is there, and a varint
  };

  KeyGroups keys_;
  size_t first_value_, values_, bytes_ = 0;
  std::vector<Group> groups_;
  uint32_t of_row_[predicate::kTileRows];
};

}  // namespace ebpftrace::analyzer
