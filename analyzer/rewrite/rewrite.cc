// SPDX-License-Identifier: Apache-2.0
#include "analyzer/rewrite/rewrite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "analyzer/exports/exported_rows.h"
#include "analyzer/query/coverage.h"
#include "analyzer/rewrite/pseudonyms.h"
#include "analyzer/rewrite/references.h"
#include "analyzer/rewrite/trace_output.h"
#include "schema/row_layout.h"
#include "trace/format/catalogue_message.h"
#include "trace/format/rewritten.capnp.h"
#include "trace/read/frame_message.h"
#include "trace/read/reads.h"
#include "trace/read/rewritten.h"
#include "trace/read/trace_error.h"
#include "trace/write/types_to_write.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kBlockRows = 16384, kMostSteps = 64;
constexpr int64_t kSteadyClockNs = 1'000'000;  // wall clock against boot time: what is less is no step

std::vector<std::string_view> column_names(const EventType& type) {
  std::vector<std::string_view> names;
  for (const ColumnType& column : type.columns) names.push_back(column.name);
  return names;
}

bool is_built_in(const std::vector<std::byte>& catalogue) {
  const trace::BuiltInCatalogue built_in = trace::built_in_catalogue_message();
  return catalogue.size() == sizeof(trace::FrameHeader) + built_in.stored.size() &&
         std::equal(built_in.stored.begin(), built_in.stored.end(), catalogue.begin() + sizeof(trace::FrameHeader));
}

// What becomes of a row's text; nothing: it is dropped.
using ChangeText = std::function<std::optional<std::string>(const EventType&, const ColumnType&, std::string_view)>;

struct Rewriting {
  std::string what, choice;
  Choice rows;                           // of events
  std::optional<References> references;  // nothing: all descriptions stay
  ChangeText change;                     // none: texts stay
  std::function<void(schema::TraceHeader::Builder)> change_header;
  bool tells_source = true;
};

class Rewriter {
 public:
  Rewriter(const Session& session, const Asked& asked, Rewriting rewriting, const std::string& path)
      : trace_(session.trace()),
        watch_(asked),
        how_(std::move(rewriting)),
        payload_(std::make_shared<trace::FramePayload>()),
        types_(trace::types_to_write(trace_.catalogue().types)),
        sieve_(session, how_.rows, payload_) {
    const trace::Frame catalogue = catalogue_frame();
    catalogue_.resize(catalogue.end() - catalogue.offset);
    if (trace_.bytes().read(catalogue.offset, catalogue_) != catalogue_.size())
      throw trace::TraceError(trace::TraceError::Kind::kUnreadable, "the trace's catalogue can't be read again");
    path_ = path;
  }

  // False: stopped.
  bool run() {
    if (how_.references && !find_references()) return false;
    if (how_.references) count_left_out();
    output_ = std::make_unique<TraceOutput>(path_, is_built_in(catalogue_));
    write_header();
    trace::FrameHeader header;
    std::memcpy(&header, catalogue_.data(), sizeof header);
    output_->write_frame(header, catalogue_);
    write_rewriting();
    for (size_t position = 0; position < trace_.frames().size(); ++position) {
      if (watch_.stopped()) return false;
      if (position % 64 == 0) watch_.tell(position, trace_.frames().size());
      const trace::Frame frame = trace_.frames()[position];
      if (frame.is(trace::FrameKind::kStatus)) write_clock(frame);
      if (frame.is(trace::FrameKind::kBlock)) write_block(position, frame);
    }
    flush_all();
    finish();
    return true;
  }

 private:
  struct Kind {
    Kind(const trace::Trace& trace, const EventType& own, const EventType& written,
         const std::shared_ptr<trace::FramePayload>& payload)
        : block(trace, own, column_names(own), payload), open(written, kBlockRows) {
      if (written.transport == schema::Transport::PER_CPU_RING) cpu = written.column("cpu");
      for (const ColumnType& column : written.columns) refers |= !column.refers_to.empty();
      open.start(trace::kNoCpu);
    }
    trace::Block block;
    trace::OpenBlock open;
    std::optional<unsigned> cpu;  // rows of several CPUs share blocks
    bool refers = false;
  };

