// SPDX-License-Identifier: Apache-2.0
#include "gui/share/save.h"

#include <QFile>
#include <QFileInfo>
#include <QObject>
#include <QSaveFile>
#include <QTemporaryDir>
#include <stdexcept>

#include "analyzer/api/export_file.h"
#include "analyzer/rewrite/rewrite.h"
#include "gui/style/plain_text.h"

namespace ebpftrace::gui {
namespace {

std::string bytes_of(const QString& path) { return QFile::encodeName(path).toStdString(); }

QString ending_of(const std::string& name) {
  if (name == "html") return QStringLiteral(".html");
  if (name == "chrome") return QStringLiteral(".json");
  if (name == "perfetto") return QStringLiteral(".pftrace");
  if (name == "pcapng") return QStringLiteral(".pcapng");
  return u'.' + QString::fromStdString(name);
}

void save_table(const SaveRequest& request, const analyzer::Asked& asked) {
  QSaveFile file(request.path);
  file.setDirectWriteFallback(false);  // never over the old one in place: half a table would be left if it fails
  auto refuse = [&] {
    throw std::runtime_error(QObject::tr("cannot write '%1': %2").arg(request.path, file.errorString()).toStdString());
  };
  if (!file.open(QIODevice::WriteOnly)) refuse();
  const auto format =
      request.form.kind == SaveForm::Kind::kTableJson ? analyzer::Format::kJson : analyzer::Format::kCsv;
  analyzer::write_answer(
      *request.table.question, *request.recording->session, asked, format, [&](std::string_view piece) {
        if (file.write(piece.data(), static_cast<qint64>(piece.size())) != static_cast<qint64>(piece.size())) refuse();
      });
  if (asked.stop.stop_requested()) return file.cancelWriting();
  if (!file.commit()) refuse();
}

// A redaction is of a whole recording: of a part, that part is made first, where nobody else can read it.
analyzer::Result redacted_slice(const SaveRequest& request, const analyzer::Asked& asked) {
  QTemporaryDir folder(QFileInfo(request.path).absolutePath() + QStringLiteral("/.ebpf-view-XXXXXX"));
  if (!folder.isValid())
    throw std::runtime_error(
        QObject::tr("cannot write '%1': %2").arg(request.path, folder.errorString()).toStdString());
  const std::string slice = bytes_of(folder.filePath(QStringLiteral("slice.trace")));
  analyzer::Result result = analyzer::write_slice(*request.recording->session, asked, slice);
  if (result.stopped) return result;
  const std::string files[] = {slice};
  const auto sessions = analyzer::Session::open(files);
  analyzer::Asked all;
  all.stop = asked.stop;
  all.progress = asked.progress;
  return analyzer::write_redaction(*sessions.front(), all, bytes_of(request.path));
}

}  // namespace

std::vector<SaveForm> save_forms() {
  using Kind = SaveForm::Kind;
  std::vector<SaveForm> forms = {
      {Kind::kPicture,
       QObject::tr("The timeline as a picture"),
       QObject::tr("What is in view: .png in pixels, .svg in lines and text."),
       QStringLiteral(".png"),
       {}},
      {Kind::kTableCsv,
       QObject::tr("This table as CSV"),
       QObject::tr("All rows of the table in front, with exact numbers, for spreadsheets and scripts."),
       QStringLiteral(".csv"),
       {}},
      {Kind::kTableJson,
       QObject::tr("This table as JSON"),
       QObject::tr("All rows of the table in front, as ebpf-analyze --format json has them."),
       QStringLiteral(".json"),
       {}},
      {Kind::kSlice,
       QObject::tr("A smaller recording"),
       QObject::tr("A recording of its own with just these events and what they refer to."),
       QStringLiteral(".trace"),
       {}},
      {Kind::kRedactedSlice,
       QObject::tr("A smaller recording without names"),
       QObject::tr(
           "The same, but paths, addresses, arguments, names and contents are replaced by pseudonyms or dropped: "
           "for others."),
       QStringLiteral(".trace"),
       {}},
      {Kind::kRedacted,
       QObject::tr("All of it without names"),
       QObject::tr(
           "The whole recording, but paths, addresses, arguments, names and contents are replaced by pseudonyms or "
           "dropped: for others."),
       QStringLiteral(".trace"),
       {}}};
  for (const analyzer::ExportForm& form : analyzer::export_forms()) {
    SaveForm one;
    one.export_name = form.name;
    one.title = form.name == "html" ? QObject::tr("A report as HTML")
                                    : QObject::tr("For other programs: %1").arg(QString::fromStdString(form.name));
    one.help = QString::fromStdString(form.help);
    if (!one.help.isEmpty()) one.help = one.help.left(1).toUpper() + one.help.mid(1) + u'.';
    if (!form.is_folder) one.ending = ending_of(form.name);
    // The report is for people, as the table and the picture are.
    if (form.name == "html")
      forms.insert(forms.begin() + 3, one);
    else
      forms.push_back(one);
  }
  return forms;
}

std::optional<QString> save(const SaveRequest& request, const PoolJob::Task& task) {
  using Kind = SaveForm::Kind;
  const bool of_table = request.form.kind == Kind::kTableCsv || request.form.kind == Kind::kTableJson;
  analyzer::Asked asked = of_table                       ? request.table.asked
                          : request.form.isOfSelection() ? request.inquiry.asked()
                                                         : analyzer::Asked();
  asked.stop = task.stop;
  asked.progress = [&](const analyzer::Progress& progress) { task.tell(progress.done, progress.all); };
  // Whoever writes over what is read has neither.
  for (const std::string& file : request.recording->files) {
    const QString canonical = QFileInfo(QFile::decodeName(file.c_str())).canonicalFilePath();
    if (!canonical.isEmpty() && canonical == QFileInfo(request.path).canonicalFilePath())
      throw std::runtime_error(
          QObject::tr("'%1' is the recording itself: choose another name").arg(request.path).toStdString());
  }
  analyzer::Result result;
  switch (request.form.kind) {
    case Kind::kTableCsv:
    case Kind::kTableJson:
      save_table(request, asked);
      break;
    case Kind::kExport:
      result =
          analyzer::export_file(request.form.export_name, *request.recording->session, asked, bytes_of(request.path));
      break;
    case Kind::kSlice:
      result = analyzer::write_slice(*request.recording->session, asked, bytes_of(request.path));
      break;
    case Kind::kRedactedSlice:
      result = redacted_slice(request, asked);
      break;
    case Kind::kRedacted:
      result = analyzer::write_redaction(*request.recording->session, asked, bytes_of(request.path));
      break;
    case Kind::kPicture:
      throw std::runtime_error("a picture is the window's");
  }
  if (task.stop.stop_requested() || result.stopped) return std::nullopt;
  QStringList notes;
  for (const std::string& shortfall : result.shortfalls) notes += plain_text(shortfall, 200);
  return notes.join(QStringLiteral("; "));
}

QString proposed_name(const SaveForm& form, const std::string& recording_file, const QString& table) {
  const QFileInfo file(QFile::decodeName(recording_file.c_str()));
  QString stem = file.completeBaseName();
  switch (form.kind) {
    case SaveForm::Kind::kTableCsv:
    case SaveForm::Kind::kTableJson:
      stem += u'.' + table;
      break;
    case SaveForm::Kind::kSlice:
      stem += QStringLiteral(".slice");
      break;
    case SaveForm::Kind::kRedactedSlice:
    case SaveForm::Kind::kRedacted:
      stem += QStringLiteral(".redacted");
      break;
    default:
      break;
  }
  return file.absoluteDir().filePath(
      stem + (form.ending.isEmpty() ? u'.' + QString::fromStdString(form.export_name) : form.ending));
}

}  // namespace ebpftrace::gui
