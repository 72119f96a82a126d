// SPDX-License-Identifier: Apache-2.0
// Perfetto's protobuf trace, of TrackEvents: a slice for each system call on its thread's track, instants for everything
// else that happened, a counter track for each counter and CPU, flows from the call that wrote to the one that read it.
// Names are interned. Times are boot time. Field numbers are those of Perfetto's public .proto files.
#include <fmt/format.h>

#include <array>
#include <functional>
#include <unordered_map>

#include "analyzer/exports/passages.h"
#include "analyzer/exports/protobuf.h"
#include "analyzer/exports/rendered_events.h"
#include "analyzer/exports/tracks.h"
#include "analyzer/text/call_text.h"
#include "analyzer/text/escape.h"
#include "analyzer/text/plain_text.h"

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

// Names that all traces have, by their places here.
namespace annotation {
enum Name : unsigned { kArgs, kResult, kProcess, kError, kPath, kBytes, kCpu, kUnfinished, kBeganBefore };
constexpr std::array<std::string_view, 9> kNames = {"args",  "result", "process",    "error",       "path",
                                                    "bytes", "cpu",    "unfinished", "began_before"};
}  // namespace annotation
namespace category {
enum Name : unsigned { kSyscall, kEvent };
constexpr std::array<std::string_view, 2> kNames = {"syscall", "event"};
}  // namespace category

// Texts of a protobuf are UTF-8.
std::string utf8(std::string_view bytes) {
  std::string out;
  append_terminal(out, bytes);
  return out;
}

uint64_t track_uuid(const Tracks::Track& track) {
  return track.thread ? uuid(kThreadTrack, track.thread) : uuid(kMachineTrack, 0);
}

// An event as its packets are if no name is new. Ids of names are numbered as they occur, so only whoever has all events in
// order knows them: instead of an id of its category or of an annotation's name there is the name's place above, and instead of
// that of the event's name 0, a byte each.
struct PerfettoEvent : EventPiece {
  TextPiece name;                      // of the event
  TextPiece annotations;               // in `line`, from its start on; then come the flows
  uint32_t category = 0, name_id = 0;  // where in `line` these two are, from its start on
  uint32_t end_packet = 0;             // where that begins; the line's size: there is none
  uint32_t end_event = 0;              // where its event begins
  uint16_t has = 0;                    // a bit for each kind of annotation
  uint64_t begin_ns = 0, end_ns = 0;   // boot time
};

// What a packet of an event has, whatever the event.
class PerfettoPacket {
 public:
  ProtobufMessage event, interned;

  void clear() {
    event.clear();
    interned.clear();
  }
  // Appends all of it to the text. Returns where in the text the event begins.
  size_t append(std::string& text, uint64_t time_ns, uint64_t flags) {
    packet_.clear();
    packet_.number(field::kTimestamp, time_ns);
    packet_.number(field::kTimestampClock, kBootTime);
    packet_.number(field::kSequence, 1);
    packet_.number(field::kSequenceFlags, flags);
    if (!interned.empty()) packet_.message(field::kInterned, interned);
    packet_.message(field::kTrackEvent, event);
    append_packet(text, packet_);
    return text.size() - event.bytes().size();
  }
  void append_packet(std::string& text, const ProtobufMessage& packet) {
    whole_.clear();
    whole_.message(field::kPacket, packet);
    text += whole_.bytes();
  }

 private:
  ProtobufMessage packet_, whole_;
};

// Rows of a block -> PerfettoEvents. One per thread.
class PerfettoEvents {
 public:
  PerfettoEvents(const Tracks* tracks, const Passages* passages, const EventTextSources& sources)
      : start_ns_(sources.trace.facts().start_boot_ns), tracks_(*tracks), passages_(*passages), events_(sources) {}

  bool write(const trace::Frame& frame, EventTextWriter::Rows rows, std::span<PerfettoEvent> to, std::string& text,
             size_t room) {
    parts_.clear();
    return events_.write(frame, rows, parts_, [&](uint32_t place, const WrittenEvent& row) {
      add(row.event(parts_, WrittenEvent::Arguments::kTogether), to[place], text);
      parts_.clear();
      return text.size() <= room && text.size() <= kMostLineBytes;
    });
  }

