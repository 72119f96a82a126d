// SPDX-License-Identifier: Apache-2.0
#include "gui/live/file_marks.h"

#include <sys/stat.h>

#include <QObject>
#include <algorithm>

#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"

namespace ebpftrace::gui {

std::optional<FileMarks::Mark> FileMarks::mark_of(const std::string& file) {
  struct stat info;
  if (::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return Mark{file, info.st_dev, info.st_ino, static_cast<uint64_t>(info.st_size)};
}

FileMarks::FileMarks(const std::vector<std::string>& files) {
  for (const std::string& file : files)
    if (const auto mark = mark_of(file)) marks_.push_back(*mark);
}

std::optional<FileMarks::Change> FileMarks::look() const {
  for (const Mark& mark : marks_) {
    const auto now = mark_of(mark.file);
    if (!now) continue;
    const QString name = plain_text(mark.file.substr(mark.file.rfind('/') + 1), 80);
    if (now->device != mark.device || now->inode != mark.inode)
      return Change{QObject::tr("The file was replaced while it was open"),
                    QObject::tr("%1 is another file now. What is shown is of the one before.").arg(name), true};
    if (now->bytes < mark.bytes)
      return Change{QObject::tr("The file was cut while it was open"),
                    QObject::tr("%1 had %2 bytes and has %3: what was behind them cannot be read any more.")
                        .arg(name, count_text(mark.bytes), count_text(now->bytes))};
  }
  return std::nullopt;
}

void FileMarks::grow() {
  for (Mark& mark : marks_) {
    const auto now = mark_of(mark.file);
    if (now && now->device == mark.device && now->inode == mark.inode) mark.bytes = std::max(mark.bytes, now->bytes);
  }
}

}  // namespace ebpftrace::gui
