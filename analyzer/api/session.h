// SPDX-License-Identifier: Apache-2.0
// A recording that is open, with everything that is looked up in it: each dictionary is loaded once, when somebody first asks for it,
// and then shared by all questions. Immutable from outside; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
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
class Replayer;
class ThreadTable;
class UserNames;

class Session {
 public:
  explicit Session(std::unique_ptr<const trace::Trace> trace);
  // Of a trace that the caller keeps for as long.
  Session(const trace::Trace& trace);  // NOLINT(google-explicit-constructor): a trace can be asked as it is
  // The same of the trace that `before`'s was refreshed to: what was looked up in it is gone on from, not read again. `before` may end.
  Session(const trace::Trace& trace, const Session& before);
  ~Session();
  Session(const Session&) = delete;

  // The recordings that files, or quoted patterns, hold: parts of one recording are one, in order of their start. `notes` says
  // what was left out. Throws std::runtime_error (a trace::TraceError): one line that names the file.
  enum class Writing : uint8_t { kDone, kMayGoOn };  // kMayGoOn: a file without an end is not cut off, it grows
  static std::vector<std::unique_ptr<Session>> open(std::span<const std::string> files,
                                                    std::vector<std::string>* notes = nullptr,
                                                    Writing writing = Writing::kDone);

  // More may come.
  bool growing() const;
  // What is there by now, as a session of its own; nullptr: as before. What an event's place is stays what it is, but if
  // the recorder took back what it had written. Throws as open() does: another recording may be in the file's place.
  std::unique_ptr<Session> refresh() const;
  // Until there may be more, no longer than that.
  void wait(std::chrono::milliseconds time) const;

  const trace::Trace& trace() const;
  const ThreadTable& threads() const;
  const FileTable& files() const;
  const ExecTable& execs() const;
  const CgroupTable& cgroups() const;
  const UserNames& users() const;
  const CallFlow& flow() const;
  const Ancestry& ancestry() const;
  const Replayer& replayer() const;  // analyzer/api/moment.h

  // "events", "syscalls", "forks" ...; nullptr: there is none of that name.
  const Relation* relation(std::string_view name) const;
  std::vector<std::string_view> relation_names() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ebpftrace::analyzer
