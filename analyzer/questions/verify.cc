// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/id_set.h"
#include "analyzer/query/coverage.h"
#include "analyzer/questions/verify_summaries.h"
#include "trace/read/block.h"
#include "trace/read/frame_message.h"

namespace ebpftrace::analyzer {
namespace {

using Verdict = Check::Verdict;
using What = schema::Count::What;

constexpr uint64_t kFramesBetweenReports = 256;
constexpr size_t kMaxReaders = 32;         // block readers that are kept; a catalogue may hold more types than that
constexpr unsigned kMaxCounts = 1u << 16;  // of a status, as Trace takes them
constexpr size_t kMaxCpus = 1u << 16;
constexpr uint32_t kAllGroups = (1u << trace::kMaxColumnGroups) - 1;

Check check(std::string what, std::string of, uint64_t checked, uint64_t faults, std::string note = {}) {
  return {std::move(what), std::move(of), checked, faults, faults ? Verdict::kDamaged : Verdict::kSound,
          std::move(note)};
}

Check unknown(std::string what, std::string note) {
  return {std::move(what), "", 0, 0, Verdict::kUnknown, std::move(note)};
}

// What rows of other types refer to by id: a type of descriptions that has a column of its own name.
struct Described {
  explicit Described(IdPages& pages) : ids(pages) {}

  IdSet ids;
  uint64_t references = 0, undescribed = 0;
  bool gaps = false;  // descriptions are lost, or may be among what is damaged
};

// "No such thing": 0, but interfaces are counted from 0.
uint64_t nothing(std::string_view described) { return described == "interface" ? 0xffffffff : 0; }

// Of one event type.
struct Tally {
  uint64_t rows = 0, undecoded_rows = 0, texts = 0, missing_texts = 0, late_rows = 0;
  std::map<uint32_t, uint64_t> rows_by_cpu;
};

// Reads all columns of a type.
struct Reader {
  struct Reference {
    unsigned column;
    std::string_view name;
    Described* described;
    uint64_t none;
  };

  Reader(const trace::Trace& trace, const EventType& event_type, std::vector<std::string_view> names,
         std::shared_ptr<trace::FramePayload> payload)
      : type(event_type),
        block(trace, type, names, std::move(payload)),
        duration(type.column("durationNs")),
        cpu(type.name == "syscall" ? type.column("cpu") : std::nullopt),
        id_column(type.dictionary ? type.column(type.name) : std::nullopt) {
    for (unsigned i = 0; i < type.columns.size(); ++i) {
      if (type.columns[i].is_text()) texts.push_back(i);
      groups |= 1u << type.columns[i].group % trace::kMaxColumnGroups;
    }
  }

  const EventType& type;
  trace::Block block;
  std::optional<unsigned> duration;
  std::optional<unsigned> cpu;  // of each row of a block that CPUs share
  std::optional<unsigned> id_column;
  Described* describes = nullptr;
  std::vector<unsigned> texts;
  std::vector<Reference> references;
  uint32_t groups = 1;
};

std::vector<std::string_view> column_names(const EventType& type) {
  std::vector<std::string_view> names;
  for (const ColumnType& column : type.columns) names.push_back(column.name);
  return names;
}

class Verifier {
 public:
  Verifier(const trace::Trace& trace, const Asked& asked)
      : trace_(trace), asked_(asked), found_when_opened_(trace.damage().list()) {
    for (const EventType& type : trace.catalogue().types)
      if (type.dictionary && type.column(type.name)) described_.try_emplace(type.name, pages_);
    for (const trace::Loss& loss : trace.losses().list)
      if (const EventType* type = trace.catalogue().type(loss.type); type && loss.count) leave_gaps(type->name);
    if (!found_when_opened_.empty())
      for (auto& [name, described] : described_) described.gaps = true;
  }

  Verification run() {
    Progress progress{0, trace_.frames().size()};
    size_t part = 0;
    for (size_t position = 0; position < trace_.frames().size() && !asked_.stop.stop_requested(); ++position) {
      for (; part + 1 < trace_.parts().size() && position == trace_.parts()[part + 1].first_frame; ++part) end_part();
      read_frame(trace_.frames()[position]);
      ++progress.done;
      if (asked_.progress && progress.done % kFramesBetweenReports == 0) asked_.progress(progress);
    }
    end_part();
    result_.stopped = progress.done < progress.all;
    add_frame_checks();
    add_row_checks();
    add_id_checks();
    if (result_.stopped) {
      result_.checks.push_back(unknown("account", "stopped before the end: not all rows were counted"));
    } else {
      add_account_checks();
      add_index_check();
      add_summary_check();
    }
    result_.checks.push_back(trace_.closed() ? check("end mark", "", 1, 0)
                                             : unknown("end mark",
                                                       "the trace has none: the recorder was stopped "
                                                       "abruptly, or the file is cut off"));
    result_.faults = trace_.damage().list();
    result_.more_faults = trace_.damage().more();
    result_.coverage = coverage_of(trace_);
    return std::move(result_);
  }