  trace::Frame catalogue_frame() const {
    for (const trace::Frame& frame : trace_.frames())
      if (frame.is(trace::FrameKind::kCatalogue)) return frame;
    throw trace::TraceError(trace::TraceError::Kind::kUnreadable,
                            "the trace has no catalogue: what its rows mean can't be said in another file");
  }

  Kind* kind_of(uint16_t id) {
    if (const auto known = kinds_.find(id); known != kinds_.end()) return known->second.get();
    const EventType* own = trace_.catalogue().type(id);
    if (!own) return nullptr;
    const EventType& written = types_[static_cast<size_t>(own - trace_.catalogue().types.data())];
    return kinds_.emplace(id, std::make_unique<Kind>(trace_, *own, written, payload_)).first->second.get();
  }

  // What was there when the recording began is that of the first part.
  bool is_of_trace(size_t position, const EventType& type) const {
    return trace_.is_first_part(position) || (type.name != "process" && type.name != "open_file");
  }

  // use(block, row in the tile) for the rows of a frame that stay. The number of rows that were read.
  template <typename Use>
  uint64_t for_each_row(Kind& kind, const trace::Frame& frame, Use&& use) {
    const bool described = kind.block.type().dictionary;
    if (!described && !sieve_.load(frame)) return frame.count;
    if (!kind.block.load(frame)) return 0;
    uint64_t read = 0;
    while (kind.block.next_tile()) {
      read += kind.block.tile_rows();
      if (!described) {
        sieve_.selected(kind.block.tile_start() / predicate::kTileRows).for_each([&](size_t row) {
          use(kind.block, row);
        });
        continue;
      }
      for (size_t row = 0; row < kind.block.tile_rows(); ++row)
        if (!how_.references || how_.references->keeps(kind.block, row)) use(kind.block, row);
    }
    return read;
  }

  bool find_references() {
    for (size_t position = 0; position < trace_.frames().size(); ++position) {
      if (watch_.stopped()) return false;
      const trace::Frame frame = trace_.frames()[position];
      if (!frame.is(trace::FrameKind::kBlock)) continue;
      Kind* kind = kind_of(frame.type);
      if (!kind || kind->block.type().dictionary) continue;
      uint64_t kept = 0;
      const uint64_t read = for_each_row(*kind, frame, [&](trace::Block& block, size_t row) {
        how_.references->add(block, row);
        ++kept;
      });
      left_out_[frame.type] += read - kept;
    }
    how_.references->follow();
    return true;
  }

  void count_left_out() {
    for (size_t position = 0; position < trace_.frames().size(); ++position) {
      const trace::Frame frame = trace_.frames()[position];
      if (!frame.is(trace::FrameKind::kBlock)) continue;
      Kind* kind = kind_of(frame.type);
      if (!kind || !kind->block.type().dictionary || !is_of_trace(position, kind->block.type())) continue;
      uint64_t kept = 0;
      const uint64_t read = for_each_row(*kind, frame, [&](trace::Block&, size_t) { ++kept; });
      left_out_[frame.type] += read - kept;
    }
    for (const trace::EarlierRows& earlier : trace_.facts().earlier) left_out_[earlier.type] += earlier.recorded;
  }

  void write_header() {
    const trace::Frame first = trace_.frames().front();
    capnp::MallocMessageBuilder message;
    const bool read =
        first.is(trace::FrameKind::kHeader) &&
        trace::read_message<schema::TraceHeader>(*payload_, trace_.bytes(), first, trace_.damage(),
                                                 [&](schema::TraceHeader::Reader header) { message.setRoot(header); });
    if (!read)
      throw trace::TraceError(trace::TraceError::Kind::kUnreadable,
                              "the trace's header is damaged: it can't be put into another file");
    auto header = message.getRoot<schema::TraceHeader>();
    header.setPart(0);
    header.initEarlier(0);
    const trace::Id id = Pseudonyms().id({});  // nobody's
    header.setRecordingId(kj::arrayPtr(reinterpret_cast<const kj::byte*>(id.data()), id.size()));
    if (how_.change_header) how_.change_header(header);
    // What was replaced is in the message still, out of use: only a copy is without it.
    capnp::MallocMessageBuilder clean;
    clean.setRoot(header.asReader());
    output_->write_message(static_cast<uint16_t>(trace::FrameKind::kHeader), clean);
  }

