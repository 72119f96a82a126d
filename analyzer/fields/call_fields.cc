// SPDX-License-Identifier: Apache-2.0
// System calls: what they returned, how long they took, what they moved.
#include <algorithm>
#include <map>

#include "analyzer/fields/call_columns.h"
#include "analyzer/fields/relation.h"
#include "analyzer/text/call_text.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

MakeColumn call_path_column(unsigned which);
MakeColumn file_type_column();
MakeColumn path_deleted_column();

namespace {

using predicate::Field;
using predicate::FieldKind;

class ReturnValue final : public ComputedNumbers<ReturnValue> {
  friend ComputedNumbers<ReturnValue>;

 public:
  explicit ReturnValue(Rows& rows) : ComputedNumbers(true), rows_(rows), result_(rows.need("result")), call_(rows) {}

 private:
  std::optional<uint64_t> cell(size_t row) {
    return call_.unfinished(row) ? std::nullopt : std::optional(rows_.stored(result_)[row]);
  }
  Rows& rows_;
  unsigned result_;
  CallNumber call_;
};

class Error final : public ComputedNumbers<Error> {
  friend ComputedNumbers<Error>;

 public:
  Error(Rows& rows, bool as_bool)
      : ComputedNumbers(!as_bool), rows_(rows), result_(rows.need("result")), call_(rows), as_bool_(as_bool) {}

 private:
  std::optional<uint64_t> cell(size_t row) {
    const uint64_t result = rows_.stored(result_)[row];
    const bool failed = is_error(result) && !call_.unfinished(row);
    if (as_bool_) return failed;
    return failed ? std::optional(0 - result) : std::nullopt;
  }
  Rows& rows_;
  unsigned result_;
  CallNumber call_;
  bool as_bool_;
};

class Moved final : public ComputedNumbers<Moved> {
  friend ComputedNumbers<Moved>;

 public:
  enum class What { kOnce, kRead, kWritten, kPeeked };
  Moved(Rows& rows, What what)
      : ComputedNumbers(true),
        rows_(rows),
        flow_(rows.session().flow()),
        call_(rows),
        result_(rows.need("result")),
        moved_(rows.need("moved")),
        peeked_(rows.need("peeked")),
        what_(what) {}

 private:
  std::optional<uint64_t> cell(size_t row) {
    const uint64_t flags = call_.flags(row), result = rows_.stored(result_)[row];
    uint8_t flow = flow_.of(call_.number(row), flags);
    if (!(flow & CallFlow::kMoves) || flags & SYSCALL_UNFINISHED || result >> 63) return std::nullopt;
    flow = CallFlow::directed(flow, flags);
    const CallBytes bytes = CallFlow::bytes(flow, flags, result, rows_.stored(moved_)[row], rows_.stored(peeked_)[row]);
    switch (what_) {
      case What::kRead:
        return flow & CallFlow::kReads ? std::optional(bytes.read) : std::nullopt;
      case What::kWritten:
        return flow & CallFlow::kWrites ? std::optional(bytes.written) : std::nullopt;
      case What::kPeeked:
        return bytes.peeked;
      default:
        return std::max(bytes.read, bytes.written);
    }
  }
  Rows& rows_;
  const CallFlow& flow_;
  CallNumber call_;
  unsigned result_, moved_, peeked_;
  What what_;
};

// strace's sets of calls that a call is in, a bit for each.
struct Classes {
  explicit Classes(const trace::Catalogue& catalogue) {
    for (const bool compat : {false, true})
      for (const trace::SyscallType& call : catalogue.table(compat).types()) add(call, compat);
    for (const trace::SyscallType& call : catalogue.syscalls.x32_types()) add(call, false);
  }
  void add(const trace::SyscallType& call, bool compat) {
    uint64_t bits = 0;
    for (std::string_view rest = call.classes; !rest.empty();) {
      const size_t end = std::min(rest.find(','), rest.size());
      const std::string name(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      auto found = std::find(names.begin(), names.end(), name);
      if (found == names.end()) {
        if (names.size() == 64) continue;
        found = names.insert(names.end(), name);
      }
      bits |= uint64_t{1} << (found - names.begin());
    }
    of_call[uint64_t{compat} << 32 | call.number] = bits;
  }

  std::vector<std::string> names;
  std::map<uint64_t, uint64_t> of_call;
};

class Class final : public ComputedNumbers<Class> {
  friend ComputedNumbers<Class>;

 public:
  Class(Rows& rows, std::shared_ptr<const Classes> classes)
      : ComputedNumbers(false), call_(rows), classes_(std::move(classes)), table_(2 << 16) {
    for (const auto& [call, bits] : classes_->of_call)
      if ((call & 0xffffffff) <= 0xffff) table_[(call >> 32) << 16 | (call & 0xffff)] = bits;
  }

