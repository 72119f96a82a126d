// SPDX-License-Identifier: Apache-2.0
// --events, each line when it happened, or so many times as fast.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "analyzer/api/question.h"
#include "analyzer/query/moments.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/events.h"
#include "analyzer/tables/event_json.h"
#include "analyzer/tables/event_lines.h"
#include "analyzer/tables/table.h"
#include "predicate/error.h"

namespace ebpftrace::analyzer {
namespace {

constexpr QuestionOption kOptions[] = {
    {"speed", "FACTOR", "How many times as fast --replay goes: 10x, 0.5x"},
    {"skip-idle", "", "Of a stretch without events, --replay waits through the first second only"}};
constexpr std::chrono::nanoseconds kIdle = std::chrono::seconds(1);

double speed_of(const Asked& asked) {
  const auto given = asked.option("speed");
  if (!given) return 1;
  std::string_view text = *given;
  if (text.ends_with('x')) text.remove_suffix(1);
  double speed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
  if (error != std::errc() || end != text.data() + text.size() || !(speed >= 0.001 && speed <= 1e6))
    throw AskError(fmt::format("--speed {}: how many times as fast, from 0.001x to 1000000x, such as 10x",
                               predicate::shortened(*given)));
  return speed;
}

// When events are due by the clock of who watches.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  Pace(double speed, bool skip_idle, std::stop_token stop)
      : speed_(speed), skip_idle_(skip_idle), stop_(std::move(stop)) {}

  // Whether it is not yet time for it.
  bool early(int64_t time_ns) {
    if (!last_) {
      start_ns_ = time_ns;
      start_ = Clock::now();
    } else if (const int64_t idle = time_ns - *last_; skip_idle_ && idle > kIdle.count()) {
      start_ns_ += idle - kIdle.count();
    }
    last_ = time_ns;
    return due(time_ns) > Clock::now();
  }
  // False: it is to stop.
  bool wait(int64_t time_ns) {
    std::unique_lock lock(mutex_);
    never_.wait_until(lock, stop_, due(time_ns), [] { return false; });
    return !stop_.stop_requested();
  }

 private:
  Clock::time_point due(int64_t time_ns) const {
    // A recording of centuries is not waited for.
    const double after_ns = std::clamp(static_cast<double>(time_ns - start_ns_) / speed_, 0.0, 1e18);
    return start_ + std::chrono::nanoseconds(static_cast<int64_t>(after_ns));
  }

  const double speed_;
  const bool skip_idle_;
  const std::stop_token stop_;
  std::optional<int64_t> last_;
  int64_t start_ns_ = 0;
  Clock::time_point start_;
  std::mutex mutex_;
  std::condition_variable_any never_;
};

Result print_replay(const Source& source, const Asked& asked, Format format, const Write& write) {
  const Watch watch(asked);
  Pace pace(speed_of(asked), asked.option("skip-idle").has_value(), asked.stop);
  const Choice choice =
      choose(*source.relation("events"), asked.filter, Moments(source.trace()).range(asked.from, asked.to));
  std::string out;
  auto flush = [&] {
    if (!out.empty()) write(out);
    out.clear();
  };
  if (format == Format::kCsv) append_csv_names(out, event_columns());
  EventJson json;
  for_each_event(source, choice, asked.limit, [&](const Event& event) {
    if (pace.early(event.time_ns)) {
      flush();
      if (!pace.wait(event.time_ns)) return false;
    } else if (out.size() > (1u << 16)) {
      flush();
    }
    if (watch.stopped()) return false;
    if (format == Format::kTable) {
      append_event_line(out, event);
    } else if (format == Format::kJson) {
      json.append(out, event);
    } else {
      append_event_csv(out, event);
    }
    return true;
  });
  flush();
  Result result("replay", event_columns());
  result.stopped = watch.stopped();
  result.coverage = coverage_of(source.trace());
  return result;
}

}  // namespace

extern constinit const Question kReplayQuestion{.name = "replay",
                                                .help = "Every event when it happened: --events at the pace of then",
                                                .place = 72,
                                                .takes = {.filter = Takes::Over::kEvents,
                                                          .time = Takes::Over::kEvents,
                                                          .stop = true,
                                                          .sort = false,
                                                          .columns = false,
                                                          .options = kOptions},
                                                .columns = event_columns,
                                                .print = print_replay};

}  // namespace ebpftrace::analyzer