 private:
  struct FrameTally {
    uint64_t frames = 0, damaged = 0;
  };

  void leave_gaps(const std::string& described) {
    if (const auto found = described_.find(described); found != described_.end()) found->second.gaps = true;
  }

  // Damage that was found at these places when the trace was opened.
  uint64_t found_at(uint64_t offset) const {
    const auto less = [](const trace::Damage& damage, uint64_t at) { return damage.offset < at; };
    const auto first = std::lower_bound(found_when_opened_.begin(), found_when_opened_.end(), offset, less);
    const auto last = offset == UINT64_MAX ? found_when_opened_.end()
                                           : std::lower_bound(first, found_when_opened_.end(), offset + 1, less);
    return static_cast<uint64_t>(last - first);
  }

  // What the last status of each part says is of that part.
  void end_part() {
    for (const auto& [key, count] : produced_) all_produced_[key] += count;
    for (const auto& [key, count] : lost_) all_lost_[key] += count;
    all_final_ &= final_;
    final_ = false;
    produced_.clear();
    lost_.clear();
  }

  // ---- what is read ----

  void read_frame(const trace::Frame& frame) {
    bool sound = false;
    if (const uint64_t found = found_at(frame.offset)) {
      found_at_frames_ += found;
      if (frame.is(trace::FrameKind::kIndex)) found_at_index_ += found;
    }
    if (frame.is(trace::FrameKind::kBlock))
      sound = read_block(frame);
    else if (frame.is(trace::FrameKind::kStatus))
      sound = read_status(frame);
    else if (frame.is(trace::FrameKind::kSummary))
      sound = payload_->load_groups(trace_.bytes(), frame, kAllGroups, trace_.damage());
    else if (frame.kind < static_cast<uint16_t>(trace::FrameKind::kSummary))
      sound = !payload_->load(trace_.bytes(), frame, trace_.damage()).empty();
    else
      sound = has_its_checksum(frame);
    FrameTally& tally = frames_[frame.kind];
    ++tally.frames;
    tally.damaged += !sound;
  }

  // Of a frame whose payload may be anything.
  bool has_its_checksum(const trace::Frame& frame) {
    std::vector<std::byte> bytes(sizeof(trace::FrameHeader) + frame.stored_bytes);
    trace::FrameHeader header;
    if (trace_.bytes().read(frame.offset, bytes) == bytes.size()) {
      std::memcpy(&header, bytes.data(), sizeof header);
      if (header.header_checksum == trace::checksum_of_front(header) && header.kind == frame.kind &&
          header.stored_bytes == frame.stored_bytes &&
          header.payload_checksum == trace::checksum(bytes.data() + sizeof header, frame.stored_bytes))
        return true;
    }
    trace_.damage().report(frame.offset, "frame payload damaged");
    return false;
  }

  bool read_status(const trace::Frame& frame) {
    final_ = false;
    produced_.clear();
    lost_.clear();
    return trace::read_message<
        schema::Status>(*payload_, trace_.bytes(), frame, trace_.damage(), [&](schema::Status::Reader status) {
      const auto counts = status.getCounts();
      if (counts.size() > kMaxCounts) return;  // Trace has reported it
      for (auto count : counts)
        (count.getWhat() == What::PRODUCED ? produced_ : lost_)[{count.getType(), count.getCpu()}] += count.getCount();
      final_ = status.getFinal();
    });
  }

  bool read_block(const trace::Frame& frame) {
    const EventType* type = trace_.catalogue().type(frame.type);
    Tally& tally = tallies_[frame.type];
    const uint64_t rows_before = tally.rows;
    bool sound = false;
    if (!type) {
      trace_.damage().report(frame.offset, "block of a type that the trace doesn't describe");
      read_groups(frame, 0);
    } else {
      Reader& reader = reader_of(*type);
      sound = read_groups(frame, reader.groups) && read_rows(reader, frame, tally);
    }
    if (const uint64_t missing = frame.count - (tally.rows - rows_before)) {
      tally.undecoded_rows += missing;
      count_by_cpu(tally, frame.cpu, missing);
      if (type) leave_gaps(type->name);
    }
    return sound;
  }

