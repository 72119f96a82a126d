// SPDX-License-Identifier: Apache-2.0
// Chrome's trace-event JSON: a complete event for each system call, with its arguments; instants for everything else that
// happened; counters of the machine; arrows from the call that wrote to the one that read it. Times are boot time in µs, to
// the ns. In the order in which things began.
#include <fmt/format.h>

#include <iterator>

#include "analyzer/exports/exported_rows.h"
#include "analyzer/exports/passages.h"
#include "analyzer/exports/tracks.h"
#include "analyzer/text/call_text.h"
#include "analyzer/text/escape.h"

namespace ebpftrace::analyzer {
namespace {

class ChromeWriter {
 public:
  ChromeWriter(const Session& session, const Passages& passages, std::string& text)
      : start_ns_(session.trace().facts().start_boot_ns),
        tracks_(session.threads()),
        passages_(passages),
        text_(text),
        named_processes_(tracks_.processes()),
        named_threads_(tracks_.threads()) {}

  void add(const Event& event) {
    const Tracks::Track track = tracks_.of(event.thread);
    name_track(track);
    const uint64_t begin = start_ns_ + static_cast<uint64_t>(event.time_ns);
    begin_entry(event.duration_ns ? 'X' : 'i', event.event, begin, track);
    if (event.duration_ns) {
      text_ += R"(,"cat":"syscall","dur":)";
      append_us(*event.duration_ns);
    } else {
      text_ += event.is_call ? R"(,"cat":"syscall")" : R"(,"cat":"event")";
      text_ += track.thread ? R"(,"s":"t")" : R"(,"s":"g")";
    }
    append_arguments(event);
    text_ += '}';
    for (const Passage& passage : passages_.written(event.thread, begin)) add_arrow('s', passage, begin, track);
    for (const Passage& passage : passages_.read(event.thread, begin))
      add_arrow('f', passage, passage.passed_ns, track);
  }

  void add(const Counter& counter) {
    begin_entry('C', fmt::format("{} CPU {}", counter.name, counter.cpu), counter.begin_ns, {});
    fmt::format_to(std::back_inserter(text_), R"(,"args":{{"{}":{}}}}})", counter.unit.empty() ? "value" : counter.unit,
                   counter.value);
  }

 private:
  void begin_entry(char phase, std::string_view name, uint64_t time_ns, const Tracks::Track& track) {
    text_ += any_ ? ",\n" : "\n";
    any_ = true;
    fmt::format_to(std::back_inserter(text_), R"({{"ph":"{}","name":)", phase);
    append_json(text_, name);
    fmt::format_to(std::back_inserter(text_), R"(,"pid":{},"tid":{},"ts":)", track.pid, track.tid);
    append_us(time_ns);
  }
  void append_us(uint64_t ns) { fmt::format_to(std::back_inserter(text_), "{}.{:03}", ns / 1000, ns % 1000); }

  void name_track(const Tracks::Track& track) {
    if (!track.thread || named_threads_[track.thread]) return;
    named_threads_[track.thread] = true;
    if (!named_processes_[track.process]) add_name("process_name", track);
    named_processes_[track.process] = true;
    add_name("thread_name", track);
  }
  void add_name(std::string_view what, const Tracks::Track& track) {
    begin_entry('M', what, 0, track);
    text_ += R"(,"args":{"name":)";
    append_json(text_, track.name);
    text_ += "}}";
  }

  // The arrow's end belongs to the call around it.
  void add_arrow(char phase, const Passage& passage, uint64_t time_ns, const Tracks::Track& track) {
    begin_entry(phase, "passed on", time_ns, track);
    fmt::format_to(std::back_inserter(text_), R"(,"cat":"syscall","id":{}{}}})", passage.id,
                   phase == 'f' ? R"(,"bp":"e")" : "");
  }

  void append_arguments(const Event& event) {
    text_ += R"(,"args":{"args":)";
    append_json(text_, event.args);
    if (event.is_call) {
      text_ += R"(,"result":)";
      append_json(text_, event.result_text);
    }
    if (event.pid) {
      text_ += R"(,"process":)";
      append_json(text_, event.process);
    }
    if (event.result && *event.result < 0 && *event.result >= -4095) {
      text_ += R"(,"error":)";
      append_json(text_, errno_name(static_cast<unsigned>(-*event.result)));
    }
    if (event.path) {
      text_ += R"(,"path":)";
      append_json(text_, *event.path);
    }
    if (event.bytes) fmt::format_to(std::back_inserter(text_), R"(,"bytes":{})", *event.bytes);
    if (event.cpu) fmt::format_to(std::back_inserter(text_), R"(,"cpu":{})", *event.cpu);
    if (event.unfinished) text_ += R"(,"unfinished":true)";
    if (event.began_before) text_ += R"(,"began_before":true)";
    text_ += '}';
  }

  const uint64_t start_ns_;
  const Tracks tracks_;
  const Passages& passages_;
  std::string& text_;
  std::vector<bool> named_processes_, named_threads_;
  bool any_ = false;
};

void write_chrome(const Session& session, const Asked& asked, ExportOutput& output) {
  const Choice choice = choose_rows(session, asked);
  ExportText out(output, asked);
  const Passages passages(session, choice, out.watch());
  out.text() = R"({"displayTimeUnit":"ns","otherData":{"producer":"ebpf-analyze","clock":"boot time"},"traceEvents":[)";
  ChromeWriter writer(session, passages, out.text());
  const uint64_t all = event_rows(session.trace());
  uint64_t done = 0;
  for_each_event(session, choice, SIZE_MAX, [&](const Event& event) {
    writer.add(event);
    return out.row_done(++done, all);
  });
  for_each_counter(session, choice, [&](const Counter& counter) {
    writer.add(counter);
    return out.row_done(all, all);
  });
  out.text() += "\n]}\n";
  out.flush();
}

}  // namespace

extern constinit const Export kChromeExport{.name = "chrome",
                                            .help = "trace-event JSON for chrome://tracing, Perfetto, speedscope",
                                            .place = 20,
                                            .form = Export::Form::kText,
                                            .write = write_chrome};

}  // namespace ebpftrace::analyzer
