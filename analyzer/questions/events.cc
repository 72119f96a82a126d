// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/events.h"

#include <algorithm>
#include <atomic>
#include <memory>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/exec_table.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/dictionaries/working_directories.h"
#include "analyzer/query/event_order.h"
#include "analyzer/query/group_rows.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/tables/event_lines.h"
#include "analyzer/tables/table.h"
#include "analyzer/text/event_text.h"
#include "analyzer/text/field_lines.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kWindowTextBytes = 48u << 20;  // of the rows that are held at a time, unless it is a single row

// The rows of a stretch of the order that lie in one frame.
struct FrameRows {
  uint32_t frame;
  std::vector<std::pair<uint32_t, uint32_t>> rows;  // row in the block, place in the stretch; by row
};

// Stretches of the order, frame by frame on several threads, handed over in order. A Writer writes the rows of a frame and
// fills a Row for each.
template <typename Writer, typename Row>
class Renderer {
 public:
  Renderer(const trace::Trace& trace, std::vector<std::unique_ptr<Writer>> writers)
      : trace_(trace), writers_(std::move(writers)) {}

  // take(row, texts) for each; false: it wants no more.
  template <typename Take>
  bool hand_over(std::span<const EventKey> keys, Take&& take) {
    while (!keys.empty()) {
      auto part = keys;
      while (!render(part)) part = part.first(part.size() / 2);
      for (const Row& row : rows_) {
        if (!row.present) continue;
        if (!take(row, texts_[row.text])) return false;
      }
      keys = keys.subspan(part.size());
    }
    return true;
  }

 private:
  // False: more text than may be held, and more than one row.
  bool render(std::span<const EventKey> keys) {
    rows_.assign(keys.size(), {});
    std::vector<FrameRows> frames = by_frame(keys);
    texts_.assign(frames.size(), {});
    std::atomic<size_t> bytes{0};
    const bool must_fit = keys.size() > 1;
    const auto threads = static_cast<unsigned>(std::max<size_t>(1, std::min(writers_.size(), frames.size())));
    share_out(threads, frames.size(), [&](unsigned own) {
      return [&, &writer = *writers_[own]](size_t i) {
        if (must_fit && bytes > kWindowTextBytes) return;
        for (const auto& [row, place] : frames[i].rows) rows_[place].text = static_cast<uint32_t>(i);
        const size_t room = must_fit ? kWindowTextBytes - std::min(kWindowTextBytes, bytes.load()) : SIZE_MAX;
        if (writer.write(trace_.frames()[frames[i].frame], frames[i].rows, rows_, texts_[i], room))
          bytes += texts_[i].size();
        else
          bytes = SIZE_MAX / 2;
      };
    });
    return !must_fit || bytes <= kWindowTextBytes;
  }

  static std::vector<FrameRows> by_frame(std::span<const EventKey> keys) {
    std::vector<std::pair<uint32_t, uint32_t>> order;  // frame, place
    for (size_t i = 0; i < keys.size(); ++i) order.emplace_back(keys[i].frame, static_cast<uint32_t>(i));
    std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
      return a.first != b.first ? a.first < b.first : keys[a.second].row < keys[b.second].row;
    });
    std::vector<FrameRows> frames;
    for (const auto& [frame, place] : order) {
      if (frames.empty() || frames.back().frame != frame) frames.push_back({frame, {}});
      frames.back().rows.emplace_back(keys[place].row, place);
    }
    return frames;
  }

  const trace::Trace& trace_;
  std::vector<std::unique_ptr<Writer>> writers_;
  std::vector<Row> rows_;
  std::vector<std::string> texts_;  // by frame of the stretch
};

}  // namespace

void for_each_event(const trace::Trace& trace, size_t limit, const std::function<bool(const Event&)>& take) {
  for_each_event(Session(trace), {}, limit, take);
}

void for_each_event(const Session& session, const Choice& choice, size_t limit,
                    const std::function<bool(const Event&)>& take, size_t first_frame) {
  if (!limit) return;
  const trace::Trace& trace = session.trace();
  EventOrder order(session, choice, limit, first_frame);
  WorkingDirectories directories(trace, session.threads(), session.files());
  const NetworkEventText network(trace);
  std::vector<std::unique_ptr<EventTextWriter>> writers;
  for (unsigned i = 0; i < order.workers(); ++i)
    writers.push_back(std::make_unique<EventTextWriter>(trace, session.threads(), session.files(), session.execs(),
                                                        directories, network, session.users()));
  Renderer<EventTextWriter, EventRow> renderer(trace, std::move(writers));
  for (std::vector<EventKey> keys; !(keys = order.next_window()).empty();) {
    const auto wanted = std::span(keys).first(std::min(limit, keys.size()));
    directories.read_up_to(wanted.back().time_ns);
    if (!renderer.hand_over(wanted,
                            [&](const EventRow& row, const std::string& text) { return take(row.event(text)); }))
      return;
    limit -= wanted.size();
    if (!limit) return;
  }
}

