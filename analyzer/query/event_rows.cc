// SPDX-License-Identifier: Apache-2.0
#include "analyzer/api/event_rows.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "analyzer/dictionaries/ancestry.h"
#include "analyzer/dictionaries/exec_table.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/dictionaries/working_directories.h"
#include "analyzer/query/field_cells.h"
#include "analyzer/query/group_rows.h"
#include "analyzer/query/time_ranks.h"
#include "analyzer/questions/events.h"
#include "analyzer/text/event_text.h"
#include "analyzer/timeline/call_kinds.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostRowsAtOnce = 4096;
constexpr size_t kTextBytesAtOnce = 16u << 20;  // unless it is of one row

TimeRange range_of(const trace::Trace& trace, std::optional<int64_t> from_ns, std::optional<int64_t> to_ns) {
  const uint64_t start = trace.facts().start_boot_ns;
  auto boot = [&](int64_t ns) {
    if (ns < 0) return start < 0 - static_cast<uint64_t>(ns) ? 0 : start + static_cast<uint64_t>(ns);
    return start + static_cast<uint64_t>(ns) < start ? UINT64_MAX : start + static_cast<uint64_t>(ns);
  };
  TimeRange range;
  if (from_ns) range.from_ns = boot(*from_ns);
  if (to_ns) range.to_ns = boot(*to_ns);
  return range;
}

EventRow row_of(const Event& event, const EventRef& ref, uint64_t offset) {
  EventRow row;
  row.ref = ref;
  row.offset = offset;
  row.ref.start_ns = event.time_ns;
  row.time_ns = event.time_ns;
  row.cpu = event.cpu;
  row.pid = event.pid;
  row.tid = event.tid;
  row.process = event.process;
  row.event = event.event;
  row.is_call = event.is_call;
  row.duration_ns = event.duration_ns;
  row.bytes = event.bytes;
  row.result = event.result;
  row.args = event.args;
  row.result_text = event.result_text;
  if (event.path) row.path = std::string(*event.path) + (event.path_cut ? "..." : "");
  row.failed = event.result && is_error(static_cast<uint64_t>(*event.result));
  row.unfinished = event.unfinished;
  row.began_before = event.began_before;
  row.arguments_unknown = event.arguments_unknown;
  row.returns = event.returns;
  return row;
}

}  // namespace

struct EventRows::State {
  State(const Session& from, Choice choice)
      : session(from), trace(from.trace()), ranks(from, std::move(choice)), relation(*from.relation("events")) {}

  // What only texts need: dictionaries that take a while to load.
  struct Texts {
    explicit Texts(const Session& session)
        : directories(session.trace(), session.threads(), session.files()),
          network(session.trace()),
          writer({session.trace(), session.threads(), session.files(), session.execs(), directories, network,
                  session.users()}),
          kinds(session.trace().catalogue()),
          calls(session.trace(), "syscall", {"number", "flags", "file"}),
          files(session.files()) {}

    // What the calls of a frame are for; rows as write() takes them.
    void set_classes(const trace::Frame& frame, EventTextWriter::Rows rows, std::vector<std::optional<EventRow>>& to) {
      if (frame.type != calls.type().id || !calls.load(frame)) return;
      auto next = rows.begin();
      while (next != rows.end() && calls.next_tile())
        for (; next != rows.end() && next->first < calls.tile_start() + calls.tile_rows(); ++next) {
          const size_t i = next->first - calls.tile_start();
          const CallKind& kind = kinds.of(calls.column(0)[i], calls.column(1)[i]);
          if (!to[next->second]) continue;
          const bool socket = kind.by_file && is_socket(files.find(calls.column(2)[i]));
          to[next->second]->call_class = socket ? CallClass::kNetwork : kind.of;
        }
    }

    WorkingDirectories directories;
    NetworkEventText network;
    EventTextWriter writer;
    CallKinds kinds;
    trace::Block calls;
    const FileTable& files;
  };

  Texts& get_texts() {
    if (!texts) texts = std::make_unique<Texts>(session);
    return *texts;
  }

  bool append(std::span<const EventKey> keys, uint64_t offset, std::vector<EventRow>& rows);
  // Puts the reader on the row; its number in the tile.
  std::optional<size_t> go_to(RowReader& reader, const EventRef& event) const;
  const EventType* type_of(const EventRef& event) const;

  const Session& session;
  const trace::Trace& trace;
  TimeRanks ranks;
  const Relation& relation;
  std::mutex mutex;
  std::unique_ptr<Texts> texts;
};

// False: more text than may be held at once, and more than one row.
bool EventRows::State::append(std::span<const EventKey> keys, uint64_t offset, std::vector<EventRow>& rows) {
  Texts& all = get_texts();
  all.directories.read_up_to(keys.back().time_ns);
  std::map<uint32_t, std::vector<std::pair<uint32_t, uint32_t>>> frames;  // row, place in keys
  for (size_t i = 0; i < keys.size(); ++i) frames[keys[i].frame].emplace_back(keys[i].row, static_cast<uint32_t>(i));
  std::vector<std::optional<EventRow>> done(keys.size());
  size_t bytes = 0;
  for (auto& [frame, wanted] : frames) {
    std::sort(wanted.begin(), wanted.end());
    std::string text;
    const bool has_room = all.writer.write(
        trace.frames()[frame], wanted, text, [&, frame = frame](uint32_t place, const WrittenEvent& event) {
          done[place] = row_of(event.event(text), {0, frame, keys[place].row}, offset + place);
          bytes += text.size();
          text.clear();
          return keys.size() == 1 || bytes <= kTextBytesAtOnce;
        });
    if (!has_room && keys.size() > 1) return false;
    all.set_classes(trace.frames()[frame], wanted, done);
  }
  for (std::optional<EventRow>& row : done)
    if (row) rows.push_back(std::move(*row));
  return true;
}

