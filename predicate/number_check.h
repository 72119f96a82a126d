// SPDX-License-Identifier: Apache-2.0
// A condition on numbers, made ready: comparisons are ranges, names and lists are values under masks. Whether a cell is
// absent is the caller's business. Immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "predicate/expression.h"
#include "predicate/selection.h"
#include "predicate/tile.h"

namespace ebpftrace::predicate {

class NumberCheck {
 public:
  // != and !~ are taken for == and ~: the caller negates.
  NumberCheck(const Field& field, const Condition& condition);

  bool wants_variants() const { return !variants_.empty(); }
  // Of the candidates; `variants` if it wants them.
  Selection passing(const NumberColumn& column, const uint64_t* variants, const Selection& candidates) const;
  // Of all cells between these bounds, in the order of the field's kind.
  BlockDecision within(Bounds bounds) const;

 private:
  // least <= value <= most, for signed and for unsigned numbers.
  struct Range {
    uint64_t least, span;
    bool has(uint64_t value) const { return value - least <= span; }
  };
  struct Masked {
    uint64_t mask, value;
    bool has(uint64_t cell) const { return (cell & mask) == value; }
  };
  // The first name that a cell has decides.
  struct Name {
    Masked masked;
    bool passes;
  };

  void add_range(Wide least, Wide most);
  void add_comparison(Operator op, Wide value);
  void add_variants(const std::vector<Value>& values);
  bool passes(uint64_t cell, bool negative) const;
  bool passes_variant(uint64_t cell, uint64_t variant) const;

  // A cell passes if any of these says so.
  FieldKind kind_;
  std::optional<Range> range_, negative_range_;   // the second, here and below: of cells of kEitherSign below 0
  std::vector<uint64_t> exact_, negative_exact_;  // ascending
  std::vector<Masked> masked_;
  uint64_t any_bit_ = 0;
  std::vector<Name> names_;
  std::vector<VariantValue> variants_;  // by variant
};

}  // namespace ebpftrace::predicate