namespace {

constexpr size_t kOutputPiece = 1 << 16;

// Lines to whoever takes them, in large pieces.
class Output {
 public:
  Output(const Write& write, const Watch& watch) : write_(write), watch_(watch) {}
  std::string& text() { return text_; }
  // False: it is to stop.
  bool line_done() {
    if (text_.size() <= kOutputPiece) return true;
    flush();
    return !watch_.stopped();
  }
  void flush() {
    write_(text_);
    text_.clear();
  }

 private:
  const Write& write_;
  const Watch& watch_;
  std::string text_;
};

std::vector<predicate::Field> chosen_fields(const Relation& relation, const std::vector<std::string>& names) {
  std::vector<predicate::Field> fields;
  auto add = [&](const predicate::Field& field) {
    const bool known =
        std::any_of(fields.begin(), fields.end(), [&](const predicate::Field& one) { return one.name == field.name; });
    if (!known && field.name != kProcessIdentity) fields.push_back(field);
  };
  for (const std::string& name : names) {
    if (name == "all") {
      for (const predicate::Field& field : relation.fields()) add(field);
    } else if (const auto field = relation.find(name)) {
      add(*field);
    } else {
      throw AskError(unknown_field("--columns", relation, name));
    }
  }
  return fields;
}

void print_fields(const Session& session, const Choice& choice, const Asked& asked, Format format, Output& output) {
  const std::vector<predicate::Field> fields = chosen_fields(*session.relation("events"), asked.columns);
  const bool all = std::find(asked.columns.begin(), asked.columns.end(), "all") != asked.columns.end();
  size_t left = asked.limit;
  EventOrder order(session, choice, left, asked.first_frame);
  std::vector<std::unique_ptr<FieldLineWriter>> writers;
  for (unsigned i = 0; i < std::max(order.workers(), 1u); ++i)
    writers.push_back(std::make_unique<FieldLineWriter>(session, fields, format, all));
  if (!asked.first_frame) output.text() += writers[0]->head();
  Renderer<FieldLineWriter, FieldLine> renderer(session.trace(), std::move(writers));
  for (std::vector<EventKey> keys; left && !(keys = order.next_window()).empty();) {
    const auto wanted = std::span(keys).first(std::min(left, keys.size()));
    if (!renderer.hand_over(wanted, [&](const FieldLine& row, const std::string& text) {
          output.text() += row.line.in(text);
          return output.line_done();
        }))
      return;
    left -= wanted.size();
  }
}

void print_lines(const Session& session, const Choice& choice, const Asked& asked, Format format, Output& output) {
  if (format == Format::kCsv && !asked.first_frame) append_csv_names(output.text(), event_columns());
  std::vector<Cell> cells;
  const EventJson json;
  for_each_event(
      session, choice, asked.limit,
      [&](const Event& event) {
        if (format == Format::kTable) {
          append_event_line(output.text(), event);
        } else if (format == Format::kJson) {
          json.append(output.text(), event);
        } else {
          event_cells(event, cells);
          append_csv_row(output.text(), cells);
        }
        return output.line_done();
      },
      asked.first_frame);
}

Result print_events(const Source& source, const Asked& asked, Format format, const Write& write) {
  const Session session(source);
  const Watch watch(asked);
  const Choice choice = choose(*session.relation("events"), asked.filter, Moments(source).range(asked.from, asked.to));
  Output output(write, watch);
  if (asked.columns.empty())
    print_lines(session, choice, asked, format, output);
  else
    print_fields(session, choice, asked, format, output);
  output.flush();
  Result result("events", event_columns());
  result.stopped = watch.stopped();
  result.coverage = coverage_of(source);
  return result;
}

}  // namespace

extern constinit const Question kEventsQuestion{
    .name = "events",
    .help = "Every event in order of its start; JSON is one object per line",
    .place = 70,
    .takes = {.filter = Takes::Over::kEvents,
              .time = Takes::Over::kEvents,
              .stop = true,
              .sort = false,
              .columns_are_fields = true},
    .columns = event_columns,
    .print = print_events};

}  // namespace ebpftrace::analyzer