  static void count_by_cpu(Tally& tally, uint32_t cpu, uint64_t rows) {
    const bool known = tally.rows_by_cpu.contains(cpu);
    tally.rows_by_cpu[known || tally.rows_by_cpu.size() < kMaxCpus ? cpu : trace::kNoCpu] += rows;
  }

  // Counts a block's groups, and reads those that its columns' reader does not: of a later version.
  bool read_groups(const trace::Frame& frame, uint32_t read_elsewhere) {
    trace::GroupTable table{};
    const auto bytes =
        std::as_writable_bytes(std::span(&table, 1)).first(std::min<size_t>(sizeof table, frame.stored_bytes));
    trace_.bytes().read(frame.offset + sizeof(trace::FrameHeader), bytes);
    const uint32_t groups = std::min(table.groups, trace::kMaxColumnGroups);
    for (uint32_t group = 0; group < groups; ++group) column_groups_ += table.entries[group].stored_bytes != 0;
    const uint32_t others = ((1u << groups) - 1) & kAllGroups & ~read_elsewhere;
    return !others || payload_->load_groups(trace_.bytes(), frame, others, trace_.damage());
  }

  bool read_rows(Reader& reader, const trace::Frame& frame, Tally& tally) {
    trace::Block& block = reader.block;
    bool sound = block.load(frame);
    // The last text is there only if all of them are.
    if (sound && block.text_count() && !block.text(block.text_count()).present) {
      ++tally.missing_texts;
      sound = false;
    }
    uint64_t rows = 0, late = 0;
    while (block.next_tile()) {
      rows += block.tile_rows();
      const uint64_t* const cpus = frame.cpu == trace::kNoCpu && reader.cpu ? block.column(*reader.cpu) : nullptr;
      for (size_t i = 0, end; i < block.tile_rows(); i = end) {  // rows of one CPU lie together
        for (end = cpus ? i + 1 : block.tile_rows(); end < block.tile_rows() && cpus[end] == cpus[i];) ++end;
        count_by_cpu(tally, cpus ? static_cast<uint32_t>(cpus[i]) : frame.cpu, end - i);
      }
      late += rows_out_of_time(reader, frame);
      sound &= read_texts(reader, tally);
      read_references(reader, frame);
      if (reader.describes)
        for (size_t i = 0; i < block.tile_rows(); ++i) reader.describes->ids.add(block.column(*reader.id_column)[i]);
    }
    tally.rows += rows;
    tally.late_rows += late;
    if (late) trace_.damage().report(frame.offset, "block holds rows from outside of the time that it gives");
    return sound && !late && rows == frame.count;
  }

  static uint64_t rows_out_of_time(const Reader& reader, const trace::Frame& frame) {
    const trace::Block& block = reader.block;
    uint64_t late = 0;
    for (size_t i = 0; i < block.tile_rows(); ++i) {
      const uint64_t begin = block.column(0)[i],
                     end = begin + (reader.duration ? block.column(*reader.duration)[i] : 0);
      late += begin < frame.first_ns || end > frame.last_ns || end < begin;
    }
    return late;
  }

  static bool read_texts(Reader& reader, Tally& tally) {
    trace::Block& block = reader.block;
    uint64_t missing = 0;
    for (const unsigned column : reader.texts)
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        const uint64_t number = block.column(column)[i];
        tally.texts += number != 0;
        if (number > block.text_count()) missing += !block.text(number).present;  // which reports it
      }
    tally.missing_texts += missing;
    return !missing;
  }

  void read_references(Reader& reader, const trace::Frame& frame) {
    trace::Block& block = reader.block;
    for (const Reader::Reference& reference : reader.references)
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        const uint64_t id = block.column(reference.column)[i];
        if (id == reference.none) continue;
        Described& described = *reference.described;
        ++described.references;
        if (described.ids.contains(id)) continue;
        ++described.undescribed;
        if (!described.gaps && !described.ids.full())
          trace_.damage().report(frame.offset,
                                 fmt::format("a row of {} refers to {} {}, which is not described before it",
                                             reader.type.name, reference.name, id));
      }
  }

  Reader& reader_of(const EventType& type) {
    if (readers_.size() >= kMaxReaders && !readers_.contains(type.id)) readers_.clear();
    auto& reader = readers_[type.id];
    if (reader) return *reader;
    reader = std::make_unique<Reader>(trace_, type, column_names(type), payload_);
    if (const auto own = described_.find(type.name); own != described_.end() && reader->id_column)
      reader->describes = &own->second;
    for (unsigned i = 0; i < type.columns.size(); ++i)
      if (const auto described = described_.find(type.columns[i].refers_to); described != described_.end())
        reader->references.push_back({i, described->first, &described->second, nothing(described->first)});
    return *reader;
  }

