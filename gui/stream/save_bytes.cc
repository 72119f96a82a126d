// SPDX-License-Identifier: Apache-2.0
#include "gui/stream/save_bytes.h"

#include <QObject>
#include <QSaveFile>
#include <algorithm>
#include <stdexcept>

#include "gui/style/quantity_text.h"

namespace ebpftrace::gui {

SavedBytes save_bytes(const StreamStory& story, StreamWay way, const QString& path, const std::stop_token& stop) {
  const WayStory& of = story.ways[static_cast<size_t>(way)];
  QSaveFile file(path);
  file.setDirectWriteFallback(false);  // never over an old one in place: half of it would be left if it fails
  auto refuse = [&] {
    throw std::runtime_error(QObject::tr("cannot write '%1': %2").arg(path, file.errorString()).toStdString());
  };
  if (!file.open(QIODevice::WriteOnly)) refuse();
  SavedBytes saved{std::max(of.written.bytes, of.read.bytes)};
  for (const OffsetRun& run : of.runs)
    if (!run.known) saved.missing += run.bytes;
  // Where both ends kept something, what was written holds: what was read is it, or there is a fault to be looked at.
  for (const StreamSide* side : {&of.read, &of.written})
    for (const KnownBytes& known : side->known) {
      if (stop.stop_requested()) {
        file.cancelWriting();
        saved.stopped = true;
        return saved;
      }
      const auto size = static_cast<qint64>(known.data.size());
      if (!file.seek(static_cast<qint64>(known.offset)) || file.write(known.data.data(), size) != size) refuse();
    }
  if (!file.flush() || !file.resize(static_cast<qint64>(saved.bytes)) || !file.commit()) refuse();
  return saved;
}

QString saved_text(const SavedBytes& saved) {
  if (saved.stopped) return QObject::tr("stopped; nothing was saved");
  QString text = QObject::tr("%1 B saved").arg(count_text(saved.bytes));
  if (saved.missing) text += QObject::tr("; %1 of them were not recorded and are zeros").arg(count_text(saved.missing));
  return text;
}

}  // namespace ebpftrace::gui
