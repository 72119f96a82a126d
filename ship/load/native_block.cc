// SPDX-License-Identifier: Apache-2.0
#include "ship/load/native_block.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "ship/load/row_order.h"

namespace ebpftrace::ship {
namespace {

static_assert(std::endian::native == std::endian::little, "values are sent as they lie in memory");

void append_length(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void append_string(std::string& out, std::string_view text) {
  append_length(out, text.size());
  out += text;
}

template <typename Number>
void append_number(std::string& out, Number number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

// number(row) for the rows in their order.
template <typename Number>
void append_ordered(std::string& out, size_t rows, const std::vector<uint32_t>& order, Number&& number) {
  using Value = decltype(number(size_t{}));
  const size_t before = out.size();
  out.resize(before + rows * sizeof(Value));
  char* const to = out.data() + before;
  for (size_t i = 0; i < rows; ++i) {
    const Value value = number(order.empty() ? i : order[i]);
    std::memcpy(to + i * sizeof value, &value, sizeof value);
  }
}

// Of LowCardinality: version, and that a dictionary of its own comes with the block.
constexpr uint64_t kKeysVersion = 1, kOwnDictionary = 0x600;

}  // namespace

std::string native_type_name(const NativeColumnShape& shape) {
  const char* name = "UInt64";
  switch (shape.type) {
    case NativeType::kUInt8:
      name = "UInt8";
      break;
    case NativeType::kUInt16:
      name = "UInt16";
      break;
    case NativeType::kUInt32:
      name = "UInt32";
      break;
    case NativeType::kUInt64:
      break;
    case NativeType::kInt32:
      name = "Int32";
      break;
    case NativeType::kInt64:
      name = "Int64";
      break;
    case NativeType::kFloat64:
      name = "Float64";
      break;
    case NativeType::kDate:
      name = "Date";
      break;
    case NativeType::kDateTime:
      name = "DateTime";
      break;
    case NativeType::kString:
    case NativeType::kText:
      name = "String";
      break;
  }
  const std::string type = shape.nullable ? "Nullable(" + std::string(name) + ")" : name;
  return shape.type == NativeType::kText ? "LowCardinality(" + type + ")" : type;
}

NativeColumn::NativeColumn(NativeColumnShape shape) : shape_(std::move(shape)) { clear(); }

void NativeColumn::clear() {
  values_.clear();
  nulls_.clear();
  keys_.clear();
  dictionary_.clear();
  by_text_.clear();
  named_.clear();
  by_id_.clear();
  generation_ = 0;
  // The first one is what an absent text has, then comes the empty one. Of texts that are never absent, it is the first.
  dictionary_size_ = shape_.nullable ? 2 : 1;
  for (uint32_t i = 0; i < dictionary_size_; ++i) append_string(dictionary_, "");
  by_text_.emplace("", dictionary_size_ - 1);
}

size_t NativeColumn::width() const {
  switch (shape_.type) {
    case NativeType::kUInt8:
      return 1;
    case NativeType::kUInt16:
    case NativeType::kDate:
      return 2;
    case NativeType::kUInt32:
    case NativeType::kInt32:
    case NativeType::kDateTime:
      return 4;
    default:
      return 8;
  }
}

// use(a 0 of the type that is as wide)
template <typename Use>
void NativeColumn::with_width(Use&& use) const {
  switch (width()) {
    case 1:
      return use(uint8_t{});
    case 2:
      return use(uint16_t{});
    case 4:
      return use(uint32_t{});
    default:
      return use(uint64_t{});
  }
}

uint32_t NativeColumn::key_of(std::string_view text) {
  if (const auto known = by_text_.find(text); known != by_text_.end()) return known->second;
  by_text_.emplace(text, dictionary_size_);
  append_string(dictionary_, text);
  return dictionary_size_++;
}

void NativeColumn::add(uint64_t number) {
  values_.append(reinterpret_cast<const char*>(&number), width());
  if (shape_.nullable) nulls_ += '\0';
}

void NativeColumn::add(std::string_view text) {
  if (shape_.type == NativeType::kText)
    keys_.push_back(key_of(text));
  else
    append_string(values_, text);
}

void NativeColumn::add_null() {
  if (shape_.type == NativeType::kText) return keys_.push_back(0);
  values_.append(width(), '\0');
  nulls_ += '\1';
}

void NativeColumn::add_rows(size_t rows, uint64_t number) {
  const size_t before = values_.size();
  values_.resize(before + rows * width());
  with_width([&](auto of_width) {
    const auto value = static_cast<decltype(of_width)>(number);
    char* const to = values_.data() + before;
    for (size_t row = 0; row < rows; ++row) std::memcpy(to + row * sizeof value, &value, sizeof value);
  });
  if (shape_.nullable) nulls_.append(rows, '\0');
}

void NativeColumn::add_values(const uint64_t* values, size_t rows) {
  add_numbers({values, nullptr, nullptr}, rows, false);
}

void NativeColumn::add_rows(size_t rows, std::string_view text) {
  if (shape_.type == NativeType::kText)
    keys_.insert(keys_.end(), rows, key_of(text));
  else
    for (size_t row = 0; row < rows; ++row) append_string(values_, text);
}

template <typename Number>
void NativeColumn::widen(const uint64_t* values, size_t rows) {
  const size_t before = values_.size();
  values_.resize(before + rows * sizeof(Number));
  char* const to = values_.data() + before;
  for (size_t row = 0; row < rows; ++row) {
    const auto number = static_cast<Number>(values[row]);
    std::memcpy(to + row * sizeof number, &number, sizeof number);
  }
}

void NativeColumn::add_numbers(const predicate::NumberColumn& cells, size_t rows, bool as_truth) {
  const size_t before = values_.size();
  if (!cells.values) {  // all are absent
    values_.append(rows * width(), '\0');
    if (shape_.nullable) nulls_.append(rows, '\1');
    return;
  }
  if (as_truth) {
    values_.resize(before + rows);
    for (size_t row = 0; row < rows; ++row) values_[before + row] = cells.values[row] ? '\1' : '\0';
  } else if (shape_.type == NativeType::kFloat64) {
    for (size_t row = 0; row < rows; ++row) append_number(values_, static_cast<double>(cells.values[row]) / 1000);
  } else if (width() == 8) {
    values_.append(reinterpret_cast<const char*>(cells.values), rows * 8);
  } else {
    widen<uint32_t>(cells.values, rows);
  }
  if (!shape_.nullable) return;
  const size_t nulls_before = nulls_.size();
  nulls_.resize(nulls_before + rows, '\0');
  if (!cells.present) return;
  // What lies behind an absent cell is anything; it must be the same each time.
  with_width([&](auto zero) {
    char* const to = values_.data() + before;
    for (size_t row = 0; row < rows; ++row) {
      if (cells.present->test(row)) continue;
      nulls_[nulls_before + row] = '\1';
      std::memcpy(to + row * sizeof zero, &zero, sizeof zero);
    }
  });
}

void NativeColumn::add_texts(const predicate::TextColumn& cells, size_t rows) {
  const size_t before = keys_.size();
  keys_.resize(before + rows, 0);
  if (!cells.texts) return;
  if (generation_ != cells.texts->generation()) {
    generation_ = cells.texts->generation();
    by_id_.clear();
  }
  const uint64_t count = cells.texts->count();
  if (by_id_.size() < count) by_id_.resize(count, 0);
  uint32_t* const to = keys_.data() + before;
  for (size_t row = 0; row < rows; ++row) {
    const uint64_t id = cells.ids[row];
    if (id >= count) continue;
    uint32_t& known = by_id_[id];
    if (!known) {
      const auto text = cells.texts->text(id);
      known = (text ? key_of(*text) : 0) + 1;
    }
    to[row] = known - 1;
  }
}

void NativeColumn::append_keys(std::string& out, size_t rows, const std::vector<uint32_t>& order) const {
  append_number(out, kKeysVersion);
  if (!rows) return;
  const uint64_t kind = dictionary_size_ <= 0x100 ? 0 : dictionary_size_ <= 0x10000 ? 1 : 2;
  append_number(out, kOwnDictionary | kind);
  append_number(out, uint64_t{dictionary_size_});
  out += dictionary_;
  append_number(out, uint64_t{rows});
  const auto append = [&](auto of_width) {
    append_ordered(out, rows, order, [&](size_t row) { return static_cast<decltype(of_width)>(keys_[row]); });
  };
  if (kind == 0)
    append(uint8_t{});
  else if (kind == 1)
    append(uint16_t{});
  else
    append(uint32_t{});
}

size_t NativeColumn::most_bytes() const {
  constexpr size_t kNames = 256;
  return shape_.name.size() + kNames + nulls_.size() + values_.size() + dictionary_.size() +
         keys_.size() * sizeof(uint32_t);
}

void NativeColumn::append_to(std::string& out, size_t rows, const std::vector<uint32_t>& order) const {
  append_string(out, shape_.name);
  append_string(out, native_type_name(shape_));
  if (shape_.type == NativeType::kText) return append_keys(out, rows, order);
  if (order.empty()) {
    out += nulls_;
    out += values_;
    return;
  }
  if (shape_.nullable) append_ordered(out, rows, order, [&](size_t row) { return nulls_[row]; });
  with_width([&](auto zero) {
    append_ordered(out, rows, order, [&](size_t row) {
      auto value = zero;
      std::memcpy(&value, values_.data() + row * sizeof value, sizeof value);
      return value;
    });
  });
}

std::vector<uint32_t> NativeColumn::ranks() const {
  std::vector<std::pair<std::string_view, uint32_t>> texts(by_text_.begin(), by_text_.end());
  std::sort(texts.begin(), texts.end());
  std::vector<uint32_t> of_key(dictionary_size_), ranks(keys_.size());
  for (uint32_t i = 0; i < texts.size(); ++i) of_key[texts[i].second] = i;
  for (size_t row = 0; row < keys_.size(); ++row) ranks[row] = of_key[keys_[row]];
  return ranks;
}

int64_t NativeColumn::signed_value(size_t row) const {
  int64_t value = 0;
  std::memcpy(&value, values_.data() + row * sizeof value, sizeof value);
  return value;
}

NativeBlock::NativeBlock(const std::vector<NativeColumnShape>& shapes) {
  for (const NativeColumnShape& shape : shapes) columns_.emplace_back(shape);
}

std::string NativeBlock::bytes() const {
  std::string out;
  size_t most = 0;
  for (const NativeColumn& column : columns_) most += column.most_bytes();
  out.reserve(most);
  append_length(out, columns_.size());
  append_length(out, rows_);
  for (const NativeColumn& column : columns_) column.append_to(out, rows_, order_);
  return out;
}

void NativeBlock::sort_by(size_t text_column, size_t number_column) {
  const std::vector<uint32_t> ranks = columns_[text_column].ranks();
  std::vector<KeyedRow> keyed(rows_);
  for (uint32_t row = 0; row < rows_; ++row) keyed[row] = {columns_[number_column].signed_value(row), ranks[row], row};
  order_.clear();
  if (!sort_rows(keyed)) return;
  order_.resize(rows_);
  std::transform(keyed.begin(), keyed.end(), order_.begin(), [](const KeyedRow& one) { return one.row; });
}

void NativeBlock::clear() {
  for (NativeColumn& column : columns_) column.clear();
  rows_ = 0;
  order_.clear();
}

}  // namespace ebpftrace::ship
