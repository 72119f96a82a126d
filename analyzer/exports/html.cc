// SPDX-License-Identifier: Apache-2.0
// One page that needs no network and runs no script: the recording in numbers, what happened when, the process tree, and the
// tables of the other questions. Every text of the trace is made harmless for a reader and then escaped for HTML; a policy in
// the page forbids it to load or run anything. Of each table the first rows; how many there are stands beside it.
#include <fmt/format.h>

#include <iterator>

#include "analyzer/exports/exported_rows.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/questions/question_list.h"
#include "analyzer/tables/cell_text.h"
#include "analyzer/tables/table.h"
#include "analyzer/text/escape.h"
#include "analyzer/text/wall_clock.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostRows = 1000;  // of a table
constexpr size_t kBuckets = 240;    // of the timeline

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; color: #222; background: #fff }
h1 { font-size: 1.4em } h2 { font-size: 1.1em; margin: 0 } summary { cursor: pointer; padding: .4em 0 }
table { border-collapse: collapse; font-size: 13px } th { text-align: left; position: sticky; top: 0; background: #eee }
th, td { padding: .15em .6em; border-bottom: 1px solid #ddd; vertical-align: top } td { white-space: pre-wrap; word-break: break-word }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } p.note { color: #666 }
svg { display: block; width: 100%; height: 60px; background: #f6f6f6; margin-bottom: .3em } .bad { fill: #c22 } .good { fill: #37a }
</style>
)";

std::string html(std::string_view text) {
  std::string shown, out;
  append_terminal(shown, text);
  for (const char c : shown) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

// What people see of a cell; whole lists, and nothing where there is nothing.
std::string shown(const ResultColumn& column, const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return "";
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* processes = std::get_if<ProcessesCell>(&cell)) return processes_text(*processes);
  return shown_cell(cell, column.unit).text;
}

bool has_something(const Result& result, size_t column) {
  for (size_t row = 0; row < result.rows(); ++row) {
    const Cell cell = result.cell(row, column);
    if (const auto* truth = std::get_if<bool>(&cell); truth && !*truth) continue;
    if (const auto* number = std::get_if<uint64_t>(&cell); number && !*number) continue;
    if (!std::holds_alternative<std::monostate>(cell)) return true;
  }
  return false;
}

void append_facts(std::string& out, const Result& result) {
  out += "<table>\n";
  for (const Fact& fact : result.facts)
    out += "<tr><th>" + html(fact.label) + "</th><td>" + html(fact.text) + "</td></tr>\n";
  out += "</table>\n";
}

void append_table(std::string& out, const Result& result, ExportText& text) {
  std::vector<size_t> columns;
  for (size_t i = 0; i < result.columns().size(); ++i) {
    const ResultColumn& column = result.columns()[i];
    if (!column.heading.empty() && (column.show != Show::kIfAny || has_something(result, i))) columns.push_back(i);
  }
  out += "<table>\n<tr>";
  for (const size_t column : columns) out += "<th>" + html(result.columns()[column].heading) + "</th>";
  out += "</tr>\n";
  for (size_t row = 0; row < result.rows(); ++row) {
    out += "<tr>";
    bool first = true;
    for (const size_t i : columns) {
      const ResultColumn& column = result.columns()[i];
      const bool is_text = column.unit == Unit::kText || column.unit == Unit::kProcesses;
      out += is_text ? "<td>" : "<td class=\"n\">";
      if (first && result.depth(row)) out.append(4 * std::min(result.depth(row), 40u), ' ');
      first = false;
      out += html(shown(column, result.cell(row, i))) + "</td>";
    }
    out += "</tr>\n";
    text.row_done(1, 1);
  }
  out += "</table>\n";
  if (result.all_rows > result.rows())
    out += fmt::format("<p class=\"note\">The first {} of {} rows.</p>\n", result.rows(), result.all_rows);
  for (const std::string& note : result.notes) out += "<p class=\"note\">" + html(note) + "</p>\n";
}

void append_losses(std::string& out, const Result& result) {
  if (const std::string line = loss_line(result.coverage); !line.empty())
    out += "<p class=\"note\">" + html(line) + "</p>\n";
  for (const std::string& shortfall : result.shortfalls)
    out += "<p class=\"note\">" + html("shortfall: " + shortfall) + "</p>\n";
}

void begin_section(std::string& out, std::string_view title, std::string_view help, bool open) {
  out += open ? "<details open>" : "<details>";
  out += "<summary><h2 style=\"display:inline\">" + html(title) + "</h2> " + html(help) + "</summary>\n";
}

// Calls, errors and bytes of stretches of time.
struct Timeline {
  struct Bucket {
    uint64_t calls = 0, errors = 0, read_bytes = 0, write_bytes = 0;
  };
  uint64_t begin_ns = UINT64_MAX, end_ns = 0, bucket_ns = 1;
  std::vector<Bucket> buckets{kBuckets};
};

struct TimelineWorker {
  TimelineWorker(const Session& session, const Choice& choice, const Timeline& all)
      : flow(session.flow()),
        payload(std::make_shared<trace::FramePayload>()),
        sieve(session, choice, payload),
        block(session.trace(), *session.trace().catalogue().type("syscall"), kColumns, payload),
        timeline(all) {}
  void operator()(const trace::Frame& frame) {
    if (!sieve.load(frame) || !block.load(frame)) return;
    while (block.next_tile())
      sieve.selected(block.tile_start() / predicate::kTileRows).for_each([&](size_t row) {
        auto value = [&](unsigned column) { return block.column(column)[row]; };
        const uint64_t since = value(0) - timeline.begin_ns;
        Timeline::Bucket& bucket = timeline.buckets[std::min<uint64_t>(since / timeline.bucket_ns, kBuckets - 1)];
        const uint64_t flags = value(3);
        const CallBytes bytes =
            CallFlow::bytes(CallFlow::directed(flow.of(value(2), flags), flags), flags, value(1), value(4), value(5));
        ++bucket.calls;
        bucket.errors += !(flags & SYSCALL_UNFINISHED) && is_error(value(1));
        bucket.read_bytes += bytes.read;
        bucket.write_bytes += bytes.written;
      });
  }
  static constexpr std::array<std::string_view, 6> kColumns = {"timeNs", "result", "number",
                                                               "flags",  "moved",  "peeked"};
  const CallFlow& flow;
  std::shared_ptr<trace::FramePayload> payload;
  Sieve sieve;
  trace::Block block;
  Timeline timeline;
};

Timeline timeline_of(const Session& session, const Choice& choice, const Watch& watch) {
  const trace::Trace& trace = session.trace();
  Timeline timeline;
  const trace::Positions positions = trace.blocks_of("syscall");
  for (const uint32_t position : positions) {
    const trace::Frame frame = trace.frames()[position];
    timeline.begin_ns = std::min(timeline.begin_ns, frame.first_ns);
    timeline.end_ns = std::max(timeline.end_ns, frame.last_ns);
  }
  if (timeline.end_ns < timeline.begin_ns) return timeline;
  timeline.bucket_ns = (timeline.end_ns - timeline.begin_ns) / kBuckets + 1;
  const auto workers = scan_blocks(
      trace, positions, [&] { return std::make_unique<TimelineWorker>(session, choice, timeline); }, &watch);
  for (const auto& worker : workers)
    for (size_t i = 0; i < kBuckets; ++i) {
      const Timeline::Bucket& from = worker->timeline.buckets[i];
      Timeline::Bucket& to = timeline.buckets[i];
      to.calls += from.calls;
      to.errors += from.errors;
      to.read_bytes += from.read_bytes;
      to.write_bytes += from.write_bytes;
    }
  return timeline;
}

void append_bars(std::string& out, const Timeline& timeline, std::string_view title, std::string_view style,
                 uint64_t Timeline::Bucket::*of, bool bytes) {
  uint64_t most = 0, sum = 0;
  for (const Timeline::Bucket& bucket : timeline.buckets) {
    most = std::max(most, bucket.*of);
    sum += bucket.*of;
  }
  if (!most) return;
  auto number = [&](uint64_t value) { return bytes ? human_bytes(value) : std::to_string(value); };
  out += fmt::format("<p>{}: {}, at most {} in {}</p>\n", title, number(sum), number(most),
                     human_duration(timeline.bucket_ns));
  out += fmt::format("<svg viewBox=\"0 0 {} 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
                     kBuckets, title);
  for (size_t i = 0; i < kBuckets; ++i) {
    const uint64_t value = timeline.buckets[i].*of;
    if (!value) continue;
    const double height = std::max(1.0, 100.0 * static_cast<double>(value) / static_cast<double>(most));
    out += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{:.1f}\" width=\"1\" height=\"{:.1f}\"/>", style, i,
                       100.0 - height, height);
  }
  out += "</svg>\n";
}

void append_timeline(std::string& out, const Session& session, const Choice& choice, const Watch& watch) {
  const Timeline timeline = timeline_of(session, choice, watch);
  begin_section(out, "Timeline", "System calls by when they began.", true);
  if (timeline.end_ns >= timeline.begin_ns) {
    append_bars(out, timeline, "Calls", "good", &Timeline::Bucket::calls, false);
    append_bars(out, timeline, "Errors", "bad", &Timeline::Bucket::errors, false);
    append_bars(out, timeline, "Read", "good", &Timeline::Bucket::read_bytes, true);
    append_bars(out, timeline, "Written", "good", &Timeline::Bucket::write_bytes, true);
    out += fmt::format("<p class=\"note\">From {} to {} s after the start.</p>\n",
                       human_time(session.trace().since_start(timeline.begin_ns)),
                       human_time(session.trace().since_start(timeline.end_ns)));
  }
  out += "</details>\n";
}

void append_question(const Session& session, const Question& question, const Asked& asked, ExportText& text) {
  std::string& out = text.text();
  Asked own;
  own.stop = asked.stop;
  own.progress = asked.progress;
  // One that reads no events has its rows filtered, by other fields than these.
  if (question.takes.filter == Takes::Over::kEvents) own.filter = asked.filter;
  if (question.takes.time != Takes::Over::kNothing) {
    own.from = asked.from;
    own.to = asked.to;
  }
  Result result;
  try {
    result = ask(question, session, own);
  } catch (const AskError& error) {  // of a recording that has nothing to say about it
    begin_section(out, question.name, question.help, false);
    out += "<p class=\"note\">" + html(error.what()) + "</p>\n</details>\n";
    return;
  }
  if (!result.all_rows) result.all_rows = result.rows();
  result.cut(kMostRows);
  begin_section(out, question.name, question.help, question.place <= all_questions().front()->place);
  if (!result.facts.empty())
    append_facts(out, result);
  else
    append_table(out, result, text);
  append_losses(out, result);
  out += "</details>\n";
}

void write_html(const Session& session, const Asked& asked, ExportOutput& output) {
  const trace::Trace& trace = session.trace();
  const Choice choice = choose_rows(session, asked);
  ExportText text(output, asked);
  std::string& out = text.text();
  std::string command;
  for (const std::string& word : trace.facts().command_line) command += (command.empty() ? "" : " ") + word;
  out += kHead;
  out += "<title>" + html(command) + "</title>\n</head>\n<body>\n<h1>" + html(command) + "</h1>\n<p>Recorded " +
         html(utc_text(trace.facts().start_real_ns));
  if (!asked.filter.empty()) out += ", only what <code>" + html(asked.filter) + "</code> is true of";
  if (!asked.from.empty()) out += ", from " + html(asked.from);
  if (!asked.to.empty()) out += ", to " + html(asked.to);
  out += "</p>\n";
  bool first = true;
  for (const Question* question : all_questions()) {
    const QuestionArgument& argument = question->takes.argument;
    const bool can_be_asked = question->answer && (argument.type.empty() || argument.optional);
    if (!can_be_asked || asked.stop.stop_requested()) continue;
    append_question(session, *question, asked, text);
    if (first) append_timeline(out, session, choice, text.watch());
    first = false;
    text.flush();
  }
  out += "</body>\n</html>\n";
  text.flush();
}

}  // namespace

extern constinit const Export kHtmlExport{
    .name = "html",
    .help = "one page with summary, timeline, tree and tables, without scripts and network",
    .place = 50,
    .form = Export::Form::kText,
    .write = write_html};

}  // namespace ebpftrace::analyzer
