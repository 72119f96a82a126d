// SPDX-License-Identifier: Apache-2.0
// Rows -> groups with equal keys, as --by makes them. Keys are fields; a text is compared as a text, wherever it came from.
// One per worker; tables of several workers are merged by their keys. Groups are numbered from 0; at most so many are told
// apart, and what comes later is of group kOthers. How many those are is estimated, so that the rows can be read again,
// a part of the groups at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/dictionaries/text_arena.h"
#include "analyzer/fields/row_reader.h"

namespace ebpftrace::analyzer {

// One key of a group.
struct KeyValue {
  bool present = false;
  uint64_t number = 0;    // of a field of numbers
  std::string_view text;  // of a field of texts; good for as long as the table
};

// One that outlives the table.
struct OwnedKey {
  bool present = false;
  uint64_t number = 0;
  std::string text;
};
bool in_order(std::span<const OwnedKey> a, std::span<const OwnedKey> b);

// Some of all groups, by a hash of their keys: in every worker the same ones.
struct GroupPart {
  uint32_t index = 0, parts = 1;
};

class KeyGroups {
 public:
  static constexpr uint32_t kOthers = UINT32_MAX;
  static constexpr size_t kMostTextBytes = 24u << 20;

  KeyGroups(std::span<const predicate::Field> keys, size_t most_groups, GroupPart part = {});

  // Of the rows, those whose groups are of the part.
  Selection in_part(RowReader& reader, const Selection& rows);

  // For each of the rows, its group; `reader` has the keys as its first fields. Ids of texts mean what they did for as long
  // as the texts' generation is the same.
  void groups(RowReader& reader, const Selection& rows, uint32_t* to);

  size_t size() const { return keys_.empty() ? 0 : values_.size() / keys_.size(); }
  KeyValue key(uint32_t group, size_t key) const;
  std::vector<OwnedKey> keys(uint32_t group) const;
  // By their keys, one after the other: what numbers groups get depends on which worker met what first.
  bool in_order(uint32_t a, uint32_t b) const;
  // Some rows were of kOthers, here or in a table that was merged into this one.
  bool full() const { return full_; }
  // How many groups there are, more or less: those that had no room, too. Exact if it isn't full.
  size_t estimate() const;

  // The group here that has the keys of that one there.
  uint32_t group_like(const KeyGroups& other, uint32_t group);
  // Those that had no room there have none here.
  void merge_others(const KeyGroups& other);

 private:
  struct Value {
    uint64_t number = 0;  // or number of the text
    bool present = false;
    bool operator==(const Value&) const = default;
  };
  struct KnownTexts {
    uint64_t generation = 0;
    std::vector<uint32_t> numbers;  // by id; 0: not looked up
    std::vector<uint64_t> hashes;   // by id; 0: not made
  };
  static constexpr size_t kSeenBits = 1u << 20;

  uint32_t number_of(std::string_view text);
  uint32_t find(const Value* values);
  size_t hash(const Value* values) const;
  void hash_keys(RowReader& reader, const Selection& rows);
  void had_no_room(uint64_t hash);
  void grow();

  std::vector<predicate::Field> keys_;
  size_t most_groups_;
  GroupPart part_;
  std::vector<Value> values_;      // of all groups, one after the other
  std::vector<uint32_t> slots_;    // open addressing: group + 1
  std::vector<KnownTexts> known_;  // by key
  TextArena arena_{kMostTextBytes};
  std::vector<std::string_view> texts_{1};  // by number, from 1
  std::unordered_map<std::string_view, uint32_t> numbers_;
  std::vector<Value> row_;
  std::vector<std::vector<Value>> columns_;
  std::vector<uint64_t> hashes_;  // of the keys of a tile's rows
  std::vector<uint64_t> seen_;    // bits: hashes of groups that had no room
  bool full_ = false;
};

}  // namespace ebpftrace::analyzer
