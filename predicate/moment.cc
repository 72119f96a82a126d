// SPDX-License-Identifier: Apache-2.0
#include "predicate/moment.h"

#include <fmt/format.h>

#include <limits>
#include <optional>

#include "predicate/error.h"
#include "predicate/number.h"
#include "predicate/quoted.h"

namespace ebpftrace::predicate {

namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kDay = 86'400 * kSecond;
// Nanoseconds since 1970 in 64 bits end in 2262.
constexpr int64_t kFirstYear = 1970, kLastYear = 2261;
constexpr std::string_view kForms =
    "a moment is such as 1.5s (after the start), -2s (before the end), 14:03:10.5, 2026-11-21T14:03:10Z, @exec:NAME or "
    "@mark:NAME";

bool digit(char c) { return c >= '0' && c <= '9'; }
bool name_byte(char c) {
  return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<uint8_t>(c) >= 0x80 ||
         std::string_view("_./+:-").find(c) != std::string_view::npos;
}

// Days since 1970-01-01 of a date of the Gregorian calendar: whole years of 365 days, and a leap day for each fourth
// one.
int64_t days_to(int64_t year, int64_t month, int64_t day) {
  static constexpr int64_t kBeforeMonth[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const auto leap_days = [](int64_t before) { return before / 4 - before / 100 + before / 400; };
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return (year - 1970) * 365 + leap_days(year - 1) - leap_days(1969) + kBeforeMonth[month - 1] +
         (leap && month > 2 ? 1 : 0) + day - 1;
}

int64_t days_in(int64_t year, int64_t month) {
  return month == 12 ? 31 : days_to(year, month + 1, 1) - days_to(year, month, 1);
}

// Reads a date or a time of day from the front of a text; fails with what is wrong about the whole.
class ClockText {
 public:
  ClockText(std::string_view text, size_t offset) : text_(text), offset_(offset) {}

  bool at_end() const { return at_ == text_.size(); }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  [[noreturn]] void fail(std::string_view what) const {
    throw ExpressionError(offset_, text_.size(), fmt::format("'{}': {}", shortened(text_), what));
  }

  int64_t number(unsigned digits, int64_t least, int64_t most, std::string_view what) {
    int64_t value = 0;
    for (unsigned i = 0; i < digits; ++i, ++at_) {
      if (at_end() || !digit(text_[at_])) fail(fmt::format("{} has {} digits", what, digits));
      value = value * 10 + (text_[at_] - '0');
    }
    if (value < least || value > most) fail(fmt::format("{} is from {} to {}", what, least, most));
    return value;
  }

  // HH:MM[:SS[.fraction]] as ns since midnight.
  int64_t time_of_day() {
    int64_t seconds = number(2, 0, 23, "the hour") * 3600;
    if (!take(':')) fail("a time of day is such as 14:03 or 14:03:10.5");
    seconds += number(2, 0, 59, "the minute") * 60;
    if (!take(':')) return seconds * kSecond;
    seconds += number(2, 0, 59, "the second");
    return seconds * kSecond + fraction();
  }

  int64_t date() {
    const int64_t year = number(4, kFirstYear, kLastYear, "the year");
    if (!take('-')) fail("a date is such as 2026-11-21");
    const int64_t month = number(2, 1, 12, "the month");
    if (!take('-')) fail("a date is such as 2026-11-21");
    return days_to(year, month, number(2, 1, days_in(year, month), "the day of that month")) * kDay;
  }

  // East of UTC, if one is given.
  std::optional<int64_t> zone() {
    if (take('Z')) return 0;
    const bool east = take('+');
    if (!east && !take('-')) return std::nullopt;
    int64_t minutes = number(2, 0, 23, "the zone's hour") * 60;
    const bool colon = take(':');
    if (colon || !at_end()) minutes += number(2, 0, 59, "the zone's minute");
    return (east ? minutes : -minutes) * 60 * kSecond;
  }

 private:
  int64_t fraction() {
    if (!take('.')) return 0;
    int64_t ns = 0, place = kSecond / 10;
    const size_t start = at_;
    for (; !at_end() && digit(text_[at_]); ++at_, place /= 10) {
      if (place == 0 && text_[at_] != '0') fail("a second has at most nine decimals");
      ns += (text_[at_] - '0') * place;
    }
    if (at_ == start) fail("the second's decimals are missing");
    return ns;
  }

  std::string_view text_;
  size_t offset_;
  size_t at_ = 0;
};

Moment parse_clock(std::string_view text, size_t offset, bool is_date) {
  ClockText clock(text, offset);
  Moment moment;
  if (!is_date) {
    moment.kind = Moment::Kind::kTimeOfDay;
    moment.ns = clock.time_of_day();
    if (!clock.at_end()) clock.fail("a time of day is such as 14:03:10.5, a date goes before it: 2026-11-21T14:03:10Z");
    return moment;
  }
  moment.kind = Moment::Kind::kCalendar;
  moment.ns = clock.date();
  if (clock.at_end()) return moment;
  if (!clock.take('T') && !clock.take(' ')) clock.fail("a time of day follows a date after 'T': 2026-11-21T14:03:10");
  moment.ns += clock.time_of_day();
  if (const auto east_ns = clock.zone()) {
    moment.utc = true;
    moment.ns -= *east_ns;
    if (moment.ns < 0) clock.fail("that is before 1970");
  }
  if (!clock.at_end()) clock.fail("behind the time of day there is a zone, such as Z or +02:00, or nothing");
  return moment;
}

Moment parse_marker(std::string_view text, size_t offset) {
  Moment moment;
  const auto fail = [&](std::string_view what) {
    throw ExpressionError(offset, text.size(), fmt::format("'{}': {}", shortened(text), what));
  };
  std::string_view rest = text;
  if (rest.starts_with("@exec:")) {
    moment.kind = Moment::Kind::kExec;
  } else if (rest.starts_with("@mark:")) {
    moment.kind = Moment::Kind::kMark;
  } else {
    fail("there are @exec:NAME and @mark:NAME");
  }
  rest.remove_prefix(6);
  if (rest.starts_with('"')) {
    const size_t length = quoted_length(rest);
    if (length == 0) fail("the name's '\"' is never closed");
    moment.name = unquote(rest.substr(1, length - 2), offset + (text.size() - rest.size()) + 1);
    rest.remove_prefix(length);
  } else {
    size_t length = 0;
    while (length < rest.size() && name_byte(rest[length])) ++length;
    moment.name = rest.substr(0, length);
    rest.remove_prefix(length);
  }
  if (moment.name.empty()) fail("a name is missing behind ':'");
  if (rest.empty()) return moment;
  if (rest[0] != '#') fail("a name with other characters stands in double quotes: @mark:\"two words\"");
  rest.remove_prefix(1);
  uint64_t ordinal = 0;
  for (const char c : rest)
    ordinal = digit(c) && ordinal < kSecond ? ordinal * 10 + static_cast<uint64_t>(c - '0') : kDay;
  if (rest.empty() || ordinal == 0 || ordinal > std::numeric_limits<uint32_t>::max())
    fail("behind '#' there is which one it is, from 1");
  moment.ordinal = static_cast<uint32_t>(ordinal);
  return moment;
}

std::string clock_text(int64_t ns) {
  const int64_t seconds = ns / kSecond;
  std::string out = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (ns % kSecond != 0) {
    out += fmt::format(".{:09}", ns % kSecond);
    while (out.ends_with('0')) out.pop_back();
  }
  return out;
}

std::string date_text(int64_t days) {
  int64_t year = kFirstYear, month = 1;
  while (days_to(year + 1, 1, 1) <= days) ++year;
  while (month < 12 && days_to(year, month + 1, 1) <= days) ++month;
  return fmt::format("{:04}-{:02}-{:02}", year, month, days - days_to(year, month, 1) + 1);
}

}  // namespace

size_t marker_length(std::string_view text) {
  size_t at = 1;
  while (at < text.size() && text[at] != ':' && name_byte(text[at])) ++at;
  if (at < text.size() && text[at] == ':') ++at;
  if (at < text.size() && text[at] == '"') {
    const size_t length = quoted_length(text.substr(at));
    at = length == 0 ? text.size() : at + length;
  } else {
    while (at < text.size() && name_byte(text[at]) && !text.substr(at).starts_with("..")) ++at;
  }
  if (at < text.size() && text[at] == '#') {
    ++at;
    while (at < text.size() && digit(text[at])) ++at;
  }
  return at;
}

Moment parse_moment(std::string_view text, size_t offset) {
  if (text.empty()) throw ExpressionError(offset, 0, fmt::format("a moment is missing; {}", kForms));
  if (text[0] == '@') return parse_marker(text, offset);
  const bool negative = text[0] == '-';
  if (text.size() < (negative ? 2 : 1) || !digit(text[negative ? 1 : 0]))
    throw ExpressionError(offset, text.size(), fmt::format("'{}' is no moment; {}", shortened(text), kForms));
  if (!negative) {
    size_t digits = 0;
    while (digits < text.size() && digit(text[digits])) ++digits;
    if (digits < text.size() && text[digits] == ':') return parse_clock(text, offset, false);
    if (digits < text.size() && text[digits] == '-') return parse_clock(text, offset, true);
  }
  const Number number = parse_number(text, offset);
  if (number.unit != UnitKind::kNone && number.unit != UnitKind::kTime)
    throw ExpressionError(offset, text.size(), fmt::format("'{}' is no time; {}", shortened(text), kForms));
  if (number.value.magnitude > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    throw ExpressionError(offset, text.size(), fmt::format("'{}' is more than 292 years", shortened(text)));
  Moment moment;
  moment.kind = negative ? Moment::Kind::kBeforeEnd : Moment::Kind::kAfterStart;
  moment.ns = static_cast<int64_t>(number.value.magnitude);
  return moment;
}

MomentRange parse_range(std::string_view text, size_t offset) {
  size_t dots = text.npos;
  if (text.starts_with('@')) {
    const size_t length = marker_length(text);
    if (text.substr(length).starts_with("..")) dots = length;
  } else {
    dots = text.find("..");
  }
  if (dots == text.npos)
    throw ExpressionError(offset, text.size(),
                          fmt::format("'{}' is no range; a range is two moments: 1.5s..2s", shortened(text)));
  return {parse_moment(text.substr(0, dots), offset), parse_moment(text.substr(dots + 2), offset + dots + 2)};
}

std::string to_string(const Moment& moment) {
  switch (moment.kind) {
    case Moment::Kind::kAfterStart:
      return duration_text(static_cast<uint64_t>(moment.ns));
    case Moment::Kind::kBeforeEnd:
      return "-" + duration_text(static_cast<uint64_t>(moment.ns));
    case Moment::Kind::kTimeOfDay:
      return clock_text(moment.ns);
    case Moment::Kind::kCalendar: {
      const int64_t days = moment.ns / kDay;
      return fmt::format("{}T{}{}", date_text(days), clock_text(moment.ns - days * kDay), moment.utc ? "Z" : "");
    }
    case Moment::Kind::kExec:
    case Moment::Kind::kMark: {
      bool plain = true;
      for (const char c : moment.name) plain = plain && name_byte(c);
      plain = plain && moment.name.find("..") == moment.name.npos && !moment.name.ends_with('.');
      return fmt::format("@{}:{}{}", moment.kind == Moment::Kind::kExec ? "exec" : "mark",
                         plain ? moment.name : quote(moment.name),
                         moment.ordinal == 1 ? "" : fmt::format("#{}", moment.ordinal));
    }
  }
  return {};
}

}  // namespace ebpftrace::predicate
