// SPDX-License-Identifier: Apache-2.0
// Hosts that record: of each, parts as ebpf-record --rotate --keep writes them, made of the blocks of a real trace, with ids and an
// account of their own. Each host has a folder; parts grow while they are written. What is repeated comes later each time, as it does on a host.
// usage: simulate_hosts SOURCE.trace FOLDER HOSTS PARTS REPEAT KEEP PAUSE_MS
//   PARTS: 0: until standard input ends, at least kFewestParts; what is left of a part then comes without pauses
//   REPEAT: how often the source's events are in a part; KEEP: parts that stay, 0: all; PAUSE_MS: between the frames of all hosts
// Prints a line for each part that it removed: "removed HOST PART ROWS_OF_EVENTS ROWS FRAMES", and in the end "host HOST RECORDING ROWS_OF_EVENTS".
#include <capnp/message.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <climits>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "trace/read/block.h"
#include "trace/read/trace.h"
#include "trace/write/block_encoder.h"
#include "trace/write/header_message.h"
#include "trace/write/trace_file.h"
#include "trace/write/types_to_write.h"

namespace {

constexpr int kFewestParts = 3;

// Nobody writes to it, so that whatever there is to read is its end.
bool input_has_ended() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 0) > 0;
}

using namespace ebpftrace;
using namespace ebpftrace::trace;

struct StoredFrame {
  FrameHeader header;
  std::vector<std::byte> bytes;
};

Id id_of(uint64_t kind, uint64_t number) {
  Id id;
  for (size_t half = 0; half < 2; ++half) {
    const uint64_t word[] = {kind, number, half, static_cast<uint64_t>(::getpid())};
    const uint64_t hash = checksum(word, sizeof word);
    std::memcpy(id.data() + 8 * half, &hash, 8);
  }
  return id;
}

std::string number_text(uint32_t number) {
  char text[16];
  std::snprintf(text, sizeof text, "%04u", number);
  return text;
}

class SimulatedHost {
 public:
  SimulatedHost(std::string folder, unsigned number, const TraceFacts& like, int keep)
      : folder_(std::move(folder)), number_(number), keep_(keep), recording_(id_of(2, number)), like_(like) {
    std::filesystem::create_directories(folder_);
  }

  void begin_part(const StoredFrame& catalogue) {
    ++part_;
    file_ = std::make_unique<TraceFile>(path(part_), OutputOwner{::getuid(), ::getgid()}, calls_);
    RecordingFacts facts;
    facts.recorder_version = like_.recorder_version;
    facts.probe = like_.probe;
    facts.command_line = {"simulate_hosts"};
    facts.start = {like_.start_boot_ns, like_.start_real_ns};
    facts.possible_cpus = like_.possible_cpus;
    facts.host.kernel = like_.kernel;
    facts.host.machine = like_.machine;
    facts.host.host_id = id_of(1, number_);
    facts.host.boot_id = id_of(3, number_);
    facts.host.label = "host-" + std::to_string(number_);
    facts.recording_id = recording_;
    facts.part = part_;
    capnp::MallocMessageBuilder header;
    build_header(header, facts);
    std::vector<EarlierRows> earlier;
    for (const auto& [type, rows] : earlier_) earlier.push_back({type, rows, 0});
    set_earlier(header, earlier);
    write(encoder_.encode(plain_header(FrameKind::kHeader), header));
    file_->append(catalogue.header, catalogue.bytes);
  }

  void append(const StoredFrame& frame) {
    file_->append(frame.header, frame.bytes);
    own_[frame.header.type] += frame.header.count;
  }