  // ---- what is said of it ----

  std::string type_name(uint16_t id) const {
    const EventType* type = trace_.catalogue().type(id);
    return type ? type->name : fmt::format("type {}", id);
  }

  void add_frame_checks() {
    constexpr std::string_view kNames[] = {"", "header", "block", "status", "index", "catalogue", "summary"};
    auto& checks = result_.checks;
    uint64_t at_beginnings = 0;
    for (const trace::TracePart& part : trace_.parts()) at_beginnings += found_at(part.base);
    checks.push_back(check("preamble", "", trace_.parts().size(), at_beginnings));
    for (const auto& [kind, tally] : frames_)
      checks.push_back(check(
          "frames", kind && kind < std::size(kNames) ? std::string(kNames[kind]) : fmt::format("kind {}", kind),
          tally.frames, tally.damaged,
          kind == static_cast<uint16_t>(trace::FrameKind::kBlock) ? fmt::format("with {} column groups", column_groups_)
                                                                  : ""));
    // Of all that lies between frames, and of frames that should be there.
    const uint64_t elsewhere =
        found_when_opened_.size() - at_beginnings - found_at(trace_.bytes().size()) - found_at_frames_;
    checks.push_back(check("bytes", "between frames", trace_.bytes().size(), elsewhere));
  }

  void add_row_checks() {
    auto& checks = result_.checks;
    uint64_t rows = 0, late = 0;
    for (const auto& [type, tally] : tallies_) {
      checks.push_back(check("rows", type_name(type), tally.rows, tally.undecoded_rows));
      rows += tally.rows;
      late += tally.late_rows;
    }
    for (const auto& [type, tally] : tallies_)
      if (tally.texts || tally.missing_texts)
        checks.push_back(check("texts", type_name(type), tally.texts, tally.missing_texts));
    checks.push_back(check("times", "", rows, late));
  }

  void add_id_checks() {
    for (const auto& [name, described] : described_) {
      if (!described.references) continue;
      Check& last = result_.checks.emplace_back(check("ids", name, described.references, 0));
      if (!described.undescribed) continue;
      if (!described.gaps && !described.ids.full()) {
        last.faults = described.undescribed;
        last.verdict = Verdict::kDamaged;
        continue;
      }
      last.verdict = Verdict::kUnknown;
      last.note = described.gaps
                      ? fmt::format("{} are not described, and descriptions are lost or damaged", described.undescribed)
                      : fmt::format("{} could not be looked up: the trace has too many", described.undescribed);
    }
  }

  // produced = recorded + lost: of types whose frames are of one CPU each, for every CPU.
  void add_account_checks() {
    if (!trace_.losses().known || !all_final_) {
      result_.checks.push_back(unknown("account", "there is no final status: what was lost is not known"));
      return;
    }
    std::map<uint16_t, bool> types;  // and whether their frames are of one CPU each
    for (const auto& [type, tally] : tallies_) types[type] = !tally.rows_by_cpu.contains(trace::kNoCpu);
    for (const Counts* counts : {&all_produced_, &all_lost_})
      for (const auto& [key, count] : *counts) types.try_emplace(key.first, false);
    for (const auto& [type, by_cpu] : types) add_account_check(type, by_cpu);
  }

  struct Account {
    uint64_t produced = 0, recorded = 0, lost = 0;
  };

  void add_account_check(uint16_t type, bool by_cpu) {
    std::map<uint32_t, Account> accounts;
    auto account = [&](uint32_t cpu) -> Account& { return accounts[by_cpu ? cpu : trace::kNoCpu]; };
    auto add = [&](const Counts& counts, uint64_t Account::*part) {
      for (auto at = counts.lower_bound({type, 0}); at != counts.end() && at->first.first == type; ++at)
        account(at->first.second).*part += at->second;
    };
    add(all_produced_, &Account::produced);
    add(all_lost_, &Account::lost);
    for (const auto& [cpu, rows] : tallies_[type].rows_by_cpu) account(cpu).recorded += rows;
    for (const auto& [cpu, one] : accounts) {
      const bool wrong = one.produced != one.recorded + one.lost;
      const std::string of =
          by_cpu && cpu != trace::kNoCpu ? fmt::format("{}, CPU {}", type_name(type), cpu) : type_name(type);
      result_.checks.push_back(check(
          "account", of, one.produced, wrong ? 1 : 0,
          wrong || one.lost ? fmt::format("{} produced, {} recorded, {} lost", one.produced, one.recorded, one.lost)
                            : ""));
      if (wrong) trace_.damage().report(trace_.bytes().size(), fmt::format("{}: {}", of, result_.checks.back().note));
    }
  }

