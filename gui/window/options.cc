// SPDX-License-Identifier: Apache-2.0
#include "gui/window/options.h"

#include <QFile>
#include <QRegularExpression>

namespace ebpftrace::gui {
namespace {

constexpr char kHelp[] = R"(ebpf-view: shows recordings of ebpf-record as a timeline with tables.

Usage: ebpf-view [FILE...] [OPTIONS]

  FILE                   the recording; several: the parts of one
  --filter EXPR          show what passes, as in ebpf-analyze --filter
  --range A..B           select a range of time: 1.5s..2s, -10s.., @exec:make..
  --at MOMENT            where the playhead is: 1.5s, @exec:make; what there was then is the view moment
  --stream PID:FD|ADDR   what went through that descriptor or socket; with --at, as the descriptor was then
  --view NAME            a view that was kept (Ctrl+B), or the table in front: events, files, top-io, moment ...
  --theme light|dark     colours; without it as the desktop has them
  --size WxH             of the window, in pixels
  --screenshot OUT.png   write what the window shows to a file and exit; needs no display
  -h, --help             print this help
  -V, --version          print the version

Examples:
  ebpf-view run.trace
  ebpf-view run.*.trace --filter 'failed && path ~ "^/etc"'
  ebpf-view run.trace --range @exec:make.. --view files --screenshot make.png --size 1920x1080

Exit status: 0 closed, or the screenshot is written; 1 usage, or a file that cannot be read or written.
)";

constexpr int kLeastSide = 320, kMostSide = 16384;

}  // namespace

ParsedViewOptions parse_view_options(const QStringList& arguments, const QString& version) {
  ParsedViewOptions parsed;
  auto fail = [&](const QString& message) {
    parsed.exit_status = 1;
    parsed.is_error = true;
    parsed.message = QStringLiteral("ebpf-view: %1\nTry ebpf-view --help.\n").arg(message);
    return parsed;
  };
  bool only_files = false;
  for (qsizetype i = 0; i < arguments.size(); ++i) {
    QString name = arguments[i];
    if (only_files || !name.startsWith(u'-') || name == QLatin1String("-")) {
      if (name == QLatin1String("-"))
        return fail(QStringLiteral("standard input can't be shown: a file is read in any order; use ebpf-analyze -"));
      parsed.options.files.push_back(QFile::encodeName(name).toStdString());
      continue;
    }
    if (name == QLatin1String("--")) {
      only_files = true;
      continue;
    }
    if (name == QLatin1String("-h") || name == QLatin1String("--help")) {
      parsed.exit_status = 0;
      parsed.message = QString::fromLatin1(kHelp);
      return parsed;
    }
    if (name == QLatin1String("-V") || name == QLatin1String("--version")) {
      parsed.exit_status = 0;
      parsed.message = QStringLiteral("ebpf-view %1\n").arg(version);
      return parsed;
    }
    std::optional<QString> value;
    if (const qsizetype equals = name.indexOf(u'='); equals > 0) {
      value = name.mid(equals + 1);
      name.truncate(equals);
    }
    static const QStringList kKnown = {
        QStringLiteral("--filter"), QStringLiteral("--range"), QStringLiteral("--view"), QStringLiteral("--screenshot"),
        QStringLiteral("--size"),   QStringLiteral("--theme"), QStringLiteral("--at"),   QStringLiteral("--stream")};
    if (!kKnown.contains(name)) return fail(QStringLiteral("unknown option %1").arg(name));
    if (!value) {
      if (i + 1 >= arguments.size()) return fail(QStringLiteral("%1 needs a value").arg(name));
      value = arguments[++i];
    }
    if (name == QLatin1String("--filter")) parsed.options.filter = *value;
    if (name == QLatin1String("--at")) parsed.options.at = *value;
    if (name == QLatin1String("--stream")) parsed.options.stream = *value;
    if (name == QLatin1String("--view")) parsed.options.view = *value;
    if (name == QLatin1String("--screenshot")) parsed.options.screenshot = *value;
    if (name == QLatin1String("--range")) {
      const qsizetype dots = value->indexOf(QLatin1String(".."));
      if (dots < 0)
        return fail(QStringLiteral("--range %1: needs two moments with .. between them, such as 1.5s..2s").arg(*value));
      parsed.options.from = value->left(dots).trimmed();
      parsed.options.to = value->mid(dots + 2).trimmed();
    }
    if (name == QLatin1String("--size")) {
      static const QRegularExpression kSize(QStringLiteral("^(\\d{1,6})[x×](\\d{1,6})$"));
      const QRegularExpressionMatch match = kSize.match(*value);
      const QSize size(match.captured(1).toInt(), match.captured(2).toInt());
      if (!match.hasMatch() || size.width() < kLeastSide || size.height() < kLeastSide || size.width() > kMostSide ||
          size.height() > kMostSide)
        return fail(QStringLiteral("--size %1: needs WIDTHxHEIGHT, each %2 to %3, such as 1280x800")
                        .arg(*value)
                        .arg(kLeastSide)
                        .arg(kMostSide));
      parsed.options.size = size;
    }
    if (name == QLatin1String("--theme")) {
      if (*value != QLatin1String("light") && *value != QLatin1String("dark"))
        return fail(QStringLiteral("--theme %1: is light or dark").arg(*value));
      parsed.options.dark = *value == QLatin1String("dark");
    }
  }
  if (!parsed.options.screenshot.isEmpty() && parsed.options.files.empty())
    return fail(QStringLiteral("--screenshot needs a FILE to show"));
  return parsed;
}

}  // namespace ebpftrace::gui
