// SPDX-License-Identifier: Apache-2.0
// Chrome's trace-event JSON: a complete event for each system call, with its arguments; instants for everything else that
// happened; counters of the machine; arrows from the call that wrote to the one that read it. Times are boot time in µs, to
// the ns. In the order in which things began.
#include <fmt/format.h>

#include "analyzer/exports/passages.h"
#include "analyzer/exports/rendered_events.h"
#include "analyzer/exports/tracks.h"
#include "analyzer/text/call_text.h"
#include "analyzer/text/json_text.h"

namespace ebpftrace::analyzer {
namespace {

// Entries, one after the other in one text.
class ChromeEntries : public JsonText {
 public:
  static constexpr size_t kMostBesides = 256;  // of an entry, without its name and arguments

 protected:
  void begin_entry(char phase, std::string_view name, uint64_t time_ns, const Tracks::Track& track) {
    put(R"({"ph":")");
    put(phase);
    put(R"(","name":)");
    put_string(name);
    put(R"(,"pid":)");
    put_number(track.pid);
    put(R"(,"tid":)");
    put_number(track.tid);
    put(R"(,"ts":)");
    put_us(time_ns);
  }
  void put_us(uint64_t ns) {
    put_number(ns / 1000);
    const fmt::format_int rest(1000 + ns % 1000);  // its 1 is the point
    put('.');
    put({rest.data() + 1, 3});
  }
};

// Rows of a block -> entries: the event's own and its arrows. One per thread.
class ChromeEvents : ChromeEntries {
 public:
  ChromeEvents(const Tracks* tracks, const Passages* passages, const EventTextSources& sources)
      : start_ns_(sources.trace.facts().start_boot_ns), tracks_(*tracks), passages_(*passages), events_(sources) {}

  bool write(const trace::Frame& frame, EventTextWriter::Rows rows, std::span<EventPiece> to, std::string& text,
             size_t room) {
    parts_.clear();
    return events_.write(frame, rows, parts_, [&](uint32_t place, const WrittenEvent& row) {
      const Event event = row.event(parts_, WrittenEvent::Arguments::kTogether);
      const Tracks::Track track = tracks_.of(event.thread);
      add(event, track);
      EventPiece& piece = to[place];
      piece.present = true;
      piece.thread = event.thread;
      piece.track = track.thread;
      piece.line.offset = static_cast<uint32_t>(text.size());
      text += JsonText::text();
      piece.line.size = static_cast<uint32_t>(text.size()) - piece.line.offset;
      parts_.clear();
      return text.size() <= room && text.size() <= kMostLineBytes;
    });
  }

 private:
  void add(const Event& event, const Tracks::Track& track) {
    const uint64_t begin = start_ns_ + static_cast<uint64_t>(event.time_ns);
    const auto written = passages_.written(event.thread, begin), read = passages_.read(event.thread, begin);
    size_t room = 2 * kMostBesides * (1 + written.size() + read.size()) + json_room(event.event);
    for (const std::string_view text : {event.args, event.result_text, event.process, event.path.value_or("")})
      room += json_room(text);
    start(room);
    begin_entry(event.duration_ns ? 'X' : 'i', event.event, begin, track);
    if (event.duration_ns) {
      put(R"(,"cat":"syscall","dur":)");
      put_us(*event.duration_ns);
    } else {
      put(event.is_call ? R"(,"cat":"syscall")" : R"(,"cat":"event")");
      put(track.thread ? R"(,"s":"t")" : R"(,"s":"g")");
    }
    put_arguments(event);
    put('}');
    for (const Passage& passage : written) add_arrow('s', passage, begin, track);
    for (const Passage& passage : read) add_arrow('f', passage, passage.passed_ns, track);
  }

  // The arrow's end belongs to the call around it.
  void add_arrow(char phase, const Passage& passage, uint64_t time_ns, const Tracks::Track& track) {
    put(",\n");
    begin_entry(phase, "passed on", time_ns, track);
    put(R"(,"cat":"syscall","id":)");
    put_number(passage.id);
    put(phase == 'f' ? R"(,"bp":"e"})" : "}");
  }

  void put_arguments(const Event& event) {
    put(R"(,"args":{"args":)");
    put_string(event.args);
    if (event.is_call) {
      put(R"(,"result":)");
      put_string(event.result_text);
    }
    if (event.pid) {
      put(R"(,"process":)");
      put_string(event.process);
    }
    if (event.result && *event.result < 0 && *event.result >= -4095) {
      put(R"(,"error":)");
      put_string(errno_name(static_cast<unsigned>(-*event.result)));
    }
    if (event.path) {
      put(R"(,"path":)");
      put_string(*event.path);
    }
    if (event.bytes) {
      put(R"(,"bytes":)");
      put_number(*event.bytes);
    }
    if (event.cpu) {
      put(R"(,"cpu":)");
      put_number(*event.cpu);
    }
    if (event.unfinished) put(R"(,"unfinished":true)");
    if (event.began_before) put(R"(,"began_before":true)");
    put('}');
  }

  const uint64_t start_ns_;
  const Tracks& tracks_;
  const Passages& passages_;
  EventTextWriter events_;
  std::string parts_;  // of one event
};

// All entries, in their order, and the names of tracks before what is on them.
class ChromeWriter : ChromeEntries {
 public:
  ChromeWriter(const Tracks& tracks, std::string& text)
      : tracks_(tracks), text_(text), named_processes_(tracks_.processes()), named_threads_(tracks_.threads()) {}

  void add(const EventPiece& event, std::string_view text) {
    if (event.track && !named_threads_[event.track]) name_track(tracks_.of(event.thread));
    append(event.line.in(text));
  }

  void add(const Counter& counter) {
    const std::string name = fmt::format("{} CPU {}", counter.name, counter.cpu);
    const std::string_view unit = counter.unit.empty() ? "value" : counter.unit;
    start(kMostBesides + json_room(name) + unit.size());
    begin_entry('C', name, counter.begin_ns, {});
    put(R"(,"args":{")");
    put(unit);
    put("\":");
    put_number(counter.value);
    put("}}");
    append(JsonText::text());
  }

 private:
  void append(std::string_view entries) {
    text_ += any_ ? ",\n" : "\n";
    text_ += entries;
    any_ = true;
  }

  void name_track(const Tracks::Track& track) {
    named_threads_[track.thread] = true;
    if (!named_processes_[track.process]) add_name("process_name", track);
    named_processes_[track.process] = true;
    add_name("thread_name", track);
  }
  void add_name(std::string_view what, const Tracks::Track& track) {
    start(kMostBesides + json_room(what) + json_room(track.name));
    begin_entry('M', what, 0, track);
    put(R"(,"args":{"name":)");
    put_string(track.name);
    put("}}");
    append(JsonText::text());
  }

  const Tracks& tracks_;
  std::string& text_;
  std::vector<bool> named_processes_, named_threads_;
  bool any_ = false;
};

void write_chrome(const Session& session, const Asked& asked, ExportOutput& output) {
  const Choice choice = choose_rows(session, asked);
  ExportText out(output, asked);
  const Passages passages(session, choice, out.watch());
  const Tracks tracks(session.threads());
  out.text() = R"({"displayTimeUnit":"ns","otherData":{"producer":"ebpf-analyze","clock":"boot time"},"traceEvents":[)";
  ChromeWriter writer(tracks, out.text());
  const uint64_t all = event_rows(session.trace());
  write_rendered<ChromeEvents, EventPiece>(
      session, choice, asked, out, all,
      [&](const EventPiece& event, const std::string& text) { writer.add(event, text); }, &tracks, &passages);
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
