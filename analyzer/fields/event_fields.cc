// SPDX-License-Identifier: Apache-2.0
// What every event has: when, where, of which kind.
#include <array>

#include "analyzer/api/session.h"
#include "analyzer/fields/made_texts.h"
#include "analyzer/fields/relation.h"
#include "schema/values.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

using predicate::Field;
using predicate::FieldKind;

class TimeColumn final : public Column {
 public:
  explicit TimeColumn(Rows& rows) : rows_(rows), time_(rows.need("timeNs")) {}
  NumberColumn numbers(const Selection&) override { return {rows_.stored(time_), nullptr, nullptr}; }
  std::optional<predicate::Bounds> bounds() override {
    const trace::Frame& frame = rows_.block().frame();
    return predicate::Bounds{frame.first_ns, frame.last_ns};
  }
  bool all_present() override { return true; }

 private:
  Rows& rows_;
  unsigned time_;
};

class CpuColumn final : public ComputedNumbers<CpuColumn> {
  friend ComputedNumbers<CpuColumn>;

 public:
  explicit CpuColumn(Rows& rows)
      : ComputedNumbers(true), rows_(rows), has_column_(rows.has("cpu")), cpu_(rows.need("cpu")) {}

 private:
  std::optional<uint64_t> cell(size_t row) {
    const uint32_t cpu = rows_.block().frame().cpu;
    if (cpu != trace::kNoCpu) return cpu;
    return has_column_ ? std::optional(rows_.stored(cpu_)[row]) : std::nullopt;
  }
  Rows& rows_;
  bool has_column_;
  unsigned cpu_;
};

// The name of the system call.
class CallName final : public ComputedTexts<CallName> {
  friend ComputedTexts<CallName>;

 public:
  explicit CallName(Rows& rows) : rows_(rows), number_(rows.need("number")), flags_(rows.need("flags")) { forget(); }
  void start_block() override {
    if (texts_.start_block()) forget();
  }

 private:
  void forget() { ids_.assign(2 << 16, UINT32_MAX); }
  uint64_t id(size_t row) {
    const uint64_t number = rows_.stored(number_)[row], compat = (rows_.stored(flags_)[row] & SYSCALL_COMPAT) != 0;
    if (number > 0xffff) return name(number, compat);
    uint32_t& id = ids_[compat << 16 | number];
    if (id == UINT32_MAX) id = static_cast<uint32_t>(name(number, compat));
    return id;
  }
  uint64_t name(uint64_t number, bool compat) {
    return texts_.keep(rows_.session().trace().catalogue().table(compat).name(static_cast<uint32_t>(number)));
  }
  const predicate::Texts& table() const { return texts_; }

  Rows& rows_;
  unsigned number_, flags_;
  MadeTexts texts_;
  std::vector<uint32_t> ids_;  // compat << 16 | number
};

// One text for all rows.
class OneText final : public Column {
 public:
  explicit OneText(std::string_view text) { texts_.keep(text); }
  TextColumn texts(const Selection&) override { return {ids_.get(), &texts_}; }
  const predicate::Texts* block_texts() override { return &texts_; }
  bool all_present() override { return true; }

 private:
  MadeTexts texts_;
  std::unique_ptr<uint64_t[]> ids_ = std::make_unique<uint64_t[]>(predicate::kTileRows);
};

bool is_call(const trace::Catalogue& catalogue, std::string_view name) {
  for (const bool compat : {false, true})
    for (const trace::SyscallType& call : catalogue.table(compat).types())
      if (call.name == name) return true;
  return false;
}

std::string hexadecimal(const trace::Id& id) {
  std::string text;
  for (const std::byte byte : id)
    for (const unsigned shift : {4u, 0u}) text += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> shift & 15];
  return text;
}

}  // namespace

void add_event_fields(Relation& relation, const EventType& type) {
  if (type.column("timeNs")) {
    Field time{"time_ns", "When it began: since the recording's start.", "ns", FieldKind::kTime};
    time.can_be_absent = false;
    time.cost = type.name == "syscall" ? 1 : 0;
    relation.add(type, time, [](Rows& rows) { return std::make_unique<TimeColumn>(rows); },
                 {"evt.time", "evt.rawtime", "start"});
  }
  relation.add(type, {"cpu", "The CPU that it was on.", "", FieldKind::kUnsigned},
               [](Rows& rows) { return std::make_unique<CpuColumn>(rows); }, {"evt.cpu"});
  Field event{"event", "A system call's name, or the type of the event: fork, exec, exit, packet ...", "",
              FieldKind::kText};
  event.can_be_absent = false;
  for (const EventType* one : relation.types())
    if (one->name != "syscall") event.names.push_back({one->name});
  const trace::Catalogue& catalogue = relation.catalogue();
  if (catalogue.type("syscall"))
    for (const bool compat : {false, true})
      for (const trace::SyscallType& call : catalogue.table(compat).types()) event.names.push_back({call.name});
  const std::string name = type.name;
  if (name == "syscall")
    relation.add(type, event, [](Rows& rows) { return std::make_unique<CallName>(rows); }, {"evt.type"});
  else
    relation.add(type, event,
                 [name](Rows& rows) -> std::unique_ptr<Column> {
                   (void)rows;
                   return std::make_unique<OneText>(name);
                 },
                 {"evt.type"});
  if (name == "syscall") {
    Field call = event;
    call.name = "syscall";
    call.doc = "A system call's name.";
    std::erase_if(call.names, [&](const predicate::FieldValue& value) { return !is_call(catalogue, value.name); });
    relation.add(type, call, [](Rows& rows) { return std::make_unique<CallName>(rows); }, {"syscall.type"});
  }
  Field host{"host", "The recorded host's label (ebpf-record --host-label).", "", FieldKind::kText, false};
  relation.add(type, host,
               [](Rows& rows) { return std::make_unique<OneText>(rows.session().trace().facts().host_label); });
  Field recording{"recording", "Id of the recording.", "", FieldKind::kText, false};
  relation.add(type, recording, [](Rows& rows) {
    const auto& id = rows.session().trace().facts().recording_id;
    return std::make_unique<OneText>(id ? hexadecimal(*id) : std::string());
  });
}

}  // namespace ebpftrace::analyzer
