// SPDX-License-Identifier: Apache-2.0
#include "analyzer/rewrite/references.h"

#include <unordered_map>

#include "analyzer/dictionaries/passed_files.h"
#include "analyzer/dictionaries/thread_table.h"

namespace ebpftrace::analyzer {
namespace {

// "No such thing": 0, but interfaces are counted from 0.
uint64_t nothing(std::string_view described) { return described == "interface" ? 0xffffffff : 0; }

std::vector<std::string_view> column_names(const EventType& type) {
  std::vector<std::string_view> names;
  for (const ColumnType& column : type.columns) names.push_back(column.name);
  return names;
}

uint64_t value(trace::Block& block, std::string_view column, size_t row) {
  const auto at = block.type().column(column);
  return at ? block.column(*at)[row] : 0;
}

}  // namespace

IdSet& References::ids(const std::string& of) {
  auto& ids = ids_[of];
  if (!ids) ids = std::make_unique<Ids>(pages_);
  return ids->set;
}

bool References::has(const std::string& of, uint64_t id) const {
  const auto found = ids_.find(of);
  return found != ids_.end() && (found->second->set.contains(id) || found->second->set.full());
}

void References::add_references(trace::Block& block, size_t row) {
  const EventType& type = block.type();
  for (unsigned column = 0; column < type.columns.size(); ++column) {
    const std::string& of = type.columns[column].refers_to;
    if (of.empty()) continue;
    if (const uint64_t id = block.column(column)[row]; id != nothing(of)) ids(of).add(id);
  }
}

void References::add(trace::Block& block, size_t row) {
  add_references(block, row);
  const EventType& type = block.type();
  if (const auto uid = type.column("uid")) ids("user").add(block.column(*uid)[row]);
  const auto content = type.column("content");
  if (!content || !block.column(*content)[row]) return;
  const ContentItems items(block.text(block.column(*content)[row]).bytes);
  if (const auto files = items.first(CONTENT_FILES))
    for (std::string_view rest = files->bytes; rest.size() >= sizeof(uint32_t); rest.remove_prefix(sizeof(uint32_t)))
      if (const uint64_t id = read_at<uint32_t>(rest, 0)) ids("file").add(id);
}

void References::follow() {
  const trace::Trace& trace = session_.trace();
  const ThreadTable& threads = session_.threads();
  // A process is all of its threads: its name is that of the first one.
  processes_.assign(threads.processes().size(), false);
  for (const Thread& thread : threads.threads())
    if (thread.process && has("thread", thread.id)) processes_[thread.process] = true;
  std::unordered_map<uint64_t, uint64_t> parents;  // of those that ran when the recording began
  auto scan = [&](std::string_view name, auto&& visit) {
    const EventType* type = trace.catalogue().type(name);
    if (!type) return;
    const auto columns = column_names(*type);
    trace::Block block(trace, *type, columns);
    for (const uint32_t position : trace.blocks_of(name)) {
      if (!block.load(trace.frames()[position])) continue;
      while (block.next_tile())
        for (size_t row = 0; row < block.tile_rows(); ++row) visit(block, row);
    }
  };
  constexpr size_t kMostParents = 1u << 20;
  scan("process", [&](trace::Block& block, size_t row) {
    if (parents.size() < kMostParents) parents.emplace(value(block, "tgid", row), value(block, "ppid", row));
  });
  for (size_t i = 1; i < processes_.size(); ++i) {
    if (!processes_[i]) continue;
    IdSet& pids = ids("(process)");
    pids.add(threads.processes()[i].pid);
    // And those that it came from, as far as they are no recorded ones.
    size_t steps = 0;
    for (uint64_t pid = threads.processes()[i].ppid; pid && steps < 64; ++steps) {
      pids.add(pid);
      const auto above = parents.find(pid);
      pid = above == parents.end() ? 0 : above->second;
    }
  }
  for (const std::string_view name : {"thread", "process", "open_file"})
    scan(name, [&](trace::Block& block, size_t row) {
      if (!keeps(block, row)) return;
      add_references(block, row);
      if (block.type().column("uid")) ids("user").add(value(block, "uid", row));
    });
}

bool References::keeps(trace::Block& block, size_t row) const {
  const std::string& name = block.type().name;
  if (name == "thread") {
    const uint64_t id = value(block, "thread", row);
    return has("thread", id) || processes_[session_.threads().process_of(id)];
  }
  if (name == "process" || name == "open_file") return keeps_process(value(block, "tgid", row));
  if (name == "user") return has("user", value(block, "uid", row));
  if (block.type().column(name)) return has(name, value(block, name, row));
  return true;  // of a later version
}

}  // namespace ebpftrace::analyzer
