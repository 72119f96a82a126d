// SPDX-License-Identifier: Apache-2.0
// What the window asks about: a filter, a range of time, some lanes. Tables, statistics and "as command line" all get it from
// here. Remembers what was asked before, for undo. GUI thread; holds no widget.
#pragma once

#include <QObject>
#include <QString>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/api/timeline.h"

namespace ebpftrace::gui {

struct Inquiry {
  QString filter;                           // as it stands in the field
  std::optional<analyzer::TimeSpan> range;  // A to B; none: all of the time
  QString lanes;                            // a condition; empty: all lanes
  std::optional<int64_t> moment;            // of the playhead: what is asked about a state is asked of then
  bool operator==(const Inquiry&) const = default;

  // The filter and the lanes.
  std::string whole_filter() const;
  // With both and the range, for any question that takes them.
  analyzer::Asked asked() const;
};

class Scope : public QObject {
  Q_OBJECT

 public:
  static constexpr size_t kMostUndo = 200;

  using QObject::QObject;

  const Inquiry& now() const { return now_; }
  bool canUndo() const { return !before_.empty(); }
  bool canRedo() const { return !undone_.empty(); }

  // One condition of the filter for each chip.
  std::vector<std::string> conditions() const;

 public slots:
  void setFilter(const QString& filter);
  void setRange(const std::optional<ebpftrace::analyzer::TimeSpan>& range);
  void setLanes(const QString& condition);
  // Both at once: one step of undo.
  void setSelection(const std::optional<ebpftrace::analyzer::TimeSpan>& range, const QString& lanes);
  // No step of undo.
  void setMoment(std::optional<int64_t> ns);
  void addCondition(const QString& condition);
  void removeCondition(size_t position);
  void undo();
  void redo();
  void forget();  // another recording

 signals:
  void changed();
  void momentChanged();

 private:
  void set(Inquiry next);

  Inquiry now_;
  std::vector<Inquiry> before_, undone_;
};

}  // namespace ebpftrace::gui
