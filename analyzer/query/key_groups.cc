// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/key_groups.h"

#include <algorithm>

namespace ebpftrace::analyzer {
namespace {

constexpr uint32_t kNoRoom = UINT32_MAX;  // of a text that is not kept

}  // namespace

KeyGroups::KeyGroups(std::span<const predicate::Field> keys, size_t most_groups)
    : keys_(keys.begin(), keys.end()),
      most_groups_(most_groups),
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
      known.generation = texts.texts->generation();
      known.numbers.clear();
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
}

KeyValue KeyGroups::key(uint32_t group, size_t key) const {
  const Value& value = values_[group * keys_.size() + key];
  if (!value.present) return {};
  if (keys_[key].kind == predicate::FieldKind::kText) return {true, 0, texts_[value.number]};
  return {true, value.number, {}};
}

bool KeyGroups::in_order(uint32_t a, uint32_t b) const {
  for (size_t i = 0; i < keys_.size(); ++i) {
    const KeyValue of_a = key(a, i), of_b = key(b, i);
    if (of_a.present != of_b.present) return of_a.present;
    if (of_a.number != of_b.number) return of_a.number < of_b.number;
    if (of_a.text != of_b.text) return of_a.text < of_b.text;
  }
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
  return find(row_.data());
}

}  // namespace ebpftrace::analyzer
