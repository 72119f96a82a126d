// SPDX-License-Identifier: Apache-2.0
// What somebody noted about a recording: markers in time, named views, a text. Every change can be undone. GUI thread; no window.
#pragma once

#include <QObject>
#include <QString>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/api/timeline.h"

namespace ebpftrace::gui {

struct Marker {
  int64_t at_ns = 0;  // since the recording's start
  QString text;
  bool operator==(const Marker&) const = default;
};

struct SavedView {
  QString name;
  analyzer::TimeSpan view;                  // in view
  std::optional<analyzer::TimeSpan> range;  // selected
  std::optional<int64_t> playhead;
  QString filter, tab, colour_by;
  std::vector<std::string> hidden, pinned;  // lanes, by their keys
  bool operator==(const SavedView&) const = default;
};

struct Notes {
  std::vector<Marker> markers;   // by time
  std::vector<SavedView> views;  // by name
  QString text;
  bool operator==(const Notes&) const = default;
  bool isEmpty() const { return markers.empty() && views.empty() && text.isEmpty(); }
};

class Notebook : public QObject {
  Q_OBJECT

 public:
  static constexpr size_t kMostUndo = 200;

  using QObject::QObject;

  const Notes& notes() const { return now_; }
  const SavedView* findView(const QString& name) const;
  // The first after a time, the last before it.
  const Marker* nextMarker(int64_t ns) const;
  const Marker* previousMarker(int64_t ns) const;
  bool canUndo() const { return !before_.empty(); }
  bool canRedo() const { return !undone_.empty(); }

  // As they were read; nothing to undo.
  void take(Notes notes);

 public slots:
  void addMarker(int64_t at_ns, const QString& text);
  void renameMarker(size_t position, const QString& text);
  void removeMarker(size_t position);
  void saveView(const ebpftrace::gui::SavedView& view);  // takes the place of one of that name
  void renameView(size_t position, const QString& name);
  void removeView(size_t position);
  void setText(const QString& text);
  void undo();
  void redo();

 signals:
  void changed();  // to be shown
  void edited();   // to be kept

 private:
  void set(Notes next);

  Notes now_;
  std::vector<Notes> before_, undone_;
};

}  // namespace ebpftrace::gui
