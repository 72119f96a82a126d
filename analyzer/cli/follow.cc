// SPDX-License-Identifier: Apache-2.0
#include "analyzer/cli/follow.h"

#include <chrono>

#include "analyzer/api/session.h"
#include "analyzer/cli/terminal.h"
#include "analyzer/tables/table.h"

namespace ebpftrace::analyzer {
namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 100ms, kDraw = 1000ms;

// Rows that only grow at the end: those that were not there before.
class Appended {
 public:
  void print(Result result, Format format, bool colour) {
    std::vector<size_t> rows;
    for (size_t row = shown_; row < result.rows(); ++row) rows.push_back(row);
    const bool first = shown_ == 0;
    shown_ = std::max(shown_, result.rows());
    if (rows.empty()) return;
    result.keep(rows, true);
    std::string text;
    write_result(result, format, terminal_width(), [&](std::string_view piece) { text += piece; });
    // The line of names was there before.
    if (!first && format != Format::kJson) text.erase(0, text.find('\n') + 1);
    Painter painter(colour, first ? lines_of(result) : Painter::Lines::kAsTheyAre, write_out);
    painter.write(text);
    painter.finish();
  }

 private:
  size_t shown_ = 0;
};

void draw(const Result& result, Format format, bool colour) {
  std::string text;
  write_result(result, format, terminal_width(), [&](std::string_view piece) { text += piece; });
  // As many lines as there is room for.
  size_t lines = terminal_height(), end = 0;
  while (lines > 1 && end < text.size()) {
    end = std::min(text.find('\n', end), text.size() - 1) + 1;
    --lines;
  }
  std::string shown = "\x1b[H\x1b[J";
  Painter painter(colour, lines_of(result), [&](std::string_view piece) { shown += piece; });
  painter.write(std::string_view(text).substr(0, end));
  painter.finish();
  write_out(shown);
}

}  // namespace

Result follow(std::unique_ptr<trace::Trace>& trace, const CommandLine& options, std::stop_token stop) {
  const Question& question = *options.question;
  const bool appends = question.name == "security" || question.name == "metrics";
  Asked asked = options.asked;
  Appended appended;
  const bool colour = options.format == Format::kTable && in_colour(options.colour);
  Painter painter = painter_of_lines(options);
  auto session = std::make_unique<Session>(*trace);
  Result result;
  auto drawn = std::chrono::steady_clock::time_point{};
  for (;;) {
    const bool more = trace->growing() && !stop.stop_requested();
    const auto now = std::chrono::steady_clock::now();
    if (trace->begun() && (!more || now - drawn >= kDraw)) {
      drawn = now;
      if (question.print) {
        result = ask(question, *session, asked, options.format, [&](std::string_view piece) { painter.write(piece); });
        asked.first_frame = trace->frames().size();
      } else {
        result = ask(question, *session, asked);
        if (appends)
          appended.print(result, options.format, colour);
        else if (writes_to_terminal() && more)
          draw(result, options.format, colour);
        else if (!more)
          print_result(result, options.format, options.colour);
      }
    }
    if (!more) {
      painter.finish();
      return result;
    }
    trace->wait(kLook);
    if (auto grown = trace->refresh()) {
      asked.first_frame = std::min(asked.first_frame, grown->frames_kept());
      session = std::make_unique<Session>(*grown, *session);
      trace = std::move(grown);
    }
  }
}

}  // namespace ebpftrace::analyzer
