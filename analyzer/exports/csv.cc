// SPDX-License-Identifier: Apache-2.0
// A folder with a CSV file for each relation that has rows: all fields of the relation, named as filters and SQL name
// them; rows in the order of the trace. `processes.csv` is the process tree, whatever the filter. The relation of all
// events is left out: it is the others together.
#include "analyzer/exports/exported_rows.h"
#include "analyzer/fields/relation.h"
#include "analyzer/questions/question_list.h"
#include "analyzer/tables/table.h"
#include "analyzer/text/field_lines.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostText = 48u << 20;  // that is held of a block, unless it is a single row

// The same in every row.
bool is_of_recording(const predicate::Field& field) { return field.name == "host" || field.name == "recording"; }

void write_relation(const Session& session, const Choice& choice, const Relation& relation, ExportOutput& output,
                    ExportText& out) {
  std::vector<predicate::Field> fields;
  std::string head;
  for (const predicate::Field& field : relation.fields()) {
    if (field.name == kProcessIdentity || is_of_recording(field)) continue;
    fields.push_back(field);
    head += (head.empty() ? "" : ",") + field.name;
  }
  FieldLineWriter writer(session, fields, Format::kCsv, false);
  Sieve sieve(session, choice, std::make_shared<trace::FramePayload>());
  std::vector<std::pair<uint32_t, uint32_t>> rows;
  std::vector<Line> lines;
  std::string text;
  bool any = false;
  for (const EventType* type : relation.types())
    for (const uint32_t position : session.trace().blocks_of(type->name)) {
      const trace::Frame frame = session.trace().frames()[position];
      if (!sieve.load(frame)) continue;
      rows.clear();
      for (size_t tile = 0; tile < sieve.tiles(); ++tile)
        sieve.selected(tile).for_each([&](size_t row) {
          rows.emplace_back(static_cast<uint32_t>(tile * predicate::kTileRows + row),
                            static_cast<uint32_t>(rows.size()));
        });
      if (rows.empty()) continue;
      if (!any) {
        output.begin_file(relation.name() + ".csv");
        out.text() = head + "\r\n";
        any = true;
      }
      for (std::span<const std::pair<uint32_t, uint32_t>> left = rows; !left.empty();) {
        auto part = left;
        for (;; part = part.first((part.size() + 1) / 2)) {
          lines.assign(rows.size(), {});
          text.clear();
          if (writer.write(frame, part, lines, text, kMostText) || part.size() == 1) break;
        }
        for (const auto& [row, place] : part) {
          if (lines[place].present) out.text() += lines[place].line.in(text);
          out.row_done(position, session.trace().frames().size());
        }
        left = left.subspan(part.size());
      }
      if (out.watch().stopped()) break;
    }
  if (any) out.flush();
}

void write_folder(const Session& session, const Asked& asked, ExportOutput& output) {
  const Choice choice = choose_rows(session, asked);
  ExportText out(output, asked);
  for (const RelationName& name : relation_list())
    if (!name.types.empty()) write_relation(session, choice, *session.relation(name.name), output, out);
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
