// SPDX-License-Identifier: Apache-2.0
#include "ship/load/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>

#include "schema/catalogue.h"
#include "ship/load/stored_frames.h"
#include "ship/load/tables.h"
#include "ship/status_sums.h"
#include "trace/read/trace_facts.h"

namespace ebpftrace::ship {

std::string event_type_name(uint16_t id) {
  static const std::vector<EventType> types = event_catalogue();
  for (const EventType& type : types)
    if (type.id == id) return type.name;
  return fmt::format("type {}", id);
}

namespace {

using ByType = std::map<uint16_t, RecordedRows>;

struct PartAccount {
  ByType earlier, own;  // of the parts before; by its last status
  bool has_header = false, final = false;
  std::map<uint16_t, uint64_t> loaded, planned;  // rows by the ledger
  ByType dropped;                                // from this part on
  uint32_t dropped_to = 0;
};

struct RecordingAccount {
  std::string host;
  std::map<uint32_t, PartAccount> parts;
  std::map<uint16_t, uint64_t> in_table;
};
using Accounts = std::map<std::string, RecordingAccount>;

uint64_t number(const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); }

const TableShape* table_of(const std::vector<TableShape>& tables, uint16_t id) {
  const std::string name = event_type_name(id);
  for (const TableShape& table : tables)
    if (table.event_type == name) return &table;
  return nullptr;
}

void read_status(const StoredFrame& frame, PartAccount& part) {
  trace::FrameHeader header;
  if (frame.bytes.size() < sizeof header) return;
  std::memcpy(&header, frame.bytes.data(), sizeof header);
  std::vector<std::byte> bytes(frame.bytes.size());
  std::memcpy(bytes.data(), frame.bytes.data(), bytes.size());
  const auto memory = trace::in_memory(std::move(bytes));
  const trace::Frame place{0,          header.first_ns,  header.last_ns,      header.count,
                           header.cpu, header.raw_bytes, header.stored_bytes, header.kind,
                           header.type};
  const auto sums = status_sums(*memory, place);
  if (!sums) return;
  part.final = sums->final;
  part.own = sums->by_type;
}

void read_parts(ClickHouse& clickhouse, Accounts& accounts) {
  for (const auto& row : rows_of(clickhouse.ask_all(
           "SELECT any(host), recording, part, maxIf(frame, kind = 3), countIf(kind = 1) FROM {db}.frames "
           "GROUP BY recording, part ORDER BY recording, part"))) {
    RecordingAccount& recording = accounts[row[1]];
    recording.host = row[0];
    PartAccount& part = recording.parts[static_cast<uint32_t>(number(row[2]))];
    const std::string where = fmt::format("recording = {} AND part = {} AND ", sql_text(row[1]), row[2]);
    if (number(row[4])) {
      const auto facts = trace::peek_facts(*trace::in_memory(file_of(stored_frames(clickhouse, where + "kind = 1"))));
      part.has_header = facts.has_value();
      if (facts)
        for (const trace::EarlierRows& earlier : facts->earlier)
          part.earlier[earlier.type] = {earlier.recorded, earlier.lost};
    }
    if (number(row[3]))
      for (const StoredFrame& frame : stored_frames(clickhouse, where + "kind = 3 AND frame = " + row[3]))
        read_status(frame, part);
  }
}

// A retried insert of a plan may be there twice in tables that are not replicated.
constexpr const char* kLedger =
    "SELECT DISTINCT batch, `table`, recording, part, frame, checksum, kind, type, rows, recorded FROM {db}.ledger";

void read_ledger(ClickHouse& clickhouse, const std::vector<TableShape>& tables, Accounts& accounts, Audit& audit) {
  const std::string sql = fmt::format(
      "SELECT recording, part, `table`, type, taken, sum(rows), sum(recorded) FROM (SELECT recording, part, `table`, "
      "type, rows, recorded, "
      "batch IN (SELECT batch FROM {{db}}.batches) AS taken FROM ({}) WHERE kind = 2) GROUP BY recording, part, "
      "`table`, type, taken",
      kLedger);
  for (const auto& row : rows_of(clickhouse.ask_all(sql))) {
    PartAccount& part = accounts[row[0]].parts[static_cast<uint32_t>(number(row[1]))];
    const auto type = static_cast<uint16_t>(number(row[3]));
    const TableShape* table = table_of(tables, type);
    if (row[2] != (table ? table->name : "frames")) continue;
    const uint64_t rows = number(table ? row[5] : row[6]), recorded = number(row[6]);
    (row[4] == "1" ? part.loaded : part.planned)[type] += rows;
    if (table && recorded != rows)
      audit.gaps.push_back(
          fmt::format("recording {}, part {}: {} rows of type {} could not be read: their frames are damaged", row[0],
                      row[1], recorded - rows, event_type_name(type)));
  }
  for (const auto& row :
       rows_of(clickhouse.ask_all(fmt::format("SELECT recording, part, frame, `table`, count() FROM ({} WHERE batch IN "
                                              "(SELECT batch FROM {{db}}.batches)) GROUP BY "
                                              "recording, part, frame, checksum, `table` HAVING count() > 1",
                                              kLedger))))
    audit.gaps.push_back(fmt::format("recording {}, part {}: the frame at byte {} is in {} batches of table {}", row[0],
                                     row[1], row[2], row[4], row[3]));
}

void read_dropped(ClickHouse& clickhouse, Accounts& accounts) {
  for (const auto& row : rows_of(clickhouse.ask_all(
           "SELECT recording, part, frame, type, argMax(recorded, to_part), argMax(lost, to_part), max(to_part) "
           "FROM {db}.dropped GROUP BY recording, part, frame, type"))) {
    PartAccount& part = accounts[row[0]].parts[static_cast<uint32_t>(number(row[1]))];
    part.dropped_to = std::max(part.dropped_to, static_cast<uint32_t>(number(row[6])));
    if (const auto type = static_cast<uint16_t>(number(row[3]))) {
      part.dropped[type].recorded += number(row[4]);
      part.dropped[type].lost += number(row[5]);
    }
  }
}

// Rows that the ledger has and a table hasn't, or the other way round; to the frame.
void compare_tables(ClickHouse& clickhouse, const std::vector<TableShape>& tables, Accounts& accounts, Audit& audit) {
  for (const TableShape& table : tables) {
    if (table.name == "ledger" || table.name == "batches" || table.name == "dropped") continue;
    using Frames = std::map<std::tuple<std::string, std::string, uint64_t>, std::pair<uint64_t, uint64_t>>;
    Frames frames;  // rows by the ledger, and in the table
    auto by_part = [&](bool to_the_frame, const std::string& where) {
      Frames sums;
      const std::string frame = to_the_frame ? "frame" : "0";
      for (const auto& row : rows_of(clickhouse.ask_all(
               fmt::format("SELECT recording, part, {} AS f, sum(rows) FROM ({} WHERE `table` = '{}' AND batch IN "
                           "(SELECT batch FROM {{db}}.batches){}) GROUP BY recording, part, f",
                           frame, kLedger, table.name, where))))
        sums[{row[0], row[1], number(row[2])}].first += number(row[3]);
      for (const auto& row :
           rows_of(clickhouse.ask_all(fmt::format("SELECT recording, part, {} AS f, count() FROM {{db}}.{} WHERE batch "
                                                  "IN (SELECT batch FROM {{db}}.batches){} GROUP BY recording, part, f",
                                                  frame, table.name, where))))
        sums[{row[0], row[1], number(row[2])}].second += number(row[3]);
      return sums;
    };
    for (const auto& [place, rows] : by_part(false, "")) {
      const auto& [recording, part, none] = place;
      for (auto& [type, sum] : accounts[recording].in_table)
        if (const TableShape* own = table_of(tables, type); own && own->name == table.name) sum += rows.second;
      if (rows.first == rows.second) continue;
      for (const auto& [exact, both] :
           by_part(true, fmt::format(" AND recording = {} AND part = {}", sql_text(recording), part)))
        if (both.first != both.second)
          audit.gaps.push_back(
              fmt::format("recording {}, part {}: table {} has {} rows of the frame at byte {}, the ledger says {}",
                          recording, part, table.name, both.second, std::get<2>(exact), both.first));
    }
  }
}

// What lies between two places of a recording must have been loaded or dropped.
void settle(const std::string& id, RecordingAccount& recording, const std::vector<TableShape>& tables, Audit& audit) {
  std::set<uint16_t> types;
  ByType all;  // up to the last part's last status
  bool final = false;
  const PartAccount* last = nullptr;
  for (auto& [number, part] : recording.parts) {
    for (const auto& [type, rows] : part.loaded) types.insert(type);
    for (const auto& [type, rows] : part.planned) types.insert(type);
    for (const auto& [type, rows] : part.dropped) types.insert(type);
    if (part.has_header) last = &part;
  }
  if (last) {
    all = last->earlier;
    for (const auto& [type, sum] : last->own) {
      all[type].recorded += sum.recorded;
      all[type].lost += sum.lost;
    }
    final = last->final;
  }
  for (const auto& [type, sum] : all) types.insert(type);
  for (const uint16_t type : types) {
    AuditRow row;
    row.host = recording.host;
    row.recording = id;
    row.type = event_type_name(type);
    uint64_t planned = 0, since = 0, have = 0;  // since: recorded up to the last header, and what of that is here
    uint32_t from = 0;
    auto check = [&](uint32_t to, uint64_t recorded, bool open) {
      const uint64_t wanted = recorded - std::min(recorded, since);
      if (wanted > have && !open)
        audit.gaps.push_back(
            fmt::format("recording {}, part{}: {} rows of type {} are in no batch that was taken", id,
                        from + 1 < to ? fmt::format("s {} to {}", from, to - 1) : fmt::format(" {}", from),
                        wanted - have, row.type));
      if (wanted < have)
        audit.gaps.push_back(
            fmt::format("recording {}, part {}: {} rows of type {} more than its recorder wrote (it may have taken "
                        "them back: a full disk)",
                        id, from, have - wanted, row.type));
      since = recorded;
      have = 0;
      from = to;
    };
    for (const auto& [number, part] : recording.parts) {
      if (part.has_header) {
        const auto earlier = part.earlier.find(type);
        check(number, earlier == part.earlier.end() ? 0 : earlier->second.recorded, false);
      }
      auto of = [&](const auto& map) {
        const auto found = map.find(type);
        return found == map.end() ? uint64_t{0} : found->second;
      };
      const uint64_t loaded = of(part.loaded);
      const auto dropped = part.dropped.find(type);
      const uint64_t gone = dropped == part.dropped.end() ? 0 : dropped->second.recorded;
      row.loaded += loaded;
      planned += of(part.planned);
      row.dropped += gone;
      have += loaded + gone;
    }
    row.recorded = all[type].recorded;
    row.lost = all[type].lost;
    if (last) {
      // While a recorder writes, its status lags behind its frames, and its frames behind its status.
      if (final)
        check(recording.parts.rbegin()->first + 1, row.recorded,
              planned >= row.recorded - std::min(row.recorded, row.loaded + row.dropped));
      else
        row.recorded = std::max(row.recorded, row.loaded + row.dropped);
    }
    row.produced = row.recorded + row.lost;
    row.pending = row.recorded - std::min(row.recorded, row.loaded + row.dropped);
    const TableShape* table = table_of(tables, type);
    row.in_table = table ? recording.in_table[type] : row.loaded;
    audit.rows.push_back(std::move(row));
  }
  if (!final)
    audit.notes.push_back(
        fmt::format("recording {}: its recorder has not said its last (it still records, or was killed); what it "
                    "recorded is so far",
                    id));
}

}  // namespace

