// SPDX-License-Identifier: Apache-2.0
#include "gui/style/quantity_text.h"

#include <QDateTime>
#include <QLocale>
#include <algorithm>
#include <array>
#include <cmath>

namespace ebpftrace::gui {
namespace {

constexpr QChar kThinSpace(0x2009);

QString three_digits(double value) {
  const double size = std::abs(value);
  const int decimals = size >= 99.95 || size == 0 ? 0 : size >= 9.995 ? 1 : 2;
  QString text = QString::number(value, 'f', decimals);
  if (decimals) {  // 9 s, not 9.00 s
    while (text.endsWith(u'0')) text.chop(1);
    if (text.endsWith(u'.')) text.chop(1);
  }
  return text;
}

QString with_unit(double value, QStringView unit) {
  QString text = three_digits(value) + kThinSpace;
  text += unit;
  return text;
}

int decimals_for(int64_t step_ns) {
  int decimals = 0;
  for (int64_t unit = 1'000'000'000; unit > 1 && step_ns < unit && decimals < 9; unit /= 10) ++decimals;
  return decimals;
}

}  // namespace

QString duration_text(double ns) {
  const double size = std::abs(ns);
  if (size < 999.5) return with_unit(std::round(ns), u"ns");
  if (size < 999.5e3) return with_unit(ns / 1e3, u"µs");
  if (size < 999.5e6) return with_unit(ns / 1e6, u"ms");
  if (size < 600e9) return with_unit(ns / 1e9, u"s");
  if (size < 600 * 60e9) return with_unit(ns / 60e9, u"min");
  return with_unit(ns / 3600e9, u"h");
}

QString count_text(uint64_t count) {
  QString digits = QString::number(count);
  for (auto at = digits.size() - 3; at > 0; at -= 3) digits.insert(at, u',');
  return digits;
}

QString short_count_text(double count) {
  const double size = std::abs(count);
  if (size < 9999.5) return three_digits(count);
  if (size < 999.5e3) return with_unit(count / 1e3, u"k");
  if (size < 999.5e6) return with_unit(count / 1e6, u"M");
  return with_unit(count / 1e9, u"G");
}

QString bytes_text(double bytes) {
  static constexpr std::array<QStringView, 7> kUnits = {u"B", u"KiB", u"MiB", u"GiB", u"TiB", u"PiB", u"EiB"};
  size_t unit = 0;
  while (std::abs(bytes) >= 999.5 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return with_unit(bytes, kUnits[unit]);
}

QString moment_text(int64_t ns, int64_t step_ns) {
  const int decimals = decimals_for(step_ns);
  // Whole numbers: a double has not the digits for nanoseconds of a long recording.
  const uint64_t size = ns < 0 ? 0 - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  uint64_t whole = size / 1'000'000'000, part = size % 1'000'000'000;
  uint64_t unit = 1;
  for (int i = decimals; i < 9; ++i) unit *= 10;
  part = (part + unit / 2) / unit;
  if (part * unit >= 1'000'000'000) {
    ++whole;
    part = 0;
  }
  QString text = (ns < 0 ? QStringLiteral("−") : QString()) + QString::number(whole);
  if (decimals) text += u'.' + QString::number(part).rightJustified(decimals, u'0');
  return text + kThinSpace + u's';
}

QString wall_clock_text(int64_t ns, int64_t step_ns, int64_t start_real_ns, int32_t utc_offset_seconds) {
  const int64_t real_ns = start_real_ns + ns;
  const int64_t seconds = real_ns >= 0 ? real_ns / 1'000'000'000 : (real_ns - 999'999'999) / 1'000'000'000;
  const auto part = static_cast<uint64_t>(real_ns - seconds * 1'000'000'000);
  const QDateTime time = QDateTime::fromSecsSinceEpoch(seconds, Qt::OffsetFromUTC, utc_offset_seconds);
  QString text = time.toString(QStringLiteral("HH:mm:ss"));
  const int decimals = decimals_for(step_ns);
  if (decimals) text += u'.' + QString::number(part).rightJustified(9, u'0').left(decimals);
  return text;
}

}  // namespace ebpftrace::gui