  // later_ns: than the source began.
  void status(uint64_t later_ns, bool final, bool last) {
    capnp::MallocMessageBuilder message;
    auto status = message.initRoot<schema::Status>();
    status.initClock().setBootNs(like_.start_boot_ns + later_ns);
    status.getClock().setRealNs(like_.start_real_ns + static_cast<int64_t>(later_ns));
    auto counts = status.initCounts(static_cast<unsigned>(own_.size()));
    unsigned at = 0;
    for (const auto& [type, rows] : own_) {
      counts[at].setCpu(kNoCpu);
      counts[at].setType(type);
      counts[at].setWhat(schema::Count::What::PRODUCED);
      counts[at++].setCount(rows);
    }
    status.setFinal(final);
    if (final) status.setStoppedBy(last ? "simulation" : "rotated");
    FrameHeader header = plain_header(FrameKind::kStatus);
    header.first_ns = header.last_ns = status.getClock().getBootNs();
    write(encoder_.encode(header, message));
  }

  void end_part(uint64_t later_ns, bool last, const std::map<uint16_t, bool>& is_event) {
    status(later_ns, true, last);
    frames_[part_] = file_->frames().size();
    file_->append_end_mark(kNoIndex);
    uint64_t events = 0, all = 0;
    for (const auto& [type, rows] : own_) {
      earlier_[type] += rows;
      all += rows;
      if (is_event.at(type)) events += rows;
    }
    events_[part_] = events;
    rows_[part_] = all;
    all_events_ += events;
    own_.clear();
    file_.reset();
    if (const int gone = static_cast<int>(part_) - keep_; keep_ && gone > 0) {
      std::filesystem::remove(path(static_cast<uint32_t>(gone)));
      const auto part = static_cast<uint32_t>(gone);
      std::printf("removed %u %u %lu %lu %zu\n", number_, part, events_[part], rows_[part], frames_[part]);
    }
  }

  void print() const {
    std::string hex;
    for (const std::byte byte : recording_) {
      char text[3];
      std::snprintf(text, sizeof text, "%02x", static_cast<unsigned>(byte));
      hex += text;
    }
    std::printf("host %u %s %lu\n", number_, hex.c_str(), all_events_);
  }

 private:
  std::string path(uint32_t part) const { return folder_ + "/run." + number_text(part) + ".trace"; }
  void write(const EncodedFrame& frame) { file_->append(frame.header, frame.bytes); }

  std::string folder_;
  unsigned number_;
  int keep_;
  Id recording_;
  const TraceFacts& like_;
  uint32_t part_ = 0;
  OutputCalls calls_;
  BlockEncoder encoder_;
  std::unique_ptr<TraceFile> file_;
  std::map<uint16_t, uint64_t> earlier_, own_;
  std::map<uint32_t, uint64_t> events_, rows_;
  std::map<uint32_t, size_t> frames_;
  uint64_t all_events_ = 0;
};

// The blocks of the source's events, as they would be had they happened later.
class Repeater {
 public:
  explicit Repeater(const Trace& source) : source_(source), written_(types_to_write(source.catalogue().types)) {
    for (const Frame& frame : source.frames()) {
      if (!frame.is(FrameKind::kBlock) || source.catalogue().type(frame.type)->dictionary) continue;
      frames_.push_back(frame);
      first_ns_ = std::min(first_ns_, frame.first_ns);
      last_ns_ = std::max(last_ns_, frame.last_ns);
    }
  }
  size_t frames() const { return frames_.size(); }
  uint64_t span_ns() const { return last_ns_ - first_ns_ + 1; }
  uint64_t end_ns() const { return last_ns_ - source_.facts().start_boot_ns; }  // since the source's beginning

