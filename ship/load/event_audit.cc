// SPDX-License-Identifier: Apache-2.0
#include "ship/load/event_audit.h"

#include <fmt/format.h>

#include <algorithm>

#include "ship/load/loaded_part.h"

namespace ebpftrace::ship {

uint64_t EventAudit::Stretch::missing() const {
  const auto came = static_cast<uint64_t>(std::count(seen.begin(), seen.end(), true));
  return events - std::min(events, came + (told ? told->too_large : 0));
}

void EventAudit::add(const FrameRecord& record, std::string_view value) {
  Recording& recording = recordings_[record.recording];
  recording.host = record.host;
  Part& part = recording.parts[record.part];
  if (record.kind == FrameRecord::Kind::kEnd) part.end = record.offset;
  if (record.kind == FrameRecord::Kind::kDropped)
    if (const auto dropped = dropped_of(value)) part.dropped[record.offset] = *dropped;
  if (record.kind != FrameRecord::Kind::kEvent && record.kind != FrameRecord::Kind::kStretch) return;
  Stretch& stretch = part.stretches[record.offset];
  if (record.kind == FrameRecord::Kind::kEvent) {
    if (stretch.seen.size() <= record.rows) stretch.seen.resize(record.rows + 1);
    stretch.seen[record.rows] = true;
    return;
  }
  auto told = told_of(value);
  if (!told) return;
  stretch.differs |= stretch.told && (*stretch.told != *told || stretch.events != record.rows);
  stretch.told = std::move(told);
  stretch.events = record.rows;
}

// Stretches follow each other from the file's beginning to its end; what is dropped in between says where it ends.
void EventAudit::finish_part(const std::string& name, const Part& part, bool is_last,
                             std::vector<std::string>& gaps) const {
  uint64_t at = 0;
  bool dropped = !part.dropped.empty() && part.dropped.begin()->first == 0;
  for (const auto& [from, stretch] : part.stretches) {
    if (from != at && !dropped) gaps.push_back(fmt::format("{}: nothing tells of bytes {} to {}", name, at, from));
    dropped = false;
    if (!stretch.told) {
      if (!is_last || part.end)
        gaps.push_back(fmt::format("{}: {} events of the frames from byte {} on came, and not their end", name,
                                   stretch.seen.size(), from));
      at = from;
      continue;
    }
    if (stretch.differs)
      gaps.push_back(fmt::format("{}: the frames from byte {} on were told twice, and differ", name, from));
    if (stretch.seen.size() > stretch.events)
      gaps.push_back(fmt::format("{}: of the frames from byte {} on came {} events more than there are", name, from,
                                 stretch.seen.size() - stretch.events));
    if (const uint64_t missing = stretch.missing())
      gaps.push_back(fmt::format("{}: {} of {} events of the frames from byte {} to {} are missing", name, missing,
                                 stretch.events, from, stretch.told->to));
    at = stretch.told->to;
  }
  if (part.end && *part.end != at)
    gaps.push_back(fmt::format("{}: nothing tells of bytes {} to {}", name, at, *part.end));
}

void EventAudit::finish_recording(const trace::Id& id, const Recording& recording, Audit& audit) const {
  std::map<uint16_t, AuditRow> rows;
  auto row_of = [&](uint16_t type) -> AuditRow& {
    AuditRow& row = rows[type];
    row.host = short_host(recording.host);
    row.recording = hex(id);
    row.type = event_type_name(type);
    return row;
  };
  uint32_t next = 0;  // the part that is to come; 0: any
  uint64_t events = 0;
  bool final = false;
  for (const auto& [number, part] : recording.parts) {
    const std::string name = fmt::format("recording {}, part {}", hex(id), number);
    const bool is_last = number == recording.parts.rbegin()->first;
    if (number > std::max(next, 1u))
      audit.gaps.push_back(fmt::format("recording {}: nothing tells of the parts before part {}", hex(id), number));
    next = number + 1;
    finish_part(name, part, is_last, audit.gaps);
    std::map<uint16_t, uint64_t> told;
    const ToldFrames* last = nullptr;
    for (const auto& [from, stretch] : part.stretches) {
      if (!stretch.told) continue;
      if (!stretch.told->sums.empty() || stretch.told->final) last = &*stretch.told;
      events += static_cast<uint64_t>(std::count(stretch.seen.begin(), stretch.seen.end(), true));
      for (const auto& [type, count] : stretch.told->rows) told[type] += count;
      const uint64_t too_large = stretch.told->too_large;
      if (too_large) audit.notes.push_back(fmt::format("{}: {} events were too large for the broker", name, too_large));
    }
    for (const auto& [type, count] : told) row_of(type).loaded += count;
    for (const auto& [from, one] : part.dropped) {
      next = std::max(next, one.to_part);
      for (const auto& [type, sum] : one.by_type) {
        row_of(type).dropped += sum.recorded;
        row_of(type).lost += sum.lost;
        row_of(type).recorded += sum.recorded;
      }
    }
    final = last && last->final;
    // A part that was dropped in the middle is accounted by what was told and what was dropped.
    const bool whole = part.dropped.empty() && last;
    for (const auto& [type, count] : told) {
      const auto sum = last ? last->sums.find(type) : std::map<uint16_t, RecordedRows>::const_iterator();
      const uint64_t recorded = whole && sum != last->sums.end() ? sum->second.recorded : count;
      row_of(type).recorded += recorded;
      if (part.end && recorded != count)
        audit.gaps.push_back(fmt::format("{}: {} rows of type {} were recorded, and {} told of", name, recorded,
                                         event_type_name(type), count));
    }
    if (!last) continue;
    for (const auto& [type, sum] : last->sums) {
      if (whole) row_of(type).lost += sum.lost;
      if (!whole || told.contains(type)) continue;
      row_of(type).recorded += sum.recorded;
      if (sum.recorded && part.end)
        audit.gaps.push_back(fmt::format("{}: {} rows of type {} were recorded, and none told of", name, sum.recorded,
                                         event_type_name(type)));
    }
  }
  for (auto& [type, row] : rows) {
    row.produced = row.recorded + row.lost;
    row.pending = row.recorded - std::min(row.recorded, row.loaded + row.dropped);
    row.in_table = row.loaded;
    if (row.recorded || row.lost) audit.rows.push_back(row);
  }
  audit.notes.push_back(fmt::format("recording {}: {} events are in the topic", hex(id), events));
  if (!final)
    audit.notes.push_back(
        fmt::format("recording {}: its recorder has not said its last (it still records, or was killed); what it "
                    "recorded is so far",
                    hex(id)));
}

Audit EventAudit::finish() const {
  Audit audit;
  for (const auto& [id, recording] : recordings_) finish_recording(id, recording, audit);
  return audit;
}

}  // namespace ebpftrace::ship
