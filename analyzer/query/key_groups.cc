// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/key_groups.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace ebpftrace::analyzer {
namespace {

constexpr uint32_t kNoRoom = UINT32_MAX;  // of a text that is not kept

// Of a group's keys, one after the other; of their contents, so that all workers agree.
uint64_t add_to_hash(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}
uint64_t hash_of_text(std::string_view text) { return XXH3_64bits(text.data(), text.size()) | 1; }
uint64_t hash_of_number(uint64_t number) { return add_to_hash(1, number) | 1; }

}  // namespace

KeyGroups::KeyGroups(std::span<const predicate::Field> keys, size_t most_groups, GroupPart part)
    : keys_(keys.begin(), keys.end()),
      most_groups_(most_groups),
      part_(part),
      slots_(64),
      known_(keys.size()),
      row_(keys.size()),
      columns_(keys.size(), std::vector<Value>(predicate::kTileRows)) {}

uint32_t KeyGroups::number_of(std::string_view text) {
  const auto found = numbers_.find(text);
  if (found != numbers_.end()) return found->second;
  const auto kept = arena_.keep(text);
  if (!kept || texts_.size() >= 4 * most_groups_) return kNoRoom;
  texts_.push_back(*kept);
  return numbers_.emplace(*kept, static_cast<uint32_t>(texts_.size() - 1)).first->second;
}

size_t KeyGroups::hash(const Value* values) const {
  uint64_t hash = 0;
  for (size_t i = 0; i < keys_.size(); ++i) {
    hash ^= values[i].number + values[i].present;
    hash *= 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  }
  return hash;
}

void KeyGroups::grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (uint32_t group = 0; group < size(); ++group) {
    size_t at = hash(&values_[group * keys_.size()]);
    while (slots_[at &= slots_.size() - 1]) ++at;
    slots_[at] = group + 1;
  }
}

uint32_t KeyGroups::find(const Value* values) {
  size_t at = hash(values);
  while (const uint32_t slot = slots_[at &= slots_.size() - 1]) {
    if (std::equal(values, values + keys_.size(), &values_[(slot - 1) * keys_.size()])) return slot - 1;
    ++at;
  }
  const bool no_room = std::any_of(values, values + keys_.size(),
                                   [](const Value& value) { return value.number == kNoRoom && !value.present; });
  if (size() >= most_groups_ || no_room) {
    full_ = true;
    return kOthers;
  }
  const auto group = static_cast<uint32_t>(size());
  values_.insert(values_.end(), values, values + keys_.size());
  slots_[at] = group + 1;
  if (2 * size() > slots_.size()) grow();
  return group;
}

void KeyGroups::hash_keys(RowReader& reader, const Selection& rows) {
  hashes_.assign(predicate::kTileRows, 0);
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i].kind != predicate::FieldKind::kText) {
      const NumberColumn numbers = reader.numbers(i, rows);
      rows.for_each([&](size_t row) {
        const bool present = !numbers.present || numbers.present->test(row);
        hashes_[row] = add_to_hash(hashes_[row], present ? hash_of_number(numbers.values[row]) : 0);
      });
      continue;
    }
    const TextColumn texts = reader.texts(i, rows);
    KnownTexts& known = known_[i];
    if (known.generation != texts.texts->generation()) known = {texts.texts->generation(), {}, {}};
    const uint64_t count = texts.texts->count();
    if (known.hashes.size() < count) known.hashes.resize(count);
    rows.for_each([&](size_t row) {
      uint64_t hash = 0;
      if (const uint64_t id = texts.ids[row]; id < count) {
        if (!known.hashes[id])
          if (const auto text = texts.texts->text(id)) known.hashes[id] = hash_of_text(*text);
        hash = known.hashes[id];
      }
      hashes_[row] = add_to_hash(hashes_[row], hash);
    });
  }
}

Selection KeyGroups::in_part(RowReader& reader, const Selection& rows) {
  if (part_.parts == 1) return rows;
  hash_keys(reader, rows);
  Selection selected;
  rows.for_each([&](size_t row) {
    if ((hashes_[row] >> 32) % part_.parts == part_.index) selected.set(row);
  });
  return selected;
}

void KeyGroups::had_no_room(uint64_t hash) {
  if (seen_.empty()) seen_.resize(kSeenBits / 64);
  const uint64_t bit = hash % kSeenBits;
  seen_[bit / 64] |= uint64_t{1} << bit % 64;
}

// Linear counting (Whang, Vander-Zanden, Taylor 1990): of the others, how many hashes it takes to set so many bits.
size_t KeyGroups::estimate() const {
  double set = 0;
  for (const uint64_t word : seen_) set += std::popcount(word);
  constexpr double kBits = kSeenBits;
  return size() + static_cast<size_t>(-kBits * std::log(std::max(kBits - set, 1.0) / kBits));
}

