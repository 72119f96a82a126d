// SPDX-License-Identifier: Apache-2.0
// ebpf-view: shows a recording.
#include <QApplication>
#include <QSettings>
#include <cstdio>
#include <cstdlib>

#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"
#include "gui/style/view_style.h"
#include "gui/window/main_window.h"
#include "gui/window/options.h"
#include "gui/window/screenshot.h"
#include "gui/work/preferences.h"

namespace {

bool wants_screenshot(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (QByteArray(argv[i]).startsWith("--screenshot") || QByteArray(argv[i]) == "--help" ||
        QByteArray(argv[i]) == "-h" || QByteArray(argv[i]) == "--version" || QByteArray(argv[i]) == "-V")
      return true;
  return false;
}

// What the platform without a display cannot do is no news to somebody who asked for a picture.
void leave_out_platform(QtMsgType type, const QMessageLogContext&, const QString& text) {
  if (text.startsWith(QStringLiteral("This plugin does not support")) ||
      text.startsWith(QStringLiteral("QStandardPaths: XDG_RUNTIME_DIR not set")))
    return;
  std::fprintf(stderr, "%s\n", qPrintable(text));
  if (type == QtFatalMsg) std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ebpftrace::gui;
  // These show nothing on a display, and must do without one.
  if (wants_screenshot(argc, argv)) {
    qInstallMessageHandler(leave_out_platform);
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  }
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("ebpf-view"));
  QApplication::setOrganizationName(QStringLiteral("ebpf-trace"));
  QApplication::setApplicationVersion(QStringLiteral(EBPFTRACE_VERSION));
  QApplication::setDesktopFileName(QStringLiteral("org.ebpftrace.View"));
  QApplication::setStyle(new ViewStyle);

  const ParsedViewOptions parsed =
      parse_view_options(QApplication::arguments().mid(1), QStringLiteral(EBPFTRACE_VERSION));
  if (parsed.exit_status) {
    std::fputs(qPrintable(parsed.message), parsed.is_error ? stderr : stdout);
    return *parsed.exit_status;
  }
  const bool screenshot = !parsed.options.screenshot.isEmpty();
  const Preferences preferences = screenshot ? Preferences() : Preferences::read(QSettings());
  bool dark = desktop_is_dark();
  if (preferences.theme != Preferences::Theme::kDesktop) dark = preferences.theme == Preferences::Theme::kDark;
  dark = parsed.options.dark.value_or(dark);
  QApplication::setPalette(qt_palette(dark ? dark_colours() : light_colours()));
  QApplication::setFont(text_font(sizes::kBaseText));

  MainWindow window;
  if (!screenshot) window.restoreGeometry(QSettings().value(QStringLiteral("geometry")).toByteArray());
  if (screenshot) take_screenshot(window, parsed.options.screenshot);
  window.setWallClock(preferences.wall_clock);
  window.apply(parsed.options);
  window.show();
  return QApplication::exec();
}
