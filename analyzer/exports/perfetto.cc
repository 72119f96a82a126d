// SPDX-License-Identifier: Apache-2.0
// Perfetto's protobuf trace, of TrackEvents: a slice for each system call on its thread's track, instants for everything
// else that happened, a counter track for each counter and CPU, flows from the call that wrote to the one that read it.
// Names are interned. Times are boot time. Field numbers are those of Perfetto's public .proto files.
#include <fmt/format.h>

#include <unordered_map>

#include "analyzer/exports/exported_rows.h"
#include "analyzer/exports/passages.h"
#include "analyzer/exports/protobuf.h"
#include "analyzer/exports/tracks.h"
#include "analyzer/text/call_text.h"
#include "analyzer/text/escape.h"

namespace ebpftrace::analyzer {
namespace {

namespace field {
enum Trace : unsigned { kPacket = 1 };
enum Packet : unsigned {
  kTimestamp = 8,
  kSequence = 10,
  kTrackEvent = 11,
  kInterned = 12,
  kSequenceFlags = 13,
  kTimestampClock = 58,
  kTrackDescriptor = 60,
};
enum Descriptor : unsigned { kUuid = 1, kTrackName = 2, kProcess = 3, kThread = 4, kParentUuid = 5, kCounter = 8 };
enum Process : unsigned { kPid = 1, kProcessName = 6 };
enum Thread : unsigned { kThreadPid = 1, kThreadTid = 2, kThreadName = 5 };
enum Counter : unsigned { kUnit = 3, kUnitName = 6 };
enum TrackEvent : unsigned {
  kCategoryIid = 3,
  kAnnotation = 4,
  kType = 9,
  kNameIid = 10,
  kTrackUuid = 11,
  kCounterValue = 30,
  kFlowId = 47,
  kTerminatingFlowId = 48,
};
enum Annotation : unsigned { kAnnotationNameIid = 1, kBool = 2, kUint = 3, kString = 6 };
enum Interned : unsigned { kCategories = 1, kEventNames = 2, kAnnotationNames = 3 };
enum Name : unsigned { kIid = 1, kText = 2 };
}  // namespace field

enum SliceType : uint64_t { kBegin = 1, kEnd = 2, kInstant = 3, kCounterEvent = 4 };
enum SequenceFlag : uint64_t { kCleared = 1, kNeedsState = 2 };
enum CounterUnit : uint64_t { kNanoseconds = 1, kCount = 2, kBytes = 3 };
constexpr uint64_t kBootTime = 6;  // of Perfetto's clocks
// Tracks are told apart by these, above the number of what they are of.
enum TrackKind : uint64_t { kProcessTrack = 1, kThreadTrack = 2, kCounterTrack = 3, kMachineTrack = 4 };

uint64_t uuid(TrackKind kind, uint64_t number) { return kind << 56 | number; }

// Texts of a protobuf are UTF-8.
std::string utf8(std::string_view bytes) {
  std::string out;
  append_terminal(out, bytes);
  return out;
}

class PerfettoWriter {
 public:
  PerfettoWriter(const Session& session, const Passages& passages, std::string& text)
      : start_ns_(session.trace().facts().start_boot_ns),
        tracks_(session.threads()),
        passages_(passages),
        text_(text),
        described_processes_(tracks_.processes()),
        described_threads_(tracks_.threads()) {}

  void add(const Event& event) {
    const Tracks::Track track = tracks_.of(event.thread);
    const uint64_t on = describe(track);
    const uint64_t begin = start_ns_ + static_cast<uint64_t>(event.time_ns);
    begin_packet();
    event_.number(field::kType, event.duration_ns ? kBegin : kInstant);
    event_.number(field::kTrackUuid, on);
    event_.number(field::kCategoryIid, iid(kCategory, event.is_call ? "syscall" : "event"));
    event_.number(field::kNameIid, iid(kEventName, event.event));
    annotate(event);
    for (const Passage& passage : passages_.written(event.thread, begin)) event_.fixed(field::kFlowId, passage.id);
    end_packet(begin);
    if (!event.duration_ns) return;
    begin_packet();
    event_.number(field::kType, kEnd);
    event_.number(field::kTrackUuid, on);
    // A call that waited for the bytes began before they were written: the flow ends where the call does.
    for (const Passage& passage : passages_.read(event.thread, begin))
      event_.fixed(field::kTerminatingFlowId, passage.id);
    end_packet(begin + *event.duration_ns);
  }

  void add(const Counter& counter) {
    const uint64_t on = uuid(kCounterTrack, uint64_t{counter.cpu} << 16 | (counter.column & 0xffff));
    if (described_counters_.size() < kMostCounters && described_counters_.emplace(on, true).second) {
      ProtobufMessage unit, descriptor;
      unit.number(field::kUnit, counter.unit == "ns" ? kNanoseconds : counter.unit == "bytes" ? kBytes : kCount);
      descriptor.number(field::kUuid, on);
      descriptor.text(field::kTrackName, fmt::format("{} CPU {}", utf8(counter.name), counter.cpu));
      descriptor.message(field::kCounter, unit);
      write_descriptor(descriptor);
    }
    begin_packet();
    event_.number(field::kType, kCounterEvent);
    event_.number(field::kTrackUuid, on);
    event_.number(field::kCounterValue, counter.value);
    end_packet(counter.begin_ns);
  }

 private:
  static constexpr size_t kMostNames = 1u << 14, kMostCounters = 1u << 16;
  enum NameKind { kCategory, kEventName, kAnnotationName, kNameKinds };
  struct Names {
    std::unordered_map<std::string, uint64_t> ids;
  };

