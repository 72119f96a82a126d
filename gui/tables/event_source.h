// SPDX-License-Identifier: Apache-2.0
// The events that a table shows, however many: pages of them are read on worker threads when somebody looks at them, and at most
// kMostPages are held. GUI thread; holds no widget.
#pragma once

#include <QObject>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "analyzer/api/event_rows.h"
#include "gui/window/recording.h"
#include "gui/window/scope.h"
#include "gui/work/workers.h"

namespace ebpftrace::gui {

class EventSource : public QObject {
  Q_OBJECT

 public:
  static constexpr uint64_t kPageRows = 128;
  static constexpr size_t kMostPages = 64;

  EventSource(Workers& workers, QObject* parent);

  // nullptr: nothing is open.
  void setRecording(std::shared_ptr<const Recording> recording);
  void ask(const Inquiry& inquiry);

  // What is looked at: the event at the top, the selected one.
  struct Place {
    std::optional<analyzer::EventRef> top, current;
    bool at_end = false;  // the last row is in view, and stays there
    uint64_t visible = 0;
  };
  // There is more of the recording: what was asked is asked again, and its rows stay until the new ones that are in view
  // are there. grown() says where the place is then.
  void grow(std::shared_ptr<const Recording> recording, const Place& place);

  bool counted() const { return counted_; }
  uint64_t rows() const { return rows_; }
  QString error() const { return error_; }  // why there are none
  // What reads them, for others who step through them; nullptr: they are not counted yet.
  std::shared_ptr<analyzer::EventRows> events() const { return events_; }
  // nullptr: not read yet; it is being read, and pageRead() says when it is there.
  const analyzer::EventRow* row(uint64_t offset);
  // The same without reading.
  const analyzer::EventRow* heldRow(uint64_t offset) const;

  // Where an event, or the first at or after a moment, is. found(nothing): not among the rows.
  void find(const analyzer::EventRef& event, std::function<void(std::optional<uint64_t>)> found);
  void findTime(int64_t ns, std::function<void(std::optional<uint64_t>)> found);

 signals:
  void reset();  // other rows, or how many there are is known now
  void grown(std::optional<uint64_t> top, std::optional<uint64_t> current);
  void pageRead();  // rows that were asked for are there

 private:
  using Page = std::vector<analyzer::EventRow>;
  struct Held {
    uint64_t page;
    Page rows;
  };

  void request(uint64_t page);
  void keep(uint64_t page, Page rows);

  Workers& workers_;
  PoolJob count_job_, find_job_, grow_job_;
  PoolJob page_jobs_[2];
  uint64_t requested_[2] = {UINT64_MAX, UINT64_MAX};
  unsigned next_job_ = 0;
  std::shared_ptr<const Recording> recording_;
  std::shared_ptr<analyzer::EventRows> events_;
  Inquiry inquiry_;
  bool counted_ = false;
  uint64_t rows_ = 0;
  QString error_;
  std::list<Held> pages_;  // the latest looked at first
  std::unordered_map<uint64_t, std::list<Held>::iterator> by_page_;
};

}  // namespace ebpftrace::gui
