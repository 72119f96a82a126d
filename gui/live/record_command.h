// SPDX-License-Identifier: Apache-2.0
// What to record, as people say it, and the command line of ebpf-record that does it. No window.
#pragma once

#include <QString>
#include <QStringList>
#include <optional>

namespace ebpftrace::gui {

struct RecordOptions {
  enum class What { kCommand, kProcesses, kMachine };
  What what = What::kCommand;
  QString command;  // as one types it; quotes as in a shell, but no shell: no pipes, no variables
  QString folder;   // in which it runs; empty: that of this program
  QString pids;     // "4711, 4712"
  QString calls;    // as --trace takes them: "%file,!close"; empty: all
  bool data = false;
  QString string_limit;  // bytes of each buffer and text; empty: the recorder's own
  QString duration;      // seconds; empty: until it ends
  QString output;        // the trace
};

// How ebpf-record gets the privileges that it needs.
struct Privileges {
  enum class By { kNone, kOwn, kPkexec, kSudoAsk, kSudo };
  By by = By::kNone;
  QString recorder, helper;  // programs; no helper where it has its own
};
// As this machine has it: own for root and for a recorder that has file capabilities, else pkexec, else sudo.
Privileges find_privileges();
// ebpf-record: $EBPF_RECORD, the preferred one, beside this program, or in PATH; empty: it is not installed.
QString find_recorder(const QString& preferred);

struct RecordCommand {
  QString program;
  QStringList arguments;
  QString folder;
  QString error;  // of what can't be: one line that names it and the remedy; then there is no program
  bool isValid() const { return error.isEmpty(); }
  QString shellLine() const;  // as one would type it
};
RecordCommand record_command(const RecordOptions& options, const Privileges& privileges);

// The words of a command as a shell would divide them: ' " and \ quote. Nothing: `error` says why.
std::optional<QStringList> command_words(const QString& text, QString& error);
// One word, quoted for a shell if it must be.
QString shell_word(const QString& word);

}  // namespace ebpftrace::gui
