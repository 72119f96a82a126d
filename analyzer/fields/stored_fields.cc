// SPDX-License-Identifier: Apache-2.0
// Fields that are stored as they are: the columns of events other than system calls, by the trace's own catalogue.
#include <sys/socket.h>

#include "analyzer/api/session.h"
#include "analyzer/dictionaries/absolute_path.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/network_names.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/fields/call_columns.h"
#include "analyzer/fields/made_texts.h"
#include "analyzer/fields/relation.h"
#include "analyzer/text/call_text.h"
#include "predicate/quoted.h"
#include "schema/values.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

using predicate::Field;
using predicate::FieldKind;

class StoredNumber final : public Column {
 public:
  StoredNumber(Rows& rows, std::string_view stored, bool is_signed)
      : rows_(rows), stored_(rows.need(stored)), signed_(is_signed) {}
  NumberColumn numbers(const Selection&) override { return {rows_.stored(stored_), nullptr, nullptr}; }
  std::optional<predicate::Bounds> bounds() override {
    const auto range = rows_.block().range(stored_);
    if (!range || (signed_ && range->most >> 63)) return std::nullopt;
    return predicate::Bounds{range->least, range->most};
  }
  bool all_present() override { return true; }

 private:
  Rows& rows_;
  unsigned stored_;
  bool signed_;
};

// Texts of the block by their numbers in it.
class StoredText final : public Column {
 public:
  StoredText(Rows& rows, std::string_view stored) : rows_(rows), stored_(rows.need(stored)), texts_(rows) {}
  void start_block() override { texts_.start_block(); }
  TextColumn texts(const Selection&) override { return {rows_.stored(stored_), &texts_}; }

 private:
  class BlockTexts final : public predicate::Texts {
   public:
    explicit BlockTexts(Rows& rows) : rows_(rows) {}
    void start_block() { renew(); }
    uint64_t count() const override { return uint64_t{rows_.block().text_count()} + 1; }
    std::optional<std::string_view> text(uint64_t id) const override {
      const trace::BlockText text = rows_.block().text(id);
      return text.present && !text.unreadable ? std::optional(text.bytes) : std::nullopt;
    }

   private:
    Rows& rows_;
  };
  Rows& rows_;
  unsigned stored_;
  BlockTexts texts_;
};

// Texts that are shown otherwise than they are stored: arguments, addresses.
class MadeText final : public ComputedTexts<MadeText> {
  friend ComputedTexts<MadeText>;

 public:
  using Make = std::string (*)(std::string_view bytes, const trace::Trace& trace);
  MadeText(Rows& rows, std::string_view stored, Make make) : rows_(rows), stored_(rows.need(stored)), make_(make) {}
  void start_block() override {
    texts_.start_block();
    of_block_.assign(rows_.block().text_count() + 1, kUnset);
  }

 private:
  static constexpr uint64_t kUnset = kAbsent - 1;
  uint64_t id(size_t row) {
    const uint64_t number = rows_.stored(stored_)[row];
    if (number >= of_block_.size()) return kAbsent;
    if (of_block_[number] == kUnset) {
      const trace::BlockText text = rows_.block().text(number);
      of_block_[number] = text.present && !text.unreadable && !text.bytes.empty()
                              ? texts_.keep(make_(text.bytes, rows_.session().trace()))
                              : kAbsent;
    }
    return of_block_[number];
  }
  const predicate::Texts& table() const { return texts_; }

  Rows& rows_;
  unsigned stored_;
  Make make_;
  MadeTexts texts_;
  std::vector<uint64_t> of_block_;
};

// Paths of the file table; ids are its positions.
class FilePaths final : public predicate::Texts {
 public:
  explicit FilePaths(const FileTable& files) : files_(files) {}
  uint64_t count() const override { return files_.files().size(); }
  std::optional<std::string_view> text(uint64_t id) const override {
    return id && id < count() ? std::optional(files_.files()[id].path) : std::nullopt;
  }

 private:
  const FileTable& files_;
};

class FilePath final : public Column {
 public:
  FilePath(Rows& rows, std::string_view stored)
      : rows_(rows), stored_(rows.need(stored)), files_(rows.session().files()), texts_(files_) {}
  TextColumn texts(const Selection& wanted) override {
    wanted.for_each([&](size_t row) { ids_[row] = files_.position(rows_.stored(stored_)[row]); });
    return {ids_.get(), &texts_};
  }

 private:
  Rows& rows_;
  unsigned stored_;
  const FileTable& files_;
  FilePaths texts_;
  std::unique_ptr<uint64_t[]> ids_ = std::make_unique<uint64_t[]>(predicate::kTileRows);
};