  StoredFrame later(size_t index, uint64_t ns) {
    const Frame& frame = frames_[index];
    const EventType& type = *source_.catalogue().type(frame.type);
    const EventType& written = written_[static_cast<size_t>(&type - source_.catalogue().types.data())];
    std::vector<std::string_view> names;
    for (const ColumnType& column : type.columns) names.push_back(column.name);
    Block block(source_, type, names);
    OpenBlock open(written, frame.count);
    open.start(frame.cpu);
    const auto time = type.column("timeNs");
    if (!block.load(frame)) throw std::runtime_error("the source is damaged");
    while (block.next_tile())
      for (size_t row = 0; row < block.tile_rows(); ++row) {
        for (unsigned i = 0; i < type.columns.size(); ++i) {
          const uint64_t value = block.column(i)[row];
          const BlockText text = type.columns[i].is_text() && value ? block.text(value) : BlockText();
          if (text.present)
            open.set_string(i, text.bytes, text.cut,
                            (text.unreadable ? STRING_UNREADABLE : 0) | (text.at_least ? STRING_AT_LEAST : 0));
          else
            open.set(i, type.columns[i].is_text() ? 0 : value + (i == time ? ns : 0));
        }
        open.end_row();
      }
    const EncodedFrame made = encoder_.encode(open);
    return {made.header, {made.bytes.begin(), made.bytes.end()}};
  }

 private:
  const Trace& source_;
  const std::vector<EventType> written_;
  std::vector<Frame> frames_;
  uint64_t first_ns_ = UINT64_MAX, last_ns_ = 0;
  BlockEncoder encoder_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8) {
    std::fprintf(stderr, "usage: simulate_hosts SOURCE.trace FOLDER HOSTS PARTS REPEAT KEEP PAUSE_MS\n");
    return 1;
  }
  const Trace source(open_file(argv[1]));
  const int hosts = std::atoi(argv[3]), parts = std::atoi(argv[4]), repeat = std::atoi(argv[5]),
            keep = std::atoi(argv[6]);
  auto pause = std::chrono::milliseconds(std::atoi(argv[7]));
  std::optional<StoredFrame> catalogue;
  std::vector<StoredFrame> descriptions;
  std::map<uint16_t, bool> is_event;
  for (const EventType& type : source.catalogue().types) is_event[type.id] = !type.dictionary;
  for (const Frame& frame : source.frames()) {
    StoredFrame stored{{}, std::vector<std::byte>(frame.end() - frame.offset)};
    source.bytes().read(frame.offset, stored.bytes);
    std::memcpy(&stored.header, stored.bytes.data(), sizeof stored.header);
    if (frame.is(FrameKind::kCatalogue))
      catalogue = std::move(stored);
    else if (frame.is(FrameKind::kBlock) && !is_event[frame.type])
      descriptions.push_back(std::move(stored));
  }
  Repeater repeater(source);
  std::vector<std::unique_ptr<SimulatedHost>> all;
  for (int i = 0; i < hosts; ++i)
    all.push_back(std::make_unique<SimulatedHost>(std::string(argv[2]) + "/" + std::to_string(i),
                                                  static_cast<unsigned>(i), source.facts(), keep));
  // A status about once a second, as a recorder writes it.
  const int status_every = pause.count() ? std::max<int>(1, static_cast<int>(1000 / pause.count())) : INT_MAX;
  int since_status = 0;
  uint64_t later_ns = 0;
  bool last = false;
  for (int part = 1; !last; ++part) {
    for (auto& host : all) host->begin_part(*catalogue);
    for (const StoredFrame& frame : descriptions)
      for (auto& host : all) host->append(frame);
    for (int again = 0; again < repeat; ++again, later_ns += repeater.span_ns()) {
      const uint64_t end_ns = later_ns + repeater.end_ns();
      for (size_t i = 0; i < repeater.frames(); ++i) {
        const StoredFrame frame = repeater.later(i, later_ns);
        for (auto& host : all) host->append(frame);
        if (!parts && input_has_ended()) pause = std::chrono::milliseconds(0);
        if (pause.count()) std::this_thread::sleep_for(pause);
        if (++since_status < status_every) continue;
        since_status = 0;
        for (auto& host : all) host->status(end_ns, false, false);
      }
      for (auto& host : all) host->status(end_ns, false, false);
    }
    last = parts ? part == parts : part >= kFewestParts && input_has_ended();
    for (auto& host : all) host->end_part(later_ns - repeater.span_ns() + repeater.end_ns(), last, is_event);
    std::fflush(stdout);
  }
  for (auto& host : all) host->print();
}
