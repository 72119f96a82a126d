// SPDX-License-Identifier: Apache-2.0
#include "predicate/number_check.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <span>

#include "predicate/pattern.h"

namespace ebpftrace::predicate {

namespace {

constexpr uint64_t kAllBits = ~uint64_t{0};
constexpr Wide kLeastSigned = std::numeric_limits<int64_t>::min();
constexpr Wide kMostSigned = std::numeric_limits<int64_t>::max();
constexpr Wide kMostUnsigned = std::numeric_limits<uint64_t>::max();
// Below so many candidates of 64 rows, they are looked at one by one.
constexpr int kFew = 12;
// Up to so many values are compared one by one with all rows, without a branch.
constexpr size_t kShortList = 8;

// pass(row) of the candidates.
template <typename Pass>
Selection choose(const Selection& candidates, Pass pass) {
  Selection chosen;
  for (size_t word = 0; word < Selection::kWords; ++word) {
    const uint64_t wanted = candidates.word(word);
    if (wanted == 0) continue;
    uint64_t bits = 0;
    if (std::popcount(wanted) < kFew) {
      for (uint64_t left = wanted; left != 0; left &= left - 1) {
        const auto bit = static_cast<unsigned>(std::countr_zero(left));
        bits |= static_cast<uint64_t>(pass(word * 64 + bit)) << bit;
      }
    } else {
      // Shifts by constants: half the time of one loop over 64.
      for (unsigned start = 0; start < 64; start += 8) {
        unsigned eight = 0;
        for (unsigned bit = 0; bit < 8; ++bit) eight |= static_cast<unsigned>(pass(word * 64 + start + bit)) << bit;
        bits |= uint64_t{eight} << start;
      }
    }
    chosen.set_word(word, bits & wanted);
  }
  return chosen;
}

bool has_exact(const std::vector<uint64_t>& values, uint64_t cell) {
  return std::binary_search(values.begin(), values.end(), cell);
}

}  // namespace

NumberCheck::NumberCheck(const Field& field, const Condition& condition) : kind_(field.kind) {
  using enum Operator;
  const Operator op = condition.op;
  const auto& values = condition.values;
  if (op == kHolds) {
    add_range(1, kMostUnsigned);
    return;
  }
  if (op == kWithin) {
    add_range(values[0].number.wide(), values[1].number.wide() - 1);
    return;
  }
  if (op == kMatches || op == kNotMatches) {
    for (const FieldValue& named : field.names) {
      const bool matches = values[0].pattern->found_in(named.name);
      if (kind_ != FieldKind::kSet)
        names_.push_back({{named.mask, named.value}, matches});
      else if (matches)
        masked_.push_back({named.mask, named.value});
    }
    return;
  }
  if (op == kLess || op == kLessEqual || op == kGreater || op == kGreaterEqual) {
    const Value& value = values[0];
    const Wide named = is_signed(kind_) ? Wide{static_cast<int64_t>(value.named.value)} : Wide{value.named.value};
    add_comparison(op, value.type == Value::Type::kName ? named : value.number.wide());
    return;
  }
  add_variants(values);
  for (const Value& value : values) {
    if (value.type == Value::Type::kName) {
      if (!value.variants.empty()) continue;
      // The whole of a set of flags is compared, not whether it has them.
      const bool whole = kind_ == FieldKind::kFlags && op != kHas;
      const uint64_t mask = whole ? kAllBits : value.named.mask;
      if (mask == kAllBits && kind_ != FieldKind::kEitherSign)
        exact_.push_back(value.named.value);
      else
        masked_.push_back({mask, value.named.value});
    } else if (op == kHas) {
      any_bit_ |= static_cast<uint64_t>(value.number.wide());
    } else if (kind_ == FieldKind::kSet) {
      // A number stands for the things whose bits it has.
      any_bit_ |= value.number.magnitude;
    } else if (kind_ == FieldKind::kBool) {
      if (value.number.magnitude == 0)
        exact_.push_back(0);
      else
        add_range(1, kMostUnsigned);
    } else if (kind_ == FieldKind::kEitherSign && value.number.negative) {
      negative_exact_.push_back(static_cast<uint64_t>(value.number.wide()));
    } else {
      exact_.push_back(static_cast<uint64_t>(value.number.wide()));
    }
  }
  std::sort(exact_.begin(), exact_.end());
  std::sort(negative_exact_.begin(), negative_exact_.end());
  if (exact_.size() == 1 && !range_) {
    range_ = Range{exact_.front(), 0};
    exact_.clear();
  }
}

void NumberCheck::add_range(Wide least, Wide most) {
  if (kind_ == FieldKind::kEitherSign) {
    const Wide below = std::min(most, Wide{-1});
    const Wide from = std::max(least, kLeastSigned);
    if (from <= below) negative_range_ = Range{static_cast<uint64_t>(from), static_cast<uint64_t>(below - from)};
  }
  least = std::max(least, is_signed(kind_) ? kLeastSigned : Wide{0});
  most = std::min(most, is_signed(kind_) ? kMostSigned : kMostUnsigned);
  if (least <= most) range_ = Range{static_cast<uint64_t>(least), static_cast<uint64_t>(most - least)};
}

void NumberCheck::add_comparison(Operator op, Wide value) {
  if (op == Operator::kLess) add_range(kLeastSigned, value - 1);
  if (op == Operator::kLessEqual) add_range(kLeastSigned, value);
  if (op == Operator::kGreater) add_range(value + 1, kMostUnsigned);
  if (op == Operator::kGreaterEqual) add_range(value, kMostUnsigned);
}

void NumberCheck::add_variants(const std::vector<Value>& values) {
  for (const Value& value : values) variants_.insert(variants_.end(), value.variants.begin(), value.variants.end());
  std::stable_sort(variants_.begin(), variants_.end(),
                   [](const VariantValue& a, const VariantValue& b) { return a.variant < b.variant; });
}

bool NumberCheck::passes(uint64_t cell, bool negative) const {
  if (negative) {
    if (negative_range_ && negative_range_->has(cell)) return true;
    if (has_exact(negative_exact_, cell)) return true;
  } else {
    if (range_ && range_->has(cell)) return true;
    if (has_exact(exact_, cell)) return true;
  }
  if ((cell & any_bit_) != 0) return true;
  for (const Masked& masked : masked_)
    if (masked.has(cell)) return true;
  for (const Name& name : names_)
    if (name.masked.has(cell)) return name.passes;
  return false;
}

bool NumberCheck::passes_variant(uint64_t cell, uint64_t variant) const {
  const auto before = [](const VariantValue& known, uint64_t wanted) { return known.variant < wanted; };
  for (auto known = std::lower_bound(variants_.begin(), variants_.end(), variant, before);
       known != variants_.end() && known->variant == variant; ++known)
    if ((cell & known->mask) == known->value) return true;
  return false;
}

Selection NumberCheck::passing(const NumberColumn& column, const uint64_t* variants,
                               const Selection& candidates) const {
  const uint64_t* cells = column.values;
  // The common checks have loops of their own: they have one thing to compare with.
  const bool plain = kind_ != FieldKind::kEitherSign && names_.empty() && !wants_variants();
  const int things = (range_ ? 1 : 0) + (exact_.empty() ? 0 : 1) + (masked_.empty() ? 0 : 1) + (any_bit_ == 0 ? 0 : 1);
  if (plain && things == 0) return {};
  if (plain && things == 1) {
    if (range_) return choose(candidates, [cells, range = *range_](size_t row) { return range.has(cells[row]); });
    if (any_bit_ != 0)
      return choose(candidates, [cells, bits = any_bit_](size_t row) { return (cells[row] & bits) != 0; });
    if (!exact_.empty() && exact_.size() <= kShortList)
      return choose(candidates, [cells, list = std::span(exact_)](size_t row) {
        bool any = false;
        for (const uint64_t value : list) any |= cells[row] == value;
        return any;
      });
    if (!exact_.empty()) return choose(candidates, [&](size_t row) { return has_exact(exact_, cells[row]); });
    if (masked_.size() <= kShortList)
      return choose(candidates, [cells, list = std::span(masked_)](size_t row) {
        bool any = false;
        for (const Masked& masked : list) any |= masked.has(cells[row]);
        return any;
      });
  }
  const Selection* negative = kind_ == FieldKind::kEitherSign ? column.negative : nullptr;
  Selection chosen;
  candidates.for_each([&](size_t row) {
    if (passes(cells[row], negative != nullptr && negative->test(row)) ||
        (variants != nullptr && passes_variant(cells[row], variants[row])))
      chosen.set(row);
  });
  return chosen;
}

BlockDecision NumberCheck::within(Bounds bounds) const {
  if (kind_ == FieldKind::kEitherSign || wants_variants()) return BlockDecision::kSome;
  if (bounds.least == bounds.most) return passes(bounds.least, false) ? BlockDecision::kAll : BlockDecision::kNone;
  if (any_bit_ != 0 || !masked_.empty() || !names_.empty()) return BlockDecision::kSome;
  // Shifted, the order of signed numbers is that of unsigned ones.
  const uint64_t shift = is_signed(kind_) ? uint64_t{1} << 63 : 0;
  const uint64_t least = bounds.least + shift, most = bounds.most + shift;
  if (least > most) return BlockDecision::kSome;
  bool some = false;
  if (range_) {
    const uint64_t from = range_->least + shift, to = from + range_->span;
    if (from <= least && most <= to) return BlockDecision::kAll;
    some = from <= most && least <= to;
  }
  for (const uint64_t value : exact_) some = some || (value + shift >= least && value + shift <= most);
  return some ? BlockDecision::kSome : BlockDecision::kNone;
}

}  // namespace ebpftrace::predicate
