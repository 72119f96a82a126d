// SPDX-License-Identifier: Apache-2.0
#include "gui/tables/event_source.h"

#include <utility>

namespace ebpftrace::gui {
namespace {

// nullptr: it was stopped. The session lives as long as what reads it.
std::shared_ptr<analyzer::EventRows> counted_rows(const std::shared_ptr<const Recording>& recording,
                                                  const Inquiry& inquiry, const PoolJob::Task& task) {
  std::optional<int64_t> from, to;
  if (inquiry.range) {
    from = inquiry.range->from_ns;
    to = inquiry.range->to_ns;
  }
  auto rows = std::shared_ptr<analyzer::EventRows>(
      new analyzer::EventRows(*recording->session, inquiry.whole_filter(), from, to),
      [recording](analyzer::EventRows* all) { delete all; });
  const bool counted =
      rows->count(task.stop, [&](const analyzer::Progress& progress) { task.tell(progress.done, progress.all); });
  return counted ? rows : nullptr;
}

}  // namespace

EventSource::EventSource(Workers& workers, QObject* parent)
    : QObject(parent),
      workers_(workers),
      count_job_(workers, tr("Counting events"), this),
      find_job_(workers, tr("Finding the event"), this),
      grow_job_(workers, tr("Following the recording"), this),
      page_jobs_{{workers, tr("Reading events"), this}, {workers, tr("Reading events"), this}} {}

void EventSource::setRecording(std::shared_ptr<const Recording> recording) {
  recording_ = std::move(recording);
  ask({});
}

void EventSource::ask(const Inquiry& inquiry) {
  inquiry_ = inquiry;
  events_.reset();
  pages_.clear();
  by_page_.clear();
  counted_ = false;
  rows_ = 0;
  error_.clear();
  for (unsigned i = 0; i < 2; ++i) {
    page_jobs_[i].cancel();
    requested_[i] = UINT64_MAX;
  }
  find_job_.cancel();
  count_job_.cancel();
  grow_job_.cancel();
  emit reset();
  if (!recording_) return;
  count_job_.start(
      [recording = recording_, inquiry](const PoolJob::Task& task) {
        auto rows = counted_rows(recording, inquiry, task);
        const uint64_t count = rows ? rows->rows() : 0;
        return std::pair(std::move(rows), count);
      },
      [this](auto&& found) {
        events_ = std::move(found.first);
        rows_ = found.second;
        counted_ = events_ != nullptr;
        if (!counted_) error_ = tr("Counting was cancelled.");
        emit reset();
      },
      [this](const QString& what) {
        error_ = what;
        counted_ = true;
        emit reset();
      });
}

void EventSource::grow(std::shared_ptr<const Recording> recording, const Place& place) {
  recording_ = std::move(recording);
  if (!events_) return ask(Inquiry(inquiry_));
  struct Grown {
    std::shared_ptr<analyzer::EventRows> events;
    std::optional<uint64_t> top, current;
    std::vector<Held> pages;
  };
  grow_job_.start(
      [recording = recording_, inquiry = inquiry_, place](const PoolJob::Task& task) {
        Grown grown;
        grown.events = counted_rows(recording, inquiry, task);
        if (!grown.events) return grown;
        const uint64_t rows = grown.events->rows();
        if (place.current) grown.current = grown.events->offset_of(*place.current);
        if (place.top && !place.at_end) grown.top = grown.events->offset_of(*place.top);
        const uint64_t end = rows > place.visible ? rows - place.visible : 0;
        const uint64_t first = place.at_end ? end : grown.top.value_or(0),
                       last = std::min(rows, first + place.visible + 1);
        for (uint64_t page = first / kPageRows; page * kPageRows < last; ++page)
          grown.pages.push_back({page, grown.events->read(page * kPageRows, kPageRows, task.stop)});
        return grown;
      },
      [this](Grown&& found) {
        if (!found.events) return;
        events_ = std::move(found.events);
        rows_ = events_->rows();
        pages_.clear();
        by_page_.clear();
        for (unsigned i = 0; i < 2; ++i) {
          page_jobs_[i].cancel();
          requested_[i] = UINT64_MAX;
        }
        find_job_.cancel();
        for (Held& held : found.pages) keep(held.page, std::move(held.rows));
        emit grown(found.top, found.current);
      },
      [this](const QString& what) {
        error_ = what;
        emit reset();
      });
}

const analyzer::EventRow* EventSource::heldRow(uint64_t offset) const {
  const auto found = by_page_.find(offset / kPageRows);
  if (found == by_page_.end()) return nullptr;
  const Page& rows = found->second->rows;
  const auto at = static_cast<size_t>(offset % kPageRows);
  return at < rows.size() ? &rows[at] : nullptr;
}

const analyzer::EventRow* EventSource::row(uint64_t offset) {
  if (offset >= rows_) return nullptr;
  const uint64_t page = offset / kPageRows;
  const auto found = by_page_.find(page);
  if (found == by_page_.end()) {
    request(page);
    return nullptr;
  }
  pages_.splice(pages_.begin(), pages_, found->second);
  return heldRow(offset);
}

void EventSource::request(uint64_t page) {
  if (!events_ || requested_[0] == page || requested_[1] == page) return;
  // What is in view takes two pages at most; what was asked for before that is no longer looked at.
  const unsigned job = next_job_++ % 2;
  requested_[job] = page;
  page_jobs_[job].start([events = events_, page](
                            const PoolJob::Task& task) { return events->read(page * kPageRows, kPageRows, task.stop); },
                        [this, job, page](Page&& rows) {
                          requested_[job] = UINT64_MAX;
                          keep(page, std::move(rows));
                          emit pageRead();
                        },
                        [this, job](const QString& what) {
                          requested_[job] = UINT64_MAX;
                          error_ = what;
                          emit reset();
                        });
}

void EventSource::keep(uint64_t page, Page rows) {
  if (by_page_.contains(page)) return;
  pages_.push_front({page, std::move(rows)});
  by_page_[page] = pages_.begin();
  while (pages_.size() > kMostPages) {
    by_page_.erase(pages_.back().page);
    pages_.pop_back();
  }
}

void EventSource::find(const analyzer::EventRef& event, std::function<void(std::optional<uint64_t>)> found) {
  if (!events_) return;
  find_job_.start([events = events_, event](const PoolJob::Task&) { return events->offset_of(event); },
                  [found = std::move(found)](std::optional<uint64_t> offset) { found(offset); });
}

void EventSource::findTime(int64_t ns, std::function<void(std::optional<uint64_t>)> found) {
  if (!events_) return;
  find_job_.start([events = events_, ns](const PoolJob::Task&) { return events->offset_of(ns); },
                  [this, found = std::move(found)](uint64_t offset) {
                    found(offset < rows_ ? std::optional(offset) : std::nullopt);
                  });
}

}  // namespace ebpftrace::gui
