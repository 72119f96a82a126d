// SPDX-License-Identifier: Apache-2.0
#include "predicate/text_check.h"

#include <algorithm>
#include <atomic>
#include <bit>

#include "predicate/pattern.h"

namespace ebpftrace::predicate {

void Texts::renew() {
  static std::atomic<uint64_t> last{0};
  generation_ = last.fetch_add(1, std::memory_order_relaxed) + 1;
}

namespace {

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
  if (word >= said_.size()) said_.resize(std::min(std::max(word + 1, said_.size() * 2), remembered_ / kIdsPerWord + 1));
  if (const uint64_t known = said(id); known != 0) return known == kYes;
  const bool yes = compared();
  said_[word] |= (yes ? kYes : kNo) << 2 * (id % kIdsPerWord);
  return yes;
}

Selection TextCheck::passing(const TextColumn& column, const Selection& candidates) {
  Selection chosen;
  if (column.texts == nullptr) return chosen;
  start(*column.texts);
  const uint64_t* ids = column.ids;
  for (size_t word = 0; word < Selection::kWords; ++word) {
    uint64_t bits = 0;
    for (uint64_t left = candidates.word(word); left != 0; left &= left - 1) {
      const auto bit = static_cast<unsigned>(std::countr_zero(left));
      const uint64_t id = ids[word * 64 + bit];
      // What was said once takes no call.
      const uint64_t known = id / kIdsPerWord < said_.size() ? said(id) : 0;
      bits |= static_cast<uint64_t>(known != 0 ? known == kYes : passes(*column.texts, id)) << bit;
    }
    chosen.set_word(word, bits);
  }
  return chosen;
}

BlockDecision TextCheck::of_all(const Texts& texts) {
  start(texts);
  bool some = false, all = true;
  for (uint64_t id = 0; id < texts.count(); ++id) {
    if (passes(texts, id))
      some = true;
    else if (texts.text(id))
      all = false;
    if (some && !all) return BlockDecision::kSome;
  }
  return !some ? BlockDecision::kNone : BlockDecision::kAll;
}

}  // namespace ebpftrace::predicate
