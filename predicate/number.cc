// SPDX-License-Identifier: Apache-2.0
#include "predicate/number.h"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "predicate/error.h"

namespace ebpftrace::predicate {

namespace {

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
constexpr size_t kMostDecimals = 18;  // 10^18 * the largest factor (a day in ns, a thousand GiB) is far below 2^127

// From the smallest of a kind to the largest; the first of two names is the one that is written.
constexpr auto kUnits = std::to_array<NumberUnit>({
    {"ns", UnitKind::kTime, 1},
    {"us", UnitKind::kTime, 1'000},
    {"\u00b5s", UnitKind::kTime, 1'000},  // micro sign
    {"\u03bcs", UnitKind::kTime, 1'000},  // Greek mu
    {"ms", UnitKind::kTime, 1'000'000},
    {"s", UnitKind::kTime, 1'000'000'000},
    {"min", UnitKind::kTime, 60'000'000'000},
    {"h", UnitKind::kTime, 3'600'000'000'000},
    {"d", UnitKind::kTime, 86'400'000'000'000},
    {"B", UnitKind::kBytes, 1},
    {"kB", UnitKind::kBytes, 1'000},
    {"KiB", UnitKind::kBytes, 1 << 10},
    {"MB", UnitKind::kBytes, 1'000'000},
    {"MiB", UnitKind::kBytes, 1 << 20},
    {"GB", UnitKind::kBytes, 1'000'000'000},
    {"GiB", UnitKind::kBytes, 1 << 30},
    {"K", UnitKind::kCount, 1 << 10},
    {"M", UnitKind::kCount, 1 << 20},
    {"G", UnitKind::kCount, 1 << 30},
});

// What people write who mean another one.
struct Mistaken {
  std::string_view written, meant;
};
constexpr auto kMistaken = std::to_array<Mistaken>({
    {"m", "'ms' or 'min'"},
    {"k", "'K'"},
    {"KB", "'kB' or 'KiB'"},
    {"Kb", "'kB' or 'KiB'"},
    {"kb", "'kB' or 'KiB'"},
    {"kiB", "'KiB'"},
    {"kib", "'KiB'"},
    {"mb", "'MB' or 'MiB'"},
    {"Mb", "'MB' or 'MiB'"},
    {"mib", "'MiB'"},
    {"gb", "'GB' or 'GiB'"},
    {"Gb", "'GB' or 'GiB'"},
    {"gib", "'GiB'"},
    {"b", "'B'"},
    {"sec", "'s'"},
    {"secs", "'s'"},
    {"second", "'s'"},
    {"seconds", "'s'"},
    {"S", "'s'"},
    {"msec", "'ms'"},
    {"usec", "'us'"},
    {"nsec", "'ns'"},
    {"minutes", "'min'"},
    {"minute", "'min'"},
    {"hours", "'h'"},
    {"hour", "'h'"},
    {"days", "'d'"},
    {"day", "'d'"},
    {"T", "'G'"},
    {"TiB", "'GiB'"},
    {"TB", "'GB'"},
});

bool digit(char c) { return c >= '0' && c <= '9'; }

class NumberText {
 public:
  NumberText(std::string_view text, size_t offset, uint64_t parts) : text_(text), offset_(offset), parts_(parts) {}

  Number parse() {
    Number number;
    const bool negative = text_.starts_with('-');
    at_ = negative ? 1 : 0;
    if (at_ == text_.size() || !digit(text_[at_])) fail(0, text_.size(), "'{}' is not a number", shortened(text_));
    const std::string_view digits = text_.substr(at_);
    if (digits.starts_with("0x") || digits.starts_with("0X")) {
      at_ += 2;
      number.value.magnitude = based(16, "hexadecimal (0x): digits 0 to 9 and a to f, without a unit");
    } else if (digits.size() > 1 && digits[0] == '0' && digit(digits[1])) {
      at_ += 1;
      number.value.magnitude = based(8, "octal (a leading 0): digits 0 to 7, without a unit");
    } else {
      number = decimal();
    }
    number.value.negative = negative && number.value.magnitude != 0;
    return number;
  }

 private:
  template <typename... Args>
  [[noreturn]] void fail(size_t at, size_t length, fmt::format_string<Args...> message, Args&&... args) const {
    throw ExpressionError(offset_ + at, length, fmt::format(message, std::forward<Args>(args)...));
  }
  [[noreturn]] void too_large() const {
    fail(0, text_.size(), "'{}' does not fit into 64 bits: at most {}", shortened(text_), kMost);
  }

  uint64_t based(uint64_t base, const char* what) {
    uint64_t value = 0;
    if (at_ == text_.size()) fail(0, text_.size(), "'{}' is {}", shortened(text_), what);
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      const uint64_t next = digit(c)               ? static_cast<uint64_t>(c - '0')
                            : c >= 'a' && c <= 'f' ? static_cast<uint64_t>(c - 'a' + 10)
                            : c >= 'A' && c <= 'F' ? static_cast<uint64_t>(c - 'A' + 10)
                                                   : kMost;
      if (next >= base) fail(0, text_.size(), "'{}' is {}", shortened(text_), what);
      if (value > (kMost - next) / base) too_large();
      value = value * base + next;
    }
    if (value > kMost / parts_) too_large();
    return value * parts_;
  }

  Number decimal() {
    uint64_t whole = 0, decimals = 0, scale = 1;
    bool large = false;
    for (; at_ < text_.size() && digit(text_[at_]); ++at_) {
      const auto next = static_cast<uint64_t>(text_[at_] - '0');
      large = large || whole > (kMost - next) / 10;
      if (!large) whole = whole * 10 + next;
    }
    if (large) too_large();
    if (at_ + 1 < text_.size() && text_[at_] == '.' && digit(text_[at_ + 1])) {
      const size_t start = ++at_;
      while (at_ < text_.size() && digit(text_[at_])) ++at_;
      std::string_view part = text_.substr(start, at_ - start);
      while (part.ends_with('0')) part.remove_suffix(1);
      if (part.size() > kMostDecimals)
        fail(0, text_.size(), "'{}' has more than {} decimals", shortened(text_), kMostDecimals);
      for (const char c : part) {
        decimals = decimals * 10 + static_cast<uint64_t>(c - '0');
        scale *= 10;
      }
    }
    const NumberUnit& unit = unit_at();
    const Wide factor = Wide{unit.factor} * parts_;
    const Wide fraction = decimals * factor;
    if (fraction % scale != 0)
      fail(0, text_.size(), "'{}' is not a whole number{}", shortened(text_),
           unit.kind == UnitKind::kTime    ? " of nanoseconds"
           : unit.kind == UnitKind::kBytes ? " of bytes"
           : parts_ != 1                   ? " of thousandths: it has at most three decimals"
                                           : "");
    const Wide value = whole * factor + fraction / scale;
    if (value > Wide{kMost}) too_large();
    return {{false, static_cast<uint64_t>(value)}, unit.kind};
  }

  const NumberUnit& unit_at() const {
    static constexpr NumberUnit kNoUnit{"", UnitKind::kNone, 1};
    const std::string_view name = text_.substr(at_);
    if (name.empty()) return kNoUnit;
    for (const NumberUnit& unit : kUnits)
      if (unit.name == name) return unit;
    const auto rest = name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (rest != name.npos && static_cast<uint8_t>(name[rest]) < 0x80) {
      if (name[0] == '.' || name[0] == ':' || name[0] == '-')
        fail(0, text_.size(), "'{}' is not a number; a text stands in double quotes", shortened(text_));
    }
    for (const Mistaken& mistaken : kMistaken)
      if (mistaken.written == name)
        fail(at_, name.size(), "unknown unit '{}', did you mean {}?", shortened(name), mistaken.meant);
    fail(at_, name.size(), "unknown unit '{}'; there are ns us ms s min h d, B kB MB GB KiB MiB GiB, and K M G",
         shortened(name));
  }

  std::string_view text_;
  size_t offset_;
  uint64_t parts_;
  size_t at_ = 0;
};

std::string with_unit(uint64_t value, UnitKind kind) {
  const NumberUnit* best = nullptr;
  for (const NumberUnit& unit : kUnits)
    if (unit.kind == kind &&
        (best == nullptr || (value != 0 && value % unit.factor == 0 && unit.factor > best->factor)))
      best = &unit;
  return fmt::format("{}{}", value / best->factor, best->name);
}

}  // namespace

std::span<const NumberUnit> units() { return kUnits; }

Number parse_number(std::string_view text, size_t offset, uint64_t parts) {
  return NumberText(text, offset, parts).parse();
}

std::string duration_text(uint64_t ns) { return with_unit(ns, UnitKind::kTime); }
std::string bytes_text(uint64_t bytes) { return with_unit(bytes, UnitKind::kBytes); }

std::string decimal_text(uint64_t thousandths) {
  std::string text = fmt::format("{}.{:03}", thousandths / kThousandths, thousandths % kThousandths);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace ebpftrace::predicate
