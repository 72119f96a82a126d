// SPDX-License-Identifier: Apache-2.0
#include "ship/load/row_maker.h"

#include <tuple>

#include "analyzer/query/group_rows.h"
#include "trace/read/frame_message.h"
#include "trace/read/losses.h"

namespace ebpftrace::ship {
namespace {

using predicate::FieldKind;
using predicate::Selection;

constexpr int64_t kSecondNs = 1'000'000'000;

uint64_t seconds_of(int64_t real_ns) { return static_cast<uint64_t>(std::max<int64_t>(real_ns, 0) / kSecondNs); }

// What is lost by now, by type, reason and CPU.
using Lost = std::map<std::tuple<uint16_t, uint16_t, uint32_t>, uint64_t>;

Lost lost_by(const trace::TraceBytes& bytes, const trace::Frame& status, uint64_t& boot_ns) {
  Lost lost;
  trace::FramePayload payload;
  trace::DamageLog unread;
  trace::read_message<schema::Status>(payload, bytes, status, unread, [&](schema::Status::Reader message) {
    boot_ns = message.getClock().getBootNs();
    for (const auto count : message.getCounts())
      if (count.getWhat() != schema::Count::What::PRODUCED && count.getCount())
        lost[{count.getType(), static_cast<uint16_t>(count.getWhat()), count.getCpu()}] += count.getCount();
  });
  return lost;
}

// What a field says in `flags`, of the rows of a tile.
void add_bits(const StoredField& stored, const predicate::NumberColumn& cells, size_t rows, uint64_t* flags) {
  const bool of_bytes = stored.as == StoredField::As::kBytes;
  for (size_t row = 0; row < rows; ++row) {
    if (cells.present && !cells.present->test(row)) continue;
    const uint64_t value = cells.values[row];
    const uint64_t bits = of_bytes ? kBytesGiven | (value ? 0 : kBytesNone) : uint64_t{value != 0};
    flags[row] |= bits << stored.at;
  }
}

}  // namespace

RowMaker::RowMaker(LoadedPart& part, const std::vector<TableShape>& tables, uint64_t known_to)
    : part_(part),
      tables_(tables),
      known_to_(known_to),
      host_(part.host_name()),
      recording_(hex(part.first().recording)),
      session_(std::make_unique<analyzer::Session>(
          std::make_unique<trace::Trace>(part.copy().front(known_to), trace::Tail::kMayGrow))) {}

std::vector<const TableShape*> RowMaker::tables_of(const std::vector<TableShape>& tables, const trace::Frame& frame) {
  std::vector<const TableShape*> of{find_table(tables, "frames")};
  if (frame.is(trace::FrameKind::kHeader)) of.push_back(find_table(tables, "recordings"));
  if (frame.is(trace::FrameKind::kStatus)) of.push_back(find_table(tables, "losses"));
  if (frame.is(trace::FrameKind::kBlock)) {
    static const std::vector<EventType> types = event_catalogue();
    for (const EventType& type : types)
      if (type.id == frame.type)
        for (const TableShape& table : tables)
          if (table.event_type == type.name) of.push_back(&table);
  }
  return of;
}

uint32_t RowMaker::append(const TableShape& table, const ReceivedFrame& frame, uint64_t batch, NativeBlock& block) {
  if (!table.relation.empty()) return append_events(table, frame.frame, batch, block);
  if (table.name == "frames") return append_frame(frame, batch, block);
  if (table.name == "recordings") return append_recording(frame.frame, batch, block);
  return append_losses(frame.frame, batch, block);
}

// host, recording, part, frame, batch, day.
void RowMaker::begin(const trace::Frame& frame, uint64_t batch, size_t rows, NativeBlock& block) {
  block.column(0).add_rows(rows, host_);
  block.column(1).add_rows(rows, recording_);
  block.column(2).add_rows(rows, uint64_t{part_.first().part});
  block.column(3).add_rows(rows, frame.offset);
  block.column(4).add_rows(rows, batch);
  block.column(5).add_rows(rows, uint64_t{part_.day_of(frame)});
  block.end_rows(rows);
}

RowMaker::Readers& RowMaker::readers_of(const TableShape& table) {
  const auto [known, is_new] = readers_.try_emplace(table.name);
  Readers& readers = known->second;
  if (!is_new) return readers;
  const analyzer::Relation& relation = *session_->relation(table.relation);
  const EventType* type = session_->trace().catalogue().type(table.event_type);
  if (!type) return readers;
  readers.fields.push_back(*relation.find("time_ns"));
  for (const StoredField& stored : table.fields) {
    const auto own = relation.find(stored.field.name);
    const bool is_same = own && own->name == stored.field.name && column_of(*own).type == column_of(stored.field).type;
    readers.places.push_back(is_same ? static_cast<int>(readers.fields.size()) : -1);
    if (is_same) readers.fields.push_back(*own);
  }
  readers.reader = std::make_unique<analyzer::RowReader>(*session_, *type, readers.fields, payload_);
  return readers;
}

uint32_t RowMaker::append_events(const TableShape& table, const trace::Frame& frame, uint64_t batch,
                                 NativeBlock& block) {
  Readers& readers = readers_of(table);
  if (!readers.reader || !readers.reader->load(frame)) return 0;
  analyzer::RowReader& reader = *readers.reader;
  uint32_t all = 0;
  while (reader.next_tile()) {
    const size_t rows = reader.tile_rows();
    const Selection wanted = Selection::first(rows);
    begin(frame, batch, rows, block);
    const predicate::NumberColumn times = reader.numbers(0, wanted);
    const auto ahead = static_cast<uint64_t>(part_.real_ns(0));
    for (size_t row = 0; row < rows; ++row) times_[row] = (times.values ? times.values[row] : 0) + ahead;
    block.column(kTimeColumn).add_values(times_.data(), rows);
    block.column(kClockColumn).add_rows(rows, ahead);
    if (table.flags) flags_.fill(0);
    for (size_t i = 0; i < table.fields.size(); ++i) {
      const StoredField& stored = table.fields[i];
      if (stored.as == StoredField::As::kColumn) {
        append_column(readers, i, rows, block.column(stored.at));
      } else if (readers.places[i] >= 0) {
        const predicate::NumberColumn cells = reader.numbers(static_cast<size_t>(readers.places[i]), wanted);
        if (cells.values) add_bits(stored, cells, rows, flags_.data());
      }
    }
    if (table.flags) block.column(table.flags).add_values(flags_.data(), rows);
    all += static_cast<uint32_t>(rows);
  }
  return all;
}

void RowMaker::append_column(const Readers& readers, size_t index, size_t rows, NativeColumn& column) {
  if (readers.places[index] < 0) {
    for (size_t row = 0; row < rows; ++row) column.shape().nullable ? column.add_null() : column.add(uint64_t{0});
    return;
  }
  const auto place = static_cast<size_t>(readers.places[index]);
  const predicate::Field& field = readers.fields[place];
  analyzer::RowReader& reader = *readers.reader;
  const Selection wanted = Selection::first(rows);
  switch (field.kind) {
    case FieldKind::kText:
      column.add_texts(reader.texts(place, wanted), rows);
      break;
    case FieldKind::kEnum:
    case FieldKind::kFlags:
    case FieldKind::kSet:
      column.add_named(reader.numbers(place, wanted), rows, [&](uint64_t number) {
        return std::get<std::string>(analyzer::cell_of_value(*session_, field, {true, number, {}}));
      });
      break;
    default:
      column.add_numbers(reader.numbers(place, wanted), rows, field.kind == FieldKind::kBool);
  }
}

uint32_t RowMaker::append_frame(const ReceivedFrame& one, uint64_t batch, NativeBlock& block) {
  const trace::Frame& frame = one.frame;
  std::string bytes(frame.kind ? frame.end() - frame.offset : sizeof(trace::EndMark), '\0');
  if (part_.copy().read(frame.offset, std::as_writable_bytes(std::span(bytes))) != bytes.size()) return 0;
  begin(frame, batch, 1, block);
  block.column(6).add(uint64_t{frame.kind});
  block.column(7).add(uint64_t{frame.type});
  block.column(8).add(uint64_t{frame.count});
  block.column(9).add(frame.first_ns);
  block.column(10).add(frame.last_ns);
  block.column(11).add(std::string_view(bytes));
  return 1;
}

uint32_t RowMaker::append_recording(const trace::Frame& frame, uint64_t batch, NativeBlock& block) {
  const auto& facts = part_.facts();
  if (!facts || frame.offset != sizeof(trace::Preamble)) return 0;
  begin(frame, batch, 1, block);
  size_t at = 6;
  auto next = [&]() -> NativeColumn& { return block.column(at++); };
  next().add(hex(part_.first().host));
  next().add(hex(part_.first().boot));
  next().add(static_cast<uint64_t>(facts->start_real_ns));
  next().add(facts->start_boot_ns);
  next().add(uint64_t{facts->possible_cpus});
  next().add(facts->kernel);
  next().add(facts->machine);
  next().add(facts->recorder_version);
  next().add(facts->probe);
  next().add(facts->filter);
  std::string command;
  for (const std::string& word : facts->command_line) command += (command.empty() ? "" : " ") + word;
  next().add(command);
  return 1;
}

uint32_t RowMaker::append_losses(const trace::Frame& frame, uint64_t batch, NativeBlock& block) {
  const trace::Frame* before = nullptr;
  for (const ReceivedFrame& one : part_.frames())
    if (one.frame.is(trace::FrameKind::kStatus) && one.frame.offset < frame.offset &&
        (!before || one.frame.offset > before->offset))
      before = &one.frame;
  const auto bytes = part_.copy().front(known_to_);
  uint64_t boot_ns = 0, unused = 0;
  Lost lost = lost_by(*bytes, frame, boot_ns);
  const Lost known = before ? lost_by(*bytes, *before, unused) : Lost();
  const trace::Catalogue& catalogue = session_->trace().catalogue();
  uint32_t rows = 0;
  for (const auto& [what, count] : lost) {
    const auto& [type, reason, cpu] = what;
    const auto then = known.find(what);
    const uint64_t more = count - std::min(count, then == known.end() ? 0 : then->second);
    if (!more) continue;
    const EventType* known_type = catalogue.type(type);
    const int64_t real_ns = part_.real_ns(boot_ns);
    begin(frame, batch, 1, block);
    block.column(6).add(seconds_of(real_ns));
    block.column(7).add(static_cast<uint64_t>(real_ns));
    block.column(8).add(known_type ? known_type->name : "type " + std::to_string(type));
    block.column(9).add(trace::reason_name(reason));
    block.column(10).add(cpu == trace::kNoCpu ? static_cast<uint64_t>(-1) : uint64_t{cpu});
    block.column(11).add(more);
    ++rows;
  }
  return rows;
}

uint32_t RowMaker::append_dropped(const DroppedRows& dropped, const FrameRecord& record, NativeBlock& block) {
  uint32_t rows = 0;
  auto add = [&](uint16_t type, const RecordedRows& one) {
    block.column(0).add(short_host(record.host));
    block.column(1).add(hex(record.recording));
    block.column(2).add(uint64_t{record.part});
    block.column(3).add(record.offset);
    block.column(4).add(uint64_t{0});
    block.column(5).add(uint64_t{day_of_real_ns(dropped.until_ns)});
    block.column(6).add(uint64_t{dropped.to_part});
    if (dropped.frames)
      block.column(7).add(*dropped.frames);
    else
      block.column(7).add_null();
    block.column(8).add(uint64_t{type});
    block.column(9).add(one.recorded);
    block.column(10).add(one.lost);
    block.end_rows(1);
    ++rows;
  };
  for (const auto& [type, one] : dropped.by_type) add(type, one);
  if (!rows) add(0, {});
  return rows;
}

}  // namespace ebpftrace::ship