  void write_rewriting() {
    std::vector<trace::RewritingStep> steps = trace::read_rewriting(trace_);
    if (steps.size() >= kMostSteps) steps.erase(steps.begin(), steps.end() - (kMostSteps - 1));
    for (trace::RewritingStep& step : steps) {
      if (how_.tells_source) continue;
      step.source.reset();
      if (!step.choice.empty()) step.choice = "redacted";
    }
    trace::RewritingStep& own = steps.emplace_back();
    own.what = how_.what;
    own.program = "ebpf-analyze " EBPFTRACE_VERSION;
    own.choice = how_.choice;
    if (how_.tells_source) own.source = trace_.facts().recording_id;
    for (const auto& [type, rows] : left_out_)
      if (rows) own.left_out.push_back({type, rows});
    capnp::MallocMessageBuilder message;
    auto list = message.initRoot<schema::Rewritten>().initSteps(static_cast<unsigned>(steps.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      list[i].setWhat(steps[i].what);
      list[i].setProgram(steps[i].program);
      list[i].setChoice(steps[i].choice);
      if (steps[i].source)
        list[i].setSource(
            kj::arrayPtr(reinterpret_cast<const kj::byte*>(steps[i].source->data()), steps[i].source->size()));
      auto left_out = list[i].initLeftOut(static_cast<unsigned>(steps[i].left_out.size()));
      for (unsigned k = 0; k < left_out.size(); ++k) {
        left_out[k].setType(steps[i].left_out[k].type);
        left_out[k].setRows(steps[i].left_out[k].rows);
      }
    }
    output_->write_message(trace::kRewrittenFrame, message);
  }

  // Wall-clock times of a slice need the statuses in between only where the clock was set.
  void write_clock(const trace::Frame& frame) {
    trace::read_message<schema::Status>(
        *payload_, trace_.bytes(), frame, trace_.damage(), [&](schema::Status::Reader status) {
          const trace::ClockReading now{status.getClock().getBootNs(), status.getClock().getRealNs()};
          const auto offset = static_cast<int64_t>(static_cast<uint64_t>(now.real_ns) - now.boot_ns);
          const uint64_t moved = offset > offset_ ? static_cast<uint64_t>(offset) - static_cast<uint64_t>(offset_)
                                                  : static_cast<uint64_t>(offset_) - static_cast<uint64_t>(offset);
          if (clock_known_ && moved < kSteadyClockNs) return;
          clock_known_ = true;
          offset_ = offset;
          clocks_.push_back(now);
        });
    for (const trace::ClockReading& clock : clocks_) {
      flush_all();
      output_->write_clock(clock);
    }
    clocks_.clear();
  }

  void write_block(size_t position, const trace::Frame& frame) {
    Kind* kind = kind_of(frame.type);
    if (!kind) {
      unreadable_[{frame.type, frame.cpu}] += frame.count;
      return;
    }
    if (!is_of_trace(position, kind->block.type())) return;
    // One block holds rows of one CPU, unless a column says whose each is.
    if (!kind->cpu && kind->open.cpu() != frame.cpu) {
      flush(*kind);
      kind->open.start(frame.cpu);
    }
    changed_.clear();
    const uint64_t read =
        for_each_row(*kind, frame, [&](trace::Block& block, size_t row) { write_row(*kind, block, row, frame); });
    if (read < frame.count) unreadable_[{frame.type, frame.cpu}] += frame.count - read;
  }

  void write_row(Kind& kind, trace::Block& block, size_t row, const trace::Frame& frame) {
    if (kind.open.full()) {
      const uint32_t cpu = kind.open.cpu();
      flush(kind);
      kind.open.start(cpu);
    }
    const EventType& type = kind.open.type();
    for (unsigned column = 0; column < type.columns.size(); ++column) {
      const uint64_t value = block.column(column)[row];
      if (!type.columns[column].is_text())
        kind.open.set(column, value);
      else if (!value)
        kind.open.set(column, 0);
      else
        write_text(kind.open, column, block, value);
    }
    if (kind.cpu && frame.cpu != trace::kNoCpu) kind.open.set(*kind.cpu, frame.cpu);
    kind.open.end_row();
  }

  void write_text(trace::OpenBlock& open, unsigned column, trace::Block& block, uint64_t number) {
    const trace::BlockText text = block.text(number);
    if (!text.present) return open.set(column, 0);
    const uint32_t flags = (text.unreadable ? STRING_UNREADABLE : 0) | (text.at_least ? STRING_AT_LEAST : 0);
    if (!how_.change || text.unreadable) return open.set_string(column, text.bytes, text.cut, flags);
    const auto [known, is_new] = changed_.try_emplace(uint64_t{column} << 32 | number);
    if (is_new) known->second = how_.change(open.type(), open.type().columns[column], text.bytes);
    if (!known->second) return open.set(column, 0);
    open.set_string(column, *known->second, text.cut ? 1 : 0, flags);
  }

  void flush(Kind& kind) {
    // What rows refer to is described before them.
    for (const bool refers : {false, true})
      for (auto& [id, other] : kinds_)
        if (other->open.type().dictionary && other->refers == refers) write_open(*other);
    write_open(kind);
  }
  void flush_all() {
    for (auto& [id, kind] : kinds_) flush(*kind);
  }
  void write_open(Kind& kind) {
    const uint32_t cpu = kind.open.cpu();
    output_->write(kind.open);
    kind.open.start(cpu);
  }

  void finish() {
    capnp::MallocMessageBuilder message;
    std::optional<trace::Frame> last;
    for (size_t i = trace_.frames().size(); i-- > 0 && !last;)
      if (trace_.frames()[i].is(trace::FrameKind::kStatus)) last = trace_.frames()[i];
    if (!last || !trace::read_message<schema::Status>(*payload_, trace_.bytes(), *last, trace_.damage(),
                                                      [&](schema::Status::Reader status) { message.setRoot(status); }))
      message.initRoot<schema::Status>();
    auto status = message.getRoot<schema::Status>();
    // Lost is what the source lost, and what of it could not be read.
    std::map<std::tuple<uint16_t, uint32_t, uint16_t>, uint64_t> counts;
    std::map<std::pair<uint16_t, uint32_t>, uint64_t> produced = output_->rows();
    auto lose = [&](uint16_t type, uint32_t cpu, uint16_t reason, uint64_t count) {
      counts[{type, cpu, reason}] += count;
      produced[{type, cpu}] += count;
    };
    for (const trace::Loss& loss : trace_.losses().list) lose(loss.type, loss.cpu, loss.reason, loss.count);
    for (const auto& [key, count] : unreadable_)
      lose(key.first, key.second, static_cast<uint16_t>(schema::Count::What::DAMAGED), count);
    for (const auto& [key, count] : produced)
      counts[{key.first, key.second, static_cast<uint16_t>(schema::Count::What::PRODUCED)}] += count;
    auto list = status.initCounts(static_cast<unsigned>(counts.size()));
    unsigned i = 0;
    for (const auto& [key, count] : counts) {
      list[i].setType(std::get<0>(key));
      list[i].setCpu(std::get<1>(key));
      list[i].setWhat(static_cast<schema::Count::What>(std::get<2>(key)));
      list[i++].setCount(count);
    }
    // Where the source's losses are unknown, so are those of what was made of it.
    status.setFinal(trace_.losses().known);
    if (how_.change) status.setStoppedBy("");
    capnp::MallocMessageBuilder clean;
    clean.setRoot(status.asReader());
    output_->finish(clean, status.getClock().getBootNs());
  }

  const trace::Trace& trace_;
  const Watch watch_;
  Rewriting how_;
  std::shared_ptr<trace::FramePayload> payload_;
  const std::vector<EventType> types_;
  Sieve sieve_;
  std::vector<std::byte> catalogue_;
  std::string path_;
  std::unique_ptr<TraceOutput> output_;
  std::map<uint16_t, std::unique_ptr<Kind>> kinds_;
  std::map<uint16_t, uint64_t> left_out_;
  std::map<std::pair<uint16_t, uint32_t>, uint64_t> unreadable_;
  std::unordered_map<uint64_t, std::optional<std::string>> changed_;  // of this block: column << 32 | text
  std::vector<trace::ClockReading> clocks_;
  bool clock_known_ = false;
  int64_t offset_ = 0;
};

Result rewrite(const Session& session, const Asked& asked, Rewriting how, const std::string& path) {
  const trace::ReadScope scope;
  Result result(how.what, {});
  result.stopped = !Rewriter(session, asked, std::move(how), path).run();
  result.coverage = coverage_of(session.trace(), scope);
  result.shortfalls = session.trace().shortfalls().list();
  return result;
}

std::string choice_text(const Asked& asked) {
  std::string text;
  for (const auto& [option, value] :
       {std::pair("--filter", &asked.filter), {"--from", &asked.from}, {"--to", &asked.to}}) {
    if (value->empty()) continue;
    text += fmt::format("{}{} '{}'", text.empty() ? "" : " ", option, *value);
  }
  return text;
}

}  // namespace

