// SPDX-License-Identifier: Apache-2.0
#include "gui/live/record_command.h"

#include <sys/xattr.h>
#include <unistd.h>

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QObject>
#include <QRegularExpression>
#include <QSettings>
#include <QStandardPaths>

#include "gui/work/preferences.h"

namespace ebpftrace::gui {
namespace {

constexpr int kMostStringBytes = 4095;

// What a shell would do something with: here it would be a letter of a word, and not what was meant.
bool is_shell_syntax(QChar c) { return QStringLiteral("|&;<>()`$*?\n").contains(c); }

bool may_run(const QString& file) { return QFileInfo(file).isFile() && QFileInfo(file).isExecutable(); }

}  // namespace

std::optional<QStringList> command_words(const QString& text, QString& error) {
  QStringList words;
  QString word;
  bool in_word = false;
  for (qsizetype i = 0; i < text.size(); ++i) {
    const QChar c = text[i];
    if (c == u'\'' || c == u'"') {
      in_word = true;
      qsizetype end = i + 1;
      for (; end < text.size() && text[end] != c; ++end) {
        if (c == u'"' && text[end] == u'\\' && end + 1 < text.size() &&
            QStringLiteral("\"\\$`").contains(text[end + 1]))
          ++end;
        word += text[end];
      }
      if (end == text.size()) {
        error = QObject::tr("The command has a %1 that is not closed.").arg(c);
        return std::nullopt;
      }
      i = end;
    } else if (c == u'\\' && i + 1 < text.size()) {
      in_word = true;
      word += text[++i];
    } else if (c == u' ' || c == u'\t') {
      if (in_word) words += word;
      word.clear();
      in_word = false;
    } else if (is_shell_syntax(c)) {
      error = QObject::tr("The command has %1, which only a shell understands: write sh -c '…' around it, or quote it.")
                  .arg(c == u'\n' ? QObject::tr("a line end") : QString(c));
      return std::nullopt;
    } else {
      in_word = true;
      word += c;
    }
  }
  if (in_word) words += word;
  return words;
}

QString shell_word(const QString& word) {
  static const QRegularExpression kPlain(QStringLiteral("^[A-Za-z0-9_@%+=:,./-]+$"));
  if (kPlain.match(word).hasMatch()) return word;
  return u'\'' + QString(word).replace(u'\'', QStringLiteral("'\\''")) + u'\'';
}

QString RecordCommand::shellLine() const {
  QStringList words{shell_word(program)};
  for (const QString& argument : arguments) words += shell_word(argument);
  return words.join(u' ');
}

QString find_recorder(const QString& preferred) {
  if (const QString named = qEnvironmentVariable("EBPF_RECORD"); may_run(named))
    return QFileInfo(named).absoluteFilePath();
  if (may_run(preferred)) return preferred;
  const QString beside = QCoreApplication::applicationDirPath();
  for (const char* place : {"/ebpf-record", "/../recorder/ebpf-record"})
    if (const QString file = QDir::cleanPath(beside + QLatin1String(place)); may_run(file)) return file;
  return QStandardPaths::findExecutable(QStringLiteral("ebpf-record"));
}

Privileges find_privileges() {
  Privileges found;
  found.recorder = find_recorder(Preferences::read(QSettings()).recorder);
  const bool has_own = ::geteuid() == 0 ||
                       ::getxattr(QFile::encodeName(found.recorder).constData(), "security.capability", nullptr, 0) > 0;
  if (has_own) {
    found.by = Privileges::By::kOwn;
  } else if (found.helper = QStandardPaths::findExecutable(QStringLiteral("pkexec")); !found.helper.isEmpty()) {
    found.by = Privileges::By::kPkexec;
  } else if (found.helper = QStandardPaths::findExecutable(QStringLiteral("sudo")); !found.helper.isEmpty()) {
    found.by = qEnvironmentVariableIsSet("SUDO_ASKPASS") ? Privileges::By::kSudoAsk : Privileges::By::kSudo;
  }
  return found;
}

RecordCommand record_command(const RecordOptions& options, const Privileges& privileges) {
  RecordCommand made;
  auto fail = [&](const QString& error) {
    made = {};
    made.error = error;
    return made;
  };
  if (privileges.recorder.isEmpty())
    return fail(QObject::tr("ebpf-record is not installed: it is neither beside this program nor in PATH."));
  if (privileges.by == Privileges::By::kNone)
    return fail(
        QObject::tr("Recording needs root, and there is neither pkexec nor sudo: run ebpf-record as root, and open its "
                    "file here while it grows."));
  QStringList arguments;
  if (options.output.trimmed().isEmpty()) return fail(QObject::tr("Name the file to record into."));
  const QFileInfo output(options.output.trimmed());
  if (output.isDir()) return fail(QObject::tr("%1 is a folder: name a file in it.").arg(output.filePath()));
  if (!output.absoluteDir().exists())
    return fail(QObject::tr("There is no folder %1 to record into.").arg(output.absolutePath()));
  // Only errors: what it prints is shown if it fails.
  arguments << QStringLiteral("-q") << QStringLiteral("-o") << output.absoluteFilePath();

  if (const QString calls = options.calls.simplified().remove(u' '); !calls.isEmpty())
    arguments << QStringLiteral("-e") << calls;
  if (const QString limit = options.string_limit.trimmed(); !limit.isEmpty()) {
    bool ok = false;
    const int bytes = limit.toInt(&ok);
    if (!ok || bytes < 0 || bytes > kMostStringBytes)
      return fail(
          QObject::tr("%1 bytes of each buffer: it is a number from 0 to %2.").arg(limit).arg(kMostStringBytes));
    arguments << QStringLiteral("-s") << QString::number(bytes);
  }
  if (options.data) arguments << QStringLiteral("--data");
  if (const QString duration = options.duration.trimmed(); !duration.isEmpty()) {
    bool ok = false;
    const double seconds = duration.toDouble(&ok);
    if (!ok || !(seconds > 0) || seconds > 1e9)
      return fail(QObject::tr("%1 is no number of seconds above 0, such as 10 or 0.5.").arg(duration));
    arguments << QStringLiteral("-d") << duration;
  }

  if (options.what == RecordOptions::What::kProcesses) {
    QStringList pids;
    static const QRegularExpression kGaps(QStringLiteral("[\\s,]+"));
    for (const QString& pid : options.pids.split(kGaps, Qt::SkipEmptyParts)) {
      bool ok = false;
      if (pid.toUInt(&ok) == 0 || !ok) return fail(QObject::tr("%1 is no process id.").arg(pid));
      pids += pid;
    }
    if (pids.isEmpty()) return fail(QObject::tr("Name the processes to record by their ids, such as 4711, 4712."));
    arguments << QStringLiteral("-p") << pids.join(u',');
  }
  if (options.what == RecordOptions::What::kCommand) {
    QString error;
    const auto words = command_words(options.command, error);
    if (!words) return fail(error);
    if (words->isEmpty()) return fail(QObject::tr("Write the command to record, such as make -j4."));
    made.folder = options.folder.trimmed();
    if (!made.folder.isEmpty() && !QFileInfo(made.folder).isDir())
      return fail(QObject::tr("There is no folder %1 to run the command in.").arg(made.folder));
    arguments << QStringLiteral("--");
    // It begins elsewhere, whatever folder it is called from.
    if (privileges.by == Privileges::By::kPkexec)
      arguments << QStringLiteral("env") << QStringLiteral("-C")
                << QDir(made.folder.isEmpty() ? QDir::currentPath() : made.folder).absolutePath();
    arguments << *words;
  }

  switch (privileges.by) {
    case Privileges::By::kPkexec:
      arguments.prepend(privileges.recorder);
      break;
    case Privileges::By::kSudoAsk:
      arguments = QStringList{QStringLiteral("-A"), QStringLiteral("--"), privileges.recorder} + arguments;
      break;
    case Privileges::By::kSudo:
      // Nobody could answer if it asked for a password.
      arguments = QStringList{QStringLiteral("-n"), QStringLiteral("--"), privileges.recorder} + arguments;
      break;
    default:
      break;
  }
  made.program = privileges.helper.isEmpty() ? privileges.recorder : privileges.helper;
  made.arguments = arguments;
  return made;
}

}  // namespace ebpftrace::gui
