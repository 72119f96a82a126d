// SPDX-License-Identifier: Apache-2.0
#include "gui/notes/sidecar.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <QStandardPaths>
#include <stdexcept>

#include "gui/style/plain_text.h"

namespace ebpftrace::gui {
namespace {

constexpr char kFormat[] = "ebpf-view notes";
constexpr int kVersion = 1;
constexpr qsizetype kMostMarkers = 10'000, kMostViews = 1000, kMostLanes = 100'000, kMostText = 4096,
                    kMostNote = 1 << 20;

// What doesn't fit is an exception with the place in it: nothing of such a file is taken.
[[noreturn]] void refuse(const QString& what) { throw std::runtime_error(what.toStdString()); }

QString text_at(const QJsonObject& object, const char* name, qsizetype most, const QString& place) {
  const QJsonValue value = object[QLatin1String(name)];
  if (value.isUndefined()) return {};
  if (!value.isString() || value.toString().size() > most)
    refuse(QObject::tr("%1: “%2” is no text of at most %3 characters").arg(place, QLatin1String(name)).arg(most));
  return value.toString();
}

int64_t time_of(const QJsonValue& value, const QString& place) {
  constexpr qint64 kNone = INT64_MIN;
  const qint64 ns = value.isDouble() ? value.toInteger(kNone) : kNone;
  // A thousand years on both sides.
  constexpr int64_t kMost = int64_t{8'000'000'000} * 1'000'000'000;
  if (ns == kNone || ns < -kMost || ns > kMost) refuse(QObject::tr("%1: is no time in nanoseconds").arg(place));
  return ns;
}

analyzer::TimeSpan span_of(const QJsonValue& value, const QString& place) {
  const QJsonArray ends = value.toArray();
  if (ends.size() != 2) refuse(QObject::tr("%1: needs two times").arg(place));
  const analyzer::TimeSpan span{time_of(ends[0], place), time_of(ends[1], place)};
  if (span.to_ns <= span.from_ns) refuse(QObject::tr("%1: ends before it begins").arg(place));
  return span;
}

QJsonArray array_at(const QJsonObject& object, const char* name, qsizetype most, const QString& place) {
  const QJsonValue value = object[QLatin1String(name)];
  if (value.isUndefined()) return {};
  if (!value.isArray() || value.toArray().size() > most)
    refuse(QObject::tr("%1: “%2” is no list of at most %3 entries").arg(place, QLatin1String(name)).arg(most));
  return value.toArray();
}

std::vector<std::string> lanes_at(const QJsonObject& object, const char* name, const QString& place) {
  std::vector<std::string> lanes;
  for (const QJsonValue& lane : array_at(object, name, kMostLanes, place)) {
    if (!lane.isString() || lane.toString().size() > kMostText) refuse(QObject::tr("%1: a lane is no text").arg(place));
    lanes.push_back(lane.toString().toStdString());
  }
  return lanes;
}

QJsonArray span_json(const analyzer::TimeSpan& span) {
  return {static_cast<qint64>(span.from_ns), static_cast<qint64>(span.to_ns)};
}

QJsonArray lanes_json(const std::vector<std::string>& lanes) {
  QJsonArray list;
  for (const std::string& lane : lanes) list.append(QString::fromStdString(lane));
  return list;
}

Notes notes_of(const QJsonObject& root) {
  Notes notes;
  notes.text = text_at(root, "text", kMostNote, QObject::tr("notes"));
  int number = 0;
  for (const QJsonValue& value : array_at(root, "markers", kMostMarkers, QObject::tr("notes"))) {
    const QString place = QObject::tr("marker %1").arg(++number);
    if (!value.isObject()) refuse(QObject::tr("%1: is no object").arg(place));
    const QJsonObject object = value.toObject();
    notes.markers.push_back(
        {time_of(object[QLatin1String("at_ns")], place), text_at(object, "text", kMostText, place)});
  }
  number = 0;
  for (const QJsonValue& value : array_at(root, "views", kMostViews, QObject::tr("notes"))) {
    const QString place = QObject::tr("view %1").arg(++number);
    if (!value.isObject()) refuse(QObject::tr("%1: is no object").arg(place));
    const QJsonObject object = value.toObject();
    SavedView view;
    view.name = text_at(object, "name", kMostText, place);
    if (view.name.trimmed().isEmpty()) refuse(QObject::tr("%1: has no name").arg(place));
    view.view = span_of(object[QLatin1String("view_ns")], place);
    if (object.contains(QLatin1String("range_ns"))) view.range = span_of(object[QLatin1String("range_ns")], place);
    if (object.contains(QLatin1String("playhead_ns")))
      view.playhead = time_of(object[QLatin1String("playhead_ns")], place);
    view.filter = text_at(object, "filter", 32 * 1024, place);
    view.tab = text_at(object, "tab", kMostText, place);
    view.colour_by = text_at(object, "colour_by", kMostText, place);
    view.hidden = lanes_at(object, "hidden_lanes", place);
    view.pinned = lanes_at(object, "pinned_lanes", place);
    notes.views.push_back(std::move(view));
  }
  return notes;
}

}  // namespace

QByteArray notes_json(const Notes& notes, const std::string& recording_id) {
  QJsonObject root;
  root[QLatin1String("format")] = QLatin1String(kFormat);
  root[QLatin1String("version")] = kVersion;
  root[QLatin1String("recording")] = QString::fromStdString(recording_id);
  if (!notes.text.isEmpty()) root[QLatin1String("text")] = notes.text;
  QJsonArray markers, views;
  for (const Marker& marker : notes.markers)
    markers.append(QJsonObject{{QStringLiteral("at_ns"), static_cast<qint64>(marker.at_ns)},
                               {QStringLiteral("text"), marker.text}});
  for (const SavedView& view : notes.views) {
    QJsonObject object;
    object[QLatin1String("name")] = view.name;
    object[QLatin1String("view_ns")] = span_json(view.view);
    if (view.range) object[QLatin1String("range_ns")] = span_json(*view.range);
    if (view.playhead) object[QLatin1String("playhead_ns")] = static_cast<qint64>(*view.playhead);
    if (!view.filter.isEmpty()) object[QLatin1String("filter")] = view.filter;
    if (!view.tab.isEmpty()) object[QLatin1String("tab")] = view.tab;
    if (!view.colour_by.isEmpty()) object[QLatin1String("colour_by")] = view.colour_by;
    if (!view.hidden.empty()) object[QLatin1String("hidden_lanes")] = lanes_json(view.hidden);
    if (!view.pinned.empty()) object[QLatin1String("pinned_lanes")] = lanes_json(view.pinned);
    views.append(object);
  }
  root[QLatin1String("markers")] = markers;
  root[QLatin1String("views")] = views;
  return QJsonDocument(root).toJson();
}

ReadNotes notes_of_json(const QByteArray& json, const std::string& recording_id) {
  if (json.size() > kMostNoteBytes) return {{}, QObject::tr("it has more than %1 bytes").arg(kMostNoteBytes)};
  QJsonParseError wrong;
  const QJsonDocument document = QJsonDocument::fromJson(json, &wrong);
  if (!document.isObject())
    return {{},
            wrong.error == QJsonParseError::NoError
                ? QObject::tr("it is no JSON object")
                : QObject::tr("it is no JSON: %1 at byte %2").arg(wrong.errorString()).arg(wrong.offset)};
  const QJsonObject root = document.object();
  if (root[QLatin1String("format")].toString() != QLatin1String(kFormat))
    return {{}, QObject::tr("these are no notes of ebpf-view")};
  if (root[QLatin1String("version")].toInt() != kVersion)
    return {{}, QObject::tr("it is of another version of ebpf-view")};
  if (root[QLatin1String("recording")].toString().toStdString() != recording_id)
    return {{}, QObject::tr("it is about another recording")};
  try {
    return {notes_of(root), {}};
  } catch (const std::runtime_error& error) {
    return {{}, QString::fromUtf8(error.what())};
  }
}

Sidecar::Sidecar(const std::string& recording_file, std::string recording_id) : recording_id_(std::move(recording_id)) {
  const QFileInfo file(QFile::decodeName(recording_file.c_str()));
  beside_ = file.absoluteFilePath() + QStringLiteral(".view");
  const QString name =
      recording_id_.empty()
          ? QString::fromLatin1(
                QCryptographicHash::hash(file.absoluteFilePath().toUtf8(), QCryptographicHash::Sha256).toHex().left(32))
          : QString::fromStdString(recording_id_);
  own_ = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/ebpf-trace/notes/") +
         name + QStringLiteral(".view");
}

Sidecar::Loaded Sidecar::load() {
  Loaded loaded;
  path_.clear();
  beside_is_foreign_ = false;
  QDateTime newest;
  for (const QString& path : {beside_, own_}) {
    const QFileInfo info(path);
    if (!info.exists() && !info.isSymLink()) continue;
    QString error;
    QFile file(path);
    ReadNotes read;
    if (!info.isFile())
      read.error = QObject::tr("it is no regular file");
    else if (info.size() > kMostNoteBytes)
      read.error = QObject::tr("it has more than %1 bytes").arg(kMostNoteBytes);
    else if (!file.open(QIODevice::ReadOnly))
      read.error = file.errorString();
    else
      read = notes_of_json(file.read(kMostNoteBytes + 1), recording_id_);
    if (!read.error.isEmpty()) {
      loaded.message =
          QObject::tr("%1 is left alone: %2")
              .arg(plain_text(QFileInfo(path).fileName().toStdString(), 80), plain_text(read.error.toStdString(), 200));
      if (path == beside_) beside_is_foreign_ = true;
      continue;
    }
    // Who could not write beside it wrote the other one later.
    if (newest.isValid() && info.lastModified() <= newest) continue;
    newest = info.lastModified();
    loaded.notes = std::move(read.notes);
    path_ = path;
  }
  return loaded;
}

QString Sidecar::save(const Notes& notes) {
  const QByteArray json = notes_json(notes, recording_id_);
  if (json.size() > kMostNoteBytes) return QObject::tr("the notes are longer than %1 bytes").arg(kMostNoteBytes);
  QString error;
  for (const QString& path : {beside_, own_}) {
    if (path == beside_ && beside_is_foreign_) continue;
    if (path == own_ && !QDir().mkpath(QFileInfo(own_).absolutePath())) {
      error = QObject::tr("cannot make the folder %1").arg(QFileInfo(own_).absolutePath());
      continue;
    }
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(json) == json.size() && file.commit()) {
      path_ = path;
      return {};
    }
    error = QObject::tr("cannot write %1: %2").arg(path, file.errorString());
  }
  return error;
}

}  // namespace ebpftrace::gui