Result write_slice(const Session& session, const Asked& asked, const std::string& path) {
  Rewriting how;
  how.what = "slice";
  how.choice = choice_text(asked);
  how.rows = choose_rows(session, asked);
  how.references.emplace(session);
  return rewrite(session, asked, std::move(how), path);
}

Result write_redaction(const Session& session, const Asked& asked, const std::string& path) {
  const auto pseudonyms = std::make_shared<Pseudonyms>();
  Rewriting how;
  how.what = "redaction";
  how.tells_source = false;
  how.change = [pseudonyms](const EventType& type, const ColumnType& column,
                            std::string_view text) -> std::optional<std::string> {
    if (column.name == "content" || column.name == "data") return std::nullopt;
    if (column.display == schema::Display::SOCKADDR) return pseudonyms->address(text);
    if (column.name == "argv" || column.name == "env") return pseudonyms->list(text);
    if (column.display == schema::Display::PATH) return pseudonyms->path(text, type.name == "file");
    return pseudonyms->name(text);
  };
  how.change_header = [pseudonyms](schema::TraceHeader::Builder header) {
    auto words = header.getCommandLine();
    for (unsigned i = 0; i < words.size(); ++i) {
      const auto word = words[i].asReader();
      const std::string made = pseudonyms->name({reinterpret_cast<const char*>(word.begin()), word.size()});
      words.set(i, kj::arrayPtr(reinterpret_cast<const kj::byte*>(made.data()), made.size()));
    }
    header.setFilter(header.getFilter() == "all" ? "all" : "redacted");
    auto host = header.getHost();
    const auto label = host.getLabel();
    host.setLabel(pseudonyms->name({label.begin(), label.size()}));
    auto replace = [&](capnp::Data::Reader id) {
      trace::Id bytes{};
      if (id.size() == bytes.size()) std::memcpy(bytes.data(), id.begin(), bytes.size());
      return pseudonyms->id(bytes);
    };
    if (host.getHostId().size()) {
      const trace::Id id = replace(host.getHostId().asReader());
      host.setHostId(kj::arrayPtr(reinterpret_cast<const kj::byte*>(id.data()), id.size()));
    }
    if (host.getBootId().size()) {
      const trace::Id id = replace(host.getBootId().asReader());
      host.setBootId(kj::arrayPtr(reinterpret_cast<const kj::byte*>(id.data()), id.size()));
    }
  };
  return rewrite(session, asked, std::move(how), path);
}

}  // namespace ebpftrace::analyzer
