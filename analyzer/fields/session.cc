// SPDX-License-Identifier: Apache-2.0
#include "analyzer/api/session.h"

#include <map>
#include <string>

#include "analyzer/api/moment.h"
#include "analyzer/dictionaries/ancestry.h"
#include "analyzer/dictionaries/control_groups.h"
#include "analyzer/dictionaries/exec_table.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/lazy.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/dictionaries/user_names.h"
#include "analyzer/fields/relation.h"
#include "analyzer/query/call_flow.h"
#include "trace/read/recordings.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

const std::vector<RelationName>& relation_list() {
  static const std::vector<RelationName> list = {
      {"events", "Everything that happened: system calls, forks, execs, exits, packets, findings, markers.", {}},
      {"syscalls", "System calls.", {"syscall"}},
      {"forks", "New threads and processes.", {"fork"}},
      {"execs", "Programs that were started.", {"exec"}},
      {"exits", "Ends of threads and processes.", {"exit"}},
      {"packets", "Packets that came in (--packets).", {"packet"}},
      {"flows", "Readings of flows, each since the flow's beginning.", {"flow"}},
      {"findings", "What the network rules found.", {"security"}},
      {"traffic", "Counters of traffic.", {"traffic"}},
      {"markers", "Texts that were put into the recording.", {"marker"}},
      {"counters", "Counters of the machine, for each CPU and interval.", {"metrics"}},
  };
  return list;
}

struct Session::State {
  std::unique_ptr<const trace::Trace> owned;
  const trace::Trace& trace;
  Lazy<ThreadTable> threads;
  Lazy<FileTable> files;
  Lazy<ExecTable> execs;
  Lazy<CgroupTable> cgroups;
  Lazy<UserNames> users;
  Lazy<CallFlow> flow;
  Lazy<Ancestry> ancestry;
  Lazy<Replayer> replayer;
  std::map<std::string_view, Lazy<Relation>> relations;
};

Session::Session(std::unique_ptr<const trace::Trace> trace) : Session(*trace) { state_->owned = std::move(trace); }

Session::Session(const trace::Trace& trace) : state_(new State{nullptr, trace, {}, {}, {}, {}, {}, {}, {}, {}, {}}) {
  for (const RelationName& relation : relation_list()) state_->relations[relation.name];
}

Session::Session(const trace::Trace& trace, const Session& before) : Session(trace) {
  if (trace.frames_kept() < before.trace().frames().size()) return;  // the recorder took back some of it
  state_->threads.go_on_from(before.state_->threads);
  state_->files.go_on_from(before.state_->files);
  state_->execs.go_on_from(before.state_->execs);
  state_->cgroups.go_on_from(before.state_->cgroups);
}

Session::~Session() = default;

std::vector<std::unique_ptr<Session>> Session::open(std::span<const std::string> files, std::vector<std::string>* notes,
                                                    Writing writing) {
  trace::Recordings recordings =
      trace::open_recordings(files, writing == Writing::kMayGoOn ? trace::Tail::kMayGrow : trace::Tail::kCutOff);
  if (notes) *notes = recordings.notes;
  std::vector<std::unique_ptr<Session>> sessions;
  for (auto& trace : recordings.traces) sessions.push_back(std::make_unique<Session>(std::move(trace)));
  return sessions;
}

bool Session::growing() const { return trace().growing(); }

std::unique_ptr<Session> Session::refresh() const {
  std::unique_ptr<trace::Trace> grown = trace().refresh();
  if (!grown) return nullptr;
  auto next = std::make_unique<Session>(*grown, *this);
  next->state_->owned = std::move(grown);
  return next;
}

void Session::wait(std::chrono::milliseconds time) const { trace().wait(time); }

const trace::Trace& Session::trace() const { return state_->trace; }
const ThreadTable& Session::threads() const { return state_->threads.get(trace()); }
const FileTable& Session::files() const { return state_->files.get(trace()); }
const ExecTable& Session::execs() const { return state_->execs.get(trace()); }
const CgroupTable& Session::cgroups() const { return state_->cgroups.get(trace()); }
const UserNames& Session::users() const { return state_->users.get(trace()); }
const CallFlow& Session::flow() const { return state_->flow.get(trace().catalogue()); }
const Replayer& Session::replayer() const { return state_->replayer.get(*this); }
const Ancestry& Session::ancestry() const { return state_->ancestry.get(trace(), threads()); }

const Relation* Session::relation(std::string_view name) const {
  for (const RelationName& known : relation_list()) {
    if (known.name != name) continue;
    return &state_->relations.at(known.name)
                .get(this, trace().catalogue(), std::string(known.name), std::string(known.doc), known.types);
  }
  return nullptr;
}

std::vector<std::string_view> Session::relation_names() const {
  std::vector<std::string_view> names;
  for (const RelationName& relation : relation_list()) names.push_back(relation.name);
  return names;
}

}  // namespace ebpftrace::analyzer