  // A closed trace is opened by its index, if that accounts for all of the file; what a frame's own header says otherwise is
  // that frame's fault.
  void add_index_check() {
    const auto segments = frames_.find(static_cast<uint16_t>(trace::FrameKind::kIndex));
    if (segments == frames_.end() || !trace_.closed()) {
      result_.checks.push_back(unknown("index", "there is no whole one"));
      return;
    }
    result_.checks.push_back(check("index", "", trace_.frames().size() - segments->second.frames,
                                   found_at_index_ + segments->second.damaged));
  }

  void add_summary_check() {
    const SummaryFaults summaries = compare_summaries(trace_);
    if (summaries.units)
      result_.checks.push_back(check("summaries", "against rows", summaries.units, summaries.faults));
  }

  using Counts = std::map<std::pair<uint16_t, uint32_t>, uint64_t>;  // by type and CPU

  const trace::Trace& trace_;
  const Asked& asked_;
  const std::vector<trace::Damage> found_when_opened_;
  const std::shared_ptr<trace::FramePayload> payload_ = std::make_shared<trace::FramePayload>();
  std::map<uint16_t, std::unique_ptr<Reader>> readers_;
  IdPages pages_;
  std::map<std::string, Described, std::less<>> described_;
  std::map<uint16_t, FrameTally> frames_;  // by kind
  std::map<uint16_t, Tally> tallies_;      // by event type
  uint64_t column_groups_ = 0, found_at_frames_ = 0, found_at_index_ = 0;
  bool final_ = false;      // the latest status of the part is
  Counts produced_, lost_;  // that it gives
  bool all_final_ = true;   // the same of all parts
  Counts all_produced_, all_lost_;
  Verification result_;
};

std::vector<ResultColumn> columns() {
  return {{"check", Unit::kText, "CHECK", "What was looked at; of a fault: fault."},
          {"of", Unit::kText, "OF", "Of which kind, such as the event type."},
          {"checked", Unit::kNumber, "CHECKED", "So many of them."},
          {"faults", Unit::kNumber, "FAULTS", "So many of them are not as they should be."},
          {"verdict",
           Unit::kText,
           "VERDICT",
           "sound, damaged, or unknown: the file does not say enough.",
           Show::kAlways,
           {"sound", "damaged", "unknown"}},
          {"at_byte", Unit::kNumber, "", "Of a fault: where in the file."},
          {"note", Unit::kText, "NOTE", "What is wrong, or not known."}};
}

Result answer(const Source& source, const Asked& asked) {
  const Verification verification = verify(source.trace(), asked);
  Result result = result_of(verification);
  if (!verification.stopped && source.trace().complete())
    result.notes.emplace_back("sound: all that was checked is as it was written");
  return result;
}

}  // namespace

extern constinit const Question kVerifyQuestion{
    .name = "verify",
    .help = "Whether the file is whole and sound: every checksum, row, text, id and count; exit 3 if not",
    .place = 100,
    .takes = {.filter = Takes::Over::kRows, .stop = true},
    .columns = columns,
    .answer = answer};

Verification verify(const trace::Trace& trace, const Asked& asked) { return Verifier(trace, asked).run(); }

// The checks, then what is wrong, each with its place.
Result result_of(const Verification& verification) {
  Result result("verify", columns());
  auto text = [](std::string_view value) { return value.empty() ? Cell() : Cell(std::string(value)); };
  for (const Check& one : verification.checks) {
    const bool unknown = one.verdict == Verdict::kUnknown;
    result.add({text(one.what), text(one.of), unknown && !one.checked ? Cell() : Cell(one.checked),
                unknown ? Cell() : Cell(one.faults),
                text(unknown                            ? "unknown"
                     : one.verdict == Verdict::kDamaged ? "damaged"
                                                        : "sound"),
                Cell(), text(one.note)});
  }
  for (const trace::Damage& fault : verification.faults)
    result.add({text("fault"), Cell(), Cell(), Cell(), text("damaged"), fault.offset, text(fault.what)});
  if (!verification.faults.empty()) result.set_heading("at_byte", "AT BYTE");
  result.coverage = verification.coverage;
  result.stopped = verification.stopped;
  return result;
}

}  // namespace ebpftrace::analyzer
