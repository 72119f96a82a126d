// SPDX-License-Identifier: Apache-2.0
// What the user of the language offers: fields, functions, moments. The language itself knows no name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "predicate/moment.h"

namespace ebpftrace::predicate {

// What a field's cells are and which operators they have (docs/filter-language.md).
enum class FieldKind : uint8_t {
  kUnsigned,
  kSigned,      // two's complement
  kEitherSign,  // signed in some rows, unsigned in others: NumberColumn.negative says which cells are below 0
  kTime,        // ns; compared with moments
  kDuration,    // ns
  kBytes,
  kDecimal,  // thousandths, never negative: 1.5 is 1500
  kText,
  kEnum,      // a number whose values have names
  kFlags,     // bits that have names
  kSet,       // several of at most 64 things at once, a bit for each: "class == file" means that file is among them
  kIdentity,  // a number that only tells apart: a process id
  kBool,      // 0 or 1; stands as a condition by itself
};

// A row has the name if (value & mask) == this value.
struct FieldValue {
  std::string name;
  uint64_t value = 0;
  uint64_t mask = ~uint64_t{0};
};
// A bit, or some that only count together.
inline FieldValue flag(std::string name, uint64_t bits) { return {std::move(name), bits, bits}; }

// What a name stands for in the rows of one variant (a call: O_CREAT of args.flags is another bit, or nothing, in
// another call). The user numbers the variants as it likes.
struct VariantValue {
  uint64_t variant = 0;
  uint64_t value = 0, mask = ~uint64_t{0};
};

// Whatever the user needs to fill the field's column: it comes back with Expression.fields.
struct FieldBacking {
  virtual ~FieldBacking() = default;
};

struct Field {
  std::string name;  // with its unit, as in JSON: duration_ns. Fields of one name are one field
  std::string doc;
  std::string unit;  // "ns", "bytes", or nothing
  FieldKind kind = FieldKind::kUnsigned;
  bool can_be_absent = true;
  // Cheap columns are looked at first. 0: read in any case; more: other groups of columns, dictionaries.
  uint8_t cost = 0;
  // Of kEnum, kFlags and kSet all names; of numbers some (AT_FDCWD); of texts those that may stand without quotes. The
  // first name that a value has is its name.
  std::vector<FieldValue> names;
  // The names differ from row to row: FieldSet::variant_values says what they are, TileSource::variants which rows are
  // of which variant.
  bool names_by_variant = false;
  std::shared_ptr<const FieldBacking> backing = nullptr;
};

// Why something is not to be had, as the end of an error message.
struct Refusal {
  std::string why;
};
template <typename T>
using OrRefusal = std::variant<T, Refusal>;

struct NameAndDoc {
  std::string name, doc;
};

// An argument of a function: a number or a text.
using Argument = std::variant<int64_t, std::string>;

// Not changed by any of its functions; several threads may parse with one. Names come from filters: they are valid
// UTF-8, but anything else may be wrong with them.
class FieldSet {
 public:
  virtual ~FieldSet() = default;

  // By any of its names: with and without its unit, an alias (proc.name), one of a family (args.flags). The field has
  // the name that to_string writes.
  virtual std::optional<Field> find(std::string_view name) const = 0;
  // As one would write them, aliases left out: for completion, and for the nearest one of a name that is unknown.
  virtual std::vector<NameAndDoc> names() const = 0;

  // Functions such as descends_from("make") are fields of kind kBool. Called for names that functions() has; the
  // refusal says what is wrong with the arguments.
  virtual std::vector<NameAndDoc> functions() const { return {}; }
  virtual OrRefusal<Field> call(std::string_view function, const std::vector<Argument>& arguments) const;

  // Of a field whose names differ: empty if no variant knows the name.
  virtual std::vector<VariantValue> variant_values(const Field& field, std::string_view name) const;
  virtual std::vector<std::string> variant_names(const Field& field) const;

  // What a time field's cells are compared with.
  virtual OrRefusal<uint64_t> moment(const Moment& moment) const;

  // Values that occur, for completion: of a text field as bytes, not in quotes. At most so many.
  virtual std::vector<std::string> values(const Field& field, std::string_view prefix, size_t most) const;
};

// "a text", "a duration": for messages and documentation.
std::string_view kind_name(FieldKind kind);
// Cells and numbers are compared as signed ones.
inline bool is_signed(FieldKind kind) { return kind == FieldKind::kSigned; }

}  // namespace ebpftrace::predicate