 private:
  std::optional<uint64_t> cell(size_t row) {
    const uint64_t variant = call_.variant(row);
    if ((variant & 0xffffffff) <= 0xffff) return table_[(variant >> 32) << 16 | (variant & 0xffff)];
    const auto found = classes_->of_call.find(variant);
    return found == classes_->of_call.end() ? 0 : found->second;
  }
  CallNumber call_;
  std::shared_ptr<const Classes> classes_;
  std::vector<uint64_t> table_;
};

template <typename Made, typename... Args>
MakeColumn make(Args... args) {
  return [args...](Rows& rows) { return std::make_unique<Made>(rows, args...); };
}

Field field(std::string name, std::string doc, FieldKind kind, std::string unit = "") {
  return {std::move(name), std::move(doc), std::move(unit), kind};
}
Field always(Field one) {
  one.can_be_absent = false;
  return one;
}
Field costs(Field one, uint8_t cost) {
  one.cost = cost;
  return one;
}

MakeColumn duration_column() {
  return [](Rows& rows) -> std::unique_ptr<Column> {
    if (rows.session().trace().facts().no_durations) return std::make_unique<AbsentColumn>();
    return stored_number_column("durationNs", false)(rows);
  };
}

}  // namespace

void add_call_fields(Relation& relation, const EventType& type) {
  relation.add(
      type,
      field("duration_ns",
            "From entry to return; of an unfinished call, as long as it was seen. Absent where it was not measured.",
            FieldKind::kDuration, "ns"),
      duration_column(), {"latency", "evt.latency"});
  relation.add(type,
               field("result", "What it returned; an error is its number below 0. Absent of an unfinished call.",
                     FieldKind::kSigned),
               make<ReturnValue>(), {"evt.res", "evt.rawres", "return"});
  Field error = field("error", "The error that it returned.", FieldKind::kEnum);
  auto name_errors = [&](unsigned first, unsigned last) {
    for (unsigned number = first; number <= last; ++number)
      if (std::string name = errno_name(number); name.starts_with('E') && name != "E" + std::to_string(number))
        error.names.push_back({std::move(name), number});
  };
  name_errors(1, 133);
  name_errors(512, 530);  // what a tracer sees of calls that the kernel begins anew, and the like
  relation.add(type, error, make<Error>(false), {"errno"});
  relation.add(type, always(field("failed", "It returned an error.", FieldKind::kBool)), make<Error>(true),
               {"evt.failed"});

  const auto classes = std::make_shared<Classes>(relation.catalogue());
  Field set = always(field("class", "The sets of calls that strace calls %file, %network, %desc ... and that it is in.",
                           FieldKind::kSet));
  for (size_t i = 0; i < classes->names.size(); ++i)
    set.names.push_back(predicate::flag(classes->names[i], uint64_t{1} << i));
  relation.add(type, set, make<Class>(std::shared_ptr<const Classes>(classes)), {"evt.category"});

  relation.add(type,
               costs(field("path",
                           "The file it worked on, opened or went to, by the kernel; else its first path argument, "
                           "made absolute if the directory is known.",
                           FieldKind::kText),
                     3),
               call_path_column(0), {"fd.name", "fd.filename", "evt.abspath", "file"});
  relation.add(type,
               costs(always(field("path_deleted", "That file was no longer in its directory then, or never was in one.",
                                  FieldKind::kBool)),
                     1),
               path_deleted_column());
  relation.add(type, costs(field("path2", "The second file, else the second path argument.", FieldKind::kText), 3),
               call_path_column(1), {"target"});
  relation.add(type, costs(field("cwd", "Where its relative path began.", FieldKind::kText), 2),
               file_path_column("cwd"), {"proc.cwd"});
  relation.add(type, costs(field("file_type", "What the file is: file, dir, fifo, socket ...", FieldKind::kText), 1),
               file_type_column(), {"fd.type"});

  auto moved = [&](std::string name, std::string doc, Moved::What what, const std::vector<std::string>& aliases) {
    relation.add(type, costs(field(std::move(name), std::move(doc), FieldKind::kBytes, "bytes"), 2), make<Moved>(what),
                 aliases);
  };
  relation.add(type,
               costs(field("bytes", "Bytes that moved, once. Absent of calls that move none or failed.",
                           FieldKind::kBytes, "bytes"),
                     2),
               make<Moved>(Moved::What::kOnce), {"evt.buflen"});
  moved("read_bytes", "Bytes that it read.", Moved::What::kRead, {});
  moved("write_bytes", "Bytes that it wrote.", Moved::What::kWritten, {});
  moved("peeked_bytes", "Bytes that it only looked at (MSG_PEEK).", Moved::What::kPeeked, {});

  relation.add(type, always(field("number", "Its number, as the caller had it.", FieldKind::kUnsigned)),
               stored_number_column("number", false), {"evt.num"});
  auto flag = [&](std::string name, std::string doc, uint64_t bit) {
    relation.add(type, always(field(std::move(name), std::move(doc), FieldKind::kBool)), flag_column(bit));
  };
  flag("unfinished", "It had not returned when its thread or the recording ended.", SYSCALL_UNFINISHED);
  flag("began_before", "It was in progress when the recording, or that of its thread, began.", SYSCALL_BEGAN_BEFORE);
  flag("arguments_unknown", "Its arguments were not seen.", SYSCALL_NO_ARGS);
  flag("is_32bit", "It is a call of the 32-bit table.", SYSCALL_COMPAT);
}

}  // namespace ebpftrace::analyzer
