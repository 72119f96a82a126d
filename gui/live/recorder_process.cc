// SPDX-License-Identifier: Apache-2.0
#include "gui/live/recorder_process.h"

#include <signal.h>

#include <QFile>
#include <QFileInfo>

#include "analyzer/api/recording_file.h"
#include "gui/style/plain_text.h"

namespace ebpftrace::gui {
namespace {

constexpr int kLookMs = 100, kMostPrinted = 32 * 1024, kEndMs = 10'000;
// Its exit status says either how the command ended or what hindered it: docs/man/ebpf-record.1.
constexpr int kFirstOwnStatus = 117, kLastOwnStatus = 127;

}  // namespace

qint64 recorder_below(qint64 pid) {
  for (int depth = 0; depth < 4; ++depth) {
    QFile name(QStringLiteral("/proc/%1/comm").arg(pid));
    if (!name.open(QIODevice::ReadOnly) || name.readAll().trimmed() != "sudo") return pid;
    QFile children(QStringLiteral("/proc/%1/task/%1/children").arg(pid));
    if (!children.open(QIODevice::ReadOnly)) return pid;
    const qint64 child = children.readAll().split(' ').value(0).toLongLong();
    if (child <= 0) return pid;
    pid = child;
  }
  return pid;
}

RecorderProcess::RecorderProcess(QObject* parent) : QObject(parent) {
  process_.setProcessChannelMode(QProcess::MergedChannels);
  process_.setStandardInputFile(QProcess::nullDevice());
  timer_.setInterval(kLookMs);
  connect(&timer_, &QTimer::timeout, this, &RecorderProcess::look);
  connect(&process_, &QProcess::readyRead, this, [this] {
    printed_ += process_.readAll();
    if (printed_.size() > kMostPrinted) printed_.remove(0, printed_.size() - kMostPrinted);
  });
  connect(&process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart)
      ended(tr("%1 cannot be started: %2").arg(process_.program(), process_.errorString()));
  });
  connect(&process_, &QProcess::finished, this, [this](int status, QProcess::ExitStatus how) {
    printed_ += process_.readAll();
    look();
    // It says errors only, and its status may be that of the command.
    QStringList own, all;
    for (const QByteArray& line : printed_.split('\n')) {
      if (line.trimmed().isEmpty()) continue;
      all += plain_text(line.toStdString(), 400);
      if (line.startsWith("ebpf-record: ")) own += all.last().mid(13);
    }
    QString error;
    if (how == QProcess::CrashExit)
      error = tr("The recorder was ended by a signal.");
    else if (!own.isEmpty() && (!begun_ || (status >= kFirstOwnStatus && status <= kLastOwnStatus)))
      error = own.join(u'\n');
    else if (!begun_)
      error = all.isEmpty() ? tr("The recorder ended with status %1 and recorded nothing.").arg(status) : all.last();
    ended(error);
  });
}

RecorderProcess::~RecorderProcess() {
  process_.disconnect(this);
  if (!isRunning()) return;
  stop();
  process_.waitForFinished(kEndMs);
}

void RecorderProcess::start(const RecordCommand& command, const QString& output) {
  output_ = QFileInfo(output).absoluteFilePath();
  bytes_before_ = QFileInfo(output_).size();
  changed_before_ = QFileInfo(output_).lastModified();
  printed_.clear();
  begun_ = stopping_ = told_ = false;
  process_.setWorkingDirectory(command.folder);
  process_.start(command.program, command.arguments, QIODevice::ReadOnly);
  timer_.start();
}

void RecorderProcess::stop() {
  if (!isRunning()) return;
  stopping_ = true;
  tellToStop();
}

// Until it has become the user that it records for, it takes no signal from that user: then again at the next look.
void RecorderProcess::tellToStop() {
  told_ = ::kill(static_cast<pid_t>(recorder_below(process_.processId())), SIGINT) == 0;
}

// A file that was there before is the recorder's as soon as it is locked, which is before it is emptied.
void RecorderProcess::look() {
  if (stopping_ && !told_ && isRunning()) tellToStop();
  if (begun_ || output_.isEmpty()) return;
  const bool over = !isRunning();
  if (QFileInfo(output_).size() == 0) return;
  if (!over && !analyzer::is_being_written(QFile::encodeName(output_).toStdString())) return;
  // It may be over before anybody looked.
  if (over && QFileInfo(output_).size() == bytes_before_ && QFileInfo(output_).lastModified() == changed_before_)
    return;
  begun_ = true;
  emit fileBegun(output_);
}

void RecorderProcess::ended(const QString& error) {
  timer_.stop();
  emit finished(error);
}

QString RecorderProcess::printed() const { return QString::fromUtf8(printed_); }

}  // namespace ebpftrace::gui
