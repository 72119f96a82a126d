// SPDX-License-Identifier: Apache-2.0
// Work off the GUI thread. Workers owns the threads and knows whether any work is left; a PoolJob is one place whose work is
// superseded by newer work: the older is asked to stop, and what it found goes nowhere.
// Made, used and destroyed on the GUI thread. What is running when the window closes is stopped and waited for.
#pragma once

#include <QObject>
#include <QString>
#include <QThreadPool>
#include <any>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace ebpftrace::gui {

class Workers : public QObject {
  Q_OBJECT

 public:
  explicit Workers(QObject* parent = nullptr);
  ~Workers() override;

  bool idle() const { return running_ == 0; }
  // Of the work that takes longest, 0 to 1; work that doesn't say counts as unknown (below 0).
  double progress() const { return progress_; }
  QString what() const { return what_; }

  // Asks all that runs to stop; what it found so far is shown.
  void cancelAll();

 signals:
  void changed();  // idle, progress or what it is
  void cancelled();

 private:
  friend class PoolJob;
  void begin(const QString& what);
  void end();
  void tell(double share, const QString& what);

  QThreadPool pool_;
  int running_ = 0;
  double progress_ = -1;
  QString what_;
};

class PoolJob : public QObject {
 public:
  PoolJob(Workers& workers, QString what, QObject* parent);
  ~PoolJob() override;

  // What a piece of work is handed: to look at and to tell.
  struct Task {
    std::stop_token stop;
    std::function<void(uint64_t done, uint64_t all)> tell;
  };

  // work(task) on some thread; done(result) on this one unless it was superseded; failed(what) if it threw.
  template <typename Work, typename Done>
  void start(Work work, Done done, std::function<void(const QString&)> failed = {}) {
    using Found = std::decay_t<std::invoke_result_t<Work&, const Task&>>;
    run([work = std::move(work)](const Task& task) mutable { return std::any(std::make_shared<Found>(work(task))); },
        [done = std::move(done)](std::any& found) mutable {
          done(std::move(*std::any_cast<std::shared_ptr<Found>&>(found)));
        },
        std::move(failed));
  }
  // Its result goes nowhere.
  void cancel();
  // It is asked to end early; its result so far comes.
  void stopEarly();
  bool running() const { return running_; }

 private:
  // Survives this object as long as a thread knows it.
  struct Link {
    std::mutex mutex;
    PoolJob* job = nullptr;
    Workers* workers = nullptr;
  };

  void run(std::function<std::any(const Task&)> work, std::function<void(std::any&)> done,
           std::function<void(const QString&)> failed);

  Workers& workers_;
  QString what_;
  std::shared_ptr<Link> link_;
  std::stop_source stop_;
  uint64_t generation_ = 0;
  bool running_ = false;
};

}  // namespace ebpftrace::gui
