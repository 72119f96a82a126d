// SPDX-License-Identifier: Apache-2.0
#include "gui/live/record_again.h"

#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>
#include <QStringList>
#include <algorithm>
#include <map>

#include "analyzer/api/filter.h"

namespace ebpftrace::gui {
namespace {

using analyzer::Lane;
using analyzer::LaneKind;

// The groups of the recorder that hold the calls of a class of the timeline.
const std::map<QString, QString>& groups_of_classes() {
  static const std::map<QString, QString> groups = {{QStringLiteral("file"), QStringLiteral("%file,%desc")},
                                                    {QStringLiteral("network"), QStringLiteral("%net")},
                                                    {QStringLiteral("process"), QStringLiteral("%process")},
                                                    {QStringLiteral("memory"), QStringLiteral("%memory")},
                                                    {QStringLiteral("signal / ipc"), QStringLiteral("%signal,%ipc")}};
  return groups;
}

// "event == \"openat\"", "syscall in {\"open\", openat}": the values, if that is all that the condition says.
QStringList values_of(const QString& condition, const QString& fields) {
  static const QString kValue = QStringLiteral("(?:\"[^\"\\\\]*\"|[A-Za-z_][A-Za-z0-9_]*)");
  const QRegularExpression one(QStringLiteral("^\\(?\\s*(?:%1)\\s*==\\s*(%2)\\s*\\)?$").arg(fields, kValue));
  const QRegularExpression several(QStringLiteral("^\\(?\\s*(?:%1)\\s+in\\s*[{(]([^{}()]*)[})]\\s*\\)?$").arg(fields));
  QStringList values;
  if (const auto match = one.match(condition); match.hasMatch())
    values = {match.captured(1)};
  else if (const auto list = several.match(condition); list.hasMatch())
    values = list.captured(1).split(u',', Qt::SkipEmptyParts);
  for (QString& value : values) value = value.trimmed().remove(u'"');
  return values;
}

bool is_process(const Lane& lane) { return lane.kind == LaneKind::kProcess || lane.kind == LaneKind::kThread; }

}  // namespace

QString calls_of_filter(const QString& filter) {
  static const QRegularExpression kName(QStringLiteral("^[a-z_][a-z0-9_]*$"));
  static const QStringList kOthers = {QStringLiteral("fork"),   QStringLiteral("exec"),    QStringLiteral("exit"),
                                      QStringLiteral("flow"),   QStringLiteral("packet"),  QStringLiteral("security"),
                                      QStringLiteral("marker"), QStringLiteral("traffic"), QStringLiteral("metrics")};
  QStringList calls;
  for (const std::string& text : analyzer::filter_conditions(filter.toStdString())) {
    const QString condition = QString::fromStdString(text).trimmed();
    QStringList found = values_of(condition, QStringLiteral("event|syscall"));
    if (found.isEmpty())
      for (const QString& name : values_of(condition, QStringLiteral("class")))
        if (const auto group = groups_of_classes().find(name); group != groups_of_classes().end())
          found += group->second.split(u',');
    for (const QString& call : found)
      if (!calls.contains(call) && (call.startsWith(u'%') || (kName.match(call).hasMatch() && !kOthers.contains(call))))
        calls += call;
  }
  return calls.join(u',');
}

QString free_name_beside(const QString& file) {
  const QFileInfo info(file);
  static const QRegularExpression kNumber(QStringLiteral("\\.\\d+$"));
  const QString stem = info.completeBaseName().remove(kNumber), ending = info.suffix();
  for (int number = 2;; ++number) {
    const QString name = info.dir().filePath(
        QStringLiteral("%1.%2%3").arg(stem).arg(number).arg(ending.isEmpty() ? QString() : u'.' + ending));
    if (!QFileInfo::exists(name)) return name;
  }
}

RecordOptions record_again(const std::vector<Lane>& lanes, const std::vector<uint32_t>& selected, const QString& filter,
                           const std::vector<std::string>& recorded_with, const QString& file) {
  RecordOptions options;
  options.output = free_name_beside(file);
  options.calls = calls_of_filter(filter);
  // What is given in one word with its value is taken over too.
  for (size_t i = 1; i < recorded_with.size() && recorded_with[i] != "--"; ++i) {
    const QString word = QString::fromStdString(recorded_with[i]);
    const QString next = i + 1 < recorded_with.size() ? QString::fromStdString(recorded_with[i + 1]) : QString();
    if (word == QLatin1String("--data")) options.data = true;
    if (word == QLatin1String("-s") || word == QLatin1String("--string-limit")) options.string_limit = next;
    if (word.startsWith(QLatin1String("--string-limit="))) options.string_limit = word.section(u'=', 1);
  }
  const Lane* lane = nullptr;
  for (const uint32_t number : selected)
    if (!lane && number < lanes.size() && is_process(lanes[number])) lane = &lanes[number];
  // A thread's command is its process's.
  while (lane && lane->kind == LaneKind::kThread && lane->parent < lanes.size()) lane = &lanes[lane->parent];
  if (!lane) {
    const auto first = std::find_if(lanes.begin(), lanes.end(),
                                    [](const Lane& one) { return one.kind == LaneKind::kProcess && one.recorded; });
    if (first != lanes.end()) lane = &*first;
  }
  if (!lane) return options;
  options.command = QString::fromStdString(lane->command.empty() ? lane->name : lane->command);
  // What is there still, and was there before, is recorded as it runs.
  if (!lane->ended && lane->pid) {
    options.pids = QString::number(lane->pid);
    QFileInfo process(QStringLiteral("/proc/%1").arg(lane->pid));
    QFile name(QStringLiteral("/proc/%1/comm").arg(lane->pid));
    if (process.exists() && name.open(QIODevice::ReadOnly) &&
        name.readAll().trimmed().toStdString() == lane->name.substr(0, 15))
      options.what = RecordOptions::What::kProcesses;
  }
  return options;
}

}  // namespace ebpftrace::gui
