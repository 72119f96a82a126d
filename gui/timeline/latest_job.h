// SPDX-License-Identifier: Apache-2.0
// A thread that does the latest of what it is told: a newer job stops the one that runs and takes the place of one that waits.
// What a job found goes to the GUI thread with the generation of its job, so that what is out of date is dropped there.
// start(), stop(): GUI thread; they don't wait. The destructor waits until the job that runs has heeded its stop token.
#pragma once

#include <QMetaObject>
#include <QObject>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace ebpftrace::gui {

class LatestJob {
 public:
  class Reply {
   public:
    Reply(LatestJob* of, uint64_t generation) : of_(of), generation_(generation) {}
    // Worker: `done` runs in the GUI thread, unless a newer job was started by then.
    void post(std::function<void()> done) const {
      QMetaObject::invokeMethod(
          &of_->receiver_,
          [of = of_, generation = generation_, done = std::move(done)] {
            if (of->generation_ == generation) done();
          },
          Qt::QueuedConnection);
    }

   private:
    LatestJob* of_;
    uint64_t generation_;
  };
  using Work = std::function<void(std::stop_token, const Reply&)>;

  LatestJob() : thread_([this](std::stop_token stop) { run(stop); }) {}
  ~LatestJob() {
    stop();
    thread_.request_stop();
    changed_.notify_all();
  }
  LatestJob(const LatestJob&) = delete;

  void start(Work work) {
    std::lock_guard lock(mutex_);
    ++generation_;
    current_.request_stop();
    next_ = std::move(work);
    changed_.notify_all();
  }
  void stop() {
    std::lock_guard lock(mutex_);
    ++generation_;
    current_.request_stop();
    next_ = nullptr;
  }

 private:
  void run(std::stop_token stop) {
    while (!stop.stop_requested()) {
      Work work;
      std::stop_source source;
      uint64_t generation;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, stop, [this] { return next_ != nullptr; });
        if (stop.stop_requested()) return;
        work = std::exchange(next_, nullptr);
        current_ = source;
        generation = generation_;
      }
      work(source.get_token(), Reply(this, generation));
    }
  }

  QObject receiver_;  // of the GUI thread: what is posted to it goes with it
  std::mutex mutex_;
  std::condition_variable_any changed_;
  uint64_t generation_ = 0;  // written by the GUI thread, under the mutex
  Work next_;
  std::stop_source current_;
  std::jthread thread_;
};

}  // namespace ebpftrace::gui
