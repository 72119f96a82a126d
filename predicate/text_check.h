// SPDX-License-Identifier: Apache-2.0
// A condition on texts, and what it has said of which: a text is compared once, however many rows have it, for as long
// as its table stays the same.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "predicate/expression.h"
#include "predicate/selection.h"
#include "predicate/tile.h"

namespace ebpftrace::predicate {

class TextCheck {
 public:
  // != and !~ are taken for == and ~: the caller negates. Ids from `remembered` on are compared row by row.
  TextCheck(const Condition& condition, uint64_t remembered);

  Selection passing(const TextColumn& column, const Selection& candidates);
  // Of all texts of the table; kAll only if none is absent.
  BlockDecision of_all(const Texts& texts);

 private:
  bool compare(std::string_view text) const;
  bool passes(const Texts& texts, uint64_t id);
  void start(const Texts& texts);
  uint64_t said(uint64_t id) const { return said_[id / kIdsPerWord] >> 2 * (id % kIdsPerWord) & 3; }

  static constexpr unsigned kIdsPerWord = 32;
  Operator op_;
  std::vector<std::string> values_;  // ascending
  std::shared_ptr<const Pattern> pattern_;
  uint64_t remembered_;
  uint64_t generation_ = 0;     // of the table that said_ is about
  std::vector<uint64_t> said_;  // two bits for each id: 0 not asked, 1 no, 2 yes
};

}  // namespace ebpftrace::predicate
