// SPDX-License-Identifier: Apache-2.0
#include "ship/load/tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/fields/relation.h"
#include "trace/read/trace_catalogue.h"

namespace ebpftrace::ship {
namespace {

using predicate::FieldKind;

// Blocks by whose hash a repeated insert is recognised: more than come between a crash and the retry.
constexpr unsigned kDeduplicationWindow = 20'000;

NativeColumnShape text(std::string name, std::string doc) {
  return {std::move(name), NativeType::kText, false, std::move(doc)};
}
NativeColumnShape number(std::string name, NativeType type, std::string doc) {
  return {std::move(name), type, false, std::move(doc)};
}

std::vector<NativeColumnShape> place_columns() {
  return {text("host", "The host's label (ebpf-record --host-label), else the first 12 digits of its id."),
          text("recording", "Id of the recording."),
          number("part", NativeType::kUInt32, "Which of its files; 0: it is in one."),
          number("frame", NativeType::kUInt64, "Where in that file its frame begins."),
          number("batch", NativeType::kUInt64, "The insert that brought it; see batches."),
          number("day", NativeType::kDate, "The day (UTC) in which its frame began.")};
}

// In every row the same, or said by other columns.
bool is_told_otherwise(const predicate::Field& field) {
  return field.name == analyzer::kProcessIdentity || field.name == "host" || field.name == "recording" ||
         field.name == "event" || field.name == "time_ns" || field.name == "batch" || field.name == "frame" ||
         field.name == "part";
}

// Ids that are 32 bits wide wherever Linux, and so the trace, has them.
bool is_narrow(const predicate::Field& field) {
  constexpr std::string_view kNarrow[] = {"cpu",       "pid",     "tid",    "ppid",       "uid",       "child_pid",
                                          "child_tid", "old_tid", "number", "sender_uid", "sender_pid"};
  return std::find(std::begin(kNarrow), std::end(kNarrow), field.name) != std::end(kNarrow);
}

// The error's name, of its number as `result` has it.
std::string error_expression(const predicate::Field& error) {
  constexpr size_t kOfLine = 8;
  std::string numbers, names;
  for (size_t i = 0; i < error.names.size(); ++i) {
    const std::string_view before = i == 0 ? "" : i % kOfLine ? ", " : ",\n            ";
    numbers += fmt::format("{}{}", before, error.names[i].value);
    names += fmt::format("{}'{}'", before, error.names[i].name);
  }
  return fmt::format(
      "if(failed, transform(negate(assumeNotNull(result)),\n           [{}],\n           [{}],\n"
      "           toString(negate(assumeNotNull(result)))), NULL)",
      numbers, names);
}

class EventTable {
 public:
  EventTable(const analyzer::RelationName& name, const trace::Catalogue& catalogue) {
    table_.name = table_.relation = name.name;
    table_.doc = name.doc;
    table_.columns = place_columns();
    table_.order = "host, time_ns";
    table_.event_type = name.types.front();
    column(number("time_ns", NativeType::kInt64, "When it began: ns since 1970-01-01 UTC."));
    column(number("clock_ns", NativeType::kInt64, "By how much that is ahead of the host's own clock."));
    computed("time", "DateTime", "toDateTime(intDiv(greatest(time_ns, 0), 1000000000))", "The same, to the second.");
    computed("boot_ns", "UInt64", "toUInt64(time_ns - clock_ns)",
             "When it began by the host's own clock, which never steps: ns since it was booted.");
    const analyzer::Relation relation(nullptr, catalogue, table_.name, table_.doc, name.types);
    const std::vector<predicate::Field> fields = relation.fields();
    has_bytes_ = std::any_of(fields.begin(), fields.end(), [](const auto& field) { return field.name == "bytes"; });
    for (const predicate::Field& field : fields)
      if (!is_told_otherwise(field)) add(field);
    if (bits_) {
      table_.flags = static_cast<unsigned>(table_.columns.size());
      column(number("flags", NativeType::kUInt32, "A bit for each truth, as the columns behind it say."));
    }
  }
  TableShape take() { return std::move(table_); }

 private:
  void column(NativeColumnShape shape) { table_.columns.push_back(std::move(shape)); }
  void computed(std::string name, std::string type, std::string expression, std::string doc) {
    table_.computed.push_back({std::move(name), std::move(type), std::move(expression), std::move(doc)});
  }