const EventType* EventRows::State::type_of(const EventRef& event) const {
  if (event.frame >= trace.frames().size()) return nullptr;
  const trace::Frame frame = trace.frames()[event.frame];
  return frame.is(trace::FrameKind::kBlock) ? trace.catalogue().type(frame.type) : nullptr;
}

std::optional<size_t> EventRows::State::go_to(RowReader& reader, const EventRef& event) const {
  if (!reader.load(trace.frames()[event.frame]) || event.row >= reader.rows()) return {};
  while (reader.next_tile())
    if (event.row < reader.tile_start() + reader.tile_rows()) return event.row - reader.tile_start();
  return {};
}

EventRows::EventRows(const Session& session, std::string_view filter, std::optional<int64_t> from_ns,
                     std::optional<int64_t> to_ns)
    : state_(std::make_unique<State>(
          session, choose(*session.relation("events"), filter, range_of(session.trace(), from_ns, to_ns)))) {}

EventRows::~EventRows() = default;

bool EventRows::count(const std::stop_token& stop, const std::function<void(const Progress&)>& progress) {
  Asked asked;
  asked.stop = stop;
  asked.progress = progress;
  std::lock_guard lock(state_->mutex);
  return state_->ranks.count(Watch(asked));
}

uint64_t EventRows::rows() const {
  std::lock_guard lock(state_->mutex);
  return state_->ranks.rows();
}

std::vector<EventRow> EventRows::read(uint64_t offset, size_t rows, const std::stop_token& stop) {
  std::lock_guard lock(state_->mutex);
  std::vector<EventRow> all;
  while (rows && !stop.stop_requested()) {
    const std::vector<EventKey> keys = state_->ranks.keys(offset, std::min(rows, kMostRowsAtOnce));
    if (keys.empty()) break;
    std::span<const EventKey> part = keys;
    while (!state_->append(part, offset, all)) part = part.first(part.size() / 2);
    offset += part.size();
    rows -= part.size();
  }
  return all;
}

uint64_t EventRows::offset_of(int64_t time_ns) {
  std::lock_guard lock(state_->mutex);
  return state_->ranks.before(range_of(state_->trace, time_ns, {}).from_ns);
}

std::optional<uint64_t> EventRows::offset_of(const EventRef& event) {
  std::lock_guard lock(state_->mutex);
  return state_->ranks.offset_of(event.frame, event.row);
}

std::optional<EventRow> EventRows::row(const EventRef& event) {
  std::lock_guard lock(state_->mutex);
  const EventType* type = state_->type_of(event);
  if (!type || !type->is_event() || event.row >= state_->trace.frames()[event.frame].count) return {};
  // Its time is only known when it is read; what is known of directories must reach as far.
  const EventKey key{state_->trace.frames()[event.frame].last_ns, event.frame, event.row};
  std::vector<EventRow> rows;
  state_->append({&key, 1}, 0, rows);
  if (rows.empty()) return {};
  if (const auto offset = state_->ranks.offset_of(event.frame, event.row)) rows[0].offset = *offset;
  return std::move(rows[0]);
}

std::vector<EventField> EventRows::fields(const EventRef& event) {
  std::lock_guard lock(state_->mutex);
  std::vector<EventField> all;
  const EventType* type = state_->type_of(event);
  if (!type) return all;
  std::vector<predicate::Field> fields;
  for (const predicate::Field& field : state_->relation.fields())
    if (field.name != kProcessIdentity && static_cast<const FieldColumns&>(*field.backing).by_type.contains(type->id))
      fields.push_back(field);
  for (const predicate::NameAndDoc& argument : argument_names(state_->relation))
    if (type->name == "syscall")
      if (auto field = find_argument(state_->relation, argument.name)) fields.push_back(std::move(*field));
  RowReader reader(state_->session, *type, fields, std::make_shared<trace::FramePayload>());
  const auto row = state_->go_to(reader, event);
  if (!row) return all;
  Selection wanted;
  wanted.set(*row);
  for (size_t i = 0; i < fields.size(); ++i) {
    const Cell cell = cell_of_value(state_->session, fields[i], FieldCells(reader, i, fields[i], wanted).value(*row));
    if (std::holds_alternative<std::monostate>(cell)) continue;
    const ResultColumn column = column_of(fields[i]);
    all.push_back({fields[i].name, fields[i].doc, column.unit, cell});
  }
  return all;
}

std::string EventRows::ancestry(const EventRef& event) {
  std::lock_guard lock(state_->mutex);
  const EventType* type = state_->type_of(event);
  if (!type || !type->column("thread")) return {};
  static constexpr std::string_view kThread[] = {"thread"};
  trace::Block block(state_->trace, *type, kThread);
  if (!block.load(state_->trace.frames()[event.frame]) || event.row >= block.rows()) return {};
  while (block.next_tile()) {
    if (event.row >= block.tile_start() + block.tile_rows()) continue;
    const uint32_t process = state_->session.threads().process_of(block.column(0)[event.row - block.tile_start()]);
    return process ? state_->session.ancestry().of(process) : std::string();
  }
  return {};
}

}  // namespace ebpftrace::analyzer
