// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/events.h"

#include <algorithm>
#include <memory>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/exec_table.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/dictionaries/working_directories.h"
#include "analyzer/query/event_order.h"
#include "analyzer/query/group_rows.h"
#include "analyzer/query/long_calls.h"
#include "analyzer/query/row_renderer.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/ordered_events.h"
#include "analyzer/tables/event_line_writer.h"
#include "analyzer/tables/event_lines.h"
#include "analyzer/tables/table.h"
#include "analyzer/text/event_text.h"
#include "analyzer/text/field_lines.h"

namespace ebpftrace::analyzer {
namespace {

// An event whose texts lie in one of several strings.
struct KeptRow {
  WrittenEvent row;
  uint32_t text = 0;
  bool present = false;
};

class KeptRowWriter {
 public:
  explicit KeptRowWriter(const EventTextSources& sources) : events_(sources) {}
  bool write(const trace::Frame& frame, EventTextWriter::Rows rows, std::span<KeptRow> to, std::string& text,
             size_t room) {
    return events_.write(frame, rows, text, [&](uint32_t place, WrittenEvent& row) {
      to[place].row = std::move(row);
      to[place].present = true;
      return text.size() <= room && text.size() <= kMostLineBytes;
    });
  }

 private:
  EventTextWriter events_;
};

}  // namespace

void for_each_event(const trace::Trace& trace, size_t limit, const std::function<bool(const Event&)>& take) {
  for_each_event(Session(trace), {}, limit, take);
}

void for_each_event(const Session& session, const Choice& choice, size_t limit,
                    const std::function<bool(const Event&)>& take, size_t first_frame) {
  OrderedEvents events(session, choice, limit, first_frame);
  RowRenderer<KeptRowWriter, KeptRow> renderer(session.trace(), events.writers<KeptRowWriter>());
  events.for_each_window([&](std::span<const EventKey> keys) {
    return renderer.hand_over(keys,
                              [&](const KeptRow& row, const std::string& text) { return take(row.row.event(text)); });
  });
}

void hand_over_events(const Session& session, std::span<const EventKey> rows, uint64_t directories_up_to_ns,
                      const std::function<bool(const Event&)>& take) {
  const trace::Trace& trace = session.trace();
  WorkingDirectories directories(trace, session.threads(), session.files());
  if (directories_up_to_ns) directories.read_up_to(directories_up_to_ns);
  const NetworkEventText network(trace);
  std::vector<std::unique_ptr<KeptRowWriter>> writers;
  writers.push_back(std::make_unique<KeptRowWriter>(EventTextSources{
      trace, session.threads(), session.files(), session.execs(), directories, network, session.users()}));
  RowRenderer<KeptRowWriter, KeptRow> renderer(trace, std::move(writers));
  for (constexpr size_t kStretch = 1024; !rows.empty(); rows = rows.subspan(std::min(kStretch, rows.size())))
    if (!renderer.hand_over(rows.first(std::min(kStretch, rows.size())),
                            [&](const KeptRow& row, const std::string& text) { return take(row.row.event(text)); }))
      return;
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
  const Watch& watch() const { return watch_; }

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

// In order, to the output; the renderer is to be finished.
template <typename Writer>
auto to_output(RowRenderer<Writer, Line>& renderer, Output& output) {
  return [&](std::span<const EventKey> keys) {
    return renderer.hand_over_behind(keys, [&output](const Line& line, const std::string& text) {
      output.text() += line.line.in(text);
      return output.line_done();
    });
  };
}

void print_fields(const Session& session, const Choice& choice, const Asked& asked, Format format, Output& output) {
  const std::vector<predicate::Field> fields = chosen_fields(*session.relation("events"), asked.columns);
  const bool all = std::find(asked.columns.begin(), asked.columns.end(), "all") != asked.columns.end();
  size_t left = asked.limit;
  EventOrder order(session, choice, left, asked.first_frame);
  order.watch(output.watch());
  std::vector<std::unique_ptr<FieldLineWriter>> writers;
  for (unsigned i = 0; i < std::max(order.workers(), 1u); ++i)
    writers.push_back(std::make_unique<FieldLineWriter>(session, fields, format, all));
  if (!asked.first_frame) output.text() += writers[0]->head();
  RowRenderer<FieldLineWriter, Line> renderer(session.trace(), std::move(writers));
  const auto hand_over = to_output(renderer, output);
  for (std::span<const EventKey> keys; left && !(keys = order.next_window()).empty();) {
    const auto wanted = keys.first(std::min(left, keys.size()));
    if (!hand_over(wanted)) return;
    left -= wanted.size();
  }
  renderer.finish();
}

void print_lines(const Session& session, const Choice& choice, const Asked& asked, Format format, Output& output) {
  if (format == Format::kCsv && !asked.first_frame) append_csv_names(output.text(), event_columns());
  OrderedEvents events(session, choice, asked.limit, asked.first_frame, &output.watch());
  RowRenderer<EventLineWriter, Line> renderer(session.trace(), events.writers<EventLineWriter>(format));
  events.for_each_window(to_output(renderer, output));
  renderer.finish();
}

Result print_events(const Source& session, const Asked& asked, Format format, const Write& write) {
  const Watch watch(asked);
  Choice choice =
      choose(*session.relation("events"), asked.filter, Moments(session.trace()).range(asked.from, asked.to));
  if (asked.reading == Reading::kSummaries) choice = without_short_blocks(choice, session.trace());
  Output output(write, watch);
  if (asked.columns.empty())
    print_lines(session, choice, asked, format, output);
  else
    print_fields(session, choice, asked, format, output);
  output.flush();
  Result result("events", event_columns());
  result.stopped = watch.stopped();
  result.coverage = coverage_of(session.trace());
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
