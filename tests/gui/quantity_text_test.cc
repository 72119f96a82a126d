// SPDX-License-Identifier: Apache-2.0
#include "gui/style/quantity_text.h"

#include <QtTest>

using namespace ebpftrace::gui;

class QuantityTextTest : public QObject {
  Q_OBJECT

 private slots:
  void durations_data() {
    QTest::addColumn<double>("ns");
    QTest::addColumn<QString>("text");
    QTest::newRow("ns") << 732.0 << "732\u2009ns";
    QTest::newRow("microseconds") << 15'400.0 << "15.4\u2009µs";
    QTest::newRow("rounds up to the next unit") << 999'800.0 << "1\u2009ms";
    QTest::newRow("ms") << 3'030'000.0 << "3.03\u2009ms";
    QTest::newRow("hundreds") << 376'700'000.0 << "377\u2009ms";
    QTest::newRow("s") << 8.64e9 << "8.64\u2009s";
    QTest::newRow("nothing") << 0.0 << "0\u2009ns";
  }
  void durations() {
    QFETCH(double, ns);
    QFETCH(QString, text);
    QCOMPARE(duration_text(ns), text);
  }
  void counts_have_separators() {
    QCOMPARE(count_text(0), QStringLiteral("0"));
    QCOMPARE(count_text(999), QStringLiteral("999"));
    QCOMPARE(count_text(207'581), QStringLiteral("207,581"));
    QCOMPARE(count_text(UINT64_MAX), QStringLiteral("18,446,744,073,709,551,615"));
  }
  void bytes() {
    QCOMPARE(bytes_text(116), QStringLiteral("116\u2009B"));
    QCOMPARE(bytes_text(13.9 * 1024 * 1024), QStringLiteral("13.9\u2009MiB"));
  }
  void moments_have_the_digits_that_a_step_needs() {
    QCOMPARE(moment_text(6'500'000'000, 500'000'000), QStringLiteral("6.5\u2009s"));
    QCOMPARE(moment_text(11'138'137'000, 1'000), QStringLiteral("11.138137\u2009s"));
    QCOMPARE(moment_text(999'999'999, 100'000'000), QStringLiteral("1.0\u2009s"));
    QCOMPARE(moment_text(-1'500'000'000, 100'000'000), QStringLiteral("−1.5\u2009s"));
    QCOMPARE(moment_text(3'600'000'000'001, 1), QStringLiteral("3600.000000001\u2009s"));
  }
  void the_wall_clock_is_the_recorded_hosts() {
    QCOMPARE(wall_clock_text(1'500'000'000, 100'000'000, 1'700'000'000'000'000'000, 3600),
             QStringLiteral("23:13:21.5"));
    QCOMPARE(wall_clock_text(-1, 1'000'000'000, 0, 0), QStringLiteral("23:59:59"));
  }
};

QTEST_MAIN(QuantityTextTest)
#include "quantity_text_test.moc"