 private:
  void add(const Event& event, PerfettoEvent& piece, std::string& text) {
    const Tracks::Track track = tracks_.of(event.thread);
    piece.present = true;
    piece.thread = event.thread;
    piece.track = track.thread;
    piece.begin_ns = start_ns_ + static_cast<uint64_t>(event.time_ns);
    piece.end_ns = piece.begin_ns + event.duration_ns.value_or(0);
    piece.has = 0;
    const size_t start = text.size();
    auto written = [&] { return static_cast<uint32_t>(packet_.event.bytes().size()); };
    packet_.clear();
    packet_.event.number(field::kType, event.duration_ns ? kBegin : kInstant);
    packet_.event.number(field::kTrackUuid, track_uuid(track));
    packet_.event.number(field::kCategoryIid, event.is_call ? category::kSyscall : category::kEvent);
    const uint32_t category = written() - 1;
    packet_.event.number(field::kNameIid, 0);
    const uint32_t name_id = written() - 1;
    piece.annotations.offset = written();
    annotate(event, piece);
    piece.annotations.size = written() - piece.annotations.offset;
    for (const Passage& passage : passages_.written(event.thread, piece.begin_ns))
      packet_.event.fixed(field::kFlowId, passage.id);
    if (!event.duration_ns)  // else its end has them
      for (const Passage& passage : passages_.read(event.thread, piece.begin_ns))
        packet_.event.fixed(field::kTerminatingFlowId, passage.id);
    const auto at = static_cast<uint32_t>(packet_.append(text, piece.begin_ns, kNeedsState) - start);
    piece.category = at + category;
    piece.name_id = at + name_id;
    piece.annotations.offset += at;
    piece.end_packet = static_cast<uint32_t>(text.size() - start);
    if (event.duration_ns) {
      packet_.clear();
      packet_.event.number(field::kType, kEnd);
      packet_.event.number(field::kTrackUuid, track_uuid(track));
      // A call that waited for the bytes began before they were written: the flow ends where the call does.
      for (const Passage& passage : passages_.read(event.thread, piece.begin_ns))
        packet_.event.fixed(field::kTerminatingFlowId, passage.id);
      piece.end_event = static_cast<uint32_t>(packet_.append(text, piece.end_ns, kNeedsState) - start);
    }
    piece.line = {static_cast<uint32_t>(start), static_cast<uint32_t>(text.size() - start)};
    piece.name = {static_cast<uint32_t>(text.size()), static_cast<uint32_t>(event.event.size())};
    text += event.event;
  }

  ProtobufMessage& begin_annotation(annotation::Name name, PerfettoEvent& piece) {
    piece.has |= static_cast<uint16_t>(1u << name);
    annotation_.clear();
    annotation_.number(field::kAnnotationNameIid, name);
    return annotation_;
  }

  void annotate(const Event& event, PerfettoEvent& piece) {
    auto text = [&](annotation::Name name, std::string_view value) {
      ProtobufMessage& message = begin_annotation(name, piece);
      if (plain_until<>(value, 0) == value.size())
        message.text(field::kString, value);
      else
        message.text(field::kString, utf8(value));
      packet_.event.message(field::kAnnotation, message);
    };
    auto number = [&](annotation::Name name, unsigned kind, uint64_t value) {
      begin_annotation(name, piece).number(kind, value);
      packet_.event.message(field::kAnnotation, annotation_);
    };
    if (!event.args.empty()) text(annotation::kArgs, event.args);
    if (event.is_call) text(annotation::kResult, event.result_text);
    if (event.pid) text(annotation::kProcess, event.process);
    if (event.result && *event.result < 0 && *event.result >= -4095)
      text(annotation::kError, errno_name(static_cast<unsigned>(-*event.result)));
    if (event.path) text(annotation::kPath, *event.path);
    if (event.bytes) number(annotation::kBytes, field::kUint, *event.bytes);
    if (event.cpu) number(annotation::kCpu, field::kUint, *event.cpu);
    if (event.unfinished) number(annotation::kUnfinished, field::kBool, 1);
    if (event.began_before) number(annotation::kBeganBefore, field::kBool, 1);
  }

  const uint64_t start_ns_;
  const Tracks& tracks_;
  const Passages& passages_;
  EventTextWriter events_;
  std::string parts_;  // of one event
  PerfettoPacket packet_;
  ProtobufMessage annotation_;
};

