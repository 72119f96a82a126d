// SPDX-License-Identifier: Apache-2.0
// Who did it: the process and what it was at the event's time.
#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "analyzer/api/session.h"
#include "analyzer/dictionaries/ancestry.h"
#include "analyzer/dictionaries/control_groups.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/dictionaries/user_names.h"
#include "analyzer/fields/made_texts.h"
#include "analyzer/fields/relation.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

using predicate::Field;
using predicate::FieldKind;

// Numbers that only depend on the thread.
template <typename Of>  // std::optional<uint64_t>(const Process&, const Thread&)
class ThreadNumber final : public ComputedNumbers<ThreadNumber<Of>> {
  friend ComputedNumbers<ThreadNumber<Of>>;

 public:
  ThreadNumber(Rows& rows, std::string_view thread, Of of)
      : ComputedNumbers<ThreadNumber<Of>>(true),
        rows_(rows),
        threads_(rows.session().threads()),
        thread_(rows.need(thread)),
        of_(of) {}

 private:
  std::optional<uint64_t> cell(size_t row) {
    const uint64_t id = rows_.stored(thread_)[row];
    if (id != last_ || !known_) {
      const Thread& thread = threads_.thread(id);
      last_ = id;
      known_ = true;
      value_ = thread.process ? of_(threads_.processes()[thread.process], thread) : std::nullopt;
    }
    return value_;
  }

  Rows& rows_;
  const ThreadTable& threads_;
  unsigned thread_;
  Of of_;
  uint64_t last_ = 0;
  bool known_ = false;
  std::optional<uint64_t> value_;
};

class ProcessPosition final : public ComputedNumbers<ProcessPosition> {
  friend ComputedNumbers<ProcessPosition>;

 public:
  explicit ProcessPosition(Rows& rows)
      : ComputedNumbers(true), rows_(rows), threads_(rows.session().threads()), thread_(rows.need("thread")) {}

 private:
  std::optional<uint64_t> cell(size_t row) {
    const uint32_t process = threads_.process_of(rows_.stored(thread_)[row]);
    return process ? std::optional<uint64_t>(process) : std::nullopt;
  }
  Rows& rows_;
  const ThreadTable& threads_;
  unsigned thread_;
};

template <typename Of>
MakeColumn thread_number(std::string stored, Of of) {
  return [stored, of](Rows& rows) { return std::make_unique<ThreadNumber<Of>>(rows, stored, of); };
}

// Where a row's process was in its life: position in ThreadTable::states().
class StateFinder {
 public:
  explicit StateFinder(Rows& rows)
      : rows_(rows), threads_(rows.session().threads()), thread_(rows.need("thread")), time_(rows.need("timeNs")) {}

  uint32_t state(size_t row) {
    const uint64_t id = rows_.stored(thread_)[row], time = rows_.stored(time_)[row];
    Known& known = known_[id % known_.size()];
    if (id != known.id || time < known.span.from_ns || time >= known.span.to_ns || !known.set) {
      const uint32_t process = threads_.process_of(id);
      known = {id, process ? threads_.state_at(process, time) : ThreadTable::StateSpan{}, true};
    }
    return known.span.state;
  }

 private:
  struct Known {
    uint64_t id = 0;
    ThreadTable::StateSpan span;
    bool set = false;
  };
  Rows& rows_;
  const ThreadTable& threads_;
  unsigned thread_, time_;
  std::array<Known, 64> known_;
};

class StateUid final : public ComputedNumbers<StateUid> {
  friend ComputedNumbers<StateUid>;

 public:
  explicit StateUid(Rows& rows) : ComputedNumbers(true), threads_(rows.session().threads()), finder_(rows) {}

 private:
  std::optional<uint64_t> cell(size_t row) {
    const uint32_t state = finder_.state(row);
    return state == UINT32_MAX ? std::nullopt : std::optional<uint64_t>(threads_.states()[state].uid);
  }
  const ThreadTable& threads_;
  StateFinder finder_;
};

// A text by state. Texts are those of a table by key: the name itself, the user id, the control group.
class StateText final : public ComputedTexts<StateText> {
  friend ComputedTexts<StateText>;

 public:
  enum class What { kProcess, kUser, kCgroup, kContainer };
  StateText(Rows& rows, What what) : session_(rows.session()), what_(what), finder_(rows) {
    ids_.assign(session_.threads().states().size(), kUnset);
  }
  void start_block() override {
    if (texts_.start_block()) std::fill(ids_.begin(), ids_.end(), kUnset);
  }

 private:
  static constexpr uint64_t kUnset = kAbsent - 1;
  uint64_t id(size_t row) {
    const uint32_t state = finder_.state(row);
    if (state == UINT32_MAX) return kAbsent;
    if (ids_[state] == kUnset) ids_[state] = make(session_.threads().states()[state]);
    return ids_[state];
  }
  uint64_t make(const ThreadTable::State& state) {
    switch (what_) {
      case What::kProcess:
        return texts_.keep(session_.threads().name_of(state));
      case What::kUser: {
        const std::string_view name = session_.users().name(state.uid);
        return texts_.keep(name.empty() ? std::string_view(std::to_string(state.uid)) : name);
      }
      case What::kCgroup: {
        const std::string_view path = session_.cgroups().path(session_.threads().cgroup_of(state));
        return path.empty() ? kAbsent : texts_.keep(path);
      }
      case What::kContainer: {
        const std::string name =
            short_name(container_of_cgroup(session_.cgroups().path(session_.threads().cgroup_of(state))));
        return name.empty() ? kAbsent : texts_.keep(name);
      }
    }
    return kAbsent;
  }
  const predicate::Texts& table() const { return texts_; }

