// SPDX-License-Identifier: Apache-2.0
#include "predicate/text_check.h"

#include <algorithm>
#include <atomic>

#include "predicate/pattern.h"

namespace ebpftrace::predicate {

void Texts::renew() {
  static std::atomic<uint64_t> last{0};
  generation_ = last.fetch_add(1, std::memory_order_relaxed) + 1;
}

namespace {

constexpr unsigned kIdsPerWord = 32;
constexpr uint64_t kNo = 1, kYes = 2;

}  // namespace

TextCheck::TextCheck(const Condition& condition, uint64_t remembered) : op_(condition.op), remembered_(remembered) {
  for (const Value& value : condition.values) {
    pattern_ = value.pattern;
    values_.push_back(value.text);
  }
  std::sort(values_.begin(), values_.end());
}

bool TextCheck::compare(std::string_view text) const {
  switch (op_) {
    case Operator::kMatches:
    case Operator::kNotMatches:
      return pattern_->found_in(text);
    case Operator::kEqual:
    case Operator::kNotEqual:
      return text == values_.front();
    case Operator::kLess:
      return text < values_.front();
    case Operator::kLessEqual:
      return text <= values_.front();
    case Operator::kGreater:
      return text > values_.front();
    case Operator::kGreaterEqual:
      return text >= values_.front();
    case Operator::kIn:
      return std::binary_search(values_.begin(), values_.end(), text);
    case Operator::kWithin:
    case Operator::kHas:
    case Operator::kHolds:
      break;  // texts don't have them
  }
  return false;
}

void TextCheck::start(const Texts& texts) {
  if (texts.generation() != generation_) {
    generation_ = texts.generation();
    said_.clear();
  }
}

bool TextCheck::passes(const Texts& texts, uint64_t id) {
  if (id >= texts.count()) return false;
  const auto compared = [&] {
    const auto text = texts.text(id);
    return text && compare(*text);
  };
  if (id >= remembered_) return compared();
  const size_t word = id / kIdsPerWord;
  const unsigned shift = 2 * (id % kIdsPerWord);
  if (word >= said_.size()) said_.resize(std::min(std::max(word + 1, said_.size() * 2), remembered_ / kIdsPerWord + 1));
  const uint64_t said = said_[word] >> shift & 3;
  if (said != 0) return said == kYes;
  const bool yes = compared();
  said_[word] |= (yes ? kYes : kNo) << shift;
  return yes;
}

Selection TextCheck::passing(const TextColumn& column, const Selection& candidates) {
  Selection chosen;
  if (column.texts == nullptr) return chosen;
  start(*column.texts);
  candidates.for_each([&](size_t row) {
    if (passes(*column.texts, column.ids[row])) chosen.set(row);
  });
  return chosen;
}

Decision TextCheck::of_all(const Texts& texts) {
  start(texts);
  bool some = false, all = true;
  for (uint64_t id = 0; id < texts.count(); ++id) {
    if (passes(texts, id))
      some = true;
    else if (texts.text(id))
      all = false;
    if (some && !all) return Decision::kSome;
  }
  return !some ? Decision::kNone : Decision::kAll;
}

}  // namespace ebpftrace::predicate