// Ids of names, in the order in which they occur; forgotten together when there are too many.
class InternedNames {
 public:
  // Of what comes after an interned name was 0.
  void begin_packet() {
    if (size_ < kMostNames) return;
    categories_ = {};
    annotations_ = {};
    events_.clear();
    size_ = 0;
    small_annotations_ = 0;
  }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ >= kMostNames; }

  // 0: not known yet.
  uint64_t category(size_t at) const { return categories_[at]; }
  uint64_t annotation(size_t at) const { return annotations_[at]; }
  uint64_t event(std::string_view name) const {
    const auto found = events_.find(name);
    return found == events_.end() ? 0 : found->second;
  }
  // A bit for each annotation whose id is a byte.
  uint16_t small_annotations() const { return small_annotations_; }

  // The same, and the packet defines it if it is new.
  uint64_t category(size_t at, ProtobufMessage& interned) {
    return known(categories_[at], category::kNames[at], field::kCategories, interned);
  }
  uint64_t annotation(size_t at, ProtobufMessage& interned) {
    const uint64_t id = known(annotations_[at], annotation::kNames[at], field::kAnnotationNames, interned);
    if (is_small(id)) small_annotations_ |= static_cast<uint16_t>(1u << at);
    return id;
  }
  uint64_t event(std::string_view name, ProtobufMessage& interned) {
    return known(events_[std::string(name)], name, field::kEventNames, interned);
  }

  static bool is_small(uint64_t id) { return id && id < 0x80; }

 private:
  static constexpr size_t kMostNames = 1u << 14;
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  uint64_t known(uint64_t& id, std::string_view name, unsigned kind, ProtobufMessage& interned) {
    if (id) return id;
    id = ++size_;
    ProtobufMessage entry;
    entry.number(field::kIid, id);
    entry.text(field::kText, utf8(name));
    interned.message(kind, entry);
    return id;
  }

  std::array<uint64_t, category::kNames.size()> categories_{};
  std::array<uint64_t, annotation::kNames.size()> annotations_{};
  std::unordered_map<std::string, uint64_t, Hash, std::equal_to<>> events_;
  uint64_t size_ = 0;
  uint16_t small_annotations_ = 0;
};

// All packets, in their order: with the ids of names, and tracks described before what is on them.
class PerfettoWriter {
 public:
  PerfettoWriter(const Tracks& tracks, std::string& text)
      : tracks_(tracks),
        text_(text),
        described_processes_(tracks_.processes()),
        described_threads_(tracks_.threads()) {}

  void add(const PerfettoEvent& event, std::string_view text) {
    describe(event);
    const std::string_view line = event.line.in(text), name = event.name.in(text);
    if (!add_with_known_names(event, line, name)) add_with_new_names(event, line, name);
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
    const uint64_t flags = begin_packet();
    packet_.event.number(field::kType, kCounterEvent);
    packet_.event.number(field::kTrackUuid, on);
    packet_.event.number(field::kCounterValue, counter.value);
    packet_.append(text_, counter.begin_ns, flags);
  }

 private:
  static constexpr size_t kMostCounters = 1u << 16;

  // Names are forgotten between two packets, so that what a packet refers to is there.
  uint64_t begin_packet() {
    packet_.clear();
    names_.begin_packet();
    return kNeedsState | (names_.empty() ? uint64_t{kCleared} : 0);
  }

  // As it is, with the ids put in. False: that can't be done.
  bool add_with_known_names(const PerfettoEvent& event, std::string_view line, std::string_view name) {
    if (names_.empty() || names_.full() || event.has & ~names_.small_annotations()) return false;
    const uint64_t category = names_.category(static_cast<size_t>(line[event.category])), id = names_.event(name);
    if (!InternedNames::is_small(category) || !InternedNames::is_small(id)) return false;
    const size_t at = text_.size();
    text_ += line;
    char* const bytes = text_.data() + at;
    bytes[event.category] = static_cast<char>(category);
    bytes[event.name_id] = static_cast<char>(id);
    for_each_annotation(event.annotations.in(line), [&](std::string_view annotation) {
      char* const place = bytes + (annotation.data() - line.data()) + 1;
      *place = static_cast<char>(names_.annotation(static_cast<size_t>(*place)));
    });
    return true;
  }

