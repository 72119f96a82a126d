// SPDX-License-Identifier: Apache-2.0
#include "gui/work/workers.h"

#include <QMetaObject>
#include <algorithm>
#include <exception>

namespace ebpftrace::gui {
namespace {

// A question has threads of its own; this many may be at work at a time.
constexpr int kThreads = 4;

}  // namespace

Workers::Workers(QObject* parent) : QObject(parent) { pool_.setMaxThreadCount(kThreads); }

Workers::~Workers() {
  emit cancelled();
  pool_.waitForDone();
}

void Workers::begin(const QString& what) {
  ++running_;
  if (running_ == 1) {
    progress_ = -1;
    what_ = what;
  }
  emit changed();
}

void Workers::end() {
  if (--running_ == 0) {
    progress_ = -1;
    what_.clear();
  }
  emit changed();
}

void Workers::tell(double share, const QString& what) {
  progress_ = std::clamp(share, 0.0, 1.0);
  what_ = what;
  emit changed();
}

void Workers::cancelAll() { emit cancelled(); }

PoolJob::PoolJob(Workers& workers, QString what, QObject* parent)
    : QObject(parent), workers_(workers), what_(std::move(what)), link_(std::make_shared<Link>()) {
  link_->job = this;
  link_->workers = &workers;
  connect(&workers, &Workers::cancelled, this, [this] { stopEarly(); });
  connect(&workers, &QObject::destroyed, this, [this] {
    std::lock_guard lock(link_->mutex);
    link_->workers = nullptr;
    link_->job = nullptr;
  });
}

PoolJob::~PoolJob() {
  stop_.request_stop();
  std::lock_guard lock(link_->mutex);
  link_->job = nullptr;
}

void PoolJob::cancel() {
  ++generation_;
  stop_.request_stop();
  running_ = false;
}

void PoolJob::stopEarly() { stop_.request_stop(); }

void PoolJob::run(std::function<std::any(const Task&)> work, std::function<void(std::any&)> done,
                  std::function<void(const QString&)> failed) {
  cancel();
  stop_ = std::stop_source();
  running_ = true;
  const uint64_t generation = generation_;
  workers_.begin(what_);
  workers_.pool_.start([link = link_, work = std::move(work), done = std::move(done), failed = std::move(failed),
                        stop = stop_.get_token(), generation, what = what_]() mutable {
    auto found = std::make_shared<std::any>();
    QString error;
    auto post = [&link](auto&& what_to_do) {
      std::lock_guard lock(link->mutex);
      if (link->workers)
        QMetaObject::invokeMethod(link->workers, std::forward<decltype(what_to_do)>(what_to_do), Qt::QueuedConnection);
    };
    Task task;
    task.stop = stop;
    task.tell = [&, last = -1](uint64_t now, uint64_t all) mutable {
      const int percent = all ? static_cast<int>(100.0 * static_cast<double>(now) / static_cast<double>(all)) : 0;
      if (percent == last) return;
      last = percent;
      post([link, generation, percent, what] {
        if (link->job && link->workers && link->job->generation_ == generation)
          link->workers->tell(percent / 100.0, what);
      });
    };
    try {
      *found = work(task);
    } catch (const std::exception& exception) {
      error = QString::fromUtf8(exception.what());
      if (error.isEmpty()) error = QStringLiteral("unknown error");
    }
    work = nullptr;  // what it holds goes on this thread, not on that of the window
    post([link, found, done = std::move(done), failed = std::move(failed), generation, error]() mutable {
      // All on the GUI thread: nobody else changes who the job is.
      PoolJob* job = link->job;
      if (job && job->generation_ == generation) {
        job->running_ = false;
        if (!error.isEmpty()) {
          if (failed) failed(error);
        } else {
          done(*found);
        }
      }
      if (link->workers) link->workers->end();
    });
  });
}

}  // namespace ebpftrace::gui
