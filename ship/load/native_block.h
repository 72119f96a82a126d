// SPDX-License-Identifier: Apache-2.0
// Rows as a block of ClickHouse's Native format, which its HTTP interface takes as it is: for each column its name, its type and
// all its values. Texts are LowCardinality: each distinct text once, then a number for each row, so that what the trace keeps
// once is sent once. The bytes depend on nothing but the rows, in their order: the same rows again are the same block.
// One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/fields/row_reader.h"

namespace ebpftrace::ship {

enum class NativeType : uint8_t {
  kUInt8,
  kUInt16,
  kUInt32,
  kUInt64,
  kInt32,
  kInt64,
  kFloat64,
  kDate,
  kDateTime,
  kString,
  kText
};

struct NativeColumnShape {
  std::string name;
  NativeType type = NativeType::kUInt64;
  bool nullable = false;
  std::string doc = {};
};
// "LowCardinality(Nullable(String))"
std::string native_type_name(const NativeColumnShape& shape);

class NativeColumn {
 public:
  explicit NativeColumn(NativeColumnShape shape);

  const NativeColumnShape& shape() const { return shape_; }

  // A row.
  void add(uint64_t number);  // of a number, in two's complement
  void add(std::string_view text);
  void add_null();
  // As many rows.
  void add_rows(size_t rows, uint64_t number);
  void add_rows(size_t rows, std::string_view text);
  void add_values(const uint64_t* values, size_t rows);  // none is absent
  // The rows of a tile, absent ones as NULL. divisor: of kFloat64.
  void add_numbers(const predicate::NumberColumn& cells, size_t rows, bool as_truth);
  void add_texts(const predicate::TextColumn& cells, size_t rows);
  // Numbers that have names: name(number) is called once for each distinct one, in the order of the rows.
  template <typename Name>
  void add_named(const predicate::NumberColumn& cells, size_t rows, Name&& name) {
    for (size_t row = 0; row < rows; ++row) {
      if (cells.present && !cells.present->test(row)) {
        keys_.push_back(0);
        continue;
      }
      const auto [known, is_new] = named_.try_emplace(cells.values[row], 0);
      if (is_new) known->second = key_of(name(cells.values[row]));
      keys_.push_back(known->second);
    }
  }

  // order: of the rows, as they are to be sent; empty: as they came.
  void append_to(std::string& out, size_t rows, const std::vector<uint32_t>& order) const;
  size_t most_bytes() const;  // that append_to() appends
  void clear();               // memory stays

  // For each row where its text stands among the column's texts in the order of their bytes, none of which is absent.
  std::vector<uint32_t> ranks() const;
  int64_t signed_value(size_t row) const;  // of kInt64

 private:
  size_t width() const;
  template <typename Use>
  void with_width(Use&& use) const;
  template <typename Number>
  void widen(const uint64_t* values, size_t rows);
  uint32_t key_of(std::string_view text);
  void append_keys(std::string& out, size_t rows, const std::vector<uint32_t>& order) const;

  NativeColumnShape shape_;
  std::string values_;  // as they are sent; of kText none
  std::string nulls_;   // a byte for each row, of numbers that may be absent

  // kText
  std::vector<uint32_t> keys_;  // by row
  std::string dictionary_;      // as it is sent
  uint32_t dictionary_size_ = 0;
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, uint32_t, TextHash, std::equal_to<>> by_text_;
  std::unordered_map<uint64_t, uint32_t> named_;
  uint64_t generation_ = 0;      // of the table that the next is of
  std::vector<uint32_t> by_id_;  // key + 1; 0: not looked up yet
};

class NativeBlock {
 public:
  explicit NativeBlock(const std::vector<NativeColumnShape>& shapes);

  NativeColumn& column(size_t index) { return columns_[index]; }
  size_t columns() const { return columns_.size(); }
  size_t rows() const { return rows_; }
  void end_rows(size_t rows) { rows_ += rows; }
  // Rows by a text and then a number (kInt64), as a table's key has them: what comes in order costs a server a fifth less.
  void sort_by(size_t text_column, size_t number_column);
  std::string bytes() const;
  void clear();

 private:
  std::vector<NativeColumn> columns_;
  size_t rows_ = 0;
  std::vector<uint32_t> order_;  // empty: as they came
};

}  // namespace ebpftrace::ship