// The tid of another thread that the event is about.
class OtherThread final : public ComputedNumbers<OtherThread> {
  friend ComputedNumbers<OtherThread>;

 public:
  OtherThread(Rows& rows, std::string_view stored, bool process)
      : ComputedNumbers(true),
        rows_(rows),
        stored_(rows.need(stored)),
        threads_(rows.session().threads()),
        process_(process) {}

 private:
  std::optional<uint64_t> cell(size_t row) {
    const Thread& thread = threads_.thread(rows_.stored(stored_)[row]);
    if (!thread.process) return std::nullopt;
    return process_ ? threads_.processes()[thread.process].pid : thread.tid;
  }
  Rows& rows_;
  unsigned stored_;
  const ThreadTable& threads_;
  bool process_;
};

// The path of an exec: of the program as it was named, made absolute by the working directory; of one that was given by
// descriptor, that file's.
class ExecPath final : public ComputedTexts<ExecPath> {
  friend ComputedTexts<ExecPath>;

 public:
  explicit ExecPath(Rows& rows)
      : rows_(rows),
        filename_(rows.need("filename")),
        cwd_(rows.need("cwd")),
        program_(rows.need("program")),
        files_(rows.session().files()) {}
  void start_block() override { texts_.start_block(); }

 private:
  uint64_t id(size_t row) {
    if (const File* program = files_.find(rows_.stored(program_)[row])) return texts_.keep(program->path);
    const trace::BlockText name = rows_.block().text(rows_.stored(filename_)[row]);
    if (!name.present || name.unreadable || name.bytes.empty()) return kAbsent;
    const File* cwd = files_.find(rows_.stored(cwd_)[row]);
    if (!cwd || cwd->cut || cwd->path.find('/') == std::string_view::npos) return texts_.keep(name.bytes);
    path_.clear();
    append_joined(path_, cwd->path, name.bytes);
    return texts_.keep(path_);
  }
  const predicate::Texts& table() const { return texts_; }

  Rows& rows_;
  unsigned filename_, cwd_, program_;
  const FileTable& files_;
  MadeTexts texts_;
  std::string path_;
};

// How the process, or thread, ended.
class ExitStatus final : public ComputedNumbers<ExitStatus> {
  friend ComputedNumbers<ExitStatus>;

 public:
  ExitStatus(Rows& rows, bool signal)
      : ComputedNumbers(true),
        rows_(rows),
        status_(rows.need("status")),
        group_(rows.need("groupStatus")),
        flags_(rows.need("flags")),
        signal_(signal) {}

 private:
  std::optional<uint64_t> cell(size_t row) {
    const uint64_t status = rows_.stored(rows_.stored(flags_)[row] & EXIT_GROUP_STATUS ? group_ : status_)[row];
    const bool by_signal = (status & 0x7f) != 0;
    if (by_signal != signal_) return std::nullopt;
    return signal_ ? status & 0x7f : status >> 8 & 0xff;
  }
  Rows& rows_;
  unsigned status_, group_, flags_;
  bool signal_;
};

class FlagBit final : public ComputedNumbers<FlagBit> {
  friend ComputedNumbers<FlagBit>;

 public:
  FlagBit(Rows& rows, uint64_t bit) : ComputedNumbers(false), rows_(rows), flags_(rows.need("flags")), bit_(bit) {}

 private:
  std::optional<uint64_t> cell(size_t row) { return (rows_.stored(flags_)[row] & bit_) != 0; }
  Rows& rows_;
  unsigned flags_;
  uint64_t bit_;
};

// Arguments as a shell would take them: those with other characters than usual in quotes.
std::string words(std::string_view argv, const trace::Trace&) {
  std::string text;
  while (!argv.empty()) {
    const size_t end = std::min(argv.find('\0'), argv.size());
    if (!text.empty()) text += ' ';
    text += argv.substr(0, end);
    argv.remove_prefix(std::min(end + 1, argv.size()));
  }
  return text;
}

std::string address(std::string_view bytes, const trace::Trace&) {
  const auto address = InternetAddress::from(bytes);
  return address ? address->text(address->port != 0) : std::string("?");
}

// Where a column's name would say something else than the same name does in other events.
std::string field_name(const EventType& type, const ColumnType& column) {
  const std::string name = snake_case(column.name);
  if (type.name == "exit" && column.name == "readBytes") return "storage_read_bytes";
  if (type.name == "exit" && column.name == "writtenBytes") return "storage_written_bytes";
  if (type.name == "marker" && (name == "pid" || name == "uid")) return "sender_" + name;
  if (type.name == "packet" && name == "rule") return "rule_number";
  if (type.name == "flow" || type.name == "traffic") {
    if (name == "bytes") return "frame_bytes";
  }
  return name;
}