  void add(const predicate::Field& field) {
    if (field.kind == FieldKind::kBool && !field.can_be_absent) {
      computed(field.name, "UInt8", fmt::format("bitAnd(flags, {}) != 0", 1U << bits_), field.doc);
      table_.fields.push_back({field, StoredField::As::kBit, bits_++});
    } else if (has_bytes_ && (field.name == "read_bytes" || field.name == "write_bytes")) {
      computed(field.name, "Nullable(UInt64)",
               fmt::format("if(bitAnd(flags, {}) = 0, NULL, if(bitAnd(flags, {}) != 0, 0, bytes))",
                           kBytesGiven << bits_, kBytesNone << bits_),
               field.doc);
      table_.fields.push_back({field, StoredField::As::kBytes, bits_});
      bits_ += 2;
    } else if (table_.name == "syscalls" && field.name == "error") {
      computed(field.name, "Nullable(String)", error_expression(field), field.doc);
    } else {
      NativeColumnShape shape = column_of(field);
      if (is_narrow(field)) shape.type = NativeType::kUInt32;
      table_.fields.push_back({field, StoredField::As::kColumn, static_cast<unsigned>(table_.columns.size())});
      column(std::move(shape));
    }
  }

  TableShape table_;
  bool has_bytes_ = false;
  unsigned bits_ = 0;
};

}  // namespace

NativeColumnShape column_of(const predicate::Field& field) {
  NativeColumnShape shape{field.name, NativeType::kUInt64, field.can_be_absent, field.doc};
  switch (field.kind) {
    case FieldKind::kText:
    case FieldKind::kEnum:
    case FieldKind::kFlags:
    case FieldKind::kSet:
      shape.type = NativeType::kText;
      break;
    case FieldKind::kSigned:
    case FieldKind::kEitherSign:
      shape.type = NativeType::kInt64;
      break;
    case FieldKind::kBool:
      shape.type = NativeType::kUInt8;
      break;
    case FieldKind::kDecimal:
      shape.type = NativeType::kFloat64;
      break;
    default:
      break;
  }
  // A column of texts may say of any id that there is no text.
  if (field.kind == FieldKind::kText) shape.nullable = true;
  return shape;
}

std::vector<TableShape> table_shapes() {
  static const trace::Catalogue catalogue = trace::built_in_catalogue();
  std::vector<TableShape> tables;
  for (const analyzer::RelationName& name : analyzer::relation_list())
    if (name.types.size() == 1) tables.push_back(EventTable(name, catalogue).take());

  TableShape& frames =
      tables.emplace_back(TableShape{"frames", "The frames of traces as they are stored: what --slice gives back.",
                                     place_columns(), "recording, part, frame"});
  for (auto& column : std::vector<NativeColumnShape>{
           number("kind", NativeType::kUInt16,
                  "1 header, 2 block, 3 status, 4 index, 5 catalogue, 6 summary; 0: the end mark."),
           number("type", NativeType::kUInt16, "Id of the event type, of a block."),
           number("rows", NativeType::kUInt32, "Of a block."),
           number("first_ns", NativeType::kUInt64, "Its first time, by the host's boot clock."),
           number("last_ns", NativeType::kUInt64, "Its last one."),
           number("payload", NativeType::kString, "Header and payload, as in the file.")})
    frames.columns.push_back(std::move(column));

  TableShape& recordings = tables.emplace_back(
      TableShape{"recordings", "What the header of each part says.", place_columns(), "host, recording, part"});
  for (auto& column : std::vector<NativeColumnShape>{
           text("host_id", "A hash of the machine's id."), text("boot", "Id of the boot."),
           number("start_ns", NativeType::kInt64, "When the part began: ns since 1970-01-01 UTC."),
           number("start_boot_ns", NativeType::kUInt64, "The same by the host's boot clock."),
           number("cpus", NativeType::kUInt32, "CPUs that the machine may have."), text("kernel", "uname -r"),
           text("machine", "uname -m"), text("version", "Of the recorder."), text("probe", "How it attached."),
           text("filter", "What it left out."), number("command", NativeType::kString, "Its command line.")})
    recordings.columns.push_back(std::move(column));

  TableShape& losses = tables.emplace_back(
      TableShape{"losses", "What a recorder says it lost since its last status: by type, CPU and reason.",
                 place_columns(), "host, time_ns"});
  for (auto& column : std::vector<NativeColumnShape>{
           number("time", NativeType::kDateTime, "Of the status."),
           number("time_ns", NativeType::kInt64, "ns since 1970-01-01 UTC."), text("type", "The event type."),
           text("reason", "ring full, disk ..."), number("cpu", NativeType::kInt32, "-1: not known which."),
           number("lost", NativeType::kUInt64, "Events.")})
    losses.columns.push_back(std::move(column));

  TableShape& dropped = tables.emplace_back(TableShape{
      "dropped", "What rotation removed before it was shipped, by event type; from (part, frame) up to part to_part.",
      place_columns(), "host, recording, part, frame"});
  for (auto& column : std::vector<NativeColumnShape>{
           number("to_part", NativeType::kUInt32, "The part that there is again."),
           {"frames", NativeType::kUInt64, true, "Frames that are gone; NULL: nobody counted them."},
           number("type", NativeType::kUInt16, "Id of the event type; 0: the row tells of no type."),
           number("recorded", NativeType::kUInt64, "Rows that are gone."),
           number("lost", NativeType::kUInt64, "What the recorder had lost in those parts.")})
    dropped.columns.push_back(std::move(column));

  tables.push_back(
      {"ledger",
       "Each frame of each batch, written before the batch: the plan. A frame is in at most one batch of a table.",
       {number("day", NativeType::kDate, "That of the rows."),
        number("batch", NativeType::kUInt64, "Hash of the plan."), text("table", "Where the rows go."),
        text("host_id", ""), text("boot", ""), text("recording", ""), number("part", NativeType::kUInt32, ""),
        number("frame", NativeType::kUInt64, "Where it begins in the part's file."),
        number("checksum", NativeType::kUInt64, "Of the frame's header."), number("kind", NativeType::kUInt16, ""),
        number("type", NativeType::kUInt16, "Event type."), number("rows", NativeType::kUInt32, "In that table."),
        number("recorded", NativeType::kUInt32, "Rows that the frame says it has."),
        number("known_to", NativeType::kUInt64, "The part was known up to there when the rows were made."),
        number("source", NativeType::kInt32, "Kafka partition; -1: a file."),
        number("source_offset", NativeType::kInt64, "Kafka offset of the frame."),
        number("source_first", NativeType::kInt64, "Kafka offset of the part's first frame."),
        number("number", NativeType::kUInt32, "Place in the batch."), number("planned", NativeType::kDateTime, "")},
       "recording, part, frame, table, batch, number"});
  tables.push_back({"batches",
                    "Batches that ClickHouse has taken.",
                    {number("day", NativeType::kDate, ""), number("batch", NativeType::kUInt64, ""), text("table", ""),
                     number("rows", NativeType::kUInt64, ""), number("taken", NativeType::kDateTime, "")},
                    "batch"});
  return tables;
}

const TableShape* find_table(const std::vector<TableShape>& tables, std::string_view name) {
  const auto found =
      std::find_if(tables.begin(), tables.end(), [&](const TableShape& table) { return table.name == name; });
  return found == tables.end() ? nullptr : &*found;
}

std::string create_table(const TableShape& table, const std::string& database, const std::string& replicated_path,
                         bool remembers_blocks) {
  std::string sql = fmt::format("CREATE TABLE IF NOT EXISTS {}.{}\n(\n", database, table.name);
  std::string_view before = "    ";
  auto add = [&](const std::string& name, const std::string& type_and_more) {
    sql += fmt::format("{}`{}` {}", before, name, type_and_more);
    before = ",\n    ";
  };
  for (const NativeColumnShape& column : table.columns) add(column.name, native_type_name(column));
  for (const ComputedColumn& column : table.computed)
    add(column.name, fmt::format("{} ALIAS {}", column.type, column.expression));
  // What was sent twice is recognised by the blocks' hashes or tokens. Before ClickHouse 22, of a replicated table only.
  std::string engine = "MergeTree()";
  if (!replicated_path.empty()) {
    std::string path = replicated_path;
    if (const size_t at = path.find("{table}"); at != std::string::npos) path.replace(at, 7, table.name);
    engine = fmt::format("ReplicatedMergeTree('{}', '{{replica}}')", path);
  }
  sql += fmt::format("\n)\nENGINE = {}\n", engine);
  if (!table.partition.empty()) sql += fmt::format("PARTITION BY {}\n", table.partition);
  sql += fmt::format("ORDER BY ({})", table.order);
  if (!replicated_path.empty())
    sql += fmt::format("\nSETTINGS replicated_deduplication_window = {}", kDeduplicationWindow);
  else if (remembers_blocks)
    sql += fmt::format("\nSETTINGS non_replicated_deduplication_window = {}", kDeduplicationWindow);
  return sql;
}

}  // namespace ebpftrace::ship