  const Session& session_;
  const What what_;
  StateFinder finder_;
  MadeTexts texts_;
  std::vector<uint64_t> ids_;  // by state
};

class InSet final : public ComputedNumbers<InSet> {
  friend ComputedNumbers<InSet>;

 public:
  InSet(Rows& rows, std::shared_ptr<const std::vector<bool>> processes)
      : ComputedNumbers(false),
        rows_(rows),
        threads_(rows.session().threads()),
        thread_(rows.need("thread")),
        processes_(std::move(processes)) {}

 private:
  std::optional<uint64_t> cell(size_t row) { return (*processes_)[threads_.process_of(rows_.stored(thread_)[row])]; }
  Rows& rows_;
  const ThreadTable& threads_;
  unsigned thread_;
  std::shared_ptr<const std::vector<bool>> processes_;
};

}  // namespace

void add_thread_fields(Relation& relation, const EventType& type) {
  const auto thread = type.column("thread");
  if (!thread || type.columns[*thread].refers_to != "thread") return;
  auto identity = [](std::string name, std::string doc) {
    return Field{std::move(name), std::move(doc), "", FieldKind::kIdentity};
  };
  relation.add(type, identity("pid", "Process id. Groups of it are processes: one that was used again is another."),
               thread_number("thread", [](const Process& process,
                                          const Thread&) { return std::optional<uint64_t>(process.pid); }),
               {"proc.pid"});
  relation.add(type, identity(std::string(kProcessIdentity), "Process id."),
               [](Rows& rows) { return std::make_unique<ProcessPosition>(rows); });
  relation.add(
      type, identity("tid", "Thread id."),
      thread_number("thread", [](const Process&, const Thread& one) { return std::optional<uint64_t>(one.tid); }),
      {"thread.tid"});
  relation.add(type, identity("ppid", "Process id of the parent, when the process was first seen."),
               thread_number("thread", [](const Process& process,
                                          const Thread&) { return std::optional<uint64_t>(process.ppid); }),
               {"proc.ppid"});
  const uint8_t cost = type.name == "syscall" ? 2 : 1;
  auto text = [&](std::string name, std::string doc, StateText::What what, const std::vector<std::string>& aliases) {
    Field field{std::move(name), std::move(doc), "", FieldKind::kText};
    field.cost = cost;
    relation.add(
        type, field, [what](Rows& rows) { return std::make_unique<StateText>(rows, what); }, aliases);
  };
  text("process", "Name of the process at that time.", StateText::What::kProcess, {"proc.name", "comm"});
  text("user", "Name of its user at that time; the number where the trace has no name.", StateText::What::kUser,
       {"user.name"});
  Field uid{"uid", "Id of its user at that time.", "", FieldKind::kUnsigned};
  uid.cost = cost;
  relation.add(type, uid, [](Rows& rows) { return std::make_unique<StateUid>(rows); }, {"user.uid"});
  text("cgroup", "Path of its control group at that time.", StateText::What::kCgroup, {"thread.cgroup"});
  text("container", "Container that it is in, by the control group: runtime and short id.", StateText::What::kContainer,
       {"container.id"});
}

predicate::OrRefusal<Field> descends_from(const Relation& relation, const std::vector<predicate::Argument>& arguments) {
  if (arguments.size() != 1) return predicate::Refusal{"takes one argument: a process's name or pid"};
  const Session& session = relation.session();
  const ThreadTable& threads = session.threads();
  const auto processes = std::make_shared<std::vector<bool>>(threads.processes().size());
  bool any = false;
  auto is_root = [&](uint32_t process) {
    (*processes)[process] = true;
    any = true;
  };
  if (const auto* pid = std::get_if<int64_t>(&arguments[0])) {
    for (uint32_t i = 1; i < processes->size(); ++i)
      if (threads.processes()[i].pid == *pid) is_root(i);
  } else {
    const auto& name = std::get<std::string>(arguments[0]);
    for (const ThreadTable::State& state : threads.states())
      if (threads.name_of(state) == name) is_root(state.process);
  }
  if (!any)
    return predicate::Refusal{"no recorded process has that " +
                              std::string(std::holds_alternative<int64_t>(arguments[0]) ? "pid" : "name")};
  const Ancestry& ancestry = session.ancestry();
  const std::vector<bool> roots = *processes;
  for (uint32_t i = 1; i < processes->size(); ++i) {
    std::vector<uint32_t> way;
    uint32_t at = i;
    // A parent began before its child; a trace that says otherwise must not lead around.
    while (at && !roots[at] && way.size() <= processes->size()) {
      way.push_back(at);
      at = ancestry.parent(at);
    }
    if (at && roots[at]) (*processes)[i] = true;
  }
  std::string name = "descends_from(";
  if (const auto* pid = std::get_if<int64_t>(&arguments[0]))
    name += std::to_string(*pid);
  else
    name += '"' + std::get<std::string>(arguments[0]) + '"';
  Field field{name + ")", "", "", FieldKind::kBool, false};
  const auto columns = std::make_shared<FieldColumns>();
  for (const EventType* type : relation.types())
    if (type->column("thread"))
      columns->by_type.emplace(type->id, [processes](Rows& rows) { return std::make_unique<InSet>(rows, processes); });
  field.backing = columns;
  field.can_be_absent = columns->by_type.size() != relation.types().size();
  return field;
}

}  // namespace ebpftrace::analyzer