  void add_with_new_names(const PerfettoEvent& event, std::string_view line, std::string_view name) {
    const bool ends = event.end_packet != event.line.size;
    const uint64_t on = track_uuid(tracks_.of(event.thread));
    uint64_t flags = begin_packet();
    packet_.event.number(field::kType, ends ? kBegin : kInstant);
    packet_.event.number(field::kTrackUuid, on);
    packet_.event.number(field::kCategoryIid,
                         names_.category(static_cast<size_t>(line[event.category]), packet_.interned));
    packet_.event.number(field::kNameIid, names_.event(name, packet_.interned));
    for_each_annotation(event.annotations.in(line), [&](std::string_view annotation) {
      annotation_.clear();
      annotation_.number(field::kAnnotationNameIid,
                         names_.annotation(static_cast<size_t>(annotation[1]), packet_.interned));
      annotation_.fields(annotation.substr(2));
      packet_.event.message(field::kAnnotation, annotation_);
    });
    const size_t flows = event.annotations.offset + event.annotations.size;
    packet_.event.fields(line.substr(flows, event.end_packet - flows));
    packet_.append(text_, event.begin_ns, flags);
    if (!ends) return;
    if (!names_.full()) {
      text_ += line.substr(event.end_packet);
      return;
    }
    flags = begin_packet();
    packet_.event.fields(line.substr(event.end_event));
    packet_.append(text_, event.end_ns, flags);
  }

  // one(its fields), the first of which is the name's place, in two bytes.
  template <typename One>
  static void for_each_annotation(std::string_view annotations, One&& one) {
    for (size_t at = 0; at < annotations.size();) {
      ProtobufMessage::read_varint(annotations, at);  // tag
      const uint64_t size = ProtobufMessage::read_varint(annotations, at);
      one(annotations.substr(at, size));
      at += size;
    }
  }

  void write_descriptor(const ProtobufMessage& descriptor) {
    ProtobufMessage packet;
    packet.number(field::kSequence, 1);
    packet.message(field::kTrackDescriptor, descriptor);
    packet_.append_packet(text_, packet);
  }

  // The event's track, and its process, the first time.
  void describe(const PerfettoEvent& event) {
    if (event.track ? described_threads_[event.track] : described_machine_) return;
    const Tracks::Track track = tracks_.of(event.thread);
    ProtobufMessage descriptor;
    if (!track.thread) {
      described_machine_ = true;
      descriptor.number(field::kUuid, track_uuid(track));
      descriptor.text(field::kTrackName, "machine");
      return write_descriptor(descriptor);
    }
    const uint64_t process = uuid(kProcessTrack, track.process);
    if (!described_processes_[track.process]) {
      described_processes_[track.process] = true;
      ProtobufMessage about;
      about.number(field::kPid, track.pid);
      about.text(field::kProcessName, utf8(track.name));
      descriptor.number(field::kUuid, process);
      descriptor.message(field::kProcess, about);
      write_descriptor(descriptor);
    }
    described_threads_[track.thread] = true;
    ProtobufMessage about;
    about.number(field::kThreadPid, track.pid);
    about.number(field::kThreadTid, track.tid);
    about.text(field::kThreadName, utf8(track.name));
    descriptor.clear();
    descriptor.number(field::kUuid, track_uuid(track));
    descriptor.number(field::kParentUuid, process);
    descriptor.message(field::kThread, about);
    write_descriptor(descriptor);
  }

  const Tracks& tracks_;
  std::string& text_;
  std::vector<bool> described_processes_, described_threads_;
  std::unordered_map<uint64_t, bool> described_counters_;
  bool described_machine_ = false;
  InternedNames names_;
  PerfettoPacket packet_;
  ProtobufMessage annotation_;
};

void write_perfetto(const Session& session, const Asked& asked, ExportOutput& output) {
  const Choice choice = choose_rows(session, asked);
  ExportText out(output, asked);
  const Passages passages(session, choice, out.watch());
  const Tracks tracks(session.threads());
  PerfettoWriter writer(tracks, out.text());
  const uint64_t all = event_rows(session.trace());
  write_rendered<PerfettoEvents, PerfettoEvent>(
      session, choice, asked, out, all,
      [&](const PerfettoEvent& event, const std::string& text) { writer.add(event, text); }, &tracks, &passages);
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
