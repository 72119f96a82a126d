// SPDX-License-Identifier: Apache-2.0
// What the palette promises: text can be read on everything that it stands on, classes can be told from the base.
#include "gui/style/palette.h"

#include <QtTest>

using namespace ebpftrace::gui;

class PaletteTest : public QObject {
  Q_OBJECT

 private slots:
  void text_is_readable_on_every_ground_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void text_is_readable_on_every_ground() {
    QFETCH(bool, dark);
    const Colours& c = dark ? dark_colours() : light_colours();
    for (const QColor& text : {c.text, c.muted, c.error_text})
      for (const QColor& ground : {c.base, c.window, c.alternate, c.gold_tint})
        QVERIFY2(contrast(text, ground) >= 4.5, qPrintable(text.name() + " on " + ground.name()));
    QVERIFY(contrast(c.gold_text, c.gold_tint) >= 4.5);
    for (size_t i = 0; i + 1 < c.classes.size(); ++i)
      QVERIFY2(contrast(c.classes[i], c.base) >= 3, qPrintable(c.classes[i].name()));
    for (const QColor& one : c.classes) QVERIFY(contrast(text_on(one), one) >= 4.5);
  }
  void the_palette_of_a_widget_tells_the_theme() {
    QVERIFY(colours_for(qt_palette(dark_colours())).dark);
    QVERIFY(!colours_for(qt_palette(light_colours())).dark);
  }
  void mixing_is_between() {
    QCOMPARE(mixed(QColor(0, 0, 0), QColor(255, 255, 255), 0), QColor(255, 255, 255));
    QCOMPARE(mixed(QColor(0, 0, 0), QColor(255, 255, 255), 1), QColor(0, 0, 0));
    QCOMPARE(mixed(QColor(0, 0, 0), QColor(200, 100, 50), 0.5), QColor(100, 50, 25));
  }
};

QTEST_MAIN(PaletteTest)
#include "palette_test.moc"