void KeyGroups::groups(RowReader& reader, const Selection& rows, uint32_t* to) {
  for (size_t i = 0; i < keys_.size(); ++i) {
    Value* column = columns_[i].data();
    if (keys_[i].kind != predicate::FieldKind::kText) {
      const NumberColumn numbers = reader.numbers(i, rows);
      rows.for_each([&](size_t row) {
        const bool present = !numbers.present || numbers.present->test(row);
        column[row] = {present ? numbers.values[row] : 0, present};
      });
      continue;
    }
    const TextColumn texts = reader.texts(i, rows);
    KnownTexts& known = known_[i];
    if (known.generation != texts.texts->generation()) {
      known = {texts.texts->generation(), {}, {}};
    }
    const uint64_t count = texts.texts->count();
    if (known.numbers.size() < count) known.numbers.resize(count);
    rows.for_each([&](size_t row) {
      const uint64_t id = texts.ids[row];
      if (id >= count) {
        column[row] = {};
        return;
      }
      uint32_t& number = known.numbers[id];
      if (!number) {
        const auto text = texts.texts->text(id);
        if (!text) {
          column[row] = {};
          return;
        }
        number = number_of(*text);
      }
      column[row] = {number, number != kNoRoom};
    });
  }
  bool any = false;
  uint32_t last = 0;
  rows.for_each([&](size_t row) {
    bool same = any;
    for (size_t i = 0; i < keys_.size(); ++i) {
      same = same && columns_[i][row] == row_[i];
      row_[i] = columns_[i][row];
    }
    if (!same) last = find(row_.data());
    any = true;
    to[row] = last;
  });
  if (!full_) return;
  Selection others;
  rows.for_each([&](size_t row) {
    if (to[row] == kOthers) others.set(row);
  });
  if (others.none()) return;
  hash_keys(reader, others);
  others.for_each([&](size_t row) { had_no_room(hashes_[row]); });
}

KeyValue KeyGroups::key(uint32_t group, size_t key) const {
  const Value& value = values_[group * keys_.size() + key];
  if (!value.present) return {};
  if (keys_[key].kind == predicate::FieldKind::kText) return {true, 0, texts_[value.number]};
  return {true, value.number, {}};
}

std::vector<OwnedKey> KeyGroups::keys(uint32_t group) const {
  std::vector<OwnedKey> list;
  for (size_t i = 0; i < keys_.size(); ++i) {
    const KeyValue value = key(group, i);
    list.push_back({value.present, value.number, std::string(value.text)});
  }
  return list;
}

namespace {

// Below 0: a comes first.
template <typename Key>
int compare(const Key& a, const Key& b) {
  if (a.present != b.present) return a.present ? -1 : 1;
  if (a.number != b.number) return a.number < b.number ? -1 : 1;
  return a.text.compare(b.text);
}

}  // namespace

bool KeyGroups::in_order(uint32_t a, uint32_t b) const {
  for (size_t i = 0; i < keys_.size(); ++i)
    if (const int order = compare(key(a, i), key(b, i))) return order < 0;
  return false;
}

bool in_order(std::span<const OwnedKey> a, std::span<const OwnedKey> b) {
  for (size_t i = 0; i < a.size(); ++i)
    if (const int order = compare(a[i], b[i])) return order < 0;
  return false;
}

uint32_t KeyGroups::group_like(const KeyGroups& other, uint32_t group) {
  for (size_t i = 0; i < keys_.size(); ++i) {
    const KeyValue value = other.key(group, i);
    if (!value.present) {
      row_[i] = {};
    } else if (keys_[i].kind == predicate::FieldKind::kText) {
      const uint32_t number = number_of(value.text);
      row_[i] = {number, number != kNoRoom};
    } else {
      row_[i] = {value.number, true};
    }
  }
  const uint32_t like = find(row_.data());
  if (like == kOthers) {
    uint64_t hash = 0;
    for (size_t i = 0; i < keys_.size(); ++i) {
      const KeyValue value = other.key(group, i);
      const bool is_text = keys_[i].kind == predicate::FieldKind::kText;
      hash = add_to_hash(hash, !value.present ? 0 : is_text ? hash_of_text(value.text) : hash_of_number(value.number));
    }
    had_no_room(hash);
  }
  return like;
}

void KeyGroups::merge_others(const KeyGroups& other) {
  full_ |= other.full_;
  if (other.seen_.empty()) return;
  seen_.resize(kSeenBits / 64);
  for (size_t i = 0; i < seen_.size(); ++i) seen_[i] |= other.seen_[i];
}

}  // namespace ebpftrace::analyzer
