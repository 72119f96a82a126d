// SPDX-License-Identifier: Apache-2.0
// Values that occur, for completion: what the dictionaries have. Nothing is scanned for them.
#include <set>

#include "analyzer/api/session.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/fields/relation.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostLookedAt = 1u << 18;  // of a dictionary: completion must not take longer than typing

}  // namespace

std::vector<std::string> Relation::values(const predicate::Field& field, std::string_view prefix, size_t most) const {
  std::set<std::string, std::less<>> found;
  size_t looked_at = 0;
  auto take = [&](std::string_view text) {
    if (!text.empty() && text.starts_with(prefix) && !found.contains(text)) found.emplace(text);
    return found.size() < most && ++looked_at < kMostLookedAt;
  };
  if (!session_ || !most) return {};
  if (field.name == "process") {
    const ThreadTable& threads = session_->threads();
    for (const ThreadTable::State& state : threads.states())
      if (!take(threads.name_of(state))) break;
    for (const Process& process : threads.processes())
      if (!take(process.name)) break;
  } else if (field.name == "path") {
    for (const File& file : session_->files().files())
      if (!take(file.path)) break;
  } else if (field.name == "syscall" || field.name == "event") {
    if (field.name == "event")
      for (const EventType* type : types_)
        if (type->name != "syscall" && !take(type->name)) break;
    for (const trace::SyscallType& call : catalogue_.table(false).types())
      if (!take(call.name)) break;
  }
  return {found.begin(), found.end()};
}

}  // namespace ebpftrace::analyzer
