// SPDX-License-Identifier: Apache-2.0
// An opened trace with everything that is looked up in it: each dictionary is loaded once, when somebody first asks for it,
// and then shared by all questions. Immutable from outside; any thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

namespace ebpftrace::trace {
class Trace;
}

namespace ebpftrace::analyzer {

class Ancestry;
class CallFlow;
class CgroupTable;
class ExecTable;
class FileTable;
class Relation;
class ThreadTable;
class UserNames;

class Session {
 public:
  explicit Session(std::unique_ptr<const trace::Trace> trace);
  // Of a trace that the caller keeps for as long.
  explicit Session(const trace::Trace& trace);
  ~Session();
  Session(const Session&) = delete;

  const trace::Trace& trace() const;
  const ThreadTable& threads() const;
  const FileTable& files() const;
  const ExecTable& execs() const;
  const CgroupTable& cgroups() const;
  const UserNames& users() const;
  const CallFlow& flow() const;
  const Ancestry& ancestry() const;

  // "events", "syscalls", "forks" ...; nullptr: there is none of that name.
  const Relation* relation(std::string_view name) const;
  std::vector<std::string_view> relation_names() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ebpftrace::analyzer
