// SPDX-License-Identifier: Apache-2.0
// Where the time of system calls went, by process tree: a line for each way from the first recorded process down to a call,
// "make;sh;cc;read 12345", with the ns that such calls took, those without an end included. What flamegraph.pl, inferno and
// speedscope take. Memory is bounded by the number of groups that a worker tells apart.
#include <map>

#include "analyzer/dictionaries/ancestry.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/exports/exported_rows.h"
#include "analyzer/query/call_query.h"
#include "analyzer/query/call_rows.h"
#include "analyzer/query/group_rows.h"
#include "analyzer/text/escape.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kDeepest = 64;  // names of a line; of a longer one the front is left out
constexpr size_t kMostLineBytes = 32u << 20;

class Worker {
 public:
  Worker(const Session& session, const CallQuery& query) : rows_(session, query, {"durationNs"}) {}
  void operator()(const trace::Frame& frame) {
    if (!rows_.load(frame)) return;
    while (rows_.next_tile())
      rows_.selected().for_each([&](size_t row) { sums_.of(rows_.groups()[row]) += rows_.column(0)[row]; });
  }
  void add(const trace::CallSum&) {}  // of groups there are no sums
  KeyGroups& keys() { return rows_.keys(); }
  GroupSums<uint64_t>& sums() { return sums_; }

 private:
  CallRows rows_;
  GroupSums<uint64_t> sums_;
};

// A name as a part of a line.
std::string part(std::string_view name) {
  std::string text;
  append_terminal(text, name);
  for (char& c : text)
    if (c == ';') c = ',';
  return text.empty() ? "?" : text;
}

// The processes above one, at the time when the next one began.
std::string stack_above(const Session& session, uint32_t process) {
  const ThreadTable& threads = session.threads();
  std::vector<std::string> names;
  for (uint32_t child = process; names.size() < kDeepest;) {
    const uint32_t parent = session.ancestry().parent(child);
    if (!parent || parent == child) break;
    names.push_back(part(threads.name_at(parent, threads.processes()[child].start_ns)));
    child = parent;
  }
  std::string stack;
  for (auto name = names.rbegin(); name != names.rend(); ++name) stack += *name + ";";
  return stack;
}

void write_folded(const Session& session, const Asked& asked, ExportOutput& output) {
  ExportText out(output, asked);
  Asked by_call = asked;
  by_call.by = {"pid", "process", "syscall"};
  const CallQuery query = call_query(session, by_call, out.watch());
  const auto workers = scan_calls(
      session.trace(), Reading::kRows, [&] { return std::make_unique<Worker>(session, query); }, &out.watch());
  Worker& all = *workers[0];
  for (size_t i = 1; i < workers.size(); ++i)
    merge_groups(all.keys(), all.sums(), workers[i]->keys(), workers[i]->sums(),
                 [](uint64_t& into, uint64_t from) { into += from; });
  std::map<std::string, uint64_t> lines;
  size_t bytes = 0;
  uint64_t others = all.sums().others();
  std::map<uint32_t, std::string> stacks;
  for (uint32_t group = 0; group < all.sums().list().size(); ++group) {
    const uint64_t ns = all.sums().list()[group];
    const KeyValue process = all.keys().key(group, 0), name = all.keys().key(group, 1), call = all.keys().key(group, 2);
    if (!ns) continue;
    std::string line;
    if (process.present) {
      const auto [stack, is_new] = stacks.try_emplace(static_cast<uint32_t>(process.number));
      if (is_new) stack->second = stack_above(session, stack->first);
      bytes += is_new ? stack->second.size() : 0;
      line = stack->second;
    }
    line += part(name.text) + ";" + part(call.text);
    if (bytes + line.size() > kMostLineBytes && !lines.contains(line)) {
      others += ns;
      continue;
    }
    const auto [found, is_new] = lines.try_emplace(std::move(line));
    if (is_new) bytes += found->first.size() + 96;
    found->second += ns;
  }
  for (const auto& [line, ns] : lines) {
    out.text() += line + " " + std::to_string(ns) + "\n";
    out.row_done(1, 1);
  }
  if (others) {
    session.trace().shortfalls().report(
        "more processes and calls than this program tells apart; the others are one line");
    out.text() += "(others) " + std::to_string(others) + "\n";
  }
  out.flush();
}

}  // namespace

extern constinit const Export kFoldedExport{.name = "folded",
                                            .help = "time in calls by process tree, for flame graphs",
                                            .place = 30,
                                            .form = Export::Form::kText,
                                            .write = write_folded};

}  // namespace ebpftrace::analyzer
