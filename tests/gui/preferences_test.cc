// SPDX-License-Identifier: Apache-2.0
// What a user wants always: kept, read again, and used by the window and for Record.
#include "gui/work/preferences.h"

#include <QComboBox>
#include <QFile>
#include <QLineEdit>
#include <QSettings>
#include <QTemporaryDir>
#include <QtTest>

#include "gui/live/record_command.h"
#include "gui/style/palette.h"
#include "gui/window/preferences_dialog.h"
#include "tests/gui/open_window.h"

using namespace ebpftrace::gui;

class PreferencesTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

  template <typename Widget>
  Widget* named(QWidget& dialog, const char* name) {
    for (auto* widget : dialog.findChildren<Widget*>())
      if (widget->accessibleName() == QLatin1String(name)) return widget;
    return nullptr;
  }
  QString program(const char* name) {
    QFile file(folder_.filePath(name));
    file.open(QIODevice::WriteOnly);
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    return file.fileName();
  }

 private slots:
  void initTestCase() {
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, folder_.path());
    QCoreApplication::setOrganizationName("ebpf-trace");
    QCoreApplication::setApplicationName("ebpf-view-test");
    qunsetenv("EBPF_RECORD");
  }
  void init() { QSettings().clear(); }

  void what_is_kept_is_read_again() {
    QSettings settings;
    QCOMPARE(Preferences::read(settings), Preferences());
    Preferences wanted;
    wanted.theme = Preferences::Theme::kLight;
    wanted.wall_clock = true;
    wanted.remember_recent = false;
    wanted.recorder = "/opt/ebpf-record";
    wanted.write(settings);
    QCOMPARE(Preferences::read(settings), wanted);
    // What is as it comes is not in the file.
    Preferences().write(settings);
    QCOMPARE(settings.allKeys(), QStringList());
  }

  void what_is_changed_holds_at_once() {
    MainWindow window;
    window.actions().find("preferences")->trigger();
    auto* dialog = window.findChild<PreferencesDialog*>();
    QVERIFY(dialog);
    named<QComboBox>(*dialog, "Colours")->setCurrentIndex(2);
    QVERIFY(colours_for(QApplication::palette()).dark);
    QVERIFY(window.actions().find("dark")->isChecked());
    named<QComboBox>(*dialog, "Times")->setCurrentIndex(1);
    QVERIFY(window.actions().find("clock")->isChecked());
    QCOMPARE(Preferences::read(QSettings()).theme, Preferences::Theme::kDark);
    QCOMPARE(Preferences::read(QSettings()).wall_clock, true);
    named<QComboBox>(*dialog, "Colours")->setCurrentIndex(0);
    QCOMPARE(colours_for(QApplication::palette()).dark, desktop_is_dark());
    // The menu says the same.
    window.actions().find("dark")->trigger();
    QCOMPARE(Preferences::read(QSettings()).theme,
             desktop_is_dark() ? Preferences::Theme::kLight : Preferences::Theme::kDark);
    QCOMPARE(Preferences::read(QSettings()).wall_clock, true);
  }

  void only_what_can_be_run_is_taken_for_the_recorder() {
    const QString good = program("ebpf-record");
    PreferencesDialog dialog({}, {}, nullptr);
    auto* recorder = named<QLineEdit>(dialog, "Recorder");
    recorder->setText(good);
    QCOMPARE(dialog.preferences().recorder, good);
    for (const QString& bad : {QString("/nowhere/ebpf-record"), QString("ebpf-record"), folder_.path()}) {
      recorder->setText(bad);
      QCOMPARE(dialog.preferences().recorder, good);
      const auto remarks = dialog.findChildren<QLabel*>();
      QVERIFY(std::any_of(remarks.begin(), remarks.end(), [](QLabel* label) {
        return !label->isHidden() && (label->text().startsWith("No program") || label->text().startsWith("That is no"));
      }));
    }
    recorder->setText({});
    QCOMPARE(dialog.preferences().recorder, QString());
  }

  void the_recorder_that_was_named_is_run() {
    const QString good = program("my-recorder");
    QCOMPARE(find_recorder(good), good);
    QVERIFY(find_recorder("/nowhere/ebpf-record") != "/nowhere/ebpf-record");
    Preferences wanted;
    wanted.recorder = good;
    QSettings settings;
    wanted.write(settings);
    settings.sync();
    QCOMPARE(find_privileges().recorder, good);
  }

  void files_are_remembered_only_if_that_is_wanted() {
    {
      OpenWindow open({SAMPLES_FOLDER "/build.trace"});
      QCOMPARE(QSettings().value("recent").toStringList().size(), 1);
    }
    QSettings settings;
    settings.remove("recent");
    Preferences wanted;
    wanted.remember_recent = false;
    wanted.write(settings);
    settings.sync();
    OpenWindow open({SAMPLES_FOLDER "/build.trace"});
    QCOMPARE(QSettings().value("recent").toStringList(), QStringList());
  }
};

QTEST_MAIN(PreferencesTest)
#include "preferences_test.moc"