Audit audit(ClickHouse& clickhouse) {
  clickhouse.catch_up();
  const std::vector<TableShape> tables = table_shapes();
  Audit audit;
  Accounts accounts;
  read_parts(clickhouse, accounts);
  read_ledger(clickhouse, tables, accounts, audit);
  read_dropped(clickhouse, accounts);
  for (auto& [id, recording] : accounts)
    for (auto& [number, part] : recording.parts)
      for (const auto& [type, rows] : part.loaded) recording.in_table.try_emplace(type, 0);
  compare_tables(clickhouse, tables, accounts, audit);
  for (auto& [id, recording] : accounts) settle(id, recording, tables, audit);
  return audit;
}

std::string audit_text(const Audit& audit, bool of_each_recording) {
  std::vector<std::vector<std::string>> lines = {
      {"HOST", "RECORDING", "TYPE", "PRODUCED", "RECORDED", "LOST", "LOADED", "PENDING", "DROPPED", "IN TABLE"}};
  for (const AuditRow& row : audit.rows) {
    std::string host;
    for (const char c : row.host) host += static_cast<unsigned char>(c) < ' ' ? '?' : c;
    lines.push_back({host, row.recording, row.type});
    for (const uint64_t rows :
         {row.produced, row.recorded, row.lost, row.loaded, row.pending, row.dropped, row.in_table})
      lines.back().push_back(std::to_string(rows));
  }
  constexpr size_t kOfRecording = 2, kFirstNumber = 3;
  std::vector<size_t> widths(lines[0].size());
  for (const auto& line : lines)
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  auto table_line = [&](const std::vector<std::string>& line) {
    std::string text;
    for (size_t i = of_each_recording ? kOfRecording : 0; i < line.size(); ++i) {
      text += text.empty() ? "" : "  ";
      text += i < kFirstNumber ? fmt::format("{:<{}}", line[i], widths[i]) : fmt::format("{:>{}}", line[i], widths[i]);
    }
    return text + '\n';
  };
  std::string text = of_each_recording ? "" : table_line(lines[0]);
  for (size_t i = 1; i < lines.size(); ++i) {
    if (of_each_recording && (i == 1 || lines[i][1] != lines[i - 1][1]))
      text += fmt::format("{}host {}, recording {}\n{}", i == 1 ? "" : "\n", lines[i][0], lines[i][1],
                          table_line(lines[0]));
    text += table_line(lines[i]);
  }
  if (of_each_recording && !text.empty()) text += '\n';
  for (const std::string& note : audit.notes) text += "note: " + note + "\n";
  for (const std::string& gap : audit.gaps) text += "GAP: " + gap + "\n";
  if (audit.gaps.empty()) text += "no gaps\n";
  return text;
}

}  // namespace ebpftrace::ship
