// SPDX-License-Identifier: Apache-2.0
// A folder with a CSV file for each relation that has rows: all fields of the relation, named as filters and SQL name
// them; rows in the order of the trace. `processes.csv` is the process tree, whatever the filter. The relation of all
// events is left out: it is the others together.
#include "analyzer/exports/exported_rows.h"
#include "analyzer/fields/relation.h"
#include "analyzer/query/file_order.h"
#include "analyzer/query/row_renderer.h"
#include "analyzer/questions/question_list.h"
#include "analyzer/tables/table.h"
#include "analyzer/text/field_lines.h"

namespace ebpftrace::analyzer {
namespace {

// The same in every row.
bool is_of_recording(const predicate::Field& field) { return field.name == "host" || field.name == "recording"; }

// How far all relations together are.
struct RowsDone {
  uint64_t done = 0, all = 0;
};

void write_relation(const Session& session, const Choice& choice, const Relation& relation, ExportOutput& output,
                    ExportText& out, RowsDone& progress) {
  std::vector<predicate::Field> fields;
  std::string head;
  for (const predicate::Field& field : relation.fields()) {
    if (field.name == kProcessIdentity || is_of_recording(field)) continue;
    fields.push_back(field);
    head += (head.empty() ? "" : ",") + field.name;
  }
  FileOrder order(session, choice, relation.types());
  std::vector<std::unique_ptr<FieldLineWriter>> writers;
  for (unsigned i = 0; i < std::max(order.workers(), 1u); ++i)
    writers.push_back(std::make_unique<FieldLineWriter>(session, fields, Format::kCsv, false));
  RowRenderer<FieldLineWriter, Line> renderer(session.trace(), std::move(writers));
  bool any = false;
  const uint64_t before = progress.done;
  for (std::vector<EventKey> keys; !out.watch().stopped() && !(keys = order.next_window()).empty();) {
    if (!any) {
      output.begin_file(relation.name() + ".csv");
      out.text() = head + "\r\n";
      any = true;
    }
    const bool more =
        renderer.hand_over_behind(std::span<const EventKey>(keys), [&](const Line& line, const std::string& text) {
          out.text() += line.line.in(text);
          return out.row_done(++progress.done, progress.all);
        });
    if (!more) break;
  }
  renderer.finish();
  progress.done = before + order.rows();
  if (any) out.flush();
}

void write_folder(const Session& session, const Asked& asked, ExportOutput& output) {
  const Choice choice = choose_rows(session, asked);
  ExportText out(output, asked);
  std::vector<const Relation*> relations;
  RowsDone progress;
  for (const RelationName& name : relation_list()) {
    if (name.types.empty()) continue;
    const Relation& relation = *relations.emplace_back(session.relation(name.name));
    for (const EventType* type : relation.types())
      for (const uint32_t position : session.trace().blocks_of(type->name))
        progress.all += session.trace().frames()[position].count;
  }
  for (const Relation* relation : relations) write_relation(session, choice, *relation, output, out, progress);
  output.begin_file("processes.csv");
  write_csv(ask(kTreeQuestion, session), [&](std::string_view piece) { output.write(piece); });
}

}  // namespace

extern constinit const Export kCsvExport{
    .name = "csv",
    .help = "a folder with a file for each relation: calls, forks, execs, packets ...",
    .place = 40,
    .form = Export::Form::kFolder,
    .write = write_folder};

}  // namespace ebpftrace::analyzer