  void begin_packet() {
    event_.clear();
    interned_.clear();
    // Names are forgotten together, and between two packets, so that what a packet refers to is there.
    if (names_ >= kMostNames) {
      for (Names& names : known_) names.ids.clear();
      names_ = 0;
    }
    flags_ = kNeedsState | (names_ ? 0 : uint64_t{kCleared});
  }

  void end_packet(uint64_t time_ns) {
    packet_.clear();
    packet_.number(field::kTimestamp, time_ns);
    packet_.number(field::kTimestampClock, kBootTime);
    packet_.number(field::kSequence, 1);
    packet_.number(field::kSequenceFlags, flags_);
    if (!interned_.empty()) packet_.message(field::kInterned, interned_);
    packet_.message(field::kTrackEvent, event_);
    write_packet();
  }

  void write_packet() {
    whole_.clear();
    whole_.message(field::kPacket, packet_);
    text_ += whole_.bytes();
  }

  void write_descriptor(const ProtobufMessage& descriptor) {
    packet_.clear();
    packet_.number(field::kSequence, 1);
    packet_.message(field::kTrackDescriptor, descriptor);
    write_packet();
  }

  // The id of a name, which the packet defines if it is new.
  uint64_t iid(NameKind kind, std::string_view name) {
    const auto [found, is_new] = known_[kind].ids.try_emplace(std::string(name), names_ + 1);
    if (is_new) {
      ++names_;
      ProtobufMessage entry;
      entry.number(field::kIid, found->second);
      entry.text(field::kText, utf8(name));
      constexpr unsigned kFields[kNameKinds] = {field::kCategories, field::kEventNames, field::kAnnotationNames};
      interned_.message(kFields[kind], entry);
    }
    return found->second;
  }

  // The track's uuid; describes it, and its process, the first time.
  uint64_t describe(const Tracks::Track& track) {
    if (!track.thread) {
      const uint64_t machine = uuid(kMachineTrack, 0);
      if (!described_machine_) {
        ProtobufMessage descriptor;
        descriptor.number(field::kUuid, machine);
        descriptor.text(field::kTrackName, "machine");
        write_descriptor(descriptor);
      }
      described_machine_ = true;
      return machine;
    }
    const uint64_t process = uuid(kProcessTrack, track.process), thread = uuid(kThreadTrack, track.thread);
    if (!described_processes_[track.process]) {
      described_processes_[track.process] = true;
      ProtobufMessage about, descriptor;
      about.number(field::kPid, track.pid);
      about.text(field::kProcessName, utf8(track.name));
      descriptor.number(field::kUuid, process);
      descriptor.message(field::kProcess, about);
      write_descriptor(descriptor);
    }
    if (!described_threads_[track.thread]) {
      described_threads_[track.thread] = true;
      ProtobufMessage about, descriptor;
      about.number(field::kThreadPid, track.pid);
      about.number(field::kThreadTid, track.tid);
      about.text(field::kThreadName, utf8(track.name));
      descriptor.number(field::kUuid, thread);
      descriptor.number(field::kParentUuid, process);
      descriptor.message(field::kThread, about);
      write_descriptor(descriptor);
    }
    return thread;
  }

  ProtobufMessage& annotation(std::string_view name) {
    annotation_.clear();
    annotation_.number(field::kAnnotationNameIid, iid(kAnnotationName, name));
    return annotation_;
  }
  void annotate(std::string_view name, std::string_view text) {
    annotation(name).text(field::kString, utf8(text));
    event_.message(field::kAnnotation, annotation_);
  }
  void annotate(std::string_view name, uint64_t number) {
    annotation(name).number(field::kUint, number);
    event_.message(field::kAnnotation, annotation_);
  }
  void annotate_true(std::string_view name) {
    annotation(name).number(field::kBool, 1);
    event_.message(field::kAnnotation, annotation_);
  }

  void annotate(const Event& event) {
    if (!event.args.empty()) annotate("args", event.args);
    if (event.is_call) annotate("result", event.result_text);
    if (event.pid) annotate("process", event.process);
    if (event.result && *event.result < 0 && *event.result >= -4095)
      annotate("error", errno_name(static_cast<unsigned>(-*event.result)));
    if (event.path) annotate("path", *event.path);
    if (event.bytes) annotate("bytes", *event.bytes);
    if (event.cpu) annotate("cpu", uint64_t{*event.cpu});
    if (event.unfinished) annotate_true("unfinished");
    if (event.began_before) annotate_true("began_before");
  }

  const uint64_t start_ns_;
  const Tracks tracks_;
  const Passages& passages_;
  std::string& text_;
  std::vector<bool> described_processes_, described_threads_;
  std::unordered_map<uint64_t, bool> described_counters_;
  bool described_machine_ = false;
  Names known_[kNameKinds];
  uint64_t names_ = 0;  // that are known; ids are numbered from 1
  uint64_t flags_ = 0;
  ProtobufMessage event_, interned_, packet_, whole_, annotation_;
};

void write_perfetto(const Session& session, const Asked& asked, ExportOutput& output) {
  const Choice choice = choose_rows(session, asked);
  ExportText out(output, asked);
  const Passages passages(session, choice, out.watch());
  PerfettoWriter writer(session, passages, out.text());
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
  out.flush();
}

}  // namespace

extern constinit const Export kPerfettoExport{.name = "perfetto",
                                              .help = "a protobuf trace for ui.perfetto.dev and trace_processor",
                                              .place = 10,
                                              .form = Export::Form::kBinary,
                                              .write = write_perfetto};

}  // namespace ebpftrace::analyzer
