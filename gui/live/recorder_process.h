// SPDX-License-Identifier: Apache-2.0
// ebpf-record, started by us: says when its file can be opened, keeps the end of what it prints, and ends it in order with SIGINT.
// Destroyed while it runs, it ends the recorder in the same way and waits for that. GUI thread; holds no widget.
#pragma once

#include <QDateTime>
#include <QObject>
#include <QProcess>
#include <QTimer>

#include "gui/live/record_command.h"

namespace ebpftrace::gui {

class RecorderProcess : public QObject {
  Q_OBJECT

 public:
  explicit RecorderProcess(QObject* parent = nullptr);
  ~RecorderProcess() override;

  // `output` is the file that it will write.
  void start(const RecordCommand& command, const QString& output);
  void stop();
  bool isRunning() const { return process_.state() != QProcess::NotRunning; }
  bool isStopping() const { return stopping_; }
  QString output() const { return output_; }
  QString printed() const;  // the end of what it, and the command, printed

 signals:
  void fileBegun(const QString& file);
  // Why it did not record; empty: it did.
  void finished(const QString& error);

 private:
  void look();
  void tellToStop();
  void ended(const QString& error);

  QProcess process_;
  QTimer timer_;
  QString output_;
  QByteArray printed_;
  QDateTime changed_before_;
  qint64 bytes_before_ = 0;
  bool begun_ = false, stopping_ = false, told_ = false;
};

// Whom a signal must reach: sudo doesn't take one from the user who called it, its child does. The process itself, or the
// first below it that is no sudo.
qint64 recorder_below(qint64 pid);

}  // namespace ebpftrace::gui