FieldKind kind_of(const ColumnType& column) {
  if (column.unit == "bytes") return FieldKind::kBytes;
  switch (column.display) {
    case schema::Display::TIME:
      return FieldKind::kTime;
    case schema::Display::DURATION:
      return FieldKind::kDuration;
    case schema::Display::BYTES:
      return FieldKind::kBytes;
    case schema::Display::SIGNED:
    case schema::Display::ERRNO:
      return FieldKind::kSigned;
    default:
      return FieldKind::kUnsigned;
  }
}

}  // namespace

MakeColumn file_path_column(std::string stored) {
  return [stored](Rows& rows) { return std::make_unique<FilePath>(rows, stored); };
}

MakeColumn stored_number_column(std::string stored, bool is_signed) {
  return [stored, is_signed](Rows& rows) { return std::make_unique<StoredNumber>(rows, stored, is_signed); };
}

MakeColumn flag_column(uint64_t bits) {
  return [bits](Rows& rows) { return std::make_unique<FlagBit>(rows, bits); };
}

MakeColumn stored_text_column(std::string stored) {
  return [stored](Rows& rows) { return std::make_unique<StoredText>(rows, stored); };
}

void add_stored_fields(Relation& relation, const EventType& type) {
  const trace::Catalogue& catalogue = relation.catalogue();
  if (type.name == "exec") {
    Field path{"path", "The program that was started, as it was named, made absolute.", "", FieldKind::kText};
    path.cost = 3;
    relation.add(type, path, [](Rows& rows) { return std::make_unique<ExecPath>(rows); }, {"fd.name"});
  }
  if (type.name == "exit") {
    relation.add(
        type,
        {"exit_code", "What the process, or thread, returned; absent if a signal ended it.", "", FieldKind::kUnsigned},
        [](Rows& rows) { return std::make_unique<ExitStatus>(rows, false); });
    Field signal{"signal", "The signal that ended it.", "", FieldKind::kEnum};
    for (unsigned number = 1; number <= 64; ++number) signal.names.push_back({signal_name(number), number});
    relation.add(type, signal, [](Rows& rows) { return std::make_unique<ExitStatus>(rows, true); });
    Field last{"last_thread", "The process ended with this thread.", "", FieldKind::kBool, false};
    relation.add(type, last, flag_column(EXIT_LAST_THREAD));
  }
  for (const ColumnType& column : type.columns) {
    if (column.name == "timeNs" || column.name == "cpu" || column.name == "thread" || column.name == "unavailable")
      continue;
    if (type.name == "exit" && (column.name == "flags" || column.name == "status" || column.name == "groupStatus"))
      continue;
    Field field{field_name(type, column), column.doc, column.unit, kind_of(column)};
    field.cost = static_cast<uint8_t>(column.group);
    const std::string stored = column.name;
    if (column.is_text()) {
      field.kind = FieldKind::kText;
      field.unit.clear();
      field.cost = 3;
      if (column.display == schema::Display::SOCKADDR)
        relation.add(type, field, [stored](Rows& rows) { return std::make_unique<MadeText>(rows, stored, address); });
      else if (column.name == "argv" || column.name == "env")
        relation.add(type, field, [stored](Rows& rows) { return std::make_unique<MadeText>(rows, stored, words); });
      else if (column.display != schema::Display::HEX)
        relation.add(type, field, stored_text_column(stored));
      continue;
    }
    if (column.refers_to == "file") {
      field.kind = FieldKind::kText;
      relation.add(type, field, file_path_column(stored));
      continue;
    }
    if (column.refers_to == "thread") {
      field.kind = FieldKind::kIdentity;
      Field process = field;
      process.name += "_pid";
      process.doc = "Process id of: " + column.doc;
      field.name += "_tid";
      field.doc = "Thread id of: " + column.doc;
      relation.add(type, process, [stored](Rows& rows) { return std::make_unique<OtherThread>(rows, stored, true); });
      relation.add(type, field, [stored](Rows& rows) { return std::make_unique<OtherThread>(rows, stored, false); });
      continue;
    }
    if (const trace::ValueNames& names = catalogue.values.find(column.values); !names.empty()) {
      field.kind = names.is_flags() ? FieldKind::kFlags : FieldKind::kEnum;
      for (const NamedValue& value : names.values())
        field.names.push_back(names.is_flags() ? predicate::flag(value.name, value.value)
                                               : predicate::FieldValue{value.name, value.value});
    }
    field.can_be_absent = false;
    relation.add(type, field, stored_number_column(stored, predicate::is_signed(field.kind)));
  }
}

}  // namespace ebpftrace::analyzer
